package indexer_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"
)

// TestStore pulls into the real store: cut off at the first page and at later
// ones, gone on with, and again when nothing has changed.
func TestStore(t *testing.T) {
	for at := int32(8); at <= 24; at += 8 {
		s, err := store.Open(t.TempDir(), "pull", taxonomy(t))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var requests atomic.Int32
		_, from := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == at {
				cancel()
			}
			siteFiles.ServeHTTP(w, r)
		}))
		if run, err := runner(t, s).Pull(ctx, from, indexer.Wish{}); err == nil {
			t.Fatalf("cut off at request %d, but the report is %+v", at, run)
		}
		if run := pull(t, s, from); !run.Complete || run.Number != 1 || run.New != 3 || run.Withdrawn != 0 {
			t.Errorf("cut off at request %d, then %+v; want run 1 to have 3 new records", at, run)
		}
		if run := pull(t, s, from); !run.Complete || run.Number != 2 || run.Unchanged != 3 || run.New+run.Changed+run.Withdrawn != 0 {
			t.Errorf("again: %+v, want run 2 with 3 unchanged", run)
		}
		if stats, err := s.Stats(); err != nil || stats.Published != 3 || stats.Versions != 3 {
			t.Errorf("%+v, %v; want 3 records of one version", stats, err)
		}
		if isDue(t, runner(t, s), from) {
			t.Error("due right after a run")
		}
	}
}

// TestReopened: a run that failed, and is gone on with, is under way to whoever asks.
func TestReopened(t *testing.T) {
	s := newStore(t)
	down := true
	server, from := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		if run, err := s.LastSummary("site"); err != nil || run.Number != 1 || !run.Finished.IsZero() {
			t.Errorf("while it is pulled: %+v, %v", run, err)
		}
		siteFiles.ServeHTTP(w, r)
	}))
	if run := pull(t, s, from); run.Complete || run.Finished.IsZero() {
		t.Fatalf("%s is down, but: %+v", server.URL, run)
	}
	down = false
	if run := pull(t, s, from); !run.Complete || run.Number != 1 || run.New != 3 || run.Finished.IsZero() {
		t.Errorf("%+v", run)
	}
}

// TestStoreImport imports beside a source's own harvest.
func TestStoreImport(t *testing.T) {
	s, err := store.Open(t.TempDir(), "import", taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, from := site(t, siteFiles)
	pull(t, s, from)
	before, err := s.Cursor("site")
	if err != nil {
		t.Fatal(err)
	}
	lines := `{"id":"site:extra","kind":"resource","title":{"en":"Extra"},"provenance":{"source":"site"}}` + "\n" +
		`{"id":"site:path.html","deleted":true}` + "\n" + `{"id":"other:1","kind":"resource","title":{"en":"Other"},"provenance":{"source":"other"}}`
	run, err := runner(t, s).Import(context.Background(), "x.jsonl", strings.NewReader(lines))
	if err != nil || run.New != 2 || run.Withdrawn != 1 || !run.Complete {
		t.Fatalf("%+v, %v", run, err)
	}
	if after, err := s.Cursor("site"); err != nil || string(after) != string(before) {
		t.Errorf("the cursor of site was %s and is %s, %v", before, after, err)
	}
	if e, err := s.Get("site:path.html"); err != nil || e.Envelope.State != catalog.Withdrawn {
		t.Errorf("site:path.html: %+v, %v", e, err)
	}
}

// TestCutBeforeReport: between the last page and the report a process can be
// killed too; what is gone from the source is withdrawn by the next run.
func TestCutBeforeReport(t *testing.T) {
	s, err := store.Open(t.TempDir(), "pull", taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	from, err := indexer.Starter(taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	pull(t, s, from)
	if isDue(t, runner(t, s), from) {
		t.Error("due after a whole run")
	}
	if _, err := runner(t, killedAtReport{s}).Pull(context.Background(), from, indexer.Wish{}); err == nil {
		t.Fatal("a report that cannot be stored is no error")
	}
	if !isDue(t, runner(t, s), from) {
		t.Error("not due after a run without a report")
	}
}

// killedAtReport is a store whose process ends before it stores a report.
type killedAtReport struct{ *store.Store }

func (killedAtReport) FinishRun(context.Context, catalog.Run, int) (catalog.Run, error) {
	return catalog.Run{}, errors.New("killed")
}

var _ indexer.Store = (*store.Store)(nil)
