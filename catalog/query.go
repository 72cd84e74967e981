package catalog

import (
	"maps"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Query is what a reader asks, as a plain value: it names no engine and makes
// the round trip to a URL (Values, ParseQuery) unchanged.
type Query struct {
	Text        string   // words; "" matches everything
	Language    string   // the reader's, one of Languages
	Filters     []Filter // by facet in table order, at most one of each facet and sense
	YearFrom    int      // of the start, inclusive; 0 is open
	YearTo      int
	Sort        string   // one of Sorts
	Limit       int      // hits wanted
	Cursor      string   // Results.Next of the page before, "" for the first
	Facets      []string // names of the facets to count, in table order
	FacetLimit  int      // values of a facet; what is selected is always kept
	FacetPrefix string   // only values whose label begins with it
	FacetZero   bool     // also values that nothing found has
	Typing      bool     // the last word may be unfinished
	Explain     bool     // say how scores came about
}

// Filter asks for records that have one of Values of a facet, or, if Not, none
// of them.
type Filter struct {
	Facet  string
	Not    bool
	Values []string // sorted, no value twice
}

// The bounds and defaults of a query.
const (
	MaxQuery       = 500 // characters of Query.Text
	MaxValues      = 300 // values of a filter
	MaxLimit       = 100
	DefaultLimit   = 20
	MaxFacetLimit  = 1_000
	DefaultFacets  = 20
	MaxAxis        = 1_000 // values of an axis of a Matrix
	maxCursorBytes = 4_096
)

// Sorts are the orders of results, the default first.
var Sorts = []string{"relevance", "newest", "updated", "title"}

// Param is a parameter of a search. The table Params parses requests and builds
// their documentation.
type Param struct {
	Name    string
	Doc     string
	Type    string   // "string", "integer" or "boolean"
	Allowed []string // the only values, if they are few
	Min     int      // of an integer
	Max     int
	Repeats bool   // may be given several times: any of the values
	Default string // what its absence means, "" if nothing
	Filter  bool   // narrows the set of records; the others shape the answer
	Facet   string // the facet it filters by, "" for other parameters
	Not     bool   // the facet's values are excluded
	set     func(*Query, string) error
}

// Params is the table of the parameters of a search: those written here and two
// for each row of Facets.
func Params(t *Taxonomy) []Param {
	params := []Param{
		{Name: "q", Type: "string", Filter: true, Doc: "Words to search for, in any language",
			set: func(q *Query, v string) error { q.Text = v; return nil }},
		{Name: "lang", Type: "string", Allowed: Languages, Default: DefaultLanguage, Doc: "The reader's language: of labels, and of texts where there is one",
			set: func(q *Query, v string) error { q.Language = v; return nil }},
	}
	for _, f := range Facets {
		if f.Range {
			continue
		}
		for _, not := range []bool{false, true} {
			p := Param{Name: f.Name, Type: "string", Filter: true, Facet: f.Name, Not: not, Repeats: true, Doc: f.Doc}
			if not {
				p.Name, p.Doc = "not_"+f.Name, "Excludes: "+strings.ToLower(f.Doc[:1])+f.Doc[1:]
			}
			if !f.Open && len(t.Codes(f.Dimension)) <= 30 {
				p.Allowed = t.Codes(f.Dimension)
			}
			params = append(params, p)
		}
	}
	return append(params,
		Param{Name: "year_from", Type: "integer", Min: 1, Max: 9999, Filter: true, Doc: "Started in this year or later",
			set: func(q *Query, v string) error { q.YearFrom, _ = strconv.Atoi(v); return nil }},
		Param{Name: "year_to", Type: "integer", Min: 1, Max: 9999, Filter: true, Doc: "Started in this year or earlier",
			set: func(q *Query, v string) error { q.YearTo, _ = strconv.Atoi(v); return nil }},
		Param{Name: "sort", Type: "string", Allowed: Sorts, Default: Sorts[0], Doc: "Order of the items; relevance without words is newest first",
			set: func(q *Query, v string) error { q.Sort = v; return nil }},
		Param{Name: "limit", Type: "integer", Min: 0, Max: MaxLimit, Default: strconv.Itoa(DefaultLimit), Doc: "Items in the answer",
			set: func(q *Query, v string) error { q.Limit, _ = strconv.Atoi(v); return nil }},
		Param{Name: "cursor", Type: "string", Doc: "Where the page begins; taken from next of the answer before",
			set: func(q *Query, v string) error {
				if len(v) > maxCursorBytes {
					return Errorf(Invalid, "this cursor was not made here: follow the address in next")
				}
				q.Cursor = v
				return nil
			}},
		Param{Name: "facets", Type: "string", Repeats: true, Default: "all", Allowed: append([]string{"all", "none"}, facetNames()...), Doc: "Facets to count; names may be separated by commas",
			set: setFacets},
		Param{Name: "facet_limit", Type: "integer", Min: 1, Max: MaxFacetLimit, Default: strconv.Itoa(DefaultFacets), Doc: "Values of each facet; those selected are always kept, and years all",
			set: func(q *Query, v string) error { q.FacetLimit, _ = strconv.Atoi(v); return nil }},
		Param{Name: "facet_prefix", Type: "string", Doc: "Only values of facets whose label begins with this",
			set: func(q *Query, v string) error { q.FacetPrefix = v; return nil }},
		Param{Name: "facet_zero", Type: "boolean", Default: "false", Doc: "Also values that no record found has: all of a vocabulary, and the years between others",
			set: func(q *Query, v string) error { q.FacetZero = v == "true"; return nil }},
		Param{Name: "typing", Type: "boolean", Default: "false", Doc: "The last word is still being typed and is taken as a beginning",
			set: func(q *Query, v string) error { q.Typing = v == "true"; return nil }},
		Param{Name: "explain", Type: "boolean", Default: "false", Doc: "Adds the parts of each score",
			set: func(q *Query, v string) error { q.Explain = v == "true"; return nil }},
	)
}

func facetNames() []string { return FacetNames(func(Facet) bool { return true }) }

// ParseQuery reads the parameters of a search. An unknown parameter, a value
// that is not allowed and a repeated single parameter are Invalid errors that
// name the parameter and what it may be. An empty value counts as none.
func ParseQuery(values url.Values, t *Taxonomy) (Query, error) {
	return parse(values, t, Params(t))
}

// ParseFilter is ParseQuery for requests that only choose a set of records:
// parameters that shape a list of results are unknown to it, but for lang.
func ParseFilter(values url.Values, t *Taxonomy) (Query, error) {
	var params []Param
	for _, p := range Params(t) {
		if p.Filter || p.Name == "lang" {
			params = append(params, p)
		}
	}
	return parse(values, t, params)
}

func parse(values url.Values, t *Taxonomy, params []Param) (Query, error) {
	q := Query{Language: DefaultLanguage, Sort: Sorts[0], Limit: DefaultLimit, FacetLimit: DefaultFacets, Facets: facetNames()}
	values, err := ReadParams(values, params)
	if err != nil {
		return Query{}, err
	}
	for _, p := range params {
		given := values[p.Name]
		if len(given) == 0 {
			continue
		}
		if p.Facet != "" {
			filter, err := p.filter(given, t)
			if err != nil {
				return Query{}, err
			}
			q.Filters = append(q.Filters, filter)
			continue
		}
		if p.Name == "facets" {
			given = []string{strings.Join(given, ",")}
		}
		for _, v := range given {
			if err := p.set(&q, v); err != nil {
				return Query{}, p.errorf("%s", err.Error())
			}
		}
	}
	if q.YearFrom > 0 && q.YearTo > 0 && q.YearFrom > q.YearTo {
		return Query{}, &Error{Code: Invalid, Param: "year_from", Message: "year_from is after year_to: exchange them"}
	}
	return q, nil
}

// ReadParams reads the parameters of a request by their table: cleaned, and for those
// that are absent or empty the default, if they have one. An unknown parameter, a
// value that is not allowed and a repeated single parameter are Invalid errors that
// name the parameter and what it may be. Values of facets are left to the caller.
func ReadParams(values url.Values, params []Param) (url.Values, error) {
	for _, name := range slices.Sorted(maps.Keys(values)) { // the same error for the same request
		if !slices.ContainsFunc(params, func(p Param) bool { return p.Name == name }) {
			allowed := make([]string, len(params))
			for i, p := range params {
				allowed[i] = p.Name
			}
			return nil, &Error{Code: Invalid, Param: name, Allowed: allowed, Message: "there is no parameter " + quote(name) + " here: remove it or correct its name"}
		}
	}
	out := url.Values{}
	for _, p := range params {
		for _, v := range values[p.Name] {
			if !utf8.ValidString(v) {
				return nil, p.errorf("%s is not UTF-8", p.Name)
			}
			v = strings.TrimSpace(strings.Map(printable, norm.NFC.String(v)))
			if v == "" {
				continue
			}
			if p.Facet == "" {
				if err := p.check(v); err != nil {
					return nil, err
				}
			}
			out.Add(p.Name, v)
		}
		if n := len(out[p.Name]); n > 1 && !p.Repeats {
			return nil, p.errorf("%s is given %d times: give it once", p.Name, n)
		}
		if out[p.Name] == nil && p.Default != "" {
			out.Set(p.Name, p.Default)
		}
	}
	return out, nil
}

// printable drops control characters and makes every white space a blank.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r < ' ', r == 0x7f, isBidiControl(r):
		return -1
	}
	return r
}

func (p Param) errorf(format string, args ...any) *Error {
	e := Errorf(Invalid, format, args...)
	e.Param, e.Allowed = p.Name, p.Allowed
	return e
}

// check tests the form of one value of a parameter that is no facet's.
func (p Param) check(v string) error {
	switch p.Type {
	case "integer":
		n, err := strconv.Atoi(v)
		if err != nil || n < p.Min || n > p.Max {
			return p.errorf("%s is %s, but must be a whole number from %d to %d", p.Name, quote(v), p.Min, p.Max)
		}
	case "boolean":
		if v != "true" && v != "false" {
			e := p.errorf("%s is %s, but must be true or false", p.Name, quote(v))
			e.Allowed = []string{"true", "false"}
			return e
		}
	default:
		if p.Name == "facets" { // setFacets checks each name
			return nil
		}
		if p.Allowed != nil && !slices.Contains(p.Allowed, v) {
			return p.errorf("%s is %s, but must be one of %s", p.Name, quote(v), strings.Join(p.Allowed, ", "))
		}
		if p.Name != "cursor" && utf8.RuneCountInString(v) > MaxQuery {
			return p.errorf("%s has more than %d characters: shorten it", p.Name, MaxQuery)
		}
	}
	return nil
}

func (p Param) filter(values []string, t *Taxonomy) (Filter, error) {
	f, _ := FacetByName(p.Facet)
	for i, v := range values {
		switch {
		case f.Name == "country":
			v = strings.ToUpper(v)
		case f.Name == "language":
			if tag, err := language.Parse(v); err == nil {
				v = tag.String()
			}
		}
		values[i] = v
		if f.Open && len(v) > MaxURL || !f.Open && !t.Has(f.Dimension, v) {
			return Filter{}, p.errorf("%s is %s, but must be %s", p.Name, quote(v), t.allowed(f.Dimension))
		}
	}
	values = sortedUnique(values)
	if len(values) > MaxValues {
		return Filter{}, p.errorf("%s has %d values; at most %d are taken", p.Name, len(values), MaxValues)
	}
	return Filter{Facet: f.Name, Not: p.Not, Values: values}, nil
}

func setFacets(q *Query, v string) error {
	var names []string
	for _, name := range strings.Split(v, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	known := facetNames()
	for _, name := range names {
		switch {
		case name == "all" || name == "none":
			if len(names) > 1 {
				return Errorf(Invalid, "facets names %s and more: let %s stand alone, or leave it out", name, name)
			}
		case !slices.Contains(known, name):
			return Errorf(Invalid, "facets names %s, but must be all, none or some of %s", quote(name), strings.Join(known, ", "))
		}
	}
	if len(names) > 0 {
		q.Facets = FacetNames(func(f Facet) bool { return names[0] == "all" || slices.Contains(names, f.Name) })
	}
	return nil
}

// Values is the query as parameters of a URL; what is at its default is left
// out. ParseQuery of it gives the same query.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(name, value string, is bool) {
		if is {
			v.Set(name, value)
		}
	}
	set("q", q.Text, q.Text != "")
	set("lang", q.Language, q.Language != DefaultLanguage && q.Language != "")
	for _, f := range q.Filters {
		name := f.Facet
		if f.Not {
			name = "not_" + name
		}
		v[name] = slices.Clone(f.Values)
	}
	set("year_from", strconv.Itoa(q.YearFrom), q.YearFrom > 0)
	set("year_to", strconv.Itoa(q.YearTo), q.YearTo > 0)
	set("sort", q.Sort, q.Sort != Sorts[0] && q.Sort != "")
	set("limit", strconv.Itoa(q.Limit), q.Limit != DefaultLimit)
	set("cursor", q.Cursor, q.Cursor != "")
	switch {
	case len(q.Facets) == 0:
		v.Set("facets", "none")
	case len(q.Facets) < len(Facets):
		v.Set("facets", strings.Join(q.Facets, ","))
	}
	set("facet_limit", strconv.Itoa(q.FacetLimit), q.FacetLimit != DefaultFacets)
	set("facet_prefix", q.FacetPrefix, q.FacetPrefix != "")
	set("facet_zero", "true", q.FacetZero)
	set("typing", "true", q.Typing)
	set("explain", "true", q.Explain)
	return v
}

// Selected are the values that a filter of the facet asks for (not those it
// excludes).
func (q Query) Selected(facet string) []string {
	for _, f := range q.Filters {
		if f.Facet == facet && !f.Not {
			return f.Values
		}
	}
	return nil
}

// Without is the query with no positive filter of the facet; for a facet with
// Range, with no years. It is what the facet's counts are of.
func (q Query) Without(facet string) Query {
	if f, ok := FacetByName(facet); ok && f.Range {
		q.YearFrom, q.YearTo = 0, 0
		return q
	}
	filters := q.Filters
	q.Filters = nil
	for _, f := range filters {
		if f.Facet != facet || f.Not {
			q.Filters = append(q.Filters, f)
		}
	}
	return q
}

// Toggle is the first page of the query with one value of a facet added to its
// selection, or taken from it if it is there. A year becomes the only one.
func (q Query) Toggle(facet, value string) Query {
	selected := q.Selected(facet)
	yearFrom, yearTo := q.YearFrom, q.YearTo
	q = q.Without(facet)
	q.Cursor = ""
	if f, ok := FacetByName(facet); ok && f.Range {
		if y, err := strconv.Atoi(value); err == nil && (y != yearFrom || y != yearTo) {
			q.YearFrom, q.YearTo = y, y
		}
		return q
	}
	values := slices.Clone(selected)
	if i := slices.Index(values, value); i >= 0 {
		values = slices.Delete(values, i, i+1)
	} else {
		values = sortedUnique(append(values, value))
	}
	if len(values) > 0 {
		q.Filters = append(slices.Clone(q.Filters), Filter{Facet: facet, Values: values})
		rank := func(f Filter) int {
			return 2*slices.IndexFunc(Facets, func(row Facet) bool { return row.Name == f.Facet }) + map[bool]int{true: 1}[f.Not]
		}
		sort.SliceStable(q.Filters, func(i, j int) bool { return rank(q.Filters[i]) < rank(q.Filters[j]) })
	}
	return q
}
