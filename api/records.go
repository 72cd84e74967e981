package api

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// recordsAnswer is the answer of GET /api/v1/records.
type recordsAnswer struct {
	Total   int                     `json:"total"`
	TookMS  float64                 `json:"took_ms"`
	Query   queryAnswer             `json:"query"`
	Items   []item                  `json:"items"`
	Facets  map[string][]facetValue `json:"facets"`
	Labels  labels                  `json:"labels"`
	Next    *string                 `json:"next"`
	Exports map[string]string       `json:"exports"`
}

// queryAnswer says how the words were understood.
type queryAnswer struct {
	Q         string    `json:"q"`
	Corrected *string   `json:"corrected"`
	Suggested *string   `json:"suggested"`
	Relaxed   []string  `json:"relaxed"`
	Concepts  []concept `json:"concepts"`
}

type concept struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Matched string `json:"matched,omitempty"` // words of the query
}

// text is a Text in the language chosen for the reader.
type text struct {
	Text     string `json:"text"`
	Language string `json:"language"`
}

func choose(t catalog.Text, lang, original string) *text {
	s, language := t.Choose(lang, original)
	if language == "" {
		return nil
	}
	return &text{s, language}
}

type item struct {
	ID            string               `json:"id"`
	Kind          string               `json:"kind"`
	Title         *text                `json:"title"`
	Summary       *text                `json:"summary,omitempty"`
	Fields        []string             `json:"fields"`
	Themes        []string             `json:"themes"`
	Countries     []string             `json:"countries"`
	Regions       []string             `json:"regions"`
	Audiences     []string             `json:"audiences"`
	Organizations []itemOrganization   `json:"organizations"`
	Scope         string               `json:"scope,omitempty"`
	Status        string               `json:"status,omitempty"`
	Evidence      string               `json:"evidence,omitempty"`
	Start         string               `json:"start,omitempty"`
	End           string               `json:"end,omitempty"`
	URL           string               `json:"url,omitempty"`
	Cost          *catalog.Cost        `json:"cost,omitempty"`
	Months        int                  `json:"duration_months,omitempty"`
	Parts         []string             `json:"parts"` // of the practice, those that are told
	Added         time.Time            `json:"added"`
	Score         float64              `json:"score"`
	Matches       []catalog.Match      `json:"matches"`
	Why           []string             `json:"why"`
	Explain       *catalog.Explanation `json:"explain,omitempty"`
}

type itemOrganization struct {
	ID   string `json:"id,omitempty"`
	Name *text  `json:"name"`
	URL  string `json:"url,omitempty"`
	Role string `json:"role,omitempty"`
}

type facetValue struct {
	Value    string `json:"value"`
	Label    string `json:"label"`
	Count    int    `json:"count"`
	Selected bool   `json:"selected"`
	Href     string `json:"href"`             // the same search with this value selected, or no longer
	Parent   string `json:"parent,omitempty"` // the broader value it lies in
}

func (a *api) records(c *gin.Context) {
	values, err := parameters(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	q, err := catalog.ParseQuery(values, a.Taxonomy)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, func() (any, error) { return a.found(c.Request.Context(), q) }, "records", q.Values().Encode())
}

// found is the answer to a query.
func (a *api) found(ctx context.Context, q catalog.Query) (*recordsAnswer, error) {
	start := time.Now()
	results, err := a.Engine.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := &recordsAnswer{
		Total: results.Total, TookMS: milliseconds(time.Since(start)),
		Query:   queryAnswer{Q: q.Text, Corrected: notEmpty(results.Corrected), Suggested: notEmpty(results.Suggested), Relaxed: list(results.Relaxed), Concepts: a.understood(results.Concepts, q.Language)},
		Facets:  map[string][]facetValue{},
		Labels:  labels{},
		Exports: exports(q),
	}
	if answer.Items, err = a.items(results.Hits, q.Language, answer.Labels); err != nil {
		return nil, err
	}
	a.nameFilters(answer.Labels, q)
	for facet, counts := range results.Facets {
		answer.Facets[facet] = a.facet(q, facet, counts)
		answer.Labels.add(a.Taxonomy, "facet", facet, q.Language)
	}
	if results.Next != "" {
		next := q
		next.Cursor = results.Next
		href := address("/api/v1/records", next.Values())
		answer.Next = &href
	}
	return answer, nil
}

// items are the records found, in the order of hits, and l gains the names of their
// codes. One that has been withdrawn since the index was written is left out.
func (a *api) items(hits []catalog.Hit, lang string, l labels) ([]item, error) {
	out := []item{}
	for _, hit := range hits {
		entry, err := hit.Entry, error(nil)
		if entry == nil {
			entry, err = a.Store.Get(hit.ID)
		}
		if catalog.CodeOf(err) == catalog.NotFound || err == nil && !entry.Public() {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, newItem(&entry.Record, entry.Envelope.Added, lang, hit))
		l.record(&entry.Record, a.Taxonomy, lang)
	}
	return out, nil
}

// notEmpty is s, or null if it is empty.
func notEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// understood are the concepts that the words of a query name.
func (a *api) understood(named []catalog.Named, lang string) []concept {
	out := []concept{}
	for _, n := range named {
		if c, ok := a.Taxonomy.Concept(n.Concept); ok {
			label, _ := c.Labels.Choose(lang, catalog.DefaultLanguage)
			out = append(out, concept{c.ID, label, n.Matched})
		}
	}
	return out
}

func newItem(r *catalog.Record, added time.Time, lang string, hit catalog.Hit) item {
	it := item{
		ID: r.ID, Kind: r.Kind, Title: choose(r.Title, lang, r.Original), Summary: choose(r.Summary, lang, r.Original),
		Fields: list(r.Fields), Themes: list(r.Themes), Countries: list(r.Countries), Regions: list(r.Regions), Audiences: list(r.Audiences),
		Organizations: []itemOrganization{}, Scope: r.Scope, Status: r.Status, Evidence: r.Evidence, Start: r.Start, End: r.End, URL: r.URL,
		Cost: r.Cost, Months: r.DurationMonths, Parts: list(slices.Sorted(maps.Keys(r.Practice))),
		Added: added, Score: hit.Score, Matches: list(hit.Matches), Why: []string{}, Explain: hit.Explain,
	}
	for _, id := range hit.Why {
		it.Why = append(it.Why, "concept "+id)
	}
	for _, o := range r.Organizations {
		it.Organizations = append(it.Organizations, itemOrganization{o.ID, choose(o.Name, lang, r.Original), o.URL, o.Role})
	}
	return it
}

// nameFilters adds the facets that q filters by and the values it asks for.
func (a *api) nameFilters(l labels, q catalog.Query) {
	for _, filter := range q.Filters {
		f, _ := catalog.FacetByName(filter.Facet)
		l.add(a.Taxonomy, "facet", f.Name, q.Language)
		for _, value := range filter.Values {
			l.set(f.Name, value, a.label(f, value, q.Language))
		}
	}
}

// list is values, as a JSON list even if there are none.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

func address(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// filterValues are the parameters of q that choose records.
func filterValues(q catalog.Query) url.Values {
	return catalog.Query{Text: q.Text, Language: q.Language, Filters: q.Filters, YearFrom: q.YearFrom, YearTo: q.YearTo,
		Limit: catalog.DefaultLimit, FacetLimit: catalog.DefaultFacets, Facets: catalog.FacetNames(func(catalog.Facet) bool { return true })}.Values()
}

func (a *api) facet(q catalog.Query, name string, counts []catalog.FacetCount) []facetValue {
	f, _ := catalog.FacetByName(name)
	selected := map[string]bool{}
	for _, v := range q.Selected(name) {
		selected[v] = true
	}
	out := make([]facetValue, 0, len(counts))
	for _, n := range counts {
		value := facetValue{
			Value: n.Value, Count: n.Count, Selected: selected[n.Value], Label: a.label(f, n.Value, q.Language),
			Href: address("/api/v1/records", q.Toggle(name, n.Value).Values()),
		}
		if year, err := strconv.Atoi(n.Value); f.Range && err == nil {
			value.Selected = (q.YearFrom > 0 || q.YearTo > 0) && year >= q.YearFrom && (q.YearTo == 0 || year <= q.YearTo)
		}
		if term, ok := a.Taxonomy.Term(f.Dimension, n.Value); ok {
			value.Parent = term.Parent
		}
		out = append(out, value)
	}
	return out
}

// label names a value of a facet. An organisation is named by its own record, a
// source by its file.
func (a *api) label(f catalog.Facet, value, lang string) string {
	if f.Name == "source" {
		return a.sourceName(value)
	}
	if f.Name == "organization" {
		if entry, err := a.Store.Get(value); err == nil && entry.Public() {
			if title, _ := entry.Record.Title.Choose(lang, entry.Record.Original); title != "" {
				return title
			}
		}
		return value
	}
	return a.Taxonomy.Label(f.Dimension, value, lang)
}

// recordAnswer is the answer of GET /api/v1/records/{id}: the record's own
// keys and what the catalogue knows beyond them.
type recordAnswer struct {
	*catalog.Record
	Envelope   catalog.Envelope `json:"envelope"`
	Incomplete []catalog.Reason `json:"incomplete"` // what the mandate asks for and the record lacks
	Best       bool             `json:"best"`       // a review found all criteria met
	Stale      []string         `json:"stale"`      // languages whose translation is older than the text
	Labels     labels           `json:"labels"`
}

func (a *api) record(c *gin.Context) {
	values, err := given(c, a.langParam())
	if err != nil {
		a.fail(c, err)
		return
	}
	lang := values.Get("lang")
	asked, form := a.formed(c.Param("id"))
	rest := ""
	if form != nil {
		rest = form.ending
	}
	entry := a.published(c, asked, rest)
	if entry == nil {
		return
	}
	if form != nil {
		a.formRecord(c, entry, form, lang)
		return
	}
	id := entry.Record.ID
	a.describes(c, id, lang)
	// The snapshot stands for the titles of related records.
	if a.notModified(c, "record", id, strconv.FormatUint(entry.Envelope.Seq, 10), a.Engine.Snapshot(), lang) {
		return
	}
	r := &entry.Record
	answer := recordAnswer{
		Record: r, Envelope: entry.Envelope, Incomplete: list(r.Incomplete()), Best: r.Best(a.Taxonomy), Stale: list(r.Stale()), Labels: labels{},
	}
	answer.Labels.record(r, a.Taxonomy, lang)
	answer.Labels.set("source", r.Provenance.Source, a.sourceName(r.Provenance.Source))
	for _, m := range entry.Envelope.Members {
		answer.Labels.set("source", m.Provenance.Source, a.sourceName(m.Provenance.Source))
	}
	for _, related := range r.Related {
		if other, err := a.Store.Get(related.ID); err == nil && other.Public() {
			title, _ := other.Record.Title.Choose(lang, other.Record.Original)
			answer.Labels.set("record", related.ID, title)
		}
	}
	a.json(c, answer)
}

// published is the record with an id. If there is none, or it lives on in another one, that
// is answered, with what follows the id in the path, and nil returned.
func (a *api) published(c *gin.Context, id, rest string) *catalog.Entry {
	entry, err := a.Store.Get(id)
	if err != nil {
		a.fail(c, err)
		return nil
	}
	switch entry.Envelope.State {
	case catalog.Published:
		return entry
	case catalog.Merged:
		c.Header("Cache-Control", "public, no-cache") // a merge can be undone
		c.Redirect(http.StatusMovedPermanently, address("/api/v1/records/"+url.PathEscape(entry.Envelope.MergedInto)+rest, c.Request.URL.Query()))
	case catalog.Withdrawn:
		a.fail(c, catalog.Errorf(catalog.NotFound, "%s was withdrawn on %s", id, entry.Envelope.Updated.Format(time.DateOnly)))
	default:
		a.fail(c, catalog.Errorf(catalog.NotFound, "there is no record %s", id))
	}
	return nil
}
