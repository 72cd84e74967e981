package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
)

var update = flag.Bool("update", false, "write the golden files of the tests of the ranking")

// question is what somebody types and the records that should come first.
type question struct {
	Q    string   `json:"q"`
	User string   `json:"user"`
	Want []string `json:"want"` // at most five
	Why  string   `json:"why"`
}

// TestRelevance asks the questions of testdata/relevance, a file a language and a
// line a question, of the starter collection, and those of testdata/relevance/held-out,
// which were written without knowing the concepts and the ranking. It compares with testdata/relevance.golden: for each language the share of
// the wanted records among the first five (recall@5) and the mean of one over the place of
// the first wanted one among ten (MRR@10), and the questions none of whose records is
// among the first five.
func TestRelevance(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	ids := map[string]bool{}
	for _, r := range searchtest.StarterRecords(t, root) {
		ids[r.ID] = true
	}
	var b strings.Builder
	for _, set := range []string{"", "held-out"} {
		fmt.Fprintf(&b, "%-8s questions  recall@5  MRR@10\n", set)
		var missed []string
		for _, language := range catalog.Languages {
			asked := readQuestions(t, filepath.Join("testdata", "relevance", set, language+".jsonl"), ids)
			recall, rank := 0.0, 0.0
			for _, q := range asked {
				found, first := s.found(t, language, q)
				recall += float64(found) / float64(len(q.Want))
				if first > 0 {
					rank += 1 / float64(first)
				}
				if found == 0 {
					missed = append(missed, fmt.Sprintf("%s %s", language, q.Q))
				}
			}
			n := float64(len(asked))
			fmt.Fprintf(&b, "%-8s %9d %9.3f %7.3f\n", language, len(asked), recall/n, rank/n)
		}
		fmt.Fprintf(&b, "\nnone of their records is among the first five:\n%s\n\n", strings.Join(missed, "\n"))
	}
	golden(t, "relevance.golden", b.String())
}

// readQuestions reads a file of them, whose records must be among ids.
func readQuestions(t *testing.T, name string, ids map[string]bool) (out []question) {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(body) {
		var q question
		if err := json.Unmarshal(line, &q); err != nil || q.Q == "" || q.User == "" || q.Why == "" || len(q.Want) == 0 || len(q.Want) > 5 {
			t.Fatalf("%s: %s: %v; a question has q, user, why, and one to five records in want", name, line, err)
		}
		for _, id := range q.Want {
			if !ids[id] {
				t.Fatalf("%s: %s wants %s, which is not in the collection", name, q.Q, id)
			}
		}
		out = append(out, q)
	}
	return out
}

// found is how many of the records that a question wants are among the first five, and at
// which place of ten the first of them is, 0 if at none.
func (s *site) found(t *testing.T, language string, q question) (found, first int) {
	t.Helper()
	answer := apiAnswer(t, s.url, "/api/v1/records?"+url.Values{"q": {q.Q}, "lang": {language}, "limit": {"10"}, "facets": {"none"}}.Encode())
	for i, item := range answer["items"].([]any) {
		if slices.Contains(q.Want, item.(map[string]any)["id"].(string)) {
			if first == 0 {
				first = i + 1
			}
			if i < 5 {
				found++
			}
		}
	}
	return found, first
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed: look at the difference, and run with -update if it is better\n%s", name, diff)
	}
}
