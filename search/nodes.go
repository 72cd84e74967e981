package search

import (
	"bytes"
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// node makes a searcher of one part of a query over a state of the index. The
// nodes below compose Bleve's searchers directly and not its queries: those
// multiply the score of an alternative by the share of alternatives that
// matched, so that a record in six languages would beat a better one in one,
// and a boolean query there drops a condition that matches nothing.
type node func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error)

// unscored is what a node is asked for where only the set of matches counts.
// Bleve then joins bitmaps.
var unscored = search.SearcherOptions{Score: "none"}

func everything() node {
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		return searcher.NewMatchAllSearcher(ctx, r, 1, o)
	}
}

func nothing() node {
	return func(_ context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
		return searcher.NewMatchNoneSearcher(r)
	}
}

// term matches documents with a term in a field.
func term(field, text string, weight float64) node {
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		return searcher.NewTermSearcher(ctx, r, text, field, weight, o)
	}
}

// prefix matches documents with a term in a field that begins with text, all
// with the same score.
func prefix(field, text string, score float64) node {
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		s, err := searcher.NewTermPrefixSearcher(ctx, r, text, field, 1, unscored)
		if err != nil || o.Score == "none" {
			return s, err
		}
		return &constantSearcher{s, score, o.Explain}, nil
	}
}

// between matches documents with a term from low to high, both included, in a
// field. No score.
func between(field, low, high string) node {
	return func(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
		var lowest, highest []byte // nil is open
		if low != "" {
			lowest = []byte(low)
		}
		if high != "" {
			highest = []byte(high)
		}
		yes := true
		return searcher.NewTermRangeSearcher(ctx, r, lowest, highest, &yes, &yes, field, 1, unscored)
	}
}

// filter is a node that only narrows, without a score.
func filter(n node) node {
	return func(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
		return n(ctx, r, unscored)
	}
}

// allOf matches what all nodes match; scores add up.
func allOf(nodes ...node) node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		children, err := searchers(ctx, r, o, nodes)
		if err != nil {
			return nil, err
		}
		return searcher.NewConjunctionSearcher(ctx, r, children, o)
	}
}

// anyOf matches what at least one of the nodes matches; without nodes that is
// nothing. The score is that of the best and the share tie, from 0 to 1, of the
// others'.
func anyOf(tie float64, nodes ...node) node {
	switch len(nodes) {
	case 0:
		return nothing()
	case 1:
		return nodes[0]
	}
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		children, err := searchers(ctx, r, o, nodes)
		if err != nil {
			return nil, err
		}
		if o.Score == "none" {
			return searcher.NewDisjunctionSearcher(ctx, r, children, 0, o)
		}
		return &bestSearcher{children: children, current: make([]*search.DocumentMatch, len(children)), tie: tie, explain: o.Explain}, nil
	}
}

// preferring matches what must matches; what wish matches scores higher.
func preferring(must, wish node) node {
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		if o.Score == "none" {
			return must(ctx, r, o)
		}
		children, err := searchers(ctx, r, o, []node{must, wish})
		if err != nil {
			return nil, err
		}
		return searcher.NewBooleanSearcher(ctx, r, children[0], children[1], nil, o)
	}
}

// without matches what must matches and not does not.
func without(must, not node) node {
	return func(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
		children, err := searchers(ctx, r, o, []node{must, filter(not)})
		if err != nil {
			return nil, err
		}
		return searcher.NewBooleanSearcher(ctx, r, children[0], nil, children[1], o)
	}
}

// searchers makes the searchers of several nodes, or none.
func searchers(ctx context.Context, r index.IndexReader, o search.SearcherOptions, nodes []node) ([]search.Searcher, error) {
	out := make([]search.Searcher, 0, len(nodes))
	for _, n := range nodes {
		s, err := n(ctx, r, o)
		if err != nil {
			for _, made := range out {
				_ = made.Close()
			}
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// constantSearcher gives each match the same score.
type constantSearcher struct {
	search.Searcher
	score   float64
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
			d.Expl = &search.Explanation{Value: s.score, Message: "the beginning of a word"}
		}
	}
	return d, err
}

// bestSearcher matches what any of its children matches, with the score of the
// best child and a share of the others' (the "disjunction max" of Lucene).
type bestSearcher struct {
	children []search.Searcher
	current  []*search.DocumentMatch // where each child stands; nil once it has no more
	tie      float64
	explain  bool
	started  bool
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
	var first *search.DocumentMatch
	for _, d := range s.current {
		if d != nil && (first == nil || bytes.Compare(d.IndexInternalID, first.IndexInternalID) < 0) {
			first = d
		}
	}
	if first == nil {
		return nil, nil
	}
	var best, sum float64
	var parts []*search.Explanation
	for i, d := range s.current {
		if d == nil || !bytes.Equal(d.IndexInternalID, first.IndexInternalID) {
			continue
		}
		best, sum = max(best, d.Score), sum+d.Score
		if s.explain {
			parts = append(parts, d.Expl)
		}
		if d != first {
			ctx.DocumentMatchPool.Put(d)
		}
		var err error
		if s.current[i], err = s.children[i].Next(ctx); err != nil {
			return nil, err
		}
	}
	first.Score = best + s.tie*(sum-best)
	if s.explain {
		first.Expl = &search.Explanation{Value: first.Score, Message: fmt.Sprintf("the best and %g of the others of:", s.tie), Children: parts}
	}
	return first, nil
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
