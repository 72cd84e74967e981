package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const (
	topicItems         = 6  // practices in a list
	topicOrganizations = 12 // organisations, and other values of a list with bars
)

// theme is the page of one theme: what it is, how much is known, from where, by whom.
func (s *site) theme(w http.ResponseWriter, r *request) {
	s.topic(w, r, "theme", r.PathValue("code"), []string{"region", "country", "audience"})
}

// country is the page of one country.
func (s *site) country(w http.ResponseWriter, r *request) {
	s.topic(w, r, "country", r.PathValue("code"), []string{"theme", "field", "audience"})
}

func (s *site) topic(w http.ResponseWriter, r *request, dimension, code string, by []string) {
	codes, p := s.codes(r, dimension)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	at := slices.IndexFunc(codes[dimension], func(x any) bool { return x.(map[string]any)["code"] == code })
	if at < 0 {
		s.notFound(w, r)
		return
	}
	term := codes[dimension][at].(map[string]any)
	facets := append([]string{"evidence", "organization", "year", "country"}, by...)
	newest, p := s.get(r, "/api/v1/records", url.Values{
		dimension: {code}, "kind": {"initiative"}, "limit": {strconv.Itoa(topicItems)}, "sort": {"newest"}, "facets": facets, "facet_limit": {"300"},
	})
	if p != nil {
		s.fail(w, r, p)
		return
	}
	best, p := s.wellEvidenced(r, url.Values{dimension: {code}}, topicItems)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	addLabels(newest, best)
	data := newest
	v := &view{data: data, locale: r.locale}
	here := []param{{dimension, code}, {"kind", "initiative"}}
	counts, _ := data["facets"].(map[string]any)
	total := number(data["total"])
	data["topic"], data["dimension"], data["icon"] = term, dimension, dimension == "theme"
	data["best"] = best
	data["items"] = slices.DeleteFunc(slices.Clone(list(data["items"])), func(x any) bool { // what stands above already
		return slices.ContainsFunc(list(best["items"]), func(y any) bool { return x.(map[string]any)["id"] == y.(map[string]any)["id"] })
	})
	data["search"] = v.searchPage(here)
	data["evaluated"] = v.searchPage(append(slices.Clone(here), evaluated...))
	data["freeze"] = v.address("sets", here)
	data["start"] = v.address("start", here[:1])
	rows, cols := "region", "evidence"
	if dimension == "country" {
		rows, cols = "theme", "evidence"
	}
	data["map"] = v.address("coverage", append([]param{{"rows", rows}, {"cols", cols}}, here...))
	levels := slices.Clone(list(counts["evidence"]))
	slices.SortFunc(levels, func(a, b any) int { // as the ladder goes, the strongest first
		step := func(x any) int { return slices.Index(evidenceSteps, text(x.(map[string]any)["value"])) }
		return step(b) - step(a)
	})
	if values := bars(v, here, "evidence", levels, 4, total); len(values) > 0 {
		data["evidence"] = map[string]any{"values": values}
	}
	data["years"] = timeline(v, here, list(counts["year"]))
	lists := []any{}
	for _, facet := range by {
		if values := bars(v, here, facet, narrowest(list(counts[facet])), topicOrganizations, total); len(values) > 0 {
			lists = append(lists, map[string]any{"facet": facet, "values": values})
		}
	}
	data["lists"] = lists
	organizations := []any{}
	for _, x := range list(counts["organization"]) {
		if o := x.(map[string]any); len(organizations) < topicOrganizations && number(o["count"]) > 0 {
			organizations = append(organizations, map[string]any{"id": o["value"], "name": o["label"], "count": o["count"]})
		}
	}
	data["organizations"] = organizations
	countries := 0
	for _, x := range list(counts["country"]) {
		if number(x.(map[string]any)["count"]) > 0 {
			countries++
		}
	}
	proven := number(best["total"])
	finding := r.locale.text("topic.none", nil)
	switch {
	case total == 0:
	case dimension == "theme":
		finding = r.locale.text("topic.known", map[string]any{"n": float64(total)}) + r.locale.text("sentence.separator", nil) + r.locale.text("topic.countries", map[string]any{"n": float64(countries)})
	default:
		finding = r.locale.text("topic.known", map[string]any{"n": float64(total)})
	}
	if proven > 0 {
		finding += r.locale.text("sentence.separator", nil) + r.locale.text("topic.evaluated", map[string]any{"n": float64(proven)})
	}
	data["finding"] = finding
	named := r.locale.text("topic.of", map[string]any{"name": term["label"]})
	s.write(w, r, "topic", http.StatusOK, named, named+r.locale.text("sentence.separator", nil)+finding, data)
}

// narrowest are the values that no other lies in.
func narrowest(values []any) []any {
	broader := map[any]bool{}
	for _, x := range values {
		broader[x.(map[string]any)["parent"]] = true
	}
	return slices.DeleteFunc(slices.Clone(values), func(x any) bool { return broader[x.(map[string]any)["value"]] })
}

// bars are the first values of a facet that occur, each with the share of all that has it.
func bars(v *view, filters []param, facet string, values []any, most, total int) []any {
	out := []any{}
	for _, x := range values {
		value := x.(map[string]any)
		n := number(value["count"])
		if n == 0 || len(out) == most {
			continue
		}
		bar := map[string]any{
			"label": v.named(facet, value["value"], value["label"]), "count": value["count"], "share": float64(max(1, 100*n/max(1, total))),
			"href": v.searchPage(narrow(filters, facet, text(value["value"]))),
		}
		switch facet {
		case "evidence":
			bar["level"] = value["value"]
		case "theme":
			bar["theme"], bar["href"] = value["value"], v.address("themes/"+url.PathEscape(text(value["value"])), nil)
		case "country":
			bar["href"] = v.address("countries/"+url.PathEscape(text(value["value"])), nil)
		}
		out = append(out, bar)
	}
	return out
}

// timeline is the histogram of the years of what filters leave, each leading to what began in it.
func timeline(v *view, filters []param, values []any) any {
	drawn := histogram(v, values, "")
	if drawn == nil {
		return nil
	}
	out := drawn.(map[string]any)
	rows := []any{}
	for _, x := range list(out["columns"]) {
		column := x.(map[string]any)
		column["href"] = v.searchPage(narrow(filters, "year", text(column["year"])))
		if truthy(column["count"]) {
			rows = append(rows, column)
		}
	}
	out["rows"] = rows
	return out
}
