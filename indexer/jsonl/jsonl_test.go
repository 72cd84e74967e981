package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newFormat(t testing.TB) format.Format {
	t.Helper()
	f, err := New(format.Config{Addresses: []string{"https://site.example/records.jsonl"}, Section: func(any) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func parse(t testing.TB, skip int, body io.Reader) ([]format.Result, error) {
	t.Helper()
	f := newFormat(t)
	r := f.Start("")[0]
	r.Skip = skip
	var out []format.Result
	for result, err := range f.Parse(r, []format.Response{{Variant: format.Variant{URL: "records.jsonl"}, Body: body}}) {
		if err != nil {
			return out, err
		}
		out = append(out, result)
	}
	return out, nil
}

// TestParse compares what each file of testdata yields with its golden file.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			results, err := parse(t, 0, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			have, err := json.MarshalIndent(results, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(file, ".jsonl") + ".golden"
			if *update {
				if err := os.WriteFile(name, append(have, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(have)+"\n"); diff != "" {
				t.Errorf("%s differs (run with -update if that is right):\n%s", name, diff)
			}
		})
	}
}

// TestPages yields a long file in pages, and from any page on the rest.
func TestPages(t *testing.T) {
	const records = 1234
	var file strings.Builder
	for i := range records {
		fmt.Fprintf(&file, `{"id":"%d","kind":"resource","title":{"en":"x"},"provenance":{"source":"x"}}`+"\n", i)
		if i%10 == 0 {
			file.WriteString("\r\n")
		}
	}
	all, err := parse(t, 0, strings.NewReader(file.String()))
	if err != nil || len(all) != 3 {
		t.Fatalf("%d pages, %v; want 3", len(all), err)
	}
	var ids []string
	for _, page := range all {
		for _, i := range page.Items {
			ids = append(ids, i.Record.ID)
		}
	}
	for i := range records {
		if ids[i] != fmt.Sprint(i) {
			t.Fatalf("record %d has id %s", i, ids[i])
		}
	}
	rest, err := parse(t, all[0].Skip, strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[1:], rest); diff != "" {
		t.Error(diff)
	}
}

// TestLargeLines bounds a page by bytes too, and refuses the lines that are too
// long for a record.
func TestLargeLines(t *testing.T) {
	record := func(size int) string {
		const frame = `{"id":"x:1","kind":"resource","title":{"en":"x"},"body":{"en":""},"provenance":{"source":"x"}}`
		return strings.Replace(frame, `"body":{"en":"`, `"body":{"en":"`+strings.Repeat("x", size-len(frame)), 1) + "\r\n"
	}
	body := record(catalog.MaxRecordBytes) + record(catalog.MaxRecordBytes+1) + record(catalog.MaxRecordBytes) + record(200)
	results, err := parse(t, 0, strings.NewReader(body))
	if err != nil || len(results) != 2 {
		t.Fatalf("%d pages, %v; want 2", len(results), err)
	}
	if n := len(results[0].Items) + len(results[1].Items); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
	if r := results[0].Refused; len(r) != 1 || r[0].Where != "records.jsonl:2" || r[0].Reasons[0].Code != "too_long" {
		t.Errorf("refused %+v, want line 2", r)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	body := io.MultiReader(strings.NewReader(`{"id":"x:1","kind":"resource","title":{"en":"x"},"provenance":{"source":"x"}}`+"\n"+`{"id`), iotest.ErrReader(broken))
	if _, err := parse(t, 0, body); !errors.Is(err, broken) || !strings.Contains(err.Error(), "records.jsonl:2") {
		t.Errorf("%v, want the error with its line", err)
	}
}

// FuzzParse never panics, loses no line, and goes on after any page as if it
// had not stopped.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, 3)
	}
	f.Fuzz(func(t *testing.T, body []byte, skip int) {
		results, err := parse(t, skip, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		taken, last := 0, 0
		for _, r := range results {
			taken += len(r.Items) + len(r.Refused) + len(r.Withdrawn)
			if r.Skip <= last && r.Skip <= skip {
				t.Errorf("page ends at line %d after line %d", r.Skip, last)
			}
			last = r.Skip
			for _, i := range r.Items {
				i.Record.JSON()
			}
		}
		if lines := bytes.Count(body, []byte("\n")) + 1; taken > lines {
			t.Errorf("%d things from %d lines", taken, lines)
		}
	})
}
