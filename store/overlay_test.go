package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

func patch(text string) catalog.Edit {
	return catalog.Edit{Patch: []byte(text), By: "Amal", Why: "seen on their page"}
}

func TestEdit(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a"))
	harvested := get(t, s, "a")
	check(t, s.Edit(t.Context(), "s:a", patch(`{"title":{"fr":" le titre\r\n"},"countries":["ma"],"summary":null}`), day(1)))
	check(t, s.Edit(t.Context(), "s:a", patch(`{"status":"ongoing"}`), day(2)))
	edited := get(t, s, "a")
	want := harvested.Record
	want.Title = catalog.Text{"en": "one", "fr": "le titre"} // cleaned
	want.Summary, want.Status = nil, "ongoing"
	want.Countries, want.Regions = []string{"MA"}, []string{"015"} // derived anew
	want.Provenance.Hash = want.ContentHash()
	if diff := cmp.Diff(want, edited.Record); diff != "" {
		t.Errorf("edited (-want +have):\n%s", diff)
	}
	if e := edited.Envelope; e.Version != 3 || !e.Updated.Equal(day(2)) || !e.Added.Equal(day(0)) {
		t.Errorf("%+v", e)
	}

	// The same harvest is no change, and another cannot undo the edits.
	if have := save(t, s, page(t, 3, "one", "a")); have != (catalog.Outcome{Unchanged: 1}) {
		t.Errorf("the same again: %+v", have)
	}
	next := page(t, 4, "two", "a")
	next.Records[0].Status = "completed"
	if have := save(t, s, next); have != (catalog.Outcome{Changed: 1}) {
		t.Errorf("another harvest: %+v", have)
	}
	s = reopen(t, s)
	if r := get(t, s, "a").Record; r.Title["en"] != "two" || r.Title["fr"] != "le titre" || r.Status != "ongoing" || r.Provenance.Retrieved != next.Records[0].Provenance.Retrieved {
		t.Errorf("after another harvest: %+v", r)
	}
	// Where the source changes only what an editor has settled, readers see no change.
	next = page(t, 5, "two", "a")
	next.Records[0].Status = "planned"
	save(t, s, next)
	if e := get(t, s, "a").Envelope; e.Version != 5 || !e.Updated.Equal(day(4)) {
		t.Errorf("%+v", e)
	}
	sound(t, s)

	// Without edits the record is as last harvested.
	check(t, s.Edit(t.Context(), "s:a", patch(`null`), day(6)))
	if r := get(t, s, "a").Record; r.Title["fr"] != "" || r.Status != "planned" || r.Countries[0] != "JO" {
		t.Errorf("without edits: %+v", r)
	}
	refused(t, s.Edit(t.Context(), "s:a", catalog.Edit{}, day(7)), catalog.NotFound, "no edits")
	sound(t, s)
}

func TestEditOfTombstone(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a"))
	check(t, s.Edit(t.Context(), "s:a", patch(`{"status":"ongoing"}`), day(1)))
	gone := page(t, 2, "")
	gone.Withdrawn = []string{"s:a"}
	save(t, s, gone)
	refused(t, s.Edit(t.Context(), "s:a", patch(`{"status":"planned"}`), day(3)), catalog.Conflict, "withdrawn")
	save(t, s, page(t, 4, "one", "a"))
	if e := get(t, s, "a"); e.Record.Status != "ongoing" || !e.Public() {
		t.Errorf("%+v", e)
	}
	sound(t, s)
}

func TestEditRefused(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a"))
	for text, words := range map[string]string{
		`{"status":"finished"}`:                           `"finished" is not known`,
		`{"kind":"x","status":"y","scope":"z","start":1}`: "start must be a text",
		`{"id":"s:b"}`:                                    "id and provenance",
		`{"provenance":{"licence":"none"}}`:               "id and provenance",
		`{"provenance":null}`:                             "id and provenance",
		`{"titel":{"en":"x"}}`:                            "titel",
		`{"title":null}`:                                  "title",
		`["status"]`:                                      "merge patch",
		`7`:                                               "merge patch",
		`{"status":`:                                      "merge patch",
		"{\"title\":{\"en\":\"\xff\"}}":                   "UTF-8",
		`{"fields":["a","b","c","d","e","f"]}`:            "and 1 more",
	} {
		refused(t, s.Edit(t.Context(), "s:a", patch(text), day(1)), catalog.Invalid, words)
	}
	refused(t, s.Edit(t.Context(), "s:b", patch(`{}`), day(1)), catalog.NotFound, "s:b")
	refused(t, s.Edit(t.Context(), "", patch(`{}`), day(1)), catalog.NotFound)
	if e := get(t, s, "a").Envelope; e.Version != 1 {
		t.Errorf("%+v", e)
	}
	sound(t, s)
}

// TestEditNoLongerFits harvests what an edit cannot be applied to: it is shown
// as harvested, the edit is kept and named, and applies again later.
func TestEditNoLongerFits(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a"))
	check(t, s.Edit(t.Context(), "s:a", patch(`{"original":"en","status":"ongoing"}`), day(1)))
	french := page(t, 2, "one", "a")
	french.Records[0].Title, french.Records[0].Original = catalog.Text{"fr": "un"}, "fr" // no title in English
	if have := save(t, s, french); have != (catalog.Outcome{Changed: 1}) {
		t.Errorf("%+v", have)
	}
	if r := get(t, s, "a").Record; r.Original != "fr" || r.Status != "" {
		t.Errorf("shown: %+v", r)
	}
	problems, err := s.Verify(t.Context(), nil)
	check(t, err)
	if len(problems) != 1 || !strings.Contains(problems[0], "edits of s:a no longer fit") {
		t.Errorf("problems: %q", problems)
	}
	save(t, s, page(t, 3, "two", "a"))
	if r := get(t, s, "a").Record; r.Title["en"] != "two" || r.Status != "ongoing" {
		t.Errorf("shown: %+v", r)
	}
	sound(t, s)
}
