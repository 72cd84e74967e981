package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// facts is what is kept of records, as a plain model of it.
type facts struct {
	records   map[string]*fact
	decisions map[[2]string]decision
	said      map[string]map[string]string // id -> source -> in which record it lives on
	went      map[string][]string          // id -> with which it was one entry when it went
	entries   map[string][]string          // id that stays -> all of the entry, as they were last
	now       int
}

type fact struct {
	kind           string
	here, waits    bool // its source has it as a record; an editor has not let it in
	wasIn, stands  bool // it was let in once; it is an entry
	place          string
	first          uint64
	known, pullers []string
}

type decision struct {
	same bool
	when int
}

func pairOf(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

func (f *facts) there(id string) bool {
	r := f.records[id]
	return r != nil && !r.waits && (r.here || len(f.said[id]) > 0)
}

// entryWith is the entry that a record was in last, itself alone if in none.
func (f *facts) entryWith(id string) []string {
	for _, all := range f.entries {
		if slices.Contains(all, id) {
			return all
		}
	}
	return []string{id}
}

func (f *facts) deliver(p catalog.Page) {
	for _, r := range p.Records {
		x := f.records[r.ID]
		if x == nil {
			x = &fact{}
			f.records[r.ID] = x
		}
		if p.Merged != nil {
			f.unsay(r.ID, p.Source)
		}
		if !x.wasIn {
			x.waits = p.State == catalog.Submitted
		}
		if !f.there(r.ID) {
			delete(f.went, r.ID)
			x.stands = x.place == ""
		}
		x.wasIn, x.here = x.wasIn || !x.waits, true
		x.kind, x.known = r.Kind, r.Identities()
		if !slices.Contains(x.pullers, p.Source) && p.Run > 0 {
			x.pullers = append(x.pullers, p.Source)
		}
	}
	for _, id := range slices.Sorted(slices.Values(p.Withdrawn)) {
		if p.Merged == nil || slices.Contains(f.pullersOf(id), p.Source) {
			f.withdraw(p.Source, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.Merged)) {
		x, into := f.records[id], p.Merged[id]
		if x == nil || !slices.Contains(x.pullers, p.Source) {
			continue
		}
		if x.waits {
			f.withdraw(p.Source, id)
			continue
		}
		f.unsay(into, p.Source)
		if f.said[id] == nil {
			f.said[id] = map[string]string{}
		}
		if f.said[id][p.Source] != into {
			delete(f.went, id)
		}
		f.said[id][p.Source], x.here = into, true
	}
}

// unsay takes back what a source said of a record.
func (f *facts) unsay(id, source string) {
	if _, said := f.said[id][source]; said {
		delete(f.said[id], source)
		f.records[id].stands = f.records[id].stands || len(f.said[id]) == 0 && f.records[id].place == ""
	}
}

func (f *facts) pullersOf(id string) []string {
	if f.records[id] == nil {
		return nil
	}
	return f.records[id].pullers
}

func (f *facts) withdraw(source, id string) {
	x := f.records[id]
	if x == nil {
		return
	}
	x.pullers = slices.DeleteFunc(slices.Clone(x.pullers), func(p string) bool { return p == source })
	if x.waits {
		x.waits, x.here = false, false
		return
	}
	if !f.there(id) {
		return
	}
	x.here = false
	delete(f.said, id)
	var there, all []string
	for _, other := range f.entryWith(id) {
		if other == id {
			continue
		}
		all = append(all, other)
		if f.there(other) {
			there = append(there, other)
		}
	}
	if len(there) > 0 {
		all = there
	}
	if len(all) > 0 {
		f.went[id] = append(f.went[id], all...)
		slices.Sort(f.went[id])
	}
}

func (f *facts) decide(some, others []string, same bool) {
	for _, a := range some {
		for _, b := range others {
			if a != b {
				f.decisions[pairOf(a, b)] = decision{same, f.now}
			}
		}
	}
}

// divide says from nothing but the facts which records are one entry: it goes through
// all there is, in the order of section 7.
func (f *facts) divide() map[string]string {
	group := map[string]int{}
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(f.records)), func(id string) bool { return f.records[id].waits })
	for i, id := range ids {
		group[id] = i
	}
	of := func(id string) (all []string) {
		for _, other := range ids {
			if group[other] == group[id] {
				all = append(all, other)
			}
		}
		return all
	}
	apart := func(some, others []string) bool {
		for _, a := range some {
			for _, b := range others {
				if d, ok := f.decisions[pairOf(a, b)]; ok && !d.same || f.records[a].kind != f.records[b].kind {
					return true
				}
			}
		}
		return false
	}
	unite := func(a, b string, byIdentity bool) {
		_, in := group[a]
		_, alsoIn := group[b]
		if !in || !alsoIn || group[a] == group[b] || apart(of(a), of(b)) {
			return
		}
		if byIdentity {
			for _, x := range of(a) {
				for _, y := range of(b) {
					for _, p := range append(f.records[x].pullers, sourceOf(x)) {
						if f.there(x) && f.there(y) && (p == sourceOf(y) || slices.Contains(f.records[y].pullers, p)) {
							return
						}
					}
				}
			}
		}
		for _, x := range of(b) {
			group[x] = group[a]
		}
	}

	pairs := slices.SortedFunc(maps.Keys(f.decisions), func(a, b [2]string) int {
		return slices.Compare([]string{fmt.Sprintf("%09d", 1e8-f.decisions[a].when), a[0], a[1]}, []string{fmt.Sprintf("%09d", 1e8-f.decisions[b].when), b[0], b[1]})
	})
	for _, p := range pairs {
		if f.decisions[p].same {
			unite(p[0], p[1], false)
		}
	}
	for _, id := range ids {
		for _, into := range slices.Sorted(maps.Values(f.said[id])) {
			unite(id, into, false)
		}
	}
	known := map[string][]string{}
	for _, id := range ids {
		if f.there(id) {
			for _, identity := range f.records[id].known {
				known[identity] = append(known[identity], id)
			}
		}
	}
	for _, identity := range slices.Sorted(maps.Keys(known)) {
		have := known[identity]
		if of, ok := catalog.SaysSameAs(identity); ok && group[of] >= 0 && f.there(of) && !slices.Contains(have, of) {
			have = slices.Sorted(slices.Values(append(have, of)))
		} else if !ok {
			sources := map[string]bool{}
			for _, id := range have {
				sources[sourceOf(id)] = true
			}
			if len(sources) < len(have) {
				continue
			}
		}
		for i := range have {
			for j := i + 1; j < len(have); j++ {
				unite(have[i], have[j], true)
			}
		}
	}

	place := map[string]string{}
	stays := map[int]string{}
	for _, id := range ids {
		if _, done := stays[group[id]]; !done {
			stays[group[id]] = f.stays(of(id), group)
		}
	}
	var heir func(gone, in string, seen map[int]bool) string
	heir = func(gone, in string, seen map[int]bool) string {
		seen[group[in]] = true
		for _, x := range of(in) {
			for _, other := range f.went[x] {
				g, in := group[other]
				if !in || seen[g] {
					continue
				}
				to := stays[g]
				if to == "" {
					to = heir(gone, other, seen)
				}
				if to != "" && !apart(of(gone), of(to)) {
					return to
				}
			}
		}
		return ""
	}
	for _, id := range ids {
		place[id] = stays[group[id]]
		if place[id] == "" {
			place[id] = heir(id, id, map[int]bool{})
		}
	}
	return place
}

// stays chooses who stays of a group.
func (f *facts) stays(all []string, group map[string]int) string {
	var standing, targets []string
	for _, id := range all {
		if !f.there(id) {
			continue
		}
		stands := true
		for _, into := range f.said[id] {
			if d, ok := f.decisions[pairOf(id, into)]; ok && !d.same {
				continue
			}
			if g, in := group[into]; !in || g == group[id] {
				stands = false
				if in && f.there(into) {
					targets = append(targets, into)
				}
			}
		}
		if stands {
			standing = append(standing, id)
		}
	}
	if len(standing) == 0 {
		standing = targets
	}
	if slices.ContainsFunc(standing, func(id string) bool { return f.records[id].stands }) {
		standing = slices.DeleteFunc(standing, func(id string) bool { return !f.records[id].stands })
	}
	if len(standing) == 0 {
		return ""
	}
	return slices.MinFunc(standing, func(a, b string) int { return int(f.records[a].first) - int(f.records[b].first) })
}

// settle keeps what follows for the next time, and says it as states does.
func (f *facts) settle() string {
	place := f.divide()
	f.entries = map[string][]string{}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(f.records)) {
		r := f.records[id]
		r.place, r.stands = place[id], place[id] == id
		switch {
		case r.waits:
			out = append(out, id+" submitted")
		case place[id] == "":
			out = append(out, id+" withdrawn")
		case place[id] == id:
			out = append(out, id+" published")
		default:
			out = append(out, id+" merged "+place[id])
		}
		if place[id] != "" {
			f.entries[place[id]] = append(f.entries[place[id]], id)
		}
	}
	return strings.Join(out, "\n")
}

// hubs says which source follows others, and so pulls the records of the sources x
// and y.
const hub = "hub"

var universe = []string{"a:1", "a:2", "a:3", "b:1", "b:2", "c:1", "d:1", "x:1", "x:2", "y:1"}

// TestEntriesFollowFromFacts does anything in any order, and after each step compares
// what is one entry with what follows from the facts alone.
func TestEntriesFollowFromFacts(t *testing.T) {
	for seed := range uint64(seeds(t)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			s := open(t, t.TempDir())
			s.db.NoSync = true // nothing is to outlive the test
			f := &facts{records: map[string]*fact{}, decisions: map[[2]string]decision{}, said: map[string]map[string]string{}, went: map[string][]string{}}
			edits := 0
			var trace []string
			for n := range 60 {
				f.now = n
				trace = append(trace, f.step(t, s, rnd, n, &edits))
				for id, r := range f.records {
					if r.first == 0 && r.wasIn {
						r.first = firstPublished(t, s, id)
					}
				}
				want := f.settle()
				if diff := cmp.Diff(want, withoutMembers(states(t, s))); diff != "" {
					t.Fatalf("step %d (-want +have):\n%s\nafter\n%s", n, diff, strings.Join(trace, "\n"))
				}
				if problems, err := s.Verify(t.Context(), nil); err != nil || len(problems) > 0 {
					t.Fatalf("step %d: %q, %v\n%s", n, problems, err, strings.Join(trace, "\n"))
				}
				if have := countEdits(t, s); have != edits {
					t.Fatalf("step %d: %d edits, want %d\n%s", n, have, edits, strings.Join(trace, "\n"))
				}
				f.same(t, s, n)
			}
		})
	}
}

func seeds(t *testing.T) int {
	if testing.Short() {
		return 2
	}
	return 6
}

// step does one thing, and keeps the facts that come of it.
func (f *facts) step(t *testing.T, s *Store, rnd *rand.Rand, n int, edits *int) string {
	pick := func() string { return universe[rnd.IntN(len(universe))] }
	a, b := pick(), pick()
	switch rnd.IntN(8) {
	case 0:
		if a == b {
			return ""
		}
		some, others := f.entryWith(a), f.entryWith(b)
		if _, err := s.Merge(t.Context(), []string{a, b}, catalog.Edit{By: "Amal"}, day(n)); err != nil {
			return fmt.Sprint("merge ", a, " ", b, ": ", err)
		}
		f.decide(some, others, true)
		return fmt.Sprint("merge ", a, " ", b)
	case 1:
		all := f.entryWith(a)
		apart := []string{a} // those that are gone among them
		check(t, s.update(t.Context(), day(n), func(w *writer) error {
			in, err := w.inEntry(a)
			if len(in) > 1 {
				apart = in[1:]
			}
			return err
		}))
		restored, err := s.Unmerge(t.Context(), a, catalog.Edit{By: "Amal"}, day(n))
		if err == nil {
			f.decide(apart, all, false)
		}
		return fmt.Sprint("unmerge ", a, ": ", restored, err)
	case 2:
		if err := s.Edit(t.Context(), a, patch(fmt.Sprintf(`{"title":{"fr":"edit %d"}}`, n)), day(n)); err == nil {
			*edits++
		}
		return "edit " + a
	}
	p := randomPage(t, s, rnd, n, sourceOf(a))
	save(t, s, p)
	f.deliver(p)
	out := fmt.Sprint("page of ", p.Source, " ", p.State, " withdrawn ", p.Withdrawn, " merged ", p.Merged)
	for _, r := range p.Records {
		out += fmt.Sprint("\n  ", r.ID, " ", r.Identities())
	}
	return out
}

// randomPage is a page of a source with some of its records as they are now, of
// which some have the page of another, and others are gone.
func randomPage(t *testing.T, s *Store, rnd *rand.Rand, n int, source string) catalog.Page {
	p := catalog.Page{Source: source, Run: uint64(rnd.IntN(2)), State: catalog.Published, Time: day(n)}
	mine := func(id string) bool { return sourceOf(id) == source }
	if source == "x" || source == "y" {
		p.Source, p.Run, p.Merged = hub, 1, map[string]string{}
		mine = func(id string) bool { return sourceOf(id) == "x" || sourceOf(id) == "y" }
	} else if source == "d" && rnd.IntN(2) == 0 {
		p.State = catalog.Submitted
	}
	for _, id := range universe {
		if !mine(id) {
			continue
		}
		other := universe[rnd.IntN(len(universe))]
		switch rnd.IntN(6) {
		case 0, 1, 2:
			p.Records = append(p.Records, of(t, n, id, func(r *catalog.Record) {
				if rnd.IntN(12) == 0 {
					r.Kind = "resource"
				}
				r.URL = fmt.Sprint("https://example.org/p", rnd.IntN(4))
				if rnd.IntN(2) == 0 {
					r.Links = []catalog.Link{{Rel: "homepage", URL: fmt.Sprint("https://example.org/p", rnd.IntN(4))}}
				}
				if rnd.IntN(5) == 0 && other != id {
					r.Related = []catalog.Relation{{Rel: "same-as", ID: other}}
				}
			}).Records...)
		case 3:
			p.Withdrawn = append(p.Withdrawn, id)
		case 4:
			if p.Merged != nil && rnd.IntN(2) == 0 && other != id {
				p.Merged[id] = other
			}
		}
	}
	return p
}

// same fails if nothing new makes a change.
func (f *facts) same(t *testing.T, s *Store, n int) {
	t.Helper()
	head := s.Head()
	check(t, s.update(t.Context(), day(n), func(w *writer) error {
		w.touch(universe...)
		return w.settle()
	}))
	if s.Head() != head {
		t.Fatalf("step %d: settled again, the log has gone on from %d to %d", n, head, s.Head())
	}
}

func firstPublished(t *testing.T, s *Store, id string) (seq uint64) {
	versions, err := s.History(id)
	check(t, err)
	for _, v := range versions {
		if v.Public() {
			return v.Envelope.Seq
		}
	}
	return 0
}

func withoutMembers(states string) string {
	lines := strings.Split(states, "\n")
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, " +")
	}
	return strings.Join(lines, "\n")
}

func countEdits(t *testing.T, s *Store) (n int) {
	check(t, s.view(func(tx *bolt.Tx) error {
		for _, id := range universe {
			over, err := (&writer{tx: tx}).overlay(id)
			check(t, err)
			if over != nil {
				n += len(over.Edits)
			}
		}
		return nil
	}))
	return n
}
