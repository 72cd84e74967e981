package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"clearinghouse/api/export"
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

// coverageAsked is what a request wants counted.
func (a *api) coverageAsked(c *gin.Context) (q catalog.Query, rows, cols string, err error) {
	values, err := given(c, a.coverageParams())
	if err != nil {
		return q, "", "", err
	}
	rows, cols = values.Get("rows"), values.Get("cols")
	values.Del("rows")
	values.Del("cols")
	if rows == cols {
		return q, "", "", &catalog.Error{Code: catalog.Invalid, Param: "cols", Message: "rows and cols are both " + rows + ": choose two different facets"}
	}
	q, err = catalog.ParseFilter(values, a.Taxonomy)
	return q, rows, cols, err
}

func (a *api) counted(c *gin.Context, q catalog.Query, rows, cols string) (coverageAnswer, error) {
	m, err := a.Engine.Matrix(c.Request.Context(), q, rows, cols)
	if err != nil {
		return coverageAnswer{}, err
	}
	answer := coverageAnswer{m.Total, a.axis(rows, m.Rows, m.RowsLeft, q.Language), a.axis(cols, m.Cols, m.ColsLeft, q.Language), list(m.Counts), labels{}}
	a.nameFilters(answer.Labels, q)
	return answer, nil
}

func (a *api) coverage(c *gin.Context) {
	q, rows, cols, err := a.coverageAsked(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, func() (any, error) { return a.counted(c, q, rows, cols) }, "coverage", rows, cols, q.Values().Encode())
}

// coverageTable answers with the same as a table, in which labels have their codes behind them.
func (a *api) coverageTable(c *gin.Context) {
	q, rows, cols, err := a.coverageAsked(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	if a.notModified(c, "coverage.csv", rows, cols, q.Values().Encode(), a.Engine.Snapshot()) {
		return
	}
	counts, err := a.counted(c, q, rows, cols)
	if err != nil {
		a.fail(c, err)
		return
	}
	coded := func(v axisValue) string { return v.Label + " [" + v.Value + "]" }
	head := []string{counts.Rows.Label + " [" + rows + "]"}
	for _, v := range counts.Cols.Values {
		head = append(head, coded(v))
	}
	table := [][]string{head}
	for i, v := range counts.Rows.Values {
		row := []string{coded(v)}
		for _, n := range counts.Cells[i] {
			row = append(row, strconv.Itoa(n))
		}
		table = append(table, row)
	}
	if left := counts.Rows.Left + counts.Cols.Left; left > 0 {
		table = append(table, []string{fmt.Sprintf("INCOMPLETE: %d values of few records are left out: choose by filters", left)})
	}
	var b bytes.Buffer
	if err := export.WriteTable(&b, table); err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="clearinghouse-coverage-%s-%s.csv"`, rows, cols))
	c.Data(http.StatusOK, export.CSVType, b.Bytes())
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
