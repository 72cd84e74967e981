package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"
)

// set matches a set of documents, by their numbers in one state of the index. No
// score.
type set struct{ of *roaring.Bitmap }

func (set) searcher(context.Context, index.IndexReader, search.SearcherOptions) (search.Searcher, error) {
	return nil, errors.New("searching: a set is not looked for again")
}

// documents are the numbers of those that n matches. The set may be shared: it is not to
// be changed.
func (v *view) documents(ctx context.Context, n node) (of *roaring.Bitmap, err error) {
	defer unreadable(&err)
	return sets{v.reader, v.leaves, v.cache, v.passing}.of(ctx, n)
}

// sets finds what nodes match by the bitmaps that the segments have of their terms, where
// a searcher goes from document to document.
type sets struct {
	reader index.IndexReader
	leaves []leaf
	cache  *cache
	// passing is of what nobody has asked for: of its sets only those of names are kept
	passing bool
}

func (s sets) of(ctx context.Context, n node) (*roaring.Bitmap, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case everything:
		return s.kept("everything", func() (*roaring.Bitmap, error) {
			of := roaring.New()
			for _, l := range s.leaves {
				of.Or(l.all())
			}
			return of, nil
		})
	case nothing:
		return roaring.New(), nil
	case term:
		return s.kept("term "+n.field+" "+n.text, func() (*roaring.Bitmap, error) { return s.having(n) })
	case beginning:
		return s.kept("beginning "+n.field+" "+n.text, func() (*roaring.Bitmap, error) {
			return s.between(n.field, []byte(n.text), after(n.text))
		})
	case between:
		return s.kept("between "+n.field+" "+n.low+" "+n.high, func() (*roaring.Bitmap, error) {
			var low, high []byte
			if n.low != "" {
				low = []byte(n.low)
			}
			if n.high != "" {
				high = append([]byte(n.high), 0)
			}
			return s.between(n.field, low, high)
		})
	case set:
		return n.of, nil
	case remembered:
		return s.kept("name "+n.name, func() (*roaring.Bitmap, error) { return s.named(ctx, n) })
	case near:
		return s.standing(ctx, n.terms, n.suits)
	case sequence:
		return s.standing(ctx, n, n.suits)
	case phrase:
		terms := make(sequence, len(n.terms))
		for i, text := range n.terms {
			terms[i] = term{n.field, text, 1}
		}
		return s.of(ctx, terms)
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
	return nil, fmt.Errorf("searching: there is no set of %T", n)
}

// standing are the documents that have the terms at places that suit.
func (s sets) standing(ctx context.Context, terms []term, suit func([]occurrence) bool) (*roaring.Bitmap, error) {
	if len(terms) == 1 {
		return s.of(ctx, terms[0])
	}
	return s.inEach(func(l leaf) (*roaring.Bitmap, error) { return l.standing(ctx, terms, suit) })
}

// inEach are the documents that find finds in each segment, where it may find deleted ones.
func (s sets) inEach(find func(leaf) (*roaring.Bitmap, error)) (*roaring.Bitmap, error) {
	out := roaring.New()
	for _, l := range s.leaves {
		of, err := find(l)
		if err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		if l.deleted != nil {
			of = roaring.AndNot(of, l.deleted)
		}
		if !of.IsEmpty() {
			out.Or(roaring.AddOffset64(of, int64(l.first)))
		}
	}
	return out, nil
}

// named are the documents that have a name. What a segment has of them stays as it is.
func (s sets) named(ctx context.Context, n remembered) (*roaring.Bitmap, error) {
	return s.inEach(func(l leaf) (*roaring.Bitmap, error) {
		return s.cache.name(l, n.name, func() (*roaring.Bitmap, error) {
			l.first, l.deleted = 0, nil
			return sets{s.reader, []leaf{l}, &cache{}, true}.of(ctx, n.of())
		})
	})
}

func (s sets) kept(key string, make func() (*roaring.Bitmap, error)) (*roaring.Bitmap, error) {
	if s.passing {
		return make()
	}
	return s.cache.set(s.reader, key, make)
}

// having are the documents that have a term.
func (s sets) having(n term) (*roaring.Bitmap, error) {
	var all []*roaring.Bitmap
	for _, l := range s.leaves {
		of, err := l.having(n.field, n.text)
		if err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		if !of.IsEmpty() {
			all = append(all, of)
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return roaring.FastOr(all...), nil
}

// between are the documents that have a term from low up to high.
func (s sets) between(field string, low, high []byte) (*roaring.Bitmap, error) {
	of := roaring.New()
	for _, l := range s.leaves {
		here, err := l.between(field, low, high)
		if err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		of.Or(here)
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

// remembered is a name of a concept in a field: dozens of terms, and asked for again and
// again. Its matches are kept in the cache.
type remembered struct {
	of   func() node
	name string
}

func (n remembered) searcher(ctx context.Context, r index.IndexReader, _ search.SearcherOptions) (search.Searcher, error) {
	return n.of().searcher(ctx, r, unscored)
}
