package oaipmh

import (
	"slices"
	"strings"

	"clearinghouse/catalog"
)

// setFacets are the facets whose values are sets: theme:dialogue is all that is about it, theme all
// that has any theme.
var setFacets = []string{"kind", "field", "theme", "region"}

type set struct {
	Spec string `xml:"setSpec"`
	Name string `xml:"setName"`
}

// sets are all there are, named in English: the protocol knows no other language.
func sets(t *catalog.Taxonomy) (out []set) {
	for _, name := range setFacets {
		f, _ := catalog.FacetByName(name)
		out = append(out, set{name, t.Label("facet", name, catalog.DefaultLanguage)})
		for _, term := range t.Terms(f.Dimension) {
			out = append(out, set{name + ":" + term.Code, t.Label(f.Dimension, term.Code, catalog.DefaultLanguage)})
		}
	}
	return out
}

func (c *call) listSets() error {
	if c.args.Get("resumptionToken") != "" {
		return faultf(badResumptionToken, "the list of sets comes in one piece")
	}
	c.answer.Sets = &listed{Sets: sets(c.Taxonomy)}
	return nil
}

// setsOf are the sets that an entry is in; of one that is gone, that it was in last.
func setsOf(entry *catalog.Entry, t *catalog.Taxonomy) (specs []string) {
	for _, name := range setFacets {
		f, _ := catalog.FacetByName(name)
		for _, value := range f.Values(entry, t) {
			specs = append(specs, name+":"+value)
		}
	}
	slices.Sort(specs)
	return slices.Compact(specs)
}

// in reports whether an entry is in a set.
func in(entry *catalog.Entry, spec string, t *catalog.Taxonomy) bool {
	return spec == "" || slices.ContainsFunc(setsOf(entry, t), func(s string) bool { return s == spec || strings.HasPrefix(s, spec+":") })
}
