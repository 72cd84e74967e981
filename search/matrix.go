package search

import (
	"cmp"
	"context"
	"slices"

	"clearinghouse/catalog"
)

// Matrix counts what q finds by two facets at once. Its axes have every value
// of the taxonomy in its order, whether found or not; those of an open facet
// (years, organisations) are the values found, at most catalog.MaxAxis. An unknown
// facet is an Invalid error that names the parameter, rows or cols.
func (x *Index) Matrix(ctx context.Context, q catalog.Query, rows, cols string) (catalog.Matrix, error) {
	axes := catalog.FacetNames(func(catalog.Facet) bool { return true })
	row, err := facetNamed(rows, "rows", axes)
	if err != nil {
		return catalog.Matrix{}, err
	}
	col, err := facetNamed(cols, "cols", axes)
	if err != nil {
		return catalog.Matrix{}, err
	}
	v, err := x.view()
	if err != nil {
		return catalog.Matrix{}, err
	}
	defer v.close()
	p, err := x.plan(ctx, v, q)
	if err != nil {
		return catalog.Matrix{}, err
	}
	m := catalog.Matrix{Snapshot: v.snapshot}
	in, err := v.selected(ctx, filtered(p.matching, q))
	if err != nil {
		return catalog.Matrix{}, err
	}
	m.Total = in.size()
	rowCounts, colCounts := x.closed(row), x.closed(col)
	if err := v.tally(ctx, in, facetField(rows), rowCounts); err != nil {
		return catalog.Matrix{}, err
	}
	if err := v.tally(ctx, in, facetField(cols), colCounts); err != nil {
		return catalog.Matrix{}, err
	}
	cells, err := v.cross(ctx, in, facetField(rows), facetField(cols))
	if err != nil {
		return catalog.Matrix{}, err
	}
	m.Rows, m.RowsLeft = x.axis(row, rowCounts)
	m.Cols, m.ColsLeft = x.axis(col, colCounts)
	m.Counts = make([][]int, len(m.Rows))
	for i, r := range m.Rows {
		m.Counts[i] = make([]int, len(m.Cols))
		for j, c := range m.Cols {
			m.Counts[i][j] = cells[cell{r.Value, c.Value}]
		}
	}
	return m, nil
}

// closed are the values that an axis has in any case, at zero.
func (x *Index) closed(f catalog.Facet) map[string]int {
	counts := map[string]int{}
	if !f.Open {
		for _, code := range x.taxonomy.Codes(f.Dimension) {
			counts[code] = 0
		}
	}
	return counts
}

// axis are the values of an axis in their order, and how many are left out.
func (x *Index) axis(f catalog.Facet, counts map[string]int) (out []catalog.FacetCount, left int) {
	out = make([]catalog.FacetCount, 0, len(counts))
	for value, count := range counts {
		out = append(out, catalog.FacetCount{Value: value, Count: count})
	}
	inOrder := func(a, b catalog.FacetCount) int { return x.compare(f, a.Value, b.Value) }
	if left = len(out) - catalog.MaxAxis; left > 0 {
		slices.SortFunc(out, func(a, b catalog.FacetCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), inOrder(a, b)) })
		out = out[:catalog.MaxAxis]
	}
	slices.SortFunc(out, inOrder)
	return out, max(left, 0)
}
