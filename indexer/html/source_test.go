package html_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
)

// TestCookbook reads a site by the source file of the cookbook.
func TestCookbook(t *testing.T) {
	file, err := os.ReadFile("../../docs/sources/html.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := os.ReadFile("testdata/site/" + path.Base(r.URL.Path))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write(data)
	}))
	defer server.Close()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	source, err := indexer.ParseSource("html.yaml", []byte(strings.ReplaceAll(string(file), "https://association.example", server.URL)+"\nprivate_addresses: true\n"), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	runner := indexer.NewRunner(nil, taxonomy, indexer.Options{})
	defer runner.Close()
	records, run, err := runner.Test(t.Context(), source, 10)
	if err != nil || len(run.Refusals) != 1 || run.Refusals[0].Reasons[0].Code != "not_found" || len(records) != 1 {
		t.Fatal(len(records), run.Refusals, err)
	}
	r := records[0]
	if r.Title["en"] != "Radio plays" || r.Start != "2019-09" || r.Countries[0] != "MA" || r.Themes[0] != "dialogue" || r.Organizations[0].URL != "https://open.example/" ||
		r.Summary["en"] == "" || !strings.Contains(r.Body["en"], "workshop of radio plays") || strings.Contains(r.Body["en"], "Home") {
		t.Errorf("%s", r.JSON())
	}
}

// TestNew refuses sections that make no sense, and says what would.
func TestNew(t *testing.T) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for section, want := range map[string]string{
		`{item: a}`:                               "or main_text: true",
		`{item: a, fields: {summary: p}}`:         "html.fields.title is missing",
		`{item: a, main_text: true}`:              "",
		`{item: a, main_text: true, encoding: x}`: `encoding "x" is not known`,
		`{item: a, fields: {title: h1, themes: {select: b, map: {x: dialouge}}}}`: `theme "dialouge" is not known; it may be dialogue`,
		`{item: a, fields: {titel: h1}}`:                                          `"titel" is not a field that can be given`,
		`{item: a, fields: {title: {attr: x}}}`:                                   `select is missing`,
		`{item: a, main_text: true, not_found: "h1["}`:                            "is not a CSS selector",
	} {
		_, err := indexer.ParseSource("x.yaml", []byte("id: x\nname: X\nformat: html\naddress: https://x.example/\nhtml: "+section+"\n"), taxonomy)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", section, err, want)
		}
	}
}
