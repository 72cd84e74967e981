package search

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// idColumn has the ids of the documents of a segment.
type idColumn struct {
	ranks []uint32 // of each document: the place of its id in the order of ids
	text  string   // all ids in their order, one after the other
	ends  []uint32 // of each in text
}

// at is the id in a place of their order.
func (x *idColumn) at(rank uint32) string {
	start := uint32(0)
	if rank > 0 {
		start = x.ends[rank-1]
	}
	return x.text[start:x.ends[rank]]
}

// after is the place of the first id after another one.
func (x *idColumn) after(id string) uint32 {
	low, high := 0, len(x.ends)
	for low < high {
		if middle := (low + high) / 2; x.at(uint32(middle)) <= id {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return uint32(low)
}

// ids are those of a segment.
func (c *columns) ids(l leaf) (*idColumn, error) { return columnOf(c, l, "_id", newIDs) }

func newIDs(s segment.Segment, field string) (*idColumn, error) {
	x := &idColumn{ranks: make([]uint32, s.Count())}
	var text strings.Builder
	err := eachTerm(s, field, func(term string, has *roaring.Bitmap) error {
		has.Iterate(func(d uint32) bool { x.ranks[d] = uint32(len(x.ends)); return true })
		text.WriteString(term)
		x.ends = append(x.ends, uint32(text.Len()))
		return nil
	})
	x.text = text.String()
	return x, err
}

// times are those of a segment in a field, in nanoseconds since 1970.
func (c *columns) times(l leaf, field string) ([]int64, error) {
	return columnOf(c, l, field, newTimes)
}

func newTimes(s segment.Segment, field string) ([]int64, error) {
	out := make([]int64, s.Count())
	err := eachTerm(s, field, func(term string, has *roaring.Bitmap) error {
		t, err := time.Parse(indexTime, term)
		if err != nil {
			return fmt.Errorf("a time in the search index: %w", err)
		}
		has.Iterate(func(d uint32) bool { out[d] = t.UnixNano(); return true })
		return nil
	})
	return out, err
}

// titleColumn has the sort keys of the titles of a segment in a language: of each document the
// place of its key in their order. The keys themselves would take many times as much
// memory; every sampled one is kept, from which the others are found.
type titleColumn struct {
	*titleOrder
	segment segment.Segment
	field   string
}

type titleOrder struct {
	ordinals []uint32
	samples  []string
}

const sampled = 32

func (c *columns) titles(l leaf, language string) (*titleColumn, error) {
	field := titleKeyField(language)
	x, err := columnOf(c, l, field, newTitleOrder)
	return &titleColumn{x, l.segment, field}, err
}

func newTitleOrder(s segment.Segment, field string) (*titleOrder, error) {
	x := &titleOrder{ordinals: slices.Repeat([]uint32{math.MaxUint32}, int(s.Count()))}
	n := 0
	err := eachTerm(s, field, func(term string, has *roaring.Bitmap) error {
		has.Iterate(func(d uint32) bool { x.ordinals[d] = uint32(n); return true })
		if n%sampled == 0 {
			x.samples = append(x.samples, term)
		}
		n++
		return nil
	})
	return x, err
}

// noTitle is the key of a document without one: after all others.
const noTitle = "\xff\xff\xff\xff"

// at is the key in a place of their order.
func (x *titleColumn) at(ordinal uint64) (string, error) {
	if ordinal == math.MaxUint32 {
		return noTitle, nil
	}
	key := ""
	left := ordinal % sampled
	err := x.from(x.samples[ordinal/sampled], func(term string) bool {
		key = term
		left--
		return left+1 > 0
	})
	return key, err
}

// place is that of a key in their order, or the next one if it is not here.
func (x *titleColumn) place(key string) (ordinal uint64, here bool, err error) {
	if key >= noTitle {
		return math.MaxUint32, key == noTitle, nil
	}
	at, _ := slices.BinarySearch(x.samples, key)
	if at < len(x.samples) && x.samples[at] == key {
		return uint64(at) * sampled, true, nil
	}
	if at == 0 {
		return 0, false, nil
	}
	ordinal = uint64(at-1) * sampled
	err = x.from(x.samples[at-1], func(term string) bool {
		here = term == key
		if term >= key {
			return false
		}
		ordinal++
		return true
	})
	return ordinal, here, err
}

// from calls f with the keys from one on until it returns false.
func (x *titleColumn) from(key string, f func(string) bool) error {
	dictionary, err := x.segment.Dictionary(x.field)
	if err != nil {
		return err
	}
	for terms := dictionary.AutomatonIterator(nil, []byte(key), nil); ; {
		t, err := terms.Next()
		if t == nil || err != nil || !f(t.Term) {
			return err
		}
	}
}

// eachTerm calls f with the terms of a field in their order, and the documents that have
// each, deleted ones too.
func eachTerm(s segment.Segment, field string, f func(term string, has *roaring.Bitmap) error) error {
	dictionary, err := s.Dictionary(field)
	if err != nil {
		return err
	}
	whole := leaf{segment: s}
	for terms := dictionary.AutomatonIterator(nil, nil, nil); ; {
		t, err := terms.Next()
		if t == nil || err != nil {
			return err
		}
		has, number, err := whole.numbers(dictionary, []byte(t.Term))
		if err != nil {
			return err
		}
		if has == nil {
			has = roaring.New()
			if number >= 0 {
				has.Add(uint32(number))
			}
		}
		if err := f(t.Term, has); err != nil {
			return err
		}
	}
}
