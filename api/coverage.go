package api

import (
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// coverageAnswer is the answer of GET /api/v1/coverage. Cells[i][j] counts the
// records with value i of the rows and value j of the columns.
type coverageAnswer struct {
	Total  int     `json:"total"`
	Rows   axis    `json:"rows"`
	Cols   axis    `json:"cols"`
	Cells  [][]int `json:"cells"`
	Labels labels  `json:"labels"` // of the filters
}

type axis struct {
	Facet  string      `json:"facet"`
	Label  string      `json:"label"`
	Values []axisValue `json:"values"`
	Left   int         `json:"left,omitempty"` // values of few records beyond those
}

type axisValue struct {
	Value  string `json:"value"`
	Label  string `json:"label"`
	Count  int    `json:"count"`
	Parent string `json:"parent,omitempty"`
}

// coverageParams are the axes and what narrows the set of records.
func (a *api) coverageParams() []catalog.Param {
	facets := catalog.FacetNames(func(catalog.Facet) bool { return true })
	return append([]catalog.Param{
		{Name: "rows", Type: "string", Allowed: facets, Default: "theme", Doc: "Facet of the rows"},
		{Name: "cols", Type: "string", Allowed: facets, Default: "region", Doc: "Facet of the columns"},
	}, a.filterParams()...)
}

func (a *api) coverage(c *gin.Context) {
	values, err := given(c, a.coverageParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	rows, cols := values.Get("rows"), values.Get("cols")
	values.Del("rows")
	values.Del("cols")
	if rows == cols {
		a.fail(c, &catalog.Error{Code: catalog.Invalid, Param: "cols", Message: "rows and cols are both " + rows + ": choose two different facets"})
		return
	}
	q, err := catalog.ParseFilter(values, a.Taxonomy)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, func() (any, error) {
		m, err := a.Engine.Matrix(c.Request.Context(), q, rows, cols)
		if err != nil {
			return nil, err
		}
		answer := coverageAnswer{m.Total, a.axis(rows, m.Rows, m.RowsLeft, q.Language), a.axis(cols, m.Cols, m.ColsLeft, q.Language), list(m.Counts), labels{}}
		a.nameFilters(answer.Labels, q)
		return answer, nil
	}, "coverage", rows, cols, q.Values().Encode())
}

func (a *api) axis(facet string, counts []catalog.FacetCount, left int, lang string) axis {
	f, _ := catalog.FacetByName(facet)
	out := axis{Facet: facet, Label: a.Taxonomy.Label("facet", facet, lang), Values: make([]axisValue, len(counts)), Left: left}
	for i, n := range counts {
		term, _ := a.Taxonomy.Term(f.Dimension, n.Value)
		out.Values[i] = axisValue{n.Value, a.label(f, n.Value, lang), n.Count, term.Parent}
	}
	return out
}
