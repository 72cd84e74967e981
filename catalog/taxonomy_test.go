package catalog

import (
	"slices"
	"testing"
)

func embedded(t testing.TB) *Taxonomy {
	t.Helper()
	taxonomy, err := EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return taxonomy
}

// TestLabels: every code has a label in every language, and a parent that exists.
func TestLabels(t *testing.T) {
	taxonomy := embedded(t)
	for _, d := range taxonomy.Dimensions() {
		seen := map[string]string{}
		for _, term := range taxonomy.Terms(d) {
			for _, l := range Languages {
				label := term.Label[l]
				if label == "" {
					t.Errorf("%s %s has no label in %s", d, term.Code, l)
				}
				if other := seen[l+label]; other != "" && d != "region" && d != "language" {
					t.Errorf("%s: %s and %s are both %q in %s", d, other, term.Code, label, l)
				}
				seen[l+label] = term.Code
				if len(term.Description) > 0 && term.Description[l] == "" {
					t.Errorf("%s %s has no description in %s", d, term.Code, l)
				}
			}
			parentIn := d
			if d == "country" {
				parentIn = "region"
			}
			if term.Parent != "" && !taxonomy.Has(parentIn, term.Parent) {
				t.Errorf("%s %s lies in %s, which does not exist", d, term.Code, term.Parent)
			}
		}
	}
}

func TestFacetTable(t *testing.T) {
	taxonomy := embedded(t)
	for _, f := range Facets {
		if !taxonomy.Has("facet", f.Name) {
			t.Errorf("facet %s has no label", f.Name)
		}
		if f.Dimension != "" && len(taxonomy.Terms(f.Dimension)) == 0 {
			t.Errorf("facet %s: no dimension %s", f.Name, f.Dimension)
		}
		if f.Doc == "" || f.Values == nil {
			t.Errorf("facet %s lacks its documentation or its values", f.Name)
		}
	}
	if have, want := len(taxonomy.Terms("facet")), len(Facets); have != want {
		t.Errorf("%d labels of facets for %d facets", have, want)
	}
}

func TestRegions(t *testing.T) {
	taxonomy := embedded(t)
	subregions := 0
	for _, r := range taxonomy.Terms("region") {
		if slices.Equal(taxonomy.leaves("region", r.Code), []string{r.Code}) {
			subregions++
		}
	}
	if subregions != 22 {
		t.Errorf("%d subregions, but UN M49 has 22", subregions)
	}
	for _, c := range []struct {
		countries, explicit, want []string
	}{
		{[]string{"US", "JO"}, nil, []string{"021", "145"}},
		{[]string{"JO"}, []string{"002"}, []string{"145"}},
		{nil, []string{"002"}, []string{"011", "014", "015", "017", "018"}},
		{nil, []string{"145", "145"}, []string{"145"}},
		{nil, []string{"nowhere"}, []string{"nowhere"}},
		{nil, nil, nil},
	} {
		if have := taxonomy.Subregions(c.countries, c.explicit); !slices.Equal(have, c.want) {
			t.Errorf("Subregions(%v, %v) = %v, want %v", c.countries, c.explicit, have, c.want)
		}
	}
	if have := taxonomy.Ancestors("region", "014"); !slices.Equal(have, []string{"202", "002"}) {
		t.Errorf("above Eastern Africa: %v", have)
	}
}
