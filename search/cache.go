package search

import (
	"math"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// cache keeps what was read of the terms that queries ask for: a text is planned, counted
// and scored by the same ones, and the frequent ones are asked for by everybody. It is
// bounded in bytes. With it a text is planned in half of the time and scored in a quarter
// (BenchmarkLevers).
// Sets die with the state of the index that they are of, impacts and names with their
// segment.
type cache struct {
	mu       sync.Mutex
	reader   index.IndexReader // the newest state that was asked
	size     int
	most     int
	sets     map[string]*roaring.Bitmap
	segments map[uint64]*keptOf
}

// keptOf is what is kept of one segment.
type keptOf struct {
	size    int
	impacts map[fieldTerm]*impacts
	names   map[string]*roaring.Bitmap
}

// The size of a cache: so many bytes and so many more for each document.
const (
	cacheLeast       = 32 << 20
	cachePerDocument = 256
)

// impacts are the documents of a segment that have a term, the deleted ones too, and how
// much it weighs there.
type impacts struct {
	documents []uint32
	// of each document: how often it has the term, and in the lower lengthBits how many
	// words the field has; or, where one is too great for that, none
	packed  []uint32
	unusual map[int]float64 // weights of those
	most    float64         // the greatest of all weights
}

const (
	lengthBits = 20
	none       = 0
	impactSize = 8 // bytes of one document
)

// set is what was kept under a key, and else what make gives.
func (c *cache) set(r index.IndexReader, key string, make func() (*roaring.Bitmap, error)) (*roaring.Bitmap, error) {
	c.mu.Lock()
	if c.reader == r {
		if of := c.sets[key]; of != nil {
			c.mu.Unlock()
			return of, nil
		}
	}
	c.mu.Unlock()
	of, err := make()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reader == r && c.sets[key] == nil {
		c.sets[key] = of
		c.grow(setSize(key, of))
	}
	return of, nil
}

// name are the documents of a segment that have a name, as kept or else as find finds them.
func (c *cache) name(l leaf, name string, find func() (*roaring.Bitmap, error)) (*roaring.Bitmap, error) {
	c.mu.Lock()
	var of *roaring.Bitmap
	if here := c.segments[l.id]; here != nil {
		of = here.names[name]
	}
	c.mu.Unlock()
	if of != nil {
		return of, nil
	}
	of, err := find()
	if err != nil {
		return nil, err
	}
	of = of.Clone() // it may be the segment's own
	c.mu.Lock()
	defer c.mu.Unlock()
	if here := c.segments[l.id]; here != nil && here.names[name] == nil {
		here.names[name] = of
		here.size += setSize(name, of)
		c.grow(setSize(name, of))
	}
	return of, nil
}

func setSize(key string, of *roaring.Bitmap) int { return 100 + len(key) + int(of.GetSizeInBytes()) }

// termImpacts are those of a term in a segment, of these documents at least.
func (c *cache) termImpacts(l leaf, t fieldTerm, documents []uint32) (*impacts, error) {
	c.mu.Lock()
	var in *impacts
	if here := c.segments[l.id]; here != nil {
		in = here.impacts[t]
	}
	c.mu.Unlock()
	if in != nil {
		return in, nil
	}
	in, whole, err := l.impacts(t, documents)
	if err != nil || !whole {
		return in, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if here := c.segments[l.id]; here != nil && here.impacts[t] == nil {
		here.impacts[t] = in
		here.size += in.size()
		c.grow(in.size())
	}
	return in, nil
}

func (in *impacts) size() int { return 200 + impactSize*len(in.documents) }

// grow makes room for so many bytes more. The order in which Go goes through a map is
// random, and so is what is forgotten: what many ask for is soon there again.
func (c *cache) grow(by int) {
	c.size += by
	for _, of := range c.segments {
		for key, in := range of.impacts {
			if c.size <= c.most {
				return
			}
			delete(of.impacts, key)
			of.size -= in.size()
			c.size -= in.size()
		}
	}
	for _, of := range c.segments {
		for key, name := range of.names {
			if c.size <= c.most {
				return
			}
			delete(of.names, key)
			of.size -= setSize(key, name)
			c.size -= setSize(key, name)
		}
	}
	for key, of := range c.sets {
		if c.size <= c.most {
			return
		}
		delete(c.sets, key)
		c.size -= setSize(key, of)
	}
}

// keep forgets what is of an older state than that of a view.
func (c *cache) keep(r index.IndexReader, leaves []leaf) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reader == r {
		return
	}
	before := c.segments
	c.reader, c.sets, c.segments, c.size = r, map[string]*roaring.Bitmap{}, map[uint64]*keptOf{}, 0
	c.most = cacheLeast
	for _, l := range leaves {
		of := before[l.id]
		if of == nil {
			of = &keptOf{impacts: map[fieldTerm]*impacts{}, names: map[string]*roaring.Bitmap{}}
		}
		c.segments[l.id] = of
		c.size += of.size
		c.most += cachePerDocument * int(l.size)
	}
}

// few is how many times as many documents as are asked for must have a term for only those
// to be read: to skip one is quicker than to read it.
const few = 16

// impacts reads those of a term, whole or of these documents only.
func (l leaf) impacts(t fieldTerm, documents []uint32) (in *impacts, whole bool, err error) {
	dictionary, err := l.segment.Dictionary(t.field)
	if err != nil {
		return nil, false, err
	}
	postings, err := dictionary.PostingsList([]byte(t.term), nil, nil)
	if err != nil {
		return nil, false, err
	}
	n := int(postings.Count())
	if n > few*len(documents) {
		some := l.skip(postings, false)
		in = &impacts{documents: make([]uint32, 0, len(documents)), packed: make([]uint32, 0, len(documents))}
		next := uint64(0)
		for _, d := range documents {
			if uint64(d) < next {
				continue
			}
			p, err := some.to(uint64(d))
			if p == nil || err != nil {
				return in, false, err
			}
			in.add(p)
			next = p.Number()
		}
		return in, false, nil
	}
	in = &impacts{documents: make([]uint32, 0, n), packed: make([]uint32, 0, n)}
	for it := postings.Iterator(true, true, false, nil); ; {
		p, err := it.Next()
		if p == nil || err != nil {
			return in, true, err
		}
		in.add(p)
	}
}

func (in *impacts) add(p segment.Posting) {
	at := len(in.packed)
	in.documents, in.packed = append(in.documents, uint32(p.Number())), append(in.packed, pack(p))
	if in.packed[at] == none {
		if in.unusual == nil {
			in.unusual = map[int]float64{}
		}
		in.unusual[at] = math.Sqrt(float64(p.Frequency())) * p.Norm()
	}
	in.most = max(in.most, in.weight(at))
}

func pack(p segment.Posting) uint32 {
	of, ok := p.(*zap.Posting)
	if !ok {
		return none
	}
	times, length := of.Frequency(), of.NormUint64()
	if times >= 1<<(32-lengthBits) || length >= 1<<lengthBits {
		return none
	}
	return uint32(times)<<lengthBits | uint32(length)
}

// weight is that of the term in a document, by its place: the root of how often it has it
// times the norm of the field, which is one by the root of its number of words.
func (in *impacts) weight(at int) float64 {
	packed := in.packed[at]
	times, length := packed>>lengthBits, packed&(1<<lengthBits-1)
	switch {
	case packed == none:
		return in.unusual[at]
	case times < uint32(len(roots)) && length < uint32(len(norms)):
		return roots[times] * norms[length]
	}
	return math.Sqrt(float64(times)) * fieldNorm(length)
}

// fieldNorm is that of a field with so many words, as Bleve has it.
func fieldNorm(words uint32) float64 { return float64(float32(1 / math.Sqrt(float64(words)))) }

// roots and norms are those of small numbers: to compute one takes longer than all else.
var (
	roots [64]float64
	norms [4096]float64
)

func init() {
	for i := range roots {
		roots[i] = math.Sqrt(float64(i))
	}
	for i := range norms {
		norms[i] = fieldNorm(uint32(i))
	}
}
