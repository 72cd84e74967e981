package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2/search"
)

// Check compares the index with the store, as far as the index has followed it:
// each public entry is in it, in the version that is current, and nothing else.
// Each disagreement is one line of problems; being behind is none.
func (x *Index) Check(ctx context.Context) (problems []string, err error) {
	v, err := x.view()
	if err != nil {
		return nil, err
	}
	defer v.close()
	want := map[string]uint64{} // id -> seq of the version that is public
	later := map[string]bool{}  // ids that changed after the mark
	for after := uint64(0); ; {
		changes, err := x.log.Changes(ctx, after, batchSize)
		if err != nil {
			return nil, fmt.Errorf("reading the log after %d: %w", after, err)
		}
		if len(changes) == 0 {
			break
		}
		for _, c := range changes {
			after = c.Seq
			if c.Seq > v.mark {
				later[c.ID] = true
			}
			if c.Entry != nil && c.Entry.Public() {
				want[c.ID] = c.Entry.Envelope.Seq
			} else if c.Entry != nil {
				delete(want, c.ID)
			}
		}
	}
	have, err := v.sequence(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		seq, ok := have[id]
		switch {
		case later[id]:
		case !ok:
			problems = append(problems, fmt.Sprintf("%s is missing from the search index", id))
		case seq != want[id]:
			problems = append(problems, fmt.Sprintf("%s is in the search index as of change %d, in the store as of %d", id, seq, want[id]))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[id]; !ok && !later[id] {
			problems = append(problems, fmt.Sprintf("%s is in the search index, but not public", id))
		}
	}
	return problems, nil
}

// sequence is the Envelope.Seq of each document by its id.
func (v *view) sequence(ctx context.Context) (map[string]uint64, error) {
	reader, err := v.reader.DocValueReader([]string{seqField})
	if err != nil {
		return nil, fmt.Errorf("reading the search index: %w", err)
	}
	out := map[string]uint64{}
	err = each(ctx, v.reader, everything{}, unscored, func(d *search.DocumentMatch) (bool, error) {
		id, err := v.reader.ExternalID(d.IndexInternalID)
		if err != nil {
			return false, fmt.Errorf("reading the search index: %w", err)
		}
		return true, reader.VisitDocValues(d.IndexInternalID, func(_ string, value []byte) {
			out[id], _ = strconv.ParseUint(string(value), 10, 64) // 0 is no version
		})
	})
	return out, err
}
