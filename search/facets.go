package search

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"clearinghouse/catalog"
)

// facetsOf are the rows of the facets to count.
func facetsOf(q catalog.Query) ([]catalog.Facet, error) {
	var out []catalog.Facet
	for _, name := range q.Facets {
		f, err := facetNamed(name, "facets", catalog.FacetNames(func(catalog.Facet) bool { return true }))
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func facetNamed(name, param string, allowed []string) (catalog.Facet, error) {
	f, ok := catalog.FacetByName(name)
	if !ok || !slices.Contains(allowed, name) {
		return f, &catalog.Error{Code: catalog.Invalid, Param: param, Allowed: allowed,
			Message: fmt.Sprintf("%s cannot be %.40q: choose one of %s", param, name, strings.Join(allowed, ", "))}
	}
	return f, nil
}

// selects reports whether q narrows by values of the facet, those left out not
// counted.
func selects(q catalog.Query, f catalog.Facet) bool {
	return len(q.Selected(f.Name)) > 0 || f.Range && (q.YearFrom > 0 || q.YearTo > 0)
}

// facets counts how many of all that q finds have each value of each facet. A facet
// that q selects values of is counted over what it finds without them.
func (v *view) facets(ctx context.Context, text node, all selection, q catalog.Query, facets []catalog.Facet) (map[string]map[string]int, error) {
	counts := make(map[string]map[string]int, len(facets))
	for _, f := range facets {
		in := all
		if selects(q, f) {
			var err error
			if in, err = v.selected(ctx, filtered(text, q.Without(f.Name))); err != nil {
				return nil, err
			}
		}
		counts[f.Name] = map[string]int{}
		if err := v.tally(ctx, in, facetField(f.Name), counts[f.Name]); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// shown orders the counts of a facet, most frequent first and then as in the
// taxonomy, and cuts them to what q asks for; years are in their order and not cut.
// Selected values are kept even if nothing has them. A FacetLimit of 0 is no limit.
func (x *Index) shown(f catalog.Facet, counts map[string]int, q catalog.Query) []catalog.FacetCount {
	selected := q.Selected(f.Name)
	if f.Range && q.YearFrom == q.YearTo && q.YearFrom > 0 {
		selected = []string{fmt.Sprintf("%04d", q.YearFrom)}
	}
	for _, s := range selected {
		counts[s] += 0
	}
	if q.FacetZero {
		x.addZeros(f, counts)
	}
	fold := cases.Fold() // not safe for concurrent use
	begins := fold.String(norm.NFC.String(q.FacetPrefix))
	out := make([]catalog.FacetCount, 0, len(counts))
	for value, count := range counts {
		if begins != "" && !slices.Contains(selected, value) {
			label := value
			if f.Dimension != "" {
				label = x.taxonomy.Label(f.Dimension, value, q.Language)
			} else if f.Name == "organization" {
				if entry, err := x.log.Get(value); err == nil {
					label, _ = entry.Record.Title.Choose(q.Language, entry.Record.Original)
				}
			}
			if !strings.HasPrefix(fold.String(norm.NFC.String(label)), begins) {
				continue
			}
		}
		out = append(out, catalog.FacetCount{Value: value, Count: count})
	}
	if f.Range {
		slices.SortFunc(out, func(a, b catalog.FacetCount) int { return cmp.Compare(a.Value, b.Value) })
		return out
	}
	slices.SortFunc(out, func(a, b catalog.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), x.compare(f, a.Value, b.Value))
	})
	if q.FacetLimit <= 0 {
		return out
	}
	kept := out[:0]
	for i, c := range out {
		if i < q.FacetLimit || slices.Contains(selected, c.Value) {
			kept = append(kept, c)
		}
	}
	return kept
}

// maxYears is how many years there may be from the first to the last for those between
// to be shown too: a single wrong one is not to make a thousand.
const maxYears = 300

// addZeros adds the values that nothing has: of a closed facet all, and the years
// between others.
func (x *Index) addZeros(f catalog.Facet, counts map[string]int) {
	if f.Range && len(counts) > 0 {
		years := slices.Sorted(maps.Keys(counts))
		first, _ := strconv.Atoi(years[0])
		last, _ := strconv.Atoi(years[len(years)-1])
		for y := first; y < last && last-first < maxYears; y++ {
			counts[fmt.Sprintf("%04d", y)] += 0
		}
	}
	for value := range x.closed(f) {
		counts[value] += 0
	}
}

// compare orders values of a facet: as in the taxonomy, then what it does not
// have by value.
func (x *Index) compare(f catalog.Facet, a, b string) int {
	return cmp.Or(cmp.Compare(x.taxonomy.Rank(f.Dimension, a), x.taxonomy.Rank(f.Dimension, b)), cmp.Compare(a, b))
}
