package export

import (
	"os"
	"strings"
	"testing"

	"clearinghouse/catalog"

	"github.com/google/go-cmp/cmp"
)

// TestCitation: what means something to a format is written so that it no longer does.
func TestCitation(t *testing.T) {
	entry := &catalog.Entry{Record: catalog.Record{
		ID: "test:a_b{1}", Original: "en", Title: catalog.Text{"en": "100 % {media} :-} & peace\nER  - "}, Summary: catalog.Text{"en": "First line.\r\nTY  - BOOK"},
		Themes: []string{"dialogue"}, Start: "2003-05", URL: "https://example.org/a_b?x={1}",
		Organizations: []catalog.OrganizationRef{{Name: catalog.Text{"en": "Partner"}, Role: "partner"}, {Name: catalog.Text{"en": "Lead & Co and Sons"}, Role: "lead"}},
		Provenance:    catalog.Provenance{Source: "test", Licence: "CC-BY-4.0"},
	}}
	c := NewCitation(entry, "fr", "", func(theme string) string { return "“" + theme + "”" })
	for name, write := range map[string]func(*strings.Builder) error{
		"ris": func(b *strings.Builder) error { return RIS(b, c) }, "bib": func(b *strings.Builder) error { return BibTeX(b, c) }, "csl.json": func(b *strings.Builder) error { return CSLJSON(b, c) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile("testdata/citation."+name, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile("testdata/citation." + name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if c := NewCitation(entry, "fr", "https://example.org", func(string) string { return "" }); c.URL != "https://example.org/fr/records/test:a_b{1}" {
		t.Errorf("the address is %s", c.URL)
	}
	entry.Record.Organizations = entry.Record.Organizations[:1]
	if c := NewCitation(entry, "fr", "", func(string) string { return "" }); len(c.Authors) != 1 || c.Authors[0] != "Partner" {
		t.Errorf("without a leader the authors are %v", c.Authors)
	}
}
