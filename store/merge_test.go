package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// of makes a page of a source with one record, in which change may change
// something.
func of(t testing.TB, at int, id string, change func(*catalog.Record)) catalog.Page {
	t.Helper()
	source, _, _ := strings.Cut(id, ":")
	r := &catalog.Record{
		ID: id, Kind: "initiative", Original: "en", Title: catalog.Text{"en": "The record " + id},
		Provenance: catalog.Provenance{Source: source, Retrieved: day(at).Format(time.RFC3339)},
	}
	if change != nil {
		change(r)
	}
	taxonomy := taxonomy(t)
	r.Clean(taxonomy)
	if reasons := r.Validate(taxonomy); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	return catalog.Page{Source: source, Time: day(at), State: catalog.Published, Records: []*catalog.Record{r}}
}

func at(page string) func(*catalog.Record) {
	return func(r *catalog.Record) { r.URL = page }
}

func entryOf(t testing.TB, s *Store, id string) *catalog.Entry {
	t.Helper()
	entry, err := s.Get(id)
	check(t, err)
	return entry
}

// states are "id state" of all records, and into what they are merged.
func states(t testing.TB, s *Store) string {
	t.Helper()
	var out []string
	for entry, err := range s.All(t.Context(), s.Head()) {
		check(t, err)
		line := entry.Record.ID + " " + entry.Envelope.State
		if entry.Envelope.MergedInto != "" {
			line += " " + entry.Envelope.MergedInto
		}
		for _, m := range entry.Envelope.Members {
			line += " +" + m.ID
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func wantStates(t testing.TB, s *Store, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), states(t, s)); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
	sound(t, s)
}

// TestMergedBySamePage: what two sources have under one address is one entry,
// which follows both of them and never lets go of the id that was first.
func TestMergedBySamePage(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "b:1", at("https://www.example.org/path/?utm_source=x#top")))
	second := of(t, 1, "a:1", func(r *catalog.Record) {
		r.URL = "http://example.org/path"
		r.Title["fr"], r.Summary = "Le titre", catalog.Text{"en": "From a."}
		r.Themes, r.Countries = []string{"dialogue"}, []string{"JO"}
		r.Related = []catalog.Relation{{Rel: "same-as", ID: "b:1"}, {Rel: "follows", ID: "a:0"}}
	})
	if have := save(t, s, second); have.New != 1 {
		t.Errorf("%+v", have)
	}
	wantStates(t, s, "a:1 merged b:1", "b:1 published +b:1 +a:1")
	b := entryOf(t, s, "b:1")
	if r := b.Record; r.Title["en"] != "The record b:1" || r.Title["fr"] != "Le titre" || r.Summary["en"] != "From a." ||
		!slices.Equal(r.Countries, []string{"JO"}) || len(r.Related) != 1 || r.Provenance.Source != "b" {
		t.Errorf("merged: %s", r.JSON())
	}
	if e := b.Envelope; !e.Updated.Equal(day(1)) || !e.Added.Equal(day(0)) || e.Members[1].Provenance.Source != "a" {
		t.Errorf("%+v", e)
	}

	// The same again from both is no change.
	head := s.Head()
	for _, p := range []catalog.Page{of(t, 2, "b:1", at("https://www.example.org/path/?utm_source=x#top")), second} {
		if have := save(t, s, p); have != (catalog.Outcome{Unchanged: 1}) || s.Head() != head {
			t.Errorf("%+v", have)
		}
	}

	// What a source changes shows; edits of the merged entry stay on top.
	check(t, s.Edit(t.Context(), "b:1", patch(`{"status":"ongoing","title":{"es":"El título"}}`), day(3)))
	second.Records[0].Title["fr"], second.Time = "Un autre titre", day(4)
	second.Records[0].Clean(taxonomy(t))
	if have := save(t, s, second); have != (catalog.Outcome{Changed: 1}) {
		t.Errorf("%+v", have)
	}
	if r := entryOf(t, s, "b:1").Record; r.Title["fr"] != "Un autre titre" || r.Status != "ongoing" || r.Title["es"] != "El título" {
		t.Errorf("merged: %s", r.JSON())
	}
	changes, err := s.Changes(t.Context(), s.Head()-2, 9)
	check(t, err)
	if len(changes) != 2 || changes[0].ID != "a:1" || changes[0].Class != catalog.Annotation || changes[1].ID != "b:1" || changes[1].Class != catalog.Content {
		t.Errorf("%+v", changes)
	}

	// The record that stayed is gone from its source: the other takes its place, and
	// keeps it when the first comes back.
	if have := save(t, s, catalog.Page{Source: "b", Time: day(5), Withdrawn: []string{"b:1"}}); have != (catalog.Outcome{Withdrawn: 1}) {
		t.Errorf("%+v", have)
	}
	wantStates(t, s, "a:1 published +a:1", "b:1 merged a:1")
	if r := entryOf(t, s, "a:1").Record; r.Title["en"] != "The record a:1" || r.Status != "ongoing" || r.Title["es"] != "El título" {
		t.Errorf("handed over: %s", r.JSON())
	}
	save(t, s, of(t, 6, "b:1", at("https://example.org/path")))
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1")
	if have := save(t, s, catalog.Page{Source: "b", Time: day(7), Withdrawn: []string{"b:1"}}); have != (catalog.Outcome{Withdrawn: 1}) {
		t.Errorf("%+v", have)
	}
	if have := save(t, s, catalog.Page{Source: "b", Time: day(7), Withdrawn: []string{"b:1"}}); have != (catalog.Outcome{}) {
		t.Errorf("again: %+v", have)
	}
	save(t, s, catalog.Page{Source: "a", Time: day(8), Withdrawn: []string{"a:1"}})
	wantStates(t, s, "a:1 withdrawn", "b:1 withdrawn")
	save(t, s, of(t, 9, "b:1", at("https://example.org/path")))
	wantStates(t, s, "a:1 merged b:1", "b:1 published +b:1")
	if stats, err := s.Stats(); err != nil || stats.Published != 1 || stats.Entries != 2 {
		t.Errorf("%+v, %v", stats, err)
	}
	if r := entryOf(t, s, "b:1").Record; r.Status != "ongoing" {
		t.Errorf("its edits are lost: %s", r.JSON())
	}
}

// TestNotMerged: what looks like one page or one record and is not.
func TestNotMerged(t *testing.T) {
	kind := func(k, page string) func(*catalog.Record) {
		return func(r *catalog.Record) { r.Kind, r.URL = k, page }
	}
	for name, c := range map[string]struct {
		pages []catalog.Page
		want  []string
	}{
		"another kind": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/x")), of(t, 0, "b:1", kind("organization", "https://example.org/x"))},
			[]string{"a:1 published", "b:1 published"}},
		"one source": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/x")), of(t, 0, "a:2", at("https://example.org/x"))},
			[]string{"a:1 published", "a:2 published"}},
		"a page of several records": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/x")), of(t, 0, "a:2", at("https://example.org/x")), of(t, 0, "b:1", at("https://example.org/x"))},
			[]string{"a:1 published", "a:2 published", "b:1 published"}},
		"a page of several records, seen later": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/x")), of(t, 0, "b:1", at("https://example.org/x")), of(t, 0, "a:2", at("https://example.org/x"))},
			[]string{"a:1 published", "a:2 published", "b:1 published"}},
		"a page of several records, all seen at once and later": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/x")), of(t, 0, "b:1", at("https://example.org/x")), func() catalog.Page {
			p := of(t, 0, "a:2", at("https://example.org/x"))
			p.Records = append(p.Records, of(t, 0, "a:3", at("https://example.org/x")).Records...)
			return p
		}()}, []string{"a:1 published", "a:2 published", "a:3 published", "b:1 published"}},
		"the front page of a site": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/")), of(t, 0, "b:1", at("https://example.org"))},
			[]string{"a:1 published", "b:1 published"}},
		"the front page of an organisation": {[]catalog.Page{of(t, 0, "a:1", kind("organization", "https://example.org/")), of(t, 0, "b:1", kind("organization", "https://example.org"))},
			[]string{"a:1 published +a:1 +b:1", "b:1 merged a:1"}},
		"what waits for an editor": {[]catalog.Page{of(t, 0, "a:1", at("https://example.org/x")), func() catalog.Page {
			p := of(t, 0, "b:1", at("https://example.org/x"))
			p.State = catalog.Submitted
			return p
		}()}, []string{"a:1 published", "b:1 submitted"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir())
			for _, p := range c.pages {
				save(t, s, p)
			}
			wantStates(t, s, c.want...)
		})
	}
}

// TestSameAs: what one source says to be a record of another is one entry with it,
// whichever of the two comes first.
func TestSameAs(t *testing.T) {
	says := func(id string) func(*catalog.Record) {
		return func(r *catalog.Record) { r.Related = []catalog.Relation{{Rel: "same-as", ID: id}} }
	}
	for _, pages := range [][]catalog.Page{
		{of(t, 0, "a:1", nil), of(t, 0, "b:1", says("a:1"))},
		{of(t, 0, "a:1", says("b:1")), of(t, 0, "b:1", nil)},
		{of(t, 0, "a:1", says("c:9")), of(t, 0, "b:1", says("c:9"))},
	} {
		s := open(t, t.TempDir())
		for _, p := range pages {
			save(t, s, p)
		}
		wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1")
	}
}

// TestMergeAndUnmerge by hand: all can be undone, and what an editor has told apart
// stays apart.
func TestMergeAndUnmerge(t *testing.T) {
	s := open(t, t.TempDir())
	page := "https://example.org/x"
	save(t, s, of(t, 0, "a:1", at(page)))
	save(t, s, of(t, 1, "b:1", at(page)))
	save(t, s, of(t, 2, "b:2", nil))
	save(t, s, of(t, 3, "c:1", nil))
	check(t, s.Edit(t.Context(), "c:1", patch(`{"status":"completed"}`), day(4)))
	before := entryOf(t, s, "c:1").Record
	by := catalog.Edit{By: "Amal", Why: "one programme"}
	for _, ids := range [][]string{{"c:1", "b:2"}, {"c:1", "b:1"}} {
		if _, err := s.Merge(t.Context(), ids, by, day(5)); err != nil {
			t.Fatal(err)
		}
	}
	wantStates(t, s, "a:1 published +a:1 +b:1 +b:2 +c:1", "b:1 merged a:1", "b:2 merged a:1", "c:1 merged a:1")
	if r := entryOf(t, s, "a:1").Record; r.Status != "completed" {
		t.Errorf("what was edited in a member does not show: %s", r.JSON())
	}
	_, err := s.Merge(t.Context(), []string{"a:1", "c:1"}, by, day(5))
	refused(t, err, catalog.Conflict, "are one entry already")
	_, err = s.Merge(t.Context(), []string{"a:1", "z:1"}, by, day(5))
	refused(t, err, catalog.NotFound, "z:1")
	refused(t, s.Edit(t.Context(), "b:1", patch(`{"status":"ongoing"}`), day(5)), catalog.Conflict, "merged")

	restored, err := s.Unmerge(t.Context(), "b:1", by, day(6))
	if err != nil || !slices.Equal(restored, []string{"b:1"}) {
		t.Errorf("%v, %v", restored, err)
	}
	wantStates(t, s, "a:1 published +a:1 +b:2 +c:1", "b:1 published", "b:2 merged a:1", "c:1 merged a:1")
	save(t, s, of(t, 7, "b:1", func(r *catalog.Record) { r.URL, r.Title["fr"] = page, "Le titre" }))
	restored, err = s.Unmerge(t.Context(), "a:1", by, day(8))
	if err != nil || !slices.Equal(restored, []string{"b:2", "c:1"}) {
		t.Errorf("%v, %v", restored, err)
	}
	wantStates(t, s, "a:1 published", "b:1 published", "b:2 published", "c:1 published")
	if diff := cmp.Diff(before, entryOf(t, s, "c:1").Record); diff != "" {
		t.Errorf("not as before the merge:\n%s", diff)
	}
	if e := entryOf(t, s, "c:1").Envelope; !e.Updated.Equal(day(8)) || !e.Added.Equal(day(3)) {
		t.Errorf("%+v", e)
	}
	_, err = s.Unmerge(t.Context(), "a:1", by, day(9))
	refused(t, err, catalog.Conflict, "not merged")
	if _, err := s.Merge(t.Context(), []string{"a:1", "b:1"}, by, day(9)); err != nil {
		t.Error(err)
	}
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1", "b:2 published", "c:1 published")
}

// TestUnmergeGone: what its source has withdrawn meanwhile is not said to be
// restored.
func TestUnmergeGone(t *testing.T) {
	s := open(t, t.TempDir())
	page := "https://example.org/x"
	for i, id := range []string{"a:1", "b:1", "c:1"} {
		save(t, s, of(t, i, id, at(page)))
	}
	save(t, s, catalog.Page{Source: "b", Time: day(3), Withdrawn: []string{"b:1"}})
	wantStates(t, s, "a:1 published +a:1 +c:1", "b:1 merged a:1", "c:1 merged a:1")
	restored, err := s.Unmerge(t.Context(), "b:1", catalog.Edit{}, day(4))
	if err != nil || len(restored) != 0 {
		t.Errorf("%v, %v", restored, err)
	}
	wantStates(t, s, "a:1 published +a:1 +c:1", "b:1 withdrawn", "c:1 merged a:1")
}

// TestMergedByItsSource: what a source itself has merged follows what it says, and
// only in what it has said.
func TestMergedByItsSource(t *testing.T) {
	s := open(t, t.TempDir())
	pages := func(n int, merged map[string]string, records ...catalog.Page) {
		p := catalog.Page{Source: "other", Time: day(n), Run: uint64(n), State: catalog.Published, Merged: merged}
		for _, r := range records {
			p.Records = append(p.Records, r.Records...)
		}
		save(t, s, p)
	}
	none := map[string]string{}
	// Two pages that are one would be merged here, but their source leaves them apart.
	pages(1, none, of(t, 1, "a:1", at("https://example.org/x")), of(t, 1, "b:1", at("https://example.org/x")))
	wantStates(t, s, "a:1 published", "b:1 published")
	pages(2, map[string]string{"a:1": "b:1", "c:7": "b:1"}, of(t, 2, "b:1", func(r *catalog.Record) { r.Title["fr"] = "Uni" }))
	wantStates(t, s, "a:1 merged b:1", "b:1 published +b:1 +a:1")
	if r := entryOf(t, s, "b:1").Record; r.URL != "" || r.Title["fr"] != "Uni" {
		t.Errorf("not as its source shows it: %s", r.JSON())
	}
	head := s.Head()
	pages(3, map[string]string{"a:1": "b:1"}, of(t, 2, "b:1", func(r *catalog.Record) { r.Title["fr"] = "Uni" }))
	if s.Head() != head {
		t.Error("the same again is a change")
	}
	pages(4, map[string]string{"b:1": "a:1"}, of(t, 4, "a:1", nil))
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1")
	pages(5, none, of(t, 5, "b:1", nil))
	wantStates(t, s, "a:1 published", "b:1 published")
	// What is merged here is not for the source to undo.
	if _, err := s.Merge(t.Context(), []string{"a:1", "b:1"}, catalog.Edit{}, day(6)); err != nil {
		t.Fatal(err)
	}
	pages(7, none, of(t, 7, "b:1", func(r *catalog.Record) { r.Title["es"] = "Otro" }))
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1")
	pages(8, map[string]string{"a:1": "z:1"})
	wantStates(t, s, "a:1 merged b:1", "b:1 published +b:1")

	// Nor does it merge what an editor here has told apart.
	pages(9, none, of(t, 9, "a:1", nil), of(t, 9, "b:1", nil), of(t, 9, "c:1", nil))
	pages(10, map[string]string{"c:1": "b:1"})
	if _, err := s.Unmerge(t.Context(), "c:1", catalog.Edit{}, day(11)); err != nil {
		t.Fatal(err)
	}
	wantStates(t, s, "a:1 merged b:1", "b:1 published +b:1 +a:1", "c:1 published")
	if have := save(t, s, catalog.Page{Source: "other", Time: day(12), Run: 12, State: catalog.Published, Merged: map[string]string{"c:1": "b:1"}}); have != (catalog.Outcome{}) {
		t.Errorf("%+v", have)
	}
	wantStates(t, s, "a:1 merged b:1", "b:1 published +b:1 +a:1", "c:1 published")
}

// TestMergesAtRandom: whatever is done in whatever order, the store is sound, and
// taken apart again it holds what was last delivered.
func TestMergesAtRandom(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s := open(t, t.TempDir())
		ids := []string{"a:1", "a:2", "b:1", "b:2", "c:1", "d:1"}
		pick := func() string { return ids[rnd.IntN(len(ids))] }
		last := map[string]string{} // title last delivered, "" if withdrawn
		for n := range 150 {
			id := pick()
			source, _, _ := strings.Cut(id, ":")
			switch rnd.IntN(10) {
			case 0, 1, 2, 3:
				title := fmt.Sprint("title ", rnd.IntN(3))
				save(t, s, of(t, n, id, func(r *catalog.Record) {
					r.Title["en"] = title
					if rnd.IntN(2) == 0 {
						r.URL = fmt.Sprintf("https://example.org/%d", rnd.IntN(3))
					}
					if other := pick(); rnd.IntN(6) == 0 && other != id {
						r.Related = []catalog.Relation{{Rel: "same-as", ID: other}}
					}
				}))
				last[id] = title
			case 4, 5:
				if last[id] != "" {
					save(t, s, catalog.Page{Source: source, Time: day(n), Withdrawn: []string{id}})
					last[id] = ""
				}
			case 6, 7:
				_, _ = s.Merge(t.Context(), []string{id, pick()}, catalog.Edit{}, day(n))
			case 8:
				_, _ = s.Unmerge(t.Context(), id, catalog.Edit{}, day(n))
			case 9:
				_ = s.Edit(t.Context(), id, patch(fmt.Sprintf(`{"title":{"fr":"edit %d"}}`, n)), day(n))
			}
			if n%10 == 0 {
				sound(t, s)
			}
		}
		for range ids {
			for _, id := range ids {
				_, _ = s.Unmerge(t.Context(), id, catalog.Edit{}, day(200))
			}
		}
		sound(t, s)
		published := 0
		for id, title := range last {
			entry := entryOf(t, s, id)
			want := catalog.Published
			if title == "" {
				want = catalog.Withdrawn
			} else if published++; entry.Record.Title["en"] != title {
				t.Errorf("seed %d: %s has the title %q, not %q", seed, id, entry.Record.Title["en"], title)
			}
			if entry.Envelope.State != want || len(entry.Envelope.Members) > 0 {
				t.Errorf("seed %d: %s is %s with %v, want %s alone", seed, id, entry.Envelope.State, entry.Envelope.Members, want)
			}
		}
		if stats, err := s.Stats(); err != nil || stats.Published != published {
			t.Errorf("seed %d: %+v, %v; want %d published", seed, stats, err, published)
		}
	}
}

// TestUpgradeIdentifies: a store that was made before records could be merged
// knows them by what they are known by.
func TestUpgradeIdentifies(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "a:1", at("https://example.org/x")))
	check(t, s.db.Update(func(tx *bolt.Tx) error {
		check(t, tx.DeleteBucket(knownBucket))
		return tx.Bucket(metaBucket).Put(formatKey, []byte("2"))
	}))
	s = reopen(t, s)
	save(t, s, of(t, 1, "b:1", at("https://example.org/x")))
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1")
}
