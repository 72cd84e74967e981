package search

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/mapping"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"clearinghouse/catalog"
)

// indexVersion names what the index holds. An index of another version is
// built again, so it goes up with every change of the tables below, of
// catalog.Facets and of the analyzers.
//
//	1  text by language, facets, sort keys, seq
//	2  the second English stemmer; at most maxIndexed of a text
//	3  all sources of a merged entry
const indexVersion = 3

// textField is one kind of text that words are looked for in. Each is one field
// of the index per language, as in "title.ar" and, for any language but the six,
// "title.other".
type textField struct {
	name   string
	weight float64 // of a match, relative to the other fields
	texts  func(*catalog.Record) []catalog.Text
}

// textFields is the table of fields with text. The names of organisations are
// apart: names are not to be stemmed, so that all languages share one field.
var textFields = []textField{
	{"title", 6, func(r *catalog.Record) []catalog.Text { return []catalog.Text{r.Title} }},
	{"summary", 2, func(r *catalog.Record) []catalog.Text { return []catalog.Text{r.Summary} }},
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
	organizationsField  = "organizations"
	organizationsWeight = 3
	seqField            = "seq" // Envelope.Seq, for Check
	addedField          = "sort.added"
	updatedField        = "sort.updated"
)

func facetField(name string) string        { return "facet." + name }
func titleKeyField(language string) string { return "sort.title." + language }

// indexTime is a time with a fixed width, so that it sorts as text.
const indexTime = "2006-01-02T15:04:05.000000000Z"

// maxTitleKey is how much of a collation key is kept, in bytes. Titles that
// agree so far are in the order of their ids.
const maxTitleKey = 64

// newMapping makes Bleve's document mapping from the tables. Nothing is stored
// and nothing that is not in the tables is indexed.
func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	if err := addAnalyzers(m); err != nil {
		return nil, err
	}
	object := func() *mapping.DocumentMapping {
		d := bleve.NewDocumentStaticMapping()
		d.DefaultAnalyzer = keyword.Name
		return d
	}
	text := func(analyzer string) *mapping.FieldMapping {
		return &mapping.FieldMapping{Type: "text", Analyzer: analyzer, Index: true}
	}
	// exact fields are read by document (facets, sorting), not scored.
	exact := &mapping.FieldMapping{Type: "text", Analyzer: keyword.Name, Index: true, DocValues: true, SkipFreqNorm: true}

	root, facets, sorts, titles := object(), object(), object(), object()
	for _, f := range textFields {
		d := object()
		for _, l := range fieldLanguages {
			d.AddFieldMappingsAt(l, text(textAnalyzer(l)))
		}
		root.AddSubDocumentMapping(f.name, d)
	}
	root.AddFieldMappingsAt(organizationsField, text(textAnalyzer(otherLanguage)))
	for _, f := range catalog.Facets {
		facets.AddFieldMappingsAt(f.Name, exact)
	}
	for _, l := range catalog.Languages {
		titles.AddFieldMappingsAt(l, exact)
	}
	sorts.AddFieldMappingsAt("added", exact)
	sorts.AddFieldMappingsAt("updated", exact)
	sorts.AddSubDocumentMapping("title", titles)
	root.AddSubDocumentMapping("facet", facets)
	root.AddSubDocumentMapping("sort", sorts)
	root.AddFieldMappingsAt(seqField, exact)

	m.DefaultMapping = root
	m.DefaultAnalyzer = keyword.Name
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("the mapping of the search index: %w", err)
	}
	return m, nil
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

// document is the entry in the shape of the mapping, with size bytes of text to
// look for words in.
func (d *documents) document(e *catalog.Entry) (doc map[string]any, size int) {
	r := &e.Record
	doc = map[string]any{seqField: strconv.FormatUint(e.Envelope.Seq, 10)}
	used := map[string]int{} // of maxIndexed
	take := func(language, s string) string {
		s = cut(s, maxIndexed-used[language])
		used[language] += len(s)
		size += len(s)
		return s
	}
	for _, f := range textFields {
		byLanguage := map[string]any{}
		for _, t := range f.texts(r) {
			for _, tag := range t.Languages() {
				l := fieldLanguage(tag)
				list, _ := byLanguage[l].([]string)
				byLanguage[l] = append(list, take(l, t[tag]))
			}
		}
		doc[f.name] = byLanguage
	}
	names := organizationNames(r)
	for i, name := range names {
		names[i] = take(organizationsField, name)
	}
	doc[organizationsField] = names

	facets := make(map[string]any, len(catalog.Facets))
	for _, f := range catalog.Facets {
		facets[f.Name] = f.Values(e, d.taxonomy)
	}
	doc["facet"] = facets

	titles := make(map[string]any, len(catalog.Languages))
	for _, l := range catalog.Languages {
		title, _ := r.Title.Choose(l, r.Original)
		key := d.collators[l].KeyFromString(&d.buffer, title)
		titles[l] = hex.EncodeToString(key[:min(len(key), maxTitleKey)])
		d.buffer.Reset()
	}
	doc["sort"] = map[string]any{
		"added":   e.Envelope.Added.UTC().Format(indexTime),
		"updated": e.Envelope.Updated.UTC().Format(indexTime),
		"title":   titles,
	}
	return doc, size
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

// addTo puts changes into a batch, the first and as many more as have no more than
// maxBatchText of text, and moves the mark to the last of them. An id that changed
// several times is in it once, as it is now.
func (d *documents) addTo(batch *bleve.Batch, changes []catalog.Change) (taken int, err error) {
	size := 0
	for _, c := range changes {
		switch {
		case c.Entry == nil: // a later change stands for it
		case c.Entry.Public():
			doc, n := d.document(c.Entry)
			if size += n; size > maxBatchText && taken > 0 {
				return taken, nil
			}
			if err := batch.Index(c.ID, doc); err != nil {
				return 0, fmt.Errorf("indexing %s: %w", c.ID, err)
			}
		default:
			batch.Delete(c.ID)
		}
		taken++
		batch.SetInternal(markKey, strconv.AppendUint(nil, c.Seq, 10))
	}
	return taken, nil
}
