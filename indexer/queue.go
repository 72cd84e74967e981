package indexer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// pending is a request that is still to be made.
type pending struct {
	format.Request
	Tries int `json:"tries,omitempty"`
}

// queue is what a harvest still asks for, and marks of all that it ever did. It
// is kept as notes, one for each request and each mark, so that a page of a
// harvest writes only what changed with it.
type queue struct {
	requests []queued // the next one last
	marks    map[string]bool
	notes    map[string][]byte // changes since the last page was saved
	forget   bool              // no page was saved yet: the notes of an earlier queue are still there
}

// queued is a pending request and its place: those that come first have the
// smaller ones.
type queued struct {
	place int64
	pending
}

// The keys of notes begin with what they hold.
const (
	requestNote = "r" // then the place, of 19 digits
	markNote    = "m" // then the mark, without a value
	refusalNote = "x" // then its number, of 3 digits
	leftOutNote = "y" // likewise
)

// middle is the place of the first request; places go from it both ways.
const middle = 1 << 62

func placeNote(place int64) string { return fmt.Sprintf("%s%019d", requestNote, place) }

// newQueue begins a queue with the given requests.
func newQueue(start []format.Request) *queue {
	q := &queue{marks: map[string]bool{}, notes: map[string][]byte{}, forget: true}
	for _, r := range slices.Backward(start) {
		q.add(r)
	}
	return q
}

// resumed reads the notes of a run that was cut off: its queue and, for its
// report, what it refused and left out.
func resumed(notes map[string][]byte, run *catalog.Run) (*queue, error) {
	q := &queue{marks: map[string]bool{}, notes: map[string][]byte{}}
	for _, key := range slices.Sorted(maps.Keys(notes)) {
		var err error
		switch key[:1] {
		case markNote:
			q.marks[key[1:]] = true
		case requestNote:
			var r queued
			if r.place, err = strconv.ParseInt(key[1:], 10, 64); err == nil {
				err = json.Unmarshal(notes[key], &r.pending)
			}
			q.requests = append(q.requests, r)
		case refusalNote:
			var r catalog.Refusal
			err = json.Unmarshal(notes[key], &r)
			run.Refusals = append(run.Refusals, r)
		case leftOutNote:
			var r catalog.Refusal
			err = json.Unmarshal(notes[key], &r)
			run.LeftOut = append(run.LeftOut, r)
		}
		if err != nil {
			return nil, fmt.Errorf("the note %q is not of a harvest: %w", key, err)
		}
	}
	slices.Reverse(q.requests)
	return q, nil
}

func (q *queue) length() int { return len(q.requests) }

// asked is how many different requests there ever were.
func (q *queue) asked() int { return len(q.marks) }

func (q *queue) first() pending { return q.requests[len(q.requests)-1].pending }

// drop removes the first request.
func (q *queue) drop() {
	last := len(q.requests) - 1
	q.notes[placeNote(q.requests[last].place)] = nil
	q.requests = q.requests[:last]
}

// add puts a request first that was not asked before. It returns false if there
// are too many.
func (q *queue) add(r format.Request) bool {
	m := mark(r.Key())
	if q.marks[m] {
		return true
	}
	if len(q.marks) >= maxRequests {
		return false
	}
	q.marks[m] = true
	q.notes[markNote+m] = []byte{}
	q.putFirst(pending{Request: r})
	return true
}

func (q *queue) putFirst(p pending) {
	place := int64(middle)
	if n := len(q.requests); n > 0 {
		place = q.requests[n-1].place - 1
	}
	q.requests = append(q.requests, q.noted(place, p))
}

func (q *queue) putLast(p pending) {
	place := int64(middle)
	if len(q.requests) > 0 {
		place = q.requests[0].place + 1
	}
	q.requests = slices.Insert(q.requests, 0, q.noted(place, p))
}

func (q *queue) noted(place int64, p pending) queued {
	q.note(placeNote(place), p)
	return queued{place: place, pending: p}
}

// note keeps a value that can be JSON.
func (q *queue) note(key string, value any) {
	note, err := json.Marshal(value)
	if err != nil {
		panic(err) // it is text and numbers
	}
	q.notes[key] = note
}

// changes are the notes to save with the next page, and whether it is the first.
func (q *queue) changes() (notes map[string][]byte, forget bool) { return q.notes, q.forget }

// saved says that the changes were.
func (q *queue) saved() { q.notes, q.forget = map[string][]byte{}, false }
