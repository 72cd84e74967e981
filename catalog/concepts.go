package catalog

import _ "embed"

// Concept is something that texts speak of, with its names in the six
// Languages: more than a theme's own label, so that a text is found and placed
// by what it says in its own words. The names are written as they stand in
// running text; other forms of the words are the business of who matches them.
type Concept struct {
	ID       string              `json:"id"` // "theme:<code>" for a theme itself, else "concept:<name>"
	Labels   Text                `json:"labels"`
	Synonyms map[string][]string `json:"synonyms,omitempty"` // language -> other names and phrases
	// Not are phrases in which a name stands for something else: there it does not
	// count.
	Not map[string][]string `json:"not,omitempty"`
	// Near are pairs of concept ids that say the same where they stand together in
	// a sentence, as journalists and training do.
	Near    [][2]string `json:"near,omitempty"`
	Themes  []string    `json:"themes,omitempty"`
	Fields  []string    `json:"fields,omitempty"`
	Parents []string    `json:"parents,omitempty"` // ids of broader concepts
	// Sources are the entries of the UNESCO Thesaurus that names were taken from or
	// checked against; where there are none, all are the project's own words.
	Sources []string `json:"sources,omitempty"`
	// Weight says how sure a sign of its themes and fields it is, from above 0 to 2;
	// 1 where it is absent.
	Weight float64 `json:"weight,omitempty"`
}

//go:embed data/concepts.json
var conceptsJSON []byte

// Concepts are the concepts of the vocabulary in their order; they must not be
// changed.
func (t *Taxonomy) Concepts() []Concept { return t.concepts }

// Names are the label of c in a language and its synonyms there.
func (c Concept) Names(language string) []string {
	var out []string
	if label := c.Labels[language]; label != "" {
		out = append(out, label)
	}
	return append(out, c.Synonyms[language]...)
}
