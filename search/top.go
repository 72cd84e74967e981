package search

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"clearinghouse/catalog"
)

// Bleve's collector reads what it sorts by from doc values, 1,024 documents for one, and
// the id of each document that it keeps for a while. Here the first of each segment are
// chosen by numbers from columns in memory, and those of all then put in order: to browse
// takes less than a hundredth of the time (BenchmarkEngine).

// order is how hits are sorted; ties are by id.
type order struct {
	name string // of catalog.Sorts
	// title is the language whose titles are sorted, if name is that
	title string
}

// sortOrder is the order that q asks for.
func sortOrder(q catalog.Query) (order, error) {
	switch q.Sort {
	case "relevance", "":
		if q.Text == "" {
			return order{name: "newest"}, nil
		}
		return order{name: "relevance"}, nil
	case "newest", "updated":
		return order{name: q.Sort}, nil
	case "title":
		if !catalog.IsLanguage(q.Language) {
			return order{"title", catalog.DefaultLanguage}, nil
		}
		return order{"title", q.Language}, nil
	}
	return order{}, &catalog.Error{Code: catalog.Invalid, Param: "sort", Allowed: catalog.Sorts, Message: fmt.Sprintf("there is no order %.40q: choose another", q.Sort)}
}

// byScore is the order by relevance.
var byScore = order{name: "relevance"}

// scored reports whether the order is that of scores.
func (o order) scored() bool { return o == byScore }

// placed is a document of the index that was found.
type placed struct {
	leaf     int
	document uint32 // in the segment
	rank     uint64 // the smaller, the further to the front; of titles only within a segment
	title    string // sort key, if that is the order
	id       string

	explanation *catalog.Explanation
}

// number is that of f in the view.
func (v *view) number(f placed) uint32 { return v.leaves[f.leaf].first + f.document }

func (f *placed) compare(other *placed) int {
	return cmp.Or(cmp.Compare(f.title, other.title), cmp.Compare(f.rank, other.rank), cmp.Compare(f.id, other.id))
}

// score is the score of a document found by relevance.
func (f *placed) score() float64 { return scoreOf(f.rank) }

func scoreOf(rank uint64) float64 { return math.Float64frombits(^rank) }

// rankOfScore is smaller for a greater score, which is not negative: then the bits of
// floating point numbers are in their order.
func rankOfScore(score float64) uint64 { return ^math.Float64bits(score) }

// rankOfTime is smaller for a later time.
func rankOfTime(nanoseconds int64) uint64 { return ^uint64(nanoseconds) }

// key is what f is sorted by, as in a cursor.
func (o order) key(f *placed) string {
	switch o.name {
	case "relevance":
		return strconv.FormatFloat(f.score(), 'g', -1, 64)
	case "title":
		return hex.EncodeToString([]byte(f.title))
	}
	return time.Unix(0, int64(^f.rank)).UTC().Format(indexTime)
}

// at is what has the key and the id; ok is false if nothing can have that key.
func (o order) at(key, id string) (f *placed, ok bool) {
	f = &placed{id: id}
	switch o.name {
	case "relevance":
		score, err := strconv.ParseFloat(key, 64)
		f.rank = rankOfScore(score)
		return f, err == nil && score >= 0
	case "title":
		title, err := hex.DecodeString(key)
		f.title = string(title)
		return f, err == nil
	}
	t, err := time.Parse(indexTime, key)
	f.rank = rankOfTime(t.UnixNano())
	return f, err == nil
}

// top are the first of all in an order, at most limit, those after another one if that is not
// nil. n gives the scores, if they are what the order is of.
func (v *view) top(ctx context.Context, n node, all selection, o order, after *placed, limit int) (out []placed, err error) {
	defer unreadable(&err)
	var scores scorer
	if o.scored() {
		of, done, err := v.scorer(ctx, n, all.set)
		if err != nil {
			return nil, err
		}
		defer done()
		scores = of
	}
	for i, in := range all.leaves {
		if len(in.documents) == 0 {
			continue
		}
		best, err := v.topInLeaf(ctx, i, in, all.set, scores, o, after, limit)
		if err != nil {
			return nil, err
		}
		out = append(out, best...)
	}
	slices.SortFunc(out, func(a, b placed) int { return a.compare(&b) })
	return out[:min(limit, len(out))], nil
}

// topInLeaf are the first of the documents in a segment, which are those of set there.
func (v *view) topInLeaf(ctx context.Context, leaf int, in inLeaf, set *roaring.Bitmap, scores scorer, o order, after *placed, limit int) ([]placed, error) {
	ids, err := v.columns.ids(in.leaf)
	if err != nil {
		return nil, err
	}
	rank, titles, err := v.ranking(leaf, in, scores, o)
	if err != nil {
		return nil, err
	}
	var begin ranked
	if after != nil {
		begin, err = after.place(ids, titles)
		if err != nil {
			return nil, err
		}
	}
	best := heap{most: limit}
	choose := func(from []uint32) error {
		var ranks [block]uint64
		for documents := range slices.Chunk(from, block) {
			if err := ctx.Err(); err != nil {
				return err
			}
			rank(documents, ranks[:])
			for i, d := range documents {
				if best.full() && ranks[i] > best.of[0].rank {
					continue
				}
				r := ranked{ranks[i], ids.ranks[d], d}
				if after == nil || r.compare(begin) >= 0 {
					best.add(r)
				}
			}
		}
		return nil
	}
	done := false
	if scores == nil && len(in.documents) > walkedFrom {
		sequence, err := v.inOrder(in, o, ids, rank)
		if err != nil {
			return nil, err
		}
		best.of, done = walk(sequence, set, in.first, begin, limit, len(in.documents)/walkedShare, ids, rank)
	}
	if scores != nil && after == nil && len(in.documents) > prunedFrom {
		least := goal(scores, in.documents, limit)
		for round := 0; least > 0 && !done && round < 2; round++ {
			if err := scores.in(leaf, in.documents); err != nil {
				return nil, err
			}
			best.of = best.of[:0]
			if err := choose(v.reaching(scores, in, least)); err != nil {
				return nil, err
			}
			lowest := 0.0
			if best.full() {
				lowest = scoreOf(best.of[0].rank)
			}
			done = lowest >= least // no other can be among them
			least = lowest
		}
		if err := scores.in(leaf, in.documents); err != nil {
			return nil, err
		}
	}
	if !done {
		best.of = best.of[:0]
		if err := choose(in.documents); err != nil {
			return nil, err
		}
	}
	out := make([]placed, len(best.of))
	for i, r := range best.of {
		out[i] = placed{leaf: leaf, document: r.document, rank: r.rank, id: ids.at(r.id)}
		if titles != nil {
			out[i].rank = 0
			if out[i].title, err = titles.at(r.rank); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// ranking ranks documents of a segment.
func (v *view) ranking(leaf int, in inLeaf, scores scorer, o order) (rank func([]uint32, []uint64), titles *titleColumn, err error) {
	switch o.name {
	case "relevance":
		var of [block]float64
		return func(documents []uint32, ranks []uint64) {
			any := scores.score(documents, of[:])
			for i := range documents {
				score := 0.0
				if any {
					score = max(score, of[i])
				}
				ranks[i] = rankOfScore(score)
			}
		}, nil, scores.in(leaf, in.documents)
	case "title":
		titles, err := v.columns.titles(in.leaf, o.title)
		return func(documents []uint32, ranks []uint64) {
			for i, d := range documents {
				ranks[i] = uint64(titles.ordinals[d])
			}
		}, titles, err
	}
	field := addedField
	if o.name == "updated" {
		field = updatedField
	}
	times, err := v.columns.times(in.leaf, field)
	return func(documents []uint32, ranks []uint64) {
		for i, d := range documents {
			ranks[i] = rankOfTime(times[d])
		}
	}, nil, err
}

// place is the least that comes after f in a segment.
func (f *placed) place(ids *idColumn, titles *titleColumn) (ranked, error) {
	r := ranked{rank: f.rank}
	if titles != nil {
		var here bool
		var err error
		if r.rank, here, err = titles.place(f.title); err != nil || !here {
			return r, err
		}
	}
	r.id = ids.after(f.id)
	return r, nil
}

// ranked is a document of a segment by what it is sorted by there.
type ranked struct {
	rank     uint64
	id       uint32 // the place of its id in the order of ids
	document uint32
}

func (r ranked) compare(other ranked) int {
	return cmp.Or(cmp.Compare(r.rank, other.rank), cmp.Compare(r.id, other.id))
}

// heap keeps the first of those added, the last of them on top.
type heap struct {
	most int
	of   []ranked
}

func (h *heap) full() bool { return len(h.of) == h.most }

func (h *heap) add(r ranked) {
	if !h.full() {
		h.of = append(h.of, r)
		for i := len(h.of) - 1; i > 0; {
			parent := (i - 1) / 2
			if h.of[i].compare(h.of[parent]) <= 0 {
				return
			}
			h.of[i], h.of[parent] = h.of[parent], h.of[i]
			i = parent
		}
		return
	}
	if r.compare(h.of[0]) >= 0 {
		return
	}
	h.of[0] = r
	for i := 0; ; {
		last := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.of); child++ {
			if h.of[child].compare(h.of[last]) > 0 {
				last = child
			}
		}
		if last == i {
			return
		}
		h.of[i], h.of[last] = h.of[last], h.of[i]
		i = last
	}
}
