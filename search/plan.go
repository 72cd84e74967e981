package search

import (
	"context"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"clearinghouse/catalog"
)

// plan is what a text asks for.
type plan struct {
	words     []word
	concepts  []understood
	text      node
	corrected string   // what was probably meant, "" if that is what was typed
	relaxed   []string // phrases and words that were no longer required, those words that some matches lack
}

func (x *Index) plan(ctx context.Context, v *view, q catalog.Query) (p plan, err error) {
	if n := utf8.RuneCountInString(q.Text); n > catalog.MaxQuery {
		return p, &catalog.Error{Code: catalog.Invalid, Param: "q", Message: fmt.Sprintf("q has %d characters: shorten it to %d", n, catalog.MaxQuery)}
	}
	if q.Text == "" {
		return plan{text: everything{}}, nil
	}
	if p, err = x.planned(ctx, v, q, parse); err != nil {
		return p, err
	}
	phrases := p.phrases()
	if len(phrases) == 0 {
		return p, nil
	}
	if found, err := v.known(ctx, p.text); found || err != nil {
		return p, err
	}
	if p, err = x.planned(ctx, v, q, parseWords); err != nil {
		return p, err
	}
	p.relaxed = append(phrases, p.relaxed...)
	return p, nil
}

// phrases are the texts of those that are looked for.
func (p *plan) phrases() (out []string) {
	for _, w := range p.words {
		if w.phrase && !w.not {
			out = append(out, `"`+w.text+`"`)
		}
	}
	return out
}

// planned is the plan of a text as parse reads it, corrected if that helps.
func (x *Index) planned(ctx context.Context, v *view, q catalog.Query, parse func(string) []part) (p plan, err error) {
	p.read(parse(q.Text), q.Typing, x.vocabulary())
	corrected, err := x.correct(ctx, v, p, q)
	if err != nil {
		return p, err
	}
	if corrected != "" {
		better := plan{corrected: corrected}
		better.read(parse(corrected), q.Typing, x.vocabulary())
		helps := len(p.words) <= shortText
		if !helps {
			a := x.vocabulary().ask(better.words, nil, nil, q.Language)
			if helps, err = v.known(ctx, a.text(len(a.needed))); err != nil {
				return p, err
			}
		}
		if helps {
			p = better
		}
	}
	rarity := make([]float64, len(p.concepts))
	for i, u := range p.concepts {
		if rarity[i], err = x.rarity(ctx, v, u.concept); err != nil {
			return p, err
		}
	}
	a := x.vocabulary().ask(p.words, p.concepts, rarity, q.Language)
	least, err := v.relax(ctx, a)
	if err != nil {
		return p, err
	}
	p.text = a.text(least)
	if least < len(a.needed) {
		p.relaxed, err = v.lacking(ctx, p.text, a, p.words)
	}
	return p, err
}

// shortText is how many words a text has at most in which each counts. In a longer one
// an unknown word is corrected only if a record has all words then: it is found without
// that word too, and more often it is one that the texts happen not to have.
const shortText = 4

// everyOne is the bound of a count that has none.
const everyOne = math.MaxInt

// read reads the parts of a text: its words and what concepts they name.
func (p *plan) read(parts []part, typing bool, v *vocabulary) {
	p.words = readWords(parts, typing)
	p.concepts = v.understand(p.words)
}

// relax is how many of the needed must be there, all of them if enough is found so and
// else the most that enough is found with.
func (v *view) relax(ctx context.Context, a asked) (least int, err error) {
	low, high := 0, len(a.needed) // how many to do without
	for low < high {
		without := (low + high) / 2
		if low == 0 {
			without = 0 // mostly the answer
		}
		found, err := v.count(ctx, a.text(len(a.needed)-without), enough)
		if err != nil {
			return 0, err
		}
		if found >= enough {
			high = without
		} else {
			low = without + 1
		}
	}
	return max(len(a.needed)-low, min(1, len(a.needed))), nil
}

// lacking are the words that not all of what is found has.
func (v *view) lacking(ctx context.Context, found node, a asked, words []word) ([]string, error) {
	all, err := v.count(ctx, found, everyOne)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range a.needed { // in the order of their words
		text := words[n.word].text
		if slices.Contains(out, text) {
			continue
		}
		have, err := v.count(ctx, every(found, n.node), all)
		if err != nil {
			return nil, err
		}
		if have < all {
			out = append(out, text)
		}
	}
	return out, nil
}

// rarity is the square of the idf of a concept, as Bleve has it for terms: how rare
// it is that a record names it.
func (x *Index) rarity(ctx context.Context, v *view, concept int) (float64, error) {
	x.known.Lock()
	r, known := x.known.at(v.snapshot).rarity[concept]
	x.known.Unlock()
	if known {
		return r, nil
	}
	found, err := v.count(ctx, x.vocabulary().matching(concept), everyOne)
	if err != nil {
		return 0, err
	}
	all, err := v.reader.DocCount()
	if err != nil {
		return 0, fmt.Errorf("searching: %w", err)
	}
	idf := 1 + math.Log(float64(all)/float64(found+1))
	r = idf * idf
	x.known.Lock()
	defer x.known.Unlock()
	x.known.at(v.snapshot).rarity[concept] = r
	return r, nil
}
