package search

import (
	"context"
	"fmt"
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

// documents are the numbers of those that n matches. The set may be shared: it is not to
// be changed.
func (v *view) documents(ctx context.Context, n node) (of *roaring.Bitmap, err error) {
	defer unreadable(&err)
	return sets{v.reader, v.leaves}.of(ctx, n)
}

// sets finds what nodes match by the bitmaps that the segments have of their terms, where
// a searcher goes from document to document.
type sets struct {
	reader index.IndexReader
	leaves []leaf
}

func (s sets) of(ctx context.Context, n node) (*roaring.Bitmap, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case everything:
		of := roaring.New()
		for _, l := range s.leaves {
			of.Or(l.all())
		}
		return of, nil
	case nothing:
		return roaring.New(), nil
	case term:
		of := roaring.New()
		for _, l := range s.leaves {
			dictionary, err := l.segment.Dictionary(n.field)
			if err == nil {
				err = l.having(dictionary, []byte(n.text), of)
			}
			if err != nil {
				return nil, fmt.Errorf("searching: %w", err)
			}
		}
		return of, nil
	case beginning:
		return s.between(n.field, []byte(n.text), after(n.text))
	case between:
		var low, high []byte
		if n.low != "" {
			low = []byte(n.low)
		}
		if n.high != "" {
			high = append([]byte(n.high), 0)
		}
		return s.between(n.field, low, high)
	case set:
		return n.of, nil
	case remembered:
		return n.in.matches(ctx, s, n)
	case filter:
		return s.of(ctx, n.of)
	case constant:
		return s.of(ctx, n.of)
	case preferring:
		return s.of(ctx, n.must)
	case lesser:
		return s.of(ctx, n.must)
	case without:
		must, err := s.of(ctx, n.must)
		if err != nil || must.IsEmpty() {
			return must, err
		}
		not, err := s.of(ctx, n.not)
		if err != nil {
			return nil, err
		}
		return roaring.AndNot(must, not), nil
	case allOf:
		var of *roaring.Bitmap
		for _, each := range n {
			has, err := s.of(ctx, each)
			if err != nil {
				return nil, err
			}
			if of == nil {
				of = has
			} else {
				of = roaring.And(of, has)
			}
			if of.IsEmpty() {
				break
			}
		}
		return of, nil
	case someOf:
		all := make([]*roaring.Bitmap, len(n.of))
		for i, each := range n.of {
			var err error
			if all[i], err = s.of(ctx, each); err != nil {
				return nil, err
			}
		}
		switch {
		case n.least <= 1:
			return roaring.FastOr(all...), nil
		case n.least > len(all):
			return roaring.New(), nil
		}
		return inAtLeast(all)[n.least], nil
	}
	return numbers(ctx, s.reader, n)
}

// between are the documents that have a term from low up to high.
func (s sets) between(field string, low, high []byte) (*roaring.Bitmap, error) {
	of := roaring.New()
	for _, l := range s.leaves {
		if err := l.between(field, low, high, of); err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
	}
	return of, nil
}

// after is the first text after all that begin so; nil if there is none.
func after(text string) []byte {
	end := []byte(text)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// inAtLeast are the documents in k sets or more, by k from 1 on.
func inAtLeast(sets []*roaring.Bitmap) []*roaring.Bitmap {
	in := make([]*roaring.Bitmap, len(sets)+1)
	for k := range in {
		in[k] = roaring.New()
	}
	for seen, set := range sets {
		for k := seen + 1; k > 1; k-- {
			in[k].Or(roaring.And(in[k-1], set))
		}
		in[1].Or(set)
	}
	return in
}

// numbers asks a searcher: of what stands where in a text.
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
	all, err := leaves(r)
	if err != nil {
		return nil, err
	}
	of, err := n.in.matches(ctx, sets{r, all}, n)
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

func (m *memory) matches(ctx context.Context, s sets, n remembered) (*roaring.Bitmap, error) {
	m.Lock()
	if m.reader != s.reader {
		m.reader, m.matched = s.reader, map[string]*roaring.Bitmap{}
	}
	of := m.matched[n.key]
	m.Unlock()
	if of != nil {
		return of, nil
	}
	of, err := s.of(ctx, n.of)
	if err != nil {
		return nil, err
	}
	m.Lock()
	defer m.Unlock()
	if m.reader == s.reader {
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
