package catalog

import (
	_ "embed"
	"slices"
)

// Concept is something that people ask for, with the names that it has in the six
// Languages. All its names mean the same: whoever asks by one of them wants what is
// called by another, in whatever language.
type Concept struct {
	ID       string              `json:"id"` // "theme:<code>", "field:<code>", "audience:<code>" for a term, else "concept:<name>"
	Labels   Text                `json:"labels"`
	Synonyms map[string][]string `json:"synonyms,omitempty"` // language -> other names
	Parents  []string            `json:"parents,omitempty"`  // ids of broader concepts
	// Sources are the entries of the UNESCO Thesaurus that names were taken from or
	// checked against; where there are none, all are the project's own words.
	Sources []string `json:"sources,omitempty"`
}

//go:embed data/concepts.json
var conceptsJSON []byte

// Concepts are the concepts of the vocabulary in their order; they must not be
// changed.
func (t *Taxonomy) Concepts() []Concept { return t.concepts }

// Concept finds a concept of the vocabulary.
func (t *Taxonomy) Concept(id string) (Concept, bool) {
	i := slices.IndexFunc(t.concepts, func(c Concept) bool { return c.ID == id })
	if i < 0 {
		return Concept{}, false
	}
	return t.concepts[i], true
}

// Names are the label of c in a language and its synonyms there.
func (c Concept) Names(language string) []string { return namesIn(language, c.Labels, c.Synonyms) }
