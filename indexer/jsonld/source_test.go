package jsonld_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
)

// TestCookbook reads a site by the source file of the cookbook.
func TestCookbook(t *testing.T) {
	file, err := os.ReadFile("../../docs/sources/jsonld.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const home = "https://forum.example"
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := os.ReadFile(filepath.Join("testdata/site", filepath.FromSlash(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Write(bytes.ReplaceAll(data, []byte(home), []byte(server.URL)))
	}))
	defer server.Close()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	source, err := indexer.ParseSource("jsonld.yaml", []byte(strings.ReplaceAll(string(file), home, server.URL)+"\nprivate_addresses: true\n"), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	runner := indexer.NewRunner(nil, taxonomy, indexer.Options{})
	defer runner.Close()
	records, run, err := runner.Test(t.Context(), source, 10)
	if err != nil || len(run.Refusals) != 1 || run.Refusals[0].Reasons[0].Code != "not_found" || len(records) != 2 {
		t.Fatal(len(records), run.Refusals, err)
	}
	if r := records[0]; r.ID != "forum:projects-radio.html-"+r.ID[len(r.ID)-10:] || r.Kind != "initiative" || r.Themes[0] != "dialogue" || r.Countries[0] != "MA" || r.Organizations[0].Role != "funder" {
		t.Errorf("%s", r.JSON())
	}
	if r := records[1]; r.Kind != "event" || r.Title["fr"] != "Foire des quartiers" || r.Start != "2025-05-04" || r.Countries[0] != "FR" {
		t.Errorf("%s", r.JSON())
	}
}
