package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

const (
	// maxMatches is how many texts of a hit are shown with the words found.
	maxMatches = 3
	// maxHighlighted is how much of a text is looked at, in bytes.
	maxHighlighted = 1 << 16
	// maxMarked is the length of a word that can be marked, in bytes.
	maxMarked = 4 * fragmentSize
)

// wanted are the terms that are marked in texts of one field language, each with the
// place of its word in the query.
type wanted struct {
	stems    map[string]int
	exacts   map[string]int // of words that have no stem
	prefixes map[string]int
	names    []wantedName // of concepts
}

// wantedName is a name of a concept and its place after those of the words.
type wantedName struct {
	name
	place int
}

// wantedTerms are the terms to mark by field language; mere grammar is marked
// only if there is nothing else.
func (v *vocabulary) wantedTerms(words []word, concepts []understood) map[string]*wanted {
	needed := slices.ContainsFunc(words, func(w word) bool { return !w.optional && !w.not })
	out := map[string]*wanted{}
	in := func(language string) *wanted {
		if out[language] == nil {
			out[language] = &wanted{stems: map[string]int{}, exacts: map[string]int{}, prefixes: map[string]int{}}
		}
		return out[language]
	}
	for i, w := range words {
		if w.not || w.optional && needed {
			continue
		}
		for _, f := range w.forms {
			want := in(f.language)
			tokens := f.tokens
			if f.joined != nil {
				tokens = append(slices.Clone(tokens), *f.joined)
			}
			for _, t := range tokens {
				_, pairs := unparted(w)
				if w.phrase || t.Stem == "" && !pairs || f.language == "zh" && !pairs {
					want.exacts[t.Exact] = i
				}
				if t.Stem != "" && !w.phrase {
					want.stems[t.Stem] = i
				}
			}
			if utf8.RuneCountInString(f.prefix) >= minPrefix {
				want.prefixes[f.prefix] = i
			}
		}
	}
	for i, u := range concepts {
		for l, names := range v.concepts[u.concept].names {
			want := in(l)
			for _, n := range names {
				want.names = append(want.names, wantedName{n, len(words) + i})
			}
		}
	}
	return out
}

// word is the place in the query of the word that a token of a text stands for, and
// where in the text that ends.
func (w *wanted) word(t analyze.Token) (place, end int, ok bool) {
	if place, ok = w.stems[t.Stem]; ok && t.Stem != "" {
		return place, t.StemEnd, true
	}
	if place, ok = w.exacts[t.Exact]; ok {
		return place, t.End, true
	}
	for p, place := range w.prefixes {
		if strings.HasPrefix(t.Exact, p) {
			return place, t.End, true
		}
	}
	return 0, 0, false
}

// matches shows where the words and the names of concepts stand in the record: at
// most maxMatches of its texts, each in the reader's language if they were found in
// it there and else in the one where most were. A record that is no longer there has
// none. want is what p asks for.
func (x *Index) matches(id string, p plan, want map[string]*wanted, reader string) (out []catalog.Match) {
	if len(p.words) == 0 {
		return nil
	}
	entry, err := x.log.Get(id)
	if err != nil || !entry.Public() {
		return nil // the index is about to follow
	}
	for _, passage := range x.passages(&entry.Record) {
		if m, ok := x.match(passage, want, reader); ok {
			if out = append(out, m); len(out) == maxMatches {
				break
			}
		}
	}
	return out
}

// passage is a part of a record with its texts.
type passage struct {
	field string
	texts []catalog.Text
}

// passages are the parts of a record in the order in which they are shown.
func (x *Index) passages(r *catalog.Record) []passage {
	out := []passage{{"title", []catalog.Text{r.Title}}, {"summary", []catalog.Text{r.Summary}}, {"body", []catalog.Text{r.Body}}}
	for _, code := range x.taxonomy.Codes("part") {
		out = append(out, passage{"practice." + code, []catalog.Text{r.Practice[code]}})
	}
	names := passage{field: "organizations"}
	for _, o := range r.Organizations {
		names.texts = append(names.texts, o.Name)
	}
	return append(out, names)
}

// match chooses the text of a passage to show. Others are looked at only if nothing is
// found in the reader's language.
func (x *Index) match(p passage, want map[string]*wanted, reader string) (catalog.Match, bool) {
	var best catalog.Match
	most := 0
	for _, own := range []bool{true, false} {
		for _, text := range p.texts {
			for _, tag := range text.Languages() {
				if (fieldLanguage(tag) == reader) != own {
					continue
				}
				l := fieldLanguage(tag)
				if p.field == "organizations" {
					l = analyze.Other
				}
				s := head(text[tag])
				spans := x.mark(s, l, want[l])
				if n := distinct(spans); n > most {
					most, best = n, catalog.Match{Field: p.field, Language: tag, Fragments: fragments(s, spans)}
				}
			}
		}
		if most > 0 {
			break
		}
	}
	return best, most > 0
}

// head is the part of a text that is looked at, on one line.
func head(s string) string {
	return strings.ReplaceAll(cut(s, maxHighlighted), "\n", " ")
}

// cut is the beginning of s, of at most size bytes.
func cut(s string, size int) string {
	if len(s) <= size {
		return s
	}
	for size > 0 && !boundary(s, size) {
		size--
	}
	return s[:size]
}

// mark finds the words and the names in a text: their places in order, none within
// another.
func (x *Index) mark(s, language string, want *wanted) []span {
	if s == "" || want == nil {
		return nil
	}
	tokens := analyze.Words(language, s)
	named := want.named(tokens)
	var out []span
	for i, t := range tokens {
		place, end, ok := want.word(t)
		if !ok {
			if place, ok = named[i]; !ok {
				continue
			}
			end = t.StemEnd
		}
		start := t.Start
		for !boundary(s, end) { // marks that the division into words left out
			end++
		}
		if start < end && end-start <= maxMarked {
			out = append(out, span{start, end, place})
		}
	}
	return out
}

// named are the tokens that are part of a name of a concept, with its place.
func (w *wanted) named(tokens []analyze.Token) map[int]int {
	out := map[int]int{}
	if len(w.names) == 0 {
		return out
	}
	units := make([]unit, len(tokens))
	for i, t := range tokens {
		units[i] = newUnit(place{}, t, true, true)
	}
	for i, u := range units {
		for _, n := range w.names {
			if u.part != n.parts[0] {
				continue
			}
			for j, u := range units[i : i+n.begins(units[i:])] {
				if !isGrammar(u.part) || n.whole {
					out[i+j] = n.place
				}
			}
		}
	}
	return out
}
