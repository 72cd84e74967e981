package ui

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// formatters are the functions of expressions. Those that a region of a page
// uses stand in static/js/format.js too.
var formatters = map[string]func(v *view, value any, arg string) any{
	"number": func(v *view, value any, _ string) any { return v.locale.number(number(value)) },
	"not":    func(_ *view, value any, _ string) any { return !truthy(value) },
	"is":     func(_ *view, value any, arg string) any { return text(value) == arg },
	"year":   func(v *view, value any, _ string) any { return v.locale.year(text(value)) },
	"years":  years,
	"dir":    func(_ *view, value any, _ string) any { return catalog.Direction(text(value)) },
	"record": func(v *view, value any, _ string) any {
		return "/" + v.locale.code + "/records/" + url.PathEscape(text(value))
	},
	"icon":      func(v *view, value any, _ string) any { return v.icons + "#" + text(value) },
	"foreign":   foreign,
	"label":     label,
	"list":      join,
	"some":      some,
	"page":      page,
	"groups":    groups,
	"shown":     shown,
	"count":     count,
	"filters":   filters,
	"others":    others,
	"keep":      keep,
	"at":        at,
	"excluding": excluding,
	"asking":    asking,
	"size":      func(_ *view, value any, _ string) any { return float64(len(list(value))) },
	"lead":      lead,
	"snippet":   snippet,
	"why":       why,
	"meant":     meant,
	"histogram": histogram,

	// Of pages that the server alone fills.
	"date":   func(v *view, value any, _ string) any { return v.locale.date(text(value)) },
	"choose": choose,
	"json":   asJSON,
	"host":   host,
	"mailto": func(_ *view, value any, _ string) any { return "mailto:" + text(value) },
}

func number(value any) int {
	n, _ := value.(float64)
	return int(n)
}

// foreign is a language that is not the page's, else "".
func foreign(v *view, value any, _ string) any {
	if text(value) == v.locale.code {
		return ""
	}
	return value
}

// label names a code of a dimension, or each of a list.
func label(v *view, value any, dimension string) any {
	if codes, ok := value.([]any); ok {
		out := make([]any, len(codes))
		for i, code := range codes {
			out[i] = label(v, code, dimension)
		}
		return out
	}
	labels, _ := v.data["labels"].(map[string]any)
	names, _ := labels[dimension].(map[string]any)
	if name := text(names[text(value)]); name != "" {
		return name
	}
	return value
}

// years are those of a practice: since when, from when to when, or when.
func years(v *view, value any, _ string) any {
	item, _ := value.(map[string]any)
	start, end := v.locale.year(text(item["start"])), v.locale.year(text(item["end"]))
	switch {
	case start == "":
	case item["status"] == "ongoing":
		return v.locale.text("when.since", map[string]any{"start": start})
	case end != "" && end != start:
		return v.locale.text("when.years", map[string]any{"start": start, "end": end})
	}
	return start
}

func join(v *view, value any, _ string) any {
	words := make([]string, 0, len(list(value)))
	for _, word := range list(value) {
		words = append(words, isolate(text(word), v.locale.code))
	}
	return strings.Join(words, v.locale.text("list.separator", nil))
}

var rightToLeft = regexp.MustCompile(`[\x{590}-\x{8ff}\x{fb1d}-\x{fdff}\x{fe70}-\x{fefc}]`)

// isolate keeps a word that is written in the other direction than the page
// from changing the order of the list it stands in.
func isolate(word, lang string) string {
	mark := "\u200e"
	if catalog.Direction(lang) == "rtl" {
		mark = "\u200f"
	}
	if word == "" || rightToLeft.MatchString(word) == (mark == "\u200f") {
		return word
	}
	return mark + "\u2068" + word + "\u2069"
}

// some joins the first n of a list and says how many there are besides.
func some(v *view, value any, n string) any {
	words := list(value)
	most, _ := strconv.Atoi(n)
	if len(words) <= most {
		return join(v, value, "")
	}
	return v.locale.text("list.more", map[string]any{"list": join(v, words[:most], ""), "n": float64(len(words) - most)})
}

// param is one parameter of an address.
type param struct{ name, value string }

// parseParams are the parameters of a query string that known lists and that
// are not empty, in their order.
func parseParams(query string, known []string) []param {
	var out []param
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			continue
		}
		value, err = url.QueryUnescape(value)
		if value = strings.TrimSpace(value); err == nil && value != "" && slices.Contains(known, name) {
			out = append(out, param{name, value})
		}
	}
	return out
}

// escape is url.QueryEscape in the way of a browser's URLSearchParams.
func escape(s string) string {
	return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(s))
}

func encode(params []param) string {
	pairs := make([]string, len(params))
	for i, p := range params {
		pairs[i] = escape(p.name) + "=" + escape(p.value)
	}
	return strings.Join(pairs, "&")
}

// address is that of a page, "" for the search page, with parameters.
func (v *view) address(page string, params []param) string {
	if len(params) == 0 {
		return "/" + v.locale.code + "/" + page
	}
	return "/" + v.locale.code + "/" + page + "?" + encode(params)
}

func (v *view) searchPage(params []param) string { return v.address("", params) }

// page is the address of the search page that shows what an address of the API
// answers.
func page(v *view, value any, _ string) any {
	_, query, _ := strings.Cut(text(value), "?")
	return v.searchPage(parseParams(query, v.params))
}

// groups are the facets that have values which narrow what was found: those named in arg, then all others
// in the order of the parameters; their values are in depth-first order of their
// hierarchy. Those named and those with a selection are open.
func groups(v *view, value any, arg string) any {
	facets, _ := value.(map[string]any)
	first := strings.Split(arg, ",")
	names := slices.Clone(first)
	for _, name := range v.params {
		if !slices.Contains(first, name) {
			names = append(names, name)
		}
	}
	out := []any{}
	for i, name := range names {
		values := list(facets[name])
		if len(values) == 0 {
			continue
		}
		open := i < len(first)
		for _, x := range values {
			selected, _ := x.(map[string]any)["selected"].(bool)
			open = open || selected
		}
		if only := values[0].(map[string]any); len(values) == 1 && only["selected"] != true && only["count"] == v.data["total"] {
			continue // it would leave all as they are
		}
		long := len(values) >= longGroup
		group := map[string]any{"name": name, "open": open, "values": v.tree(name, values), "long": long, "within": "w-" + name}
		if len(values) >= fullGroup {
			cols := "theme"
			if name == cols {
				cols = "region"
			}
			group["all"] = v.address("coverage", append([]param{{"rows", name}, {"cols", cols}}, paramsOf(others(v, v.data["params"], "rows,cols,sort,cursor"))...))
		}
		out = append(out, group)
	}
	return out
}

// longGroup is from how many values on a reader may type what she looks for among them, and
// fullGroup from how many on there are probably more.
const (
	longGroup = 12
	fullGroup = 20
)

// filterID is the id of the box of a filter.
func filterID(facet, value string) string { return "f-" + facet + "-" + value }

// tree are the values of a facet, each after the one it lies in and with the id of that one's box.
func (v *view) tree(name string, values []any) []any {
	known := map[string]bool{}
	for _, x := range values {
		known[text(x.(map[string]any)["value"])] = true
	}
	out := []any{}
	var add func(parent string, depth int)
	add = func(parent string, depth int) {
		for _, x := range values {
			value := x.(map[string]any)
			above := text(value["parent"])
			if !known[above] {
				above = ""
			}
			if above != parent || depth > 4 {
				continue
			}
			within := ""
			if parent != "" {
				within = filterID(name, parent)
			}
			out = append(out, map[string]any{
				"id": filterID(name, text(value["value"])), "within": within, "name": name, "depth": float64(depth),
				"value": value["value"], "label": v.named(name, value["value"], value["label"]), "count": value["count"], "selected": value["selected"],
			})
			add(text(value["value"]), depth+1)
		}
	}
	add("", 0)
	return out
}

// shown are the values of a facet that the results have: the selected ones if
// there are any, else those that occur.
func shown(_ *view, value any, _ string) any {
	var selected, occurring []any
	for _, x := range list(value) {
		facet := x.(map[string]any)
		if number(facet["count"]) == 0 {
			continue
		}
		occurring = append(occurring, x)
		if facet["selected"] == true {
			selected = append(selected, x)
		}
	}
	if len(selected) > 0 {
		return selected
	}
	return occurring
}

// count says in words how many there are of each kind.
func count(v *view, value any, _ string) any {
	out := []any{}
	for _, x := range list(value) {
		facet := x.(map[string]any)
		out = append(out, v.locale.text("count."+text(facet["value"]), map[string]any{"n": facet["count"]}))
	}
	return out
}

// standing are the parameters that a page shows in another way than as filters.
var standing = map[string][]string{"": {"q", "sort"}, "coverage": {"rows", "cols"}}

// filters are the active ones among the parameters of the page arg, each with
// the address of the page without it.
func filters(v *view, value any, page string) any {
	all := slices.DeleteFunc(paramsOf(value), func(p param) bool { return p.name == "cursor" })
	out := []any{}
	for i, p := range all {
		if slices.Contains(standing[page], p.name) {
			continue
		}
		facet, not := strings.CutPrefix(p.name, "not_")
		filter := map[string]any{
			"facet": facet, "not": not, "value": p.value, "id": "x-" + p.name + "-" + p.value,
			"href": v.address(page, slices.Delete(slices.Clone(all), i, i+1)),
		}
		if facet != "q" && !strings.HasPrefix(facet, "year_") {
			filter["label"] = v.facetLabel(facet, p.value)
		}
		out = append(out, filter)
	}
	return out
}

// paramsOf and listed turn parameters from and into what pages are filled with.
func paramsOf(value any) []param {
	var out []param
	for _, x := range list(value) {
		p := x.(map[string]any)
		out = append(out, param{text(p["name"]), text(p["value"])})
	}
	return out
}

func listed(params []param) []any {
	out := []any{}
	for _, p := range params {
		out = append(out, map[string]any{"name": p.name, "value": p.value})
	}
	return out
}

// keep is only the parameters that arg names, others those that it does not.
func keep(_ *view, value any, arg string) any {
	return only(value, func(name string) bool { return slices.Contains(strings.Split(arg, ","), name) })
}

func others(_ *view, value any, arg string) any {
	return only(value, func(name string) bool { return !slices.Contains(strings.Split(arg, ","), name) })
}

// excluding are the parameters that leave out what has a value; a form has no
// box for them.
func excluding(_ *view, value any, _ string) any {
	return only(value, func(name string) bool { return strings.HasPrefix(name, "not_") })
}

// asking is the address of the search with a text in place of the one that was asked for.
func asking(v *view, value any, _ string) any {
	return v.address("", append([]param{{"q", text(value)}}, paramsOf(others(v, v.data["params"], "q,cursor"))...))
}

func only(value any, wanted func(name string) bool) []any {
	return slices.DeleteFunc(slices.Clone(list(value)), func(x any) bool { return !wanted(text(x.(map[string]any)["name"])) })
}

// at is the address of the page arg with parameters.
func at(v *view, value any, page string) any { return v.address(page, paramsOf(value)) }

// lead is the leading organisation, else the first.
func lead(_ *view, value any, _ string) any {
	for _, x := range list(value) {
		if x.(map[string]any)["role"] == "lead" {
			return x
		}
	}
	if all := list(value); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (v *view) facetLabel(facet, value string) any {
	facets, _ := v.data["facets"].(map[string]any)
	for _, x := range list(facets[facet]) {
		if known := x.(map[string]any); text(known["value"]) == value {
			return v.named(facet, value, known["label"])
		}
	}
	return v.named(facet, value, label(v, value, facet))
}

// named is the label of a value of a facet. What the program brings has its name
// in the texts of the pages.
func (v *view) named(facet string, value, label any) any {
	if facet == "source" {
		return sourceName(v.locale, text(value), text(label))
	}
	return label
}

// snippet is the summary of an item, with the words found in it if they were
// found in the language shown.
func snippet(_ *view, value any, _ string) any {
	item, _ := value.(map[string]any)
	summary, _ := item["summary"].(map[string]any)
	for _, x := range list(item["matches"]) {
		if match := x.(map[string]any); match["field"] == "summary" && match["language"] == summary["language"] {
			return shorten(match)
		}
	}
	if text(summary["text"]) == "" {
		return nil
	}
	return shorten(map[string]any{"language": summary["language"], "fragments": []any{map[string]any{"text": summary["text"], "hit": false}}})
}

// short is the width of the text of a card, about two lines; one with words
// found further on may have the width long.
const short, long = 130, 250

// width is the length of a text as it stands in a line: Chinese characters are
// twice as wide as letters.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}

// shorten ends fragments between two words where the text of a card gets too
// long.
func shorten(match map[string]any) map[string]any {
	size, left := 0, short
	for _, x := range list(match["fragments"]) {
		fragment := x.(map[string]any)
		size += width(text(fragment["text"]))
		if fragment["hit"] == true && size <= long {
			left = max(left, size)
		}
	}
	if size <= left {
		return match
	}
	out := []any{}
	for _, x := range list(match["fragments"]) {
		s := text(x.(map[string]any)["text"])
		if left -= width(s); left >= 0 {
			out = append(out, x)
			continue
		}
		cut, hard, room := 0, len(s), left+width(s)
		for i, r := range s {
			if room -= width(string(r)); room < 0 {
				hard = i
				break
			}
			if strings.ContainsRune(" \n、，。；：！？", r) {
				cut = i
			}
		}
		if cut == 0 && len(out) == 0 {
			cut = hard
		}
		end := strings.TrimRight(s[:cut], " \n.,;:،؛、，。；：–—(") + "…"
		out = append(out, map[string]any{"text": end, "hit": false})
		break
	}
	return map[string]any{"field": match["field"], "language": match["language"], "fragments": out}
}

// why is where the words were found, if neither the title nor the summary that
// are shown have them.
func why(_ *view, value any, _ string) any {
	item, _ := value.(map[string]any)
	for _, field := range []string{"title", "summary"} {
		shown, _ := item[field].(map[string]any)
		for _, x := range list(item["matches"]) {
			if match := x.(map[string]any); match["field"] == field && match["language"] == shown["language"] {
				return nil
			}
		}
	}
	if matches := list(item["matches"]); len(matches) > 0 {
		return shorten(matches[0].(map[string]any))
	}
	return nil
}

// meant are the concepts of the query by which an item was found without its words.
func meant(v *view, value any, _ string) any {
	item, _ := value.(map[string]any)
	query, _ := v.data["query"].(map[string]any)
	out := []any{}
	for _, x := range list(query["concepts"]) {
		if concept := x.(map[string]any); slices.Contains(list(item["why"]), any("concept "+text(concept["id"]))) {
			out = append(out, concept["label"])
		}
	}
	return out
}

// Years are drawn in columns of yearWidth, yearHeight high at most. What is more than
// longestTimeline years before the last one would make all others thin.
const (
	yearWidth       = 10
	yearHeight      = 60
	longestTimeline = 60
)

// histogram is a picture of how many began in each year, with the years in which none did,
// of the values of the facet year; inside are those that the page is narrowed to.
func histogram(v *view, value any, _ string) any {
	counts := map[int]int{}
	last, most := 0, 0
	for _, x := range list(value) {
		each := x.(map[string]any)
		year, err := strconv.Atoi(text(each["value"]))
		if n := number(each["count"]); err == nil && n > 0 {
			counts[year] = n
			last = max(last, year)
		}
	}
	if len(counts) < 2 {
		return nil
	}
	first, earlier := last, 0
	for year, n := range counts {
		if year <= last-longestTimeline {
			earlier += n
			continue
		}
		first, most = min(first, year), max(most, n)
	}
	state, _ := v.data["state"].(map[string]any)
	bound := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(text(state[name])); err == nil {
			return max(first, min(last, n))
		}
		return otherwise
	}
	from, to := bound("year_from", first), bound("year_to", last)
	columns := []any{}
	for year := first; year <= last; year++ {
		n, height := counts[year], 0
		if n > 0 {
			height = max(2, yearHeight*n/most)
		}
		columns = append(columns, map[string]any{
			"x": float64(yearWidth * (year - first)), "y": float64(yearHeight - height), "height": float64(height), "year": strconv.Itoa(year), "count": float64(n),
			"inside": year >= from && year <= to,
		})
	}
	return map[string]any{
		"columns": columns, "first": strconv.Itoa(first), "last": strconv.Itoa(last), "from": strconv.Itoa(from), "to": strconv.Itoa(to), "earlier": float64(earlier),
		"box": fmt.Sprintf("0 0 %d %d", yearWidth*(last-first+1), yearHeight),
	}
}

// choose picks the text for the reader by $reader, languages in the order of
// preference, else in any language.
func choose(v *view, value any, _ string) any {
	texts := catalog.Text{}
	object, _ := value.(map[string]any)
	for language, s := range object {
		texts[language] = text(s)
	}
	for _, language := range append(list(v.data["reader"]), "") {
		if s := texts[text(language)]; s != "" {
			return map[string]any{"text": s, "language": language}
		}
	}
	s, language := texts.Choose("", "")
	return map[string]any{"text": s, "language": language}
}

// asJSON is a value as a program reads it. Nothing in it ends the element that it stands in.
func asJSON(_ *view, value any, _ string) any {
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(data)
}

// host is the name of the site of an address.
func host(_ *view, value any, _ string) any {
	u, err := url.Parse(text(value))
	if err != nil {
		return value
	}
	return strings.TrimPrefix(u.Host, "www.")
}
