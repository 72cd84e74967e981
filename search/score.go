package search

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
)

// Bleve's searchers go from document to document through dozens of postings, through
// several calls for each, and decode what each has of it from the disk's form. Here the
// documents that match are known, by bitmaps, and are given their scores a block at a
// time, from postings that were decoded once: with the same formula, so that the scores
// are those of the searchers but for the rounding of sums. Of what users type to 100,000
// records the first twenty are found in a thirteenth of the time (BenchmarkLevers).

// block is how many documents are scored at a time.
const block = 512

// absent is the score of a document that a node does not match.
const absent = -1

// scorer gives scores to documents.
type scorer interface {
	// in moves to a segment, of which these documents will be scored, in their order.
	in(leaf int, documents []uint32) error
	// score sets the scores of at most block documents. It gives false, and out may
	// be anything, if it matches none of them.
	score(documents []uint32, out []float64) bool
	// most is the highest score that a document of the segment may have.
	most() float64
	// reach adds the documents of the segment that may have a score of least, which is
	// above 0, or more: bit d%64 of bits[d/64].
	reach(least float64, bits []uint64)
}

// scoring makes the scorers of nodes in a view, for documents of a set.
type scoring struct {
	*view
	ctx context.Context
	set *roaring.Bitmap
	all uint64 // documents in the view
	// rooms are those of the scorers of each depth: of those side by side one scores at
	// a time.
	rooms []*room
	depth int
}

// room is where a scorer keeps what its children give.
type room struct {
	one, best [block]float64
	matched   [block]int32
	places    [block]int32
	ats       [block]int32
}

// scorer is that of a node, until done is called.
func (v *view) scorer(ctx context.Context, n node, set *roaring.Bitmap) (of scorer, done func(), err error) {
	all, err := v.reader.DocCount()
	if err != nil {
		return nil, nil, fmt.Errorf("searching: %w", err)
	}
	s := &scoring{view: v, ctx: ctx, set: set, all: all}
	of, err = s.of(n)
	return of, s.done, err
}

var rooms = sync.Pool{New: func() any { return new(room) }}

func (s *scoring) done() {
	for _, r := range s.rooms {
		rooms.Put(r)
	}
	s.rooms = nil
}

func (s *scoring) of(n node) (scorer, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	in := s.room()
	s.depth++
	defer func() { s.depth-- }()
	switch n := n.(type) {
	case everything:
		return s.constant(n, 1)
	case constant:
		return s.constant(n.of, n.score)
	case term:
		return s.term(n)
	case phrase:
		return s.phrase(n)
	case allOf:
		children, err := s.several(n)
		return &allScorer{children, in}, err
	case someOf:
		children, err := s.several(n.of)
		return &someScorer{someOf: n, children: children, room: in, leaves: s.leaves}, err
	case preferring:
		must, err := s.of(n.must)
		if err != nil {
			return nil, err
		}
		wish, err := s.of(n.wish)
		return &preferringScorer{must, wish, in}, err
	case lesser:
		must, err := s.of(n.must)
		if err != nil {
			return nil, err
		}
		less, err := s.constant(n.less, 0)
		return &lesserScorer{must, less, n.share, in}, err
	case without:
		must, err := s.of(n.must)
		if err != nil {
			return nil, err
		}
		not, err := s.constant(n.not, 0)
		return &withoutScorer{must, not, in}, err
	}
	return s.constant(n, 0) // the others have no score
}

// room is that of the present depth.
func (s *scoring) room() *room {
	if s.depth == len(s.rooms) {
		s.rooms = append(s.rooms, rooms.Get().(*room))
	}
	return s.rooms[s.depth]
}

func (s *scoring) several(nodes []node) ([]scorer, error) {
	out := make([]scorer, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = s.of(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// constant gives the same score to what a node matches.
func (s *scoring) constant(n node, score float64) (scorer, error) {
	of, err := s.documents(s.ctx, n)
	if err != nil {
		return nil, err
	}
	if of != s.set {
		of = roaring.And(of, s.set)
	}
	return &listScorer{lists: s.byLeaf(of), same: score, merging: merging{room: s.room()}}, nil
}

// term scores as Bleve's TermQueryScorer: tf · norm · idf, times the weight and the idf
// again.
func (s *scoring) term(n term) (scorer, error) {
	of, err := s.documents(s.ctx, n)
	if err != nil || !of.Intersects(s.set) {
		return nobody{}, err
	}
	idf := idf(int(of.GetCardinality()), s.all)
	return &termScorer{scoring: s, term: fieldTerm{n.field, n.text}, idf: idf, weight: n.weight * idf, merging: merging{room: s.room()}}, nil
}

// phrase asks Bleve's searcher: what has the words is little already.
func (s *scoring) phrase(n phrase) (scorer, error) {
	if len(n.terms) == 1 {
		return s.term(term{n.field, n.terms[0], n.weight})
	}
	found := roaring.New()
	scores := &listScorer{merging: merging{room: s.room()}}
	err := each(s.ctx, s.reader, n, search.SearcherOptions{}, func(d *search.DocumentMatch) (bool, error) {
		found.Add(uint32(d.IndexInternalID.Value()))
		scores.scores = append(scores.scores, d.Score)
		return true, nil
	})
	scores.lists = s.byLeaf(found)
	return scores, err
}

// nobody matches nothing.
type nobody struct{}

func (nobody) in(int, []uint32) error         { return nil }
func (nobody) score([]uint32, []float64) bool { return false }

// listScorer has the documents that match, and their scores or the same for all.
type listScorer struct {
	lists  []inLeaf
	scores []float64 // of all lists, one after the other; nil if they are the same
	same   float64
	from   int // where in scores the list begins
	merging
}

func (s *listScorer) in(leaf int, _ []uint32) error {
	s.from = 0
	for _, before := range s.lists[:leaf] {
		s.from += len(before.documents)
	}
	s.have, s.at = s.lists[leaf].documents, 0
	return nil
}

func (s *listScorer) score(documents []uint32, out []float64) bool {
	return dense(s, s.room, documents, out)
}

func (s *listScorer) matches(documents []uint32, places *[block]int32, scores []float64) int {
	n := s.common(documents, places)
	for k, at := range s.ats[:n] {
		if scores[k] = s.same; s.scores != nil {
			scores[k] = s.scores[s.from+int(at)]
		}
	}
	return n
}

type termScorer struct {
	*scoring
	term        fieldTerm
	idf, weight float64
	impacts     *impacts
	merging
}

func (s *termScorer) in(leaf int, documents []uint32) error {
	in, err := s.cache.termImpacts(s.leaves[leaf], s.term, documents)
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	s.impacts, s.have, s.at = in, in.documents, 0
	return nil
}

func (s *termScorer) score(documents []uint32, out []float64) bool {
	return dense(s, s.merging.room, documents, out)
}

func (s *termScorer) matches(documents []uint32, places *[block]int32, scores []float64) int {
	n := s.common(documents, places)
	for k, at := range s.ats[:n] {
		scores[k] = s.impacts.weight(int(at)) * s.idf * s.weight
	}
	return n
}

// leafScorer is a scorer without children. What it matches is often little of a block.
type leafScorer interface {
	scorer
	// matches sets the places of the documents that it matches and, one after the other,
	// their scores, and gives their number.
	matches(documents []uint32, places *[block]int32, scores []float64) int
}

// dense is score of a leafScorer.
func dense(s leafScorer, in *room, documents []uint32, out []float64) bool {
	n := s.matches(documents, &in.places, in.one[:])
	if n == 0 {
		return false
	}
	spread(in.places[:n], in.one[:n], out[:len(documents)])
	return true
}

// spread sets out to the scores in some places and to absent in all others.
func spread(places []int32, scores, out []float64) {
	for i := range out {
		out[i] = absent
	}
	for k, i := range places {
		out[i] = scores[k]
	}
}

// merging goes through the documents that a scorer has, in step with those asked for.
type merging struct {
	have []uint32
	at   int
	*room
}

// common sets the places of the documents that the scorer has, in ats where it has them,
// and gives their number.
func (m *merging) common(documents []uint32, places *[block]int32) (n int) {
	have := m.have
	at := seek(have, m.at, documents[0])
	end := seek(have, at, documents[len(documents)-1]+1)
	m.at = end
	have = have[:end]
	if 4*(end-at) < len(documents) {
		for i := 0; at < end; at++ {
			if i = seek(documents, i, have[at]); documents[i] == have[at] {
				places[n], m.ats[n] = int32(i), int32(at)
				n++
			}
		}
		return n
	}
	for i, d := range documents {
		if at < end && have[at] < d {
			at = seek(have, at, d)
		}
		if at == end {
			break
		}
		if have[at] == d {
			places[n], m.ats[n] = int32(i), int32(at)
			n++
		}
	}
	return n
}

// seek is the first place from at on that has no document before d.
func seek(have []uint32, at int, d uint32) int {
	step := 1
	for at+step < len(have) && have[at+step] < d {
		at += step
		step *= 2
	}
	end := min(at+step, len(have))
	for at < end && have[at] < d {
		if middle := at + (end-at)/2; have[middle] < d {
			at = middle + 1
		} else {
			end = middle
		}
	}
	return at
}

// allScorer adds up the scores of what all match.
type allScorer struct {
	children []scorer
	*room
}

func (s *allScorer) in(leaf int, documents []uint32) error { return inAll(s.children, leaf, documents) }

func inAll(all []scorer, leaf int, documents []uint32) error {
	for _, s := range all {
		if err := s.in(leaf, documents); err != nil {
			return err
		}
	}
	return nil
}

func (s *allScorer) score(documents []uint32, out []float64) bool {
	for k, child := range s.children {
		to := out
		if k > 0 {
			to = s.one[:len(documents)]
		}
		if !child.score(documents, to) {
			return false
		}
		if k == 0 {
			continue
		}
		for i := range out[:len(documents)] {
			if out[i] == absent || to[i] == absent {
				out[i] = absent
			} else {
				out[i] += to[i]
			}
		}
	}
	return true
}

// someScorer scores as bestSearcher.
type someScorer struct {
	someOf
	children []scorer
	*room
	leaves []leaf
	first  uint32 // document of the segment
}

func (s *someScorer) in(leaf int, documents []uint32) error {
	s.first = s.leaves[leaf].first
	return inAll(s.children, leaf, documents)
}

func (s *someScorer) score(documents []uint32, out []float64) bool {
	out = out[:len(documents)]
	one, best, matched := s.one[:len(documents)], s.best[:len(documents)], s.matched[:len(documents)]
	active := 0
	for _, child := range s.children {
		leaf, isLeaf := child.(leafScorer)
		n := 0
		switch {
		case isLeaf:
			if n = leaf.matches(documents, &s.places, one); n == 0 {
				continue
			}
			if active == 0 {
				spread(s.places[:n], one, out)
			}
		case active == 0:
			if !child.score(documents, out) {
				continue
			}
		case !child.score(documents, one):
			continue
		}
		if active++; active == 1 {
			continue
		}
		if active == 2 {
			for i, score := range out {
				best[i], matched[i] = score, 1
				if score == absent {
					out[i], best[i], matched[i] = 0, 0, 0
				}
			}
		}
		if isLeaf {
			for k, i := range s.places[:n] {
				matched[i]++
				out[i] += one[k]
				best[i] = max(best[i], one[k])
			}
			continue
		}
		for i, score := range one {
			if score != absent {
				matched[i]++
				out[i] += score
				best[i] = max(best[i], score)
			}
		}
	}
	switch {
	case active == 0, active < s.least:
		return false
	case active == 1: // what does not match is absent as it is
		for i, score := range out {
			if score != absent {
				out[i] = s.coordinated(score, 1)
			}
		}
		return true
	}
	any := false
	for i := range out {
		if int(matched[i]) < max(s.least, 1) {
			out[i] = absent
			continue
		}
		any = true
		out[i] = s.coordinated(best[i]+s.tie*(out[i]-best[i]), int(matched[i]))
	}
	return any
}

// coordinated is the score of what so many of the nodes match.
func (s *someScorer) coordinated(score float64, matched int) float64 {
	switch all := len(s.children); {
	case s.coordination == 0:
		return score
	case matched == all:
		return score * allWords
	default:
		return score * math.Pow(float64(matched)/float64(all), s.coordination)
	}
}

// preferringScorer adds the score of what is wished.
type preferringScorer struct {
	must, wish scorer
	*room
}

func (s *preferringScorer) in(leaf int, documents []uint32) error {
	return inAll([]scorer{s.must, s.wish}, leaf, documents)
}

func (s *preferringScorer) score(documents []uint32, out []float64) bool {
	if !s.must.score(documents, out) {
		return false
	}
	if s.wish.score(documents, s.one[:]) {
		for i := range documents {
			if out[i] != absent && s.one[i] != absent {
				out[i] += s.one[i]
			}
		}
	}
	return true
}

// lesserScorer multiplies the score of what less matches.
type lesserScorer struct {
	must, less scorer
	share      float64
	*room
}

func (s *lesserScorer) in(leaf int, documents []uint32) error {
	return inAll([]scorer{s.must, s.less}, leaf, documents)
}

func (s *lesserScorer) score(documents []uint32, out []float64) bool {
	if !s.must.score(documents, out) {
		return false
	}
	if s.less.score(documents, s.one[:]) {
		for i := range documents {
			if out[i] != absent && s.one[i] != absent {
				out[i] *= s.share
			}
		}
	}
	return true
}

// withoutScorer leaves out what not matches.
type withoutScorer struct {
	must, not scorer
	*room
}

func (s *withoutScorer) in(leaf int, documents []uint32) error {
	return inAll([]scorer{s.must, s.not}, leaf, documents)
}

func (s *withoutScorer) score(documents []uint32, out []float64) bool {
	if !s.must.score(documents, out) {
		return false
	}
	if s.not.score(documents, s.one[:]) {
		for i := range documents {
			if s.one[i] != absent {
				out[i] = absent
			}
		}
	}
	return slices.ContainsFunc(out[:len(documents)], func(score float64) bool { return score != absent })
}
