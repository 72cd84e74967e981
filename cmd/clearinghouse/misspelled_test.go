package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMisspelled asks the starter collection for words as they are spelled and as they
// are misspelled: a letter dropped, doubled, added, exchanged with the next, or taken
// from a neighbouring key. Each file of testdata/misspelled has a language: right, wrong
// and kind in a line. The wrong one must find first what the right one does in nine of
// ten; testdata/misspelled.golden says which do not.
func TestMisspelled(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	first := func(language, q string) (string, any) {
		answer := apiAnswer(t, s.url, "/api/v1/records?"+url.Values{"q": {q}, "lang": {language}, "limit": {"1"}, "facets": {"none"}}.Encode())
		items := answer["items"].([]any)
		if len(items) == 0 {
			return "", answer["query"].(map[string]any)["corrected"]
		}
		return items[0].(map[string]any)["id"].(string), answer["query"].(map[string]any)["corrected"]
	}
	var table, missed strings.Builder
	for _, language := range []string{"ar", "en", "fr", "ru", "es"} {
		body, err := os.ReadFile(filepath.Join("testdata", "misspelled", language+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		all, good := 0, 0
		for line := range strings.Lines(string(body)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 3 {
				t.Fatalf("%s: %q has %d cells, want right, wrong and kind", language, line, len(f))
			}
			all++
			want, _ := first(language, f[0])
			got, corrected := first(language, f[1])
			if want == "" {
				t.Errorf("%s: nothing is found for %s, which is spelled right", language, f[0])
			}
			if got == want {
				good++
			} else {
				fmt.Fprintf(&missed, "%s %s for %s (%s): read as %v\n", language, f[1], f[0], f[2], corrected)
			}
		}
		fmt.Fprintf(&table, "%s %d of %d\n", language, good, all)
		if share := float64(good) / float64(all); share < 0.9 {
			t.Errorf("%s: %d of %d misspelled words find what the right ones do (%.2f), want 0.9", language, good, all, share)
		}
	}
	got := fmt.Sprintf("%s\n%s", table.String(), missed.String())
	golden(t, "misspelled.golden", got)
}

// TestMeant asks for texts whose words are all right, and looks at what is offered in their
// stead (query.suggested): a line of testdata/meant.tsv is a language, a text and what may
// have been meant, nothing for a text that is not to be doubted.
func TestMeant(t *testing.T) {
	s := starterSite(t)
	body, err := os.ReadFile(filepath.Join("testdata", "meant.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("%q has %d cells, want language, text and what was meant", line, len(f))
		}
		answer := apiAnswer(t, s.url, "/api/v1/records?"+url.Values{"q": {f[1]}, "lang": {f[0]}, "facets": {"none"}}.Encode())
		got, _ := answer["query"].(map[string]any)["suggested"].(string)
		if got != f[2] {
			t.Errorf("%s: %q is offered for %q, want %q", f[0], got, f[1], f[2])
		}
	}
}
