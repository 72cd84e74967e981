package search

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Where words stand is asked for phrases and the names of concepts. Bleve's searchers read
// the places of all documents that they pass, here only those of the ones that have all
// the words are, which takes a quarter of the time (BenchmarkLevers); and what a segment has
// of a name is found once.

// occurrence is a place of a term in a document.
type occurrence struct {
	text uint64 // which of the texts of the field
	at   uint64 // the how manieth word of it
	term int
}

// standing are the documents of a segment that have all of the terms at places that suit,
// deleted ones too. The occurrences are of the terms by their place in the list, the first
// of equal ones, in the order of the texts.
func (l leaf) standing(ctx context.Context, terms []term, suit func([]occurrence) bool) (*roaring.Bitmap, error) {
	distinct := map[fieldTerm]int{}
	var all []*roaring.Bitmap
	var places []*skipping
	var which []int
	for i, t := range terms {
		key := fieldTerm{t.field, t.text}
		if _, known := distinct[key]; known {
			continue
		}
		distinct[key] = i
		dictionary, err := l.segment.Dictionary(t.field)
		if err != nil {
			return nil, err
		}
		has, number, err := l.numbers(dictionary, []byte(t.text))
		switch {
		case err != nil:
			return nil, err
		case has == nil && number < 0:
			return roaring.New(), nil
		case has == nil:
			has = roaring.BitmapOf(uint32(number))
		}
		all = append(all, has)
		postings, err := dictionary.PostingsList([]byte(t.text), nil, nil)
		if err != nil {
			return nil, err
		}
		places, which = append(places, l.skip(postings, true)), append(which, i)
	}
	out := roaring.New()
	var found []occurrence
	for documents := roaring.FastAnd(all...).Iterator(); documents.HasNext(); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d := documents.Next()
		found = found[:0]
		for i, it := range places {
			p, err := it.to(uint64(d))
			if err != nil {
				return nil, err
			}
			for _, place := range p.Locations() {
				o := occurrence{at: place.Pos(), term: which[i]}
				if of := place.ArrayPositions(); len(of) > 0 {
					o.text = of[0]
				}
				found = append(found, o)
			}
		}
		slices.SortFunc(found, func(a, b occurrence) int { return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.at, b.at)) })
		if suit(found) {
			out.Add(d)
		}
	}
	return out, nil
}

// suits reports whether a stretch of a text has the terms of n so near one another.
func (n near) suits(found []occurrence) bool {
	times := make([]int, len(n.terms)) // of each term, at its first place in the list
	different := 0
	for _, t := range n.terms {
		i := slices.Index(n.terms, t)
		if times[i]++; times[i] == 1 {
			different++
		}
	}
	words := uint64(len(n.terms) + n.apart)
	in := make([]int, len(n.terms)) // the stretch from first to here
	full, first := 0, 0             // terms that it has often enough
	for _, o := range found {
		for ; first < len(found); first++ {
			begins := found[first]
			if begins.text == o.text && o.at-begins.at < words {
				break
			}
			if in[begins.term] == times[begins.term] {
				full--
			}
			in[begins.term]--
		}
		if in[o.term]++; in[o.term] == times[o.term] {
			if full++; full == different {
				return true
			}
		}
	}
	return false
}

// suits reports whether the terms of n stand one after the other.
func (n sequence) suits(found []occurrence) bool {
	first := make([]int, len(n))
	for i, t := range n {
		first[i] = slices.Index(n, t)
	}
	return slices.ContainsFunc(found, func(begins occurrence) bool {
		for i := range n {
			if !slices.Contains(found, occurrence{begins.text, begins.at + uint64(i), first[i]}) {
				return false
			}
		}
		return true
	})
}
