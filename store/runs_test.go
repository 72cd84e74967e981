package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

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
