package ui

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// facetLimit is how many values of a filter are offered. More make a page slow; they can be
// looked for, or are seen on the coverage page.
const facetLimit = "20"

// homeItems is how many practices a list on the home page has.
const homeItems = 6

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
	description := ""
	if len(params) > 0 {
		title, description = searched(&view{data: data, locale: r.locale, params: s.params}, title)
	} else {
		title = r.locale.text("home.title", nil)
	}
	s.write(w, r, "search", http.StatusOK, title, description, data)
}

// searched are a title and a description for who meets a search elsewhere: what it asks for, and
// how much was found.
func searched(v *view, words string) (title, description string) {
	var said []string
	if words != "" {
		said = append(said, words)
	}
	for _, x := range list(filters(v, v.data["params"], "")) {
		if filter := x.(map[string]any); filter["label"] != nil && filter["not"] == false {
			said = append(said, text(filter["label"]))
		}
	}
	title = v.locale.text("nav.search", nil)
	if len(said) > 0 {
		title = strings.Join(said, v.locale.text("list.separator", nil))
	}
	facets, _ := v.data["facets"].(map[string]any)
	found := cmp.Or(text(join(v, count(v, shown(v, facets["kind"], ""), ""), "")), v.locale.text("search.nothing", nil))
	return title, v.locale.text("filters.named", map[string]any{"name": title, "value": found})
}

// home adds what the home page shows.
func (s *site) home(r *request, data map[string]any) *problem {
	v := &view{locale: r.locale}
	proven, p := s.get(r, "/api/v1/coverage", url.Values{"rows": {"theme"}, "cols": {"evidence"}, "kind": {"initiative"}})
	if p != nil {
		return p
	}
	data["themes"], data["browse"] = themeTiles(v, readMatrix(proven, nil)), v.searchPage([]param{{"sort", "newest"}})
	examples := []any{}
	for _, key := range []string{"home.example.1", "home.example.2", "home.example.3"} {
		question := r.locale.text(key, nil)
		examples = append(examples, map[string]any{"text": question, "href": v.searchPage([]param{{"q", question}})})
	}
	data["examples"] = examples
	if data["view"] != "home" {
		return nil
	}
	coverage, p := s.get(r, "/api/v1/coverage", url.Values{"rows": {"region"}, "cols": {"theme"}, "kind": {"initiative"}})
	if p != nil {
		return p
	}
	m := readMatrix(coverage, nil)
	data["map"], data["finding"] = m.picture(), m.finding(r.locale)
	newest, p := s.get(r, "/api/v1/records", url.Values{"kind": {"initiative"}, "sort": {"newest"}, "limit": {strconv.Itoa(homeItems)}, "facets": {"none"}})
	if p != nil {
		return p
	}
	best, p := s.wellEvidenced(r, nil, homeItems)
	if p != nil {
		return p
	}
	addLabels(newest, best)
	data["newest"], data["best"], data["labels"] = newest, best, newest["labels"]
	data["evaluated"] = v.searchPage(append([]param{{"kind", "initiative"}}, evaluated...))
	if s.BaseURL != "" {
		data["website"] = website(r, s.BaseURL)
	}
	return nil
}

// evaluated asks for what somebody has found out the effect of.
var evaluated = []param{{"evidence", "experimental"}, {"evidence", "evaluated"}}

// wellEvidenced are the first practices of a query that have been evaluated, the newest first:
// those by experiment before the others.
func (s *site) wellEvidenced(r *request, query url.Values, limit int) (map[string]any, *problem) {
	best, items, total := map[string]any{"labels": map[string]any{}}, []any{}, 0
	for _, by := range evaluated {
		q := url.Values{"kind": {"initiative"}, by.name: {by.value}, "sort": {"newest"}, "facets": {"none"}, "limit": {strconv.Itoa(limit)}}
		for name, values := range query {
			q[name] = values
		}
		found, p := s.get(r, "/api/v1/records", q)
		if p != nil {
			return nil, p
		}
		here := list(found["items"])
		items, total = append(items, here[:min(limit-len(items), len(here))]...), total+number(found["total"])
		addLabels(best, found)
	}
	best["items"], best["total"], best["next"] = items, float64(total), total > len(items)
	return best, nil
}

// themeTiles are the themes, each with how many practices are known and, as a bar of 100, how
// well they are evidenced, the strongest first.
func themeTiles(v *view, m matrix) []any {
	out := []any{}
	for i, theme := range m.rows {
		tile := map[string]any{
			"value": theme.code, "label": theme.label, "count": float64(theme.count), "href": v.address("themes/"+url.PathEscape(theme.code), nil),
		}
		bar, x, evaluated := []any{}, 0.0, 0
		for j := len(m.cols) - 1; j >= 0; j-- {
			if n := m.counts[i][j]; n > 0 {
				width := 100 * float64(n) / float64(theme.count)
				bar = append(bar, map[string]any{"x": math.Round(x), "width": math.Round(x+width) - math.Round(x), "level": m.cols[j].code})
				x += width
				if m.cols[j].code == "evaluated" || m.cols[j].code == "experimental" {
					evaluated += n
				}
			}
		}
		tile["bar"], tile["evaluated"] = bar, float64(evaluated)
		out = append(out, tile)
	}
	return out
}

// website describes the site to crawlers, in the vocabulary of schema.org.
func website(r *request, base string) map[string]any {
	home := base + "/" + r.locale.code + "/"
	return map[string]any{
		"@context": "https://schema.org", "@type": "WebSite", "name": r.locale.text("site.name", nil), "description": r.locale.text("home.lead", nil),
		"url": home, "inLanguage": r.locale.code,
		"potentialAction": map[string]any{"@type": "SearchAction", "target": map[string]any{"@type": "EntryPoint", "urlTemplate": home + "?q={search_term_string}"}, "query-input": "required name=search_term_string"},
	}
}
