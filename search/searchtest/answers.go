package searchtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// pages walks lists by their cursors: each record comes once, in the order of
// one long page, and the total stays.
func (s *suite) pages(t *testing.T) {
	for _, params := range []string{
		"", "sort=newest", "sort=updated", "sort=title&lang=ar", "q=students", "q=students+zebras+教育", "q=school&sort=title", "not_kind=event&theme=dialogue&theme=media-literacy",
	} {
		t.Run(params, func(t *testing.T) {
			q := s.parse(t, params)
			q.Facets, q.Limit = nil, catalog.MaxLimit
			all := s.search(t, q)
			if all.Next != "" || len(all.Hits) != all.Total {
				t.Fatalf("one page has %d of %d, next %q", len(all.Hits), all.Total, all.Next)
			}
			var walked []string
			q.Limit = 2
			for range all.Total + 1 {
				page := s.search(t, q)
				if page.Total != all.Total {
					t.Errorf("total is %d on a later page, want %d", page.Total, all.Total)
				}
				walked = append(walked, ids(page.Hits)...)
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if diff := cmp.Diff(ids(all.Hits), walked); diff != "" {
				t.Errorf("pages (-one page +walked):\n%s", diff)
			}
		})
	}
}

// facetValues checks which values of a facet are shown, and in what order.
func (s *suite) facetValues(t *testing.T) {
	for _, c := range []struct {
		params string
		facet  string
		want   []catalog.FacetCount
	}{
		{"facet_limit=2", "kind", []catalog.FacetCount{{Value: "initiative", Count: 13}, {Value: "organization", Count: 3}}},
		{"facet_limit=2&theme=regional-forums&theme=religion-curricula", "theme", []catalog.FacetCount{{Value: "media-literacy", Count: 6}, {Value: "dialogue", Count: 3}, {Value: "regional-forums", Count: 1}, {Value: "religion-curricula", Count: 1}}},
		{"facet_limit=1&kind=expert", "kind", []catalog.FacetCount{{Value: "initiative", Count: 13}, {Value: "expert", Count: 0}}},
		{"facet_prefix=MEDI&lang=en", "theme", []catalog.FacetCount{{Value: "media-literacy", Count: 6}}},
		{"facet_prefix=диалог&lang=ru", "theme", nil},
		{"facet_prefix=межкультурный&lang=ru", "theme", []catalog.FacetCount{{Value: "dialogue", Count: 3}}},
		{"facet_prefix=jord&country=KE", "country", []catalog.FacetCount{{Value: "JO", Count: 3}, {Value: "KE", Count: 1}}},
		{"facet_prefix=sol", "organization", []catalog.FacetCount{{Value: "u:org-soliya", Count: 1}}},
		{"year_from=2001&year_to=2001&facet_limit=1&q=students", "year", []catalog.FacetCount{{Value: "2001", Count: 0}, {Value: "2003", Count: 2}, {Value: "2004", Count: 1}, {Value: "2005", Count: 1}, {Value: "2006", Count: 2}, {Value: "2007", Count: 1}, {Value: "2008", Count: 1}}},
		{"facet_zero=true&theme=dialogue&theme=media-literacy&q=students", "year", []catalog.FacetCount{{Value: "2003", Count: 2}, {Value: "2004", Count: 0}, {Value: "2005", Count: 1}, {Value: "2006", Count: 2}, {Value: "2007", Count: 1}, {Value: "2008", Count: 1}}},
		{"facet_zero=true&kind=event", "kind", []catalog.FacetCount{{Value: "initiative", Count: 13}, {Value: "organization", Count: 3}, {Value: "resource", Count: 2}, {Value: "event", Count: 1}, {Value: "expert", Count: 0}, {Value: "opportunity", Count: 0}}},
		{"kind=resource", "source", []catalog.FacetCount{{Value: "u", Count: 2}, {Value: "t", Count: 1}}},
		{"source=v", "source", []catalog.FacetCount{{Value: "t", Count: 14}, {Value: "u", Count: 6}, {Value: "v", Count: 1}}},
		{"theme=dialogue", "status", []catalog.FacetCount{{Value: "ongoing", Count: 2}, {Value: "completed", Count: 1}}},
	} {
		t.Run(c.params, func(t *testing.T) {
			q := s.parse(t, c.params)
			q.Facets, q.Limit = []string{c.facet}, 0
			got := s.search(t, q)
			if len(got.Hits) > 0 || len(got.Facets) != 1 {
				t.Errorf("%d hits and %d facets, want 0 and 1", len(got.Hits), len(got.Facets))
			}
			if diff := cmp.Diff(append([]catalog.FacetCount{}, c.want...), got.Facets[c.facet]); diff != "" {
				t.Errorf("facet %s (-want +got):\n%s", c.facet, diff)
			}
		})
	}
}

// matrix compares all pairs of axes with a count over the records.
func (s *suite) matrix(t *testing.T) {
	axes := catalog.FacetNames(func(catalog.Facet) bool { return true })
	for _, params := range []string{"", "q=students", "theme=dialogue&theme=media-literacy", "not_country=FR&year_from=2005", "q=xylophone"} {
		q := s.parse(t, params)
		found := s.textOnly(t, q)
		for _, rows := range axes {
			for _, cols := range axes {
				got, err := s.engine.Matrix(t.Context(), q, rows, cols)
				if err != nil {
					t.Fatal(err)
				}
				want := s.counted(q, found, rows, cols)
				want.Snapshot = got.Snapshot
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s × %s of %q (-want +got):\n%s", rows, cols, params, diff)
				}
			}
		}
	}
}

func (s *suite) counted(q catalog.Query, found map[string]bool, rows, cols string) catalog.Matrix {
	var m catalog.Matrix
	row, _ := catalog.FacetByName(rows)
	col, _ := catalog.FacetByName(cols)
	var matching []*catalog.Entry
	for _, e := range s.entries {
		if found[e.Record.ID] && s.passes(e, q) {
			matching = append(matching, e)
		}
	}
	m.Total = len(matching)
	axis := func(f catalog.Facet) []catalog.FacetCount {
		var present []string
		counts := map[string]int{}
		for _, e := range matching {
			for _, v := range f.Values(e, s.taxonomy) {
				counts[v]++
				present = append(present, v)
			}
		}
		values := s.taxonomy.Codes(f.Dimension)
		if f.Open {
			values = slices.DeleteFunc(values, func(v string) bool { return counts[v] == 0 })
			if f.Dimension == "" {
				values = slices.Compact(sorted(present))
			}
		}
		out := []catalog.FacetCount{}
		for _, v := range values {
			out = append(out, catalog.FacetCount{Value: v, Count: counts[v]})
		}
		return out
	}
	m.Rows, m.Cols = axis(row), axis(col)
	m.Counts = make([][]int, len(m.Rows))
	for i, a := range m.Rows {
		m.Counts[i] = make([]int, len(m.Cols))
		for j, b := range m.Cols {
			for _, e := range matching {
				if slices.Contains(row.Values(e, s.taxonomy), a.Value) && slices.Contains(col.Values(e, s.taxonomy), b.Value) {
					m.Counts[i][j]++
				}
			}
		}
	}
	return m
}

// matches checks which words are marked in which text of a hit.
func (s *suite) matches(t *testing.T) {
	for _, c := range []struct {
		params, id, field, language string
		marked                      []string
	}{
		{"q=journalist", "t:media-en", "title", "en", []string{"journalists"}},
		{"q=élève&lang=fr", "t:media-fr", "practice.results", "fr", []string{"élèves"}},
		{"q=religions&lang=fr", "t:dialogue-six", "title", "fr", []string{"religions"}},
		{"q=religions&lang=ru", "t:dialogue-six", "title", "ru", []string{"религий"}},
		{"q=dialogue+religion&lang=zh", "t:dialogue-six", "title", "zh", []string{"宗教间对话"}},
		{"q=حوار", "t:dialogue-six", "title", "en", []string{"Dialogue"}},
		{"q=حوار&lang=ar", "t:dialogue-six", "title", "ar", []string{"الحوار"}},
		{"q=媒体素养", "t:media-zh", "title", "zh", []string{"媒体素养"}},
		{"q=夏", "t:dialogue-six", "summary", "zh", []string{"夏"}},
		{"q=soliya", "t:dialogue-six", "organizations", "en", []string{"Soliya"}},
		{"q=zeb&typing=true", "u:zebra", "title", "en", []string{"zebras"}},
		{"q=religion&lang=de", "t:dialogue-de", "title", "de", []string{"Religion"}},
	} {
		t.Run(c.params, func(t *testing.T) {
			params := strings.Replace(c.params, "&lang=de", "", 1) // no language of the interface
			got := s.search(t, s.parse(t, params))
			i := slices.IndexFunc(got.Hits, func(h catalog.Hit) bool { return h.ID == c.id })
			if i < 0 {
				t.Fatalf("%s is not found", c.id)
			}
			matches := got.Hits[i].Matches
			j := slices.IndexFunc(matches, func(m catalog.Match) bool { return m.Field == c.field })
			if j < 0 {
				t.Fatalf("nothing is marked in %s: %+v", c.field, matches)
			}
			var marked []string
			for _, f := range matches[j].Fragments {
				if f.Hit {
					marked = append(marked, f.Text)
				}
			}
			if diff := cmp.Diff(c.marked, marked); diff != "" || matches[j].Language != c.language {
				t.Errorf("in %s (want %s):\n%s", matches[j].Language, c.language, diff)
			}
		})
	}
}

// refused checks that what cannot be answered is said to be the asker's error.
func (s *suite) refused(t *testing.T) {
	first := s.parse(t, "q=students&limit=1&facets=none")
	next := s.search(t, first).Next
	if next == "" {
		t.Fatal("there is no second page to go to")
	}
	with := func(change func(*catalog.Query)) catalog.Query {
		q := first
		change(&q)
		return q
	}
	for _, c := range []struct {
		name, param string
		q           catalog.Query
	}{
		{"a cursor of another text", "cursor", with(func(q *catalog.Query) { q.Cursor, q.Text = next, "school" })},
		{"a cursor of another order", "cursor", with(func(q *catalog.Query) { q.Cursor, q.Sort = next, "newest" })},
		{"a cursor of another language", "cursor", with(func(q *catalog.Query) { q.Cursor, q.Language = next, "fr" })},
		{"a broken cursor", "cursor", with(func(q *catalog.Query) { q.Cursor = next[:len(next)-3] })},
		{"an invented cursor", "cursor", with(func(q *catalog.Query) { q.Cursor = "2" })},
		{"a text that is too long", "q", with(func(q *catalog.Query) { q.Text = strings.Repeat("字", catalog.MaxQuery+1) })},
		{"an unknown facet", "facets", with(func(q *catalog.Query) { q.Facets = []string{"colour"} })},
		{"an unknown order", "sort", with(func(q *catalog.Query) { q.Sort = "colour" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.engine.Search(t.Context(), c.q)
			invalid(t, err, c.param)
		})
	}
	_, err := s.engine.Matrix(t.Context(), first, "colour", "theme")
	invalid(t, err, "rows")
	_, err = s.engine.Matrix(t.Context(), first, "theme", "colour")
	invalid(t, err, "cols")

	// The shape of the answer may change from page to page.
	shaped := with(func(q *catalog.Query) { q.Cursor, q.Limit, q.Facets, q.FacetLimit = next, 5, []string{"theme"}, 3 })
	if _, err := s.engine.Search(t.Context(), shaped); err != nil {
		t.Errorf("a cursor with another limit and other facets: %v", err)
	}
}

func invalid(t *testing.T, err error, param string) {
	t.Helper()
	var e *catalog.Error
	if !errors.As(err, &e) || e.Code != catalog.Invalid || e.Param != param {
		t.Errorf("got %v, want an invalid %s", err, param)
	}
}

func (s *suite) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.engine.Search(ctx, s.parse(t, "q=students")); !errors.Is(err, context.Canceled) {
		t.Errorf("Search gave %v, want that it was cancelled", err)
	}
	if _, err := s.engine.Matrix(ctx, s.parse(t, ""), "theme", "region"); !errors.Is(err, context.Canceled) {
		t.Errorf("Matrix gave %v, want that it was cancelled", err)
	}
}
