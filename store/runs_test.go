package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// pull is one run of source "s" that delivers natives.
func pull(t *testing.T, s *Store, at int, complete bool, absences int, natives ...string) catalog.Run {
	t.Helper()
	run, err := s.StartRun("s", day(at))
	check(t, err)
	p := page(t, at, "title", natives...)
	p.Run = run.Number
	run.Outcome = save(t, s, p)
	run.Finished, run.Complete = day(at), complete
	run, err = s.FinishRun(t.Context(), run, absences)
	check(t, err)
	return run
}

func TestAbsences(t *testing.T) {
	s := open(t, t.TempDir())
	other := page(t, 0, "title", "others")
	other.Source, other.Run = "t", 1
	save(t, s, other)
	withdrawn := func(run catalog.Run, want int, gone ...string) {
		t.Helper()
		if run.Withdrawn != want {
			t.Errorf("run %d withdrew %d, want %d", run.Number, run.Withdrawn, want)
		}
		var have []string
		for e, err := range s.All(t.Context(), s.Head()) {
			check(t, err)
			if !e.Public() {
				have = append(have, e.Record.ID)
			}
		}
		if diff := cmp.Diff(gone, have); diff != "" {
			t.Errorf("gone after run %d (-want +have):\n%s", run.Number, diff)
		}
	}
	withdrawn(pull(t, s, 1, true, 2, "a", "b", "c"), 0)
	withdrawn(pull(t, s, 2, true, 2, "a", "b"), 0)            // c is absent once
	withdrawn(pull(t, s, 3, false, 2, "a"), 0)                // this run tells nothing
	withdrawn(pull(t, s, 4, true, 0, "a"), 0)                 // absences do not count
	withdrawn(pull(t, s, 5, true, 3, "a", "b"), 1, "s:c")     // c is absent in three: 2, 4, 5
	withdrawn(pull(t, s, 6, true, 1, "a", "c"), 1, "s:b")     // c is back
	withdrawn(pull(t, s, 7, true, 1, "a", "b", "c"), 0)       // b is back
	withdrawn(pull(t, s, 8, true, 1), 3, "s:a", "s:b", "s:c") // all
	withdrawn(pull(t, s, 9, true, 1), 0, "s:a", "s:b", "s:c")
	sound(t, s)
}

// TestUnmodified: a source that has not changed since still lacks what it lacked.
// A run that asked only for changes tells nothing.
func TestUnmodified(t *testing.T) {
	s := open(t, t.TempDir())
	pull(t, s, 1, true, 3, "a", "b")
	pull(t, s, 2, true, 3, "a")
	for n, want := range []int{0, 0, 0, 1, 0} {
		run, err := s.StartRun("s", day(3+n))
		check(t, err)
		run.Finished, run.Unmodified, run.Partial = day(3+n), n%2 == 1, n%2 == 0
		run.Complete = run.Partial
		run, err = s.FinishRun(t.Context(), run, 3)
		check(t, err)
		if run.Withdrawn != want {
			t.Errorf("run %d withdrew %d, want %d", run.Number, run.Withdrawn, want)
		}
	}
	sound(t, s)
}

// TestTwice: of two records that a run delivers under one id the first is kept,
// and the other is named.
func TestTwice(t *testing.T) {
	s := open(t, t.TempDir())
	run, err := s.StartRun("s", day(0))
	check(t, err)
	deliver := func(title string, told bool, natives ...string) (out catalog.Outcome, twice []string) {
		p := page(t, 0, title, natives...)
		p.Run = run.Number
		if told {
			p.Twice = func(id string) { twice = append(twice, id) }
		}
		return save(t, s, p), twice
	}
	deliver("one", true, "a", "b")
	if out, twice := deliver("two", true, "a", "c"); out != (catalog.Outcome{New: 1}) || len(twice) != 1 || twice[0] != "s:a" || get(t, s, "a").Record.Title["en"] != get(t, s, "b").Record.Title["en"] {
		t.Errorf("%+v, twice %v", out, twice)
	}
	if out, twice := deliver("one", true, "a"); out != (catalog.Outcome{Unchanged: 1, Again: 1}) || len(twice) != 0 {
		t.Errorf("the same again: %+v, twice %v", out, twice)
	}
	if out, _ := deliver("two", false, "a"); out != (catalog.Outcome{Changed: 1, Again: 1}) {
		t.Errorf("read again: %+v", out)
	}
	run, err = s.StartRun("s", day(1))
	check(t, err)
	if out, twice := deliver("three", true, "a"); out != (catalog.Outcome{Changed: 1}) || len(twice) != 0 {
		t.Errorf("the next run: %+v, twice %v", out, twice)
	}
	sound(t, s)
}

// TestShorten: the details of runs are kept for a while, their counts for good.
func TestShorten(t *testing.T) {
	s := open(t, t.TempDir())
	for n := range detailedRuns + 3 {
		run, err := s.StartRun("s", day(n))
		check(t, err)
		run.Finished, run.Refused = day(n), 1
		run.Refusals = []catalog.Refusal{{ID: "s:x"}}
		_, err = s.FinishRun(t.Context(), run, 3)
		check(t, err)
	}
	var with, counted int
	check(t, s.view(func(tx *bolt.Tx) error {
		with = tx.Bucket(detailsBucket).Stats().KeyN
		return tx.Bucket(runsBucket).ForEach(func(_, raw []byte) error {
			var run catalog.Run
			check(t, json.Unmarshal(raw, &run))
			counted += run.Refused
			return nil
		})
	}))
	if with != detailedRuns || counted != detailedRuns+3 {
		t.Errorf("%d runs with details, %d counted", with, counted)
	}
	sound(t, s)
}

// TestSummary: how a run went is told without reading what it refused, also of a
// store that kept both together.
func TestSummary(t *testing.T) {
	s := open(t, t.TempDir())
	run, err := s.StartRun("s", day(0))
	check(t, err)
	run.Finished, run.Error = day(1), "the server is away"
	for range catalog.MaxRefusals {
		refusal := catalog.Refusal{ID: "s:x", Reasons: []catalog.Reason{{Path: "title", Code: "no_title", Message: strings.Repeat("long ", 40)}}}
		run.Refusals, run.LeftOut = append(run.Refusals, refusal), append(run.LeftOut, refusal)
	}
	run.Refused, run.TakenInPart = 1_000, 1_000
	_, err = s.FinishRun(t.Context(), run, 3)
	check(t, err)
	short := run
	short.Refusals, short.LeftOut = nil, nil
	same := func() {
		t.Helper()
		have, err := s.LastSummary("s")
		check(t, err)
		if diff := cmp.Diff(&short, have); diff != "" {
			t.Errorf("summary (-want +have):\n%s", diff)
		}
		if have, err = s.LastRun("s"); err != nil || cmp.Diff(&run, have) != "" {
			t.Errorf("%v, whole run (-want +have):\n%s", err, cmp.Diff(&run, have))
		}
		check(t, s.view(func(tx *bolt.Tx) error {
			if n := len(tx.Bucket(runsBucket).Get(numbered("s", 1))); n > 500 {
				t.Errorf("%d bytes are read for a summary", n)
			}
			return nil
		}))
		sound(t, s)
	}
	same()
	check(t, s.db.Update(func(tx *bolt.Tx) error {
		raw, err := json.Marshal(run)
		check(t, err)
		check(t, tx.Bucket(runsBucket).Put(numbered("s", 1), raw))
		check(t, tx.DeleteBucket(detailsBucket))
		return tx.Bucket(metaBucket).Put(formatKey, []byte("3"))
	}))
	s = reopen(t, s)
	same()
}

// TestSeen: a record that the source still has, but in a form that cannot be
// taken, is not absent, and what is stored of it stays.
func TestSeen(t *testing.T) {
	s := open(t, t.TempDir())
	pull(t, s, 1, true, 1, "a", "b")
	run, err := s.StartRun("s", day(2))
	check(t, err)
	p := page(t, 2, "title", "a")
	p.Run, p.Seen = run.Number, []string{"s:b", "s:never"}
	run.Outcome = save(t, s, p)
	run.Finished, run.Complete = day(2), true
	run, err = s.FinishRun(t.Context(), run, 1)
	check(t, err)
	if b := get(t, s, "b"); run.Withdrawn != 0 || !b.Public() || b.Envelope.Version != 1 {
		t.Errorf("%d withdrawn, %+v", run.Withdrawn, b.Envelope)
	}
	sound(t, s)
}

// TestManyAbsences withdraws more than fit in one transaction.
func TestManyAbsences(t *testing.T) {
	s := open(t, t.TempDir())
	natives := make([]string, withdrawPage+3)
	for i := range natives {
		natives[i] = fmt.Sprint(i)
	}
	pull(t, s, 0, true, 1, natives...)
	if run := pull(t, s, 1, true, 1, "0"); run.Withdrawn != len(natives)-1 {
		t.Errorf("%+v", run)
	}
	if stats, err := s.Stats(); err != nil || stats.Published != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	sound(t, s)
}

func TestRuns(t *testing.T) {
	s := open(t, t.TempDir())
	if run, err := s.LastRun("s"); run != nil || err != nil {
		t.Errorf("%+v, %v", run, err)
	}
	for _, source := range []string{"s", "a", "s.b", "s"} {
		_, err := s.StartRun(source, day(0))
		check(t, err)
	}
	run, err := s.LastRun("s")
	check(t, err)
	if diff := cmp.Diff(&catalog.Run{Source: "s", Number: 2, Started: day(0)}, run); diff != "" {
		t.Errorf("run that goes on (-want +have):\n%s", diff)
	}
	run.Finished, run.Error, run.Refused, run.New = day(1), "the server is away", 1, 4
	run.Refusals = []catalog.Refusal{{ID: "s:x", Where: "x.jsonl:3", Reasons: []catalog.Reason{{Path: "title", Code: "no_title", Message: "…"}}}}
	finished, err := s.FinishRun(t.Context(), *run, 3)
	check(t, err)
	s = reopen(t, s)
	run, err = s.LastRun("s")
	check(t, err)
	if diff := cmp.Diff(&finished, run); diff != "" {
		t.Errorf("run that was finished (-want +have):\n%s", diff)
	}
	_, err = s.StartRun("", day(0))
	refused(t, err, catalog.Invalid, "name of a source")
	sound(t, s)
}
