package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// A word that is one typing error from another may have been meant for it where fewer than
// enough records have all words and many more would with the other.
const (
	// meantTimes is how many times as many that must be, and meantLeast how many at least.
	meantTimes = 5
	meantLeast = 2
	// meantLetters is how many letters a word has at least that may be meant for another.
	meantLetters = 4
	// maxMeant is how many words are tried for one.
	maxMeant = 6
)

// meant is the text that may have been meant with words that are right as they are, but
// hardly found together ("meda literacy"), and "" if there is no better one. That is not
// looked for: it is a question to the reader, on the first page of the best matches.
func (x *Index) meant(ctx context.Context, v *view, p plan, q catalog.Query) (string, error) {
	asks := q.Limit > 0 && !q.Typing && q.Cursor == "" && (q.Sort == "" || q.Sort == "relevance")
	if !asks || p.corrected != "" || p.complete >= enough || len(p.words) > shortText {
		return "", nil
	}
	spoken, err := v.spoken(ctx, p.words)
	if err != nil || spoken == nil {
		return "", err
	}
	text := normal(q.Text)
	least := max(meantLeast, meantTimes*p.complete)
	var best meaning
	for i, w := range p.words {
		if w.phrase || w.not || w.field != "" || p.names(i) {
			continue
		}
		w.forms = slices.DeleteFunc(slices.Clone(w.forms), func(f form) bool { return !spoken[f.language] })
		typed := w.mistyped(meantLetters)
		others, err := v.candidates(ctx, w, typed, 1, q.Language)
		if err != nil {
			return "", err
		}
		tried := 0
		for _, other := range others {
			if other.text == typed || w.sharesStem(other.text) {
				continue
			}
			if tried++; tried > maxMeant {
				break
			}
			m, err := x.meaning(ctx, v, text[:w.start]+other.text+text[w.start+len(w.text):], i, p, q)
			if err != nil {
				return "", err
			}
			if m.found >= least && (m.name > 1 || m.phrase > 0) && m.compare(best) > 0 {
				best = m
			}
		}
	}
	return best.text, nil
}

// meaning is what a text may have been meant to be.
type meaning struct {
	text   string
	name   int // of how many words the name of a concept is that the changed word is of
	phrase int // records that have its words one after the other
	found  int // records that have all of its words
}

// compare is above 0 if m is likelier than other.
func (m meaning) compare(other meaning) int {
	return cmp.Or(cmp.Compare(m.name, other.name), cmp.Compare(m.phrase, other.phrase), cmp.Compare(m.found, other.found))
}

// meaning looks at a text that is that of p with another word in a place.
func (x *Index) meaning(ctx context.Context, v *view, text string, word int, p plan, q catalog.Query) (m meaning, err error) {
	m.text = text
	var better plan
	better.read(parse(text), false, x.vocabulary())
	if len(better.words) != len(p.words) {
		return m, nil // it has that word already
	}
	m.name = better.nameOf(word)
	var plain []string
	for _, w := range better.words {
		if !w.phrase && !w.not && w.field == "" {
			plain = append(plain, w.text)
		}
	}
	for _, w := range readWords([]part{{text: strings.Join(plain, " "), phrase: true}}, false) {
		if m.phrase, err = v.count(ctx, w.node("")); err != nil {
			return m, err
		}
	}
	if m.name < 2 && m.phrase == 0 {
		return m, nil // nothing speaks for it
	}
	m.found, err = x.complete(ctx, v, better, q.Language)
	return m, err
}

// nameOf is of how many words the name of a concept is that a word is of, 0 if of none.
func (p *plan) nameOf(word int) int {
	for _, u := range p.concepts {
		if slices.Contains(u.words, word) {
			return len(u.words)
		}
	}
	return 0
}

// sharesStem reports whether another word is one of the same stem in a language of w.
func (w word) sharesStem(other string) bool {
	return slices.ContainsFunc(w.forms, func(f form) bool {
		return f.language != analyze.Other && slices.Equal(stemsOf(f), stemsOf(newForm(f.language, other)))
	})
}

// complete is how many records have all words that a text has been read as.
func (x *Index) complete(ctx context.Context, v *view, p plan, reader string) (int, error) {
	a := x.vocabulary().ask(p.words, p.concepts, make([]float64, len(p.concepts)), reader)
	return v.count(ctx, a.text(len(a.needed)))
}
