package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clearinghouse/indexer/format"
)

// dishes are the examples of the cookbook, by format: what its site answers in
// the test, as files of that format's testdata, and what comes of it. Two sites
// have a page that says that it is not there.
var dishes = map[string]struct {
	id               string
	file             func(*http.Request) string
	records, refused int
}{
	"html":    {"association", func(r *http.Request) string { return "site/" + path.Base(r.URL.Path) }, 1, 1},
	"jsonld":  {"forum", func(r *http.Request) string { return "site" + r.URL.Path }, 2, 1},
	"feed":    {"news", func(*http.Request) string { return "example.xml" }, 2, 0},
	"oaipmh":  {"university", repositoryFile, 5, 0},
	"iati":    {"example-aid", func(*http.Request) string { return "full.xml" }, 1, 0},
	"table":   {"ministry", func(*http.Request) string { return "source.csv" }, 2, 0},
	"jsonapi": {"projects", func(*http.Request) string { return "example.json" }, 2, 0},
	"jsonl":   {"regional", nil, 2, 0}, // another Clearinghouse
}

// repositoryFile is what the repository of the format's testdata answers.
func repositoryFile(r *http.Request) string {
	q := r.URL.Query()
	name := q.Get("verb")
	if until := q.Get("until"); q.Get("set") != "" {
		name += "-" + q.Get("set") + "-" + until[:4]
	}
	return "repository/" + cmp.Or(q.Get("resumptionToken"), name) + ".xml"
}

// followed are records of a Clearinghouse that another one follows.
const followed = `{"id":"unesco-practices:1","kind":"resource","title":{"en":"A practice"},"original":"en","provenance":{"source":"unesco-practices","licence":"CC0-1.0"}}
{"id":"youth-fund:1","kind":"resource","title":{"fr":"Un projet"},"original":"fr","provenance":{"source":"youth-fund","licence":"CC0-1.0"}}
{"id":"other:1","kind":"resource","title":{"en":"Of no interest"},"original":"en","provenance":{"source":"other"}}
`

// place is where an address of a source file leads to.
var place = regexp.MustCompile(`(?m)^(address: )(https?://[^/\s]+)`)

// TestCookbook takes the examples of docs/sources.md as they stand there, only at
// another address: tried, pulled, pulled again, listed.
func TestCookbook(t *testing.T) {
	cookbook, err := os.ReadFile(root + "/docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(root + "/docs/sources/*.yaml")
	if err != nil || len(files) != len(dishes) {
		t.Fatalf("%d examples for %d formats, %v", len(files), len(dishes), err)
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, file, address string) {
		t.Helper()
		file = place.ReplaceAllString(file, "${1}"+address) + "private_addresses: true\n"
		if err := os.WriteFile(filepath.Join(data, "sources", name), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{} // source -> how many new, and how many refused
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, of := string(text), strings.TrimSuffix(filepath.Base(name), ".yaml")
		if !strings.Contains(string(cookbook), "\n```yaml\n"+file+"```\n") {
			t.Errorf("docs/sources.md does not show docs/sources/%s.yaml as it is: copy it there", of)
		}
		dish, known := dishes[of]
		if !known {
			t.Errorf("docs/sources/%s.yaml is of no format", of)
			continue
		}
		want[dish.id] = fmt.Sprintf("%d new, 0 changed, 0 unchanged, 0 withdrawn, %d refused\n", dish.records, dish.refused)
		if dish.file == nil {
			continue
		}
		home := place.FindStringSubmatch(file)[2]
		var server *httptest.Server
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := os.ReadFile(root + "/indexer/" + of + "/testdata/" + dish.file(r))
			if err != nil || r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			w.Write([]byte(strings.ReplaceAll(string(body), home, server.URL)))
		}))
		defer server.Close()
		write(of+".yaml", file, server.URL)
	}

	// The other Clearinghouse is followed, and a file of its records is pulled by the
	// same source file without its last five lines.
	records := filepath.Join(dir, "records.jsonl")
	if err := os.WriteFile(records, []byte(followed), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "import", records, "--data", filepath.Join(dir, "other"))
	text, err := os.ReadFile(root + "/docs/sources/jsonl.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write("jsonl.yaml", string(text), serveSite(t, filepath.Join(dir, "other")).url)
	lines := strings.SplitAfter(string(text), "\n")
	file := strings.Replace(strings.Join(lines[:len(lines)-6], ""), "id: regional", "id: file", 1)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	write("file.yaml", strings.Replace(file, "address: https://regional.example/", "address: https://regional.example/records.jsonl", 1), server.URL)
	want["file"] = "3 new, 0 changed, 0 unchanged, 0 withdrawn, 0 refused\n"

	if out := must(t, "sources", "test", "ministry", "--data", data); !strings.Contains(out, `"id":"ministry:`) {
		t.Errorf("sources test: %s", out)
	}
	out := must(t, "pull", "--data", data)
	for id, line := range want {
		if !strings.Contains("\n"+out, "\n"+id+": "+line) {
			t.Errorf("no %s: %sin\n%s", id, line, out)
		}
	}
	again := must(t, "pull", "--data", data)
	if n := strings.Count(again, ": 0 new, 0 changed, "); n != len(want) || strings.Count(again, " 0 withdrawn, ") != n {
		t.Errorf("pulled again: %s", again)
	}
	if waiting := must(t, "sources", "waiting", "ministry", "--data", data); strings.Count(waiting, "\n") != 2 {
		t.Errorf("waiting: %s", waiting)
	}
	trusted := filepath.Join(data, "sources", "table.yaml")
	if text, err = os.ReadFile(trusted); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(trusted, append(text, "trusted: true\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "pull", "ministry", "--data", data)
	if waiting := must(t, "sources", "waiting", "ministry", "--data", data); !strings.Contains(waiting, "no record of ministry waits") {
		t.Errorf("waiting, though the source is trusted now: %s", waiting)
	}
	if list := must(t, "sources", "--data", data); strings.Count(list, " fresh ") != len(want) {
		t.Errorf("sources: %s", list)
	}
}

// TestCookbookKeys: the cookbook explains every key of a source file and names
// every field of a record that one can map.
func TestCookbookKeys(t *testing.T) {
	cookbook, err := os.ReadFile(root + "/docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(root + "/indexer/source.go")
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile("`yaml:\"([a-z_]+)\"`").FindAllSubmatch(code, -1)
	if len(keys) < 15 {
		t.Fatalf("only %d keys are found", len(keys))
	}
	for _, key := range keys {
		if !strings.Contains(string(cookbook), "\n| `"+string(key[1])+"` |") {
			t.Errorf("docs/sources.md has no row for %s", key[1])
		}
	}
	for _, field := range format.FieldNames() {
		if !strings.Contains(string(cookbook), "`"+field+"`") {
			t.Errorf("docs/sources.md does not name the field %s", field)
		}
	}
}
