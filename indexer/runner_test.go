package indexer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// clock is the time at which all runs of the tests happen.
var clock = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func taxonomy(t testing.TB) *catalog.Taxonomy {
	t.Helper()
	out, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func source(t testing.TB, file string) *indexer.Source {
	t.Helper()
	s, err := indexer.ParseSource("test.yaml", []byte(file), taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func runner(t testing.TB, store indexer.Store) *indexer.Runner {
	t.Helper()
	r := indexer.NewRunner(store, taxonomy(t), indexer.Options{Now: func() time.Time { return clock }})
	t.Cleanup(r.Close)
	return r
}

func pull(t testing.TB, store indexer.Store, s *indexer.Source) catalog.Run {
	t.Helper()
	run, err := runner(t, store).Pull(context.Background(), s, indexer.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func isDue(t testing.TB, r *indexer.Runner, s *indexer.Source) bool {
	t.Helper()
	due, err := r.Due(s)
	if err != nil {
		t.Fatal(err)
	}
	return len(due) > 0
}

// site is the small six-language site and its source file.
func site(t testing.TB, handler http.Handler) (*httptest.Server, *indexer.Source) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	file, err := os.ReadFile("testdata/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return server, source(t, strings.ReplaceAll(string(file), "http://127.0.0.1:8000", server.URL))
}

var siteFiles = http.FileServer(http.Dir("testdata/site"))

// golden compares with testdata/name, or writes it with -update.
func golden(t *testing.T, name string, have []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, have, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("%s differs (run with -update if that is right):\n%s", path, diff)
	}
}

// records are what a store holds, as JSON lines in the order of the ids, with
// the address of the test server taken out.
func (m *memory) jsonl(server string) []byte {
	var out bytes.Buffer
	for _, id := range m.ids() {
		r := *m.records[id]
		r.Provenance.Hash = "" // the server's port is in it
		out.Write(r.JSON())
		out.WriteByte('\n')
	}
	return bytes.ReplaceAll(out.Bytes(), []byte(server), []byte("http://site"))
}

func (m *memory) ids() []string {
	var ids []string
	for id := range m.records {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// TestSite pulls the small site: the translations of a page are one record, a
// missing translation and a missing page are reported.
func TestSite(t *testing.T) {
	server, s := site(t, siteFiles)
	store := newMemory()
	run := pull(t, store, s)
	golden(t, "site.golden", store.jsonl(server.URL))
	if !run.Complete || run.New != 3 || run.Error != "" {
		t.Errorf("report %+v, want three new records", run)
	}
	var missing []string
	for _, refusal := range run.Refusals {
		missing = append(missing, strings.TrimPrefix(refusal.Where, server.URL)+" "+refusal.Reasons[0].Code)
	}
	want := []string{"/fr/school.html not_found", "/en/gone.html not_found", "/ar/gone.html not_found", "/zh/gone.html not_found",
		"/fr/gone.html not_found", "/ru/gone.html not_found", "/es/gone.html not_found"}
	slices.Sort(missing)
	slices.Sort(want)
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Error(diff)
	}
}

// TestResume cuts a pull off at each page in turn: by a store that fails and by
// a context that ends. The next pulls go on, and in the end nothing is missing,
// nothing was fetched twice but the page that was under way, and the report is
// complete.
func TestResume(t *testing.T) {
	for _, how := range []string{"store", "context"} {
		for at := 1; at <= 6; at++ {
			t.Run(fmt.Sprintf("%s %d", how, at), func(t *testing.T) {
				var requests atomic.Int32
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				store := newMemory()
				server, s := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if int(requests.Add(1)) == 6*at && how == "context" {
						cancel()
					}
					siteFiles.ServeHTTP(w, r)
				}))
				if how == "store" {
					store.failFrom = at
				}
				run, err := runner(t, store).Pull(ctx, s, indexer.Wish{})
				if err == nil {
					if how == "context" && run.Complete {
						return // it was over before
					}
					t.Fatal("the pull was not cut off")
				}
				if run.Complete || run.Error == "" {
					t.Errorf("cut off, but reported %+v", run)
				}
				store.failFrom = 0
				if len(store.cursors["site"]) > 0 && isDue(t, runner(t, store), s) {
					t.Error("due at once after a failure")
				}
				run = pull(t, store, s)
				if !run.Complete || run.New+run.Unchanged != 3 {
					t.Errorf("report of the second half %+v", run)
				}
				golden(t, "site.golden", store.jsonl(server.URL))
				if len(store.runs["site"]) > 2 {
					t.Errorf("%d runs, want one that was gone on with", len(store.runs["site"]))
				}
			})
		}
	}
}

// TestFailures has servers misbehave in one page each.
func TestFailures(t *testing.T) {
	forbidden := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) }
	for _, c := range []struct {
		name, path string
		page       func(w http.ResponseWriter, r *http.Request)
		complete   bool
		new        int
		problem    string // in the report's error, else in a refusal
	}{
		{"forbidden translation", "/zh/films.html", forbidden, true, 3, "answers HTTP 403"},
		{"forbidden item", "/en/films.html", forbidden, true, 2, "answers HTTP 403"},
		{"forbidden list", "/en/index2.html", forbidden, false, 2, "answers HTTP 403"},
		{"loop", "/en/films.html", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, true, 2, "redirects more than 5 times"},
		{"gone", "/zh/films.html", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(410) }, true, 3, "is not there (HTTP 410)"},
		{"elsewhere", "/en/films.html", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://localhost:1/secret", http.StatusFound)
		}, true, 2, "is a private address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, s := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == c.path {
					c.page(w, r)
					return
				}
				siteFiles.ServeHTTP(w, r)
			}))
			run := pull(t, newMemory(), s)
			says := run.Error
			if c.complete {
				says = fmt.Sprint(run.Refusals)
			}
			if run.Complete != c.complete || run.New != c.new || !strings.Contains(says, c.problem) {
				t.Errorf("report %+v, want complete %v, %d new and %q", run, c.complete, c.new, c.problem)
			}
		})
	}
}

// TestUnreachable leaves a source alone that does not answer, and goes on with
// the same run once it does.
func TestUnreachable(t *testing.T) {
	for name, down := range map[string]string{"whole": "/", "items": ".html"} {
		t.Run(name, func(t *testing.T) {
			up := false
			_, s := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !up && strings.Contains(r.URL.Path, down) && (name == "whole" || !strings.Contains(r.URL.Path, "index")) && r.URL.Path != "/robots.txt" {
					w.Header().Set("Retry-After", "3600") // too long to be waited for
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				siteFiles.ServeHTTP(w, r)
			}))
			store := newMemory()
			run := pull(t, store, s)
			if run.Complete || !strings.Contains(run.Error, "does not answer") || run.Refused != 0 {
				t.Errorf("report %+v, want one of a source that does not answer", run)
			}
			if isDue(t, runner(t, store), s) {
				t.Error("due at once; want it left alone for a while")
			}
			later := indexer.NewRunner(store, taxonomy(t), indexer.Options{Now: func() time.Time { return clock.Add(time.Hour) }})
			defer later.Close()
			if !isDue(t, later, s) {
				t.Error("not due; want another try after an hour")
			}
			up = true
			if run := pull(t, store, s); !run.Complete || run.New != 3 || run.Number != 1 {
				t.Errorf("report %+v, want run 1 to have 3 new records", run)
			}
		})
	}
}

// TestDueOrder: what was never pulled comes first, in the order of the files, then
// what has been due for longest, whatever its rhythm; what is not due is left out.
func TestDueOrder(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, line("a")) }))
	defer server.Close()
	store := newMemory()
	var all []*indexer.Source
	for _, c := range []struct {
		id, every string
		ago       time.Duration // since it was pulled last, 0 if it never was
	}{
		{"young", "24h", 23 * time.Hour}, {"hourly", "1h", 3 * time.Hour}, {"daily", "24h", 25 * time.Hour},
		{"new", "24h", 0}, {"weekly", "168h", 200 * time.Hour}, {"newer", "1h", 0},
	} {
		s := source(t, fmt.Sprintf("id: %s\nname: %s\nformat: jsonl\naddress: %s\nprivate_addresses: true\nevery: %s\n", c.id, c.id, server.URL, c.every))
		all = append(all, s)
		if c.ago == 0 {
			continue
		}
		then := indexer.NewRunner(store, taxonomy(t), indexer.Options{Now: func() time.Time { return clock.Add(-c.ago) }})
		if run, err := then.Pull(t.Context(), s, indexer.Wish{}); err != nil || !run.Complete {
			t.Fatalf("%s: %+v, %v", c.id, run, err)
		}
		then.Close()
	}
	due, err := runner(t, store).Due(all...)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range due {
		ids = append(ids, s.ID)
	}
	if diff := cmp.Diff([]string{"new", "newer", "weekly", "hourly", "daily"}, ids); diff != "" {
		t.Error(diff)
	}
}

// TestAbsence withdraws a record after three complete runs without it.
func TestAbsence(t *testing.T) {
	gone := false
	_, s := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone && strings.HasSuffix(r.URL.Path, "films.html") {
			w.WriteHeader(404)
			return
		}
		siteFiles.ServeHTTP(w, r)
	}))
	store := newMemory()
	pull(t, store, s)
	gone = true
	for i, want := range []int{0, 0, 1} {
		if run := pull(t, store, s); run.Withdrawn != want {
			t.Errorf("run %d without the page: %d withdrawn, want %d", i+1, run.Withdrawn, want)
		}
	}
}

// TestUntranslated: a site that sends readers of a translation it does not have
// to the original has no translation there.
func TestUntranslated(t *testing.T) {
	_, s := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, is := strings.CutPrefix(r.URL.Path, "/ar/"); is {
			http.Redirect(w, r, "/en/"+name, http.StatusFound)
			return
		}
		siteFiles.ServeHTTP(w, r)
	}))
	store := newMemory()
	run := pull(t, store, s)
	if run.New != 3 || !strings.Contains(fmt.Sprint(run.Refusals), "leads to the original") {
		t.Errorf("%+v", run)
	}
	for id, r := range store.records {
		if r.Title["ar"] != "" || r.Title["en"] == "" {
			t.Errorf("%s is titled %v", id, r.Title)
		}
	}
}

// TestListGone never takes a site that moved for one whose items are gone.
func TestListGone(t *testing.T) {
	for name, page := range map[string]string{"missing": "", "redesigned": "<p>All new!"} {
		_, s := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if page == "" {
				w.WriteHeader(404)
			}
			fmt.Fprint(w, page)
		}))
		if run := pull(t, newMemory(), s); run.Complete || run.Error == "" {
			t.Errorf("%s: report %+v, want one that is not complete", name, run)
		}
	}
}

const jsonlSource = `
id: lines
name: Lines
format: jsonl
licence: CC0-1.0
address: %s/records.jsonl
private_addresses: true
constants: {fields: [youth]}
`

func line(id string) string {
	return fmt.Sprintf(`{"id":%q,"kind":"resource","title":{"en":"Title of %s"},"provenance":{"source":""}}`+"\n", id, id)
}

// numbered serves the small site with n items, of which the list is long and the
// pages are short.
func numbered(n *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if strings.HasSuffix(r.URL.Path, "/en/index.html") {
			for n := range n.Load() {
				fmt.Fprintf(w, `<ul class="items"><li><a href="p%d.html">Project %d</a></li></ul>`, n, n)
			}
			return
		}
		if !strings.Contains(r.URL.Path, "/en/") {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, `<html lang="en"><main><h1>%s</h1></main></html>`, r.URL.Path)
	})
}

// TestLongList: what each page of a harvest writes beside its records does not
// grow with how much is still to be asked for.
func TestLongList(t *testing.T) {
	var items atomic.Int64
	items.Store(400)
	_, s := site(t, numbered(&items))
	store := newMemory()
	pull(t, store, s)
	if len(store.records) != 400 {
		t.Errorf("%d records of 400", len(store.records))
	}
	if each := store.kept / store.pages; each > 3_000 {
		t.Errorf("each of %d pages kept %d bytes", store.pages, each)
	}
	if notes, _ := store.Notes(s.ID); len(notes) > 0 {
		t.Errorf("%d notes are left after the run", len(notes))
	}
}

// TestFewer: a source that loses half of its records is held back, until it has
// them again or someone says that it is right.
func TestFewer(t *testing.T) {
	var items atomic.Int64
	items.Store(20)
	_, s := site(t, numbered(&items))
	store := newMemory()
	pull(t, store, s)
	items.Store(10)
	for range 4 {
		if run := pull(t, store, s); run.Complete || !strings.Contains(run.Error, "10 records instead of 20") || len(store.records) != 20 {
			t.Fatalf("%+v, %d records", run, len(store.records))
		}
	}
	items.Store(12)
	if run := pull(t, store, s); !run.Complete {
		t.Errorf("%d of 20 records are no fault, %+v", items.Load(), run)
	}
	items.Store(3)
	for n := range 3 {
		run, err := runner(t, store).Pull(t.Context(), s, indexer.Wish{Fewer: n == 0})
		if err != nil || !run.Complete {
			t.Errorf("pull %d: %+v, %v", n, run, err)
		}
	}
	if len(store.records) != 3 {
		t.Errorf("%d records are left, want 3", len(store.records))
	}
}

// TestUnmodified spares a source that says nothing has changed, and withdraws
// nothing for it.
func TestUnmodified(t *testing.T) {
	served := 0
	body := line("a") + line("b")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(len(body))))
		if r.URL.Path == "/records.jsonl" && r.Header.Get("If-None-Match") == "" {
			served++
		}
		http.ServeContent(w, r, "records.jsonl", time.Time{}, strings.NewReader(body))
	}))
	defer server.Close()
	store, s := newMemory(), source(t, fmt.Sprintf(jsonlSource, server.URL))
	pull(t, store, s)
	for range 4 {
		if run := pull(t, store, s); !run.Unmodified || run.Complete || run.Unchanged != 2 || run.Withdrawn != 0 || run.Error != "" {
			t.Errorf("report %+v, want unmodified with 2 unchanged", run)
		}
	}
	if served != 1 || len(store.records) != 2 {
		t.Errorf("served %d times, %d records; want 1 and 2", served, len(store.records))
	}
	body += line("c")
	if run := pull(t, store, s); run.Unmodified || !run.Complete || run.New != 1 || run.Unchanged != 2 {
		t.Errorf("report %+v, want one new", run)
	}
	r := store.records["lines:c"]
	if store.states["lines:c"] != catalog.Submitted || r.Provenance.Licence != "CC0-1.0" || !slices.Equal(r.Fields, []string{"youth"}) {
		t.Errorf("state %q, record %s", store.states["lines:c"], r.JSON())
	}
}

// TestCleaning: after the program makes something else of what sources deliver, a
// source that has not changed is due and read afresh, once.
func TestCleaning(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.URL.Path == "/records.jsonl" && r.Header.Get("If-None-Match") == "" {
			asked++
		}
		http.ServeContent(w, r, "records.jsonl", time.Time{}, strings.NewReader(line("a")))
	}))
	defer server.Close()
	store, s := newMemory(), source(t, fmt.Sprintf(jsonlSource, server.URL))
	pull(t, store, s)
	before := bytes.ReplaceAll(store.cursors["lines"], []byte("cleaning "), []byte("cleaning 0 of "))
	if bytes.Equal(before, store.cursors["lines"]) {
		t.Fatalf("the cleaning is not in the cursor %s", before)
	}
	store.cursors["lines"] = before
	if !isDue(t, runner(t, store), s) {
		t.Error("not due")
	}
	if run := pull(t, store, s); run.Unmodified || !run.Complete || run.Unchanged != 1 || asked != 2 {
		t.Errorf("asked for %d times, %+v", asked, run)
	}
	if isDue(t, runner(t, store), s) {
		t.Error("due again")
	}
	if run := pull(t, store, s); !run.Unmodified || asked != 2 {
		t.Errorf("asked for %d times, %+v", asked, run)
	}
}

// TestLongFile resumes in the middle of a file, and starts it again if it has
// changed.
func TestLongFile(t *testing.T) {
	const records = 1800
	var file strings.Builder
	for i := range records {
		file.WriteString(line(fmt.Sprintf("r%04d", i)))
	}
	body := file.String()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) }))
	defer server.Close()
	s := source(t, fmt.Sprintf(jsonlSource, server.URL))
	for _, changed := range []bool{false, true} {
		body = file.String()
		store := newMemory()
		store.failFrom = 3
		if _, err := runner(t, store).Pull(context.Background(), s, indexer.Wish{}); !errors.Is(err, errFull) {
			t.Fatalf("error %v, want that of the store", err)
		}
		store.failFrom = 0
		want := 800
		if changed {
			body = line("first") + body
			want = records + 1
		}
		before := store.pages
		run := pull(t, store, s)
		if !run.Complete || len(store.records) != len(strings.Split(body, "\n"))-1 {
			t.Errorf("changed %v: %d records, report %+v", changed, len(store.records), run)
		}
		if pages, most := store.pages-before, want/500+2; pages > most {
			t.Errorf("changed %v: the second half took %d pages, want at most %d", changed, pages, most)
		}
		if sum := run.New + run.Unchanged; !changed && sum != records {
			t.Errorf("the report counts %d records of both halves, want %d", sum, records)
		}
	}
}

// TestTest shows the first records and stores nothing.
func TestTest(t *testing.T) {
	_, s := site(t, siteFiles)
	store := newMemory()
	records, _, err := runner(t, store).Test(context.Background(), s, 2)
	if err != nil || len(records) != 2 || records[0].ID != "site:path.html" {
		t.Errorf("%d records, %v", len(records), err)
	}
	if store.pages != 0 || len(store.runs) != 0 {
		t.Error("something was stored")
	}
	_, broken := site(t, http.NotFoundHandler())
	if _, _, err := runner(t, store).Test(context.Background(), broken, 2); err == nil {
		t.Error("a site without pages is tested without an error")
	}
	for body, want := range map[string]string{"ID,Title,Country\n1,One,Atlantis\n": "left out", "ID,Title,Country\n1,,Jordan\n": "refused", "ID,Title,Country\n": ""} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		t.Cleanup(server.Close)
		records, run, err := runner(t, store).Test(context.Background(), source(t, strings.Replace(linesFile(server.URL), "jsonl", "table", 1)+
			"constants: {kind: initiative}\ntable: {id: ID, columns: {title: Title, countries: Country}}\n"), 2)
		have := ""
		switch {
		case run.TakenInPart > 0 && len(run.LeftOut) > 0:
			have = "left out"
		case run.Refused > 0 && len(run.Refusals) > 0:
			have = "refused"
		}
		if have != want || run.New != len(records) || (err == nil) != (len(records) > 0) || err != nil && !strings.Contains(err.Error(), "no record that could be taken") {
			t.Errorf("%s: %d records, %+v, %v; want %q", body, len(records), run, err, want)
		}
	}
}

// linesFile is the file of a source of JSON lines.
func linesFile(address string) string {
	return "id: lines\nname: Lines\nformat: jsonl\naddress: " + address + "/\nlanguage: en\nprivate_addresses: true\n"
}

// TestRenewed warns of a source whose records come under other ids than before, and
// of no other.
func TestRenewed(t *testing.T) {
	var prefix string
	var n int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := range n {
			id := fmt.Sprint(i)
			if i >= 4 {
				id = prefix + id
			}
			fmt.Fprintf(w, `{"id":%q,"kind":"initiative","title":{"en":"No. %d"}}`+"\n", id, i)
		}
	}))
	t.Cleanup(server.Close)
	store, s := newMemory(), source(t, linesFile(server.URL))
	for _, c := range []struct {
		prefix string
		n      int
		want   string
	}{
		{"a", 20, ""},
		{"a", 40, ""}, // it has grown
		{"b", 40, "36 of the 40 records are new, and 36 of the 40 of before are missing"},
		{"b", 40, ""},
		{"b", 24, ""}, // it has shrunk
		{"c", 24, "20 of the 24 records are new, and 20 of the 24 of before are missing"},
	} {
		prefix, n = c.prefix, c.n
		run := pull(t, store, s)
		if !run.Complete || !strings.HasPrefix(run.Warning, c.want) || (c.want == "") != (run.Warning == "") {
			t.Errorf("%s %d: %+v, want %q", c.prefix, c.n, run, c.want)
		}
	}
	few, s := newMemory(), source(t, linesFile(server.URL))
	for _, prefix = range []string{"a", "b"} {
		n = 12
		if run := pull(t, few, s); !run.Complete || run.Warning != "" {
			t.Errorf("few: %+v", run)
		}
	}
}

// TestStarter pulls the collection of the binary as serve does.
func TestStarter(t *testing.T) {
	s, err := indexer.Starter(taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	store := newMemory()
	r := runner(t, store)
	for _, want := range []bool{true, false} {
		if due := isDue(t, r, s); due != want {
			t.Errorf("due %v, want %v", due, want)
		}
		run, err := r.Pull(context.Background(), s, indexer.Wish{})
		if err != nil || !run.Complete || run.Refused != 0 || len(store.records) == 0 || run.New+run.Unchanged != len(store.records) {
			t.Errorf("report %+v, %v", run, err)
		}
	}
}

// TestImport takes files of any source and leaves alone where harvests stand.
func TestImport(t *testing.T) {
	in, err := os.ReadFile("testdata/import.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	in = append(in, `{"id":"a:long","body":{"en":"`+strings.Repeat("x", catalog.MaxRecordBytes)+"\"}}\r\n"...)
	in = append(in, strings.TrimSuffix(`{"id":"a:last","kind":"resource","title":{"en":"No line end"},"provenance":{"source":"a"}}`, "\n")...)
	store := newMemory()
	store.cursors["a"] = []byte(`{"where":"it stands"}`)
	run, err := runner(t, store).Import(context.Background(), "import.jsonl", bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	report, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "import.golden", append(append(report, '\n'), store.jsonl("http://none")...))
	if string(store.cursors["a"]) != `{"where":"it stands"}` {
		t.Errorf("the cursor of a is %s", store.cursors["a"])
	}
	for id, state := range store.states {
		if state != catalog.Published {
			t.Errorf("%s is %s", id, state)
		}
	}
}
