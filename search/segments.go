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

// having adds the numbers of the documents that have a term of a dictionary of the
// segment.
func (l leaf) having(dictionary segment.TermDictionary, text []byte, to *roaring.Bitmap) error {
	postings, err := dictionary.PostingsList(text, l.deleted, nil)
	if err != nil {
		return err
	}
	it := postings.Iterator(false, false, false, nil)
	bitmap, ok := it.(segment.OptimizablePostingsIterator)
	if !ok {
		for {
			d, err := it.Next()
			if d == nil || err != nil {
				return err
			}
			to.Add(l.first + uint32(d.Number()))
		}
	}
	if number, ok := bitmap.DocNum1Hit(); ok {
		to.Add(l.first + uint32(number))
	} else if of := bitmap.ActualBitmap(); of != nil && !of.IsEmpty() {
		to.Or(roaring.AddOffset64(of, int64(l.first))) // a copy: a segment's own bitmaps go with it
	}
	return nil
}

// between adds those that have a term from low up to, but without, high; nil is open.
func (l leaf) between(field string, low, high []byte, to *roaring.Bitmap) error {
	dictionary, err := l.segment.Dictionary(field)
	if err != nil {
		return err
	}
	for terms := dictionary.AutomatonIterator(nil, low, high); ; {
		t, err := terms.Next()
		if t == nil || err != nil {
			return err
		}
		if err := l.having(dictionary, []byte(t.Term), to); err != nil {
			return err
		}
	}
}
