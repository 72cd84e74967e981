package ui

import (
	"net/http"
	"net/url"
	"strings"
)

// facetLimit is how many values of a filter are offered. More make a page slow; they can be
// looked for, or are seen on the coverage page.
const facetLimit = "20"

// search is the home page and, with any parameter, the page of results.
func (s *site) search(w http.ResponseWriter, r *request) {
	params := parseParams(r.URL.RawQuery, s.params)
	data, p := map[string]any{"view": "home"}, (*problem)(nil)
	if len(params) > 0 {
		query := url.Values{"facet_limit": {facetLimit}}
		for _, p := range params {
			query.Add(p.name, p.value)
		}
		if data, p = s.get(r, "/api/v1/records", query); p != nil {
			s.fail(w, r, p)
			return
		}
		data["view"] = "search"
		if number(data["total"]) == 0 {
			data["view"] = "nothing"
		}
	}
	state := map[string]any{}
	for _, p := range params {
		switch p.name {
		case "q", "sort", "year_from", "year_to":
			state[p.name] = p.value
		}
	}
	state["years"] = text(state["year_from"])+text(state["year_to"]) != ""
	data["params"], data["state"], data["known"], data["limit"] = listed(params), state, strings.Join(s.params, " "), facetLimit
	if p := s.home(r, data); p != nil {
		s.fail(w, r, p)
		return
	}
	title := text(state["q"])
	if title == "" && len(params) > 0 {
		title = r.locale.text("nav.search", nil)
	}
	s.write(w, r, "search", http.StatusOK, title, "", data)
}

// home adds what the home page shows.
func (s *site) home(r *request, data map[string]any) *problem {
	coverage, p := s.get(r, "/api/v1/coverage", url.Values{"rows": {"region"}, "cols": {"theme"}})
	if p != nil {
		return p
	}
	v := &view{locale: r.locale}
	m := readMatrix(coverage, nil)
	themes := []any{}
	for _, theme := range m.cols {
		themes = append(themes, map[string]any{
			"value": theme.code, "label": theme.label, "count": float64(theme.count), "href": v.searchPage([]param{{"theme", theme.code}}),
		})
	}
	data["themes"], data["browse"], data["map"], data["finding"] = themes, v.searchPage([]param{{"sort", "newest"}}), m.picture(), m.finding(r.locale)
	examples := []any{}
	for _, key := range []string{"home.example.1", "home.example.2", "home.example.3"} {
		question := r.locale.text(key, nil)
		examples = append(examples, map[string]any{"text": question, "href": v.searchPage([]param{{"q", question}})})
	}
	data["examples"] = examples
	if data["view"] != "home" {
		return nil
	}
	newest, p := s.get(r, "/api/v1/records", url.Values{"kind": {"initiative"}, "sort": {"newest"}, "limit": {"6"}, "facets": {"none"}})
	if p != nil {
		return p
	}
	data["newest"], data["labels"] = newest, newest["labels"]
	return nil
}
