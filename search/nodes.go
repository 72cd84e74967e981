package search

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// node is one part of a query: a plain value, which makes a searcher over a state of
// the index. The nodes below compose Bleve's searchers directly and not its queries:
// those multiply the score of an alternative by the share of alternatives that
// matched, so that a record in six languages would beat a better one in one,
// and a boolean query there drops a condition that matches nothing.
type node interface {
	searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error)
}

type (
	// everything matches all documents.
	everything struct{}
	// nothing matches none.
	nothing struct{}
	// term matches documents with a term in a field.
	term struct {
		field, text string
		weight      float64
	}
	// phrase matches documents with terms one after the other in a field.
	phrase struct {
		field  string
		terms  []string
		weight float64
	}
	// near matches documents with terms near one another in a text, in any order: with no
	// more than apart other words between. A term that is there twice must stand there
	// twice. Their fields are of one text: its stems and its exact words, which document
	// gives the same numbers and places. No score.
	near struct {
		terms []term
		apart int
	}
	// sequence matches documents with terms one after the other in a text, like near. No
	// score.
	sequence []term
	// beginning matches documents with a term in a field that begins with text. No score.
	beginning struct{ field, text string }
	// between matches documents with a term from low to high, both included, in a
	// field; "" is open. No score.
	between struct{ field, low, high string }
	// filter only narrows, without a score.
	filter struct{ of node }
	// constant matches what its node matches, all with the same score.
	constant struct {
		of    node
		score float64
		why   string
	}
	// allOf matches what all of its nodes match; scores add up.
	allOf []node
	// someOf matches what at least so many of its nodes match. The score is that of the best
	// and the share tie, from 0 to 1, of the others', and with coordination times the
	// share of the nodes that match to that power, or allWords if all match.
	someOf struct {
		of           []node
		least        int
		tie          float64
		coordination float64
		// more are the documents of which it is known that more of them match, of all that
		// are asked for; nil if that is not known
		more *roaring.Bitmap
	}
	// preferring matches what must matches; what wish matches scores higher.
	preferring struct{ must, wish node }
	// lesser matches what must matches; the score of what less matches too is multiplied
	// by the share, which is below 1.
	lesser struct {
		must, less node
		share      float64
		why        string
	}
	// without matches what must matches and not does not.
	without struct{ must, not node }
)

// unscored is what a node is asked for where only the set of matches counts.
// Bleve then joins bitmaps.
var unscored = search.SearcherOptions{Score: "none"}

// anyOf matches what at least one of the nodes matches; without nodes that is
// nothing. The score is that of the best and the share tie of the others'.
func anyOf(tie float64, nodes ...node) node {
	switch len(nodes) {
	case 0:
		return nothing{}
	case 1:
		return nodes[0]
	}
	return someOf{of: nodes, least: 1, tie: tie}
}

// every is allOf without its shell if there is only one node.
func every(nodes ...node) node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return allOf(nodes)
}

func (everything) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	return searcher.NewMatchAllSearcher(ctx, r, 1, o)
}

func (nothing) searcher(_ context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	return searcher.NewMatchNoneSearcher(r)
}

func (n term) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	return searcher.NewTermSearcher(ctx, r, n.text, n.field, n.weight, o)
}

func (n phrase) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	if len(n.terms) == 1 {
		return term{n.field, n.terms[0], n.weight}.searcher(ctx, r, o)
	}
	return searcher.NewPhraseSearcher(ctx, r, n.terms, 0, false, n.field, n.weight, o)
}

func (n near) searcher(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	if len(n.terms) == 1 {
		return n.terms[0].searcher(ctx, r, unscored)
	}
	times := map[fieldTerm]int{}
	for _, t := range n.terms {
		times[fieldTerm{t.field, t.text}]++
	}
	return withPlaces(ctx, r, n.terms, func(found []search.FieldTermLocation) bool {
		return withinStretch(found, times, len(n.terms)+n.apart)
	})
}

func (n sequence) searcher(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	return withPlaces(ctx, r, n, func(found []search.FieldTermLocation) bool { return inSequence(found, n) })
}

// withPlaces is a searcher of documents that have all of the terms, at places that suit.
func withPlaces(ctx context.Context, r index.IndexReader, terms []term, suit func([]search.FieldTermLocation) bool) (search.Searcher, error) {
	var each []node
	for i, t := range terms {
		if !slices.Contains(terms[:i], t) {
			each = append(each, t)
		}
	}
	all, err := every(each...).searcher(ctx, r, search.SearcherOptions{IncludeTermVectors: true})
	if err != nil {
		return nil, err
	}
	return &constantSearcher{Searcher: searcher.NewFilteringSearcher(ctx, all, func(_ *search.SearchContext, d *search.DocumentMatch) bool {
		return suit(d.FieldTermLocations)
	})}, nil
}

func (n beginning) searcher(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	return searcher.NewTermPrefixSearcher(ctx, r, n.text, n.field, 1, unscored)
}

func (n between) searcher(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	var lowest, highest []byte // nil is open
	if n.low != "" {
		lowest = []byte(n.low)
	}
	if n.high != "" {
		highest = []byte(n.high)
	}
	yes := true
	return searcher.NewTermRangeSearcher(ctx, r, lowest, highest, &yes, &yes, n.field, 1, unscored)
}

func (n filter) searcher(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	return n.of.searcher(ctx, r, unscored)
}

func (n constant) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	s, err := n.of.searcher(ctx, r, unscored)
	if err != nil || o.Score == "none" {
		return s, err
	}
	return &constantSearcher{s, n.score, n.why, o.Explain}, nil
}

func (n allOf) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	children, err := searchers(ctx, r, o, n)
	if err != nil {
		return nil, err
	}
	return searcher.NewConjunctionSearcher(ctx, r, children, o)
}

func (n someOf) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	children, err := searchers(ctx, r, o, n.of)
	if err != nil {
		return nil, err
	}
	if o.Score == "none" {
		return searcher.NewDisjunctionSearcher(ctx, r, children, float64(n.least), o)
	}
	return &bestSearcher{children: children, current: make([]*search.DocumentMatch, len(children)), least: n.least, tie: n.tie, coordination: n.coordination, explain: o.Explain}, nil
}

func (n preferring) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	if o.Score == "none" {
		return n.must.searcher(ctx, r, o)
	}
	children, err := searchers(ctx, r, o, []node{n.must, n.wish})
	if err != nil {
		return nil, err
	}
	return searcher.NewBooleanSearcher(ctx, r, children[0], children[1], nil, o)
}

func (n lesser) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	if o.Score == "none" {
		return n.must.searcher(ctx, r, o)
	}
	children, err := searchers(ctx, r, o, []node{n.must, filter{n.less}})
	if err != nil {
		return nil, err
	}
	return &lesserSearcher{Searcher: children[0], less: children[1], share: n.share, why: n.why, explain: o.Explain}, nil
}

func (n without) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	children, err := searchers(ctx, r, o, []node{n.must, filter{n.not}})
	if err != nil {
		return nil, err
	}
	return searcher.NewBooleanSearcher(ctx, r, children[0], nil, children[1], o)
}

// searchers makes the searchers of several nodes, or none.
func searchers(ctx context.Context, r index.IndexReader, o search.SearcherOptions, nodes []node) ([]search.Searcher, error) {
	out := make([]search.Searcher, 0, len(nodes))
	for _, n := range nodes {
		s, err := n.searcher(ctx, r, o)
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
