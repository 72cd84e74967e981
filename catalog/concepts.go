package catalog

import _ "embed"

// Concept is something that people ask for, with the names that it has in the six
// Languages. All its names mean the same: whoever asks by one of them wants what is
// called by another, in whatever language.
type Concept struct {
	ID       string              `json:"id"` // "theme:<code>", "field:<code>", "audience:<code>" for a term, else "concept:<name>", or an address in a Vocabulary
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
	i, ok := t.places[id]
	if !ok {
		return Concept{}, false
	}
	return t.concepts[i], true
}

// Names are the label of c in a language and its synonyms there.
func (c Concept) Names(language string) []string { return namesIn(language, c.Labels, c.Synonyms) }

// peoplesJSON has for countries and regions further names by language that people search
// by and that are not the place's own: of its people, former and informal ones. They are
// the project's own words.
//
//go:embed data/peoples.json
var peoplesJSON []byte

// otherWords are names of places that mean something else first: a meeting.
var otherWords = map[string]bool{"es Reunión": true, "fr La Réunion": true}

// places are the countries and regions of the vocabulary as concepts, with their names
// as terms and those of peoples. A name that another concept has is left out.
func places(concepts []Concept, terms map[string][]Term, peoples map[string]map[string][]string) []Concept {
	taken := map[string]bool{}
	for _, c := range concepts {
		for _, l := range Languages {
			for _, name := range c.Names(l) {
				taken[l+" "+Fold(name)] = true
			}
		}
	}
	var out []Concept
	for _, dimension := range []string{"country", "region"} {
		for _, term := range terms[dimension] {
			c := Concept{ID: dimension + ":" + term.Code, Labels: Text{}, Synonyms: map[string][]string{}}
			if term.Parent != "" {
				c.Parents = []string{"region:" + term.Parent}
			}
			for _, l := range Languages {
				for _, name := range append(namesIn(l, term.Label, term.Synonyms), peoples[term.Code][l]...) {
					key := l + " " + Fold(name)
					switch {
					case taken[key], otherWords[l+" "+name]:
					case c.Labels[l] == "":
						c.Labels[l] = name
					default:
						c.Synonyms[l] = append(c.Synonyms[l], name)
					}
					taken[key] = true
				}
			}
			out = append(out, c)
		}
	}
	return out
}
