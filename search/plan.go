package search

import (
	"context"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// plan is what a text asks for.
type plan struct {
	words     []word
	concepts  []understood
	text      node     // what matches, with its score
	matching  node     // what matches, without
	complete  int      // how many records have all words
	corrected string   // what was probably meant, "" if that is what was typed
	relaxed   []string // phrases and words that were no longer required, those words that some matches lack
}

func (x *Index) plan(ctx context.Context, v *view, q catalog.Query) (p plan, err error) {
	if n := utf8.RuneCountInString(q.Text); n > catalog.MaxQuery {
		return p, tooLong(n)
	}
	if q.Text == "" {
		return plan{text: everything{}, matching: everything{}}, nil
	}
	if p, err = x.planned(ctx, v, q, parse); err != nil {
		return p, err
	}
	phrases := p.phrases()
	if len(phrases) == 0 {
		return p, nil
	}
	if found, err := v.known(ctx, p.matching); found || err != nil {
		return p, err
	}
	if p, err = x.planned(ctx, v, q, parseWords); err != nil {
		return p, err
	}
	p.relaxed = append(phrases, p.relaxed...)
	return p, nil
}

func tooLong(characters int) error {
	return &catalog.Error{Code: catalog.Invalid, Param: "q", Message: fmt.Sprintf("q has %d characters: shorten it to %d", characters, catalog.MaxQuery)}
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
func (x *Index) planned(ctx context.Context, v *view, q catalog.Query, parse func(string) []part) (plan, error) {
	p, err := x.asMeant(ctx, v, q, parse)
	if err != nil {
		return p, err
	}
	rarity := make([]float64, len(p.concepts))
	for i, u := range p.concepts {
		if rarity[i], err = x.rarity(ctx, v, u.concept); err != nil {
			return p, err
		}
	}
	err = v.settle(ctx, &p, x.vocabulary().ask(p.words, p.concepts, rarity, q.Language))
	return p, err
}

// asMeant has the words of a text and what concepts they name, corrected if that helps.
func (x *Index) asMeant(ctx context.Context, v *view, q catalog.Query, parse func(string) []part) (p plan, err error) {
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
	return p, v.level(ctx, p.words)
}

// level makes a word as rare in every language as it is in the one where most records have
// it: an English name stands in few Arabic texts, and is no better there for it.
func (v *view) level(ctx context.Context, words []word) error {
	all, err := v.reader.DocCount()
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	for _, w := range words {
		have := make([]int, len(w.forms))
		most := 0
		for i, f := range w.forms {
			if f.language == analyze.Other {
				continue // names of organisations
			}
			for _, field := range w.fields(f.language) {
				n, err := v.having(ctx, field, f.tokens[0].Exact)
				if err != nil {
					return err
				}
				have[i] = max(have[i], n)
			}
			most = max(most, have[i])
		}
		for i := range w.forms {
			if have[i] > 0 {
				w.forms[i].share = math.Pow(idf(most, all)/idf(have[i], all), 2)
			}
		}
	}
	return nil
}

// idf is that of Bleve for a term that so many of all documents have.
func idf(have int, all uint64) float64 { return 1 + math.Log(float64(all)/float64(have+1)) }

// shortText is how many words a text has at most in which each counts. In a longer one
// an unknown word is corrected only if a record has all words then: it is found without
// that word too, and more often it is one that the texts happen not to have.
const shortText = 4

// read reads the parts of a text: its words and what concepts they name.
func (p *plan) read(parts []part, typing bool, v *vocabulary) {
	p.words = readWords(parts, typing)
	p.concepts = v.understand(p.words)
}

// settle finds out how many of the needed must be there, all of them if enough is found so
// and else the most that enough is found with, what is found so, and which words not all
// of that has.
func (v *view) settle(ctx context.Context, p *plan, a asked) error {
	if len(a.needed) == 0 {
		found, err := v.documents(ctx, a.text(0))
		p.text, p.matching = a.text(0), set{found}
		p.complete = int(found.GetCardinality())
		return err
	}
	strict, err := v.all(ctx, a.strict)
	if err != nil {
		return err
	}
	not, err := v.documents(ctx, anyOf(0, a.not...))
	if err != nil {
		return err
	}
	sets := make([]*roaring.Bitmap, len(a.needed))
	for i, n := range a.needed {
		set, err := v.documents(ctx, n.node)
		if err != nil {
			return err
		}
		if strict != nil {
			set = roaring.And(set, strict)
		}
		sets[i] = roaring.AndNot(set, not)
	}
	in := inAtLeast(sets)
	least := most(in)
	found := in[least]
	complete := int(in[len(sets)].GetCardinality())
	if least < len(sets) {
		a.more = in[least+1]
	}
	p.text, p.matching, p.complete = a.text(least), set{found}, complete
	if least == len(a.needed) {
		return nil
	}
	lacks := func(i int) bool { return found.AndCardinality(sets[i]) < found.GetCardinality() }
	joins := func(i int) bool { return i > 0 && i < len(sets) && a.needed[i].follows(a.needed[i-1].place) }
	var lacking []place
	first := false
	for i, n := range a.needed {
		// of pairs of characters that lack, one that shares a character with one that does
		// not says nothing if there is another
		last := !first && joins(i) && lacks(i-1) && joins(i+1) && !lacks(i+1)
		first = joins(i) && !lacks(i-1) && joins(i+1) && lacks(i+1)
		if lacks(i) && !first && !last {
			lacking = append(lacking, n.place)
		}
	}
	p.relaxed = said(p.words, lacking)
	return nil
}

// all are the documents that all of the nodes match, nil if there are no nodes.
func (v *view) all(ctx context.Context, nodes []node) (*roaring.Bitmap, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	return v.documents(ctx, every(nodes...))
}

// most is of how many nodes a document must match, the most that enough match, but one at
// least. in are those that match k of them or more.
func most(in []*roaring.Bitmap) int {
	least := len(in) - 1
	for least > 1 && in[least].GetCardinality() < enough {
		least--
	}
	return least
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
	found, err := v.count(ctx, x.vocabulary().matching(concept))
	if err != nil {
		return 0, err
	}
	all, err := v.reader.DocCount()
	if err != nil {
		return 0, fmt.Errorf("searching: %w", err)
	}
	r = idf(found, all) * idf(found, all)
	x.known.Lock()
	defer x.known.Unlock()
	x.known.at(v.snapshot).rarity[concept] = r
	return r, nil
}
