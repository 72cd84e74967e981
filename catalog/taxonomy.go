package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Term is one code of a dimension of the taxonomy with its labels.
type Term struct {
	Code        string              `json:"code"`
	Label       Text                `json:"label"`
	Description Text                `json:"description,omitempty"`
	Synonyms    map[string][]string `json:"synonyms,omitempty"` // language -> other names
	Parent      string              `json:"parent,omitempty"`   // code of the broader term of the same dimension
}

// Taxonomy is the vocabulary as one immutable, versioned value: dimensions
// ("theme", "country" …), each an ordered list of terms with labels in the six
// Languages. It is passed to whatever needs it and never global.
type Taxonomy struct {
	version      string
	terms        map[string][]Term
	byCode       map[string]map[string]int
	names        func() finder  // made when the first name is looked for
	concepts     []Concept      // what people ask for, with all countries and regions
	places       map[string]int // id of a concept -> place in concepts
	signs        []Sign         // what texts say when they mean a theme
	vocabularies []Vocabulary   // that concepts were added from
}

//go:embed data/taxonomy.json
var taxonomyJSON []byte

//go:embed data/names.json
var namesJSON []byte

//go:embed data/columns.json
var columnsJSON []byte

// Columns are the columns that an entry has in a table: the dimension column.
var Columns = sync.OnceValue(func() []Term {
	var out []Term
	if err := json.Unmarshal(columnsJSON, &out); err != nil {
		panic("catalog: data/columns.json: " + err.Error())
	}
	return out
})

// names is the form of data/names.json: countries, regions and languages, made
// from CLDR by TestNames and corrected there to the usage of the UN.
type names struct {
	Regions   []Term `json:"regions"`   // UN M49; subregions and their parents
	Countries []Term `json:"countries"` // ISO 3166-1; Parent is the subregion
	Languages []Term `json:"languages"` // BCP 47 primary languages
}

// EmbeddedTaxonomy is the vocabulary that ships with the program. It is made once.
func EmbeddedTaxonomy() (*Taxonomy, error) { return embeddedTaxonomy() }

var embeddedTaxonomy = sync.OnceValues(readTaxonomy)

func readTaxonomy() (*Taxonomy, error) {
	var file struct {
		Version    string            `json:"version"`
		Dimensions map[string][]Term `json:"dimensions"`
	}
	if err := json.Unmarshal(taxonomyJSON, &file); err != nil {
		return nil, fmt.Errorf("data/taxonomy.json: %w", err)
	}
	var n names
	if err := json.Unmarshal(namesJSON, &n); err != nil {
		return nil, fmt.Errorf("data/names.json: %w", err)
	}
	var concepts []Concept
	if err := json.Unmarshal(conceptsJSON, &concepts); err != nil {
		return nil, fmt.Errorf("data/concepts.json: %w", err)
	}
	var signs []Sign
	if err := json.Unmarshal(signsJSON, &signs); err != nil {
		return nil, fmt.Errorf("data/signs.json: %w", err)
	}
	var peoples map[string]map[string][]string
	if err := json.Unmarshal(peoplesJSON, &peoples); err != nil {
		return nil, fmt.Errorf("data/peoples.json: %w", err)
	}
	content := hash(slices.Concat(taxonomyJSON, columnsJSON, namesJSON, conceptsJSON, peoplesJSON, signsJSON))
	t := &Taxonomy{version: file.Version + "-" + content[len("sha256:"):][:12], terms: file.Dimensions, byCode: map[string]map[string]int{}, signs: signs}
	t.terms["column"] = Columns()
	t.terms["region"], t.terms["country"], t.terms["language"] = n.Regions, n.Countries, n.Languages
	for dimension, terms := range t.terms {
		codes := make(map[string]int, len(terms))
		for i, term := range terms {
			if _, twice := codes[term.Code]; twice {
				return nil, fmt.Errorf("taxonomy %s: %s stands twice", dimension, term.Code)
			}
			codes[term.Code] = i
		}
		t.byCode[dimension] = codes
	}
	t.concepts = slices.Concat(concepts, places(concepts, t.terms, peoples))
	t.index()
	t.names = sync.OnceValue(func() finder { return newFinder(t.terms, signs) })
	return t, nil
}

// index notes the places of the concepts.
func (t *Taxonomy) index() {
	t.places = make(map[string]int, len(t.concepts))
	for i, c := range t.concepts {
		t.places[c.ID] = i
	}
}

// Version names the state of the vocabulary: it changes with every label.
func (t *Taxonomy) Version() string { return t.version }

// Dimensions are the names of the lists of terms, sorted.
func (t *Taxonomy) Dimensions() []string {
	out := make([]string, 0, len(t.terms))
	for d := range t.terms {
		out = append(out, d)
	}
	sort.Strings(out)
	return out
}

// Terms are the terms of a dimension in their order; they must not be changed.
func (t *Taxonomy) Terms(dimension string) []Term { return t.terms[dimension] }

// Term finds a code in a dimension.
func (t *Taxonomy) Term(dimension, code string) (Term, bool) {
	if i, ok := t.byCode[dimension][code]; ok {
		return t.terms[dimension][i], true
	}
	return Term{}, false
}

// Has reports whether code is in the dimension.
func (t *Taxonomy) Has(dimension, code string) bool {
	_, ok := t.byCode[dimension][code]
	return ok
}

// Rank is the place of code in its dimension; unknown codes come last.
func (t *Taxonomy) Rank(dimension, code string) int {
	if i, ok := t.byCode[dimension][code]; ok {
		return i
	}
	return len(t.terms[dimension])
}

// Label is the name of a code in a language, the code itself if it has none.
func (t *Taxonomy) Label(dimension, code, language string) string {
	term, _ := t.Term(dimension, code)
	if label, _ := term.Label.Choose(language, ""); label != "" {
		return label
	}
	return code
}

// Codes are the codes of a dimension in their order.
func (t *Taxonomy) Codes(dimension string) []string {
	out := make([]string, len(t.terms[dimension]))
	for i, term := range t.terms[dimension] {
		out[i] = term.Code
	}
	return out
}

// Ancestors are the broader codes of code in its dimension, nearest first.
func (t *Taxonomy) Ancestors(dimension, code string) []string {
	var out []string
	for term, ok := t.Term(dimension, code); ok && term.Parent != "" && !slices.Contains(out, term.Parent); term, ok = t.Term(dimension, term.Parent) {
		out = append(out, term.Parent)
	}
	return out
}

// Subregions are the M49 subregions of the countries, in code order. Without a
// known country they are what explicit names, broader regions taken apart into
// their subregions; what is no region is kept, for Validate to name.
func (t *Taxonomy) Subregions(countries, explicit []string) []string {
	var out []string
	for _, c := range countries {
		if term, ok := t.Term("country", c); ok && term.Parent != "" {
			out = append(out, term.Parent)
		}
	}
	if len(out) == 0 {
		for _, e := range head(explicit) {
			subregions := t.leaves("region", e)
			if len(subregions) == 0 {
				subregions = []string{e}
			}
			out = append(out, subregions...)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return sortedUnique(out)
}

// leaves are the codes at or below code that nothing is below of.
func (t *Taxonomy) leaves(dimension, code string) []string {
	if !t.Has(dimension, code) {
		return nil
	}
	var out []string
	for _, term := range t.terms[dimension] {
		if term.Parent == code {
			out = append(out, t.leaves(dimension, term.Code)...)
		}
	}
	if out == nil {
		out = []string{code}
	}
	return out
}

// allowed says which codes a dimension has, for an error message.
func (t *Taxonomy) allowed(dimension string) string {
	switch dimension {
	case "country":
		return "a country by ISO 3166-1, as in JO"
	case "region":
		return "a region by UN M49, as in 145"
	}
	return strings.Join(t.Codes(dimension), ", ")
}
