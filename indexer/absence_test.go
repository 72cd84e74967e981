package indexer_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"
)

// This file asks when a record counts as gone, with the real store.

// pullOn pulls so many days after the clock of the tests.
func pullOn(t *testing.T, day int, st *store.Store, s *indexer.Source) catalog.Run {
	t.Helper()
	r := indexer.NewRunner(st, taxonomy(t), indexer.Options{Now: func() time.Time { return clock.AddDate(0, 0, day) }})
	defer r.Close()
	run, err := r.Pull(t.Context(), s, indexer.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// published are the ids of what readers see.
func published(t *testing.T, st *store.Store) []string {
	t.Helper()
	var ids []string
	for e, err := range st.All(t.Context(), st.Head()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Public() {
			ids = append(ids, e.Record.ID)
		}
	}
	return ids
}

// pages is a site of pages /en/0, /en/1 … with a list of them.
func pages(t *testing.T, n int, extra string, page http.HandlerFunc) *indexer.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			http.NotFound(w, r)
		case "/list":
			for i := range n {
				fmt.Fprintf(w, `<a class=item href="/en/%d">%d</a>`, i, i)
			}
		default:
			page(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return source(t, fmt.Sprintf(`
id: site
name: Site
format: html
address: %s/list
language: en
trusted: true
private_addresses: true
constants: {kind: resource}
html:
  item: a.item
  fields: {title: h1}
%s`, server.URL, extra))
}

// TestUnread: a page that is there and cannot be read, whyever, is not gone.
func TestUnread(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"forbidden": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) },
		"login":     func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) },
		"loop":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, 302) },
		"empty":     func(w http.ResponseWriter, r *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			answer, unread := answer, false
			s := pages(t, 3, "", func(w http.ResponseWriter, r *http.Request) {
				switch {
				case unread && r.URL.Path == "/en/1":
					answer(w, r)
				case unread && r.URL.Path == "/en/2":
					http.NotFound(w, r)
				default:
					fmt.Fprintf(w, "<h1>Title %s</h1>", r.URL.Path)
				}
			})
			st := newStore(t)
			pullOn(t, 0, st, s)
			all := published(t, st)
			unread = true
			for day := range 3 {
				if run := pullOn(t, day+1, st, s); run.Refused != 2 || run.Withdrawn != day/2 {
					t.Errorf("day %d: %d refused, %d withdrawn; want 2, and one withdrawn on the last day: %+v", day+1, run.Refused, run.Withdrawn, run.Refusals)
				}
			}
			if have := published(t, st); len(all) != 3 || !slices.Equal(have, all[:2]) {
				t.Errorf("there are %v of %v", have, all)
			}
		})
	}
}

// TestUnreadTranslation: a translation that cannot be read for now stays, one that
// is not there goes.
func TestUnreadTranslation(t *testing.T) {
	status := 200
	s := pages(t, 1, "  translations: {from: /en/, to: {fr: /fr/}}\n", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/fr/") {
			w.WriteHeader(status)
		}
		fmt.Fprintf(w, "<h1>Title %s</h1>", r.URL.Path)
	})
	st := newStore(t)
	for day, c := range []struct {
		status    int
		languages string
	}{{200, "en fr"}, {403, "en fr"}, {404, "en"}, {403, "en"}, {200, "en fr"}} {
		status = c.status
		pullOn(t, day, st, s)
		entry, err := st.Get(published(t, st)[0])
		if err != nil {
			t.Fatal(err)
		}
		if have := strings.Join(slices.Sorted(maps.Keys(entry.Record.Title)), " "); have != c.languages {
			t.Errorf("day %d: after HTTP %d the title is there in %s, want %s", day, status, have, c.languages)
		}
	}
	// What is new is taken without.
	status = 403
	if run := pullOn(t, 0, newStore(t), s); run.New != 1 {
		t.Errorf("report %+v, want one new", run)
	}
}

// repository is an OAI-PMH repository of records, and of tombstones, in sets.
func repository(t *testing.T, sets map[string]string, sections string) *indexer.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-24T10:00:00Z</responseDate><request>x</request>`)
		if r.URL.Query().Get("verb") == "Identify" {
			fmt.Fprint(w, `<Identify><protocolVersion>2.0</protocolVersion><earliestDatestamp>2000-01-01</earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>`)
			return
		}
		fmt.Fprintf(w, "<ListRecords>%s</ListRecords></OAI-PMH>", sets[r.URL.Query().Get("set")])
	}))
	t.Cleanup(server.Close)
	return source(t, fmt.Sprintf(`
id: repo
name: Repository
format: oaipmh
address: %s/oai
language: en
trusted: true
full_every: 24h
private_addresses: true
constants: {kind: resource}
%s`, server.URL, sections))
}

// deposits are OAI records from the first to the last number, as XML.
func deposits(first, last int, gone bool) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		if gone {
			fmt.Fprintf(&b, `<record><header status="deleted"><identifier>oai:x:%d</identifier><datestamp>2020-01-01</datestamp></header></record>`, i)
			continue
		}
		fmt.Fprintf(&b, `<record><header><identifier>oai:x:%d</identifier><datestamp>2020-01-01</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Deposit number %d</dc:title></oai_dc:dc></metadata></record>`, i, i)
	}
	return b.String()
}

// TestTombstones: a repository may list what was never here, or is long gone; only
// what is here counts as lost.
func TestTombstones(t *testing.T) {
	sets := map[string]string{"": deposits(1, 24, false) + deposits(25, 48, true)}
	s := repository(t, sets, "")
	st := newStore(t)
	for day := range 3 {
		if run := pullOn(t, 2*day, st, s); !run.Complete || run.Withdrawn != 0 {
			t.Fatalf("day %d: %+v", 2*day, run)
		}
	}
	sets[""] = deposits(1, 20, false) + deposits(21, 48, true)
	if run := pullOn(t, 10, st, s); !run.Complete || run.Withdrawn != 4 {
		t.Errorf("report %+v, want 4 withdrawn", run)
	}
	sets[""] = deposits(1, 9, false) + deposits(10, 48, true)
	if run := pullOn(t, 12, st, s); run.Complete || run.Withdrawn != 0 || !strings.Contains(run.Error, "nothing is withdrawn") {
		t.Errorf("report %+v, want it held back", run)
	}
	if n := len(published(t, st)); n != 20 {
		t.Errorf("%d records are left, want 20", n)
	}
}

// TestErosion: a source that is held back does not lose its records all the same,
// half of what is left at a time.
func TestErosion(t *testing.T) {
	sets := map[string]string{"a": deposits(1, 25, false), "b": deposits(26, 50, false), "c": deposits(51, 75, false), "d": deposits(76, 100, false)}
	s := repository(t, sets, "oaipmh: {sets: [a, b, c, d]}\n")
	st := newStore(t)
	pullOn(t, 0, st, s)
	sets["a"], sets["b"], sets["c"], sets["d"] = deposits(1, 25, true), deposits(26, 50, true), deposits(51, 75, true), deposits(76, 99, true)
	for day := 2; day < 14; day += 2 {
		if run := pullOn(t, day, st, s); run.Complete {
			t.Errorf("day %d: %+v, want it held back", day, run)
		}
	}
	if n := len(published(t, st)); n <= 50 {
		t.Errorf("%d of 100 records are left", n)
	}
}

// TestFewerLost: that a source may have fewer records is good for one pull, whether
// that succeeds or not.
func TestFewerLost(t *testing.T) {
	sets := map[string]string{"a": deposits(1, 25, false), "b": deposits(26, 50, false)}
	s := repository(t, sets, "oaipmh: {sets: [a, b]}\n")
	st := newStore(t)
	pullOn(t, 0, st, s)
	sets["b"] = "<broken"
	if run, err := runner(t, st).Pull(t.Context(), s, indexer.Wish{Full: true, Fewer: true}); err != nil || run.Complete {
		t.Fatalf("%+v, %v, want it incomplete", run, err)
	}
	sets["a"], sets["b"] = deposits(1, 1, false), ""
	for day := 4; day < 12; day += 2 {
		if run := pullOn(t, day, st, s); run.Complete {
			t.Errorf("day %d: %+v, want it held back", day, run)
		}
	}
	if n := len(published(t, st)); n != 50 {
		t.Errorf("%d of 50 records are left", n)
	}
}

// TestSets: a record in two sets is one, when a source is asked whether it has lost
// half of them.
func TestSets(t *testing.T) {
	sets := map[string]string{"a": deposits(1, 12, false), "b": deposits(1, 12, false)}
	s := repository(t, sets, "oaipmh: {sets: [a, b]}\n")
	st := newStore(t)
	if run := pullOn(t, 0, st, s); run.New != 12 || !run.Complete {
		t.Fatalf("report %+v, want 12 new", run)
	}
	sets["b"] = ""
	if run := pullOn(t, 2, st, s); !run.Complete {
		t.Errorf("report %+v, want it complete", run)
	}
}

// TestCutReport: what was refused before a pull was cut off is counted once.
func TestCutReport(t *testing.T) {
	for at := range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		asked := 0
		s := pages(t, 6, "", func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked == at+1 {
				cancel()
			}
			http.NotFound(w, r)
		})
		st := newStore(t)
		if _, err := runner(t, st).Pull(ctx, s, indexer.Wish{}); err == nil {
			t.Fatalf("cut at %d: no error", at)
		}
		if run := pullOn(t, 0, st, s); run.Refused != 6 || len(run.Refusals) != 6 {
			t.Errorf("cut at %d: %d refused, %d listed; want 6", at, run.Refused, len(run.Refusals))
		}
		cancel()
	}
}

// TestValidatorsStay: whether something has changed is asked only of the address
// that said so.
func TestValidatorsStay(t *testing.T) {
	day := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		switch r.URL.Path {
		case "/robots.txt":
			http.NotFound(w, r)
		case "/first":
			fmt.Fprintf(w, `{"items":[{"id":1,"t":%q}],"next":"/second"}`, []string{"One", ""}[min(day, 1)])
		case "/second":
			http.ServeContent(w, r, "x.json", old, strings.NewReader(`{"items":[{"id":2,"t":"Two"}]}`))
		case "/latest":
			http.Redirect(w, r, []string{"/2026", "/login"}[min(day, 1)], 302)
		case "/2026":
			http.ServeContent(w, r, "x.json", clock, strings.NewReader(`{"items":[{"id":1,"t":"One"}]}`))
		case "/login":
			http.ServeContent(w, r, "x.html", old, strings.NewReader(`<html>Please log in</html>`))
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		path     string
		complete bool
		seen     int
	}{{"/first", true, 1}, {"/latest", false, 0}} {
		s := source(t, fmt.Sprintf("id: x\nname: X\nformat: jsonapi\naddress: %s\nlanguage: en\nprivate_addresses: true\nconstants: {kind: resource}\njsonapi: {items: $.items, id: $.id, fields: {title: $.t}, next: $.next}\n", server.URL+c.path))
		st := newStore(t)
		day = 0
		pullOn(t, day, st, s)
		day = 1
		if run := pullOn(t, day, st, s); run.Unmodified || run.Complete != c.complete || run.Unchanged != c.seen {
			t.Errorf("%s: %+v, want complete %v with %d unchanged", c.path, run, c.complete, c.seen)
		}
	}
}

// TestFeedUnmodified: a feed, which shows its latest only, is asked whether it has
// changed too.
func TestFeedUnmodified(t *testing.T) {
	served := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == "" {
			served++
		}
		http.ServeContent(w, r, "feed.xml", time.Time{}, strings.NewReader(`<rss version="2.0"><channel><title>T</title><item><title>One</title><guid>1</guid></item></channel></rss>`))
	}))
	defer server.Close()
	s := source(t, fmt.Sprintf("id: x\nname: X\nformat: feed\naddress: %s/feed\nlanguage: en\nprivate_addresses: true\nconstants: {kind: resource}\n", server.URL))
	st := newStore(t)
	for day := range 3 {
		if run := pullOn(t, day, st, s); run.Error != "" || run.New+run.Unchanged != 1 {
			t.Errorf("day %d: %+v", day, run)
		}
	}
	if served != 1 {
		t.Errorf("the feed was served %d times, want once", served)
	}
}
