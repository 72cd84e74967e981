package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

func TestGetAsOf(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a", "ab")) // 1, 2
	save(t, s, page(t, 1, "two", "a"))       // 3
	gone := page(t, 2, "")
	gone.Withdrawn = []string{"s:a"} // 4
	save(t, s, gone)
	for _, c := range []struct {
		native       string
		seq          uint64
		title, state string
	}{
		{"a", 1, "one", catalog.Published},
		{"a", 2, "one", catalog.Published},
		{"a", 3, "two", catalog.Published},
		{"a", 4, "two", catalog.Withdrawn},
		{"a", math.MaxUint64, "two", catalog.Withdrawn},
		{"ab", 2, "one", catalog.Published},
		{"ab", 1, "", ""},
		{"a", 0, "", ""},
		{"", 9, "", ""},
		{"b", 9, "", ""},
	} {
		e, err := s.GetAsOf("s:"+c.native, c.seq)
		if c.title == "" {
			refused(t, err, catalog.NotFound)
			continue
		}
		check(t, err)
		if e.Record.Title["en"] != c.title || e.Envelope.State != c.state {
			t.Errorf("%s as of %d: %s, %s", c.native, c.seq, e.Record.Title, e.Envelope.State)
		}
	}
	history, err := s.History("s:a")
	check(t, err)
	var seqs []uint64
	for _, e := range history {
		seqs = append(seqs, e.Envelope.Seq)
	}
	if diff := cmp.Diff([]uint64{1, 3, 4}, seqs); diff != "" {
		t.Errorf("history (-want +have):\n%s", diff)
	}
	for _, id := range []string{"s:b", "s:", "", "s:a\x00", strings.Repeat("x", 100_000)} {
		_, err = s.History(id)
		refused(t, err, catalog.NotFound)
		_, err = s.Get(id)
		refused(t, err, catalog.NotFound)
	}
}

// TestAsOfWhileWriting reads the whole store at several sequence numbers while
// a writer replaces all records again and again: each read is one state.
func TestAsOfWhileWriting(t *testing.T) {
	const records, rounds = 2*batchEntries + 7, 8
	natives := make([]string, records)
	for i := range natives {
		natives[i] = fmt.Sprintf("%05d", i)
	}
	pages := make([]catalog.Page, rounds)
	for n := range pages {
		pages[n] = page(t, n, fmt.Sprint(n+1), natives...)
	}
	s := open(t, t.TempDir())
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for round := 1; round <= rounds; round++ {
				head := uint64(round * records)
				if err := s.Wait(t.Context(), head-1); err != nil {
					t.Error(err)
					return
				}
				last, n := "", 0
				for e, err := range s.All(t.Context(), head) {
					if err != nil {
						t.Error(err)
						return
					}
					if e.Record.Title["en"] != fmt.Sprint(round) || e.Record.ID <= last {
						t.Errorf("as of %d: %s after %q is of round %s", head, e.Record.ID, last, e.Record.Title["en"])
						return
					}
					last = e.Record.ID
					n++
				}
				if n != records {
					t.Errorf("as of %d: %d records", head, n)
				}
			}
		})
	}
	readers.Go(func() { // follows the log as the index does
		for after := uint64(0); after < records*rounds; {
			if err := s.Wait(t.Context(), after); err != nil {
				t.Error(err)
				return
			}
			changes, err := s.Changes(t.Context(), after, 300)
			if err != nil || len(changes) == 0 || changes[0].Seq != after+1 {
				t.Errorf("after %d: %d changes, %v", after, len(changes), err)
				return
			}
			after = changes[len(changes)-1].Seq
		}
	})
	for _, p := range pages {
		save(t, s, p)
	}
	readers.Wait()
	sound(t, s)
}

func TestAll(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "b", "a"))
	gone := page(t, 1, "two", "c")
	gone.Withdrawn = []string{"s:a"}
	save(t, s, gone)
	ids := func(asOf uint64) (out []string) {
		for e, err := range s.All(t.Context(), asOf) {
			check(t, err)
			out = append(out, e.Record.ID+" "+e.Envelope.State)
		}
		return out
	}
	for asOf, want := range map[uint64][]string{
		0:        nil,
		1:        {"s:a published"},
		2:        {"s:a published", "s:b published"},
		s.Head(): {"s:a withdrawn", "s:b published", "s:c published"},
	} {
		if diff := cmp.Diff(want, ids(asOf)); diff != "" {
			t.Errorf("as of %d (-want +have):\n%s", asOf, diff)
		}
	}
	for range s.All(t.Context(), s.Head()) {
		break // a reader may stop
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.All(ctx, s.Head()) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

// TestClock: the times of the log never go back, though the clock does, so that what is older than
// a time can be looked up; the public records are counted as of the same state.
func TestClock(t *testing.T) {
	s := open(t, t.TempDir())
	late, early := page(t, 2, "late", "a"), page(t, 1, "early", "b", "c")
	early.Withdrawn = []string{"s:a"}
	save(t, s, late)
	save(t, s, early)
	entry, err := s.Get("s:b")
	check(t, err)
	if !entry.Envelope.Updated.Equal(late.Time) {
		t.Errorf("a change after %s is of %s", late.Time, entry.Envelope.Updated)
	}
	for when, want := range map[time.Time]uint64{late.Time: 0, late.Time.Add(-time.Hour): 0, late.Time.Add(time.Nanosecond): s.Head(), late.Time.Add(time.Hour): s.Head()} {
		if have, err := s.Before(when); err != nil || have != want {
			t.Errorf("before %s: %d %v, want %d", when, have, err, want)
		}
	}
	if n, head, err := s.Published(); n != 2 || head != s.Head() || err != nil {
		t.Errorf("%d public at %d: %v", n, head, err)
	}
}

func TestWait(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a"))
	check(t, s.Wait(t.Context(), 0))

	synctest.Test(t, func(t *testing.T) {
		// Made in the bubble, so that a goroutine that waits for it counts as blocked.
		s := &Store{moved: make(chan struct{}), closed: make(chan struct{})}
		s.head.Store(1)
		done := make(chan error, 3)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- s.Wait(t.Context(), 2) }()
		synctest.Wait()
		s.advance(2) // not yet
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("woken too early")
		}
		s.advance(3)
		check(t, <-done)

		go func() { done <- s.Wait(ctx, 3) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		go func() { done <- s.Wait(t.Context(), 3) }()
		synctest.Wait()
		close(s.closed)
		refused(t, <-done, catalog.Unavailable, "closed")
	})
}

// TestChangesLarge: of large versions fewer are read at once than were asked
// for, and none is left out.
func TestChangesLarge(t *testing.T) {
	s := open(t, t.TempDir())
	const records, size = 9, 2 << 20
	for n := range records {
		p := page(t, 0, "one", fmt.Sprint(n))
		p.Records[0].Body = catalog.Text{"en": strings.Repeat("x", size)}
		save(t, s, p)
	}
	reads := 0
	for after := uint64(0); after < records; reads++ {
		changes, err := s.Changes(t.Context(), after, 1000)
		check(t, err)
		if len(changes) == 0 || len(changes) > batchBytes/size+1 {
			t.Fatalf("after %d: %d changes", after, len(changes))
		}
		for _, c := range changes {
			if after++; c.Seq != after || c.Entry == nil {
				t.Fatalf("%d comes as %+v", after, c)
			}
		}
	}
	if reads < 2 {
		t.Errorf("all came in %d reads", reads)
	}
}
