package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/indexer/format"

	"github.com/google/go-cmp/cmp"
)

func newFollower(t testing.TB, sources ...string) format.Format {
	t.Helper()
	f, err := New(format.Config{Addresses: []string{"https://site.example/"}, Section: func(v any) error {
		*v.(*section) = section{Changes: true, Sources: sources}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// parseChanges reads the answer to a request for what came after change 100, whose
// mark is "hundred".
func parseChanges(f format.Format, skip int, body []byte) ([]format.Result, error) {
	return parseSince(f, "100 hundred", skip, body)
}

func parseSince(f format.Format, mark string, skip int, body []byte) (out []format.Result, err error) {
	r := f.Start(mark)[0]
	r.Skip = skip
	for result, err := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Body: bytes.NewReader(body)}}) {
		if err != nil {
			return out, err
		}
		out = append(out, result)
	}
	return out, nil
}

// TestParseChanges compares what each answer in testdata/changes yields with its
// golden file.
func TestParseChanges(t *testing.T) {
	files, err := filepath.Glob("testdata/changes/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			results, err := parseChanges(newFollower(t), 0, body)
			have, jsonErr := json.MarshalIndent(results, "", "  ")
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			if err != nil {
				have = fmt.Appendf(have, "\nerror: %v", err)
			}
			name := strings.TrimSuffix(file, ".json") + ".golden"
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

// TestChosenSources takes records of the named sources only, and says nothing of
// the others.
func TestChosenSources(t *testing.T) {
	body, err := os.ReadFile("testdata/changes/middle.json")
	if err != nil {
		t.Fatal(err)
	}
	results, err := parseChanges(newFollower(t, "b"), 0, body)
	if err != nil || len(results) != 1 || len(results[0].Items) != 2 || results[0].Items[0].Record.ID != "b:2" || results[0].Items[1].Record.ID != "b:1" || len(results[0].Merged) != 1 || len(results[0].Refused) != 0 {
		t.Errorf("%+v, %v", results, err)
	}
}

// TestManyChanges yields a large answer in parts, and from any of them the rest.
func TestManyChanges(t *testing.T) {
	var items []string
	for n := range 1234 {
		items = append(items, fmt.Sprintf(`{"id":"a:%d","deleted":true}`, n))
	}
	body := []byte(`{"items":[` + strings.Join(items, ",") + `],"since_mark":"hundred","head":2000}`)
	all, err := parseChanges(newFollower(t), 0, body)
	if err != nil || len(all) != 3 || all[0].Mark+all[1].Mark != "" || all[2].Mark != "2000" {
		t.Fatalf("%d results, %v", len(all), err)
	}
	rest, err := parseChanges(newFollower(t), all[0].Skip, body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[1:], rest); diff != "" {
		t.Error(diff)
	}
}

// TestMarkWithoutEntry goes on from the mark of a Clearinghouse that gives its
// entries no marks, though it gives them now.
func TestMarkWithoutEntry(t *testing.T) {
	results, err := parseSince(newFollower(t), "100", 0, []byte(`{"items":[],"since_mark":"hundred","mark":"last","head":104}`))
	if err != nil || len(results) != 1 || results[0].Mark != "104 last" || len(results[0].Next) != 0 {
		t.Errorf("%+v, %v", results, err)
	}
}

// FuzzChanges never panics, and goes on only to later changes of the same site.
func FuzzChanges(f *testing.F) {
	files, err := filepath.Glob("testdata/changes/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, 1)
	}
	f.Fuzz(func(t *testing.T, body []byte, skip int) {
		results, _ := parseChanges(newFollower(t), max(skip, 0), body)
		for _, r := range results {
			for _, i := range r.Items {
				i.Record.JSON()
			}
			for _, next := range r.Next {
				address := next.Variants[0].URL
				since, err := sinceOf(address)
				if err != nil || since <= 100 && since != 0 || !strings.HasPrefix(address, "https://site.example/api/v1/changes?") {
					t.Errorf("goes on to %s, %v", address, err)
				}
			}
		}
	})
}
