package catalog

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPageKey(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.Example.org/Path/":                            "example.org/Path",
		"http://example.org:80/Path#part":                          "example.org/Path",
		"https://example.org:8443/a//b/../c":                       "example.org:8443/a/c",
		"https://example.org/?utm_source=x&fbclid=y":               "example.org",
		"https://example.org/p?id=2&utm_campaign=z&a=1":            "example.org/p?a=1&id=2",
		"https://example.org/#!/projects/7":                        "example.org#!/projects/7",
		"https://example.org/%D8%A7":                               "example.org/%D8%A7",
		"https://example.org/ا":                                    "example.org/%D8%A7",
		"https://example.org./a":                                   "example.org/a",
		"https://wwwexample.org/a":                                 "wwwexample.org/a",
		"ftp://example.org/a":                                      "",
		"example.org":                                              "",
		"https://example.org/#%00/x":                               "example.org",
		"https://web.archive.org/web/2015/http://example.org/page": "web.archive.org/web/2015/http:/example.org/page",
	} {
		if have := PageKey(address); have != want {
			t.Errorf("%s: %q, want %q", address, have, want)
		}
	}
}

// TestUnite: what a record has stays, what it lacks is taken over, a translation
// with its mark, and the same again changes nothing.
func TestUnite(t *testing.T) {
	taxonomy, err := EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	mine := Record{
		ID: "a:1", Kind: "initiative", Original: "en", Title: Text{"en": "Mine", "ru": "Мой"}, Start: "2003",
		Translations: map[string]Translation{"ru": {Origin: "editor", Parts: []string{"title"}}},
		Themes:       []string{"dialogue"}, Countries: []string{"JO"}, Evidence: "described",
		Organizations: []OrganizationRef{{Name: Text{"en": "Walkers’ Association"}}},
		Links:         []Link{{Rel: "news", URL: "https://example.org/news"}},
		Provenance:    Provenance{Source: "a", Licence: "CC0-1.0"},
	}
	theirs := Record{
		ID: "b:1", Kind: "initiative", Original: "fr", Title: Text{"fr": "Le leur", "en": "Theirs", "ru": "Их"}, Summary: Text{"fr": "Résumé", "es": "Resumen", "ru": "Итог"},
		Practice:     map[string]Text{"results": {"es": "Resultados"}},
		Translations: map[string]Translation{"es": {Origin: "machine", Parts: []string{"summary", "practice.results"}, Of: "sha256:x"}, "ru": {Origin: "machine", Parts: []string{"title", "summary"}}},
		Themes:       []string{"dialogue", "media-literacy"}, Assigned: []Assigned{{"dialogue", "x"}, {"media-literacy", "“news” in the title"}},
		Countries: []string{"MA", "JO"}, Start: "2004", Status: "completed", Evidence: "evaluated", Reach: 20,
		Organizations: []OrganizationRef{{Name: Text{"fr": "WALKERS ASSOCIATION"}, URL: "https://w.example/"}, {Name: Text{"fr": "Autre"}}},
		Links:         []Link{{Rel: "example", URL: "http://www.example.org/news/"}, {Rel: "example", URL: "https://example.org/other"}},
		Related:       []Relation{{"same-as", "a:1"}, {"same-as", "c:1"}, {"part-of", "b:0"}},
		Provenance:    Provenance{Source: "b", Licence: "CC-BY-4.0"},
	}
	mine.Clean(taxonomy)
	theirs.Clean(taxonomy)
	before := string(theirs.JSON())
	want := mine
	want.Title = Text{"en": "Mine", "ru": "Мой", "fr": "Le leur"}
	want.Summary, want.Practice = Text{"fr": "Résumé", "es": "Resumen"}, map[string]Text{"results": {"es": "Resultados"}}
	want.Translations = map[string]Translation{"es": {Origin: "machine", Parts: []string{"practice.results", "summary"}}, "ru": {Origin: "editor", Parts: []string{"title"}}}
	want.Themes, want.Assigned = []string{"dialogue", "media-literacy"}, []Assigned{{"media-literacy", "“news” in the title"}}
	want.Countries, want.Reach = []string{"JO", "MA"}, 20
	want.Organizations = append(slices.Clone(mine.Organizations), OrganizationRef{Name: Text{"fr": "Autre"}})
	want.Links = append(slices.Clone(mine.Links), Link{Rel: "example", URL: "https://example.org/other"})
	want.Related = []Relation{{"part-of", "b:0"}}
	want.Clean(taxonomy)
	for range 2 {
		mine.Unite(&theirs, []string{"b:1", "c:1"})
		mine.Clean(taxonomy)
		if diff := cmp.Diff(string(want.JSON()), string(mine.JSON())); diff != "" {
			t.Fatal(diff)
		}
		if reasons := mine.Validate(taxonomy); len(reasons) > 0 {
			t.Fatal(reasons)
		}
	}
	if diff := cmp.Diff(before, string(theirs.JSON())); diff != "" {
		t.Errorf("the other was changed: %s", diff)
	}
}

// TestFrontPage: addresses that stand for a whole site, in whatever language.
func TestFrontPage(t *testing.T) {
	for address, want := range map[string]bool{
		"https://example.org/":               true,
		"https://example.org:8443":           true,
		"https://www.unesco.org/en":          true,
		"https://example.org/pt-br/":         true,
		"https://example.org/zh_Hans":        true,
		"https://example.org/eng/":           true,
		"https://example.org/index.php":      true,
		"https://example.org/fr/Index.html":  true,
		"https://example.org/home":           true,
		"https://example.org/default.aspx":   true,
		"https://example.org/?lang=fr":       true,
		"https://example.org/en?locale=en":   true,
		"https://example.org/?id=7":          false,
		"https://example.org/?lang=fr&id=7":  false,
		"https://example.org/index.php?id=7": false,
		"https://example.org/#!/projects/7":  false,
		"https://example.org/app":            false,
		"https://example.org/en/path":        false,
		"https://example.org/path/index.php": false,
	} {
		if have := isFrontPage(PageKey(address)); have != want {
			t.Errorf("%s: %v", address, have)
		}
	}
}
