package analyze

import (
	"hash/maphash"
	"sync/atomic"
)

// cache remembers what words become: most words of a text are a few thousand that come
// again and again, and to fold and stem one takes longer than to find it here. It has a
// place for each hash of a word and keeps the last one there: it cannot grow, and needs
// no lock.
type cache [1 << 13]atomic.Pointer[cachedWord]

type cachedWord struct{ written, exact, stem string }

var (
	caches = func() map[string]*cache {
		out := map[string]*cache{}
		for _, l := range Languages {
			out[l] = new(cache)
		}
		return out
	}()
	seed = maphash.MakeSeed()
)

// word is the exact form and the stem of a word as it is written.
func (r rules) word(c *cache, written string) (exact, stem string) {
	place := &c[maphash.String(seed, written)%uint64(len(c))]
	if w := place.Load(); w != nil && w.written == written {
		return w.exact, w.stem
	}
	bare := written
	if r.bare != nil {
		bare = r.bare(written)
	}
	if exact = Fold(bare); exact != "" && !r.stop[exact] {
		stem = r.stem(exact)
	}
	place.Store(&cachedWord{written, exact, stem})
	return exact, stem
}
