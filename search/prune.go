package search

import (
	"math"
	"slices"
)

// Of the thousands of documents that frequent words match only the first twenty are shown,
// and most of the others cannot be among them: no part of the query that they match can
// have so high a score. A sample of the documents shows about how high it must be; then
// only those are scored of which some part can bring them there. That takes three quarters
// of the time, and half of it for the slowest twentieth of queries (BenchmarkLevers).

// prunedFrom is how many documents of a segment there must be for that to pay, and leastSample
// how many of them a sample has at least; tests that have few set them.
var prunedFrom, leastSample = 2000, 512

const (
	// A sample is one of sampledOf documents, but at most mostSample.
	sampledOf  = 32
	mostSample = 4096
	// rounding is the share of a score that sums in another order may lack.
	rounding = 1e-9
)

// goal is the score that limit of the documents of a segment will probably reach, and not
// many more.
func goal(scores scorer, documents []uint32, limit int) float64 {
	size := min(max(leastSample, len(documents)/sampledOf), mostSample, len(documents))
	sample := make([]uint32, size)
	for i := range sample {
		sample[i] = documents[i*len(documents)/size]
	}
	of := make([]float64, size)
	for from := 0; from < size; from += block {
		to := min(from+block, size)
		if !scores.score(sample[from:to], of[from:to]) {
			clear(of[from:to])
		}
	}
	slices.Sort(of)
	expected := float64(limit) * float64(size) / float64(len(documents)) // of them in the sample
	place := int(expected+2*math.Sqrt(expected)) + 3
	return max(0, of[max(0, size-place)])
}

// reaching are those of the documents of a segment that may have a score of least or more.
func (v *view) reaching(scores scorer, in inLeaf, least float64) []uint32 {
	bits := make([]uint64, in.size/64+1)
	scores.reach(least*(1-rounding), bits)
	out := v.arena.take(len(in.documents))[:0]
	for _, d := range in.documents {
		if bits[d/64]&(1<<(d%64)) != 0 {
			out = append(out, d)
		}
	}
	return out
}

// share is the greatest score such that parts, none of which has more, reach less than
// least together. together is greater for greater parts.
func share(most []float64, least float64, together func(parts []float64) float64) float64 {
	parts := make([]float64, len(most))
	reach := func(each float64) float64 {
		for i, m := range most {
			parts[i] = min(m, each)
		}
		return together(parts)
	}
	if reach(least) < least {
		return least
	}
	low, high := 0.0, least
	for range 20 {
		if middle := (low + high) / 2; reach(middle) < least {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func sum(parts []float64) float64 {
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}

// mostOf are the highest scores of scorers.
func mostOf(scorers []scorer) []float64 {
	out := make([]float64, len(scorers))
	for i, s := range scorers {
		out[i] = s.most()
	}
	return out
}

func (nobody) most() float64           { return 0 }
func (nobody) reach(float64, []uint64) {}

func (s *listScorer) most() float64 {
	switch {
	case len(s.have) == 0:
		return 0
	case s.scores == nil:
		return s.same
	}
	return slices.Max(s.scores[s.from : s.from+len(s.have)])
}

func (s *listScorer) reach(least float64, bits []uint64) {
	for at, d := range s.have {
		if s.scores == nil && s.same >= least || s.scores != nil && s.scores[s.from+at] >= least {
			bits[d/64] |= 1 << (d % 64)
		}
	}
}

func (s *termScorer) most() float64 { return s.impacts.most * s.idf * s.weight }

func (s *termScorer) reach(least float64, bits []uint64) {
	if s.most() < least {
		return
	}
	for at, d := range s.have {
		if s.impacts.weight(at)*s.idf*s.weight >= least {
			bits[d/64] |= 1 << (d % 64)
		}
	}
}

func (s *allScorer) most() float64 { return sum(mostOf(s.children)) }

func (s *allScorer) reach(least float64, bits []uint64) {
	reachAny(s.children, share(mostOf(s.children), least, sum), bits)
}

func reachAny(scorers []scorer, least float64, bits []uint64) {
	for _, s := range scorers {
		s.reach(least, bits)
	}
}

func (s *someScorer) most() float64 {
	if s.more != nil {
		return math.Inf(1)
	}
	return s.together(mostOf(s.children))
}

func (s *someScorer) together(parts []float64) float64 {
	best := 0.0
	for _, p := range parts {
		best = max(best, p)
	}
	return (best + s.tie*(sum(parts)-best)) * s.factor()
}

// factor is the greatest that a score is multiplied by, but for those in more.
func (s *someScorer) factor() float64 {
	if s.coordination == 0 {
		return 1
	}
	if s.more == nil {
		return max(1, allWords)
	}
	return s.coordinated(1, s.least)
}

func (s *someScorer) reach(least float64, bits []uint64) {
	reachAny(s.children, share(mostOf(s.children), least, s.together), bits)
	if s.more != nil {
		for i := s.more.Iterator(); i.HasNext(); {
			if d := i.Next(); d >= s.first && d-s.first < uint32(64*len(bits)) {
				d -= s.first
				bits[d/64] |= 1 << (d % 64)
			}
		}
	}
}

func (s *preferringScorer) most() float64 { return s.must.most() + s.wish.most() }

func (s *preferringScorer) reach(least float64, bits []uint64) {
	s.must.reach(max(0, least-s.wish.most()), bits)
}

func (s *lesserScorer) most() float64                       { return s.must.most() }
func (s *lesserScorer) reach(least float64, bits []uint64)  { s.must.reach(least, bits) }
func (s *withoutScorer) most() float64                      { return s.must.most() }
func (s *withoutScorer) reach(least float64, bits []uint64) { s.must.reach(least, bits) }
