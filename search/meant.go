package search

import (
	"cmp"
	"context"
	"slices"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// A word that is one typing error from another may have been meant for it where few
// records have all words and many would with the other.
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
// hardly found together ("medial literacy"), and "" if there is no better one. That is not
// looked for: it is a question to the reader.
func (x *Index) meant(ctx context.Context, v *view, p plan, q catalog.Query) (string, error) {
	if p.corrected != "" || q.Typing || q.Cursor != "" || p.complete >= enough || len(p.words) > shortText {
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
		others = slices.DeleteFunc(others, func(c candidate) bool { return c.text == typed || w.sharesStem(c.text) })
		for _, other := range others[:min(maxMeant, len(others))] {
			changed := text[:w.start] + other.text + text[w.start+len(w.text):]
			var better plan
			better.read(parse(changed), false, x.vocabulary())
			found, err := v.complete(ctx, x.vocabulary().ask(better.words, better.concepts, make([]float64, len(better.concepts)), q.Language))
			if err != nil {
				return "", err
			}
			if found < least {
				continue
			}
			c := meaning{text: changed, name: better.nameOf(i), found: found}
			for _, w := range readWords([]part{{text: changed, phrase: true}}, false) {
				if c.phrase, err = v.count(ctx, w.node(""), everyOne); err != nil {
					return "", err
				}
			}
			if c.name < 2 && c.phrase == 0 {
				continue // words that happen to stand in the same records
			}
			if cmp.Or(cmp.Compare(c.name, best.name), cmp.Compare(c.phrase, best.phrase), cmp.Compare(c.found, best.found)) > 0 {
				best = c
			}
		}
	}
	return best.text, nil
}

// meaning is what a text may have been meant to be. It is likelier if the changed word is
// of a name of a concept, of more words if possible, then if more records have the words one
// after the other, then if more have them all.
type meaning struct {
	text   string
	name   int // of how many words the name is
	phrase int
	found  int
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

// complete is how many records have all that is needed.
func (v *view) complete(ctx context.Context, a asked) (int, error) {
	return v.count(ctx, a.text(len(a.needed)), everyOne)
}
