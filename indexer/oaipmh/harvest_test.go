package oaipmh_test

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"

	gocmp "github.com/google/go-cmp/cmp"
)

// realAnswers are those of a real repository; they are not part of the project.
const realAnswers = "../../../shared/data/oai"

// server is a repository that answers from files, and what it was asked.
type server struct {
	*httptest.Server
	status int // of the answers that are errors
	mu     sync.Mutex
	asked  []string
}

// serve answers each request with the file of dir that named says.
func serve(t *testing.T, dir string, named func(verb, set, until, token string) string) *server {
	t.Helper()
	s := &server{status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oai" {
			http.NotFound(w, r)
			return
		}
		q := r.URL.Query()
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.RawQuery)
		name := named(q.Get("verb"), q.Get("set"), q.Get("until"), q.Get("resumptionToken"))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		body, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if strings.HasPrefix(name, "error") {
			w.WriteHeader(s.status)
		}
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s
}

// since are the requests from the nth on.
func (s *server) since(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked[n:])
}

// sourceFile is a source file with nothing but what is needed.
func sourceFile(s *server) string {
	return "id: real\nname: Real\nformat: oaipmh\nprivate_addresses: true\naddress: " + s.URL + "/oai\n"
}

// puller pulls a source into a new store.
func puller(t *testing.T, file string) (func(indexer.Wish) catalog.Run, *store.Store) {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	source, err := indexer.ParseSource("test.yaml", []byte(file), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.TempDir(), "pull", taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	runner := indexer.NewRunner(s, taxonomy, indexer.Options{Now: func() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }})
	t.Cleanup(runner.Close)
	return func(wish indexer.Wish) catalog.Run {
		run, err := runner.Pull(context.Background(), source, wish)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}, s
}

// TestExample pulls the example of the documentation twice: first everything,
// then what has changed.
func TestExample(t *testing.T) {
	file, err := os.ReadFile("../../docs/sources/oaipmh.yaml")
	if err != nil {
		t.Fatal(err)
	}
	repository := serve(t, "testdata/repository", func(verb, set, until, token string) string {
		if token == "" && set != "" {
			verb += "-" + set + "-" + until[:4]
		}
		return cmp.Or(token, verb) + ".xml"
	})
	pull, s := puller(t, strings.Replace(string(file), "https://repository.university.example/oai", repository.URL+"/oai", 1)+"\nprivate_addresses: true\n")
	run := pull(indexer.Wish{})
	if !run.Complete || run.New != 5 || run.Refused != 0 || run.Partial {
		t.Fatalf("report %+v, want five new records", run)
	}
	if n := len(repository.since(0)); n != 1+3+3+1 {
		t.Errorf("%d requests, want Identify, three years of two sets, and a second page", n)
	}
	var have []string
	for entry, err := range s.All(context.Background(), s.Head()) {
		if err != nil {
			t.Fatal(err)
		}
		r := entry.Record
		given := func(codes []string) string { // without those that the runner's rules gave
			return strings.Join(slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
				return slices.ContainsFunc(r.Assigned, func(a catalog.Assigned) bool { return a.Code == code })
			}), " ")
		}
		have = append(have, strings.Join([]string{strings.TrimPrefix(r.ID, "university:oai:repository.university.example"), r.Kind, r.Original, given(r.Themes), given(r.Fields),
			strings.Join(r.Countries, " "), r.Start, strings.TrimPrefix(r.URL, "https://repository.university.example"), r.Provenance.Licence}, "|"))
	}
	slices.Sort(have)
	want := []string{
		":1|resource|en|dialogue|education|JO|2024-05-02|/items/1|CC-BY-SA-4.0",
		":2|resource|fr|media-literacy|education|MA|2024|/items/2|CC-BY-4.0",
		":3|event|en||education||2023-10|/items/3|CC-BY-4.0",
		":4|resource|ru|dialogue|education||2026-01|/items/4|CC-BY-4.0",
		":5|resource|en||||2022|/items/5|CC-BY-4.0",
	}
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}

	before := len(repository.since(0))
	run = pull(indexer.Wish{})
	if !run.Complete || !run.Partial || run.Unchanged != 1 || run.New+run.Changed+run.Withdrawn+run.Refused != 0 {
		t.Errorf("again: %+v, want a part of it unchanged", run)
	}
	asked := []string{"verb=Identify",
		"verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T10%3A00%3A00Z&until=2026-11-24T10%3A00%3A00Z&set=peace-studies",
		"verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T10%3A00%3A00Z&until=2026-11-24T10%3A00%3A00Z&set=education"}
	if diff := gocmp.Diff(asked, repository.since(before)); diff != "" {
		t.Error(diff)
	}
	if run = pull(indexer.Wish{Full: true}); !run.Complete || run.Partial || run.Unchanged != 5 || run.New+run.Changed+run.Withdrawn != 0 {
		t.Errorf("in full: %+v, want five unchanged", run)
	}
}

// TestForgotten restarts a list whose token the server has forgotten, once, with
// whatever status it says so.
func TestForgotten(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound} {
		testForgotten(t, status)
	}
}

func testForgotten(t *testing.T, status int) {
	for forgets, complete := range map[int]bool{1: true, 2: false} {
		tokens := 0
		repository := serve(t, "testdata", func(verb, _, _, token string) string {
			if verb == "Identify" {
				return "identify.xml"
			}
			if token == "" {
				return "resumption.xml"
			}
			if tokens++; tokens <= forgets {
				return "error-token.xml"
			}
			return "resumption-last.xml"
		})
		repository.status = status
		pull, _ := puller(t, sourceFile(repository))
		run := pull(indexer.Wish{})
		if run.Complete != complete || run.New != 1 || complete != (run.Error == "") || !complete && !strings.Contains(run.Error, "oaipmh.window") {
			t.Errorf("forgotten %d times, HTTP %d: %+v, want complete %v", forgets, status, run, complete)
		}
	}
}

// TestRealAnswers pulls the answers of a real repository, four pages of which
// the last has a record without identifier.
func TestRealAnswers(t *testing.T) {
	if _, err := os.Stat(realAnswers); errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not on this machine; testdata serves the same kind of test", realAnswers)
	}
	repository := serve(t, realAnswers, func(verb, _, _, token string) string { return cmp.Or(token, verb+".xml") })
	pull, s := puller(t, sourceFile(repository))
	run := pull(indexer.Wish{})
	if !run.Complete || run.New != 1 || run.Unchanged != 3 || run.Refused != 1 || run.Error != "" {
		t.Errorf("report %+v, want one record that is there four times and one refused", run)
	}
	entry, err := s.Get("real:oai:test.example.com:1585322")
	if err != nil {
		t.Fatal(err)
	}
	r := entry.Record
	if r.Title["en"] != "Sample Title" || r.Kind != "resource" || r.Start != "2010" || r.URL != "http://test.example.com/publication/1585322" ||
		!strings.HasPrefix(r.Summary["en"], "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor") || strings.Contains(r.Summary["en"], "\n") ||
		len(r.Organizations) != 1 || r.Organizations[0].Name["en"] != "Sample Publisher" || strings.Contains(string(r.JSON()), "John Doe") {
		t.Errorf("%s", r.JSON())
	}
	before := len(repository.since(0))
	if run = pull(indexer.Wish{}); !run.Complete || !run.Partial || run.Unchanged != 4 {
		t.Errorf("again: %+v, want it unchanged", run)
	}
	if asked := repository.since(before); len(asked) < 2 || asked[1] != "verb=ListRecords&metadataPrefix=oai_dc&from=2013-02-25&until=2013-02-27" {
		t.Errorf("asked %v, want the days since the last harvest", asked)
	}

	for file, want := range map[string]string{
		"badArgument.xml": "compare oaipmh.sets", "cannotDisseminateFormat.xml": "oaipmh.prefix must be", "idDoesNotExist.xml": "base address",
		"noSetHierarchy.xml": "remove oaipmh.sets", "undefinedError.xml": "undefinedError", "ListRecordsBroken.xml": `"broken xml" instead of OAI-PMH`,
		"badResumptionToken.xml": "forgotten the list", "Identify.xml": "no list of records", "ListSets.xml": "no list of records", "noRecordsMatch.xml": "",
		"GetRecord_utf8test.xml": "no list of records", "ListRecords4.xml": "",
	} {
		pull, s := puller(t, sourceFile(serve(t, realAnswers, func(verb, _, _, _ string) string {
			if verb == "Identify" {
				return "Identify.xml"
			}
			return file
		})))
		run := pull(indexer.Wish{})
		if none := "the source has no record"; want == "" && run.Error != "" && !strings.HasPrefix(run.Error, none) || !strings.Contains(run.Error, want) {
			t.Errorf("%s: %q, want %q", file, run.Error, want)
		}
		if stats, err := s.Stats(); err != nil || (stats.Published+run.New > 0) != (file == "GetRecord_utf8test.xml" || file == "ListRecords4.xml") {
			t.Errorf("%s: %+v %+v, %v", file, stats, run, err)
		}
	}
}
