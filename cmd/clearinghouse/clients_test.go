package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// frozenSet is what a client reads of a frozen set.
type frozenSet struct {
	ID, Href string
	Count    int
	Files    map[string]string
}

// post is the answer to a POST, which must succeed.
func post(t testing.TB, address string) string {
	t.Helper()
	r, err := http.Post(address, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode >= 300 {
		t.Fatalf("%s: %d %v %s", address, r.StatusCode, err, data)
	}
	return string(data)
}

// TestSoakClients gives programs that nobody here wrote what this one gives out: a database, a
// spreadsheet, a reference manager, a validator of data packages, a processor of JSON-LD, a linter
// of OpenAPI and a client that is generated of it. All understand the same.
func TestSoakClients(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("skipped: make soak asks other programs")
	}
	modules, err := filepath.Abs(filepath.Join(root, "testdata", "soak"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "jsonld")); err != nil {
		t.Skip("no npm packages: testdata/setup.sh soak installs them")
	}
	s := starterSite(t)
	dir := t.TempDir()
	file := func(path, name string) string {
		text, _ := fetched(t, s.url+path)
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	node := func(answer any, args ...string) {
		t.Helper()
		command := exec.Command("node", append([]string{filepath.Join(modules, "clients.mjs")}, args...)...)
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v: %v %s", args, err, err.(*exec.ExitError).Stderr)
		}
		if err := json.Unmarshal(out, answer); err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
	}
	const query = "?kind=initiative"
	want := map[string]int{}
	found := apiAnswer(t, s.url, "/api/v1/records"+query+"&limit=0")
	total := int(found["total"].(float64))
	for _, v := range found["facets"].(map[string]any)["theme"].([]any) {
		value := v.(map[string]any)
		want[value["value"].(string)] = int(value["count"].(float64))
	}
	t.Run("duckdb", func(t *testing.T) {
		var have struct {
			Parquet, CSV map[string]int
			Title        string
		}
		node(&have, "duckdb", file("/api/v1/records.parquet"+query, "records.parquet"), file("/api/v1/records.csv"+query, "records.csv"))
		if diff := cmp.Diff([]map[string]int{want, want}, []map[string]int{have.Parquet, have.CSV}); diff != "" || !strings.Contains(have.Title, "بذور السلام") {
			t.Errorf("%q (-want +have):\n%s", have.Title, diff)
		}
	})
	t.Run("spreadsheet", func(t *testing.T) {
		office, err := exec.LookPath("soffice")
		if err != nil {
			t.Skip("no LibreOffice: testdata/setup.sh soak says how to install it")
		}
		for _, name := range []string{"xlsx", "csv"} {
			out := filepath.Join(dir, "saved-"+name)
			args := []string{"--headless", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--infilter=CSV:44,34,76,1", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", out, file("/api/v1/records."+name+query+"&lang=ar", "book."+name)}
			if name == "xlsx" {
				args = append(args[:2], args[3:]...)
			}
			if said, err := exec.Command(office, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(readFile(t, filepath.Join(out, "book.csv")), "\ufeff"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			have, column := map[string]int{}, -1
			for i, head := range rows[0] {
				if head == "themes" || strings.HasSuffix(head, "[themes]") {
					column = i
				}
			}
			for _, row := range rows[1:] {
				for _, theme := range strings.Split(row[column], " | ") {
					if theme != "" {
						have[theme]++
					}
				}
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("%s (-want +have):\n%s", name, diff)
			}
		}
	})
	t.Run("references", func(t *testing.T) {
		for _, name := range []string{"ris", "bib"} {
			var have []struct {
				Title, URL string
				Author     int
			}
			node(&have, "cite", file("/api/v1/records."+name+query, "records."+name))
			if len(have) != total {
				t.Errorf("%s: %d of %d entries", name, len(have), total)
			}
			for _, entry := range have {
				if entry.Title == "" || entry.URL == "" || entry.Author == 0 {
					t.Errorf("%s: %+v", name, entry)
				}
			}
		}
	})
	t.Run("package", func(t *testing.T) {
		var set frozenSet
		if err := json.Unmarshal([]byte(post(t, s.url+"/api/v1/sets?theme=dialogue")), &set); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(dir, "package")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, path := range set.Files {
			file(path, filepath.Join("package", name))
		}
		var have struct {
			Valid  bool
			Errors []string
			Rows   int
		}
		node(&have, "package", filepath.Join(folder, "datapackage.json"))
		if !have.Valid || have.Rows != set.Count {
			t.Errorf("%+v of %d", have, set.Count)
		}
	})
	t.Run("jsonld", func(t *testing.T) {
		for _, path := range []string{"/api/v1/dataset.jsonld", "/api/v1/dcat.jsonld", "/api/v1/records/starter:seeds-of-peace-camp.jsonld"} {
			var have struct{ Statements int }
			if node(&have, "jsonld", file(path, "one.jsonld")); have.Statements < 20 {
				t.Errorf("%s: %d statements", path, have.Statements)
			}
		}
	})
	document := file("/api/v1/openapi.json", "openapi.json")
	t.Run("lint", func(t *testing.T) {
		command := exec.Command(filepath.Join(modules, "node_modules", ".bin", "redocly"), "lint", document)
		command.Dir = dir
		command.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
		if out, err := command.CombinedOutput(); err != nil || strings.Contains(string(out), "Warning was generated") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("generated", func(t *testing.T) {
		module := filepath.Join(dir, "gen")
		if err := os.MkdirAll(filepath.Join(module, "client"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(module, "main.go"), []byte(readFile(t, filepath.Join(modules, "client", "main.go"))), 0o644); err != nil {
			t.Fatal(err)
		}
		var out []byte
		for _, args := range [][]string{
			{"mod", "init", "gen"},
			{"run", "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2", "-generate", "types,client", "-package", "client", "-o", "client/client.go", document},
			{"mod", "tidy"}, {"run", ".", s.url},
		} {
			command := exec.Command("go", args...)
			command.Dir = module
			var err error
			if out, err = command.Output(); err != nil {
				t.Fatalf("%v: %v %s", args, err, err.(*exec.ExitError).Stderr)
			}
		}
		var have struct{ Total int }
		if err := json.Unmarshal(out, &have); err != nil || have.Total != int(apiAnswer(t, s.url, "/api/v1/records?theme=dialogue&limit=0")["total"].(float64)) {
			t.Errorf("%v %s", err, out)
		}
	})
}
