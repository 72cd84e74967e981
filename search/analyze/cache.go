package analyze

import (
	"hash/maphash"
	"sync/atomic"
)

// cache remembers what words become: most words of a text are a few thousand that come
// again and again, and to fold and stem one takes longer than to find it here. It has a
// place for each hash of a word and keeps the last one there: it cannot grow, and needs
// no lock.
type cache [1 << 15]atomic.Pointer[cachedWord]

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
func (r rules) word(c *cache, written []byte) (exact, stem string) {
	place := &c[maphash.Bytes(seed, written)%uint64(len(c))]
	if w := place.Load(); w != nil && w.written == string(written) {
		return w.exact, w.stem
	}
	w := &cachedWord{written: string(written)}
	bare := w.written
	if r.bare != nil {
		bare = r.bare(bare)
	}
	if w.exact = Fold(bare); w.exact != "" && !r.stop[w.exact] {
		w.stem = r.stem(w.exact)
	}
	all := w.written + w.exact + w.stem // side by side in memory
	w.written, all = all[:len(w.written)], all[len(w.written):]
	w.exact, w.stem = all[:len(w.exact)], all[len(w.exact):]
	place.Store(w)
	return w.exact, w.stem
}
