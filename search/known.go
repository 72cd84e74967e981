package search

import "sync"

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
