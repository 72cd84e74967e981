package catalog

import (
	"os"
	"strings"
	"testing"
)

// TestGlossary checks that the terms of docs/glossary.md are the labels of the
// concepts.
func TestGlossary(t *testing.T) {
	body, err := os.ReadFile("../docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	concepts := map[string]Concept{}
	for _, c := range embedded(t).Concepts() {
		concepts[c.ID] = c
	}
	terms := 0
	for line := range strings.Lines(string(body)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		terms++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		id := strings.Trim(cells[0], "`")
		if len(cells) != 7 {
			t.Errorf("%s has %d cells, want 7", id, len(cells))
			continue
		}
		for i, language := range []string{"en", "ar", "zh", "fr", "ru", "es"} {
			if label := concepts[id].Labels[language]; cells[i+1] != label {
				t.Errorf("%s is %q in %s, the glossary has %q", id, label, language, cells[i+1])
			}
		}
	}
	if terms == 0 {
		t.Error("no terms")
	}
}
