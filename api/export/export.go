// Package export writes whole results in the forms that other programs read.
// The API and the command line use the same encoders.
package export

import (
	"bufio"
	"context"
	"io"
	"iter"
	"slices"

	"clearinghouse/catalog"
)

// Store is where the entries of an export come from.
type Store interface {
	Head() uint64
	// Get finds the current entry, tombstones included; catalog.NotFound.
	Get(id string) (*catalog.Entry, error)
	// GetAsOf is Get as of a sequence number of the log.
	GetAsOf(id string, seq uint64) (*catalog.Entry, error)
	// All yields every entry as of seq by id, tombstones included.
	All(ctx context.Context, seq uint64) iter.Seq2[*catalog.Entry, error]
}

// Searcher finds the ids of a query's records.
type Searcher interface {
	Search(ctx context.Context, q catalog.Query) (catalog.Results, error)
	// Mark is the place in the store's log up to which the index is complete.
	Mark() uint64
}

// Select yields the published entries that match the query, by id, all of one
// state of the store although records may change meanwhile. A query without
// words and filters is answered by the store alone.
func Select(ctx context.Context, store Store, engine Searcher, q catalog.Query) iter.Seq2[*catalog.Entry, error] {
	if q.Text == "" && len(q.Filters) == 0 && q.YearFrom == 0 && q.YearTo == 0 {
		return published(store.All(ctx, store.Head()))
	}
	return func(yield func(*catalog.Entry, error) bool) {
		ids, seq, err := find(ctx, engine, q)
		if err != nil {
			yield(nil, err)
			return
		}
		for entry, err := range published(each(ids, func(id string) (*catalog.Entry, error) { return store.GetAsOf(id, seq) })) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// maxFinds is how often find begins again because the index changed meanwhile.
const maxFinds = 10

// find collects the ids of all matches, sorted, in one state of the index, and
// says which state of the store that is.
func find(ctx context.Context, engine Searcher, q catalog.Query) (ids []string, seq uint64, err error) {
	for range maxFinds {
		seq = engine.Mark()
		if ids, err = findAll(ctx, engine, q); err != nil || engine.Mark() == seq {
			return ids, seq, err
		}
	}
	return nil, 0, catalog.Errorf(catalog.Unavailable, "the catalogue changes too fast to find all of one state of it: try again in a moment")
}

func findAll(ctx context.Context, engine Searcher, q catalog.Query) ([]string, error) {
	q.Sort, q.Limit, q.Facets, q.Cursor, q.Typing = "newest", catalog.MaxLimit, nil, "", false
	var ids []string
	for {
		page, err := engine.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, hit := range page.Hits {
			ids = append(ids, hit.ID)
		}
		if page.Next == "" {
			slices.Sort(ids)
			return slices.Compact(ids), nil
		}
		q.Cursor = page.Next
	}
}

func each(ids []string, get func(string) (*catalog.Entry, error)) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		for _, id := range ids {
			entry, err := get(id)
			if catalog.CodeOf(err) == catalog.NotFound {
				continue // it came after seq
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

func published(entries iter.Seq2[*catalog.Entry, error]) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		for entry, err := range entries {
			if err == nil && !entry.Public() {
				continue
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// JSONL writes each record in its canonical form, one a line. It returns the
// number written.
func JSONL(w io.Writer, entries iter.Seq2[*catalog.Entry, error]) (int, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	n := 0
	for entry, err := range entries {
		if err != nil {
			return n, err
		}
		out.Write(entry.Record.JSON())
		if err := out.WriteByte('\n'); err != nil {
			return n, err
		}
		n++
	}
	return n, out.Flush()
}
