package search

import (
	"context"
	"sync"
	"time"

	"clearinghouse/catalog"
)

// known is what was found out about the state of the index that a snapshot names, and is
// asked for again and again.
type known struct {
	sync.Mutex
	snapshot string
	facts
}

type facts struct {
	rarity  map[int]float64   // of concepts
	records map[conceptIn]int // that are found by choosing a concept
}

// conceptIn is a concept as readers of a language know it.
type conceptIn struct {
	concept int
	reader  string
}

// at are the facts of a snapshot, which are forgotten with the next one. The lock must
// be held.
func (k *known) at(snapshot string) facts {
	if k.snapshot != snapshot {
		k.snapshot, k.facts = snapshot, facts{map[int]float64{}, map[conceptIn]int{}}
	}
	return k.facts
}

// warm finds out all of it for the present state of the index, and where each concept is
// named: of a search for a concept that nobody has asked for yet this is most of the time,
// and of suggestions nearly all (BenchmarkLevers). It takes half of a processor at most.
func (x *Index) warm(ctx context.Context) error {
	v, err := x.view()
	if err != nil {
		return err
	}
	defer v.close()
	v.passing = true
	work := []func(concept int) error{func(concept int) error { _, err := x.rarity(ctx, v, concept); return err }}
	for _, l := range catalog.Languages {
		work = append(work, func(concept int) error { _, err := x.records(ctx, v, concept, l); return err })
	}
	for _, find := range work {
		for i := range x.vocabulary().concepts {
			if x.Snapshot() != v.snapshot {
				return nil // it is no longer the present one
			}
			began := time.Now()
			if err := find(i); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Since(began)):
			}
		}
	}
	return nil
}
