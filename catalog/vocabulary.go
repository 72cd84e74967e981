package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Vocabulary is a list of concepts from elsewhere, a thesaurus, that the operator has
// taken in beside those of the program. Searches understand its names; records are
// filed under the terms of the Taxonomy alone.
type Vocabulary struct {
	ID       string    `json:"id"` // the address of its concept scheme
	Title    Text      `json:"title,omitempty"`
	Licence  string    `json:"licence,omitempty"`
	Imported time.Time `json:"imported"`
	// Concepts have addresses as ids. Parents are of the same list.
	Concepts []Concept `json:"concepts"`
}

// The bounds of a vocabulary.
const (
	MaxConcepts    = 100_000 // of a vocabulary; each is held in memory
	MaxConceptName = 200     // characters of a name; what is longer is a sentence
)

// CleanName is a name on one line, cleaned as the texts of records are, without
// control characters.
func CleanName(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, cleanString(s))), " ")
}

// With is the taxonomy with the concepts of vocabularies. A concept that has names in
// common with one of t, in two languages or in the only one that both have names in,
// is that one, which gains its other names; one that has none of its own left is left
// out. A name that means something in t already goes on meaning that.
func (t *Taxonomy) With(vocabularies []Vocabulary) *Taxonomy {
	if len(vocabularies) == 0 {
		return t
	}
	out := *t
	out.concepts = slices.Clone(t.concepts)
	out.vocabularies = vocabularies
	taken := newNames(t.concepts)
	version := []byte(t.version)
	for _, v := range vocabularies {
		raw, _ := json.Marshal(v.Concepts) // texts and lists of them can be written
		version = append(version, hash(raw)...)
		is := map[string]string{} // id of a concept of v -> of the one of t that it is
		for _, c := range v.Concepts {
			if i, ok := taken.same(c); ok {
				is[c.ID] = out.concepts[i].ID
			}
		}
		for _, c := range v.Concepts {
			if id, ok := is[c.ID]; ok {
				i := taken.byID[id]
				out.concepts[i] = taken.enrich(out.concepts[i], i, c)
				continue
			}
			if c = taken.free(c, len(out.concepts)); len(c.Labels) == 0 {
				continue
			}
			parents := make([]string, len(c.Parents))
			for i, p := range c.Parents {
				parents[i] = p
				if id, ok := is[p]; ok {
					parents[i] = id
				}
			}
			c.Parents = parents
			out.concepts = append(out.concepts, c)
		}
	}
	content := hash(version)
	out.version = fmt.Sprintf("%s-%s", t.version, content[len("sha256:"):][:12])
	out.index()
	return &out
}

// Vocabularies are those that With added; they must not be changed.
func (t *Taxonomy) Vocabularies() []Vocabulary { return t.vocabularies }

// conceptNames says which concepts have a name, by their place in a list.
type conceptNames struct {
	concepts []Concept
	byID     map[string]int
	owners   map[string]int // language and folded name
}

func newNames(concepts []Concept) *conceptNames {
	n := &conceptNames{concepts: concepts, byID: make(map[string]int, len(concepts)), owners: map[string]int{}}
	for i, c := range concepts {
		n.byID[c.ID] = i
		for _, l := range Languages {
			for _, name := range c.Names(l) {
				if _, is := n.owners[nameKey(l, name)]; !is {
					n.owners[nameKey(l, name)] = i
				}
			}
		}
	}
	return n
}

func nameKey(language, name string) string { return language + " " + Fold(name) }

// same is the concept that c is: the one that most languages have a name in common of.
func (n *conceptNames) same(c Concept) (int, bool) {
	in := map[int]int{} // concept -> languages
	for _, l := range Languages {
		owners := map[int]bool{}
		for _, name := range c.Names(l) {
			if i, ok := n.owners[nameKey(l, name)]; ok {
				owners[i] = true
			}
		}
		for i := range owners {
			in[i]++
		}
	}
	best := -1
	for _, i := range slices.Sorted(maps.Keys(in)) {
		if i < len(n.concepts) && (best < 0 || in[i] > in[best]) {
			best = i
		}
	}
	if best < 0 {
		return 0, false
	}
	both := 0
	for _, l := range Languages {
		if len(c.Names(l)) > 0 && len(n.concepts[best].Names(l)) > 0 {
			both++
		}
	}
	return best, in[best] >= min(2, both)
}

// enrich is the concept at place i with the free names of another one that means the
// same.
func (n *conceptNames) enrich(c Concept, i int, by Concept) Concept {
	more := n.free(by, i)
	c.Labels, c.Synonyms = maps.Clone(c.Labels), maps.Clone(c.Synonyms)
	if c.Labels == nil {
		c.Labels = Text{}
	}
	if c.Synonyms == nil {
		c.Synonyms = map[string][]string{}
	}
	for _, l := range Languages {
		names := more.Names(l)
		if len(names) > 0 && c.Labels[l] == "" {
			c.Labels[l], names = names[0], names[1:]
		}
		c.Synonyms[l] = slices.Concat(c.Synonyms[l], names)
	}
	c.Sources = append(slices.Clone(c.Sources), by.ID)
	return c
}

// free is c with the names that no concept has, which are now those of the concept at
// place i.
func (n *conceptNames) free(c Concept, i int) Concept {
	labels, synonyms := Text{}, map[string][]string{}
	for _, l := range Languages {
		for _, name := range c.Names(l) {
			key := nameKey(l, name)
			if _, is := n.owners[key]; is || strings.TrimSpace(name) == "" {
				continue
			}
			n.owners[key] = i
			if labels[l] == "" {
				labels[l] = name
			} else {
				synonyms[l] = append(synonyms[l], name)
			}
		}
	}
	c.Labels, c.Synonyms = labels, synonyms
	return c
}
