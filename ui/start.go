package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clearinghouse/catalog"

	"golang.org/x/text/collate"
)

// The start page asks where, on which theme, for whom, and with how much money and time
// a project is planned. Practices are ranked by how many of the answers they fit, each
// answer weighing the same; what is half as good, such as another country of the region,
// counts half. Between equals the better evidence goes first. The page says all that.

const (
	startCandidates = 500 // practices that are looked at
	startShown      = 12
)

// budgets are the sums that are offered, in either of comparable currencies.
var budgets = []int{10_000, 50_000, 250_000, 1_000_000}

// comparable are the currencies whose amounts are of the same order as a budget.
var comparable = []string{"EUR", "USD", "GBP", "CHF"}

// terms are the times that are offered, in months.
var terms = []int{6, 12, 24, 36, 60}

// startParams are the questions, which are also the parameters of the page.
var startParams = []string{"country", "theme", "audience", "budget", "months"}

// fit is how well a practice fits one of the answers.
type fit string

const (
	fits    fit = "yes"
	near    fit = "near"
	differs fit = "no"
	unknown fit = "unknown"
)

// points are those of a fit, in halves.
var points = map[fit]int{fits: 2, near: 1}

func (s *site) start(w http.ResponseWriter, r *request) {
	params := parseParams(r.URL.RawQuery, startParams)
	asked := map[string]string{}
	for _, p := range params {
		asked[p.name] = p.value
	}
	for _, name := range []string{"budget", "months"} {
		if n, err := strconv.Atoi(asked[name]); asked[name] != "" && (err != nil || n < 1) {
			s.fail(w, r, &problem{status: http.StatusBadRequest, code: "invalid", param: name})
			return
		}
	}
	data := map[string]any{"labels": map[string]any{}}
	codes, p := s.codes(r, "country", "theme", "audience")
	if p != nil {
		s.fail(w, r, p)
		return
	}
	for name, terms := range codes {
		if asked[name] != "" && !slices.ContainsFunc(terms, func(x any) bool { return x.(map[string]any)["code"] == asked[name] }) {
			s.fail(w, r, &problem{status: http.StatusBadRequest, code: "invalid", param: name})
			return
		}
		labels := map[string]any{}
		for _, x := range terms {
			term := x.(map[string]any)
			labels[text(term["code"])] = term["label"]
			term["selected"] = term["code"] == asked[name]
		}
		data["labels"].(map[string]any)[name] = labels
	}
	sortByLabel(r.locale, codes["country"])
	data["countries"], data["themes"], data["audiences"] = codes["country"], codes["theme"], codes["audience"]
	data["budgets"], data["terms"] = offered(budgets, asked["budget"], func(n map[string]any) string { return r.locale.text("start.budget", n) }), offered(terms, asked["months"], func(n map[string]any) string { return r.locale.text("start.months.upto", n) })
	data["asked"] = len(asked) > 0
	if len(asked) == 0 {
		s.write(w, r, "start", http.StatusOK, r.locale.text("nav.start", nil), r.locale.text("start.lead", nil), data)
		return
	}
	region := regionOf(codes["country"], asked["country"])
	found, p := s.candidates(r, asked, region, data)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	looked := len(found)
	ranked := make([]ranking, looked)
	neighbours := countriesOf(codes["country"], region)
	v := &view{data: data, locale: r.locale}
	for i, practice := range found {
		ranked[i] = v.rank(practice, asked, neighbours)
	}
	slices.SortStableFunc(ranked, func(a, b ranking) int { return a.compare(b) })
	ranked = slices.DeleteFunc(ranked, func(each ranking) bool { return each.points == 0 })
	items := []any{}
	for _, each := range ranked[:min(startShown, len(ranked))] {
		each.item["fits"] = each.shown
		each.item["fitting"] = r.locale.text("start.fits", map[string]any{"n": halves(each.points), "of": float64(len(each.shown))})
		items = append(items, each.item)
	}
	var filters []param
	for _, name := range []string{"theme", "country", "audience"} {
		if asked[name] != "" {
			filters = append(filters, param{name, asked[name]})
		}
	}
	data["items"], data["looked"] = items, float64(looked)
	if len(filters) > 0 {
		data["all"] = v.searchPage(append(filters, param{"kind", "initiative"}))
	}
	s.write(w, r, "start", http.StatusOK, r.locale.text("nav.start", nil), r.locale.text("start.lead", nil), data)
}

// codes are the terms of dimensions, as the API lists them.
func (s *site) codes(r *request, dimensions ...string) (map[string][]any, *problem) {
	out := map[string][]any{}
	for _, dimension := range dimensions {
		answer, p := s.get(r, "/api/v1/taxonomies", url.Values{"dimension": {dimension}})
		if p != nil {
			return nil, p
		}
		of, _ := answer["dimensions"].(map[string]any)
		out[dimension] = list(of[dimension])
	}
	return out, nil
}

// sortByLabel puts terms in the order that readers of a language look for their labels in.
func sortByLabel(l *locale, terms []any) {
	order := collate.New(l.tag)
	slices.SortFunc(terms, func(a, b any) int {
		return order.CompareString(text(a.(map[string]any)["label"]), text(b.(map[string]any)["label"]))
	})
}

// offered are the values of a menu, each with its text.
func offered(values []int, selected string, say func(n map[string]any) string) []any {
	out := []any{}
	for _, n := range values {
		value := strconv.Itoa(n)
		out = append(out, map[string]any{"value": value, "label": say(map[string]any{"n": float64(n)}), "selected": value == selected})
	}
	return out
}

func regionOf(countries []any, code string) string {
	for _, x := range countries {
		if country := x.(map[string]any); code != "" && country["code"] == code {
			return text(country["parent"])
		}
	}
	return ""
}

// countriesOf are the countries of a region.
func countriesOf(countries []any, region string) []any {
	var out []any
	for _, x := range countries {
		if country := x.(map[string]any); region != "" && country["parent"] == region {
			out = append(out, country["code"])
		}
	}
	return out
}

// halves writes a number of halves.
func halves(n int) string {
	switch {
	case n%2 == 0:
		return strconv.Itoa(n / 2)
	case n == 1:
		return "½"
	}
	return strconv.Itoa(n/2) + "½"
}

// candidates are the practices that come closest by place, theme and audience, those that
// fit more of them first. Their labels are added to data's. region is that of the country.
func (s *site) candidates(r *request, asked map[string]string, region string, data map[string]any) ([]map[string]any, *problem) {
	sets := [][]param{nil}
	add := func(name, value string) {
		if value == "" {
			return
		}
		for _, set := range slices.Clone(sets) {
			sets = append(sets, append(slices.Clone(set), param{name, value}))
		}
	}
	add("audience", asked["audience"])
	add("theme", asked["theme"])
	narrower := slices.Clone(sets)
	for name, value := range map[string]string{"country": asked["country"], "region": region} {
		for _, set := range narrower {
			if value != "" {
				sets = append(sets, append(slices.Clone(set), param{name, value}))
			}
		}
	}
	worth := func(set []param) int {
		n := 0
		for _, p := range set {
			n += 2
			if p.name == "region" {
				n--
			}
		}
		return n
	}
	slices.SortStableFunc(sets, func(a, b []param) int {
		if worth(a) != worth(b) {
			return worth(b) - worth(a)
		}
		return strings.Compare(encode(a), encode(b))
	})
	var out []map[string]any
	seen := map[string]bool{}
	for _, set := range sets {
		query := url.Values{"kind": {"initiative"}, "facets": {"none"}, "limit": {strconv.Itoa(catalog.MaxLimit)}}
		for _, p := range set {
			query.Add(p.name, p.value)
		}
		for len(out) < startCandidates {
			answer, p := s.get(r, "/api/v1/records", query)
			if p != nil {
				return nil, p
			}
			addLabels(data, answer)
			for _, x := range list(answer["items"]) {
				item := x.(map[string]any)
				if id := text(item["id"]); !seen[id] && len(out) < startCandidates {
					seen[id] = true
					out = append(out, item)
				}
			}
			next, err := url.Parse(text(answer["next"]))
			if err != nil || next.RawQuery == "" {
				break
			}
			query.Set("cursor", next.Query().Get("cursor"))
		}
	}
	return out, nil
}

// ranking is a practice with how it fits.
type ranking struct {
	item     map[string]any
	shown    []any // fit by fit
	points   int
	evidence int
	told     bool // how to replicate it
}

func (a ranking) compare(b ranking) int {
	switch {
	case a.points != b.points:
		return b.points - a.points
	case a.evidence != b.evidence:
		return b.evidence - a.evidence
	case a.told != b.told:
		if a.told {
			return -1
		}
		return 1
	}
	return 0
}

// evidenceSteps are the levels of evidence from none to the strongest.
var evidenceSteps = []string{"", "described", "monitored", "evaluated", "experimental"}

// rank says how a practice fits each answer.
func (v *view) rank(item map[string]any, asked map[string]string, neighbours []any) ranking {
	out := ranking{item: item, evidence: slices.Index(evidenceSteps, text(item["evidence"]))}
	out.told = slices.Contains(list(item["parts"]), any("replication"))
	item["told"] = out.told
	note := func(name string, how fit, detail string) {
		out.points += points[how]
		if detail == "" {
			detail = v.locale.text("fact.unknown", nil)
		}
		out.shown = append(out.shown, map[string]any{"fit": string(how), "text": v.locale.text("filters.named", map[string]any{"name": name, "value": detail})})
	}
	has := func(field, code string) bool { return slices.Contains(list(item[field]), any(code)) }
	named := func(field, dimension string) string {
		return text(some(v, label(v, item[field], dimension), "3"))
	}
	if code := asked["country"]; code != "" {
		around := slices.DeleteFunc(slices.Clone(list(item["countries"])), func(c any) bool { return !slices.Contains(neighbours, c) })
		switch {
		case has("countries", code):
			note(v.locale.text("fact.where", nil), fits, text(label(v, code, "country")))
		case !truthy(item["countries"]) && !truthy(item["regions"]):
			note(v.locale.text("fact.where", nil), unknown, "")
		case len(around) > 0:
			note(v.locale.text("fact.where", nil), near, text(some(v, label(v, around, "country"), "3")))
		default:
			note(v.locale.text("fact.where", nil), differs, named("countries", "country"))
		}
	}
	several := func(name, field, dimension string) {
		code := asked[dimension]
		switch {
		case code == "":
		case has(field, code):
			note(name, fits, text(label(v, code, dimension)))
		case !truthy(item[field]):
			note(name, unknown, "")
		default:
			note(name, differs, named(field, dimension))
		}
	}
	several(v.locale.text("fact.theme", nil), "themes", "theme")
	several(v.locale.text("fact.audience", nil), "audiences", "audience")
	if most, _ := strconv.Atoi(asked["budget"]); most > 0 {
		note(v.locale.text("fact.cost", nil), affordable(item["cost"], most), cost(&view{data: item, locale: v.locale}))
	}
	if most, _ := strconv.Atoi(asked["months"]); most > 0 {
		switch n := months(item); {
		case n == 0:
			note(v.locale.text("fact.months", nil), unknown, "")
		case n <= most:
			note(v.locale.text("fact.months", nil), fits, v.locale.text("start.months", map[string]any{"n": float64(n)}))
		default:
			note(v.locale.text("fact.months", nil), differs, v.locale.text("start.months", map[string]any{"n": float64(n)}))
		}
	}
	return out
}

// affordable compares what a practice cost with a budget, if that can be said.
func affordable(known any, most int) fit {
	c, _ := known.(map[string]any)
	amount, err := strconv.ParseFloat(text(c["amount"]), 64)
	whole := text(c["per"]) == "" || text(c["per"]) == "project" || text(c["per"]) == "year"
	switch {
	case err != nil || !whole || !slices.Contains(comparable, text(c["currency"])):
		return unknown
	case amount <= float64(most):
		return fits
	}
	return differs
}

// months is how long a practice took, 0 if that is not known: as it says, or from its
// beginning to its end, whole years if no months are given.
func months(record map[string]any) int {
	if n := number(record["duration_months"]); n > 0 {
		return n
	}
	start, end := text(record["start"]), text(record["end"])
	if len(start) < 4 || len(end) < 4 {
		return 0
	}
	if len(start) < 7 || len(end) < 7 {
		from, err := strconv.Atoi(start[:4])
		to, err2 := strconv.Atoi(end[:4])
		if err != nil || err2 != nil || to < from {
			return 0
		}
		return 12 * (to - from + 1)
	}
	from, err := time.Parse("2006-01", start[:7])
	to, err2 := time.Parse("2006-01", end[:7])
	if err != nil || err2 != nil || to.Before(from) {
		return 0
	}
	return 12*(to.Year()-from.Year()) + int(to.Month()-from.Month()) + 1
}
