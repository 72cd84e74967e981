package iati

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"clearinghouse/indexer/format"
)

// The most that one activity may be; a larger one is refused.
const (
	maxDepth    = 40
	maxElements = 300_000
	maxActivity = 16 << 20 // bytes
)

// reader reads the activities of a file.
type reader struct {
	*format.XML
	name  string // of the file
	lang  string // of the file
	found bool   // activities, or the element that should hold them
}

func newReader(r format.Response) *reader {
	out := &reader{XML: format.OpenXML(r), name: r.URL}
	out.Alone = "iati-activity"
	return out
}

// at is a place in the file.
func (r *reader) at(line int) string { return fmt.Sprintf("%s:%d", r.name, line) }

// next is the beginning of the next activity; io.EOF after the last.
func (r *reader) next() (xml.StartElement, error) {
	for {
		t, err := r.Token()
		switch {
		case err == io.EOF && !r.found:
			return xml.StartElement{}, errors.New("it is empty, or there is no <iati-activities> in it: give the address of an IATI activity file")
		case err != nil:
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.CharData:
			if text := bytes.TrimSpace(t); len(r.Open) == 0 && len(text) > 0 {
				return xml.StartElement{}, fmt.Errorf("it is not XML, it begins with %.20q: give the address of an IATI activity file", text)
			}
		case xml.StartElement:
			switch name := strings.ToLower(t.Name.Local); {
			case name == "iati-activity":
				r.found = true
				return t, nil
			case name == "iati-activities":
				r.found = true
				r.lang = format.XMLAttr(t, "lang")
			case name == "iati-organisations" || name == "iati-organisation":
				return t, errors.New("it is an IATI organisation file, which has no activities: give the address of the publisher's activity file")
			case name == "html" && !r.found:
				return t, errors.New("it is an HTML page, not an IATI file: open the address in a browser to see what it says, and give that of the file itself")
			}
		}
	}
}

// unfit is why an activity is refused.
type unfit struct{ code, message string }

func (e unfit) Error() string { return e.message }

func tooMuch(message string, args ...any) error {
	return unfit{"too_long", fmt.Sprintf(message, args...)}
}

// activity reads the activity that begins with start. After an error of type
// unfit the next one can be read; others end the file.
func (r *reader) activity(start xml.StartElement) (*activity, error) {
	depth := len(r.Open) - 1
	a := new(activity)
	err := xml.NewTokenDecoder(&elements{reader: r, first: &start, depth: depth, prefix: start.Name.Space, begin: r.Offset()}).Decode(a)
	var why unfit
	if errors.As(err, &why) {
		if err := r.CloseTo(depth); err != nil {
			return nil, err
		}
		return nil, why
	}
	return a, err
}

// elements are the tokens of one activity that are the standard's own: those of
// extensions in other namespaces are left out, and markup of HTML, which does
// not belong there, becomes text.
type elements struct {
	*reader
	first  *xml.StartElement
	depth  int    // of what is around the activity
	prefix string // of the standard's elements
	begin  int64
	count  int
}

// markup are the elements of HTML that are found in texts.
var markup = map[string]bool{"a": true, "b": true, "br": true, "div": true, "em": true, "font": true, "h1": true, "h2": true, "h3": true, "h4": true, "i": true,
	"li": true, "ol": true, "p": true, "span": true, "strong": true, "sub": true, "sup": true, "table": true, "tbody": true, "td": true, "th": true, "tr": true, "u": true, "ul": true}

func (e *elements) Token() (xml.Token, error) {
	if first := e.first; first != nil {
		e.first = nil
		return e.own(*first), nil
	}
	for {
		t, err := e.reader.Token()
		if err != nil {
			return nil, err
		}
		if e.Offset()-e.begin > maxActivity {
			return nil, tooMuch("the activity is larger than %d MiB", maxActivity>>20)
		}
		switch t := t.(type) {
		case xml.StartElement:
			e.count++
			switch {
			case e.count > maxElements:
				return nil, tooMuch("the activity has more than %d elements", maxElements)
			case len(e.Open)-e.depth > maxDepth:
				return nil, tooMuch("the elements of the activity stand more than %d deep in one another", maxDepth)
			case t.Name.Space == "" && markup[t.Name.Local]:
				return xml.CharData("<" + t.Name.Local + ">"), nil
			case t.Name.Space != e.prefix:
				if err := e.CloseTo(len(e.Open) - 1); err != nil {
					return nil, err
				}
				continue
			}
			for _, a := range t.Attr {
				if err := e.defined(a.Value); err != nil {
					return nil, err
				}
			}
			return e.own(t), nil
		case xml.EndElement:
			switch {
			case t.Name.Space == "" && t.Name.Local == "br": // which </br> would be again
				continue
			case t.Name.Space == "" && markup[t.Name.Local]:
				return xml.CharData("</" + t.Name.Local + ">"), nil
			}
			return xml.EndElement{Name: xml.Name{Local: t.Name.Local}}, nil
		case xml.CharData:
			if err := e.defined(string(t)); err != nil {
				return nil, err
			}
			return t, nil
		}
	}
}

// defined refuses a text with an entity that the file defines itself.
func (e *elements) defined(text string) error {
	if name := e.Entities.In(text); name != "" {
		return unfit{"entity", fmt.Sprintf("the activity has the entity &%.40s;, which the file defines itself and which is not read", name)}
	}
	return nil
}

// own is an element without namespaces and without what other standards have
// added to it.
func (e *elements) own(t xml.StartElement) xml.StartElement {
	t.Name.Space = ""
	t.Attr = slices.DeleteFunc(t.Attr, func(a xml.Attr) bool {
		return a.Name.Local == "xmlns" || a.Name.Space != "" && a.Name.Space != "xml" && a.Name.Space != e.prefix
	})
	return t
}
