package search

import (
	"context"
	"fmt"
	"math"
	"strconv"

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
	results := catalog.Results{Snapshot: v.snapshot, Corrected: p.corrected, Relaxed: p.relaxed, Concepts: x.vocabulary().ids(p.concepts), Facets: make(map[string][]catalog.FacetCount, len(facets))}
	var found page
	var counts map[string]map[string]int
	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		text := p.matching
		if q.Limit > 0 && order[0].RequiresScoring() {
			text = practicesFirst(p.text)
		}
		found, err = v.hits(workCtx, filtered(text, q), order, after, q.Limit, q.Explain)
		return err
	})
	work.Go(func() (err error) {
		counts, err = v.facets(workCtx, p.matching, q, facets)
		return err
	})
	work.Go(func() (err error) {
		results.Suggested, err = x.meant(workCtx, v, p, q)
		return err
	})
	if err := work.Wait(); err != nil {
		return catalog.Results{}, err
	}
	results.Total, results.Hits = found.total, found.hits
	if found.last != nil {
		results.Next = encodeCursor(q, found.last)
	}
	for _, f := range facets {
		results.Facets[f.Name] = x.shown(f, counts[f.Name], q)
	}
	if len(results.Hits) == 0 {
		return results, nil
	}
	want := x.vocabulary().wantedTerms(p.words, p.concepts)
	by, err := x.foundBy(ctx, v, p)
	if err != nil {
		return catalog.Results{}, err
	}
	for i := range results.Hits {
		if ctx.Err() != nil {
			return catalog.Results{}, ctx.Err()
		}
		hit := &results.Hits[i]
		hit.Matches = x.matches(hit.ID, p, want, q.Language)
		if hit.Why, err = v.why(hit.ID, by); err != nil {
			return catalog.Results{}, err
		}
	}
	return results, nil
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

// each calls f with each match of n, unscored and in no order of meaning, until
// f returns false.
func (v *view) each(ctx context.Context, n node, f func(*search.DocumentMatch) (bool, error)) error {
	return each(ctx, v.reader, n, f)
}

func each(ctx context.Context, r index.IndexReader, n node, f func(*search.DocumentMatch) (bool, error)) (err error) {
	defer unreadable(&err)
	s, err := n.searcher(ctx, r, unscored)
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	defer s.Close()
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

// page is a page of hits.
type page struct {
	total int
	hits  []catalog.Hit
	last  []string // sort keys of the last hit if there are more
}

func (v *view) hits(ctx context.Context, n node, order search.SortOrder, after []string, limit int, explain bool) (p page, err error) {
	defer unreadable(&err)
	if limit <= 0 {
		p.total, err = v.count(ctx, n)
		return p, err
	}
	limit = min(limit, catalog.MaxLimit)
	options := unscored
	if order[0].RequiresScoring() {
		options = search.SearcherOptions{Explain: explain}
	}
	s, err := n.searcher(ctx, v.reader, options)
	if err != nil {
		return page{}, fmt.Errorf("searching: %w", err)
	}
	defer s.Close()
	s.SetQueryNorm(1) // scores do not depend on what else is asked for
	top := collector.NewTopNCollector(limit+1, 0, order)
	if after != nil {
		top = collector.NewTopNCollectorAfter(limit+1, order, after)
	}
	if err := top.Collect(ctx, s, v.reader); err != nil {
		return page{}, fmt.Errorf("searching: %w", err)
	}
	p.total = int(top.Total())
	found := top.Results()
	if len(found) > limit {
		found = found[:limit]
		p.last = sortKeys(found[limit-1], order)
	}
	for _, d := range found {
		hit := catalog.Hit{ID: d.ID}
		if order[0].RequiresScoring() {
			hit.Score = d.Score
			hit.Explain = explanation(d.Expl)
		}
		p.hits = append(p.hits, hit)
	}
	return p, nil
}

// sortOrder is the order that q asks for, ties by id. An order keeps state and
// serves one search.
func sortOrder(q catalog.Query) (search.SortOrder, error) {
	var first search.SearchSort
	byTime := func(field string) search.SearchSort {
		return &search.SortField{Field: field, Type: search.SortFieldAsString, Desc: true}
	}
	switch q.Sort {
	case "relevance", "":
		if q.Text != "" {
			return byScore(), nil
		}
		first = byTime(addedField)
	case "newest":
		first = byTime(addedField)
	case "updated":
		first = byTime(updatedField)
	case "title":
		l := q.Language
		if !catalog.IsLanguage(l) {
			l = catalog.DefaultLanguage
		}
		first = &search.SortField{Field: titleKeyField(l), Type: search.SortFieldAsString}
	default:
		return nil, &catalog.Error{Code: catalog.Invalid, Param: "sort", Allowed: catalog.Sorts, Message: fmt.Sprintf("there is no order %.40q: choose another", q.Sort)}
	}
	return search.SortOrder{first, &search.SortDocID{}}, nil
}

// byScore is the order by relevance.
func byScore() search.SortOrder {
	return search.SortOrder{&search.SortScore{Desc: true}, &search.SortDocID{}}
}

// sortKeys are the keys of d as Bleve's collector takes them to go on after d.
func sortKeys(d *search.DocumentMatch, order search.SortOrder) []string {
	keys := []string{d.Sort[0], d.ID}
	if order[0].RequiresScoring() {
		keys[0] = strconv.FormatFloat(d.Score, 'g', -1, 64)
	}
	return keys
}

// validKeys reports whether sortKeys can have made keys.
func validKeys(keys []string, order search.SortOrder) bool {
	if len(keys) != len(order) {
		return false
	}
	if !order[0].RequiresScoring() {
		return true
	}
	score, err := strconv.ParseFloat(keys[0], 64)
	return err == nil && !math.IsNaN(score)
}
