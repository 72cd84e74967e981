package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
)

// TestMirror: a second Clearinghouse follows the first by its changes while records are changed and
// withdrawn, in make soak 1,000 and 100 of them; at the end both export the same.
func TestMirror(t *testing.T) {
	t.Parallel()
	n, changed, withdrawn := cuts(300, 3_000), cuts(100, 1_000), cuts(10, 100)
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	file := filepath.Join(t.TempDir(), "generated.jsonl")
	searchtest.NewGenerator(t, root, 1).WriteFile(t, file, n)
	must(t, "import", "--data", first, file)
	s := serveSite(t, first)
	if err := os.MkdirAll(filepath.Join(second, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	source := "id: first\nname: The first\nformat: jsonl\naddress: " + s.url + "\nprivate_addresses: true\ntrusted: true\njsonl: {changes: true}\n"
	if err := os.WriteFile(filepath.Join(second, "sources", "first.yaml"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "pull", "first", "--data", second)
	var ids []string
	records := map[string]*catalog.Record{}
	for line := range bytes.Lines([]byte(readFile(t, file))) {
		record, err := catalog.DecodeRecord(bytes.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		ids, records[record.ID] = append(ids, record.ID), record
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	const steps = 10
	for step := range steps { // it follows while they change
		page := catalog.Page{State: catalog.Published, Time: time.Now()}
		for _, id := range ids[step*changed/steps : (step+1)*changed/steps] {
			record := *records[id]
			record.Summary = catalog.Text{record.Original: fmt.Sprint("Changed in step ", step, ".")}
			record.Translations = nil
			record.Title = catalog.Text{record.Original: record.Title[record.Original]}
			record.Clean(s.house.taxonomy)
			record.Provenance.Retrieved = page.Time.UTC().Format(time.RFC3339)
			record.Provenance.Hash = record.ContentHash()
			page.Source, page.Records = record.Provenance.Source, append(page.Records, &record)
		}
		page.Withdrawn = ids[changed+step*withdrawn/steps : changed+(step+1)*withdrawn/steps]
		if _, err := s.house.store.Save(t.Context(), page); err != nil {
			t.Fatal(err)
		}
		if step%3 == 0 {
			must(t, "pull", "first", "--data", second)
		}
	}
	must(t, "pull", "first", "--data", second)
	have := must(t, "export", "jsonl", "--data", second)
	want, _ := fetched(t, s.url+"/api/v1/records.jsonl")
	if have != want {
		a, b := strings.Split(have, "\n"), strings.Split(want, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				at := 0
				for at < min(len(a[i]), len(b[i])) && a[i][at] == b[i][at] {
					at++
				}
				t.Errorf("from byte %d on: %.300s\nis not %.300s", at, a[i][max(0, at-60):], b[i][max(0, at-60):])
				break
			}
		}
		t.Fatalf("the second has %d records, the first %d", len(a)-1, len(b)-1)
	}
	if n := strings.Count(want, "\n"); n != len(ids)-withdrawn || strings.Count(want, "Changed in step") != changed {
		t.Errorf("%d records, %d changed", n, strings.Count(want, "Changed in step"))
	}
}
