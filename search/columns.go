package search

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Counting the values of facets by Bleve's doc values is most of the time of a search:
// for each field it uncompresses 1,024 documents to see one. Here they are counted from
// columns in memory, made once for each segment.

// column holds which terms of a field each document of a segment has.
type column struct {
	terms []string
	// of each term: how many documents of the segment have it, deleted ones too
	have []int
	// of each document, if there are at most 64 terms: a bit for each that it has
	masks []uint64
	// else its terms are ordinals[starts[d]:starts[d+1]]
	starts   []uint32
	ordinals []uint32
}

const maxMask = 64

// newColumn reads the column of a field from its terms and the documents that have them.
func newColumn(s segment.Segment, field string) (*column, error) {
	dictionary, err := s.Dictionary(field)
	if err != nil {
		return nil, err
	}
	c := &column{}
	var of []*roaring.Bitmap
	whole := leaf{segment: s}
	for terms := dictionary.AutomatonIterator(nil, nil, nil); ; {
		t, err := terms.Next()
		if err != nil {
			return nil, err
		}
		if t == nil {
			break
		}
		has := roaring.New()
		if err := whole.having(dictionary, []byte(t.Term), has); err != nil {
			return nil, err
		}
		c.terms, of, c.have = append(c.terms, t.Term), append(of, has), append(c.have, int(has.GetCardinality()))
	}
	size := int(s.Count())
	if len(c.terms) <= maxMask {
		c.masks = make([]uint64, size)
		for ordinal, has := range of {
			has.Iterate(func(d uint32) bool { c.masks[d] |= 1 << ordinal; return true })
		}
		return c, nil
	}
	c.starts = make([]uint32, size+1)
	for _, has := range of {
		has.Iterate(func(d uint32) bool { c.starts[d+1]++; return true })
	}
	for d := range size {
		c.starts[d+1] += c.starts[d]
	}
	c.ordinals = make([]uint32, c.starts[size])
	next := append([]uint32(nil), c.starts[:size]...)
	for ordinal, has := range of {
		has.Iterate(func(d uint32) bool { c.ordinals[next[d]] = uint32(ordinal); next[d]++; return true })
	}
	return c, nil
}

// of calls f with the ordinals of the terms that a document has.
func (c *column) of(d uint32, f func(ordinal int)) {
	if c.masks != nil {
		for m := c.masks[d]; m != 0; m &= m - 1 {
			f(bits.TrailingZeros64(m))
		}
		return
	}
	for _, ordinal := range c.ordinals[c.starts[d]:c.starts[d+1]] {
		f(int(ordinal))
	}
}

// count adds by to the counts of the terms of each of the documents. It is of without a
// call for each term.
func (c *column) count(documents []uint32, by int, counts []int) {
	if c.masks != nil {
		for _, d := range documents {
			for m := c.masks[d]; m != 0; m &= m - 1 {
				counts[bits.TrailingZeros64(m)] += by
			}
		}
		return
	}
	for _, d := range documents {
		for _, ordinal := range c.ordinals[c.starts[d]:c.starts[d+1]] {
			counts[ordinal] += by
		}
	}
}

// columns keeps those of the segments of a generation, as long as they are in use.
type columns struct {
	mu  sync.Mutex
	ids []uint64 // of the segments of the newest state
	of  map[columnKey]*columnOnce
}

type columnKey struct {
	segment uint64
	field   string
}

// columnOnce is a column that is made when it is first asked for.
type columnOnce struct {
	sync.Once
	column *column
	err    error
}

// column is that of a field in a segment.
func (c *columns) column(l leaf, field string) (*column, error) {
	key := columnKey{l.id, field}
	c.mu.Lock()
	once := c.of[key]
	if once == nil {
		once = &columnOnce{}
		c.of[key] = once
	}
	c.mu.Unlock()
	once.Do(func() { once.column, once.err = newColumn(l.segment, field) })
	return once.column, once.err
}

// keep forgets the columns of segments that a newer state does not have.
func (c *columns) keep(newer []leaf) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[columnKey]*columnOnce{}
	}
	if slices.EqualFunc(newer, c.ids, func(l leaf, id uint64) bool { return l.id == id }) {
		return
	}
	c.ids = c.ids[:0]
	for _, l := range newer {
		c.ids = append(c.ids, l.id)
	}
	maps.DeleteFunc(c.of, func(key columnKey, _ *columnOnce) bool { return !slices.Contains(c.ids, key.segment) })
}

// inLeaf are the documents of a set that are in one segment, by their numbers there.
type inLeaf struct {
	leaf
	documents []uint32
}

// byLeaf divides a set.
func byLeaf(set *roaring.Bitmap, leaves []leaf) []inLeaf {
	out := make([]inLeaf, len(leaves))
	all := set.ToArray()
	at := 0
	for i, l := range leaves {
		from := at
		for at < len(all) && all[at] < l.first+l.size {
			all[at] -= l.first
			at++
		}
		out[i] = inLeaf{l, all[from:at]}
	}
	return out
}

// tally adds to counts how many documents of a set have each value of a field.
func (v *view) tally(ctx context.Context, set []inLeaf, field string, counts map[string]int) (err error) {
	defer unreadable(&err)
	for _, in := range set {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(in.documents) == 0 {
			continue
		}
		c, err := v.columns.column(in.leaf, field)
		if err != nil {
			return fmt.Errorf("reading values: %w", err)
		}
		of := make([]int, len(c.terms))
		if len(in.documents) == in.live() { // all but the deleted ones
			copy(of, c.have)
			if in.deleted != nil {
				c.count(in.deleted.ToArray(), -1, of)
			}
		} else {
			c.count(in.documents, 1, of)
		}
		for ordinal, n := range of {
			if n > 0 {
				counts[c.terms[ordinal]] += n
			}
		}
	}
	return nil
}

// cell is a value of one field and one of another.
type cell struct{ row, col string }

// cross counts how many documents of a set have a value of a field and one of another.
func (v *view) cross(ctx context.Context, set []inLeaf, rows, cols string) (counts map[cell]int, err error) {
	defer unreadable(&err)
	counts = map[cell]int{}
	for _, in := range set {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(in.documents) == 0 {
			continue
		}
		row, err := v.columns.column(in.leaf, rows)
		if err != nil {
			return nil, fmt.Errorf("reading values: %w", err)
		}
		col, err := v.columns.column(in.leaf, cols)
		if err != nil {
			return nil, fmt.Errorf("reading values: %w", err)
		}
		of := map[[2]int]int{}
		for _, d := range in.documents {
			row.of(d, func(r int) { col.of(d, func(c int) { of[[2]int{r, c}]++ }) })
		}
		for at, n := range of {
			counts[cell{row.terms[at[0]], col.terms[at[1]]}] += n
		}
	}
	return counts, nil
}
