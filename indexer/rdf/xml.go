package rdf

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"
)

// Entities that a document declares for itself are texts of some bytes, of which
// some hundreds are usual.
const (
	maxEntities = 1_000
	maxEntity   = 256
)

const xmlNS = "http://www.w3.org/XML/1998/namespace"

// document reads RDF/XML.
type document struct {
	graph
	decoder *xml.Decoder
	bytes   *counter
	token   position // where the last token begins
}

// scope is what elements inherit.
type scope struct {
	base, language string
	depth          int
}

// readXML implements https://www.w3.org/TR/rdf-syntax-grammar/ without
// reification: rdf:ID on a property is ignored. That an rdf:ID stands twice is no
// error, attributes without a namespace are ignored, and an XML literal keeps its
// names but not their prefixes.
func readXML(in *bufio.Reader, g graph) error {
	x := &document{graph: g, bytes: &counter{Reader: in}}
	x.decoder = xml.NewDecoder(x.bytes)
	x.decoder.Entity = map[string]string{}
	x.decoder.CharsetReader = x.decode
	x.root()
	return x.err
}

// counter bounds what is read for one token.
type counter struct {
	*bufio.Reader
	token  int // bytes of the token
	all    int // bytes of the file
	entity int // bytes of the longest entity
}

// ReadByte is what the decoder reads with. An entity counts as what it stands for.
func (c *counter) ReadByte() (byte, error) {
	b, err := c.Reader.ReadByte()
	n := 1
	if b == '&' {
		n += c.entity
	}
	if c.token += n; c.token > maxToken {
		return 0, excess(fmt.Sprintf("a single tag, text or comment is longer than %d MB: is its end missing?", maxToken>>20))
	}
	if c.all += n; c.all > MaxFile {
		return 0, excess(fmt.Sprintf("with its entities the file is larger than %d MB: split it", MaxFile>>20))
	}
	return b, err
}

// decode reads another encoding than UTF-8. UTF-16 was decoded by its byte order
// mark.
func (x *document) decode(label string, in io.Reader) (io.Reader, error) {
	e, name := charset.Lookup(label)
	if e == nil {
		x.fail(x.token, "the encoding %.40q is not known: save the file as UTF-8", label)
		return nil, x.err
	}
	if strings.HasPrefix(name, "utf-16") {
		return x.bytes, nil
	}
	x.bytes = &counter{Reader: bufio.NewReader(e.NewDecoder().Reader(in)), entity: x.bytes.entity}
	return x.bytes, nil
}

// next is the next tag or text, nil at the end and after an error.
func (x *document) next() xml.Token {
	for x.err == nil {
		x.token = x.here()
		x.bytes.token = 0
		t, err := x.decoder.Token()
		if err != nil {
			x.broken(err)
			break
		}
		switch t := t.(type) {
		case xml.StartElement, xml.EndElement, xml.CharData:
			return t
		case xml.Directive:
			x.declare(t)
		}
	}
	return nil
}

// here is where the decoder is, which may be before a line feed that it looked at.
func (x *document) here() position {
	line, column := x.decoder.InputPos()
	return position{line, max(column, 1)}
}

// broken reports what the decoder says.
func (x *document) broken(err error) {
	p := x.here()
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF:
	case strings.HasPrefix(err.Error(), "xml: "):
		x.fail(p, "this is no XML that can be read (%v): write the file as XML 1.0 in UTF-8", err)
	case !errors.As(err, &syntax):
		x.graph.broken(p, err)
	case strings.Contains(syntax.Msg, "character entity"):
		x.fail(p, `%s: write &amp; for &, or declare it as <!ENTITY name "https://…"> in the DOCTYPE`, syntax.Msg)
	case strings.Contains(syntax.Msg, "UTF-8"):
		x.fail(p, "these bytes are no UTF-8: save the file as UTF-8, or name its encoding in the first line")
	default:
		x.fail(p, "this is no well-formed XML (%s): write the file anew with the program that made it", syntax.Msg)
	}
}

var (
	entityForm = regexp.MustCompile(`<!ENTITY\s+([^\s%"'<>&;]+)\s+(?:"([^"]*)"|'([^']*)')\s*>`)
	entityIn   = regexp.MustCompile(`&[^\s&;]+;`)
)

// declare takes the entities of a DOCTYPE, which may have others in them that were
// declared before.
func (x *document) declare(doctype []byte) {
	for _, m := range entityForm.FindAllSubmatch(doctype, -1) {
		name := string(m[1])
		if _, known := x.decoder.Entity[name]; known {
			continue // as XML 1.0, section 4.2, has it
		}
		text := entityIn.ReplaceAllStringFunc(string(m[2])+string(m[3]), func(s string) string {
			if known, ok := x.decoder.Entity[s[1:len(s)-1]]; ok {
				return known
			}
			return html.UnescapeString(s)
		})
		if len(text) > maxEntity || len(x.decoder.Entity) == maxEntities {
			x.fail(x.token, "the entity %.40q is longer than %d bytes, or one of more than %d: write out what it stands for", name, maxEntity, maxEntities)
			return
		}
		x.decoder.Entity[name] = text
		x.bytes.entity = max(x.bytes.entity, len(text))
	}
}

// root reads the one element that a document has.
func (x *document) root() {
	found := false
	for t := x.next(); t != nil; t = x.next() {
		switch t := t.(type) {
		case xml.CharData:
			if s := bytes.TrimSpace(t); len(s) > 0 {
				x.fail(x.token, "%.40q stands before or after the XML: is this another format, or are several files in one?", s)
			}
		case xml.StartElement:
			if found {
				x.fail(x.token, "a second outermost element begins here: put both in one <rdf:RDF>")
			}
			found = true
			s := scope{base: x.base}
			if t.Name == (xml.Name{Space: rdfNS, Local: "RDF"}) {
				s, _, _ = x.attributes(t, s)
				for _, more := x.item(s); more; {
					_, more = x.item(s)
				}
			} else {
				x.node(t, s)
			}
		}
	}
	if !found {
		x.fail(x.token, "this has no element: RDF/XML begins with <rdf:RDF>")
	}
}

// blankText fails at text where there can be none.
func (x *document) blankText(text []byte) {
	if s := bytes.TrimSpace(text); len(s) > 0 {
		x.fail(x.token, "the text %.40q cannot stand here: put it into an element as <skos:note>", s)
	}
}

// name is the address that a name stands for.
func (x *document) name(n xml.Name) string {
	switch {
	case n.Space == "":
		x.fail(x.token, `%.60q has no namespace: declare one as xmlns="https://…", or write a prefix before it`, n.Local)
	case !absolute(n.Space): // the decoder leaves prefixes that it does not know
		x.fail(x.token, `the namespace of %.60q is no absolute address: declare it as xmlns:%.40s="https://…"`, n.Space+":"+n.Local, n.Space)
	case len(n.Space) < maxIRI:
		return x.iri(x.token, "", n.Space+n.Local)
	default:
		x.fail(x.token, "the namespace %.60q… is longer than %d bytes: shorten it", n.Space, maxIRI)
	}
	return ""
}

// The names of the syntax, which stand for no thing and no property.
var (
	ofSyntax  = map[string]bool{"about": true, "ID": true, "nodeID": true, "resource": true, "datatype": true, "parseType": true}
	forbidden = map[string]bool{"RDF": true, "aboutEach": true, "aboutEachPrefix": true, "bagID": true}
	bare      = map[string]bool{"about": true, "ID": true, "resource": true, "parseType": true, "type": true} // also without a prefix
)

// attributes sorts the attributes of an element; what it inherits is s.
func (x *document) attributes(e xml.StartElement, s scope) (scope, map[string]string, []xml.Attr) {
	own := map[string]string{}
	var properties []xml.Attr
	if s.depth++; s.depth > maxDepth {
		x.fail(x.token, "<%.40s> stands in more than %d others: give what is in it an rdf:about and write it apart", e.Name.Local, maxDepth)
	}
	for _, a := range e.Attr {
		if a.Name.Space == "" && bare[a.Name.Local] {
			a.Name.Space = rdfNS
		}
		switch n := a.Name; {
		case n == xml.Name{Space: xmlNS, Local: "base"}:
			s.base = x.iri(x.token, s.base, a.Value)
		case n == xml.Name{Space: xmlNS, Local: "lang"}:
			if s.language = ""; a.Value != "" {
				s.language = x.language(x.token, a.Value)
			}
		case n.Space == "" || n.Space == "xmlns" || n.Space == xmlNS:
		case n.Space == rdfNS && ofSyntax[n.Local]:
			own[n.Local] = a.Value
		case n.Space == rdfNS && (forbidden[n.Local] || n.Local == "li" || n.Local == "Description"):
			x.fail(x.token, "rdf:%s cannot be an attribute: leave it out", n.Local)
		default:
			properties = append(properties, a)
		}
	}
	return s, own, properties
}

// node reads an element that is a thing with its properties.
func (x *document) node(e xml.StartElement, s scope) string {
	at := x.token
	s, own, properties := x.attributes(e, s)
	subject := x.subject(at, s, own)
	if e.Name.Space == rdfNS && (ofSyntax[e.Name.Local] || forbidden[e.Name.Local] || e.Name.Local == "li") {
		x.fail(at, "<rdf:%s> cannot stand here: write <rdf:Description> or a class as <skos:Concept>", e.Name.Local)
	}
	if e.Name != (xml.Name{Space: rdfNS, Local: "Description"}) {
		x.add(subject, rdfType, Term{IRI: x.name(e.Name)})
	}
	x.attributeProperties(subject, s, properties)
	x.properties(subject, s)
	return subject
}

func (x *document) subject(at position, s scope, own map[string]string) string {
	about, named := own["about"]
	id, fragment := own["ID"]
	label, labelled := own["nodeID"]
	for _, a := range []string{"resource", "datatype", "parseType"} {
		if _, ok := own[a]; ok {
			x.fail(at, "rdf:%s cannot stand at a thing: write rdf:about", a)
		}
	}
	switch {
	case named && (fragment || labelled) || fragment && labelled:
		x.fail(at, "rdf:about, rdf:ID and rdf:nodeID cannot stand together: leave one")
	case named:
		return x.iri(at, s.base, about)
	case fragment && (!isLabel(id) || digit(rune(id[0]))):
		x.fail(at, "%.60q cannot be an rdf:ID: use letters, digits, - and _, or rdf:about", id)
	case fragment:
		return x.iri(at, s.base, "#"+id)
	case labelled:
		return x.labelled(at, label)
	}
	return x.blank()
}

// attributeProperties are properties that are written as attributes.
func (x *document) attributeProperties(subject string, s scope, properties []xml.Attr) {
	for _, a := range properties {
		object := Term{Text: a.Value, Language: s.language}
		if a.Name == (xml.Name{Space: rdfNS, Local: "type"}) {
			object = Term{IRI: x.iri(x.token, s.base, a.Value)}
		}
		x.add(subject, x.name(a.Name), object)
	}
}

// properties reads those of a thing, up to its end.
func (x *document) properties(subject string, s scope) {
	for items := 0; ; {
		switch t := x.next().(type) {
		case nil, xml.EndElement:
			return
		case xml.CharData:
			x.blankText(t)
		case xml.StartElement:
			if t.Name == (xml.Name{Space: rdfNS, Local: "li"}) {
				items++
				t.Name.Local = "_" + strconv.Itoa(items)
			}
			x.property(subject, t, s)
		}
	}
}

// property reads an element that is a property.
func (x *document) property(subject string, e xml.StartElement, s scope) {
	at := x.token
	if e.Name.Space == rdfNS && (ofSyntax[e.Name.Local] || forbidden[e.Name.Local] || e.Name.Local == "Description") {
		x.fail(at, "<rdf:%s> cannot be a property: write one as <skos:prefLabel>", e.Name.Local)
	}
	predicate := x.name(e.Name)
	s, own, properties := x.attributes(e, s)
	if _, ok := own["about"]; ok {
		x.fail(at, "rdf:about cannot stand at a property: write rdf:resource")
	}
	resource, refers := own["resource"]
	label, labelled := own["nodeID"]
	parseType, parsed := own["parseType"]
	datatype, typed := own["datatype"]
	switch {
	case refers && labelled || parsed && (refers || labelled || typed || len(properties) > 0) || typed && (refers || labelled || len(properties) > 0):
		x.fail(at, "the attributes of <%.60s> exclude one another: leave one of rdf:resource, rdf:nodeID, rdf:parseType, rdf:datatype", e.Name.Local)
	case parsed:
		x.parse(parseType, subject, predicate, s)
	case refers:
		x.empty(subject, predicate, x.iri(at, s.base, resource), s, properties)
	case labelled:
		x.empty(subject, predicate, x.labelled(at, label), s, properties)
	case len(properties) > 0:
		x.empty(subject, predicate, x.blank(), s, properties)
	case typed:
		text, _ := x.content(s, false)
		x.add(subject, predicate, literal(text, x.iri(at, s.base, datatype)))
	default:
		text, node := x.content(s, true)
		object := Term{IRI: node}
		if node == "" {
			object = Term{Text: text, Language: s.language}
		}
		x.add(subject, predicate, object)
	}
}

// empty reads a property whose object is given by attributes.
func (x *document) empty(subject, predicate, object string, s scope, properties []xml.Attr) {
	x.add(subject, predicate, Term{IRI: object})
	x.attributeProperties(object, s, properties)
	if text, _ := x.content(s, false); text != "" {
		x.blankText([]byte(text))
	}
}

// content is what stands in a property: a text, or a node where there may be one.
func (x *document) content(s scope, mayBeNode bool) (text, node string) {
	var b strings.Builder
	for {
		switch t := x.next().(type) {
		case nil:
			return "", node
		case xml.EndElement:
			if node != "" {
				x.blankText([]byte(b.String()))
			}
			return b.String(), node
		case xml.CharData:
			if b.Len()+len(t) > maxToken {
				x.fail(x.token, "this text is longer than %d MB: is its end missing?", maxToken>>20)
			}
			b.Write(t)
		case xml.StartElement:
			if !mayBeNode || node != "" {
				x.fail(x.token, "<%.60s> cannot stand here: a property has one thing or one text; write the property once for each", t.Name.Local)
			}
			node = x.node(t, s)
		}
	}
}

// parse reads the content of a property with an rdf:parseType; those that are not
// known are XML literals.
func (x *document) parse(parseType, subject, predicate string, s scope) {
	switch parseType {
	case "Resource":
		node := x.blank()
		x.add(subject, predicate, Term{IRI: node})
		x.properties(node, s)
	case "Collection":
		head := x.list(func() (Term, bool) { return x.item(s) })
		x.add(subject, predicate, Term{IRI: head})
	default:
		x.add(subject, predicate, literal(x.markup(), rdfNS+"XMLLiteral"))
	}
}

// item is the next node of a collection or of the document.
func (x *document) item(s scope) (Term, bool) {
	for {
		switch t := x.next().(type) {
		case nil, xml.EndElement:
			return Term{}, false
		case xml.CharData:
			x.blankText(t)
		case xml.StartElement:
			return Term{IRI: x.node(t, s)}, true
		}
	}
}

// markup is the content of an XML literal.
func (x *document) markup() string {
	var b bytes.Buffer
	out := xml.NewEncoder(&b)
	for depth := 0; ; {
		var err error
		switch t := x.next().(type) {
		case nil:
			return ""
		case xml.EndElement:
			if depth--; depth < 0 {
				out.Flush()
				return b.String()
			}
			err = out.EncodeToken(t)
		case xml.StartElement:
			if depth++; depth > maxDepth {
				x.fail(x.token, "<%.40s> stands in more than %d others: leave out what is markup only", t.Name.Local, maxDepth)
			}
			t.Attr = slices.DeleteFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Space == "xmlns" || a.Name == xml.Name{Local: "xmlns"} })
			err = out.EncodeToken(t)
		case xml.CharData:
			err = out.EncodeToken(t)
		}
		if err != nil || b.Len() > maxToken {
			x.fail(x.token, "this cannot be an XML literal of at most %d MB: write it as text", maxToken>>20)
		}
	}
}
