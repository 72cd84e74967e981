package catalog

import (
	"strings"
	"testing"
)

// TestConcepts: every concept has a label in every language, no name stands for two
// of them, and all that they refer to exists.
func TestConcepts(t *testing.T) {
	taxonomy := embedded(t)
	ids := map[string]bool{}
	for _, c := range taxonomy.Concepts() {
		if ids[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		ids[c.ID] = true
	}
	if len(ids) < 300 {
		t.Errorf("%d concepts, want 300", len(ids))
	}
	names := map[string]string{} // language and folded name -> id
	for _, c := range taxonomy.Concepts() {
		if dimension, code, _ := strings.Cut(c.ID, ":"); dimension != "concept" && !taxonomy.Has(dimension, code) {
			t.Errorf("%s is neither concept:… nor a term", c.ID)
		}
		for _, l := range Languages {
			if c.Labels[l] == "" {
				t.Errorf("%s has no label in %s", c.ID, l)
			}
			for _, name := range c.Names(l) {
				key := l + " " + Fold(name)
				if other := names[key]; other != "" && other != c.ID || Fold(name) == "" {
					t.Errorf("%s: the name %q in %s is empty or that of %s too", c.ID, name, l, other)
				}
				names[key] = c.ID
			}
		}
		for _, source := range c.Sources {
			if !strings.HasPrefix(source, "http://vocabularies.unesco.org/thesaurus/concept") {
				t.Errorf("%s has a source that is no entry of the thesaurus: %s", c.ID, source)
			}
		}
		for _, parent := range c.Parents {
			if !ids[parent] || parent == c.ID {
				t.Errorf("%s lies in %s, which does not exist", c.ID, parent)
			}
		}
	}
	for _, dimension := range []string{"theme", "field", "audience"} {
		for _, code := range taxonomy.Codes(dimension) {
			if id := dimension + ":" + code; !ids[id] && id != "audience:youth" { // which field:youth is
				t.Errorf("%s is no concept", id)
			}
		}
	}
}
