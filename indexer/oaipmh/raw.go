package oaipmh

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// perValue are the bytes that a value counts besides its text. Of a record that
// is larger than catalog.MaxRecordBytes only the header is kept.
const perValue = 64

// record is a record as it stands in the answer.
type record struct {
	ID       string
	Deleted  bool
	Metadata bool               // has some
	Values   map[string][]value // of elements, by their names in lower case without prefix
	Left     map[string]bool    // elements that are there more than catalog.MaxList times
	Size     int                // bytes of the values
	Entity   string             // one that the answer defines itself, in one of the values
}

// tooLong reports a record of which only the header was kept.
func (r *record) tooLong() bool { return r.Size > catalog.MaxRecordBytes }

func (r *record) add(element, lang, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	r.Size += len(text) + len(lang) + perValue
	if r.tooLong() {
		r.Values = nil
		return
	}
	if r.Values == nil {
		r.Values, r.Left = map[string][]value{}, map[string]bool{}
	}
	if len(r.Values[element]) == catalog.MaxList {
		r.Left[element] = true
		return
	}
	r.Values[element] = append(r.Values[element], value{lang, text})
}

// value is the text of an element, with markup if it has some.
type value struct{ lang, text string }

// problem is an error of the protocol.
type problem struct{ code, text string }

// reader reads the records of an answer and, on the way, what stands around
// them. It knows elements by their names without namespaces, which servers
// forget.
type reader struct {
	*format.XML

	root     bool   // was read
	verb     string // element that holds the answer
	date     string // responseDate
	problems []problem
	identify map[string]string
	token    string // of the rest of the list
}

func newReader(r format.Response) *reader {
	return &reader{XML: format.OpenXML(r), identify: map[string]string{}}
}

// next is the next record; io.EOF after the last. A record is read whole or not
// at all.
func (r *reader) next() (*record, error) {
	for {
		t, err := r.inAnswer()
		if err != nil {
			return nil, err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		name, depth := start.Name.Local, len(r.Open)
		switch {
		case depth == 2 && name == "responseDate":
			r.date, err = r.text()
		case depth == 2 && name == "error":
			p := problem{code: format.XMLAttr(start, "code")}
			p.text, err = r.text()
			r.problems = append(r.problems[:min(len(r.problems), 10)], p)
		case depth == 2 && name == "request":
			err = r.CloseTo(depth - 1)
		case depth == 2:
			r.verb = name
		case depth == 3 && name == "record":
			return r.record()
		case depth == 3 && name == "resumptionToken":
			r.token, err = r.text()
		case depth == 3 && r.verb == "Identify" && slices.Contains([]string{"protocolVersion", "earliestDatestamp", "granularity"}, name):
			r.identify[name], err = r.text()
		case depth > 2:
			err = r.CloseTo(depth - 1)
		}
		if err != nil {
			return nil, err
		}
	}
}

// inAnswer is the next token; what is no answer of the protocol is an error.
func (r *reader) inAnswer() (xml.Token, error) {
	t, err := r.Token()
	if r.root {
		return t, err
	}
	if err == io.EOF {
		return nil, errors.New("the server answers nothing: give the base address of the repository")
	}
	switch t := t.(type) {
	case xml.StartElement:
		switch r.root = true; strings.ToLower(t.Name.Local) {
		case "oai-pmh":
		case "html":
			return nil, errors.New("the server answers with a web page instead of OAI-PMH: open the address in a browser to see what it says, and give the base address of the repository")
		default:
			return nil, fmt.Errorf("the server answers with <%.40s> instead of <OAI-PMH>: give the base address of the repository", t.Name.Local)
		}
	case xml.CharData:
		if text := bytes.TrimSpace(t); len(text) > 0 {
			return nil, fmt.Errorf("the server answers %.40q instead of OAI-PMH: give the base address of the repository", text)
		}
	}
	return t, err
}

// record reads a record whose beginning was read.
func (r *reader) record() (*record, error) {
	out, depth := &record{}, len(r.Open)
	var part, lang string // what of the record is read, language of its metadata
	for {
		t, err := r.Token()
		if err != nil {
			return nil, err
		}
		if len(r.Open) < depth {
			return out, nil
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		name := start.Name.Local
		element := strings.ToLower(name)
		switch below := len(r.Open) - depth; {
		case name == "record":
			return nil, errNested
		case below == 1 && name == "header":
			part, out.Deleted = name, format.XMLAttr(start, "status") == "deleted"
		case below == 1 && name == "metadata":
			part, out.Metadata = name, true
		case below == 2 && part == "header" && name == "identifier":
			out.ID, err = r.text()
			out.ID = strings.TrimSpace(out.ID)
		case below == 2 && part == "header" && slices.Contains(ofHeader, element):
			var text string
			text, err = r.text()
			out.Entity = cmp.Or(out.Entity, r.Entities.In(text))
			out.add(element, "", text)
		case below == 2 && part == "metadata" && !slices.Contains(dublinCore, element):
			lang = format.XMLAttr(start, "lang") // what the elements stand in
		case part == "metadata" && (below == 2 || below == 3):
			l := format.XMLAttr(start, "lang")
			if l == "" {
				l = lang
			}
			var text string
			text, err = r.text()
			out.Entity = cmp.Or(out.Entity, r.Entities.In(text))
			out.add(element, l, text)
		default:
			err = r.CloseTo(len(r.Open) - 1)
		}
		if err != nil {
			return nil, err
		}
	}
}

var errNested = errors.New("a record stands in another that has no end")

// text reads on to the end of the innermost open element and returns what it
// holds. Elements within it are markup, as in <p>, and stay in the text.
func (r *reader) text() (string, error) {
	var b strings.Builder
	for depth := len(r.Open); ; {
		t, err := r.Token()
		if err != nil {
			return "", err
		}
		if len(r.Open) < depth {
			return b.String(), nil
		}
		if b.Len() > catalog.MaxRecordBytes {
			continue
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if t.Name.Local == "record" {
				return "", errNested
			}
			b.WriteString("<" + t.Name.Local + ">")
		case xml.EndElement:
			if t.Name.Local != "br" { // to HTML that would be another one
				b.WriteString("</" + t.Name.Local + ">")
			}
		}
	}
}
