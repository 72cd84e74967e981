package html

import (
	"strings"

	"clearinghouse/catalog"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// setter puts what a selector found into a record: text in the language of each
// page, or values of the original's.
type setter struct {
	text   func(r *catalog.Record, language, text string)
	line   bool // text that is one line
	values func(r *catalog.Record, doc *page, values []string)
}

// setters are the fields that a page can give.
var setters = map[string]setter{
	"title":   {line: true, text: func(r *catalog.Record, l, s string) { put(&r.Title, l, s) }},
	"summary": {text: func(r *catalog.Record, l, s string) { put(&r.Summary, l, s) }},
	"body":    {text: func(r *catalog.Record, l, s string) { put(&r.Body, l, s) }},

	"practice.problem":     practice("problem"),
	"practice.approach":    practice("approach"),
	"practice.results":     practice("results"),
	"practice.evaluation":  practice("evaluation"),
	"practice.lessons":     practice("lessons"),
	"practice.replication": practice("replication"),
	"practice.resources":   practice("resources"),

	"kind":     first(func(r *catalog.Record) *string { return &r.Kind }),
	"scope":    first(func(r *catalog.Record) *string { return &r.Scope }),
	"status":   first(func(r *catalog.Record) *string { return &r.Status }),
	"evidence": first(func(r *catalog.Record) *string { return &r.Evidence }),
	"start":    first(func(r *catalog.Record) *string { return &r.Start }),
	"end":      first(func(r *catalog.Record) *string { return &r.End }),
	"deadline": first(func(r *catalog.Record) *string { return &r.Deadline }),

	"fields":    every(func(r *catalog.Record) *[]string { return &r.Fields }),
	"themes":    every(func(r *catalog.Record) *[]string { return &r.Themes }),
	"countries": every(func(r *catalog.Record) *[]string { return &r.Countries }),
	"audiences": every(func(r *catalog.Record) *[]string { return &r.Audiences }),
	"languages": every(func(r *catalog.Record) *[]string { return &r.Languages }),

	"url": {values: func(r *catalog.Record, doc *page, values []string) {
		for _, v := range values {
			if address := doc.link(v); address != "" {
				r.URL = address
				return
			}
		}
	}},
	"organizations": {values: func(r *catalog.Record, _ *page, values []string) {
		for _, v := range values {
			r.Organizations = append(r.Organizations, catalog.OrganizationRef{Name: catalog.Text{r.Original: v}})
		}
	}},
}

func put(t *catalog.Text, language, s string) {
	if *t == nil {
		*t = catalog.Text{}
	}
	(*t)[language] = s
}

func practice(part string) setter {
	return setter{text: func(r *catalog.Record, l, s string) {
		if r.Practice == nil {
			r.Practice = map[string]catalog.Text{}
		}
		t := r.Practice[part]
		put(&t, l, s)
		r.Practice[part] = t
	}}
}

// first takes the first value found.
func first(field func(*catalog.Record) *string) setter {
	return setter{values: func(r *catalog.Record, _ *page, values []string) {
		if len(values) > 0 {
			*field(r) = values[0]
		}
	}}
}

// every takes all values found.
func every(field func(*catalog.Record) *[]string) setter {
	return setter{values: func(r *catalog.Record, _ *page, values []string) {
		*field(r) = append(*field(r), values...)
	}}
}

// partsIn names the parts of the record that have text in a language, in the
// order of the record.
func partsIn(r *catalog.Record, language string) []string {
	var out []string
	for _, part := range []string{"title", "summary", "body", "practice.problem", "practice.approach", "practice.results",
		"practice.evaluation", "practice.lessons", "practice.replication", "practice.resources"} {
		if r.Part(part)[language] != "" {
			out = append(out, part)
		}
	}
	return out
}

// values are what f finds on a page: attributes, or texts without markup, one
// an element; an element within another that was found is part of that one.
// line makes each one line.
func (p *pages) values(doc *page, f field, line bool) []string {
	var remove *goquery.Selection
	if f.Remove != nil {
		remove = doc.FindMatcher(f.Remove)
	}
	found := doc.FindMatcher(f.Select)
	elements := make(map[*html.Node]bool, len(found.Nodes))
	for _, n := range found.Nodes {
		elements[n] = true
	}
	within := func(n *html.Node) bool {
		for n = n.Parent; n != nil && !elements[n]; n = n.Parent {
		}
		return n != nil
	}
	var out []string
	found.Each(func(_ int, s *goquery.Selection) {
		var value string
		switch {
		case f.Attr != "":
			value = strings.TrimSpace(s.AttrOr(f.Attr, ""))
		case within(s.Nodes[0]):
			return
		default:
			value = plainText(s.Nodes[0], remove)
		}
		if line {
			value = strings.Join(strings.Fields(value), " ")
		}
		if mapped, ok := f.Map[value]; ok {
			value = mapped
		}
		if value != "" {
			out = append(out, value)
		}
	})
	return out
}
