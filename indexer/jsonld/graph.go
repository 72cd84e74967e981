package jsonld

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"clearinghouse/indexer/format"
)

// graph is what a page says of things.
type graph struct {
	page  *format.Page
	byID  map[string]*node
	top   []*node // in no other, in the order of the page
	count int
	read  int // bytes that records were made of so far
}

// node is a thing: its types and properties in the words of schema.org; those
// of other vocabularies are left out, their types stay as addresses.
type node struct {
	graph     *graph
	id        string // resolved; "_:…" within the page; "" without
	types     []string
	props     map[string][]value
	microdata bool
}

// value is a text or another thing.
type value struct {
	text, language string
	node           *node
}

func newGraph(page *format.Page) *graph {
	return &graph{page: page, byID: map[string]*node{}}
}

// node makes a node; things with the same id are one.
func (g *graph) node(id string, microdata bool) *node {
	if g.count++; g.count > maxNodes {
		return nil
	}
	id = strings.TrimSpace(id)
	if id != "" && !strings.HasPrefix(id, "_:") {
		if u, err := g.page.Base.Parse(id); err == nil {
			id = u.String()
		}
	}
	if n := g.byID[id]; n != nil && id != "" {
		return n
	}
	n := &node{graph: g, id: id, props: map[string][]value{}, microdata: microdata}
	if id != "" {
		g.byID[id] = n
	}
	return n
}

// schemaOrg is the address of the vocabulary and of its context.
var schemaOrg = regexp.MustCompile(`^https?://(?:www\.)?schema\.org(?:/|/#|/docs/jsonldcontext\.jsonl?d?|/version/[^/]*/)?$`)

// local is the word of schema.org that an address stands for.
var local = regexp.MustCompile(`^https?://(?:www\.)?schema\.org/#?([A-Za-z]\w*)/?$`)

// vocabulary is a JSON-LD context, as far as it matters for schema.org; other
// contexts are not fetched.
type vocabulary struct {
	schema   bool // a word without prefix is one of schema.org
	language string
	terms    map[string]term // and prefixes
}

type term struct {
	id, language string
	byLanguage   bool // its value is a map from languages
}

// with is the vocabulary under a further @context.
func (v vocabulary) with(context any) vocabulary {
	switch c := context.(type) {
	case nil:
		return vocabulary{}
	case string:
		v.schema = schemaOrg.MatchString(strings.TrimSpace(c))
	case []any:
		if len(c) > 0 {
			v.schema = false
		}
		for _, one := range c[:min(len(c), 50)] {
			was := v.schema
			v = v.with(one)
			v.schema = v.schema || was
		}
	case map[string]any:
		if vocab, ok := c["@vocab"].(string); ok {
			v.schema = schemaOrg.MatchString(strings.TrimSpace(vocab))
		}
		if language, ok := c["@language"]; ok {
			v.language, _ = language.(string)
		}
		if len(c)+len(v.terms) > maxTerms {
			return v
		}
		terms := maps.Clone(v.terms)
		if terms == nil {
			terms = map[string]term{}
		}
		for name, definition := range c {
			switch d := definition.(type) {
			case string:
				terms[name] = term{id: d}
			case map[string]any:
				t := term{}
				t.id, _ = d["@id"].(string)
				t.language, _ = d["@language"].(string)
				container, _ := d["@container"].(string)
				t.byLanguage = container == "@language"
				if t.id == "" {
					t.id = name
				}
				terms[name] = t
			}
		}
		v.terms = terms
	}
	return v
}

// word is what a key or type stands for: a word of schema.org, a keyword of
// JSON-LD that begins with @, or another address as it is.
func (v vocabulary) word(key string) string {
	key = strings.TrimSpace(key)
	if t, ok := v.terms[key]; ok && !strings.HasPrefix(key, "@") && t.id != key {
		key = t.id
	} else if v.schema && (key == "id" || key == "type") {
		return "@" + key
	}
	if prefix, rest, ok := strings.Cut(key, ":"); ok && !strings.HasPrefix(rest, "//") {
		if t, known := v.terms[prefix]; known {
			key = t.id + rest
		} else if prefix == "schema" {
			key = "https://schema.org/" + rest
		}
	}
	if m := local.FindStringSubmatch(key); m != nil {
		return m[1]
	}
	if strings.HasPrefix(key, "@") || v.schema || strings.Contains(key, ":") {
		return key
	}
	return "other:" + key
}

// readScripts adds the JSON-LD of the page, and returns what of it cannot be
// read.
func (g *graph) readScripts() []error {
	var broken []error
	var tree format.Tree
	for i, text := range scripts(g.page.Root) {
		documents, err := decodeJSON(text, &tree)
		if err != nil {
			broken = append(broken, fmt.Errorf("the JSON-LD of script element %d cannot be read: %w", i+1, err))
			continue
		}
		for _, d := range documents {
			g.top = append(g.top, g.nodes(d, vocabulary{schema: true})...)
		}
	}
	return broken
}

// nodes are the things that a document, or a part of it, is made of.
func (g *graph) nodes(document any, v vocabulary) []*node {
	var out []*node
	for _, one := range g.values(document, v, term{}, 0) {
		if one.node != nil {
			out = append(out, one.node)
		}
	}
	return out
}

// values reads any JSON-LD value.
func (g *graph) values(data any, v vocabulary, t term, depth int) []value {
	if depth > maxNested {
		return nil
	}
	language := t.language
	if language == "" {
		language = v.language
	}
	switch d := data.(type) {
	case string:
		return []value{{text: d, language: language}}
	case json.Number:
		return []value{{text: d.String()}}
	case bool:
		return []value{{text: fmt.Sprint(d)}}
	case []any:
		var out []value
		for _, one := range d {
			out = append(out, g.values(one, v, t, depth+1)...)
		}
		return out
	case map[string]any:
		return g.object(d, v, t, depth)
	}
	return nil
}

func (g *graph) object(d map[string]any, v vocabulary, t term, depth int) []value {
	if context, ok := d["@context"]; ok {
		v = v.with(context)
	}
	if t.byLanguage {
		var out []value
		for _, language := range slices.Sorted(maps.Keys(d)) {
			out = append(out, g.values(d[language], v, term{language: language}, depth+1)...)
		}
		return out
	}
	if plain, ok := d["@value"]; ok {
		language, said := d["@language"].(string)
		if !said {
			language = t.language
		}
		return g.values(plain, v, term{language: language}, depth+1)
	}
	for _, keyword := range []string{"@list", "@set"} {
		if list, ok := d[keyword]; ok {
			return g.values(list, v, t, depth+1)
		}
	}
	keys := slices.Sorted(maps.Keys(d))
	id := ""
	for _, key := range keys {
		if v.word(key) == "@id" {
			id, _ = d[key].(string)
		}
	}
	var out []value
	if graph, ok := d["@graph"]; ok {
		out = g.values(graph, v, term{}, depth+1)
		if !slices.ContainsFunc(keys, func(key string) bool { return !strings.HasPrefix(v.word(key), "@") || v.word(key) == "@type" }) {
			return out
		}
	}
	n := g.node(id, false)
	if n == nil {
		return out
	}
	given := map[string]bool{}
	for name := range n.props {
		given[name] = true // by what was said of the same thing before
	}
	for _, key := range keys {
		switch word := v.word(key); {
		case word == "@type":
			for _, one := range g.values(d[key], vocabulary{}, term{}, depth+1) {
				if name := v.word(one.text); one.node == nil && len(n.types) < maxTypes && !slices.Contains(n.types, name) {
					n.types = append(n.types, name)
				}
			}
		case strings.HasPrefix(word, "@"), strings.Contains(word, ":"), given[word]:
		default:
			n.props[word] = append(n.props[word], g.values(d[key], v, v.terms[key], depth+1)...)
		}
	}
	return append([]value{{node: n}}, out...)
}

// readMicrodata adds the microdata of the page.
func (g *graph) readMicrodata() {
	for _, t := range microdata(g.page.Root) {
		if n := g.thing(t); n != nil {
			g.top = append(g.top, n)
		}
	}
}

func (g *graph) thing(t *thing) *node {
	n := g.node(t.id, true)
	if n == nil {
		return nil
	}
	var v vocabulary
	for _, name := range t.types[:min(len(t.types), maxTypes)] {
		if local.MatchString(name) {
			v.schema = true
		}
		n.types = append(n.types, v.word(name))
	}
	for _, p := range t.props {
		for _, name := range p.names {
			if name = v.word(name); strings.Contains(name, ":") {
				continue
			}
			one := value{text: p.text}
			if p.thing != nil {
				if one.node = g.thing(p.thing); one.node == nil {
					continue
				}
			} else if p.lang != nil {
				one.language = g.page.LanguageOf(p.lang)
			}
			n.props[name] = append(n.props[name], one)
		}
	}
	return n
}

func (n *node) is(types map[string]bool) bool {
	return slices.ContainsFunc(n.types, func(name string) bool { return types[name] })
}

// roots are the things of the types that the page is about: those that are in
// no other, or only in the frame around them.
func (g *graph) roots(types map[string]bool) []*node {
	var found []*node
	taken, mentioned, seen := map[*node]bool{}, map[*node]bool{}, map[*node]bool{}
	var visit func(n *node, framed bool, depth int)
	visit = func(n *node, framed bool, depth int) {
		if framed && n.is(types) && !taken[n] {
			taken[n] = true
			found = append(found, n)
		}
		if seen[n] || depth > 2*maxNested {
			return
		}
		seen[n] = true
		for _, name := range slices.Sorted(maps.Keys(n.props)) {
			for _, one := range n.props[name] {
				if one.node == nil {
					continue
				}
				carried := name == "subEvent" || name == "event" || carrying[name] && (len(n.types) == 0 || n.is(carriers))
				if !carried && !upward[name] && one.node != n {
					mentioned[one.node] = true
				}
				visit(one.node, carried, depth+1)
			}
		}
	}
	for _, n := range g.top {
		visit(n, true, 0)
	}
	out := slices.DeleteFunc(slices.Clone(found), func(n *node) bool { return mentioned[n] })
	if len(out) == 0 {
		return found // they only mention each other
	}
	return out
}

// typeNames lists the types of the things in no other.
func (g *graph) typeNames() string {
	var out []string
	for _, n := range g.top {
		out = append(out, n.types...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return strings.Join(out[:min(len(out), 10)], ", ")
}

// resolve makes an address of the page absolute.
func (g *graph) resolve(address string) string {
	if u, err := url.Parse(strings.TrimSpace(address)); err != nil || u.String() == "" {
		return ""
	}
	return g.page.Link(address)
}

// perValue are the bytes that a value counts besides its text.
const perValue = 64

// spend counts a value that is read for a record, and reports whether there is room
// for it in maxRead.
func (g *graph) spend(one value) bool {
	g.read += perValue + len(one.text)
	return g.read <= maxRead
}

// values are those of a property, none once maxRead was read.
func (n *node) values(property string) []value {
	out := n.props[property]
	for _, one := range out {
		if !n.graph.spend(one) {
			return nil
		}
	}
	return out
}

// all are the values of the first of the properties that has any.
func (n *node) all(properties ...string) []value {
	for _, name := range properties {
		if len(n.props[name]) > 0 {
			return n.values(name)
		}
	}
	return nil
}

// first is the first text of the properties, "" without one.
func (n *node) first(properties ...string) string {
	for _, name := range properties {
		for _, one := range n.props[name] {
			if !n.graph.spend(one) {
				return ""
			}
			if s := strings.TrimSpace(one.text); s != "" {
				return s
			}
		}
	}
	return ""
}
