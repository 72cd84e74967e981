package catalog

import (
	"slices"
	"strings"
	"testing"
)

// TestSigns: every sign has a name in every language, and refers to what
// there is.
func TestSigns(t *testing.T) {
	taxonomy := embedded(t)
	ids := map[string]bool{}
	for _, c := range taxonomy.Signs() {
		if ids[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		ids[c.ID] = true
	}
	for _, term := range taxonomy.Terms("theme") {
		if i := slices.IndexFunc(taxonomy.Signs(), func(c Sign) bool { return c.ID == "theme:"+term.Code }); i >= 0 && len(taxonomy.Signs()[i].Sources) == 0 {
			t.Errorf("theme %s has no source for its names", term.Code)
		}
		if !ids["theme:"+term.Code] {
			t.Errorf("theme %s is no sign", term.Code)
		}
	}
	for _, c := range taxonomy.Signs() {
		prefix, code, _ := strings.Cut(c.ID, ":")
		if prefix != "concept" && (prefix != "theme" || !slices.Equal(c.Themes, []string{code})) {
			t.Errorf("%s must be concept:… or the theme that it gives", c.ID)
		}
		for _, l := range Languages {
			if c.Labels[l] == "" {
				t.Errorf("%s has no label in %s", c.ID, l)
			}
			seen := map[string]bool{}
			for _, name := range c.Names(l) {
				if Fold(name) == "" || seen[name] {
					t.Errorf("%s: %q in %s is empty or stands twice", c.ID, name, l)
				}
				seen[name] = true
			}
		}
		for _, pair := range c.Near {
			if !ids[pair[0]] || !ids[pair[1]] {
				t.Errorf("%s: there is no %v", c.ID, pair)
			}
		}
		for _, source := range c.Sources {
			if !strings.HasPrefix(source, "http://vocabularies.unesco.org/thesaurus/concept") {
				t.Errorf("%s has a source that is no entry of the thesaurus: %s", c.ID, source)
			}
		}
		for _, code := range c.Themes {
			if !taxonomy.Has("theme", code) {
				t.Errorf("%s: there is no theme %s", c.ID, code)
			}
		}
		for _, code := range c.Fields {
			if !taxonomy.Has("field", code) {
				t.Errorf("%s: there is no field %s", c.ID, code)
			}
		}
		if c.Weight < 0 || c.Weight > 2 {
			t.Errorf("%s weighs %v", c.ID, c.Weight)
		}
	}
	for _, term := range taxonomy.Terms("theme") {
		for _, l := range Languages {
			found := slices.ContainsFunc(taxonomy.Signs(), func(c Sign) bool { return c.ID == "theme:"+term.Code && Fold(c.Labels[l]) == Fold(term.Label[l]) })
			if !found {
				t.Errorf("theme %s: its label in %s is not that of its concept", term.Code, l)
			}
		}
	}
}
