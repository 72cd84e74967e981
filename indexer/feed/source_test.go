package feed_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
)

// TestCookbook reads a feed by the source file of the cookbook.
func TestCookbook(t *testing.T) {
	file, err := os.ReadFile("../../docs/sources/feed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "testdata/example.xml")
	}))
	defer server.Close()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	source, err := indexer.ParseSource("feed.yaml", []byte(strings.ReplaceAll(string(file), "https://foundation.example/feed", server.URL)+"\nprivate_addresses: true\n"), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	runner := indexer.NewRunner(nil, taxonomy, indexer.Options{})
	defer runner.Close()
	records, run, err := runner.Test(t.Context(), source, 10)
	if err != nil || len(run.Refusals) > 0 || len(records) != 2 {
		t.Fatal(len(records), run.Refusals, err)
	}
	if r := records[0]; len(r.Themes) != 2 || r.Organizations[0].URL == "" || r.Start != "2024-01-01" {
		t.Errorf("%s", r.JSON())
	}
}
