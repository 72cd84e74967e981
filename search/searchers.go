package search

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"
)

// constantSearcher gives each match the same score.
type constantSearcher struct {
	search.Searcher
	score   float64
	why     string
	explain bool
}

func (s *constantSearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	return s.scored(s.Searcher.Next(ctx))
}

func (s *constantSearcher) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	return s.scored(s.Searcher.Advance(ctx, id))
}

func (s *constantSearcher) scored(d *search.DocumentMatch, err error) (*search.DocumentMatch, error) {
	if d != nil {
		d.Score = s.score
		if s.explain {
			d.Expl = &search.Explanation{Value: s.score, Message: s.why}
		}
	}
	return d, err
}

// fieldTerm is a term in a field.
type fieldTerm struct{ field, term string }

// withinStretch reports whether a stretch of that many words in one text has the terms,
// so many times each.
func withinStretch(found []search.FieldTermLocation, times map[fieldTerm]int, words int) bool {
	slices.SortFunc(found, func(a, b search.FieldTermLocation) int {
		return cmp.Or(slices.Compare(a.Location.ArrayPositions, b.Location.ArrayPositions), cmp.Compare(a.Location.Pos, b.Location.Pos))
	})
	in := map[fieldTerm]int{} // the stretch from first to here
	full := 0                 // terms that it has often enough
	first := 0
	for _, f := range found {
		for ; first < len(found); first++ {
			begins := found[first]
			if slices.Equal(begins.Location.ArrayPositions, f.Location.ArrayPositions) && f.Location.Pos-begins.Location.Pos < uint64(words) {
				break
			}
			t := fieldTerm{begins.Field, begins.Term}
			if in[t] == times[t] {
				full--
			}
			in[t]--
		}
		t := fieldTerm{f.Field, f.Term}
		if in[t]++; in[t] == times[t] {
			if full++; full == len(times) {
				return true
			}
		}
	}
	return false
}

// inSequence reports whether the terms stand one after the other in one text.
func inSequence(found []search.FieldTermLocation, terms []term) bool {
	at := func(i int, after search.Location) bool {
		return slices.ContainsFunc(found, func(f search.FieldTermLocation) bool {
			return f.Field == terms[i].field && f.Term == terms[i].text &&
				slices.Equal(f.Location.ArrayPositions, after.ArrayPositions) && f.Location.Pos == after.Pos+uint64(i)
		})
	}
	return slices.ContainsFunc(found, func(f search.FieldTermLocation) bool {
		for i := range terms {
			if !at(i, f.Location) {
				return false
			}
		}
		return true
	})
}

// lesserSearcher multiplies the score of what less matches too by share.
type lesserSearcher struct {
	search.Searcher
	less    search.Searcher
	at      *search.DocumentMatch // where less stands; nil before it began and after its end
	done    bool
	share   float64
	why     string
	explain bool
}

func (s *lesserSearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	d, err := s.Searcher.Next(ctx)
	return s.scored(ctx, d, err)
}

func (s *lesserSearcher) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	d, err := s.Searcher.Advance(ctx, id)
	return s.scored(ctx, d, err)
}

func (s *lesserSearcher) scored(ctx *search.SearchContext, d *search.DocumentMatch, err error) (*search.DocumentMatch, error) {
	if d == nil || err != nil {
		return d, err
	}
	if !s.done && (s.at == nil || bytes.Compare(s.at.IndexInternalID, d.IndexInternalID) < 0) {
		if s.at != nil {
			ctx.DocumentMatchPool.Put(s.at)
		}
		if s.at, err = s.less.Advance(ctx, d.IndexInternalID); err != nil {
			return nil, err
		}
		s.done = s.at == nil
	}
	if s.at != nil && bytes.Equal(s.at.IndexInternalID, d.IndexInternalID) {
		d.Score *= s.share
		if s.explain {
			d.Expl = &search.Explanation{Value: d.Score, Message: fmt.Sprintf("%s, so %g times:", s.why, s.share), Children: []*search.Explanation{d.Expl}}
		}
	}
	return d, nil
}

func (s *lesserSearcher) Close() error {
	return errors.Join(s.Searcher.Close(), s.less.Close())
}

func (s *lesserSearcher) DocumentMatchPoolSize() int {
	return s.Searcher.DocumentMatchPoolSize() + s.less.DocumentMatchPoolSize() + 1
}

// bestSearcher matches what any of its children matches, with the score of the
// best child and a share of the others' (the "disjunction max" of Lucene).
type bestSearcher struct {
	children []search.Searcher
	current  []*search.DocumentMatch // where each child stands; nil once it has no more
	least    int                     // children that must match
	tie      float64
	// coordination is the power of the share of the children that match, by which the
	// score is multiplied, or by allWords if all match; 0 for neither.
	coordination float64
	explain      bool
	started      bool
}

func (s *bestSearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	if !s.started {
		s.started = true
		for i, child := range s.children {
			var err error
			if s.current[i], err = child.Next(ctx); err != nil {
				return nil, err
			}
		}
	}
	for {
		d, matched, err := s.next(ctx)
		if d == nil || err != nil || matched >= s.least {
			return d, err
		}
		ctx.DocumentMatchPool.Put(d)
	}
}

// next is the next document that a child matches, and how many of them do.
func (s *bestSearcher) next(ctx *search.SearchContext) (first *search.DocumentMatch, matched int, err error) {
	for _, d := range s.current {
		if d != nil && (first == nil || bytes.Compare(d.IndexInternalID, first.IndexInternalID) < 0) {
			first = d
		}
	}
	if first == nil {
		return nil, 0, nil
	}
	var best, sum float64
	var parts []*search.Explanation
	for i, d := range s.current {
		if d == nil || !bytes.Equal(d.IndexInternalID, first.IndexInternalID) {
			continue
		}
		matched++
		best, sum = max(best, d.Score), sum+d.Score
		if s.explain {
			parts = append(parts, d.Expl)
		}
		if d != first {
			ctx.DocumentMatchPool.Put(d)
		}
		if s.current[i], err = s.children[i].Next(ctx); err != nil {
			return nil, 0, err
		}
	}
	first.Score = best + s.tie*(sum-best)
	message := fmt.Sprintf("the best, and %g of the others, of:", s.tie)
	switch s.tie {
	case 0:
		message = "the best of:"
	case 1:
		message = "the sum of:"
	}
	switch all := len(s.children); {
	case s.coordination == 0:
	case matched == all:
		first.Score *= allWords
		message = fmt.Sprintf("all words match, so %g times %s", allWords, message)
	default:
		first.Score *= math.Pow(float64(matched)/float64(all), s.coordination)
		message = fmt.Sprintf("%d of %d words match, so (%d/%d)^%g times %s", matched, all, matched, all, s.coordination, message)
	}
	if s.explain {
		first.Expl = &search.Explanation{Value: first.Score, Message: message, Children: parts}
	}
	return first, matched, nil
}

func (s *bestSearcher) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	for i, child := range s.children {
		if s.started {
			d := s.current[i]
			if d == nil || bytes.Compare(d.IndexInternalID, id) >= 0 {
				continue
			}
			ctx.DocumentMatchPool.Put(d)
		}
		var err error
		if s.current[i], err = child.Advance(ctx, id); err != nil {
			return nil, err
		}
	}
	s.started = true
	return s.Next(ctx)
}

func (s *bestSearcher) Close() error {
	var first error
	for _, child := range s.children {
		if err := child.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (s *bestSearcher) Weight() float64 {
	var sum float64
	for _, child := range s.children {
		sum += child.Weight()
	}
	return sum
}

func (s *bestSearcher) SetQueryNorm(norm float64) {
	for _, child := range s.children {
		child.SetQueryNorm(norm)
	}
}

func (s *bestSearcher) Count() uint64 {
	var sum uint64
	for _, child := range s.children {
		sum += child.Count()
	}
	return sum
}

func (s *bestSearcher) Min() int { return 0 }

func (s *bestSearcher) Size() int {
	sum := 0
	for _, child := range s.children {
		sum += child.Size()
	}
	return sum
}

func (s *bestSearcher) DocumentMatchPoolSize() int {
	sum := len(s.children)
	for _, child := range s.children {
		sum += child.DocumentMatchPoolSize()
	}
	return sum
}
