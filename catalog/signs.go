package catalog

import _ "embed"

// Sign is what a text says when it is about themes or fields, with the names that
// it has in the six Languages. Its names need not mean the same, as those of a
// Concept do, only speak for the same codes. They are written as they stand in
// running text; other forms of the words are the business of who matches them.
type Sign struct {
	ID       string              `json:"id"` // "theme:<code>" for a theme itself, else "concept:<name>"
	Labels   Text                `json:"labels"`
	Synonyms map[string][]string `json:"synonyms,omitempty"` // language -> other names and phrases
	// Not are phrases in which a name stands for something else: there it does not
	// count.
	Not map[string][]string `json:"not,omitempty"`
	// Near are pairs of ids of signs that say the same where they stand together in
	// a sentence, as journalists and training do.
	Near   [][2]string `json:"near,omitempty"`
	Themes []string    `json:"themes,omitempty"`
	Fields []string    `json:"fields,omitempty"`
	// Sources are the entries of the UNESCO Thesaurus that names were taken from or
	// checked against; where there are none, all are the project's own words.
	Sources []string `json:"sources,omitempty"`
	// Weight says how sure a sign of its themes and fields it is, from above 0 to 2;
	// 1 where it is absent.
	Weight float64 `json:"weight,omitempty"`
}

//go:embed data/signs.json
var signsJSON []byte

// Signs are the signs of the vocabulary in their order; they must not be changed.
func (t *Taxonomy) Signs() []Sign { return t.signs }

// Names are the label of s in a language and its synonyms there.
func (s Sign) Names(language string) []string { return namesIn(language, s.Labels, s.Synonyms) }

func namesIn(language string, labels Text, synonyms map[string][]string) (out []string) {
	if label := labels[language]; label != "" {
		out = append(out, label)
	}
	return append(out, synonyms[language]...)
}
