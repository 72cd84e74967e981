// Package rdf reads vocabularies that are written in RDF, as triples one after the
// other: Turtle 1.1 with N-Triples, RDF/XML, and JSON-LD 1.1. The files are anybody's:
// what is wrong is an error that says where, and nothing is fetched. Turtle and XML
// are read in little memory however long they are; JSON-LD is held in it.
package rdf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The most that a file may ask of its reader.
const (
	MaxFile   = 256 << 20 // bytes of Turtle or XML; a thesaurus of 100,000 concepts has about 50 MB
	MaxJSON   = 64 << 20  // bytes of JSON-LD, which is held in memory
	maxToken  = 1 << 20   // bytes of one text, tag or comment
	maxIRI    = 4 << 10   // bytes of an address: a prefix makes a long one of three bytes, as often as a file likes
	maxDepth  = 200       // what stands in one another; each level takes stack
	maxBuffer = 64 << 10  // bytes that are read at once
)

// Format is a way to write RDF.
type Format string

// The formats; N-Triples is read as the Turtle that it is.
const (
	Turtle Format = "Turtle"
	XML    Format = "RDF/XML"
	JSONLD Format = "JSON-LD"
)

// Triple is a statement. Subject is an IRI or, with "_:" before it, the label of
// a blank node, which means the same node within one file only; Predicate is an
// IRI. All IRIs are absolute.
type Triple struct {
	Subject, Predicate string
	Object             Term
}

// Term is a resource or a literal.
type Term struct {
	IRI      string // or "_:" and the label of a blank node; "" for a literal
	Text     string // of a literal
	Language string // BCP 47 in lower case, "" for none
	Datatype string // IRI, "" for a string and for a text in a language
}

// SyntaxError says what is wrong in a file and what would be right.
type SyntaxError struct {
	Line, Column int // from 1, the column in characters or, in XML and JSON, in bytes
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

const (
	rdfNS   = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsdNS   = "http://www.w3.org/2001/XMLSchema#"
	rdfType = rdfNS + "type"
	rdfNil  = rdfNS + "nil"
)

// Read calls emit for each triple of a file, in order; one that the file states
// twice comes twice. base is the address that relative ones are resolved against
// until the file gives its own, "" for none. An error of emit or of r ends it and
// is in the chain of what is returned; all others are a *SyntaxError, but for a
// wrong format or base. What was emitted before an error was well-formed.
func Read(r io.Reader, format Format, base string, emit func(Triple) error) error {
	if base != "" && (!absolute(base) || illFormed(base) != "") {
		return fmt.Errorf("base %q is no absolute address: give one as https://example.org/vocabulary/", base)
	}
	g := graph{base: base, emit: emit}
	switch format {
	case Turtle:
		return readTurtle(utf8Text(r, MaxFile), g)
	case XML:
		return readXML(utf8Text(r, MaxFile), g)
	case JSONLD:
		return readJSONLD(utf8Text(r, MaxJSON), g)
	}
	return fmt.Errorf("format %q is not known: use %s, %s or %s", format, Turtle, XML, JSONLD)
}

var (
	endings = map[string]Format{".ttl": Turtle, ".nt": Turtle, ".rdf": XML, ".owl": XML, ".xml": XML, ".jsonld": JSONLD, ".json": JSONLD}
	begins  = []struct {
		with   *regexp.Regexp
		format Format
	}{
		{regexp.MustCompile(`(?i)^<(!DOCTYPE\s+)?html\b`), ""},
		{regexp.MustCompile(`^<([?!]|([\w-]+:)?RDF\b|[\w:-]+\s[^>]*xmlns)`), XML},
		{regexp.MustCompile(`^(\{|\[\s*\{)`), JSONLD},
		{regexp.MustCompile(`(?i)^(#[^\n]*\n\s*)*(@?(prefix|base)\s|<[^<>\s]*>\s|_:\w)`), Turtle},
	}
)

// FormatOf tells the format of a file by the ending of its name or, without one
// that is known, by the bytes that it begins with.
func FormatOf(name string, head []byte) (Format, error) {
	if f, ok := endings[strings.ToLower(path.Ext(name))]; ok {
		return f, nil
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	for _, b := range begins {
		if b.with.Match(head) && b.format == "" {
			break
		} else if b.with.Match(head) {
			return b.format, nil
		}
	}
	return "", fmt.Errorf("%q is not seen to be RDF: give it the ending .ttl or .nt (Turtle), .rdf, .owl or .xml (RDF/XML), .jsonld or .json (JSON-LD)", name)
}

// utf8Text is a file of so many bytes at most, without its byte order mark; one of
// UTF-16 makes UTF-8 of it.
func utf8Text(r io.Reader, most int64) *bufio.Reader {
	in := bufio.NewReaderSize(&bounded{Reader: r, most: most, left: most}, maxBuffer)
	head, _ := in.Peek(3) // an error comes again when it is read
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return bufio.NewReaderSize(transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), maxBuffer)
	}
	return in
}

// excess is what is more than a file may ask.
type excess string

func (e excess) Error() string { return string(e) }

// bounded refuses what is longer than most bytes.
type bounded struct {
	io.Reader
	most, left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, excess(fmt.Sprintf("the file is larger than %d MB: split it, or leave out what is no SKOS", b.most>>20))
	}
	return n, err
}

// position is a place in a file.
type position struct{ line, column int }

// graph is what the readers of all formats have in common. After the first error
// nothing more is emitted.
type graph struct {
	base   string
	emit   func(Triple) error
	blanks int
	err    error
}

func (g *graph) add(subject, predicate string, object Term) {
	if g.err == nil {
		g.err = g.emit(Triple{subject, predicate, object})
	}
}

func (g *graph) fail(p position, format string, args ...any) {
	if g.err == nil {
		g.err = &SyntaxError{p.line, p.column, fmt.Sprintf(format, args...)}
	}
}

// broken reports an error in reading.
func (g *graph) broken(p position, err error) {
	var e excess
	if errors.As(err, &e) {
		g.fail(p, "%s", e)
	} else if g.err == nil {
		g.err = fmt.Errorf("line %d: %w", p.line, err)
	}
}

// blank is a new blank node. Those that have a label in the file begin with n.
func (g *graph) blank() string {
	g.blanks++
	return fmt.Sprintf("_:g%d", g.blanks)
}

// labelled is the blank node with a label.
func (g *graph) labelled(p position, label string) string {
	if len(label) > maxIRI || !isLabel(label) {
		g.fail(p, "%.60q cannot be the label of a blank node: use letters, digits, - and _", label)
	}
	return "_:n" + label
}

// iri makes an absolute address of a reference.
func (g *graph) iri(p position, base, reference string) string {
	if bad := illFormed(reference); bad != "" {
		g.fail(p, "%.60q is no address, since it has %q in it: write it as %s", reference, bad, percent(bad))
		return ""
	}
	out := reference
	if !absolute(reference) {
		if base == "" {
			g.fail(p, "%.60q is no absolute address, and there is no base that it is relative to: write it in full, or give a base", reference)
			return ""
		}
		out = resolve(base, reference)
	}
	if len(out) > maxIRI {
		g.fail(p, "the address %.60q… is longer than %d bytes: shorten it", out, maxIRI)
		return ""
	}
	return out
}

var languageForm = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,20}$`)

// language is a tag in lower case.
func (g *graph) language(p position, tag string) string {
	if !languageForm.MatchString(tag) {
		g.fail(p, "%.60q is no language: write it by BCP 47, as en or zh-Hant", tag)
	}
	return strings.ToLower(tag)
}

// list adds what next yields until it has no more, and returns the head.
func (g *graph) list(next func() (Term, bool)) string {
	head, last := rdfNil, ""
	for item, ok := next(); ok && g.err == nil; item, ok = next() {
		cell := g.blank()
		if last == "" {
			head = cell
		} else {
			g.add(last, rdfNS+"rest", Term{IRI: cell})
		}
		g.add(cell, rdfNS+"first", item)
		last = cell
	}
	if last != "" {
		g.add(last, rdfNS+"rest", Term{IRI: rdfNil})
	}
	return head
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`)

// String is the triple as a line of N-Triples, without the line feed.
func (t Triple) String() string {
	object := resource(t.Object.IRI)
	if t.Object.IRI == "" {
		object = `"` + escapes.Replace(t.Object.Text) + `"`
		if t.Object.Language != "" {
			object += "@" + t.Object.Language
		} else if t.Object.Datatype != "" {
			object += "^^" + resource(t.Object.Datatype)
		}
	}
	return resource(t.Subject) + " " + resource(t.Predicate) + " " + object + " ."
}

func resource(iri string) string {
	if strings.HasPrefix(iri, "_:") {
		return iri
	}
	return "<" + iri + ">"
}

// literal is a text with a datatype.
func literal(text, datatype string) Term {
	if datatype == xsdNS+"string" {
		datatype = ""
	}
	return Term{Text: text, Datatype: datatype}
}
