package format

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// Field is a field of the record that a source file can say where to find: its
// name in the source file and how what is found there is put into a record. A
// source's words for codes, countries and dates are put in as they are; the
// runner makes codes of them.
type Field struct {
	// Text puts a text in one language into the record; nil for other fields.
	Text func(r *catalog.Record, language, text string)
	Line bool // Text is one line
	// Values puts values in; what cannot be is an error that names it.
	Values  func(r *catalog.Record, values []string) error
	Address bool // the values are addresses, which may be relative to the page
}

// Fields are the fields by the names that source files use.
var Fields = func() map[string]Field {
	out := map[string]Field{
		"title":   text(true, func(r *catalog.Record) *catalog.Text { return &r.Title }),
		"summary": text(false, func(r *catalog.Record) *catalog.Text { return &r.Summary }),
		"body":    text(false, func(r *catalog.Record) *catalog.Text { return &r.Body }),

		"kind":               first(func(r *catalog.Record) *string { return &r.Kind }),
		"original":           first(func(r *catalog.Record) *string { return &r.Original }),
		"scope":              first(func(r *catalog.Record) *string { return &r.Scope }),
		"status":             first(func(r *catalog.Record) *string { return &r.Status }),
		"evidence":           first(func(r *catalog.Record) *string { return &r.Evidence }),
		"alliance_role":      first(func(r *catalog.Record) *string { return &r.AllianceRole }),
		"start":              first(func(r *catalog.Record) *string { return &r.Start }),
		"end":                first(func(r *catalog.Record) *string { return &r.End }),
		"deadline":           first(func(r *catalog.Record) *string { return &r.Deadline }),
		"provenance.licence": first(func(r *catalog.Record) *string { return &r.Provenance.Licence }),

		"fields":    every(func(r *catalog.Record) *[]string { return &r.Fields }),
		"themes":    every(func(r *catalog.Record) *[]string { return &r.Themes }),
		"countries": every(func(r *catalog.Record) *[]string { return &r.Countries }),
		"regions":   every(func(r *catalog.Record) *[]string { return &r.Regions }),
		"audiences": every(func(r *catalog.Record) *[]string { return &r.Audiences }),
		"languages": every(func(r *catalog.Record) *[]string { return &r.Languages }),

		"places": {Values: func(r *catalog.Record, values []string) error {
			for _, v := range values {
				r.Places = append(r.Places, catalog.Place{Name: catalog.Text{r.Original: v}})
			}
			return nil
		}},
		"duration_months": number(func(r *catalog.Record) *int { return &r.DurationMonths }),
		"reach":           number(func(r *catalog.Record) *int { return &r.Reach }),
		"cost.amount":     cost(func(c *catalog.Cost) *string { return &c.Amount }),
		"cost.currency":   cost(func(c *catalog.Cost) *string { return &c.Currency }),
		"cost.per":        cost(func(c *catalog.Cost) *string { return &c.Per }),
		"cost.year":       cost(func(c *catalog.Cost) *string { return &c.Year }),

		"contact.name":  contact(func(c *catalog.Contact) *string { return &c.Name }),
		"contact.email": contact(func(c *catalog.Contact) *string { return &c.Email }),
		"contact.url":   address(contact(func(c *catalog.Contact) *string { return &c.URL })),

		"url":            address(first(func(r *catalog.Record) *string { return &r.URL })),
		"provenance.url": address(first(func(r *catalog.Record) *string { return &r.Provenance.URL })),
	}
	for _, part := range catalog.PracticeParts {
		out["practice."+part] = Field{Text: func(r *catalog.Record, language, s string) {
			if r.Practice == nil {
				r.Practice = map[string]catalog.Text{}
			}
			t := r.Practice[part]
			put(&t, language, s)
			r.Practice[part] = t
		}}
	}
	for _, role := range []string{"", "lead", "partner", "funder"} {
		name := strings.TrimSuffix("organizations."+role, ".")
		out[name] = Field{Values: func(r *catalog.Record, values []string) error {
			for _, v := range values {
				r.Organizations = append(r.Organizations, catalog.OrganizationRef{Name: catalog.Text{r.Original: v}, Role: role})
			}
			return nil
		}}
		out[name+".url"] = Field{Address: true, Values: func(r *catalog.Record, values []string) error {
			return organizationPages(r, role, values)
		}}
	}
	for _, rel := range []string{"homepage", "report", "toolkit", "evaluation", "video", "news", "example"} {
		out["links."+rel] = Field{Address: true, Values: func(r *catalog.Record, values []string) error {
			for _, v := range values {
				r.Links = append(r.Links, catalog.Link{Rel: rel, URL: v})
			}
			return nil
		}}
	}
	return out
}()

// FieldNames are the names of Fields in the order in which they are to be set:
// what others refer to comes before them.
func FieldNames() []string { return fieldNames }

var fieldNames = slices.Sorted(maps.Keys(Fields))

func put(t *catalog.Text, language, s string) {
	if *t == nil {
		*t = catalog.Text{}
	}
	(*t)[language] = s
}

func text(line bool, of func(*catalog.Record) *catalog.Text) Field {
	return Field{Line: line, Text: func(r *catalog.Record, language, s string) { put(of(r), language, s) }}
}

// first takes the first value found.
func first(of func(*catalog.Record) *string) Field {
	return Field{Values: func(r *catalog.Record, values []string) error {
		if len(values) > 0 {
			*of(r) = values[0]
		}
		return nil
	}}
}

// every takes all values found.
func every(of func(*catalog.Record) *[]string) Field {
	return Field{Values: func(r *catalog.Record, values []string) error {
		*of(r) = append(*of(r), values...)
		return nil
	}}
}

func address(f Field) Field {
	f.Address = true
	return f
}

func cost(of func(*catalog.Cost) *string) Field {
	return Field{Values: func(r *catalog.Record, values []string) error {
		if len(values) > 0 {
			if r.Cost == nil {
				r.Cost = &catalog.Cost{}
			}
			*of(r.Cost) = values[0]
		}
		return nil
	}}
}

func contact(of func(*catalog.Contact) *string) Field {
	return Field{Values: func(r *catalog.Record, values []string) error {
		if len(values) > 0 {
			if r.Contact == nil {
				r.Contact = &catalog.Contact{}
			}
			*of(r.Contact) = values[0]
		}
		return nil
	}}
}

// number reads a whole number; spaces, apostrophes, and dots and commas before
// three digits, group its digits.
func number(of func(*catalog.Record) *int) Field {
	return Field{Values: func(r *catalog.Record, values []string) error {
		for _, v := range values {
			n, err := strconv.Atoi(ungroup(v))
			if err != nil || n < 0 {
				return fmt.Errorf("%.60q is not a whole number", v)
			}
			*of(r) = n
			break
		}
		return nil
	}}
}

func ungroup(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \u00a0\u202f'’.,٬", r) })
	for _, p := range parts[min(1, len(parts)):] {
		if len(p) != 3 {
			return s
		}
	}
	return strings.Join(parts, "")
}

// organizationPages gives the organisations of a role their pages, in order.
func organizationPages(r *catalog.Record, role string, pages []string) error {
	for i := range r.Organizations {
		if o := &r.Organizations[i]; o.Role == role && o.URL == "" && len(pages) > 0 {
			o.URL, pages = pages[0], pages[1:]
		}
	}
	if len(pages) > 0 {
		return fmt.Errorf("%.200s is the page of no organisation that is named", pages[0])
	}
	return nil
}
