package rdf

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/piprate/json-gold/ld"
)

// jsonld reads JSON-LD one node of the outermost array or @graph after the other:
// json-gold expands it. Its own way from there to triples takes time quadratic in
// the values of a property.
type jsonld struct {
	graph
	data    []byte
	decoder *json.Decoder
	options *ld.JsonLdOptions
	context *ld.Context
	offset  int64  // of what is being read
	refused string // the address of a context

	// What the contexts cost is about their number times their length.
	contexts, objects, largest int
	scoped                     bool // terms have contexts of their own, which any object may use
}

// What the contexts may ask: a term is as long as all those together that it is made
// of, and json-gold copies all terms for each context that stands within another.
const (
	maxTerms   = 5_000      // of one context; that of schema.org has 3,000
	maxContext = 256 << 10  // bytes of the texts in one context
	maxCopies  = 50_000_000 // of terms, in about half a minute
)

// readJSONLD implements https://www.w3.org/TR/json-ld11-api/#deserialize-json-ld-to-rdf-algorithm.
// The triples of named graphs are given as those of the default graph, the
// direction of a text is left out, and a key that stands twice counts as its last.
func readJSONLD(in *bufio.Reader, g graph) error {
	data, err := io.ReadAll(in)
	if err != nil {
		g.broken(position{bytes.Count(data, []byte("\n")) + 1, 1}, err)
		return g.err
	}
	j := &jsonld{graph: g, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), options: ld.NewJsonLdOptions(g.base)}
	j.options.DocumentLoader = j
	j.context = ld.NewContext(nil, j.options)
	if n := invalidUTF8(j.data); n >= 0 {
		j.offset = int64(n)
		j.failHere("this byte is no UTF-8: save the file as UTF-8")
	}
	j.document()
	return j.located()
}

// LoadDocument refuses what a context names by address.
func (j *jsonld) LoadDocument(address string) (*ld.RemoteDocument, error) {
	j.refused = address
	return nil, errors.New("not read")
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// here is the place of what is being read, as an offset; located makes it a line.
func (j *jsonld) here() position { return position{column: int(j.offset)} }

func (j *jsonld) failHere(format string, args ...any) { j.fail(j.here(), format, args...) }

func (j *jsonld) located() error {
	var syntax *SyntaxError
	if errors.As(j.err, &syntax) && syntax.Line == 0 {
		before := j.data[:min(syntax.Column, len(j.data))]
		syntax.Line, syntax.Column = bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')
	}
	return j.err
}

// begin moves on to the next value and returns its first byte.
func (j *jsonld) begin() byte {
	for j.offset = j.decoder.InputOffset(); int(j.offset) < len(j.data); j.offset++ {
		if c := j.data[j.offset]; !strings.ContainsRune(" \t\r\n,:", rune(c)) {
			return c
		}
	}
	return 0
}

func (j *jsonld) token() (t json.Token) {
	if j.begin(); j.err == nil {
		var err error
		if t, err = j.decoder.Token(); err != nil {
			j.malformed(err)
		}
	}
	return t
}

// value reads the value of a key, "" in an array.
func (j *jsonld) value(key string) (v any) {
	if j.begin(); j.err != nil {
		return nil
	}
	if err := j.decoder.Decode(&v); err != nil {
		var inner *json.SyntaxError // tells the place within the value
		if whole := json.Unmarshal(j.data[j.offset:], new(json.RawMessage)); errors.As(whole, &inner) && !strings.HasPrefix(err.Error(), "expected") {
			j.offset += max(inner.Offset-1, 0)
		}
		j.malformed(err)
	}
	j.check(map[string]any{key: v}, 0, false)
	if j.largest > maxTerms {
		j.failHere("its context has more than %d terms or %d KB: leave out those that are not used", maxTerms, maxContext>>10)
	}
	if j.scoped && j.objects*j.largest > maxCopies || j.contexts*j.largest > maxCopies {
		j.failHere("its contexts are too many for their length: write one @context before the @graph, and none within it")
	}
	return v
}

// malformed reports what the decoder says of what stands here.
func (j *jsonld) malformed(err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		j.offset = int64(len(j.data))
		j.failHere("the file breaks off here: get it anew")
	}
	j.failHere("this is no JSON (%v): mend it here, or write the file anew", err)
}

// check bounds what a value may ask of json-gold, and counts.
func (j *jsonld) check(v any, depth int, inContext bool) {
	if depth > maxDepth {
		j.failHere("this has values that stand more than %d deep in one another: give them an @id and write them apart", maxDepth)
		return
	}
	switch v := v.(type) {
	case string:
		if len(v) > maxToken {
			j.failHere("this has a text that is longer than %d MB: shorten it", maxToken>>20)
		}
	case []any:
		for _, item := range v {
			j.check(item, depth+1, inContext)
		}
	case map[string]any:
		j.objects++
		for key, item := range v {
			if key == "@context" {
				j.contexts, j.largest, j.scoped = j.contexts+1, max(j.largest, terms(item)), j.scoped || inContext
			}
			j.check(key, depth, inContext)
			j.check(item, depth+1, inContext || key == "@context")
		}
	}
}

// terms is how many a context defines.
func terms(context any) (n int) {
	switch v := context.(type) {
	case []any:
		for _, c := range v {
			n += 1 + terms(c)
		}
	case map[string]any:
		if n = len(v); length(v) > maxContext {
			n = maxTerms + 1
		}
	}
	return n
}

// length is that of all texts in a value.
func length(v any) (n int) {
	switch v := v.(type) {
	case string:
		n = len(v)
	case []any:
		for _, item := range v {
			n += length(item)
		}
	case map[string]any:
		for key, item := range v {
			n += len(key) + length(item)
		}
	}
	return n
}

func (j *jsonld) document() {
	switch j.begin() {
	case '{':
		j.token()
		j.outermost()
	case '[':
		j.each()
	default:
		j.failHere("JSON-LD begins with { or [")
	}
	if j.begin() != 0 {
		j.failHere("there is more after the end of the value: put both in one array")
	}
}

// each reads the nodes of an array.
func (j *jsonld) each() {
	for j.token(); j.err == nil && j.decoder.More(); {
		if v := j.value(""); j.err == nil {
			j.expand(v)
		}
	}
	j.token()
}

// outermost reads the object that is the document. Its @graph is read node by node if its @context
// stands before.
func (j *jsonld) outermost() {
	rest := map[string]any{}
	start := j.offset
	for j.err == nil && j.decoder.More() {
		key, _ := j.token().(string)
		_, twice := rest[key]
		_, known := rest["@context"]
		switch {
		case twice:
			j.failHere("%.60q stands here for the second time: put both values in one array", key)
		case key == "@graph" && known && j.begin() == '[':
			j.each()
		default:
			if rest[key] = j.value(key); key == "@context" {
				j.parse(rest[key])
			}
		}
	}
	j.token()
	j.offset = start
	delete(rest, "@context")
	j.expand(rest)
}

// parse takes the context of the document.
func (j *jsonld) parse(context any) {
	j.guard(func() (err error) {
		j.context, err = j.context.Parse(context)
		return err
	})
}

// expand adds the triples of a node.
func (j *jsonld) expand(v any) {
	var expanded any
	j.guard(func() (err error) {
		expanded, err = ld.NewJsonLdApi().Expand(j.context, "@graph", v, j.options, false, nil)
		return err
	})
	j.nodes(expanded)
}

// guard calls json-gold, which panics at some malformed contexts.
func (j *jsonld) guard(call func() error) {
	defer func() {
		if p := recover(); p != nil {
			j.failHere("this is no JSON-LD: a @context, or a value of a key that begins with @, has a form that cannot be; write it by https://www.w3.org/TR/json-ld11/")
		}
	}()
	if j.err != nil {
		return
	}
	if err := call(); j.refused != "" {
		j.failHere("the context %.100q is at an address that is not read: put it into the file", j.refused)
	} else if err != nil {
		j.failHere("this is no JSON-LD: %.300v; write it by https://www.w3.org/TR/json-ld11/", err)
	}
}

// nodes adds the triples of expanded nodes.
func (j *jsonld) nodes(v any) {
	for _, item := range items(v) {
		if node, ok := item.(map[string]any); ok && j.err == nil {
			j.node(node)
		}
	}
}

// items is a value as a list; what is none is the only item.
func items(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// node adds what is said of a node, and returns it.
func (j *jsonld) node(node map[string]any) string {
	subject := ""
	if id, ok := node["@id"].(string); ok {
		subject = j.resource(id)
	} else {
		subject = j.blank()
	}
	for _, key := range slices.Sorted(maps.Keys(node)) {
		switch {
		case key == "@type":
			for _, v := range items(node[key]) {
				if class, ok := v.(string); ok {
					j.add(subject, rdfType, Term{IRI: j.resource(class)})
				}
			}
		case key == "@graph" || key == "@included":
			j.nodes(node[key])
		case key == "@reverse":
			reverse, _ := node[key].(map[string]any)
			for _, property := range slices.Sorted(maps.Keys(reverse)) {
				j.property(reverse[property], property, func(o Term) (string, Term) { return o.IRI, Term{IRI: subject} })
			}
		case absolute(key):
			j.property(node[key], key, func(o Term) (string, Term) { return subject, o })
		}
	}
	return subject
}

// property adds a triple for each value; ends tells its subject and its object.
func (j *jsonld) property(values any, predicate string, ends func(value Term) (string, Term)) {
	predicate = j.iri(j.here(), "", predicate)
	for _, v := range items(values) {
		if m, ok := v.(map[string]any); ok && j.err == nil {
			subject, object := ends(j.object(m))
			j.add(subject, predicate, object)
		}
	}
}

func (j *jsonld) object(m map[string]any) Term {
	if v, ok := m["@value"]; ok {
		return j.literal(v, m)
	}
	l, ok := m["@list"]
	if !ok {
		return Term{IRI: j.node(m)}
	}
	rest := items(l)
	return Term{IRI: j.list(func() (Term, bool) {
		for len(rest) > 0 {
			m, ok := rest[0].(map[string]any)
			if rest = rest[1:]; ok {
				return j.object(m), true
			}
		}
		return Term{}, false
	})}
}

// resource is an IRI or a blank node.
func (j *jsonld) resource(id string) string {
	if label, ok := strings.CutPrefix(id, "_:"); ok {
		return j.labelled(j.here(), label)
	}
	return j.iri(j.here(), "", id)
}

// literal is a value; m tells its language or datatype.
func (j *jsonld) literal(v any, m map[string]any) Term {
	datatype, _ := m["@type"].(string)
	if datatype == "@json" {
		var b bytes.Buffer
		out := json.NewEncoder(&b)
		out.SetEscapeHTML(false)
		if err := out.Encode(v); err != nil {
			j.failHere("this JSON cannot be written: %v", err)
		}
		return literal(strings.TrimSuffix(b.String(), "\n"), rdfNS+"JSON")
	}
	if datatype != "" {
		datatype = j.resource(datatype)
	}
	switch v := v.(type) {
	case string:
		if tag, ok := m["@language"].(string); ok {
			return Term{Text: v, Language: j.language(j.here(), tag)}
		}
		return literal(v, datatype)
	case bool:
		return literal(strconv.FormatBool(v), cmp.Or(datatype, xsdNS+"boolean"))
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e21 && datatype != xsdNS+"double" {
			return literal(strconv.FormatFloat(v+0, 'f', 0, 64), cmp.Or(datatype, xsdNS+"integer"))
		}
		return literal(ld.GetCanonicalDouble(v), cmp.Or(datatype, xsdNS+"double"))
	}
	j.failHere("%.60v is no value: write a text, a number or true or false", v)
	return Term{}
}
