// Package searchtest is the suite that any search engine of the Clearinghouse
// must pass. A case is a line of queries.json; what it is asked over are the
// records in records.jsonl.
package searchtest

import (
	"bytes"
	"context"
	_ "embed"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// Engine answers queries over the entries it was opened with.
type Engine interface {
	Search(ctx context.Context, q catalog.Query) (catalog.Results, error)
	Matrix(ctx context.Context, q catalog.Query, rows, cols string) (catalog.Matrix, error)
	Suggest(ctx context.Context, q catalog.Query, limit int) (catalog.Suggestions, error)
	Similar(ctx context.Context, id, language string, limit int) ([]catalog.Hit, error)
}

//go:embed records.jsonl
var recordsJSONL []byte

//go:embed queries.json
var queriesJSON []byte

// query is a case: which records a query finds, in any order, or which in what
// order.
type query struct {
	Name    string
	Q       string   // parameters of the API
	Finds   []string // exactly these
	First   []string // these before all others
	Lacks   []string // none of these
	Order   []string // exactly these, in this order
	Total   int
	Relaxed []string
}

// Run opens an engine with a small collection in many languages and asks it.
// Not all of the entries are public. open closes the engine at the end of t.
func Run(t *testing.T, open func(t *testing.T, entries []*catalog.Entry) Engine) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	entries := Entries(t, taxonomy)
	s := &suite{engine: open(t, entries), taxonomy: taxonomy}
	for _, e := range entries {
		if e.Public() {
			s.entries = append(s.entries, e)
		}
	}
	queries := readCases[query](t, "queries.json", queriesJSON)
	t.Run("queries", func(t *testing.T) {
		for _, q := range queries {
			t.Run(q.Name, func(t *testing.T) { s.query(t, q) })
		}
	})
	t.Run("counts", func(t *testing.T) {
		for _, q := range queries {
			t.Run(q.Name, func(t *testing.T) { s.counts(t, s.parse(t, q.Q)) })
		}
	})
	t.Run("pages", s.pages)
	t.Run("facet values", s.facetValues)
	t.Run("matrix", s.matrix)
	t.Run("matches", s.matches)
	t.Run("suggestions", s.suggestions)
	t.Run("similar", s.similar)
	t.Run("refused", s.refused)
	t.Run("cancelled", s.cancelled)
}

// mergedWith are the records that live on in others of the suite.
var mergedWith = map[string]string{"u:toolkit": "t:toolkit", "t:rights": "v:rights"}

// Entries are the records of the suite with envelopes: each added a minute
// after the one before and updated a minute before it. The last is withdrawn.
func Entries(t testing.TB, taxonomy *catalog.Taxonomy) []*catalog.Entry {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var entries []*catalog.Entry
	for line := range bytes.Lines(recordsJSONL) {
		r, err := catalog.DecodeRecord(line)
		if err != nil {
			t.Fatalf("records.jsonl: %v", err)
		}
		r.Clean(taxonomy)
		if reasons := r.Validate(taxonomy); len(reasons) > 0 {
			t.Fatalf("records.jsonl: %s: %v", r.ID, reasons)
		}
		entries = append(entries, &catalog.Entry{Record: *r})
	}
	gone := *entries[0]
	gone.Record.ID = "t:gone"
	entries = append(entries, &gone)
	for i, e := range entries {
		e.Envelope = catalog.Envelope{
			Seq: uint64(i + 1), Version: 1, State: catalog.Published,
			Added: start.Add(time.Duration(i) * time.Minute), Updated: start.Add(-time.Duration(i) * time.Minute),
		}
	}
	for _, e := range entries {
		if id, ok := mergedWith[e.Record.ID]; ok {
			source, _, _ := catalog.SplitID(id)
			e.Envelope.Members = []catalog.Member{{ID: e.Record.ID, Provenance: e.Record.Provenance}, {ID: id, Provenance: catalog.Provenance{Source: source}}}
		}
	}
	entries[len(entries)-1].Envelope.State = catalog.Withdrawn
	return entries
}

type suite struct {
	engine   Engine
	taxonomy *catalog.Taxonomy
	entries  []*catalog.Entry // that are public
}

func (s *suite) parse(t *testing.T, params string) catalog.Query {
	t.Helper()
	values, err := url.ParseQuery(params)
	if err != nil {
		t.Fatal(err)
	}
	q, err := catalog.ParseQuery(values, s.taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func (s *suite) search(t *testing.T, q catalog.Query) catalog.Results {
	t.Helper()
	results, err := s.engine.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func ids(hits []catalog.Hit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out
}

func sorted(list []string) []string {
	out := append([]string{}, list...)
	slices.Sort(out)
	return out
}

func (s *suite) query(t *testing.T, want query) {
	q := s.parse(t, want.Q)
	q.Facets = nil
	got := s.search(t, q)
	found := ids(got.Hits)
	switch {
	case want.Order != nil:
		if diff := cmp.Diff(want.Order, found); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		want.Total = len(want.Order)
	case want.Finds != nil:
		if diff := cmp.Diff(sorted(want.Finds), sorted(found)); diff != "" {
			t.Errorf("finds (-want +got):\n%s", diff)
		}
		want.Total = len(want.Finds)
	}
	if n := min(len(want.First), len(found)); !slices.Equal(want.First, found[:n]) {
		t.Errorf("first are %v, want %v", found[:n], want.First)
	}
	if lacks := slices.IndexFunc(want.Lacks, func(id string) bool { return slices.Contains(found, id) }); lacks >= 0 {
		t.Errorf("finds %s", want.Lacks[lacks])
	}
	if want.First == nil && got.Total != want.Total {
		t.Errorf("total is %d, want %d", got.Total, want.Total)
	}
	if diff := cmp.Diff(sorted(want.Relaxed), sorted(got.Relaxed)); diff != "" {
		t.Errorf("relaxed (-want +got):\n%s", diff)
	}
	if got.Snapshot == "" {
		t.Error("the answer names no snapshot")
	}
	for i, h := range got.Hits {
		if i > 0 && (q.Sort == "relevance" && h.Score > got.Hits[i-1].Score) {
			t.Errorf("%s has a higher score than the hit before it", h.ID)
		}
	}
}

// textOnly are the records that the words of q are in, whatever its filters.
func (s *suite) textOnly(t *testing.T, q catalog.Query) map[string]bool {
	t.Helper()
	bare := catalog.Query{Text: q.Text, Language: q.Language, Typing: q.Typing, Limit: catalog.MaxLimit}
	out := map[string]bool{}
	for _, h := range s.search(t, bare).Hits {
		out[h.ID] = true
	}
	return out
}

// passes reports whether an entry passes the filters of q.
func (s *suite) passes(e *catalog.Entry, q catalog.Query) bool {
	for _, filter := range q.Filters {
		f, _ := catalog.FacetByName(filter.Facet)
		has := slices.ContainsFunc(f.Values(e, s.taxonomy), func(v string) bool { return slices.Contains(filter.Values, v) })
		if has == filter.Not {
			return false
		}
	}
	year := e.Record.Year()
	return (q.YearFrom == 0 || year >= q.YearFrom && year > 0) && (q.YearTo == 0 || year <= q.YearTo && year > 0)
}

// counts compares the total and all facets with a count over the records.
func (s *suite) counts(t *testing.T, q catalog.Query) {
	found := s.textOnly(t, q)
	q.FacetLimit = catalog.MaxFacetLimit
	got := s.search(t, q)
	total := 0
	for _, e := range s.entries {
		if found[e.Record.ID] && s.passes(e, q) {
			total++
		}
	}
	if got.Total != total {
		t.Errorf("total is %d, want %d", got.Total, total)
	}
	for _, f := range catalog.Facets {
		want := map[string]int{}
		for _, v := range q.Selected(f.Name) {
			want[v] = 0
		}
		for _, e := range s.entries {
			if !found[e.Record.ID] || !s.passes(e, q.Without(f.Name)) {
				continue
			}
			for _, v := range f.Values(e, s.taxonomy) {
				want[v]++
			}
		}
		have := map[string]int{}
		for _, c := range got.Facets[f.Name] {
			have[c.Value] = c.Count
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("facet %s (-want +got):\n%s", f.Name, diff)
		}
	}
}
