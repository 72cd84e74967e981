package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
)

// TestHarvested: what another Clearinghouse harvests of this one by OAI-PMH is all that is here, and
// what goes here goes there.
func TestHarvested(t *testing.T) {
	t.Parallel()
	s := serveSite(t, filepath.Join(t.TempDir(), "data"))
	there := filepath.Join(t.TempDir(), "there")
	if err := os.MkdirAll(filepath.Join(there, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	source := "id: here\nname: Here\nformat: oaipmh\naddress: " + s.url + "/oai\nlanguage: en\nprivate_addresses: true\ntrusted: true\nconstants: {kind: initiative}\n"
	if err := os.WriteFile(filepath.Join(there, "sources", "here.yaml"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	titles := func() map[string]bool {
		out := map[string]bool{}
		for line := range strings.Lines(must(t, "export", "jsonl", "--data", there)) {
			var record struct{ Title catalog.Text }
			if err := json.Unmarshal([]byte(line), &record); err == nil && record.Title["ar"] != "" {
				out[record.Title["ar"]] = true
			}
		}
		return out
	}
	must(t, "pull", "here", "--data", there)
	total := int(apiAnswer(t, s.url, "/api/v1/records?limit=0")["total"].(float64))
	entry, err := s.house.store.Get("starter:seeds-of-peace-camp")
	if err != nil {
		t.Fatal(err)
	}
	title := entry.Record.Title["ar"]
	if have := titles(); len(have) < total*9/10 || !have[title] {
		t.Fatalf("of %d entries %d were harvested, %q among them: %v", total, len(have), title, have[title])
	}
	if _, err := s.house.store.Save(t.Context(), catalog.Page{Source: "starter", Withdrawn: []string{"starter:seeds-of-peace-camp"}, Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	must(t, "pull", "here", "--data", there)
	if titles()[title] {
		t.Error("what was withdrawn is still there")
	}
}

// TestSoakHarvester lets HTTP::OAI take the whole collection over many resumptions, deletions
// included.
func TestSoakHarvester(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("skipped: make soak asks other programs")
	}
	if err := exec.Command("perl", "-MHTTP::OAI", "-e1").Run(); err != nil {
		t.Skip("no HTTP::OAI: testdata/setup.sh soak says how to install it")
	}
	s := serveSite(t, filepath.Join(t.TempDir(), "data"))
	total := int(apiAnswer(t, s.url, "/api/v1/records?limit=0")["total"].(float64))
	gone := []string{"starter:seeds-of-peace-camp", "starter:abraham-path"}
	if _, err := s.house.store.Save(t.Context(), catalog.Page{Source: "starter", Withdrawn: gone, Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"oai_dc", "mods"} {
		out, err := exec.Command("perl", root+"/testdata/soak/harvest.pl", s.url+"/oai", prefix).Output()
		if err != nil {
			t.Fatalf("%s: %v", prefix, err)
		}
		seen, deleted := map[string]bool{}, 0
		for line := range strings.Lines(string(out)) {
			id, is, _ := strings.Cut(strings.TrimSpace(line), " ")
			if seen[id] {
				t.Errorf("%s: %s comes twice", prefix, id)
			}
			if seen[id] = true; is == "1" {
				deleted++
			}
		}
		if len(seen) != total || deleted != len(gone) {
			t.Errorf("%s: %d records with %d deleted, of %d and %d", prefix, len(seen), deleted, total, len(gone))
		}
	}
}
