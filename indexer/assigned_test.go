package indexer_test

import (
	"net/http"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/store"

	"github.com/google/go-cmp/cmp"
)

// TestAssigned gives themes by rule, with the reason, and keeps what an editor
// makes of them over the next harvest, which brings a changed text.
func TestAssigned(t *testing.T) {
	s, err := store.Open(t.TempDir(), "pull", taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	summary := "Pupils learn to check the news."
	server, _ := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"id":"x:1","kind":"resource","title":{"en":"Fact-checking clubs"},"summary":{"en":"` + summary + `"},"provenance":{"source":"x"}}`))
	}))
	from := source(t, strings.ReplaceAll("id: x\nname: X\nformat: jsonl\naddress: URL/\nprivate_addresses: true\nthemes: rules\n", "URL", server.URL))
	check := func(when string, themes []string, assigned ...catalog.Assigned) {
		t.Helper()
		pull(t, s, from)
		e, err := s.Get("x:1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(themes, e.Record.Themes) + cmp.Diff(assigned, e.Record.Assigned); diff != "" || e.Record.Summary["en"] != summary {
			t.Errorf("%s: %q (-want +have)\n%s", when, e.Record.Summary["en"], diff)
		}
	}
	given := []catalog.Assigned{
		{Code: "media-literacy", Why: "“Fact-checking” in the title"},
		{Code: "media", Why: "“Fact-checking” in the title"},
		{Code: "education", Why: "“news” and “Pupils” in the summary"},
	}
	check("at first", []string{"media-literacy"}, given...)
	edit := catalog.Edit{Patch: []byte(`{"themes":["media-literacy","human-rights-education"],"assigned":[{"code":"media","why":"“Fact-checking” in the title"}]}`), By: "editor"}
	if err := s.Edit(t.Context(), "x:1", edit, clock); err != nil {
		t.Fatal(err)
	}
	summary = "Pupils learn to check the news of the day."
	check("after an edit", []string{"media-literacy", "human-rights-education"}, given[1])
}
