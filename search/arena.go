package search

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// A search needs the numbers of its documents as lists, several of them, of up to all
// documents. The lists of one search after another are made in the same memory, so that the
// garbage collector has less to do.

// arena has room for numbers until it is released. It may be used at the same time.
type arena struct {
	mu    sync.Mutex
	slabs []*slab
	used  int // of the last one
}

type slab [1 << 16]uint32

var slabs = sync.Pool{New: func() any { return new(slab) }}

// take gives room for n numbers, whatever is in it.
func (a *arena) take(n int) []uint32 {
	if n > len(slab{}) {
		return make([]uint32, n)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.slabs) == 0 || a.used+n > len(slab{}) {
		a.slabs, a.used = append(a.slabs, slabs.Get().(*slab)), 0
	}
	from := a.used
	a.used += n
	return a.slabs[len(a.slabs)-1][from:a.used:a.used]
}

// numbers are those of a set.
func (a *arena) numbers(set *roaring.Bitmap) []uint32 {
	out := a.take(int(set.GetCardinality()))
	set.ManyIterator().NextMany(out)
	return out
}

// release gives the room to others: nothing that was taken may be used any more.
func (a *arena) release() {
	for _, s := range a.slabs {
		slabs.Put(s)
	}
	a.slabs = nil
}
