package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clearinghouse/catalog"
)

func TestSave(t *testing.T) {
	s := open(t, t.TempDir())
	first := page(t, 0, "one", "b", "a", "c")
	first.Cursor = []byte("page 2")
	if have := save(t, s, first); have != (catalog.Outcome{New: 3}) {
		t.Errorf("first page: %+v", have)
	}
	entry := get(t, s, "a")
	want := catalog.Envelope{Seq: 1, Version: 1, State: catalog.Published, Added: day(0), Updated: day(0)}
	if diff := cmp.Diff(want, entry.Envelope); diff != "" {
		t.Errorf("envelope (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff(first.Records[1], &entry.Record, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("record (-want +have):\n%s", diff)
	}
	if cursor, err := s.Cursor("s"); err != nil || string(cursor) != "page 2" {
		t.Errorf("cursor %q, %v", cursor, err)
	}

	// The same content a day later is no change, not even of what it was retrieved.
	if have := save(t, s, page(t, 1, "one", "a", "b", "c")); have != (catalog.Outcome{Unchanged: 3}) {
		t.Errorf("the same again: %+v", have)
	}
	if diff := cmp.Diff(entry, get(t, s, "a")); diff != "" || s.Head() != 3 {
		t.Errorf("the same again changed (-before +after):\n%s", diff)
	}
	if cursor, err := s.Cursor("s"); err != nil || cursor != nil {
		t.Errorf("the cursor was not cleared: %q, %v", cursor, err)
	}

	// New content moves Updated, and another licence too, which harvesters are given.
	if have := save(t, s, page(t, 2, "two", "a")); have != (catalog.Outcome{Changed: 1}) {
		t.Errorf("other content: %+v", have)
	}
	licensed := page(t, 3, "two", "a")
	licensed.Records[0].Provenance.Licence = "CC-BY-4.0"
	if have := save(t, s, licensed); have != (catalog.Outcome{Changed: 1}) {
		t.Errorf("another licence: %+v", have)
	}
	entry = get(t, s, "a")
	want = catalog.Envelope{Seq: 5, Version: 3, State: catalog.Published, Added: day(0), Updated: day(3)}
	if diff := cmp.Diff(want, entry.Envelope); diff != "" {
		t.Errorf("envelope (-want +have):\n%s", diff)
	}
	if entry.Record.Provenance.Licence != "CC-BY-4.0" {
		t.Error("the licence was not taken")
	}
	if stats, err := s.Stats(); err != nil || stats.Entries != 3 || stats.Published != 3 || stats.Versions != 5 || stats.Head != 5 || stats.Bytes == 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	sound(t, reopen(t, s))
}

// TestNotes: a harvest's notes are kept, changed and forgotten with its pages,
// and an import beside it leaves them alone.
func TestNotes(t *testing.T) {
	s := open(t, t.TempDir())
	for _, c := range []struct {
		set    map[string][]byte
		forget bool
		want   map[string][]byte
	}{
		{nil, false, map[string][]byte{}},
		{map[string][]byte{"a": []byte("1"), "b": {}}, true, map[string][]byte{"a": []byte("1"), "b": {}}},
		{map[string][]byte{"a": nil, "c": []byte("3"), "never": nil}, false, map[string][]byte{"b": {}, "c": []byte("3")}},
		{nil, false, map[string][]byte{"b": {}, "c": []byte("3")}},
		{map[string][]byte{"d": []byte("4")}, true, map[string][]byte{"d": []byte("4")}},
		{nil, true, map[string][]byte{}},
	} {
		p := page(t, 0, "one", "a")
		p.Notes, p.Forget = c.set, c.forget
		save(t, s, p)
		have, err := s.Notes("s")
		check(t, err)
		if diff := cmp.Diff(c.want, have, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after %v (-want +have):\n%s", c.set, diff)
		}
	}
	if _, err := s.Notes("no source"); catalog.CodeOf(err) != catalog.Invalid {
		t.Errorf("notes of no source: %v", err)
	}
	sound(t, reopen(t, s))
}

func TestSaveStates(t *testing.T) {
	s := open(t, t.TempDir())
	submitted := page(t, 0, "one", "a")
	submitted.State = catalog.Submitted
	save(t, s, submitted)
	save(t, s, page(t, 1, "two", "b"))
	again := page(t, 1, "two", "a")
	again.State = catalog.Submitted
	save(t, s, again)
	if state := get(t, s, "a").Envelope.State; state != catalog.Submitted {
		t.Errorf("a source that is not trusted made its record %s", state)
	}
	gone := page(t, 2, "")
	gone.Withdrawn = []string{"s:b", "s:a", "s:never", "s:b"}
	if have := save(t, s, gone); have != (catalog.Outcome{Withdrawn: 2}) {
		t.Errorf("withdrawing: %+v", have)
	}
	if have := save(t, s, gone); have != (catalog.Outcome{}) {
		t.Errorf("withdrawing again: %+v", have)
	}
	tombstone := get(t, s, "b")
	want := catalog.Envelope{Seq: 5, Version: 2, State: catalog.Withdrawn, Added: day(1), Updated: day(2)}
	if diff := cmp.Diff(want, tombstone.Envelope); diff != "" || tombstone.Record.Title["en"] != "two" {
		t.Errorf("tombstone (-want +have):\n%s", diff)
	}

	// What comes back, changed or not, is as public as it was; what waited is
	// published once its source is trusted, though its content is the same.
	back := page(t, 3, "two", "a", "b")
	back.State = catalog.Submitted
	if have := save(t, s, back); have != (catalog.Outcome{Changed: 2}) {
		t.Errorf("back again: %+v", have)
	}
	if a, b := get(t, s, "a").Envelope, get(t, s, "b").Envelope; a.State != catalog.Submitted || b.State != catalog.Published || !b.Updated.Equal(day(3)) || b.Version != 3 {
		t.Errorf("back again: %+v, %+v", a, b)
	}
	if have := save(t, s, page(t, 3, "two", "a", "b")); have != (catalog.Outcome{Changed: 1, Unchanged: 1}) {
		t.Errorf("trusted: %+v", have)
	}
	if a := get(t, s, "a").Envelope; a.State != catalog.Published || !a.Updated.Equal(day(3)) {
		t.Errorf("trusted: %+v", a)
	}
	if stats, err := s.Stats(); err != nil || stats.Entries != 2 || stats.Published != 2 {
		t.Errorf("%+v, %v", stats, err)
	}
	sound(t, s)
}

func TestSaveTwiceInAPage(t *testing.T) {
	s := open(t, t.TempDir())
	p := page(t, 0, "first", "a")
	p.Records = append(p.Records, record(t, "b", "b", day(0)), record(t, "a", "last", day(0)))
	p.Withdrawn = []string{"s:a"}
	if have := save(t, s, p); have != (catalog.Outcome{New: 2}) {
		t.Errorf("%+v", have)
	}
	if e := get(t, s, "a"); e.Record.Title["en"] != "last" || e.Envelope.Version != 1 {
		t.Errorf("%+v", e)
	}
	sound(t, s)
}

func TestSaveIsAllOrNothing(t *testing.T) {
	s := open(t, t.TempDir())
	p := page(t, 0, "one", "a")
	p.Records = append(p.Records, &catalog.Record{ID: "no id\x00"})
	_, err := s.Save(t.Context(), p)
	refused(t, err, catalog.Invalid, "source:native")
	p = page(t, 0, "one", "a")
	p.Source = "s\x00"
	_, err = s.Save(t.Context(), p)
	refused(t, err, catalog.Invalid, "name of a source")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = s.Save(ctx, page(t, 0, "one", "a")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	err = s.update(t.Context(), day(0), func(w *writer) error {
		if _, err := w.harvest(*record(t, "a", "one", day(0)), catalog.Published, false); err != nil {
			return err
		}
		return context.DeadlineExceeded
	})
	if !errors.Is(err, context.DeadlineExceeded) || s.Head() != 0 {
		t.Errorf("%v, head %d", err, s.Head())
	}
	_, err = s.Get("s:a")
	refused(t, err, catalog.NotFound, "s:a")
	sound(t, s)
}

// TestLog compares the whole log after each kind of change.
func TestLog(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a", "b"))
	save(t, s, page(t, 1, "two", "a"))
	gone := page(t, 2, "")
	gone.Withdrawn = []string{"s:a"}
	save(t, s, gone)
	save(t, s, page(t, 3, "two", "a"))
	check(t, s.Edit(t.Context(), "s:a", catalog.Edit{Patch: []byte(`{"kind":"initiative"}`), By: "Amal", Why: "pinned"}, day(4)))
	type line struct {
		Seq       uint64
		ID, Class string
		Time      time.Time
		State     string // of the entry, "" if it has a successor
	}
	want := []line{
		{1, "s:a", catalog.Content, day(0), ""},
		{2, "s:b", catalog.Content, day(0), catalog.Published},
		{3, "s:a", catalog.Content, day(1), ""},
		{4, "s:a", catalog.Content, day(2), ""},
		{5, "s:a", catalog.Content, day(3), ""},
		{6, "s:a", catalog.Annotation, day(4), catalog.Published},
	}
	var have []line
	for after := uint64(0); ; {
		changes, err := s.Changes(t.Context(), after, 2)
		check(t, err)
		if len(changes) == 0 {
			break
		}
		for _, c := range changes {
			l := line{Seq: c.Seq, ID: c.ID, Class: c.Class, Time: c.Time}
			if c.Entry != nil {
				l.State = c.Entry.Envelope.State
			}
			have = append(have, l)
			after = c.Seq
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("log (-want +have):\n%s", diff)
	}
}
