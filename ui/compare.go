package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// mostCompared is how many practices stand side by side.
const mostCompared = 4

// compare is the page of two to four records side by side, which prints as a brief:
// what is the same of all and what is not, then of each how it was done, what it takes, and
// where that comes from.
func (s *site) compare(w http.ResponseWriter, r *request) {
	var ids []string
	for _, p := range parseParams(r.URL.RawQuery, []string{"id"}) {
		if !slices.Contains(ids, p.value) {
			ids = append(ids, p.value)
		}
	}
	data := map[string]any{"labels": map[string]any{}, "left": float64(max(0, len(ids)-mostCompared))}
	ids = ids[:min(mostCompared, len(ids))]
	v := &view{locale: r.locale}
	var views []*view
	columns := []any{}
	for i, id := range ids {
		record, p := s.get(r, "/api/v1/records/"+url.PathEscape(id), nil)
		if p != nil && p.moved != "" {
			to, _, _ := strings.Cut(p.moved, "?")
			record, p = s.get(r, to, nil)
		}
		if p != nil {
			s.fail(w, r, p)
			return
		}
		addLabels(data, record)
		record["reader"] = []any{r.locale.code, catalog.DefaultLanguage, text(record["original"])}
		v := &view{data: record, locale: r.locale}
		views = append(views, v)
		rest := []param{}
		for k, other := range ids {
			if k != i {
				rest = append(rest, param{"id", other})
			}
		}
		columns = append(columns, map[string]any{
			"id": record["id"], "title": choose(v, record["title"], ""), "without": v.address("compare", rest), "brief": brief(v),
		})
	}
	data["columns"], data["enough"] = columns, len(columns) > 1
	if len(ids) == 1 {
		similar, p := s.get(r, "/api/v1/records/"+url.PathEscape(ids[0])+"/similar", url.Values{"limit": {strconv.Itoa(mostSimilar)}})
		if p != nil {
			s.fail(w, r, p)
			return
		}
		others := []any{}
		for _, x := range list(similar["items"]) {
			item := x.(map[string]any)
			others = append(others, map[string]any{"title": item["title"], "href": v.address("compare", []param{{"id", ids[0]}, {"id", text(item["id"])}})})
		}
		data["others"] = others
	}
	data["rows"] = compared(views)
	title := r.locale.text("compare.title", map[string]any{"n": float64(len(columns))})
	if len(columns) < 2 {
		title = ""
	}
	s.write(w, r, "compare", http.StatusOK, r.locale.text("nav.compare", nil), title, data)
}

// compared are the attributes of records side by side. What is not known of any is left out, unless
// whoever wants to do the same asks for it first.
func compared(views []*view) []any {
	rows := []any{}
	add := func(name string, of func(v *view) string) {
		cells, known, same := []any{}, false, true
		first := ""
		for i, v := range views {
			value := of(v)
			if i == 0 {
				first = value
			}
			known, same = known || value != "", same && value == first
			cell := map[string]any{"text": value}
			if name == "evidence" {
				cell["level"] = v.data["evidence"]
			}
			cells = append(cells, cell)
		}
		if known || slices.Contains([]string{"where", "when", "who", "audience", "cost", "months", "evidence"}, name) {
			rows = append(rows, map[string]any{"name": name, "cells": cells, "differs": !same})
		}
	}
	codes := func(name, field, dimension string) {
		add(name, func(v *view) string { return text(join(v, label(v, v.data[field], dimension), "")) })
	}
	code := func(name, field, dimension string) {
		add(name, func(v *view) string { return text(label(v, v.data[field], dimension)) })
	}
	codes("theme", "themes", "theme")
	codes("field", "fields", "field")
	add("where", func(v *view) string {
		return text(some(v, lands(v), "6"))
	})
	code("scope", "scope", "scope")
	add("when", when)
	code("status", "status", "status")
	add("who", func(v *view) string { return text(join(v, named(v, leads(v)), "")) })
	codes("audience", "audiences", "audience")
	add("reach", func(v *view) string {
		if number(v.data["reach"]) == 0 {
			return ""
		}
		return v.locale.number(number(v.data["reach"]))
	})
	add("cost", cost)
	add("months", func(v *view) string {
		n := months(v.data)
		if n == 0 {
			return ""
		}
		return v.locale.text("start.months", map[string]any{"n": float64(n)})
	})
	codes("languages", "languages", "language")
	code("evidence", "evidence", "evidence")
	add("criteria", func(v *view) string {
		var met []any
		for _, x := range list(v.data["criteria"]) {
			if c := x.(map[string]any); c["verdict"] == "met" {
				name := text(label(v, c["code"], "criterion"))
				if c["review"] != true {
					name = v.locale.text("compare.claimed", map[string]any{"criterion": name})
				}
				met = append(met, name)
			}
		}
		return text(join(v, met, ""))
	})
	return rows
}

// brief is what somebody needs who wants to do the same: the texts of a practice, whom to
// ask, and the pages that it all comes from.
func brief(v *view) map[string]any {
	practice, _ := v.data["practice"].(map[string]any)
	shown := []any{}
	for _, code := range []string{"approach", "results", "lessons", "replication", "resources"} {
		if paragraphs := paragraphs(choose(v, practice[code], "")); len(paragraphs) > 0 {
			shown = append(shown, map[string]any{"code": code, "text": paragraphs})
		}
	}
	links(v)
	var sources []any
	for _, list := range [][]any{list(v.data["evaluations"]), list(v.data["examples"]), list(v.data["more"])} {
		sources = append(sources, list...)
	}
	var organizations []any
	for _, x := range list(v.data["organizations"]) {
		o := x.(map[string]any)
		organizations = append(organizations, map[string]any{"id": o["id"], "name": choose(v, o["name"], ""), "url": o["url"], "role": o["role"]})
	}
	machine := false
	translations, _ := v.data["translations"].(map[string]any)
	if t, ok := translations[v.locale.code].(map[string]any); ok {
		machine = t["origin"] == "machine"
	}
	return map[string]any{"summary": choose(v, v.data["summary"], ""), "parts": shown, "sources": sources, "organizations": organizations, "contact": v.data["contact"], "machine": machine}
}
