package iati

import (
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// maxResults bounds the results that one record tells, in lines a language.
const maxResults = 300

// results are what was reached, a paragraph each: "result: indicator: baseline →
// actual (year)". An indicator that only says what is aimed at is left out.
func (d *adaption) results() catalog.Text {
	lines := map[string][]string{}
	var languages []string
	cut := false
	add := func(language, line string) {
		if lines[language] == nil {
			languages = append(languages, language)
		}
		if len(lines[language]) < maxResults {
			lines[language] = append(lines[language], line)
		} else if !cut {
			cut = true
			d.leave("practice.results", "too_many", "there are more than %d results; the first are taken", maxResults)
		}
	}
	for _, e := range d.Results {
		titles, descriptions := d.name("practice.results", e.Titles...), d.name("practice.results", e.Descriptions...)
		for _, l := range titles.Languages() {
			if line := titles[l]; len(e.Indicators) == 0 {
				if more := descriptions[l]; more != "" && more != line {
					line += ": " + more
				}
				add(l, line)
			}
		}
		for _, i := range e.Indicators {
			measured := i.measured()
			names := d.name("practice.results", i.Titles...)
			for _, l := range names.Languages() {
				switch {
				case measured == "":
				case titles[l] == "" || titles[l] == names[l]:
					add(l, names[l]+": "+measured)
				default:
					add(l, titles[l]+": "+names[l]+": "+measured)
				}
			}
		}
	}
	var out catalog.Text
	for _, l := range languages {
		put(&out, said{l, strings.Join(lines[l], "\n\n")})
	}
	return out
}

// measured is "baseline → actual (year)" of the last period that has an actual
// value of the whole; "" without one.
func (i *indicator) measured() string {
	unit := ""
	if strings.TrimSpace(i.Measure) == "2" {
		unit = "%"
	}
	shown := func(value string) string {
		if value = format.Line(value); value != "" && !strings.HasSuffix(value, "%") {
			value += unit
		}
		return value
	}
	actual, end := "", ""
	for _, p := range i.Periods {
		for _, a := range p.Actuals {
			if value := shown(a.Value); value != "" && len(value) < 100 && len(a.Dimensions) == 0 && (actual == "" || p.End.iso() > end) {
				actual, end = value, p.End.iso()
			}
		}
	}
	if actual == "" {
		return ""
	}
	for _, b := range i.Baselines {
		if value := shown(b.Value); value != "" && len(value) < 100 {
			actual = value + " → " + actual
			break
		}
	}
	if catalog.IsDate(end) {
		actual += " (" + end[:4] + ")"
	}
	return actual
}
