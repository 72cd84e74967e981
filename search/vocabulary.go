package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// vocabulary finds the concepts that words name: those of the taxonomy, its countries
// and its regions.
type vocabulary struct {
	concepts []concept
	byID     map[string]int // id -> place in concepts
	// names are those of all concepts by language and first part, the longest first.
	names map[string]map[string][]name
	typed *nameIndex
}

// concept is a concept as the index knows it.
type concept struct {
	catalog.Concept
	// facet and code are of a concept that records have as a code too, "" of others.
	facet, code string
	names       map[string][]name // by language, none of which another one holds
	narrower    []int             // concepts that it is a parent of
}

// coded are the dimensions whose terms are concepts, or the codes of concepts, and
// the facets that count them.
var coded = []string{"theme", "field", "audience", "country", "region"}

func newVocabulary(t *catalog.Taxonomy) *vocabulary {
	v := &vocabulary{byID: map[string]int{}, names: map[string]map[string][]name{}}
	concepts := t.Concepts()
	var typing sync.WaitGroup
	typing.Go(func() { v.typed = newNameIndex(concepts) })
	labels := map[string]int{} // by language and parts
	for i, c := range concepts {
		dimension, code, _ := strings.Cut(c.ID, ":")
		if !slices.Contains(coded, dimension) {
			dimension, code = "", ""
		}
		v.concepts = append(v.concepts, concept{Concept: c, facet: dimension, code: code, names: map[string][]name{}})
		for _, l := range catalog.Languages {
			key := newName(i, l, c.Labels[l]).key(l)
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
			slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(len(b.parts), len(a.parts)) })
		}
	}
	typing.Wait()
	return v
}

// addNames adds the names of a concept, but for those that are, in their parts, the
// label of another one.
func (v *vocabulary) addNames(concept int, labels map[string]int) {
	c := &v.concepts[concept]
	for _, l := range catalog.Languages {
		if v.names[l] == nil {
			v.names[l] = map[string][]name{}
		}
		var names []name
		for _, text := range c.Names(l) {
			n := newName(concept, l, text)
			if other, taken := labels[n.key(l)]; len(n.parts) == 0 || taken && other != concept {
				continue
			}
			v.names[l][n.parts[0]] = append(v.names[l][n.parts[0]], n)
			names = append(names, n)
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

// name is a name of a concept in one language as it is analysed.
type name struct {
	concept int
	// parts are the stems of its words. Of a name that would be a single stem without its
	// grammar ("no violencia", "out of work") they are all of its words, grammar as
	// grammarPart: such a name is one only as a whole.
	parts []string
	whole bool
}

// grammarPart is a word that is grammar as a part of a name. No stem begins so.
func grammarPart(exact string) string { return " " + exact }

func isGrammar(part string) bool { return strings.HasPrefix(part, " ") }

// articles are the words that make no name of more than one word, by language.
var articles = map[string][]string{
	"en": {"the", "a", "an"},
	"fr": {"le", "la", "les", "un", "une", "des", "du", "de"},
	"es": {"el", "la", "los", "las", "un", "una", "de", "del"},
}

func newName(concept int, language, text string) name {
	n := name{concept: concept}
	var all []string
	for _, t := range newForm(language, text).tokens {
		if t.Stem != "" {
			n.parts = append(n.parts, t.Stem)
			all = append(all, t.Stem)
			continue
		}
		all = append(all, grammarPart(t.Exact))
		n.whole = n.whole || !slices.Contains(articles[language], t.Exact)
	}
	// the last of the pairs of Chinese characters is none, and no grammar
	if n.whole = n.whole && len(n.parts) == 1 && language != "zh"; n.whole {
		n.parts = all
	}
	return n
}

// node matches the name in a field.
func (n name) node(field, language string) node {
	terms := make([]term, len(n.parts))
	for i, p := range n.parts {
		if isGrammar(p) {
			terms[i] = term{exactField(field, language), p[1:], 1}
		} else {
			terms[i] = term{stemField(field, language), p, 1}
		}
	}
	if n.whole {
		return sequence(terms)
	}
	apart := nameApart
	if len(slices.Compact(slices.Sorted(slices.Values(n.parts)))) < len(n.parts) {
		apart = repeatedApart // training of trainers
	}
	return near{terms, apart}
}

func (n name) key(language string) string { return language + " " + strings.Join(n.parts, " ") }

// begins is of how many parts of a text the name is that they begin with, 0 if they do not.
// Grammar may stand between its parts.
func (n name) begins(parts int, part func(int) string) int {
	have := 0
	for i := range parts {
		switch p := part(i); {
		case p == n.parts[have]:
			if have++; have == len(n.parts) {
				return i + 1
			}
		case !isGrammar(p):
			return 0
		}
	}
	return 0
}

// shortest are the names that hold all parts of no other one: a text that has a longer
// name nearly always has the shorter.
func shortest(names []name) []name {
	slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(len(a.parts), len(b.parts)) })
	var out []name
	for _, n := range names {
		if !slices.ContainsFunc(out, func(short name) bool {
			return !slices.ContainsFunc(short.parts, func(p string) bool { return !slices.Contains(n.parts, p) }) &&
				(!short.whole || slices.Equal(short.parts, n.parts))
		}) {
			out = append(out, n)
		}
	}
	return out
}

// inCapitals reports whether a word of more than one letter has only capital ones.
func inCapitals(word string) bool {
	return utf8.RuneCountInString(word) > 1 && word == strings.ToUpper(word) && word != strings.ToLower(word)
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
	if slices.ContainsFunc(words, func(w word) bool { return !w.optional && !w.not }) {
		// a word that is grammar in another language is no name beside others, as in "un año",
		// unless it is in capitals, as in "UN year"
		found = slices.DeleteFunc(found, func(u understood) bool {
			return !slices.ContainsFunc(u.words, func(i int) bool { return !words[i].optional || inCapitals(words[i].text) })
		})
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

// unit is a part of a word of the query.
type unit struct {
	place
	part        string
	first, last bool // of its word
}

func newUnit(at place, t analyze.Token, first, last bool) unit {
	return unit{at, partOf(t), first, last}
}

// partOf is a token as a part of a name.
func partOf(t analyze.Token) string {
	if t.Stem == "" {
		return grammarPart(t.Exact)
	}
	return t.Stem
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
				units = append(units, newUnit(at, t, j == 0, j == len(f.tokens)-1))
			}
		}
	}
	whole := language != "zh" // only there are words not parted by spaces
	var out []understood
	v.walk(language, units, whole, func(n name, units []unit) { out = append(out, v.named(n, units, words)) })
	return out
}

// namedIn adds the concepts that the words of a text in one language name.
func (v *vocabulary) namedIn(language string, tokens []analyze.Token, to map[int]bool) {
	var units []unit
	for _, t := range tokens {
		units = append(units, newUnit(place{}, t, true, true))
	}
	v.walk(language, units, true, func(n name, _ []unit) { to[n.concept] = true })
}

// walk calls f with each name that the units have, none within another, and the units
// that it is. A name is of whole words, or of any that follow one another.
func (v *vocabulary) walk(language string, units []unit, whole bool, f func(name, []unit)) {
	for at := 0; at < len(units); {
		n, length := v.at(language, units[at:], whole)
		if length == 0 {
			at++
			continue
		}
		f(n, units[at:at+length])
		at += length
	}
}

// at is the longest name that the units begin with, and of how many of them it is, 0 if
// there is none.
func (v *vocabulary) at(language string, units []unit, whole bool) (n name, length int) {
	if whole && !units[0].first {
		return name{}, 0
	}
	for _, n := range v.names[language][units[0].part] {
		if length := n.begins(len(units), func(i int) string { return units[i].part }); length > 0 && (!whole || units[length-1].last) {
			return n, length
		}
	}
	return name{}, 0
}

func (v *vocabulary) named(of name, units []unit, words []word) understood {
	u := understood{concept: of.concept}
	var all []place
	for _, n := range units {
		all = append(all, n.place)
		if isGrammar(n.part) {
			continue
		}
		if !slices.Contains(u.units, n.place) {
			u.units = append(u.units, n.place)
		}
		u.length += utf8.RuneCountInString(n.part)
		if !slices.Contains(u.words, n.word) {
			u.words = append(u.words, n.word)
		}
	}
	u.matched = strings.Join(said(words, all), " ")
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
	alternatives := v.concepts[concept].nodes(reader, score)
	for _, n := range v.concepts[concept].narrower {
		alternatives = append(alternatives, v.concepts[n].nodes(reader, score*narrowerPart)...)
	}
	return anyOf(0, alternatives...)
}

// matching is node without a score.
func (v *vocabulary) matching(concept int) node {
	return anyOf(0, v.concepts[concept].nodes("", 0)...)
}

// named matches the names of the concept in a language in a field.
func (c *concept) named(field, language string) node {
	var names []node
	for _, n := range c.names[language] {
		names = append(names, n.node(field, language))
	}
	return anyOf(0, names...)
}

// remembered is named, asked for once.
func (c *concept) remembered(field, language string) node {
	return remembered{func() node { return c.named(field, language) }, c.ID + " " + stemField(field, language)}
}

// nodes are a node for each field in which the concept can be named.
func (c *concept) nodes(reader string, score float64) (out []node) {
	for _, f := range conceptFields {
		for _, l := range catalog.Languages {
			if len(c.names[l]) > 0 {
				out = append(out, constant{c.remembered(f.name, l), score * f.score * boost(l, reader), "a name of the concept " + c.ID + ", in " + f.name + " in " + l})
			}
		}
	}
	if c.facet != "" {
		out = append(out, constant{term{facetField(c.facet), c.code, 1}, score * conceptCode, "the code " + c.ID})
	}
	return out
}
