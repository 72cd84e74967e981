package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"clearinghouse/api"
	"clearinghouse/catalog"
	"clearinghouse/search"
	"clearinghouse/store"

	"github.com/google/go-cmp/cmp"
)

// changed is what a test reads of an answer of /api/v1/changes.
type changed struct {
	Items []struct {
		Seq        uint64
		ID         string
		Class      string
		Deleted    bool
		MergedInto string `json:"merged_into"`
		Members    []catalog.Member
		Record     *catalog.Record
	}
	Next      *string
	Head      uint64
	SinceMark string `json:"since_mark"`
	Mark      string
}

// follow reads all changes after since, in pages, one line each. Each page has the
// mark with which the one before ended.
func (f *fixture) follow(t *testing.T, since uint64, limit int) (lines []string, head uint64) {
	t.Helper()
	path := fmt.Sprintf("/api/v1/changes?since=%d&limit=%d", since, limit)
	for first, mark := true, ""; ; first = false {
		a := answer[changed](t, f.get(path))
		if wantMark := since > 0 && since <= a.Head; first && (a.SinceMark != "") != wantMark || !first && a.SinceMark != mark {
			t.Errorf("%s: it begins at %q after %q", path, a.SinceMark, mark)
		}
		if mark = a.Mark; mark == "" && since <= a.Head {
			t.Errorf("%s: no mark", path)
		}
		for _, c := range a.Items {
			line := fmt.Sprint(c.Seq, " ", c.ID, " ", c.Class)
			switch {
			case c.Deleted != (c.Record == nil) && c.MergedInto == "":
				t.Errorf("%s: deleted %v, with the record %v", line, c.Deleted, c.Record)
			case c.Record != nil && c.Record.ID != c.ID:
				t.Errorf("%s: the record is %s", line, c.Record.ID)
			case c.Deleted && c.Record != nil:
				line += " lives on in " + c.MergedInto
			case c.Deleted:
				line += " deleted"
			default:
				for _, m := range c.Members {
					line += " +" + m.ID
				}
			}
			lines = append(lines, line)
		}
		if a.Next == nil {
			return lines, a.Head
		}
		path = *a.Next
	}
}

// TestChanges: whoever follows the changes sees each record as it is now, and of
// those that are gone, that they are and where they went.
func TestChanges(t *testing.T) {
	f := newFixture(t)
	s, index := f.options.Store.(*store.Store), f.options.Engine.(*search.Index)
	want := []string{"1 s:news content", "2 s:path content", "3 s:walkers content", "5 s:gone content deleted"}
	for _, limit := range []int{1, 2, 100} {
		have, head := f.follow(t, 0, limit)
		if len(have) != 4 || head != 5 || have[3] != want[3] {
			t.Errorf("%d at a time: %q up to %d", limit, have, head)
		}
	}
	if have, head := f.follow(t, 5, 10); len(have) != 0 || head != 5 {
		t.Errorf("after the head: %q up to %d", have, head)
	}
	if have, head := f.follow(t, 5000, 10); len(have) != 0 || head != 5 {
		t.Errorf("beyond the head: %q up to %d", have, head)
	}

	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	hidden := &catalog.Record{ID: "w:1", Kind: "initiative", Title: catalog.Text{"en": "It waits"}, Provenance: catalog.Provenance{Source: "w"}}
	if _, err := s.Save(t.Context(), catalog.Page{Source: "w", State: catalog.Submitted, Time: now, Records: []*catalog.Record{hidden}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(t.Context(), []string{"s:path", "s:news"}, catalog.Edit{}, now); err != nil {
		t.Fatal(err)
	}
	if err := index.Sync(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const survivor, absorbed = "s:news", "s:path"
	have, head := f.follow(t, 5, 10)
	if diff := cmp.Diff([]string{"7 " + absorbed + " content lives on in " + survivor, "8 " + survivor + " content +" + survivor + " +" + absorbed}, have); diff != "" || head != 8 {
		t.Errorf("up to %d (-want +have)\n%s", head, diff)
	}

	// The record that lives on in another is found under it, and nowhere else.
	r := f.get("/api/v1/records/" + absorbed + "?lang=fr")
	if r.StatusCode != http.StatusMovedPermanently || r.Header.Get("Location") != "/api/v1/records/"+survivor+"?lang=fr" || !strings.Contains(r.Header.Get("Cache-Control"), "no-cache") {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if text := body(t, f.get("/api/v1/records?facets=none")); strings.Contains(text, `"id":"`+absorbed+`"`) {
		t.Errorf("the search still finds %s: %s", absorbed, text)
	}
	if text := body(t, f.get("/api/v1/records.jsonl")); strings.Contains(text, `"id":"`+absorbed+`"`) {
		t.Errorf("the export still has %s: %s", absorbed, text)
	}
	if text := body(t, f.get("/api/v1/records/"+survivor)); !strings.Contains(text, `"members":[{"id":"`+survivor) {
		t.Errorf("no members: %s", text)
	}
}

// TestChangesWait: a client that waits has the next change as soon as it is there, as a line; one
// that waits in vain an empty answer.
func TestChangesWait(t *testing.T) {
	f := newFixture(t)
	s := f.options.Store.(*store.Store)
	lines := f.get("/api/v1/changes.jsonl?since=0&limit=2")
	if n := strings.Count(body(t, lines), "\n"); n != 1 || lines.Header.Get("Link") != `</api/v1/changes.jsonl?limit=2&since=2>; rel="next"` || lines.Header.Get("X-Head") != fmt.Sprint(s.Head()) {
		t.Errorf("%d lines, %v", n, lines.Header)
	}
	path := fmt.Sprintf("/api/v1/changes.jsonl?since=%d&wait=", s.Head())
	if text := body(t, f.get(path+"1")); text != "" {
		t.Errorf("nothing has changed: %s", text)
	}
	answered := make(chan string)
	go func() { answered <- body(t, f.get(path+"20")) }()
	if _, err := s.Save(t.Context(), catalog.Page{Source: "s", Withdrawn: []string{"s:news"}, Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if text := <-answered; !strings.Contains(text, `"id":"s:news"`) || !strings.Contains(text, `"deleted":true`) {
		t.Errorf("%s", text)
	}
	checkProblem(t, f.get(path+"100"), 400, catalog.Invalid, "wait")
}

// waiting tells when somebody waits for a change, and how the wait ended.
type waiting struct {
	api.Store
	begun chan bool
	ended chan error
}

func (w *waiting) Wait(ctx context.Context, after uint64) error {
	w.begun <- true
	err := w.Store.Wait(ctx, after)
	w.ended <- err
	return err
}

// TestStopping: who waits for a change is answered when the server is to stop, and does not hold it up.
func TestStopping(t *testing.T) {
	f := newFixture(t)
	w := &waiting{f.options.Store, make(chan bool), make(chan error, 1)}
	stopping, stop := context.WithCancel(t.Context())
	f.options.Store, f.options.Stopping = w, stopping
	f.open(t)
	answered := make(chan *http.Response)
	go func() { answered <- f.get(fmt.Sprintf("/api/v1/changes?since=%d&wait=25", w.Head())) }()
	<-w.begun
	stop()
	r := <-answered
	if err := <-w.ended; !errors.Is(err, context.Canceled) || r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), `"items":[]`) {
		t.Errorf("the wait ended with %v, the answer is %s", err, r.Status)
	}
}
