package ui

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// axes are the dimensions that the coverage page offers; an address may ask for
// others.
var axes = []string{"region", "theme", "field", "country", "audience", "evidence", "year", "language", "status"}

// matrix is an answer of /api/v1/coverage without the values that have narrower
// ones and, of an axis that is filtered too, without those not asked for.
type matrix struct {
	rowFacet, colFacet string
	rows, cols         []axisValue
	counts             [][]int // by rows and cols
	most               int     // the highest of counts
}

type axisValue struct {
	code, label string
	top         string // label of the broadest value above, "" if there is none
	count       int
	index       int // in the API's list
}

func readMatrix(answer map[string]any, filters []param) matrix {
	rows, _ := answer["rows"].(map[string]any)
	cols, _ := answer["cols"].(map[string]any)
	m := matrix{rowFacet: text(rows["facet"]), colFacet: text(cols["facet"]), rows: readAxis(rows, filters), cols: readAxis(cols, filters)}
	cells := list(answer["cells"])
	for _, row := range m.rows {
		counts := make([]int, len(m.cols))
		for j, col := range m.cols {
			counts[j] = number(list(cells[row.index])[col.index])
			m.most = max(m.most, counts[j])
		}
		m.counts = append(m.counts, counts)
	}
	return m
}

// readAxis are the narrowest values of an axis that filters ask for or that lie
// in what they ask for, those of one broad value side by side.
func readAxis(axis map[string]any, filters []param) []axisValue {
	values := list(axis["values"])
	byCode, broader := map[string]map[string]any{}, map[string]bool{}
	for _, x := range values {
		value := x.(map[string]any)
		byCode[text(value["value"])] = value
		broader[text(value["parent"])] = true
	}
	asked := func(code string) bool {
		return slices.ContainsFunc(filters, func(p param) bool { return p.name == axis["facet"] && strings.EqualFold(p.value, code) })
	}
	var out, wanted []axisValue
	for i, x := range values {
		value := x.(map[string]any)
		code := text(value["value"])
		if broader[code] {
			continue
		}
		top, want := "", asked(code)
		for above, ok := byCode[text(value["parent"])]; ok; above, ok = byCode[text(above["parent"])] {
			top = text(above["label"])
			want = want || asked(text(above["value"]))
		}
		out = append(out, axisValue{code, text(value["label"]), top, number(value["count"]), i})
		if want {
			wanted = append(wanted, out[len(out)-1])
		}
	}
	if len(wanted) > 0 {
		out = wanted
	}
	slices.SortStableFunc(out, func(a, b axisValue) int {
		first := func(v axisValue) int {
			return slices.IndexFunc(out, func(x axisValue) bool { return x.top == v.top })
		}
		if a.top == "" && b.top == "" {
			return 0
		}
		return first(a) - first(b)
	})
	return out
}

// level is a step of the scale of shades, 0 to 5, by the logarithm of n.
func (m matrix) level(n int) float64 {
	if n == 0 {
		return 0
	}
	if m.most == 1 {
		return 3
	}
	return 1 + math.Round(4*math.Log(float64(n))/math.Log(float64(m.most)))
}

// finding says in words what the matrix shows: the theme known from the most
// regions, if it has those, and how many cells are empty.
func (m matrix) finding(l *locale) string {
	themes, regions := m.cols, m.rows
	across := m.rowFacet == "theme" && m.colFacet == "region"
	if across {
		themes, regions = m.rows, m.cols
	}
	empty := 0
	spread := make([]int, len(themes))
	for i, counts := range m.counts {
		for j, n := range counts {
			switch {
			case n == 0:
				empty++
			case across:
				spread[i]++
			default:
				spread[j]++
			}
		}
	}
	gaps := l.text("coverage.empty", map[string]any{"n": float64(empty), "of": float64(len(m.rows) * len(m.cols))})
	if !across && (m.rowFacet != "region" || m.colFacet != "theme") || empty == len(m.rows)*len(m.cols) {
		return gaps
	}
	widest := 0
	for i, n := range spread {
		if n > spread[widest] {
			widest = i
		}
	}
	return l.text("coverage.spread", map[string]any{"theme": themes[widest].label, "n": float64(spread[widest]), "regions": float64(len(regions))}) + l.text("sentence.separator", nil) + gaps
}

// picture is the matrix as squares, its rows across.
func (m matrix) picture() map[string]any {
	cells := []any{}
	for i, counts := range m.counts {
		for j, n := range counts {
			cells = append(cells, map[string]any{"x": float64(20 * i), "y": float64(20 * j), "level": fmt.Sprint(m.level(n))})
		}
	}
	return map[string]any{"cells": cells, "box": fmt.Sprintf("0 0 %d %d", 20*len(m.rows)-2, 20*len(m.cols)-2)}
}

func (s *site) coverage(w http.ResponseWriter, r *request) {
	params := parseParams(r.URL.RawQuery, append([]string{"rows", "cols"}, s.params...))
	chosen := url.Values{"rows": {"region"}, "cols": {"theme"}}
	var filters []param
	for _, p := range params {
		switch p.name {
		case "sort", "cursor": // of a list
		case "rows", "cols":
			chosen.Set(p.name, p.value)
		default:
			chosen.Add(p.name, p.value)
			filters = append(filters, p)
		}
	}
	if !chosen.Has("kind") && !chosen.Has("not_kind") { // what is looked for here are practices
		chosen.Add("kind", "initiative")
		filters = append(filters, param{"kind", "initiative"})
	}
	if chosen.Get("rows") == chosen.Get("cols") { // nothing to see: the menus have been set to the same
		other := axes[:2]
		chosen.Set("cols", other[(slices.Index(other, chosen.Get("rows"))+1)%2])
	}
	rows, cols := chosen.Get("rows"), chosen.Get("cols")
	data, p := s.get(r, "/api/v1/coverage", chosen)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	names, p := s.get(r, "/api/v1/taxonomies", url.Values{"dimension": {"facet"}})
	if p != nil {
		s.fail(w, r, p)
		return
	}
	m := readMatrix(data, filters)
	v := &view{locale: r.locale}
	columns := []any{}
	for _, col := range m.cols {
		columns = append(columns, heading(v, filters, m.colFacet, col))
	}
	bodies := []any{}
	for i, row := range m.rows {
		if i == 0 || row.top != m.rows[i-1].top {
			bodies = append(bodies, map[string]any{"label": row.top, "rows": []any{}})
		}
		cells := []any{}
		for j, col := range m.cols {
			cells = append(cells, map[string]any{
				"row": row.label, "col": col.label, "count": float64(m.counts[i][j]), "level": fmt.Sprint(m.level(m.counts[i][j])),
				"href": v.searchPage(narrow(narrow(filters, m.rowFacet, row.code), m.colFacet, col.code)),
			})
		}
		across := heading(v, filters, m.rowFacet, row)
		across["cells"] = cells
		body := bodies[len(bodies)-1].(map[string]any)
		body["rows"] = append(list(body["rows"]), across)
	}
	choice := func(selected string) []any {
		out := []any{}
		labels := map[string]any{}
		dimensions, _ := names["dimensions"].(map[string]any)
		for _, x := range list(dimensions["facet"]) {
			term := x.(map[string]any)
			labels[text(term["code"])] = term["label"]
		}
		offered := axes
		if !slices.Contains(axes, selected) {
			offered = append([]string{selected}, axes...)
		}
		for _, axis := range offered {
			out = append(out, map[string]any{"value": axis, "label": labels[axis], "selected": axis == selected})
		}
		return out
	}
	data["columns"], data["bodies"], data["width"], data["broad"] = columns, bodies, float64(len(m.cols)+1), len(m.cols) > 8
	data["found"] = v.searchPage(filters)
	data["table"] = "/api/v1/coverage.csv?" + encode(append([]param{{"rows", rows}, {"cols", cols}, {"lang", r.locale.code}}, filters...))
	data["choices"] = map[string]any{"rows": choice(rows), "cols": choice(cols)}
	params = slices.DeleteFunc(params, func(p param) bool { return p.name == "sort" || p.name == "cursor" })
	data["params"] = listed(params)
	if p := s.narrowed(r, data, params, filters); p != nil {
		s.fail(w, r, p)
		return
	}
	finding := m.finding(r.locale)
	data["finding"], data["most"] = finding, float64(m.most)
	if p := s.world(r, data, filters); p != nil {
		s.fail(w, r, p)
		return
	}
	s.write(w, r, "coverage", http.StatusOK, r.locale.text("nav.coverage", nil), finding, data)
}

// narrowed adds what the matrix can be narrowed by: words, years and the facets of what filters
// leave. All else that the address asks for, as the kind, is kept by the form.
func (s *site) narrowed(r *request, data map[string]any, params, filters []param) *problem {
	found, p := s.counted(r, filters, url.Values{"facet_limit": {facetLimit}})
	if p != nil {
		return p
	}
	addLabels(data, found)
	data["facets"] = found["facets"]
	v := &view{data: data, locale: r.locale, params: slices.DeleteFunc(slices.Clone(s.params), func(name string) bool { return name == "kind" })}
	offered := list(groups(v, found["facets"], ""))
	state, names := map[string]any{}, []string{"rows", "cols", "q", "year_from", "year_to"}
	for _, x := range offered {
		group := x.(map[string]any)
		group["long"] = false // to type in it takes a script, which this page does without
		names = append(names, text(group["name"]))
	}
	kept := []param{}
	for _, p := range params {
		if !slices.Contains(names, p.name) {
			kept = append(kept, p)
		} else {
			state[p.name] = p.value
		}
	}
	state["years"] = text(state["year_from"])+text(state["year_to"]) != ""
	data["groups"], data["state"], data["kept"] = offered, state, listed(kept)
	return nil
}

// counted are the facets that query asks for of what filters leave.
func (s *site) counted(r *request, filters []param, query url.Values) (map[string]any, *problem) {
	query.Set("limit", "0")
	for _, p := range filters {
		query.Add(p.name, p.value)
	}
	return s.get(r, "/api/v1/records", query)
}

func heading(v *view, filters []param, facet string, value axisValue) map[string]any {
	out := map[string]any{"label": value.label, "href": v.searchPage(narrow(filters, facet, value.code))}
	if facet == "theme" {
		out["theme"] = value.code
	}
	return out
}

// narrow is filters with one value of a facet in place of what they ask of it.
func narrow(filters []param, facet, value string) []param {
	asked := []param{{facet, value}}
	if f, _ := catalog.FacetByName(facet); f.Range {
		asked = []param{{facet + "_from", value}, {facet + "_to", value}}
	}
	kept := slices.DeleteFunc(slices.Clone(filters), func(p param) bool {
		return slices.ContainsFunc(asked, func(a param) bool { return a.name == p.name })
	})
	return append(kept, asked...)
}

// world adds the map of countries and the timeline of what filters leave.
func (s *site) world(r *request, data map[string]any, filters []param) *problem {
	found, p := s.counted(r, filters, url.Values{"facets": {"country", "year"}, "facet_limit": {"300"}})
	if p != nil {
		return p
	}
	codes, p := s.codes(r, "country", "region")
	if p != nil {
		return p
	}
	v := &view{locale: r.locale}
	facets, _ := found["facets"].(map[string]any)
	// a facet leaves out what is asked of itself, but here it is a picture of what was found
	places, years := list(facets["country"]), list(facets["year"])
	if chosen := func(x any) bool { return x.(map[string]any)["selected"] == true }; slices.ContainsFunc(places, chosen) {
		places = slices.DeleteFunc(slices.Clone(places), func(x any) bool { return !chosen(x) })
	}
	for _, p := range filters {
		if limit, err := strconv.Atoi(p.value); err == nil && (p.name == "year_from" || p.name == "year_to") {
			years = slices.DeleteFunc(slices.Clone(years), func(x any) bool {
				year, _ := strconv.Atoi(text(x.(map[string]any)["value"]))
				return p.name == "year_from" && year < limit || p.name == "year_to" && year > limit
			})
		}
	}
	data["world"] = tiles(v, filters, codes, places)
	data["years"] = timeline(v, filters, years)
	return nil
}

// tiles are all countries by the regions that they lie in, each with how much is known from it.
func tiles(v *view, filters []param, codes map[string][]any, values []any) any {
	m := matrix{}
	counts := map[string]int{}
	for _, x := range values {
		value := x.(map[string]any)
		counts[text(value["value"])] = number(value["count"])
		m.most = max(m.most, number(value["count"]))
	}
	known := 0
	inRegion := map[string][]any{}
	for _, x := range codes["country"] {
		country := x.(map[string]any)
		code := text(country["code"])
		n := counts[code]
		if n > 0 {
			known++
		}
		inRegion[text(country["parent"])] = append(inRegion[text(country["parent"])], map[string]any{
			"code": code, "label": country["label"], "count": float64(n), "level": fmt.Sprint(m.level(n)),
			"href": v.searchPage(narrow(filters, "country", code)),
		})
	}
	regions := []any{}
	for _, x := range codes["region"] {
		region := x.(map[string]any)
		here := inRegion[text(region["code"])]
		if len(here) == 0 {
			continue
		}
		sortByLabel(v.locale, here)
		regions = append(regions, map[string]any{"label": region["label"], "code": region["code"], "tiles": here})
	}
	if len(regions) == 0 {
		return nil
	}
	return map[string]any{"regions": regions, "known": float64(known), "of": float64(len(codes["country"]))}
}
