package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

const (
	pageP = "https://example.org/p"
	pageQ = "https://example.org/q"
)

// both is a record with two pages.
func both(r *catalog.Record) {
	r.URL, r.Links = pageP, []catalog.Link{{Rel: "homepage", URL: pageQ}}
}

// lines are who did what, and why, of the log after a place in it.
func lines(t *testing.T, s *Store, after uint64) (out []string) {
	t.Helper()
	check(t, s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(logBucket).Cursor()
		for k, raw := c.Seek(number(after + 1)); k != nil; k, raw = c.Next() {
			var line logLine
			check(t, json.Unmarshal(raw, &line))
			out = append(out, strings.TrimSpace(fmt.Sprint(line.ID, " ", line.Op, " ", line.By, " ", line.Why)))
		}
		return nil
	}))
	return out
}

// fromHub is a page of a source that follows others and says what it has merged.
func fromHub(n int, merged map[string]string, pages ...catalog.Page) catalog.Page {
	p := catalog.Page{Source: hub, Run: 1, Time: day(n), State: catalog.Published, Merged: merged}
	for _, q := range pages {
		p.Records = append(p.Records, q.Records...)
	}
	return p
}

// TestWhatWaitsTellsNothing: records that no reader sees change nothing of what
// readers see, until they are let in.
func TestWhatWaitsTellsNothing(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "a:1", at(pageP)))
	save(t, s, of(t, 1, "b:1", at(pageP)))
	for _, id := range []string{"u:1", "u:2"} {
		p := of(t, 2, id, at(pageP))
		p.State = catalog.Submitted
		save(t, s, p)
	}
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1", "u:1 submitted", "u:2 submitted")
	save(t, s, of(t, 3, "u:1", at(pageP)))
	wantStates(t, s, "a:1 published +a:1 +b:1 +u:1", "b:1 merged a:1", "u:1 merged a:1", "u:2 submitted")
	head := s.Head()
	save(t, s, of(t, 4, "u:2", at(pageP)))
	wantStates(t, s, "a:1 published", "b:1 published", "u:1 published", "u:2 published")
	want := []string{"u:2 change", "a:1 unmerge  several records of u have page initiative example.org/p",
		"b:1 unmerge  several records of u have page initiative example.org/p", "u:1 unmerge  several records of u have page initiative example.org/p"}
	if have := lines(t, s, head); !slices.Equal(have, want) {
		t.Errorf("%q", have)
	}
}

// TestRenumbered: a source that gives its records other ids loses nothing by it.
func TestRenumbered(t *testing.T) {
	for _, pages := range []int{1, 2} {
		s := open(t, t.TempDir())
		save(t, s, of(t, 0, "a:1", at(pageP)))
		save(t, s, of(t, 1, "b:1", at(pageP)))
		p := of(t, 2, "b:new", at(pageP))
		gone := catalog.Page{Source: "b", Time: day(2), Withdrawn: []string{"b:1"}}
		if pages == 1 {
			p.Withdrawn = gone.Withdrawn
			save(t, s, p)
			wantStates(t, s, "a:1 published +a:1 +b:new", "b:1 merged a:1", "b:new merged a:1")
			continue
		}
		save(t, s, p)
		wantStates(t, s, "a:1 published", "b:1 published", "b:new published")
		save(t, s, gone)
		wantStates(t, s, "a:1 published +a:1 +b:new", "b:1 withdrawn", "b:new merged a:1")
	}
}

// TestChain: of three records of which two and two have something in common, those
// stay one entry that still have.
func TestChain(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "a:1", at(pageP)))
	save(t, s, of(t, 1, "b:1", both))
	save(t, s, of(t, 2, "c:1", at(pageQ)))
	wantStates(t, s, "a:1 published +a:1 +b:1 +c:1", "b:1 merged a:1", "c:1 merged a:1")
	save(t, s, of(t, 3, "b:2", at(pageP)))
	wantStates(t, s, "a:1 published", "b:1 published +b:1 +c:1", "b:2 published", "c:1 merged b:1")
	save(t, s, catalog.Page{Source: "b", Time: day(4), Withdrawn: []string{"b:2"}})
	wantStates(t, s, "a:1 published +a:1 +b:1 +c:1", "b:1 merged a:1", "b:2 withdrawn", "c:1 merged a:1")
}

// TestOtherIdentityHolds: what no longer holds by one page holds by another.
func TestOtherIdentityHolds(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "a:1", both))
	save(t, s, of(t, 1, "b:1", both))
	head := s.Head()
	save(t, s, of(t, 2, "b:2", at(pageP)))
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1", "b:2 published")
	if have := lines(t, s, head); !slices.Equal(have, []string{"b:2 add"}) {
		t.Errorf("%q", have)
	}
}

// TestCorrected: a record whose source gives it another page leaves the entry.
func TestCorrected(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "a:1", at(pageP)))
	save(t, s, of(t, 1, "b:1", at(pageP)))
	head := s.Head()
	save(t, s, of(t, 2, "b:1", at(pageQ)))
	wantStates(t, s, "a:1 published", "b:1 published")
	want := []string{"b:1 change", "a:1 unmerge  nothing says any more that it is the same as b:1", "b:1 unmerge  nothing says any more that it is the same as a:1"}
	if have := lines(t, s, head); !slices.Equal(have, want) {
		t.Errorf("%q", have)
	}
}

// TestHandOverInTwoPages: the entry of a source that follows others turns round with
// the first half of what it says, and back.
func TestHandOverInTwoPages(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, fromHub(0, map[string]string{}, of(t, 0, "x:1", nil), of(t, 0, "y:1", nil)))
	save(t, s, fromHub(1, map[string]string{"y:1": "x:1"}))
	check(t, s.Edit(t.Context(), "x:1", patch(`{"status":"ongoing"}`), day(1)))
	wantStates(t, s, "x:1 published +x:1 +y:1", "y:1 merged x:1")
	head := s.Head()
	save(t, s, fromHub(2, map[string]string{"x:1": "y:1"}))
	wantStates(t, s, "x:1 merged y:1", "y:1 published +y:1 +x:1")
	if have := lines(t, s, head); !slices.Equal(have, []string{"x:1 merge  merged by hub", "y:1 merge  in place of x:1"}) {
		t.Errorf("%q", have)
	}
	if r := entryOf(t, s, "y:1").Record; r.Status != "ongoing" {
		t.Errorf("the edit is lost: %s", r.JSON())
	}
	save(t, s, fromHub(2, map[string]string{}, of(t, 0, "y:1", nil)))
	wantStates(t, s, "x:1 merged y:1", "y:1 published +y:1 +x:1")
	save(t, s, fromHub(3, map[string]string{"y:1": "x:1"}))
	save(t, s, fromHub(3, map[string]string{}, of(t, 3, "x:1", nil)))
	wantStates(t, s, "x:1 published +x:1 +y:1", "y:1 merged x:1")
}

// TestSaidBeforeItIsHere: a record lives on in one that comes later, and is not shown
// while that is away.
func TestSaidBeforeItIsHere(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, fromHub(0, map[string]string{}, of(t, 0, "y:1", nil)))
	if have := save(t, s, fromHub(1, map[string]string{"y:1": "x:1"})); have != (catalog.Outcome{Withdrawn: 1}) {
		t.Errorf("%+v", have)
	}
	wantStates(t, s, "y:1 withdrawn")
	save(t, s, fromHub(1, map[string]string{}, of(t, 1, "x:1", nil)))
	wantStates(t, s, "x:1 published +x:1 +y:1", "y:1 merged x:1")
	save(t, s, catalog.Page{Source: "x", Time: day(2), Withdrawn: []string{"x:1"}})
	wantStates(t, s, "x:1 withdrawn", "y:1 withdrawn")
	save(t, s, of(t, 3, "x:1", nil))
	wantStates(t, s, "x:1 published +x:1 +y:1", "y:1 merged x:1")
	if _, err := s.Unmerge(t.Context(), "y:1", catalog.Edit{By: "Amal", Why: "two places"}, day(4)); err != nil {
		t.Fatal(err)
	}
	head := s.Head()
	save(t, s, fromHub(5, map[string]string{"y:1": "x:1"})) // all is asked for again
	wantStates(t, s, "x:1 published", "y:1 published")
	if s.Head() != head {
		t.Error("what is said again is a change")
	}
}

// TestByHandThenSaid: what an editor has merged stays so when the source of a part
// of it merges that too.
func TestByHandThenSaid(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "l:1", nil))
	save(t, s, fromHub(1, map[string]string{}, of(t, 1, "x:1", nil), of(t, 1, "y:1", nil)))
	if _, err := s.Merge(t.Context(), []string{"l:1", "y:1"}, catalog.Edit{By: "Amal"}, day(2)); err != nil {
		t.Fatal(err)
	}
	head := s.Head()
	save(t, s, fromHub(3, map[string]string{"y:1": "x:1"}))
	wantStates(t, s, "l:1 published +l:1 +x:1 +y:1", "x:1 merged l:1", "y:1 merged l:1")
	if have := lines(t, s, head); !slices.Equal(have, []string{"x:1 merge  merged by hub", "l:1 merge  merged by hub"}) {
		t.Errorf("%q", have)
	}
}

// TestTwoSourcesSayTheOpposite: the entry is shown all the same.
func TestTwoSourcesSayTheOpposite(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, fromHub(0, map[string]string{}, of(t, 0, "x:1", nil), of(t, 0, "y:1", nil)))
	other := fromHub(1, map[string]string{}, of(t, 0, "x:1", nil), of(t, 0, "y:1", nil))
	other.Source = "another"
	save(t, s, other)
	save(t, s, fromHub(2, map[string]string{"y:1": "x:1"}))
	other.Records, other.Merged = nil, map[string]string{"x:1": "y:1"}
	save(t, s, other)
	wantStates(t, s, "x:1 published +x:1 +y:1", "y:1 merged x:1")
}

// TestPulledTogetherLater: records that were one entry by their page are two if one
// source turns out to have both, and has left them apart.
func TestPulledTogetherLater(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "x:1", at(pageP)))
	save(t, s, of(t, 0, "y:1", at(pageP)))
	wantStates(t, s, "x:1 published +x:1 +y:1", "y:1 merged x:1")
	save(t, s, fromHub(0, map[string]string{}, of(t, 0, "x:1", at(pageP)), of(t, 0, "y:1", at(pageP))))
	wantStates(t, s, "x:1 published", "y:1 published")
}

// TestFrontPages: the front page of a site in any language does not make two records
// with different titles one.
func TestFrontPages(t *testing.T) {
	for _, page := range []string{"https://www.unesco.org/en", "https://unaoc.example/index.php", "https://x.example/?lang=fr"} {
		s := open(t, t.TempDir())
		for id, title := range map[string]string{"a:1": "Teachers against hate speech", "b:1": "Heritage camp", "c:1": "Heritage camp"} {
			save(t, s, of(t, 0, id, func(r *catalog.Record) {
				r.Title["en"], r.Links = title, []catalog.Link{{Rel: "homepage", URL: page}}
			}))
		}
		if a, b, c := entryOf(t, s, "a:1"), entryOf(t, s, "b:1"), entryOf(t, s, "c:1"); !a.Public() || b.Public() == c.Public() {
			t.Errorf("%s:\n%s", page, states(t, s))
		}
	}
}

// TestAnotherKindByEdit: an edit that makes a record one of another kind takes it out
// of its entry, and taking the edit away puts it back.
func TestAnotherKindByEdit(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, of(t, 0, "a:1", at(pageP)))
	save(t, s, of(t, 1, "b:1", at(pageP)))
	check(t, s.Edit(t.Context(), "a:1", patch(`{"kind":"resource"}`), day(2)))
	wantStates(t, s, "a:1 published", "b:1 published")
	check(t, s.Edit(t.Context(), "a:1", patch(`null`), day(3)))
	wantStates(t, s, "a:1 published +a:1 +b:1", "b:1 merged a:1")
}

// TestTooManyTogether: of more records than are looked at together by what they are
// known by, what is one entry stays so, no more becomes one, and one that goes is
// still followed by its heir.
func TestTooManyTogether(t *testing.T) {
	s := open(t, t.TempDir())
	s.db.NoSync = true
	link := func(n int) func(*catalog.Record) {
		return func(r *catalog.Record) {
			r.URL = fmt.Sprint(pageP, n)
			r.Links = []catalog.Link{{Rel: "homepage", URL: fmt.Sprint(pageP, n+1)}}
		}
	}
	half := maxTogether
	for from := 0; from < half; from += 100 {
		for i, source := range []string{"a", "b"} { // each record has a page in common with two of the other source
			p := catalog.Page{Source: source, Time: day(0), State: catalog.Published}
			for n := from; n < from+100; n++ {
				p.Records = append(p.Records, of(t, 0, fmt.Sprintf("%s:%03d", p.Source, n), link(2*n+i)).Records...)
			}
			save(t, s, p)
		}
	}
	if have := entryOf(t, s, "b:000").Envelope.MergedInto; have != "a:000" {
		t.Errorf("b:000 lives on in %q", have)
	}
	save(t, s, of(t, 1, "c:1", link(2*half)))
	before := states(t, s)
	if e := entryOf(t, s, "c:1"); !e.Public() || len(e.Envelope.Members) > 0 {
		t.Errorf("%+v", e.Envelope)
	}
	save(t, s, of(t, 2, "a:000", func(r *catalog.Record) { link(0)(r); r.Title["fr"] = "Le titre" }))
	if have := states(t, s); have != before {
		t.Errorf("the entries are others:\n%s", have)
	}
	save(t, s, catalog.Page{Source: "a", Time: day(3), Withdrawn: []string{"a:000"}})
	if e := entryOf(t, s, "a:000").Envelope; e.MergedInto != "b:000" {
		t.Errorf("%+v", e)
	}
	sound(t, s)
}

// TestPagesAndOrderDoNotMatter: what is one entry is the same however the deliveries
// are cut into pages and whichever source comes first. Only the id that stays may be
// another, and where those that have gone lead to.
func TestPagesAndOrderDoNotMatter(t *testing.T) {
	for seed := range uint64(seeds(t)) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		var stores []*Store
		for range 3 {
			stores = append(stores, open(t, t.TempDir()))
			stores[len(stores)-1].db.NoSync = true
		}
		for round := range 12 {
			var pages []catalog.Page
			for _, source := range []string{"a", "b", "c", "d", "x"} {
				p := randomPage(t, stores[0], rnd, round, source)
				if p.Merged != nil {
					for id := range p.Merged { // a page says one thing of a record
						p.Records = slices.DeleteFunc(p.Records, func(r *catalog.Record) bool { return r.ID == id })
					}
				}
				p.Run, p.State = 1, catalog.Published
				pages = append(pages, p)
			}
			for i, s := range stores {
				order := rnd.Perm(len(pages))
				for _, n := range order {
					for _, part := range cut(pages[n], i) {
						save(t, s, part)
					}
				}
			}
			want := together(t, stores[0])
			for _, s := range stores[1:] {
				if have := together(t, s); have != want {
					t.Fatalf("seed %d, round %d:\n%s\nor\n%s", seed, round, want, have)
				}
				sound(t, s)
			}
			if a, b := universe[rnd.IntN(len(universe))], universe[rnd.IntN(len(universe))]; round%3 == 2 {
				if !strings.Contains(want, a) || !strings.Contains(want, b) {
					continue // where one that has gone leads to may be another
				}
				for _, s := range stores {
					_ = s.Dismiss(t.Context(), a, b, catalog.Edit{}, day(round))
				}
			}
		}
	}
}

// cut divides a page into smaller ones: 0 not at all, 1 one record each, 2 what is
// merged and withdrawn first.
func cut(p catalog.Page, how int) []catalog.Page {
	if how == 0 {
		return []catalog.Page{p}
	}
	var parts []catalog.Page
	part := p
	part.Records, part.Withdrawn, part.Merged = nil, nil, nil
	if p.Merged != nil {
		part.Merged = map[string]string{}
	}
	for _, r := range p.Records {
		one := part
		one.Records = []*catalog.Record{r}
		parts = append(parts, one)
	}
	rest := part
	rest.Withdrawn, rest.Merged = p.Withdrawn, p.Merged
	if how == 2 {
		return append([]catalog.Page{rest}, parts...)
	}
	return append(parts, rest)
}

// together says which records are one entry, of those that stand for themselves.
func together(t *testing.T, s *Store) string {
	entries := map[string][]string{}
	check(t, s.view(func(tx *bolt.Tx) error {
		w := &writer{tx: tx}
		for _, id := range universe {
			n, err := w.load(id)
			check(t, err)
			if n != nil && n.there && !slices.ContainsFunc(n.words, func(x word) bool { return x.said(id) }) {
				in := cmp.Or(n.into, id)
				entries[in] = append(entries[in], id)
			}
		}
		return nil
	}))
	var out []string
	for _, ids := range entries {
		out = append(out, strings.Join(ids, " "))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
