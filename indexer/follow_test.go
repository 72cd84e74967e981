package indexer_test

import (
	"context"
	"fmt"
	"log/slog"
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
	s, err := store.Open(t.TempDir(), "pull", taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
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
	handler, err := api.New(api.Options{
		Store: origin, Taxonomy: taxonomy(t), Version: "1", Log: slog.New(slog.DiscardHandler),
		Sources: func() ([]catalog.SourceInfo, error) { return nil, nil },
		Ready:   func() (bool, string) { return true, "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"elsewhere": "format: jsonl\naddress: " + server.URL + "\nprivate_addresses: true\ntrusted: true\njsonl:\n  changes: true\n",
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
	from := sources[0]
	put := func(s *store.Store, lines ...string) {
		t.Helper()
		if run, err := runner(t, s).Import(ctx, "x.jsonl", strings.NewReader(strings.Join(lines, "\n"))); err != nil || run.Refused > 0 {
			t.Fatalf("%+v, %v", run, err)
		}
	}
	line := func(id, title, more string) string {
		source, _, _ := strings.Cut(id, ":")
		return fmt.Sprintf(`{"id":%q,"kind":"initiative","title":{"en":%q}%s,"provenance":{"source":%q,"licence":"CC0-1.0","retrieved":"2026-11-01T10:00:00Z"}}`, id, title, more, source)
	}
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

	put(follower, line("mine:1", "Mine", ""))
	var many []string
	for n := range 700 {
		many = append(many, line(fmt.Sprintf("many:%d", n), fmt.Sprint("One of many ", n), ""))
	}
	put(origin, append(many, line("a:1", "One", `,"url":"https://example.org/one"`), line("b:1", "Also one", ""), line("mine:1", "Not mine", ""))...)
	run := pull(t, follower, from)
	if run.New != 702 || run.Refused != 1 || !strings.Contains(run.Refusals[0].Reasons[0].Message, "mine") {
		t.Errorf("%+v", run)
	}
	if e, err := follower.Get("mine:1"); err != nil || e.Record.Title["en"] != "Mine" {
		t.Errorf("%+v, %v", e, err)
	}
	step("at first", catalog.Outcome{})

	put(origin, `{"id":"many:7","deleted":true}`, `{"id":"mine:1","deleted":true}`, line("a:1", "One, changed", ""))
	edit("b:1", `{"status":"ongoing"}`)
	step("a deletion, a change and an edit", catalog.Outcome{Changed: 2, Withdrawn: 1})

	if _, err := origin.Merge(ctx, []string{"a:1", "b:1"}, catalog.Edit{}, clock); err != nil {
		t.Fatal(err)
	}
	step("a merge", catalog.Outcome{Changed: 1, Withdrawn: 1})
	put(origin, line("b:1", "Also one", `,"summary":{"fr":"Résumé"}`))
	step("a change of a merged record", catalog.Outcome{Changed: 1})
	if full, err := runner(t, follower).Pull(ctx, from, indexer.Wish{Full: true}); err != nil || !full.Complete || full.New+full.Changed+full.Withdrawn > 0 {
		t.Errorf("asked for everything: %+v, %v", full, err)
	}
	if _, err := origin.Unmerge(ctx, "b:1", catalog.Edit{}, clock); err != nil {
		t.Fatal(err)
	}
	step("the merge undone", catalog.Outcome{Changed: 2})
	put(origin, `{"id":"a:1","deleted":true}`, line("many:7", "One of many, again", ""))
	step("a return", catalog.Outcome{Changed: 1, Withdrawn: 1})
	if e, err := follower.Get("mine:1"); err != nil || e.Record.Title["en"] != "Mine" || !e.Public() {
		t.Errorf("%+v, %v", e, err)
	}
}
