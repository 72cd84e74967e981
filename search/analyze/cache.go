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

// cachedWord is a word by its hash: two of one length with the same 64 bits do not occur.
type cachedWord struct {
	hash        uint64
	length      int
	exact, stem string
}

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
	hash := maphash.Bytes(seed, written)
	place := &c[hash%uint64(len(c))]
	if w := place.Load(); w != nil && w.hash == hash && w.length == len(written) {
		return w.exact, w.stem
	}
	bare := string(written)
	if r.bare != nil {
		bare = r.bare(bare)
	}
	if exact = Fold(bare); exact != "" && !r.stop[exact] {
		stem = r.stem(exact)
	}
	both := exact + stem // side by side in memory
	exact, stem = both[:len(exact)], both[len(exact):]
	place.Store(&cachedWord{hash, len(written), exact, stem})
	return exact, stem
}
