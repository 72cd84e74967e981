package iati_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"
)

// TestTwice pulls two files that have one identifier: the first activity is taken,
// each time, and the report says where the other stands.
func TestTwice(t *testing.T) {
	activities := func(identifiersAndTitles ...string) string {
		var b strings.Builder
		b.WriteString("<iati-activities>\n")
		for i := 0; i < len(identifiersAndTitles); i += 2 {
			b.WriteString(`<iati-activity xml:lang="en"><iati-identifier>` + identifiersAndTitles[i] + `</iati-identifier><title>` + identifiersAndTitles[i+1] + "</title></iati-activity>\n")
		}
		return b.String() + "</iati-activities>"
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		if r.URL.Path == "/1.xml" {
			io.WriteString(w, activities("X-1", "The first", "X-2", "Another one", "X-1", "The second"))
		} else if r.URL.Path == "/2.xml" {
			io.WriteString(w, activities("X-3", "A third one", "X-1", "In another file"))
		} else {
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	source, err := indexer.ParseSource("aid.yaml", []byte("id: aid\nname: Aid\nformat: iati\nprivate_addresses: true\naddress: ["+server.URL+"/1.xml, "+server.URL+"/2.xml]\n"), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.TempDir(), "pull", taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runner := indexer.NewRunner(s, taxonomy, indexer.Options{})
	defer runner.Close()
	for _, pull := range []struct{ added, unchanged int }{{3, 0}, {0, 3}} {
		run, err := runner.Pull(context.Background(), source, indexer.Wish{})
		if err != nil || !run.Complete || run.New != pull.added || run.Unchanged != pull.unchanged || run.Changed != 0 || run.Refused != 2 {
			t.Errorf("%+v, %v; want %d new, %d unchanged, 2 refused", run, err, pull.added, pull.unchanged)
		}
		var where []string
		for _, r := range run.Refusals {
			where = append(where, strings.TrimPrefix(r.Where, server.URL)+" "+r.ID)
		}
		if have := strings.Join(where, ", "); have != "/1.xml:4 X-1, /2.xml:3 aid:X-1" {
			t.Errorf("refused %s", have)
		}
		if entry, err := s.Get("aid:X-1"); err != nil || entry.Record.Title["en"] != "The first" {
			t.Errorf("%v", err)
		}
	}
}
