package catalog

import (
	"slices"
	"strconv"
)

// Facet is one way to filter and count records. The table Facets drives the
// index mapping, the parameters of the API and their documentation, the counts
// and the labels: adding a facet is adding a row (and its label, and the
// version of the index).
type Facet struct {
	Name      string // of the facet and of its parameter
	Dimension string // of the taxonomy that labels its values; "" if the values label themselves
	Open      bool   // values need not be in the taxonomy
	Range     bool   // filtered by year_from and year_to, not by a parameter of its own
	Doc       string // what it is, for the OpenAPI document
	Values    func(*Entry, *Taxonomy) []string
}

// Facets is the table of facets, in the order in which they are shown.
var Facets = []Facet{
	{Name: "kind", Dimension: "kind", Doc: "What the entry is", Values: one(func(r *Record) string { return r.Kind })},
	{Name: "theme", Dimension: "theme", Doc: "Priority theme", Values: many(func(r *Record) []string { return r.Themes })},
	{Name: "field", Dimension: "field", Doc: "Field of the Alliance", Values: many(func(r *Record) []string { return r.Fields })},
	{Name: "region", Dimension: "region", Doc: "Region by UN M49; a broader one includes those within it", Values: regions},
	{Name: "country", Dimension: "country", Doc: "Country by ISO 3166-1 alpha-2", Values: many(func(r *Record) []string { return r.Countries })},
	{Name: "audience", Dimension: "audience", Doc: "For whom it is", Values: many(func(r *Record) []string { return r.Audiences })},
	{Name: "evidence", Dimension: "evidence", Doc: "How well the outcome is known", Values: one(func(r *Record) string { return r.Evidence })},
	{Name: "status", Dimension: "status", Doc: "Whether it goes on", Values: one(func(r *Record) string { return r.Status })},
	{Name: "scope", Dimension: "scope", Doc: "How wide it reaches", Values: one(func(r *Record) string { return r.Scope })},
	{Name: "year", Open: true, Range: true, Doc: "Year of the start", Values: year},
	{Name: "language", Dimension: "language", Open: true, Doc: "Language of the activity (BCP 47)", Values: many(func(r *Record) []string { return r.Languages })},
	{Name: "organization", Open: true, Doc: "Organisation taking part, by the id of its record", Values: organizations},
	{Name: "best", Dimension: "boolean", Doc: "A review found all four criteria met", Values: func(e *Entry, t *Taxonomy) []string { return []string{strconv.FormatBool(e.Record.Best(t))} }},
	{Name: "criterion", Dimension: "criterion", Doc: "Criterion met, by a review or by the claim of a source", Values: criteria},
	{Name: "alliance_role", Dimension: "alliance_role", Doc: "Role of the Alliance of Civilizations", Values: one(func(r *Record) string { return r.AllianceRole })},
	{Name: "source", Open: true, Doc: "Source the entry was collected from; a merged one has several", Values: sources},
	{Name: "complete", Dimension: "boolean", Doc: "Whether nothing that the mandate asks for is missing", Values: func(e *Entry, _ *Taxonomy) []string {
		return []string{strconv.FormatBool(len(e.Record.Incomplete()) == 0)}
	}},
}

// FacetByName finds a row of Facets.
func FacetByName(name string) (Facet, bool) {
	i := slices.IndexFunc(Facets, func(f Facet) bool { return f.Name == name })
	if i < 0 {
		return Facet{}, false
	}
	return Facets[i], true
}

// FacetNames are the names of the facets that keep accepts, in table order.
func FacetNames(keep func(Facet) bool) []string {
	var out []string
	for _, f := range Facets {
		if keep(f) {
			out = append(out, f.Name)
		}
	}
	return out
}

func one(value func(*Record) string) func(*Entry, *Taxonomy) []string {
	return func(e *Entry, _ *Taxonomy) []string {
		if v := value(&e.Record); v != "" {
			return []string{v}
		}
		return nil
	}
}

func many(values func(*Record) []string) func(*Entry, *Taxonomy) []string {
	return func(e *Entry, _ *Taxonomy) []string { return values(&e.Record) }
}

// regions are the subregions of a record and all that is above them.
func regions(e *Entry, t *Taxonomy) []string {
	var out []string
	for _, code := range e.Record.Regions {
		out = append(append(out, code), t.Ancestors("region", code)...)
	}
	return sortedUnique(out)
}

func organizations(e *Entry, _ *Taxonomy) []string {
	var out []string
	for _, o := range e.Record.Organizations {
		if o.ID != "" {
			out = append(out, o.ID)
		}
	}
	return sortedUnique(out)
}

func criteria(e *Entry, _ *Taxonomy) []string {
	var out []string
	for _, c := range e.Record.Criteria {
		if c.Verdict == "met" {
			out = append(out, c.Code)
		}
	}
	return sortedUnique(out)
}

// sources are those of all the records that an entry stands for.
func sources(e *Entry, _ *Taxonomy) []string {
	out := []string{e.Record.Provenance.Source}
	for _, m := range e.Envelope.Members {
		out = append(out, m.Provenance.Source)
	}
	return sortedUnique(out)
}

func year(e *Entry, _ *Taxonomy) []string {
	if e.Record.Year() == 0 {
		return nil
	}
	return []string{e.Record.Start[:4]}
}
