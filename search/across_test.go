package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// TestAcrossLanguages asks for a hundred concepts in each language, by their labels, and
// looks for the record in each other language that names the concept only there among
// the first ten. The records are those of testdata/across: one a concept and language,
// in natural sentences. testdata/across.golden has the shares found and what was missed.
func TestAcrossLanguages(t *testing.T) {
	taxonomy := taxonomy(t)
	var entries []*catalog.Entry
	var concepts []string
	for _, l := range catalog.Languages {
		body, err := os.ReadFile(filepath.Join("testdata", "across", l+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(body) {
			var r struct{ Concept, Title, Summary string }
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatalf("%s: %s: %v", l, line, err)
			}
			e := entry(across(r.Concept, l), catalog.Text{l: r.Title})
			e.Record.Summary = catalog.Text{l: r.Summary}
			entries = append(entries, e)
			if !slices.Contains(concepts, r.Concept) {
				concepts = append(concepts, r.Concept)
			}
		}
	}
	x, _ := openIndex(t, t.TempDir(), newLog("store", entries...))
	var table, missed strings.Builder
	all, found := 0, 0
	fmt.Fprintf(&table, "asked in  found of those in\n        %8s\n", strings.Join(catalog.Languages, "       "))
	for _, asked := range catalog.Languages {
		counts := map[string]int{}
		for _, id := range concepts {
			c, ok := taxonomy.Concept(id)
			if !ok {
				t.Fatalf("there is no concept %s", id)
			}
			r, err := x.Search(t.Context(), catalog.Query{Text: c.Labels[asked], Language: asked, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range catalog.Languages {
				if in == asked {
					continue
				}
				all++
				if slices.Contains(ids(r.Hits), across(id, in)) {
					counts[in]++
					found++
				} else {
					fmt.Fprintf(&missed, "%s in %s: %s\n", asked, in, c.Labels[asked])
				}
			}
		}
		fmt.Fprintf(&table, "%s      ", asked)
		for _, in := range catalog.Languages {
			fmt.Fprintf(&table, " %8s", map[bool]string{true: "-", false: fmt.Sprint(counts[in])}[in == asked])
		}
		table.WriteByte('\n')
	}
	if share := float64(found) / float64(all); share < 0.95 {
		t.Errorf("%d of %d are found (%.3f), want 0.95", found, all, share)
	}
	golden(t, "across.golden", fmt.Sprintf("%d of %d\n%s\nmissed:\n%s", found, all, table.String(), missed.String()))
}

func across(concept, language string) string {
	return "t:" + strings.ReplaceAll(concept, ":", "-") + "-" + language
}

func ids(hits []catalog.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out
}
