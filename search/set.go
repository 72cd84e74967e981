package search

import (
	"context"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"
)

// set matches a set of documents, by their numbers in one state of the index. No
// score.
type set struct{ of *roaring.Bitmap }

func (n set) searcher(context.Context, index.IndexReader, search.SearcherOptions) (search.Searcher, error) {
	return &setSearcher{n.of, n.of.Iterator()}, nil
}

// documents are the numbers of those that n matches.
func (v *view) documents(ctx context.Context, n node) (*roaring.Bitmap, error) {
	return numbers(ctx, v.reader, n)
}

func numbers(ctx context.Context, r index.IndexReader, n node) (*roaring.Bitmap, error) {
	of := roaring.New()
	err := each(ctx, r, n, func(d *search.DocumentMatch) (bool, error) {
		of.Add(uint32(d.IndexInternalID.Value()))
		return true, nil
	})
	return of, err
}

// remembered is a node whose matches are kept as long as the index stays as it is:
// names of a concept in a field are dozens of terms, and asked for again and again.
type remembered struct {
	of  node
	key string // names of
	in  *memory
}

func (n remembered) searcher(ctx context.Context, r index.IndexReader, o search.SearcherOptions) (search.Searcher, error) {
	of, err := n.in.matches(ctx, r, n)
	if err != nil {
		return nil, err
	}
	return set{of}.searcher(ctx, r, o)
}

// memory keeps the matches of nodes in the newest state of the index that was asked.
type memory struct {
	sync.Mutex
	reader  index.IndexReader
	matched map[string]*roaring.Bitmap
}

func (m *memory) matches(ctx context.Context, r index.IndexReader, n remembered) (*roaring.Bitmap, error) {
	m.Lock()
	if m.reader != r {
		m.reader, m.matched = r, map[string]*roaring.Bitmap{}
	}
	of := m.matched[n.key]
	m.Unlock()
	if of != nil {
		return of, nil
	}
	of, err := numbers(ctx, r, n.of)
	if err != nil {
		return nil, err
	}
	m.Lock()
	defer m.Unlock()
	if m.reader == r {
		m.matched[n.key] = of
	}
	return of, nil
}

type setSearcher struct {
	set  *roaring.Bitmap
	rest roaring.IntPeekable
}

func (s *setSearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	if !s.rest.HasNext() {
		return nil, nil
	}
	d := ctx.DocumentMatchPool.Get()
	d.IndexInternalID = index.NewIndexInternalID(d.IndexInternalID, uint64(s.rest.Next()))
	return d, nil
}

func (s *setSearcher) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	s.rest.AdvanceIfNeeded(uint32(id.Value()))
	return s.Next(ctx)
}

func (s *setSearcher) Close() error               { return nil }
func (s *setSearcher) Weight() float64            { return 0 }
func (s *setSearcher) SetQueryNorm(float64)       {}
func (s *setSearcher) Count() uint64              { return s.set.GetCardinality() }
func (s *setSearcher) Min() int                   { return 0 }
func (s *setSearcher) Size() int                  { return 64 }
func (s *setSearcher) DocumentMatchPoolSize() int { return 1 }
