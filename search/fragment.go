package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"
)

// fragmentSize is the length of a fragment in characters, about.
const fragmentSize = 200

// span is a stretch of bytes in a text that stands for a word of the query.
type span struct{ start, end, word int }

// distinct is how many words of the query the spans stand for.
func distinct(spans []span) int {
	seen := map[int]bool{}
	for _, s := range spans {
		seen[s.word] = true
	}
	return len(seen)
}

// fragments cuts a text to one or two stretches around the words found, with …
// where something was left out. Put together, the fragments are one line to
// show; a short text is whole.
func fragments(text string, spans []span) []catalog.Fragment {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	cuts := []span{{0, len(text), 0}}
	if utf8.RuneCountInString(text) > fragmentSize*5/4 {
		first := cluster(text, spans)
		cuts = []span{around(text, first)}
		var rest []span
		for _, s := range spans {
			if s.end < cuts[0].start || s.start > cuts[0].end {
				rest = append(rest, s)
			}
		}
		if len(rest) > 0 && distinct(spans) > distinct(first) {
			second := around(text, cluster(text, rest))
			if second.end < cuts[0].start || second.start > cuts[0].end {
				cuts = append(cuts, second)
			}
		}
		slices.SortFunc(cuts, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	}
	var out []catalog.Fragment
	add := func(s string, hit bool) {
		if n := len(out); n > 0 && out[n-1].Hit == hit {
			out[n-1].Text += s
		} else if s != "" {
			out = append(out, catalog.Fragment{Text: s, Hit: hit})
		}
	}
	for i, cut := range cuts {
		switch {
		case i > 0:
			add(" … ", false)
		case cut.start > 0:
			add("…", false)
		}
		at := cut.start
		for _, s := range spans {
			start, end := max(s.start, at), min(s.end, cut.end)
			if start >= end || s.start < cut.start {
				continue
			}
			add(text[at:start], false)
			add(text[start:end], true)
			at = end
		}
		add(text[at:cut.end], false)
	}
	if cuts[len(cuts)-1].end < len(text) {
		add("…", false)
	}
	return out
}

// cluster is the run of spans within a fragment's length that stands for most
// words of the query; of equal ones the one with most spans, then the first.
func cluster(text string, spans []span) []span {
	var best []span
	bestWords := 0
	for i := range spans {
		j, length, at := i, 0, spans[i].start
		for ; j < len(spans); j++ {
			if spans[j].end > at {
				length += utf8.RuneCountInString(text[at:spans[j].end])
				at = spans[j].end
			}
			if length > fragmentSize && j > i {
				break
			}
		}
		if words := distinct(spans[i:j]); words > bestWords || words == bestWords && j-i > len(best) {
			best, bestWords = spans[i:j], words
		}
	}
	return best
}

// around is the stretch of a fragment's length with the spans in its middle. It
// begins and ends at white space if there is some near, else between characters
// as readers see them.
func around(text string, spans []span) span {
	start, end := spans[0].start, spans[0].end
	for _, s := range spans {
		end = max(end, s.end)
	}
	spare := max(0, fragmentSize-utf8.RuneCountInString(text[start:end]))
	before, after := start, end
	for n := 0; n < spare/2 && before > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(text[:before])
		before -= size
	}
	for n := 0; n < spare-spare/2 && after < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[after:])
		after += size
	}
	if before > 0 {
		if i := strings.IndexFunc(text[before:start], unicode.IsSpace); i >= 0 && i < (start-before)/2 {
			before += i
		}
		for before < start && !boundary(text, before) {
			before++
		}
		for before < start && unicode.IsSpace(rune(text[before])) {
			before++
		}
	}
	if after < len(text) {
		if i := strings.LastIndexFunc(text[end:after], unicode.IsSpace); i >= 0 && i > (after-end)/2 {
			after = end + i
		}
		for after > end && !boundary(text, after) {
			after--
		}
	}
	return span{before, after, 0}
}

// boundary reports whether a text may be cut at byte i: between two code points,
// the second of which does not belong to the first (UAX #29, without the rules
// for Hangul jamo and flags, which composed text does not need or shows apart).
func boundary(s string, i int) bool {
	if i <= 0 || i >= len(s) {
		return true
	}
	if !utf8.RuneStart(s[i]) {
		return false
	}
	const joiner = '\u200d'
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	next, _ := utf8.DecodeRuneInString(s[i:])
	skin := next >= 0x1f3fb && next <= 0x1f3ff
	return before != joiner && next != joiner && !unicode.Is(unicode.M, next) && !skin && !unicode.Is(unicode.Variation_Selector, next)
}
