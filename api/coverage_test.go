package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestCoverageTable: the table has the counts of the matrix, each under its label and code.
func TestCoverageTable(t *testing.T) {
	f := newFixture(t)
	type axis struct {
		Label  string
		Values []struct{ Value, Label string }
	}
	const query = "?rows=organization&cols=theme&lang=ar&kind=initiative"
	want := answer[struct {
		Rows, Cols axis
		Cells      [][]int
	}](t, f.get("/api/v1/coverage"+query))
	r := f.get("/api/v1/coverage.csv" + query)
	text := body(t, r)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != len(want.Cells)+1 || len(rows) < 2 || !strings.HasPrefix(text, "\ufeff"+want.Rows.Label+" [organization],") {
		t.Fatalf("%v: %s", err, text)
	}
	for j, col := range want.Cols.Values {
		if rows[0][j+1] != col.Label+" ["+col.Value+"]" {
			t.Errorf("column %d is %s", j, rows[0][j+1])
		}
	}
	for i, row := range want.Rows.Values {
		if rows[i+1][0] != row.Label+" ["+row.Value+"]" {
			t.Errorf("row %d is %s", i, rows[i+1][0])
		}
		for j, n := range want.Cells[i] {
			if rows[i+1][j+1] != fmt.Sprint(n) {
				t.Errorf("%d, %d is %s, not %d", i, j, rows[i+1][j+1], n)
			}
		}
	}
	if name := r.Header.Get("Content-Disposition"); name != `attachment; filename="clearinghouse-coverage-organization-theme.csv"` {
		t.Error(name)
	}
	if again := f.get("/api/v1/coverage.csv"+query, "If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %d", again.StatusCode)
	}
}
