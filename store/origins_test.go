package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// TestOrigins: a source that follows another Clearinghouse has the sources of that,
// whatever is before and behind them in the order of ids, and others do not.
func TestOrigins(t *testing.T) {
	s := open(t, t.TempDir())
	page := func(source string, run uint64, ids ...string) catalog.Page {
		p := catalog.Page{Source: source, Run: run, State: catalog.Published, Time: day(1)}
		for _, id := range ids {
			r := &catalog.Record{ID: id, Kind: "resource", Title: catalog.Text{"en": id}}
			r.Provenance.Source, _, _ = catalog.SplitID(id)
			p.Records = append(p.Records, r)
		}
		return p
	}
	for _, p := range []catalog.Page{
		page("far", 1, "a:1", "a:2", "a-b:1", "a.c:1", "a2:1", "ab:1", "b:1", "b:2"), page("f", 1, "g:1"), page("own", 1, "own:1", "own:2"), page("hand", 0, "hand:1"),
	} {
		if _, err := s.Save(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	gone := page("far", 2)
	gone.Withdrawn = []string{"b:1", "b:2"}
	if _, err := s.Save(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string][]string{"far": {"a-b", "a.c", "a2", "a", "ab"}, "f": {"g"}, "own": {"own"}, "hand": nil, "none": nil} {
		if have, err := s.Origins(source); err != nil || !cmp.Equal(have, want) {
			t.Errorf("%s: %q, %v; want %q", source, have, err, want)
		}
	}
}
