package export

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"clearinghouse/catalog"
)

// column is one of the table that entries are written as. Its code is that of the field in a
// source file, with @ and the language of a text, so that an import finds it.
type column struct {
	code string
	form form
	of   func(e *catalog.Entry, t *catalog.Taxonomy) []string // "" only where another column has the value beside it
}

// form says what the values of a column are.
type form int

const (
	words   form = iota // one text
	list                // several texts
	whole               // a whole number
	decimal             // a number
	truth               // true or false
	instant             // a time, as in 2026-11-30T10:00:00Z
)

// columns are all of the table, in their order.
var columns = sync.OnceValue(func() []column {
	var out []column
	add := func(code string, f form, of func(*catalog.Entry, *catalog.Taxonomy) []string) {
		out = append(out, column{code, f, of})
	}
	field := func(code string, f form, of func(*catalog.Record) string) {
		add(code, f, func(e *catalog.Entry, _ *catalog.Taxonomy) []string { return one(of(&e.Record)) })
	}
	several := func(code string, of func(*catalog.Record) []string) {
		add(code, list, func(e *catalog.Entry, _ *catalog.Taxonomy) []string { return of(&e.Record) })
	}
	field("id", words, func(r *catalog.Record) string { return r.ID })
	field("kind", words, func(r *catalog.Record) string { return r.Kind })
	field("original", words, func(r *catalog.Record) string { return r.Original })
	for _, part := range catalog.TextParts {
		for _, language := range catalog.Languages {
			field(part+"@"+language, words, func(r *catalog.Record) string { return r.Part(part)[language] })
		}
	}
	several("other_languages", func(r *catalog.Record) []string { return otherLanguages(r) })
	several("translations", func(r *catalog.Record) (out []string) {
		texts := catalog.Text{}
		for language, t := range r.Translations {
			texts[language] = t.Origin
		}
		for _, language := range texts.Languages() {
			out = append(out, language+"="+texts[language])
		}
		return out
	})
	several("fields", func(r *catalog.Record) []string { return r.Fields })
	several("themes", func(r *catalog.Record) []string { return r.Themes })
	several("countries", func(r *catalog.Record) []string { return r.Countries })
	several("regions", func(r *catalog.Record) []string { return r.Regions })
	field("scope", words, func(r *catalog.Record) string { return r.Scope })
	several("places", func(r *catalog.Record) (out []string) {
		for _, place := range r.Places {
			out = append(out, r.InOriginal(place.Name))
		}
		return out
	})
	several("audiences", func(r *catalog.Record) []string { return r.Audiences })
	several("languages", func(r *catalog.Record) []string { return r.Languages })
	for _, role := range []string{"lead", "partner", "funder", ""} {
		code := strings.TrimSuffix("organizations."+role, ".")
		several(code, func(r *catalog.Record) (out []string) {
			for _, o := range r.Organizations {
				if o.Role == role {
					out = append(out, r.InOriginal(o.Name))
				}
			}
			return out
		})
		several(code+".url", func(r *catalog.Record) (out []string) {
			some := false
			for _, o := range r.Organizations {
				if o.Role == role {
					out, some = append(out, o.URL), some || o.URL != ""
				}
			}
			if !some {
				return nil
			}
			return out
		})
	}
	field("status", words, func(r *catalog.Record) string { return r.Status })
	field("start", words, func(r *catalog.Record) string { return r.Start })
	field("end", words, func(r *catalog.Record) string { return r.End })
	field("deadline", words, func(r *catalog.Record) string { return r.Deadline })
	cost := func(code string, f form, of func(*catalog.Cost) string) {
		field(code, f, func(r *catalog.Record) string {
			if r.Cost == nil {
				return ""
			}
			return of(r.Cost)
		})
	}
	cost("cost.amount", decimal, func(c *catalog.Cost) string { return c.Amount })
	cost("cost.currency", words, func(c *catalog.Cost) string { return c.Currency })
	cost("cost.per", words, func(c *catalog.Cost) string { return c.Per })
	cost("cost.year", words, func(c *catalog.Cost) string { return c.Year })
	field("duration_months", whole, func(r *catalog.Record) string { return number(r.DurationMonths) })
	field("reach", whole, func(r *catalog.Record) string { return number(r.Reach) })
	field("evidence", words, func(r *catalog.Record) string { return r.Evidence })
	add("best", truth, func(e *catalog.Entry, t *catalog.Taxonomy) []string { return one(strconv.FormatBool(e.Record.Best(t))) })
	several("criteria", func(r *catalog.Record) (out []string) {
		for _, c := range r.Criteria {
			out = append(out, c.Code+"="+c.Verdict)
		}
		return out
	})
	field("alliance_role", words, func(r *catalog.Record) string { return r.AllianceRole })
	for _, rel := range []string{"homepage", "report", "toolkit", "evaluation", "video", "news", "example"} {
		several("links."+rel, func(r *catalog.Record) (out []string) {
			for _, link := range r.Links {
				if link.Rel == rel {
					out = append(out, link.URL)
				}
			}
			return out
		})
	}
	field("url", words, func(r *catalog.Record) string { return r.URL })
	contact := func(code string, of func(*catalog.Contact) string) {
		field(code, words, func(r *catalog.Record) string {
			if r.Contact == nil {
				return ""
			}
			return of(r.Contact)
		})
	}
	contact("contact.name", func(c *catalog.Contact) string { return c.Name })
	contact("contact.email", func(c *catalog.Contact) string { return c.Email })
	contact("contact.url", func(c *catalog.Contact) string { return c.URL })
	several("related", func(r *catalog.Record) (out []string) {
		for _, related := range r.Related {
			out = append(out, related.Rel+"="+related.ID)
		}
		return out
	})
	several("incomplete", func(r *catalog.Record) (out []string) {
		for _, reason := range r.Incomplete() {
			out = append(out, reason.Code)
		}
		return out
	})
	field("provenance.source", words, func(r *catalog.Record) string { return r.Provenance.Source })
	field("provenance.url", words, func(r *catalog.Record) string { return r.Provenance.URL })
	field("provenance.retrieved", instant, func(r *catalog.Record) string {
		when, err := time.Parse(time.RFC3339, r.Provenance.Retrieved)
		if err != nil {
			return r.Provenance.Retrieved
		}
		return when.UTC().Format(time.RFC3339)
	})
	field("provenance.licence", words, func(r *catalog.Record) string { return r.Provenance.Licence })
	add("origins", list, func(e *catalog.Entry, _ *catalog.Taxonomy) (out []string) {
		for _, origin := range e.Origins() {
			of := origin.Source
			if origin.Licence != "" {
				of += "=" + origin.Licence
			}
			out = append(out, of)
		}
		return out
	})
	envelope := func(code string, f form, of func(catalog.Envelope) string) {
		add(code, f, func(e *catalog.Entry, _ *catalog.Taxonomy) []string { return one(of(e.Envelope)) })
	}
	envelope("added", instant, func(e catalog.Envelope) string { return e.Added.UTC().Format(time.RFC3339) })
	envelope("updated", instant, func(e catalog.Envelope) string { return e.Updated.UTC().Format(time.RFC3339) })
	envelope("version", whole, func(e catalog.Envelope) string { return number(e.Version) })
	return out
})

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// otherLanguages are those of the texts of a record that have no columns.
func otherLanguages(r *catalog.Record) []string {
	others := catalog.Text{}
	for _, part := range catalog.TextParts {
		for language := range r.Part(part) {
			if !slices.Contains(catalog.Languages, language) {
				others[language] = part
			}
		}
	}
	return others.Languages()
}

// label is what a column is called in a language, with the language of its text, as in
// Title (French).
func label(t *catalog.Taxonomy, code, lang string) string {
	name, language, isText := strings.Cut(code, "@")
	out := t.Label("column", name, lang)
	if isText {
		out += " (" + t.Label("language", language, lang) + ")"
	}
	return out
}
