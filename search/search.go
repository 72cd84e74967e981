package search

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	index "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"

	"clearinghouse/catalog"
)

// Search answers q from one state of the index. A text is looked for in all
// languages that its script can belong to; all words are required, but for
// grammar ("the"). If fewer than ten records of the whole index have them all, the most
// that ten have are enough and Results.Relaxed lists those that not all that is found has; filters
// have no say in that, so that choosing one never changes what the text means.
//
// A text that is too long, an unknown facet or sort and a cursor of another
// query are Invalid errors that name the parameter.
func (x *Index) Search(ctx context.Context, q catalog.Query) (catalog.Results, error) {
	v, err := x.view()
	if err != nil {
		return catalog.Results{}, err
	}
	defer v.close()
	x.latest.Store(time.Now().Unix())
	results, err := x.search(ctx, v, q)
	if ctx.Err() != nil {
		return catalog.Results{}, ctx.Err()
	}
	return results, err
}

func (x *Index) search(ctx context.Context, v *view, q catalog.Query) (catalog.Results, error) {
	p, err := x.plan(ctx, v, q)
	if err != nil {
		return catalog.Results{}, err
	}
	facets, err := facetsOf(q)
	if err != nil {
		return catalog.Results{}, err
	}
	order, err := sortOrder(q)
	if err != nil {
		return catalog.Results{}, err
	}
	after, err := decodeCursor(q, order)
	if err != nil {
		return catalog.Results{}, err
	}
	all, err := v.selected(ctx, filtered(p.matching, q))
	if err != nil {
		return catalog.Results{}, err
	}
	results := catalog.Results{Snapshot: v.snapshot, Total: all.size(), Corrected: p.corrected, Relaxed: p.relaxed, Concepts: x.vocabulary().ids(p.concepts), Facets: make(map[string][]catalog.FacetCount, len(facets))}
	hits, counts, err := v.answer(ctx, practicesFirst(p.text), p.matching, all, order, after, q, facets)
	if err != nil {
		return catalog.Results{}, err
	}
	if results.Suggested, err = x.meant(ctx, v, p, q); err != nil {
		return catalog.Results{}, err
	}
	if limit := pageSize(q); len(hits) > limit {
		hits = hits[:limit]
		results.Next = encodeCursor(q, order, &hits[limit-1])
	}
	for _, f := range facets {
		results.Facets[f.Name] = x.shown(f, counts[f.Name], q)
	}
	if len(hits) == 0 {
		return results, nil
	}
	want := x.vocabulary().wantedTerms(p.words, p.concepts)
	by, err := x.foundBy(ctx, v, p)
	if err != nil {
		return catalog.Results{}, err
	}
	shown := roaring.New()
	for _, f := range hits {
		shown.Add(v.number(f))
	}
	if err := x.stand(ctx, v, want, shown); err != nil {
		return catalog.Results{}, err
	}
	results.Hits = make([]catalog.Hit, len(hits))
	show := func(i int) {
		f := hits[i]
		hit := catalog.Hit{ID: f.id, Why: why(v.number(f), by), Explain: f.explanation}
		if order.scored() {
			hit.Score = f.score()
		}
		hit.Entry, hit.Matches = x.matches(f.id, v.number(f), p, want, q.Language)
		results.Hits[i] = hit
	}
	var work sync.WaitGroup
	var next atomic.Int64
	for range min(len(hits), runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(hits) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				show(i)
			}
		})
	}
	work.Wait()
	return results, ctx.Err()
}

// pageSize is how many hits q asks for.
func pageSize(q catalog.Query) int { return max(0, min(q.Limit, catalog.MaxLimit)) }

// divided is from how many matches on the first of them are found and the facets counted by two
// processors at the same time: of fewer, waking the second one takes longer.
const divided = 1 << 17

// answer finds the first of all by the scores of text, and counts the values of facets, over
// what matching finds without their filters.
func (v *view) answer(ctx context.Context, text, matching node, all selection, o order, after *placed, q catalog.Query, facets []catalog.Facet) (hits []placed, counts map[string]map[string]int, err error) {
	first := func(ctx context.Context) (err error) { hits, err = v.hits(ctx, text, all, o, after, q); return err }
	count := func(ctx context.Context) (err error) {
		counts, err = v.facets(ctx, matching, all, q, facets)
		return err
	}
	if all.size() < divided {
		if err = first(ctx); err == nil {
			err = count(ctx)
		}
		return hits, counts, err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return first(ctx) })
	work.Go(func() error { return count(ctx) })
	return hits, counts, work.Wait()
}

// hits are the first of all, one more than q asks for if there are more.
func (v *view) hits(ctx context.Context, n node, all selection, o order, after *placed, q catalog.Query) ([]placed, error) {
	limit := pageSize(q)
	if limit == 0 {
		return nil, nil
	}
	hits, err := v.top(ctx, n, all, o, after, limit+1)
	if err == nil && q.Explain && o.scored() {
		err = v.explain(ctx, n, hits)
	}
	return hits, err
}

// count is how many documents n matches.
func (v *view) count(ctx context.Context, n node) (int, error) {
	of, err := v.documents(ctx, n)
	if err != nil {
		return 0, err
	}
	return int(of.GetCardinality()), nil
}

// unreadable, deferred, makes an Unavailable error of a panic: Bleve's segments
// that could not be written, as on a full disk, panic when they are read.
func unreadable(err *error) {
	if v := recover(); v != nil {
		*err = catalog.Errorf(catalog.Unavailable, "the search index cannot be read at the moment (%v): make room on the disk, if it is full, and start the server again", v)
	}
}

// each calls f with each match of n, in no order of meaning, until f returns false.
func each(ctx context.Context, r index.IndexReader, n node, o search.SearcherOptions, f func(*search.DocumentMatch) (bool, error)) (err error) {
	defer unreadable(&err)
	s, err := n.searcher(ctx, r, o)
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	defer s.Close()
	s.SetQueryNorm(1) // scores do not depend on what else is asked for
	sc := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0), IndexReader: r}
	for i := uint64(0); ; i++ {
		if i%collector.CheckDoneEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		d, err := s.Next(sc)
		if err != nil {
			return fmt.Errorf("searching: %w", err)
		}
		if d == nil {
			return nil
		}
		if more, err := f(d); err != nil || !more {
			return err
		}
		sc.DocumentMatchPool.Put(d)
	}
}
