package search

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/mapping"
	index "github.com/blevesearch/bleve_index_api"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// indexVersion names what the index holds. An index of another version is
// built again, so it goes up with every change of the tables below, of
// catalog.Facets and of the analyzers.
//
//	1  text by language, facets, sort keys, seq
//	2  the second English stemmer; at most maxIndexed of a text
//	3  all sources of a merged entry
//	4  analysis of our own, exact words with their places beside the stems
//	5  places of stems too, in the fields in which concepts are named
//	6  sort keys of titles as they are, and no values by document of what is sorted by
//	7  places of words by their number only, not by their bytes
const indexVersion = 7

// textField is one kind of text that words are looked for in. Each is two fields of
// the index per language: "title.ar" has the stems of its words, "exact.title.ar" the
// words themselves, with their places; "title.other" serves any language but the six.
type textField struct {
	name   string
	weight float64 // of a match, relative to the other fields; short ones gain by their length already
	texts  func(*catalog.Record) []catalog.Text
}

// textFields is the table of fields with text. The names of organisations are
// apart: names are not to be stemmed, so that all languages share one field.
var textFields = []textField{
	{"title", 0.3, func(r *catalog.Record) []catalog.Text { return []catalog.Text{r.Title} }},
	{"summary", 0.5, func(r *catalog.Record) []catalog.Text { return []catalog.Text{r.Summary} }},
	{"body", 1, func(r *catalog.Record) []catalog.Text {
		texts := []catalog.Text{r.Body}
		for _, part := range slices.Sorted(maps.Keys(r.Practice)) {
			texts = append(texts, r.Practice[part])
		}
		return texts
	}},
}

// maxIndexed is how much of the texts of a record in one field language is
// indexed, in bytes, the title first, and of the names of its organisations. What
// lies beyond is stored and shown, but words are not found in it: each different
// word takes some hundred bytes of memory while it is indexed.
const maxIndexed = 256 << 10

const (
	organizationsField  = "exact.organizations"
	organizationsWeight = 0.5
	seqField            = "seq" // Envelope.Seq, for Check
	addedField          = "sort.added"
	updatedField        = "sort.updated"
)

func stemField(name, language string) string  { return name + "." + language }
func exactField(name, language string) string { return "exact." + name + "." + language }
func facetField(name string) string           { return "facet." + name }
func titleKeyField(language string) string    { return "sort.title." + language }

// fieldLanguage is the field language of a BCP 47 tag: zh for zh-Hant, other
// for pt.
func fieldLanguage(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	if catalog.IsLanguage(base) {
		return base
	}
	return analyze.Other
}

// indexTime is a time with a fixed width, so that it sorts as text.
const indexTime = "2006-01-02T15:04:05.000000000Z"

// maxTitleKey is how much of a collation key is kept, in bytes. Titles that
// agree so far are in the order of their ids.
const maxTitleKey = 64

// noMapping is Bleve's document mapping of nothing: documents are made field by
// field below.
func noMapping() *mapping.IndexMappingImpl {
	m := bleve.NewIndexMapping()
	m.DefaultMapping = bleve.NewDocumentDisabledMapping()
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// documents turns entries into documents of the index. It is not safe for
// concurrent use: a collator keeps state.
type documents struct {
	taxonomy  *catalog.Taxonomy
	collators map[string]*collate.Collator
	buffer    collate.Buffer
}

func newDocuments(t *catalog.Taxonomy) *documents {
	d := &documents{taxonomy: t, collators: map[string]*collate.Collator{}}
	for _, l := range catalog.Languages {
		d.collators[l] = collate.New(language.MustParse(l))
	}
	return d
}

// document is the entry as the index holds it, with size bytes of text to look for
// words in. Nothing is stored: what is shown comes from the store.
func (d *documents) document(e *catalog.Entry) (doc *document.Document, size int) {
	r := &e.Record
	b := builder{doc: document.NewDocument(r.ID), used: map[string]int{}}
	b.value(seqField, strconv.FormatUint(e.Envelope.Seq, 10))
	for _, f := range textFields {
		for _, t := range f.texts(r) {
			for _, tag := range t.Languages() {
				l := fieldLanguage(tag)
				words := b.words(l, l, t[tag])
				b.text(stemField(f.name, l), stems{words}, stemOptions(f.name))
				b.text(exactField(f.name, l), exacts{words}, index.IndexField|index.IncludeTermVectors)
			}
		}
	}
	for _, name := range organizationNames(r) {
		b.text(organizationsField, exacts{b.words(organizationsField, analyze.Other, name)}, index.IndexField|index.IncludeTermVectors)
	}
	for _, f := range catalog.Facets {
		for _, value := range f.Values(e, d.taxonomy) {
			b.value(facetField(f.Name), value)
		}
	}
	for _, l := range catalog.Languages {
		title, _ := r.Title.Choose(l, r.Original)
		key := d.collators[l].KeyFromString(&d.buffer, title)
		b.sortKey(titleKeyField(l), key[:min(len(key), maxTitleKey)])
		d.buffer.Reset()
	}
	b.sortKey(addedField, []byte(e.Envelope.Added.UTC().Format(indexTime)))
	b.sortKey(updatedField, []byte(e.Envelope.Updated.UTC().Format(indexTime)))
	return b.doc, b.size
}

// stemOptions keep the places of stems in the fields in which concepts are named.
func stemOptions(field string) index.FieldIndexingOptions {
	if slices.ContainsFunc(conceptFields, func(f conceptField) bool { return f.name == field }) {
		return index.IndexField | index.IncludeTermVectors
	}
	return index.IndexField
}

// builder adds fields to a document.
type builder struct {
	doc    *document.Document
	used   map[string]int // bytes, of maxIndexed
	values map[string]uint64
	size   int
}

// value adds a field that is read by document, as Check does, and not scored.
func (b *builder) value(field, value string) {
	b.doc.AddField(document.NewTextFieldCustom(field, nil, []byte(value), index.IndexField|index.DocValues|index.SkipFreqNorm, nil))
}

// sortKey adds a field whose terms give an order, see columns.
func (b *builder) sortKey(field string, key []byte) {
	b.doc.AddField(document.NewTextFieldCustom(field, nil, bytes.Clone(key), index.IndexField|index.SkipFreqNorm, nil))
}

// words are those of a text in a language, as far as the budget goes.
func (b *builder) words(budget, language, text string) *words {
	text = cut(text, maxIndexed-b.used[budget])
	b.used[budget] += len(text)
	b.size += len(text)
	return &words{language: language, text: text}
}

// text adds a field of words. Its texts are numbered, so that no phrase goes over
// from one to the next.
func (b *builder) text(field string, terms analysis.Analyzer, options index.FieldIndexingOptions) {
	if b.values == nil {
		b.values = map[string]uint64{}
	}
	b.doc.AddField(document.NewTextFieldCustom(field, []uint64{b.values[field]}, nil, options, terms))
	b.values[field]++
}

// words are those of one text, found when Bleve's workers ask for them: a document's
// fields are analysed one after the other.
type words struct {
	language, text string
	tokens         []analyze.Token // kept from the stems to the exact words
}

// stems and exacts are the terms of words as Bleve takes them. Where in the text they are by
// bytes is not kept: texts to mark words in are read and analysed anew.
type (
	stems  struct{ *words }
	exacts struct{ *words }
)

func (s stems) Analyze([]byte) analysis.TokenStream {
	s.tokens = analyze.Words(s.language, s.text)
	tokens := s.tokens
	out := make(analysis.TokenStream, 0, len(tokens))
	made := make([]analysis.Token, len(tokens))
	for i, t := range tokens {
		if t.Stem != "" {
			made[i] = analysis.Token{Term: []byte(t.Stem), Position: t.Position}
			out = append(out, &made[i])
		}
	}
	return out
}

func (e exacts) Analyze([]byte) analysis.TokenStream {
	tokens := e.tokens
	if e.tokens = nil; tokens == nil {
		tokens = analyze.Words(e.language, e.text)
	}
	out := make(analysis.TokenStream, len(tokens))
	made := make([]analysis.Token, len(tokens))
	for i, t := range tokens {
		made[i] = analysis.Token{Term: []byte(t.Exact), Position: t.Position}
		out[i] = &made[i]
	}
	return out
}

// organizationNames are the names of the organisations taking part and, of an
// organisation, its own: "WHO" is a name and not a pronoun.
func organizationNames(r *catalog.Record) []string {
	var texts []catalog.Text
	if r.Kind == "organization" {
		texts = append(texts, r.Title)
	}
	for _, o := range r.Organizations {
		texts = append(texts, o.Name)
	}
	var names []string
	for _, t := range texts {
		for _, l := range t.Languages() {
			names = append(names, t[l])
		}
	}
	return names
}

// The index's own notes, written in the same batch as the documents they are
// about.
var (
	versionKey = []byte("clearinghouse.version") // indexVersion
	storeKey   = []byte("clearinghouse.store")   // Log.ID of the store it was made from
	markKey    = []byte("clearinghouse.mark")    // place in the log up to which it is complete
)

// addTo puts changes into a batch, the first and as many more as have no more than their
// share of maxText, and gives how much text that is. An id that changed several times is in
// it once, as it is now.
func (d *documents) addTo(batch *bleve.Batch, changes []catalog.Change) (taken, size int, err error) {
	for _, c := range changes[:min(len(changes), batchSize)] {
		switch {
		case c.Entry == nil: // a later change stands for it
		case c.Entry.Public():
			doc, n := d.document(c.Entry)
			if size+n > maxText/batchesAtOnce && taken > 0 {
				return taken, size, nil
			}
			size += n
			if err := batch.IndexAdvanced(doc); err != nil {
				return 0, 0, fmt.Errorf("indexing %s: %w", c.ID, err)
			}
		default:
			batch.Delete(c.ID)
		}
		taken++
	}
	return taken, size, nil
}
