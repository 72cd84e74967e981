package search

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

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
	names    map[string][]wantedName // of concepts, by their first part
	concepts []int
	// standing are, by field, the documents of the hits in which some of it may stand: to
	// analyse a text takes longer than all else that is done for a hit, and without those in
	// which nothing stands marks take little more than half of the time (BenchmarkLevers)
	standing map[string]*roaring.Bitmap
	// lengths of stems and exacts, a bit each: of most words they say enough
	stemLengths, exactLengths uint64
}

func lengthBit(term string) uint64 { return 1 << min(len(term), 63) }

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
			out[language] = &wanted{stems: map[string]int{}, exacts: map[string]int{}, prefixes: map[string]int{}, names: map[string][]wantedName{}}
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
					want.exactLengths |= lengthBit(t.Exact)
				}
				if t.Stem != "" && !w.phrase {
					want.stems[t.Stem] = i
					want.stemLengths |= lengthBit(t.Stem)
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
			want.concepts = append(want.concepts, u.concept)
			for _, n := range names {
				want.names[n.parts[0]] = append(want.names[n.parts[0]], wantedName{n, len(words) + i})
			}
		}
	}
	return out
}

// stand finds out in which of the hits each of want stands.
func (x *Index) stand(ctx context.Context, v *view, want map[string]*wanted, hits *roaring.Bitmap) error {
	for l, w := range want {
		w.standing = map[string]*roaring.Bitmap{}
		fields := []string{"title", "summary", "body"}
		if l == analyze.Other {
			fields = append(fields, organizations)
		}
		for _, field := range fields {
			in := roaring.New()
			for _, n := range w.nodes(field, l, x.vocabulary()) {
				of, err := v.documents(ctx, n)
				if err != nil {
					return err
				}
				in.Or(roaring.And(of, hits))
			}
			w.standing[field] = in
		}
	}
	return nil
}

// organizations is the passage of the names of organisations.
const organizations = "organizations"

// nodes match where some of it may stand.
func (w *wanted) nodes(field, language string, v *vocabulary) (out []node) {
	stems, exacts := stemField(field, language), exactField(field, language)
	if field == organizations {
		stems, exacts = organizationsField, organizationsField
	}
	for t := range w.stems {
		out = append(out, term{stems, t, 1})
	}
	for t := range w.exacts {
		out = append(out, term{exacts, t, 1})
	}
	for t := range w.prefixes {
		out = append(out, beginning{exacts, t})
	}
	if len(w.concepts) > 0 && !slices.ContainsFunc(conceptFields, func(f conceptField) bool { return f.name == field }) {
		return []node{everything{}} // names are not looked for there
	}
	for _, c := range w.concepts {
		out = append(out, v.concepts[c].remembered(field, language))
	}
	return out
}

// word is the place in the query of the word that a token of a text stands for, and
// where in the text that ends.
func (w *wanted) word(t analyze.Token) (place, end int, ok bool) {
	if w.stemLengths&lengthBit(t.Stem) != 0 {
		if place, ok = w.stems[t.Stem]; ok && t.Stem != "" {
			return place, t.StemEnd, true
		}
	}
	if w.exactLengths&lengthBit(t.Exact) != 0 {
		if place, ok = w.exacts[t.Exact]; ok {
			return place, t.End, true
		}
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
// none. want is what p asks for. entry is the record, if it was looked at.
func (x *Index) matches(id string, document uint32, p plan, want map[string]*wanted, reader string) (entry *catalog.Entry, out []catalog.Match) {
	if len(p.words) == 0 {
		return nil, nil
	}
	entry, err := x.log.Get(id)
	if err != nil || !entry.Public() {
		return nil, nil // the index is about to follow
	}
	for _, passage := range x.passages(&entry.Record) {
		if m, ok := x.match(passage, document, want, reader); ok {
			if out = append(out, m); len(out) == maxMatches {
				break
			}
		}
	}
	return entry, out
}

// passage is a part of a record with its texts.
type passage struct {
	field string
	in    string // the field of the index that has it
	texts []catalog.Text
}

// passages are the parts of a record in the order in which they are shown.
func (x *Index) passages(r *catalog.Record) []passage {
	out := []passage{{"title", "title", []catalog.Text{r.Title}}, {"summary", "summary", []catalog.Text{r.Summary}}, {"body", "body", []catalog.Text{r.Body}}}
	for _, code := range x.taxonomy.Codes("part") {
		out = append(out, passage{"practice." + code, "body", []catalog.Text{r.Practice[code]}})
	}
	names := passage{field: organizations, in: organizations}
	for _, o := range r.Organizations {
		names.texts = append(names.texts, o.Name)
	}
	return append(out, names)
}

// match chooses the text of a passage to show. Others are looked at only if nothing is
// found in the reader's language.
func (x *Index) match(p passage, document uint32, want map[string]*wanted, reader string) (catalog.Match, bool) {
	var best catalog.Match
	most := 0
	for _, own := range []bool{true, false} {
		for _, text := range p.texts {
			for _, tag := range text.Languages() {
				if (fieldLanguage(tag) == reader) != own {
					continue
				}
				l := fieldLanguage(tag)
				if p.field == organizations {
					l = analyze.Other
				}
				if want[l] == nil || !want[l].standing[p.in].Contains(document) {
					continue
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

var tokenRooms = sync.Pool{New: func() any { return new([]analyze.Token) }}

// mark finds the words and the names in a text: their places in order, none within
// another.
func (x *Index) mark(s, language string, want *wanted) []span {
	if s == "" {
		return nil
	}
	room := tokenRooms.Get().(*[]analyze.Token)
	defer tokenRooms.Put(room)
	*room = analyze.AppendWords((*room)[:0], language, s)
	tokens := *room
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
	if len(w.names) == 0 {
		return nil
	}
	var out map[int]int
	for i, t := range tokens {
		for _, n := range w.names[partOf(t)] {
			length := n.begins(len(tokens)-i, func(k int) string { return partOf(tokens[i+k]) })
			for j := i; j < i+length; j++ {
				if tokens[j].Stem != "" || n.whole {
					if out == nil {
						out = map[int]int{}
					}
					out[j] = n.place
				}
			}
		}
	}
	return out
}
