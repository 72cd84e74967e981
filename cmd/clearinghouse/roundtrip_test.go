package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/table"

	"github.com/google/go-cmp/cmp"
)

// lost are the columns that an import does not take, or fills by itself.
var lost = []string{"other_languages", "best", "criteria", "related", "incomplete", "provenance.source", "provenance.retrieved", "origins", "added", "updated", "version"}

// TestRoundTrip exports what is known from a country, imports it elsewhere and exports it again:
// JSON Lines are the same byte for byte, tables in all columns that an import takes.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	must(t, "import", "--data", data, root+"/indexer/starter/collection/dialogue.jsonl", root+"/indexer/starter/collection/media-literacy.jsonl")
	const query = "country=JO&country=LB&country=FR"
	first := map[string]string{}
	for _, name := range []string{"jsonl", "csv", "xlsx"} {
		first[name] = filepath.Join(dir, "first."+name)
		must(t, "export", name, "--data", data, "--query", query, "--out", first[name])
	}
	again := func(name, as string) string {
		other := filepath.Join(dir, "data-"+name)
		must(t, "import", "--data", other, first[name])
		out := filepath.Join(dir, name+"-again."+as)
		must(t, "export", as, "--data", other, "--out", out)
		return out
	}
	if have, want := readFile(t, again("jsonl", "jsonl")), readFile(t, first["jsonl"]); have != want || want == "" {
		t.Errorf("JSON Lines: %d bytes became %d", len(want), len(have))
	}
	want := rowsOf(t, first["csv"])
	for _, name := range []string{"csv", "xlsx"} {
		have := rowsOf(t, again(name, "csv"))
		if len(have) != len(want) || len(want) < 10 {
			t.Fatalf("%s: %d rows became %d", name, len(want), len(have))
		}
		for i, row := range want {
			for j, cell := range row {
				if have[i][j] != cell && !slices.Contains(lost, want[0][j]) {
					t.Errorf("%s: %s of %s was %q and is %q", name, want[0][j], row[0], cell, have[i][j])
				}
			}
		}
	}
}

// TestTableOver imports tables over the entries that they were exported from, which changes
// nothing. What happens to edited ones is in testdata/script/table.txtar.
func TestTableOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	long := filepath.Join(dir, "long.jsonl") // a text that no cell of a workbook takes whole
	body := strings.Repeat("De longs discours ", 2500) + "fin"
	if err := os.WriteFile(long, []byte(`{"id":"t:long","kind":"resource","original":"fr","title":{"fr":"Long"},"body":{"fr":"`+body+`"},"provenance":{"source":"t","retrieved":"2026-01-02T03:04:05Z"}}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "import", "--data", data, root+"/indexer/starter/collection/dialogue.jsonl", root+"/indexer/starter/collection/media-literacy.jsonl", long)
	all := func() []string {
		out := filepath.Join(dir, "now.jsonl")
		must(t, "export", "jsonl", "--data", data, "--out", out)
		return strings.Split(readFile(t, out), "\n")
	}
	first := all()
	for _, name := range []string{"csv", "xlsx"} {
		table := filepath.Join(dir, "table."+name)
		must(t, "export", name, "--data", data, "--out", table)
		out := must(t, "import", "--data", data, table)
		if !strings.Contains(out, "0 new, 0 changed") || !strings.Contains(out, "0 refused") {
			t.Errorf("%s: the import of what is there says %s", name, out)
		}
		if diff := cmp.Diff(first, all()); diff != "" {
			t.Errorf("%s changed the entries: %s", name, diff)
		}
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func rowsOf(t testing.TB, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(readFile(t, name), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// FuzzRoundTrip: whatever stands in a record comes back from a CSV file, which changes nothing of
// the entry that it was exported from, and no cell begins as a formula does.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"=1+1", "'=1", "a | b", `a \| b\`, "-", "first\n\nsecond", "\"", "'' '", "＝x", "\ufeffx"} {
		f.Add(s, s)
	}
	taxonomy, err := taxonomy()
	if err != nil {
		f.Fatal(err)
	}
	csvFormat, _ := export.FormatByName("csv")
	f.Fuzz(func(t *testing.T, text, value string) {
		record := catalog.Record{ID: "s:1", Kind: "initiative", Original: "en", Title: catalog.Text{"en": "Title"}, Summary: catalog.Text{"en": text},
			Organizations: []catalog.OrganizationRef{{ID: "s:2", Name: catalog.Text{"en": value, "fr": text}, Role: "partner"}, {Name: catalog.Text{"en": "Other"}, URL: "https://other.example/", Role: "partner"}}, Links: []catalog.Link{{Rel: "report", URL: "https://report.example/", Parts: []string{"summary"}}},
			Practice: map[string]catalog.Text{"results": {"de": value}}, Translations: map[string]catalog.Translation{"de": {Origin: "machine", Parts: []string{"practice.results"}, Of: "sha256:00"}}, Provenance: catalog.Provenance{Source: "s"}}
		record.Clean(taxonomy)
		if len(record.Validate(taxonomy)) > 0 {
			return // as of control characters: no store has it, so that no export writes it
		}
		text, value = record.Summary["en"], record.Organizations[0].Name["en"]
		if len(record.Organizations) != 2 || value == "" || strings.Trim(text, "-–—") == "" || strings.Trim(value, "-–—") == "" || len(text)+len(value) > 1000 {
			return // a cell with nothing but a dash is empty
		}
		set := export.Set{Total: 1, Time: time.Unix(0, 0), Taxonomy: taxonomy, Options: url.Values{}, Entries: func(yield func(*catalog.Entry, error) bool) { yield(&catalog.Entry{Record: record}, nil) }}
		var b bytes.Buffer
		if err := csvFormat.Write(&b, set); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range rows[1] {
			if strings.ContainsRune("=+-@\t\r", []rune(cell + " ")[0]) {
				t.Errorf("a cell begins as a formula: %q", cell)
			}
		}
		in := table.Import("s", taxonomy)
		response := format.Response{Variant: format.Variant{URL: "x.csv"}, Body: io.NopCloser(bytes.NewReader(b.Bytes()))}
		for result, err := range in.Parse(format.Request{}, []format.Response{response}) {
			if err != nil || len(result.Items) != 1 {
				t.Fatalf("%v %d items, refused %v\n%s", err, len(result.Items), result.Refused, b.String())
			}
			have := result.Items[0].Record
			have.Clean(taxonomy)
			if have.Summary["en"] != text || len(have.Organizations) != 2 || have.Organizations[0].Name["en"] != value || have.Organizations[0].URL != "" || have.Organizations[1].URL != "https://other.example/" {
				t.Errorf("%q and %q came back as %q and %v", text, value, have.Summary["en"], have.Organizations)
			}
			result.Items[0].Keep(&record)
			have.Clean(taxonomy)
			if diff := cmp.Diff(string(record.JSON()), string(have.JSON())); diff != "" {
				t.Errorf("over the same entry: %s", diff)
			}
		}
	})
}
