package indexer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/api"
	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"

	"github.com/google/go-cmp/cmp"
)

func newStore(t *testing.T) *store.Store {
	t.Helper()
	return openStore(t, t.TempDir())
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, "pull", taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// apiOf is the public API of a store.
func apiOf(t *testing.T, s *store.Store) http.Handler {
	t.Helper()
	handler, err := api.New(api.Options{
		Store: s, Taxonomy: taxonomy(t), Version: "1", Log: slog.New(slog.DiscardHandler),
		Sources: func() ([]catalog.SourceInfo, error) { return nil, nil },
		Ready:   func() (bool, string) { return true, "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// follows are the source that follows the Clearinghouse at an address, and another
// one that is pulled beside it.
func follows(t *testing.T, address string) []*indexer.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"elsewhere": "format: jsonl\naddress: " + address + "\nprivate_addresses: true\ntrusted: true\njsonl:\n  changes: true\n",
		"mine":      "format: jsonl\naddress: https://example.org/mine.jsonl\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte("id: "+name+"\nname: "+name+"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := indexer.LoadSources(dir, taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// put imports lines into a store.
func put(t *testing.T, s *store.Store, lines ...string) {
	t.Helper()
	if run, err := runner(t, s).Import(context.Background(), "x.jsonl", strings.NewReader(strings.Join(lines, "\n"))); err != nil || run.Refused > 0 {
		t.Fatalf("%+v, %v", run, err)
	}
}

// recordLine is a line with a record; more goes on after its title.
func recordLine(id, title, more string) string {
	source, _, _ := strings.Cut(id, ":")
	return fmt.Sprintf(`{"id":%q,"kind":"initiative","title":{"en":%q}%s,"provenance":{"source":%q,"licence":"CC0-1.0","retrieved":"2026-11-01T10:00:00Z"}}`, id, title, more, source)
}

// public is what readers see of a store, one line a record, and what is merged.
func public(t *testing.T, s *store.Store, leaveOut string) string {
	t.Helper()
	var out []string
	for e, err := range s.All(context.Background(), s.Head()) {
		switch {
		case err != nil:
			t.Fatal(err)
		case strings.HasPrefix(e.Record.ID, leaveOut):
		case e.Public():
			out = append(out, string(e.Record.JSON()))
			for _, m := range e.Envelope.Members {
				out = append(out, "with "+m.ID+" of "+m.Provenance.Source)
			}
		case e.Envelope.State == catalog.Merged:
			out = append(out, e.Record.ID+" lives on in "+e.Envelope.MergedInto)
		}
	}
	return strings.Join(out, "\n")
}

// TestFollow: one Clearinghouse follows another. Ids, provenance, edits, deletions,
// merges and their undoing are carried over, and a pull after which nothing has
// changed changes nothing. What is pulled here itself is not taken from there.
func TestFollow(t *testing.T) {
	ctx := context.Background()
	origin, follower := newStore(t), newStore(t)
	server := httptest.NewServer(apiOf(t, origin))
	t.Cleanup(server.Close)
	from := follows(t, server.URL)[0]
	step := func(name string, want catalog.Outcome) {
		t.Helper()
		run := pull(t, follower, from)
		if !run.Complete && !run.Unmodified || run.Error != "" {
			t.Errorf("%s: %+v", name, run)
		}
		if run.Outcome != want {
			t.Errorf("%s: %+v, want %+v", name, run.Outcome, want)
		}
		if diff := cmp.Diff(public(t, origin, "mine:"), public(t, follower, "mine:")); diff != "" {
			t.Errorf("%s (-origin +follower)\n%s", name, diff)
		}
		head := follower.Head()
		if run := pull(t, follower, from); run.Outcome.New+run.Changed+run.Withdrawn > 0 || !run.Complete && !run.Unmodified || follower.Head() != head {
			t.Errorf("%s, again: %+v", name, run)
		}
		if problems, err := follower.Verify(ctx, nil); err != nil || len(problems) > 0 {
			t.Errorf("%s: %q, %v", name, problems, err)
		}
	}
	edit := func(id, patch string) {
		t.Helper()
		if err := origin.Edit(ctx, id, catalog.Edit{Patch: []byte(patch)}, clock); err != nil {
			t.Fatal(err)
		}
	}

	put(t, follower, recordLine("mine:1", "Mine", ""))
	var many []string
	for n := range 700 {
		many = append(many, recordLine(fmt.Sprintf("many:%d", n), fmt.Sprint("One of many ", n), ""))
	}
	put(t, origin, append(many, recordLine("a:1", "One", `,"url":"https://example.org/one"`), recordLine("b:1", "Also one", ""), recordLine("mine:1", "Not mine", ""))...)
	run := pull(t, follower, from)
	if run.New != 702 || run.Refused != 0 || run.PassedOver != 1 {
		t.Errorf("%+v", run)
	}
	if e, err := follower.Get("mine:1"); err != nil || e.Record.Title["en"] != "Mine" {
		t.Errorf("%+v, %v", e, err)
	}
	step("at first", catalog.Outcome{})

	put(t, origin, `{"id":"many:7","deleted":true}`, `{"id":"mine:1","deleted":true}`, recordLine("a:1", "One, changed", ""))
	edit("b:1", `{"status":"ongoing"}`)
	step("a deletion, a change and an edit", catalog.Outcome{Changed: 2, Withdrawn: 1})

	if _, err := origin.Merge(ctx, []string{"a:1", "b:1"}, catalog.Edit{}, clock); err != nil {
		t.Fatal(err)
	}
	step("a merge", catalog.Outcome{Changed: 1, Unchanged: 1, Withdrawn: 1})
	put(t, origin, recordLine("b:1", "Also one", `,"summary":{"fr":"Résumé"}`))
	step("a change of a merged record", catalog.Outcome{Changed: 2})
	if full, err := runner(t, follower).Pull(ctx, from, indexer.Wish{Full: true}); err != nil || !full.Complete || full.New+full.Changed+full.Withdrawn > 0 {
		t.Errorf("asked for everything: %+v, %v", full, err)
	}
	if _, err := origin.Unmerge(ctx, "b:1", catalog.Edit{}, clock); err != nil {
		t.Fatal(err)
	}
	step("the merge undone", catalog.Outcome{Changed: 1, Unchanged: 1})
	put(t, origin, `{"id":"a:1","deleted":true}`, recordLine("many:7", "One of many, again", ""))
	step("a return", catalog.Outcome{Changed: 1, Withdrawn: 1})
	if e, err := follower.Get("mine:1"); err != nil || e.Record.Title["en"] != "Mine" || !e.Public() {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestFollowMerged: who begins to follow when records are merged already has them as
// they are there.
func TestFollowMerged(t *testing.T) {
	ctx := context.Background()
	origin, follower := newStore(t), newStore(t)
	server := httptest.NewServer(apiOf(t, origin))
	t.Cleanup(server.Close)
	var many []string // so that the two come in different answers
	for n := range 600 {
		many = append(many, recordLine(fmt.Sprintf("many:%d", n), fmt.Sprint("One of many ", n), ""))
	}
	page := `,"url":"https://example.org/one"`
	put(t, origin, recordLine("a:1", "One", page), recordLine("b:1", "Un", page))
	put(t, origin, append(many, recordLine("a:1", "One, changed", page))...)
	from := follows(t, server.URL)[0]
	if run := pull(t, follower, from); run.New != 602 || run.Withdrawn != 0 || run.Refused != 0 || !run.Complete {
		t.Errorf("%+v", run)
	}
	if diff := cmp.Diff(public(t, origin, "none"), public(t, follower, "none")); diff != "" {
		t.Errorf("(-origin +follower)\n%s", diff)
	}
	if _, err := origin.Unmerge(ctx, "b:1", catalog.Edit{}, clock); err != nil {
		t.Fatal(err)
	}
	pull(t, follower, from)
	if diff := cmp.Diff(public(t, origin, "none"), public(t, follower, "none")); diff != "" {
		t.Errorf("taken apart (-origin +follower)\n%s", diff)
	}
}

// TestFollowNothingElse: a Clearinghouse that has only what is pulled here itself is
// followed without a fault; one that has nothing is not.
func TestFollowNothingElse(t *testing.T) {
	for line, want := range map[string]string{recordLine("starter:1", "From the program", ""): "", "": "the source has no record that could be taken"} {
		origin, follower := newStore(t), newStore(t)
		server := httptest.NewServer(apiOf(t, origin))
		t.Cleanup(server.Close)
		from := follows(t, server.URL)[0]
		if line != "" {
			put(t, origin, line)
		}
		run := pull(t, follower, from)
		if run.Complete != (want == "") || !strings.HasPrefix(run.Error, want) || run.Refused != 0 || follower.Head() != 0 {
			t.Errorf("%q: %+v", line, run)
		}
		records, tested, err := runner(t, follower).Test(context.Background(), from, 3)
		if len(records) > 0 || tested.PassedOver != run.PassedOver || (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q, tested: %+v, %v", line, tested, err)
		}
	}
}

// TestFollowRestored: the Clearinghouse that is followed was restored from a backup,
// and its log has grown since to where it was, or beyond. The next pull notices, and
// asks for everything.
func TestFollowRestored(t *testing.T) {
	for name, grown := range map[string]int{"as far": 5, "farther": 8, "not so far": 3} {
		t.Run(name, func(t *testing.T) {
			dir, follower := t.TempDir(), newStore(t)
			origin := openStore(t, dir)
			var present http.Handler
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { present.ServeHTTP(w, r) }))
			t.Cleanup(server.Close)
			from := follows(t, server.URL)[0]

			put(t, origin, recordLine("a:1", "One", ""), recordLine("a:2", "Two", ""))
			if err := origin.Close(); err != nil {
				t.Fatal(err)
			}
			backup := filepath.Join(t.TempDir(), "backup")
			if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			origin = openStore(t, dir)
			put(t, origin, recordLine("a:1", "One, changed", ""), recordLine("a:3", "Three", ""), recordLine("a:4", "Four", ""))
			present = apiOf(t, origin)
			for range 2 {
				if run := pull(t, follower, from); run.Error != "" || follower.Head() != 4 {
					t.Fatalf("%+v", run)
				}
			}

			origin = openStore(t, backup)
			present = apiOf(t, origin)
			for n := int(origin.Head()) + 1; n <= grown; n++ {
				put(t, origin, recordLine(fmt.Sprint("b:", n), fmt.Sprint("After the backup ", n), ""))
			}
			run := pull(t, follower, from)
			if !run.Complete || run.New != grown-2 || run.Changed != 1 || run.Unchanged != 1 {
				t.Errorf("%+v", run)
			}
			if e, err := follower.Get("a:1"); err != nil || e.Record.Title["en"] != "One" {
				t.Errorf("%+v, %v", e, err)
			}
			head := follower.Head()
			if run := pull(t, follower, from); run.New+run.Changed > 0 || run.Unchanged > grown || follower.Head() != head {
				t.Errorf("again: %+v", run)
			}
		})
	}
}
