package search

import (
	"slices"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Who browses sees the newest of tens of thousands. Where the documents of a segment are known
// in an order, the first of those that are wanted are soon met: in a tenth of the time that
// it takes to look at each of them (BenchmarkLevers).

// walkedFrom is how many documents must be wanted for that to pay; tests that have few set it.
var walkedFrom = 1000

// walkedShare is the share of the documents that are wanted, one in so many, that is gone
// through at most: the newest may be none of them.
const walkedShare = 8

// inOrder are all documents of a segment in an order that is not that of scores, made when
// it is first asked for.
func (v *view) inOrder(in inLeaf, o order, ids *idColumn, rank func([]uint32, []uint64)) ([]uint32, error) {
	return columnOf(v.columns, in.leaf, "order "+o.name+" "+o.title, func(segment.Segment, string) ([]uint32, error) {
		out := make([]uint32, in.size)
		for d := range out {
			out[d] = uint32(d)
		}
		ranks := make([]uint64, in.size)
		for from := 0; from < len(out); from += block {
			to := min(from+block, len(out))
			rank(out[from:to], ranks[from:to])
		}
		slices.SortFunc(out, func(a, b uint32) int {
			return ranked{ranks[a], ids.ranks[a], a}.compare(ranked{ranks[b], ids.ranks[b], b})
		})
		return out, nil
	})
}

// walk are the first of the wanted documents from begin on, at most limit, and whether they
// were found in reasonable time. sequence is that of the segment whose first document is
// number first.
func walk(sequence []uint32, wanted *roaring.Bitmap, first uint32, begin ranked, limit, steps int, ids *idColumn, rank func([]uint32, []uint64)) (found []ranked, ok bool) {
	var one [1]uint64
	place := func(i int) ranked {
		rank(sequence[i:i+1], one[:])
		return ranked{one[0], ids.ranks[sequence[i]], sequence[i]}
	}
	from := sort.Search(len(sequence), func(i int) bool { return place(i).compare(begin) >= 0 })
	for i := from; i < len(sequence) && len(found) < limit; i++ {
		if i-from == steps {
			return nil, false
		}
		if wanted.Contains(first + sequence[i]) {
			found = append(found, place(i))
		}
	}
	return found, true
}
