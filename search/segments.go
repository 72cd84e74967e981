package search

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// leaf is a segment in a state of the index. Segments never change; which of their
// documents are deleted does.
type leaf struct {
	segment segment.Segment
	id      uint64 // of the segment
	first   uint32 // number of its first document in the state
	size    uint32 // documents, with the deleted ones
	deleted *roaring.Bitmap
}

// leaves are the segments of a state, in the order of their documents' numbers.
func leaves(r index.IndexReader) ([]leaf, error) {
	snapshot, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("searching: %T has no segments", r)
	}
	segments := snapshot.Segments()
	out := make([]leaf, len(segments))
	next := uint32(0)
	for i, s := range segments {
		out[i] = leaf{s.Segment(), s.Id(), next, uint32(s.Segment().Count()), s.Deleted()}
		next += out[i].size
	}
	return out, nil
}

// live is how many documents are not deleted.
func (l leaf) live() int {
	n := int(l.size)
	if l.deleted != nil {
		n -= int(l.deleted.GetCardinality())
	}
	return n
}

// all are the numbers of the documents that are not deleted.
func (l leaf) all() *roaring.Bitmap {
	of := roaring.New()
	of.AddRange(uint64(l.first), uint64(l.first)+uint64(l.size))
	if l.deleted != nil {
		of.AndNot(roaring.AddOffset64(l.deleted, int64(l.first)))
	}
	return of
}

// having are the numbers of the documents that have a term. The set may be the segment's
// own: it is not to be changed, and is gone with the view.
func (l leaf) having(field, text string) (*roaring.Bitmap, error) {
	dictionary, err := l.segment.Dictionary(field)
	if err != nil {
		return nil, err
	}
	of, number, err := l.numbers(dictionary, []byte(text))
	switch {
	case err != nil:
		return nil, err
	case of != nil && l.first == 0:
		return of, nil
	case of != nil:
		return roaring.AddOffset64(of, int64(l.first)), nil
	case number >= 0:
		return roaring.BitmapOf(l.first + uint32(number)), nil
	}
	return roaring.New(), nil
}

// numbers are those, within the segment, of the documents that have a term: a set, which
// is the segment's own, or a single one, or neither if number is negative.
func (l leaf) numbers(dictionary segment.TermDictionary, text []byte) (of *roaring.Bitmap, number int, err error) {
	postings, err := dictionary.PostingsList(text, l.deleted, nil)
	if err != nil {
		return nil, -1, err
	}
	it, ok := postings.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return nil, -1, fmt.Errorf("the postings of a segment are of the kind %T", postings)
	}
	if single, is := it.DocNum1Hit(); is {
		return nil, int(single), nil
	}
	if of = it.ActualBitmap(); of == nil || of.IsEmpty() {
		return nil, -1, nil
	}
	return of, -1, nil
}

// between are those that have a term from low up to, but without, high; nil is open. They
// are put together bit by bit: of many terms each has few.
func (l leaf) between(field string, low, high []byte) (*roaring.Bitmap, error) {
	dictionary, err := l.segment.Dictionary(field)
	if err != nil {
		return nil, err
	}
	bits := make([]uint64, (l.size+63)/64)
	add := func(d uint32) bool { bits[d/64] |= 1 << (d % 64); return true }
	for terms := dictionary.AutomatonIterator(nil, low, high); ; {
		t, err := terms.Next()
		if err != nil {
			return nil, err
		}
		if t == nil {
			return roaring.AddOffset64(roaring.FromDense(bits, false), int64(l.first)), nil
		}
		of, number, err := l.numbers(dictionary, []byte(t.Term))
		switch {
		case err != nil:
			return nil, err
		case of != nil:
			of.Iterate(add)
		case number >= 0:
			add(uint32(number))
		}
	}
}
