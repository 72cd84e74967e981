package search

import (
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
)

const (
	// maxMatches is how many texts of a hit are shown with the words found.
	maxMatches = 3
	// maxHighlighted is how much of a text is looked at, in bytes.
	maxHighlighted = 1 << 16
	// maxMarked is the length of a word that can be marked, in bytes.
	maxMarked = 4 * fragmentSize
)

// wanted are the terms that are marked in texts of one field language.
type wanted struct {
	terms    map[string]int // term -> place of its word in the query
	prefixes map[string]int
}

// wantedTerms are the terms to mark by field language; mere grammar is marked
// only if there is nothing else.
func wantedTerms(words []word) map[string]wanted {
	needed, _ := required(words)
	out := map[string]wanted{}
	for i, w := range words {
		if w.optional && len(needed) > 0 {
			continue
		}
		for _, f := range w.forms {
			want, ok := out[f.language]
			if !ok {
				want = wanted{map[string]int{}, map[string]int{}}
				out[f.language] = want
			}
			for _, t := range f.terms {
				want.terms[t] = i
			}
			if utf8.RuneCountInString(f.prefix) >= minPrefix {
				want.prefixes[f.prefix] = i
				if n := len(f.terms); n > 0 {
					want.prefixes[f.terms[n-1]] = i
				}
			}
		}
	}
	return out
}

// word is the place in the query of the word that a term of a text stands for.
func (w wanted) word(term string) (place int, ok bool) {
	if place, ok = w.terms[term]; ok {
		return place, true
	}
	for p, place := range w.prefixes {
		if strings.HasPrefix(term, p) {
			return place, true
		}
	}
	return 0, false
}

// matches shows where the words stand in the record: at most maxMatches of its
// texts, each in the reader's language if words were found in it there and else
// in the one where most were. A record that is no longer there has none.
func (x *Index) matches(id string, words []word, reader string) []catalog.Match {
	if len(words) == 0 {
		return nil
	}
	entry, err := x.log.Get(id)
	if err != nil || !entry.Public() {
		return nil // the index is about to follow
	}
	want := wantedTerms(words)
	var out []catalog.Match
	for _, p := range x.passages(&entry.Record) {
		if m, ok := x.match(p, want, reader); ok && len(out) < maxMatches {
			out = append(out, m)
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
	names := passage{field: organizationsField}
	for _, o := range r.Organizations {
		names.texts = append(names.texts, o.Name)
	}
	return append(out, names)
}

// match chooses the text of a passage to show.
func (x *Index) match(p passage, want map[string]wanted, reader string) (catalog.Match, bool) {
	var best catalog.Match
	most := 0
	for _, text := range p.texts {
		for _, tag := range text.Languages() {
			l := fieldLanguage(tag)
			if p.field == organizationsField {
				l = otherLanguage
			}
			s := head(text[tag])
			spans := x.mark(s, l, want[l])
			score := distinct(spans)
			if score > 0 && fieldLanguage(tag) == reader {
				score += len(want[l].terms) + len(want[l].prefixes) // before any other
			}
			if score > most {
				most, best = score, catalog.Match{Field: p.field, Language: tag, Fragments: fragments(s, spans)}
			}
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

// mark finds the words in a text: their places in order, none within another.
func (x *Index) mark(s, language string, want wanted) []span {
	if s == "" || len(want.terms)+len(want.prefixes) == 0 {
		return nil
	}
	var out []span
	for _, token := range x.languages[language].text.Analyze([]byte(s)) {
		word, ok := want.word(string(token.Term))
		if !ok {
			continue
		}
		// A token filter that changes the length of a term can displace its ends.
		start, end := min(max(token.Start, 0), len(s)), min(token.End, len(s))
		for !boundary(s, start) {
			start--
		}
		for !boundary(s, end) {
			end++
		}
		if start < end && end-start <= maxMarked {
			out = append(out, span{start, end, word})
		}
	}
	return out
}
