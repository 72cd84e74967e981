package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// titled is a page with one record of a title and a body.
func titled(t *testing.T, at int, id, title, body string) catalog.Page {
	return of(t, at, id, func(r *catalog.Record) {
		r.Title["en"] = title
		if body != "" {
			r.Body = catalog.Text{"en": body}
		}
	})
}

// pairsOf are the proposed pairs in their order.
func pairsOf(t *testing.T, s *Store) (out []catalog.Pair) {
	t.Helper()
	for p, err := range s.Pairs(t.Context()) {
		check(t, err)
		out = append(out, p)
	}
	return out
}

// pairSteps looks for pairs and returns what each step read.
func pairSteps(t *testing.T, s *Store) (steps []pairStep) {
	t.Helper()
	for left := 1; left > 0; {
		check(t, s.update(t.Context(), day(9), func(w *writer) (err error) {
			step := pairStep{writer: w}
			_, left, err = step.run()
			steps = append(steps, step)
			return err
		}))
	}
	return steps
}

// inBlocks counts the blocks of a record.
func inBlocks(t *testing.T, s *Store, id string) (n int) {
	t.Helper()
	check(t, s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(blocksBucket).ForEach(func(k, _ []byte) error {
			if strings.HasSuffix(string(k), "\x00"+id) {
				n++
			}
			return nil
		})
	}))
	return n
}

// TestPairs: likely pairs of several sources are found among what has changed,
// and kept until they are merged or dismissed.
func TestPairs(t *testing.T) {
	s, paired := open(t, t.TempDir()), 0
	titled := func(at int, id, title string) catalog.Page {
		return of(t, at, id, func(r *catalog.Record) {
			r.Title["en"], r.Countries = title, []string{"JO"}
			r.Organizations = []catalog.OrganizationRef{{Name: catalog.Text{"en": "Walkers of Jordan"}}}
		})
	}
	pairs := func() string {
		looked, left := 0, 0
		changes := int(s.Head()) - paired
		check(t, s.FindPairs(t.Context(), day(9), func(done, total int) { looked, left = done, total-done }))
		if paired = int(s.Head()); looked != changes || left != 0 {
			t.Errorf("%d changes of %d were looked at, and %d are left", looked, changes, left)
		}
		var out []string
		for p, err := range s.Pairs(t.Context()) {
			check(t, err)
			if p.Score < catalog.ProposeFrom || len(p.Reasons) == 0 {
				t.Errorf("%+v", p)
			}
			out = append(out, p.A+" "+p.B)
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	for _, p := range []catalog.Page{titled(0, "b:1", "The Abraham Path in Ajloun"), titled(0, "b:2", "Abraham Path, Ajloun"), titled(0, "a:1", "Abraham path (Ajloun)"), titled(0, "c:1", "Bread for schools")} {
		save(t, s, p)
	}
	if have := pairs(); have != "a:1 b:1, a:1 b:2" {
		t.Errorf("%s", have)
	}
	save(t, s, titled(1, "c:1", "A path of Abraham in Ajloun"))
	save(t, s, titled(1, "b:2", "Cooking together"))
	if have := pairs(); have != "a:1 b:1, a:1 c:1, b:1 c:1" {
		t.Errorf("%s", have)
	}
	check(t, s.Dismiss(t.Context(), "c:1", "b:1", catalog.Edit{By: "Amal"}, day(2)))
	save(t, s, titled(2, "c:1", "The path of Abraham in Ajloun"))
	if _, err := s.Merge(t.Context(), []string{"a:1", "b:1"}, catalog.Edit{}, day(3)); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	if have := pairs(); have != "" {
		t.Errorf("%s", have)
	}
	refused(t, s.Dismiss(t.Context(), "a:1", "b:1", catalog.Edit{}, day(4)), catalog.Conflict, "unmerge")
	if _, err := s.Unmerge(t.Context(), "b:1", catalog.Edit{}, day(5)); err != nil {
		t.Fatal(err)
	}
	if have := pairs(); have != "a:1 c:1" {
		t.Errorf("%s", have)
	}
	sound(t, s)
}

// TestPairsOfChanges: a record that has changed before anybody looked for pairs, in
// steps that begin between its changes, is in the blocks of what it is now alone.
func TestPairsOfChanges(t *testing.T) {
	const title = "The Abraham Path in Ajloun"
	for _, between := range []int{0, 1, 2*pairReads + 1} {
		s := open(t, t.TempDir())
		fill := func(at int) {
			p := catalog.Page{Source: "f", Time: day(at), State: catalog.Published}
			for i := range between {
				p.Records = append(p.Records, titled(t, at, fmt.Sprintf("f:%d-%d", at, i), fmt.Sprintf("xq%dz", (at*between+i)*7919), "").Records...)
			}
			save(t, s, p)
		}
		save(t, s, titled(t, 0, "a:1", title, ""))
		fill(1)
		save(t, s, titled(t, 2, "a:1", title, "Another text."))
		fill(3)
		pairSteps(t, s)
		want := len(entryOf(t, s, "a:1").Record.Blocks())
		if have := inBlocks(t, s, "a:1"); have != want || want == 0 {
			t.Errorf("%d changes between: in %d blocks, want %d", between, have, want)
		}
		save(t, s, titled(t, 4, "b:1", title, ""))
		pairSteps(t, s)
		if have := pairsOf(t, s); len(have) != 1 || have[0].A != "a:1" || have[0].B != "b:1" {
			t.Errorf("%d changes between: %+v", between, have)
		}
		save(t, s, titled(t, 5, "a:1", "Bread for schools", ""))
		fill(6)
		save(t, s, catalog.Page{Source: "a", Time: day(7), Withdrawn: []string{"a:1"}})
		pairSteps(t, s)
		if have := inBlocks(t, s, "a:1"); have != 0 || len(pairsOf(t, s)) != 0 {
			t.Errorf("%d changes between: gone, but in %d blocks, pairs %+v", between, have, pairsOf(t, s))
		}
	}
}

// TestPairsTakenBack: of pairs that no longer hold nothing is left.
func TestPairsTakenBack(t *testing.T) {
	const title = "The Abraham Path in Ajloun"
	for name, end := range map[string]func(*Store) error{
		"another title": func(s *Store) error { save(t, s, titled(t, 1, "b:1", "Bread for schools", "")); return nil },
		"withdrawn": func(s *Store) error {
			save(t, s, catalog.Page{Source: "b", Time: day(1), Withdrawn: []string{"b:1"}})
			return nil
		},
		"one entry": func(s *Store) error {
			_, err := s.Merge(t.Context(), []string{"a:1", "b:1"}, catalog.Edit{}, day(1))
			return err
		},
		"dismissed": func(s *Store) error { return s.Dismiss(t.Context(), "b:1", "a:1", catalog.Edit{}, day(1)) },
	} {
		s := open(t, t.TempDir())
		save(t, s, titled(t, 0, "a:1", title, ""))
		save(t, s, titled(t, 0, "b:1", title, ""))
		pairSteps(t, s)
		if have := pairsOf(t, s); len(have) != 1 {
			t.Fatalf("%s: %+v", name, have)
		}
		check(t, end(s))
		pairSteps(t, s)
		check(t, s.view(func(tx *bolt.Tx) error {
			for _, bucket := range [][]byte{proposedBucket, partnersBucket} {
				if k, _ := tx.Bucket(bucket).Cursor().First(); k != nil {
					t.Errorf("%s: %s still has %q", name, bucket, k)
				}
			}
			return nil
		}))
	}
}

// TestPairBounds: however many records are alike, a step reads no more than it may,
// but for what the last record of it is compared with; each two are compared once.
// The pairs come in pages, the likeliest first.
func TestPairBounds(t *testing.T) {
	s := open(t, t.TempDir())
	const sources, each = 10, 16
	body := strings.Repeat("Words of a body that is long. ", 700)
	for source := range sources {
		p := catalog.Page{Source: fmt.Sprintf("s%d", source), Time: day(0), State: catalog.Published}
		for i := range each {
			title := fmt.Sprintf("Walking w%dq together", i)
			if source%2 > 0 {
				title += " again"
			}
			p.Records = append(p.Records, titled(t, 0, fmt.Sprintf("%s:%d", p.Source, i), title, body).Records...)
		}
		save(t, s, p)
	}
	steps, reads := pairSteps(t, s), 0
	for _, step := range steps {
		reads += step.reads
		if step.reads > pairReads+maxPartners || step.bytes > pairBytes+(maxPartners+1)*(len(body)+1_000) {
			t.Errorf("a step reads %d versions of %d bytes", step.reads, step.bytes)
		}
	}
	pairs := pairsOf(t, s)
	if records := sources * each; reads < len(pairs)+records || reads > records+each*sources*sources/2+maxPartners*records/2 || len(steps) < reads*len(body)/pairBytes/2 {
		t.Errorf("%d steps read %d versions for %d pairs of %d records", len(steps), reads, len(pairs), records)
	}
	if !slices.IsSortedFunc(pairs, func(a, b catalog.Pair) int { return int(100*b.Score) - int(100*a.Score) }) || len(pairs) <= batchEntries || pairs[0].Score == pairs[len(pairs)-1].Score {
		t.Errorf("%d pairs, from %.2f to %.2f", len(pairs), pairs[0].Score, pairs[len(pairs)-1].Score)
	}
	page := 0
	check(t, s.view(func(tx *bolt.Tx) error {
		some, last, err := pagePairs(tx, []byte{})
		if page = len(some); last == nil {
			t.Error("all pairs are in one page")
		}
		return err
	}))
	if page != batchEntries {
		t.Errorf("%d pairs in a page", page)
	}
}

// TestUpgradePairs: a store that kept proposed pairs with those that were decided,
// and lost some, finds all anew and keeps what was decided.
func TestUpgradePairs(t *testing.T) {
	s := open(t, t.TempDir())
	for _, id := range []string{"a:1", "b:1", "c:1"} {
		save(t, s, titled(t, 0, id, "The Abraham Path in Ajloun", ""))
	}
	check(t, s.db.Update(func(tx *bolt.Tx) error {
		check(t, newBucket(tx, pairsBucket))
		for _, p := range []string{`{"a":"a:1","b":"b:1","score":1}`, `{"a":"a:1","b":"c:1","dismissed":true}`} {
			check(t, tx.Bucket(pairsBucket).Put([]byte(p), []byte(p)))
		}
		check(t, tx.DeleteBucket(proposedBucket))
		check(t, tx.DeleteBucket(partnersBucket))
		check(t, tx.Bucket(blocksBucket).Put([]byte("initiative word bread\x00a:1"), nil))
		check(t, tx.Bucket(metaBucket).Put(pairedKey, []byte("3")))
		return tx.Bucket(metaBucket).Put(formatKey, []byte("3"))
	}))
	s = reopen(t, s)
	check(t, s.FindPairs(t.Context(), day(1), nil))
	var have []string
	for _, p := range pairsOf(t, s) {
		have = append(have, p.A+" "+p.B)
	}
	slices.Sort(have)
	if !slices.Equal(have, []string{"a:1 b:1", "b:1 c:1"}) {
		t.Errorf("%v", have)
	}
	if have, want := inBlocks(t, s, "a:1"), len(entryOf(t, s, "a:1").Record.Blocks()); have != want {
		t.Errorf("in %d blocks, want %d", have, want)
	}
	sound(t, s)
}
