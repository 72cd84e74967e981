package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// vocabulary finds the concepts that words name: those of the taxonomy, its countries
// and its regions.
type vocabulary struct {
	concepts []concept
	byID     map[string]int // id -> place in concepts
	// names are those of all concepts by language and first stem, the longest first.
	names  map[string]map[string][]conceptName
	typed  *nameIndex
	memory memory // of where names stand
}

// concept is a concept as the index knows it.
type concept struct {
	catalog.Concept
	// facet and code are of a concept that records have as a code too, "" of others.
	facet, code string
	// names are the stems of its names by language, none of which another one holds.
	names    map[string][][]string
	narrower []int // concepts that it is a parent of
}

// conceptName is a name of a concept in one language as it is analysed.
type conceptName struct {
	stems   []string
	concept int
}

// coded are the dimensions whose terms are concepts, or the codes of concepts, and
// the facets that count them.
var coded = []string{"theme", "field", "audience", "country", "region"}

func newVocabulary(t *catalog.Taxonomy) *vocabulary {
	v := &vocabulary{byID: map[string]int{}, names: map[string]map[string][]conceptName{}}
	labels := map[string]int{} // language and stems of a label
	for i, c := range t.Concepts() {
		dimension, code, _ := strings.Cut(c.ID, ":")
		if !slices.Contains(coded, dimension) {
			dimension, code = "", ""
		}
		v.concepts = append(v.concepts, concept{Concept: c, facet: dimension, code: code, names: map[string][][]string{}})
		for _, l := range catalog.Languages {
			key := nameKey(l, stemsOf(newForm(l, c.Labels[l])))
			if _, taken := labels[key]; !taken {
				labels[key] = i
			}
		}
	}
	for i, c := range v.concepts {
		v.byID[c.ID] = i
	}
	for i := range v.concepts {
		v.addNames(i, labels)
		if c := &v.concepts[i]; c.facet != "country" && c.facet != "region" { // a code of a region is that of all within it
			for _, parent := range c.Parents {
				if p, ok := v.byID[parent]; ok {
					v.concepts[p].narrower = append(v.concepts[p].narrower, i)
				}
			}
		}
	}
	for _, byFirst := range v.names {
		for _, names := range byFirst {
			slices.SortStableFunc(names, func(a, b conceptName) int { return cmp.Compare(len(b.stems), len(a.stems)) })
		}
	}
	v.typed = newNameIndex(v.concepts)
	return v
}

func nameKey(language string, stems []string) string {
	return language + " " + strings.Join(stems, " ")
}

// addNames adds the names of a concept, but for those that are, in their stems, the
// label of another one.
func (v *vocabulary) addNames(concept int, labels map[string]int) {
	c := &v.concepts[concept]
	for _, l := range catalog.Languages {
		if v.names[l] == nil {
			v.names[l] = map[string][]conceptName{}
		}
		var names [][]string
		for _, name := range c.Names(l) {
			stems := stemsOf(newForm(l, name))
			if other, taken := labels[nameKey(l, stems)]; len(stems) == 0 || taken && other != concept {
				continue
			}
			v.names[l][stems[0]] = append(v.names[l][stems[0]], conceptName{stems, concept})
			names = append(names, stems)
		}
		c.names[l] = shortest(names)
	}
}

// stemsOf are the stems of a form; of ideographs the pairs.
func stemsOf(f form) []string {
	var out []string
	for _, t := range f.tokens {
		if t.Stem != "" {
			out = append(out, t.Stem)
		}
	}
	return out
}

// shortest are the lists that hold all of no other one: a text that has all of a longer
// list has all of the shorter.
func shortest(lists [][]string) [][]string {
	slices.SortStableFunc(lists, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	var out [][]string
	for _, list := range lists {
		if !slices.ContainsFunc(out, func(short []string) bool {
			return !slices.ContainsFunc(short, func(s string) bool { return !slices.Contains(list, s) })
		}) {
			out = append(out, list)
		}
	}
	return out
}

// understood is a concept that words of a query name.
type understood struct {
	concept int
	units   []place // what names it
	words   []int   // the places of the words that name it, all of them or a part
	matched string
	length  int // of its name, in characters
}

// understand finds the concepts that the words name, none of whose places another
// one has; of those that overlap the longest counts. The word that is still being
// typed names nothing.
func (v *vocabulary) understand(words []word) []understood {
	var found []understood
	for _, l := range catalog.Languages {
		found = append(found, v.inLanguage(l, words)...)
	}
	slices.SortStableFunc(found, func(a, b understood) int { return cmp.Compare(b.length, a.length) })
	taken := map[place]bool{}
	var out []understood
	for _, u := range found {
		if !slices.ContainsFunc(u.units, func(p place) bool { return taken[p] }) {
			for _, p := range u.units {
				taken[p] = true
			}
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b understood) int {
		return cmp.Or(cmp.Compare(a.units[0].word, b.units[0].word), cmp.Compare(a.units[0].token, b.units[0].token))
	})
	return out
}

// unit is a stem of a word of the query.
type unit struct {
	place
	stem        string
	first, last bool // of its word
}

func (v *vocabulary) inLanguage(language string, words []word) []understood {
	var units []unit
	for i, w := range words {
		for _, f := range w.forms {
			if f.language != language || w.last && f.prefix != "" || w.phrase || w.not || w.field != "" {
				continue
			}
			_, unparted := unparted(w)
			for j, t := range f.tokens {
				at := place{i, 0}
				if unparted {
					at.token = j
				}
				if t.Stem != "" {
					units = append(units, unit{at, t.Stem, j == 0, j == len(f.tokens)-1})
				}
			}
		}
	}
	whole := language != "zh" // only there are words not parted by spaces
	var out []understood
	v.walk(language, units, whole, func(name conceptName, units []unit) { out = append(out, v.named(name, units, words)) })
	return out
}

// namedIn adds the concepts that the words of a text in one language name.
func (v *vocabulary) namedIn(language string, tokens []analyze.Token, to map[int]bool) {
	var units []unit
	for _, t := range tokens {
		if t.Stem != "" {
			units = append(units, unit{stem: t.Stem, first: true, last: true})
		}
	}
	v.walk(language, units, true, func(name conceptName, _ []unit) { to[name.concept] = true })
}

// walk calls f with each name that the units have, none within another, and the units
// that it is. A name is of whole words, or of any that follow one another.
func (v *vocabulary) walk(language string, units []unit, whole bool, f func(conceptName, []unit)) {
	for at := 0; at < len(units); {
		name, ok := v.at(language, units[at:], whole)
		if !ok {
			at++
			continue
		}
		f(name, units[at:at+len(name.stems)])
		at += len(name.stems)
	}
}

// at is the longest name that the units begin with.
func (v *vocabulary) at(language string, units []unit, whole bool) (conceptName, bool) {
	if whole && !units[0].first {
		return conceptName{}, false
	}
	for _, name := range v.names[language][units[0].stem] {
		n := len(name.stems)
		if n > len(units) || whole && !units[n-1].last {
			continue
		}
		same := true
		for i, s := range name.stems {
			same = same && units[i].stem == s
		}
		if same {
			return name, true
		}
	}
	return conceptName{}, false
}

func (v *vocabulary) named(name conceptName, units []unit, words []word) understood {
	u := understood{concept: name.concept}
	for _, n := range units {
		if !slices.Contains(u.units, n.place) {
			u.units = append(u.units, n.place)
		}
		u.length += utf8.RuneCountInString(n.stem)
		if !slices.Contains(u.words, n.word) {
			u.words = append(u.words, n.word)
		}
	}
	u.matched = strings.Join(said(words, u.units), " ")
	return u
}

// ids are the concepts as others know them.
func (v *vocabulary) ids(concepts []understood) []catalog.Named {
	var out []catalog.Named
	for _, u := range concepts {
		out = append(out, catalog.Named{Concept: v.concepts[u.concept].ID, Matched: u.matched})
	}
	return out
}

// node matches what names the concept in any language, or has its code, with a score
// that depends on how rare that is and not on the name; one of so many words has its
// share of it. Concepts that it is the parent of count less.
func (v *vocabulary) node(concept int, reader string, rarity float64, words int) node {
	score := rarity / float64(words)
	alternatives := v.concepts[concept].nodes(reader, score, &v.memory)
	for _, n := range v.concepts[concept].narrower {
		alternatives = append(alternatives, v.concepts[n].nodes(reader, score*narrowerPart, &v.memory)...)
	}
	return anyOf(0, alternatives...)
}

// matching is node without a score.
func (v *vocabulary) matching(concept int) node {
	return anyOf(0, v.concepts[concept].nodes("", 0, &v.memory)...)
}

// named matches the names of the concept in a language in a field of it.
func (c *concept) named(field, language string) node {
	var names []node
	for _, stems := range c.names[language] {
		names = append(names, near{field, stems, nameApart})
	}
	return anyOf(0, names...)
}

// nodes are a node for each field in which the concept can be named.
func (c *concept) nodes(reader string, score float64, in *memory) (out []node) {
	for _, f := range conceptFields {
		for _, l := range catalog.Languages {
			if len(c.names[l]) > 0 {
				field := stemField(f.name, l)
				named := remembered{c.named(field, l), c.ID + " " + field, in}
				out = append(out, constant{named, score * f.score * boost(l, reader), "a name of the concept " + c.ID + ", in " + f.name + " in " + l})
			}
		}
	}
	if c.facet != "" {
		out = append(out, constant{term{facetField(c.facet), c.code, 1}, score * conceptCode, "the code " + c.ID})
	}
	return out
}
