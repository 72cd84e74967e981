package searchtest

import (
	"bytes"
	cmpstd "cmp"
	_ "embed"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

//go:embed suggestions.json
var suggestionsJSON []byte

//go:embed similar.json
var similarJSON []byte

// suggestion is a case: which ids come first, by kind, and which do not come, when Q is
// typed.
type suggestion struct {
	Name, Q, Language string
	Of                map[string][]string
	Lacks             []string
	Corrected         string
}

// similar is a case: which records are among those that are like one.
type similar struct {
	Name, Of string
	Among    []string
}

func readCases[T any](t *testing.T, name string, data []byte) (cases []T) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&cases); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return cases
}

func (s *suite) suggestions(t *testing.T) {
	for _, want := range readCases[suggestion](t, "suggestions.json", suggestionsJSON) {
		t.Run(want.Name, func(t *testing.T) {
			const limit = 5
			got, err := s.engine.Suggest(t.Context(), catalog.Query{Text: want.Q, Language: cmpstd.Or(want.Language, "en")}, limit)
			if err != nil {
				t.Fatal(err)
			}
			of := map[string][]string{}
			for i, x := range got.Of {
				if of[x.Kind] = append(of[x.Kind], x.ID); len(of[x.Kind]) > limit {
					t.Errorf("more than %d of kind %s", limit, x.Kind)
				}
				if i > 0 && slices.Index(catalog.SuggestionKinds, x.Kind) < slices.Index(catalog.SuggestionKinds, got.Of[i-1].Kind) {
					t.Errorf("%s comes after %s", x.Kind, got.Of[i-1].Kind)
				}
				if slices.Contains(want.Lacks, x.ID) {
					t.Errorf("%s is suggested", x.ID)
				}
				s.suggestedCount(t, x)
			}
			for kind, ids := range want.Of {
				if diff := cmp.Diff(ids, of[kind][:min(len(ids), len(of[kind]))]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", kind, diff)
				}
			}
			if len(want.Of)+len(want.Lacks) == 0 && len(got.Of) > 0 {
				t.Errorf("suggested: %v", got.Of)
			}
			if got.Corrected != want.Corrected {
				t.Errorf("corrected is %q, want %q", got.Corrected, want.Corrected)
			}
		})
	}
}

// suggestedCount compares the count of a suggestion with what is found by choosing it.
func (s *suite) suggestedCount(t *testing.T, x catalog.Suggestion) {
	if x.Kind == "record" {
		return
	}
	params := url.Values{"limit": {"0"}, "facets": {"none"}}
	dimension, code, _ := strings.Cut(x.ID, ":")
	switch {
	case x.Kind == "organization":
		params.Set("organization", x.ID)
	case s.taxonomy.Has(dimension, code):
		params.Set(dimension, code)
	default:
		return // its words are relaxed where few have them all
	}
	found, err := s.engine.Search(t.Context(), s.parse(t, params.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if found.Total != x.Count || x.Kind != "organization" && x.Count == 0 {
		t.Errorf("%s has the count %d, and choosing it finds %d", x.ID, x.Count, found.Total)
	}
}

func (s *suite) similar(t *testing.T) {
	for _, want := range readCases[similar](t, "similar.json", similarJSON) {
		t.Run(want.Name, func(t *testing.T) {
			hits, err := s.engine.Similar(t.Context(), want.Of, "en", 6)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, hit := range hits {
				ids = append(ids, hit.ID)
			}
			for _, id := range want.Among {
				if !slices.Contains(ids, id) {
					t.Errorf("%s is not among %v", id, ids)
				}
			}
		})
	}
	for _, e := range s.entries {
		hits, err := s.engine.Similar(t.Context(), e.Record.ID, "en", len(s.entries))
		if err != nil {
			t.Fatal(err)
		}
		for i, hit := range hits {
			other := slices.IndexFunc(s.entries, func(o *catalog.Entry) bool { return o.Record.ID == hit.ID })
			switch {
			case other < 0 || hit.ID == e.Record.ID:
				t.Errorf("%s is like %s", hit.ID, e.Record.ID)
			case (s.entries[other].Record.Kind == "organization") != (e.Record.Kind == "organization"):
				t.Errorf("%s is like %s, and only one of them is an organisation", hit.ID, e.Record.ID)
			case i > 0 && hit.Score > hits[i-1].Score:
				t.Errorf("%s comes after one that is less like %s", hit.ID, e.Record.ID)
			}
		}
	}
	if _, err := s.engine.Similar(t.Context(), "t:gone", "en", 6); catalog.CodeOf(err) != catalog.NotFound {
		t.Errorf("a withdrawn record: %v", err)
	}
}
