package jsonapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"

	"github.com/google/go-cmp/cmp"
)

// harvest gives the records of a source file whose address leads to a local
// server, each as JSON without the time.
func harvest(t *testing.T, file, address string, n int) []string {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	file = strings.ReplaceAll(file, "https://foundation.example/api/", address+"/") + "\nprivate_addresses: true\n"
	source, err := indexer.ParseSource("source.yaml", []byte(file), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	runner := indexer.NewRunner(nil, taxonomy, indexer.Options{})
	defer runner.Close()
	records, run, err := runner.Test(t.Context(), source, n)
	if err != nil || len(run.Refusals) > 0 {
		t.Fatal(err, run.Refusals)
	}
	var out []string
	for _, r := range records {
		r.Provenance.Retrieved = ""
		out = append(out, string(r.JSON()))
	}
	return out
}

// TestCookbook reads a list by the source file of the cookbook.
func TestCookbook(t *testing.T) {
	file, err := os.ReadFile("../../docs/sources/jsonapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "testdata/example.json")
	}))
	defer server.Close()
	if records := harvest(t, string(file), server.URL, 10); len(records) != 2 || !strings.Contains(records[0], `"media-literacy"`) {
		t.Errorf("%d records: %s", len(records), records)
	}
}

// TestPagination pages a real list in four ways, which give the same records.
func TestPagination(t *testing.T) {
	const name = "../../../shared/data/dpg/nominees.jsonl"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Skip("the list of nominees is missing: ", err)
	}
	var rows []json.RawMessage
	for line := range bytes.Lines(data) {
		rows = append(rows, json.RawMessage(line))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		number := func(name string, other int) int {
			if n, err := strconv.Atoi(q.Get(name)); err == nil {
				return n
			}
			return other
		}
		from, size := 0, 50
		switch {
		case q.Has("page"):
			size = number("per_page", 50)
			from = (number("page", 1) - 1) * size
		case q.Has("offset"):
			from, size = number("offset", 0), min(number("limit", 50), 40) // it gives no more
		default:
			from = number("cursor", 0)
		}
		to := min(from+size, len(rows))
		answer := map[string]any{"rows": rows[min(from, to):to], "meta": map[string]any{"total": len(rows)}}
		if next := fmt.Sprintf("/list?cursor=%d", to); to < len(rows) {
			w.Header().Add("Link", "<"+next+`>; rel="next"`)
			answer["meta"].(map[string]any)["cursor"], answer["next"] = to, next
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer server.Close()
	const file = `
id: dpg
name: Nominees
format: jsonapi
address: https://foundation.example/api/list
language: en
constants: {kind: initiative}
jsonapi:
  items: $.rows
  id: $.name
  fields:
    title: $.name
    summary: $.description
    url: $.website
    organizations.lead: $.organizations[?@.org_type == "owner"].name
`
	var first []string
	for _, way := range []string{
		"page: {parameter: page, size_parameter: per_page, size: 60}", "page: {parameter: page}\n  total: $.meta.total",
		"offset: {parameter: offset, limit_parameter: limit, limit: 100}", "cursor: {parameter: cursor, from: $.meta.cursor}", "next: $.next", "next: link",
	} {
		records := harvest(t, file+"  "+way+"\n", server.URL, 1000)
		slices.Sort(records)
		if first == nil {
			first = records
		}
		if len(records) != len(rows) {
			t.Errorf("%s: %d records, want %d", way, len(records), len(rows))
		}
		if diff := cmp.Diff(first, records); diff != "" {
			t.Errorf("%s: %s", way, diff)
		}
	}
}
