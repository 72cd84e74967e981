package format_test

import (
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/google/go-cmp/cmp"
)

func TestLanguage(t *testing.T) {
	for tag, want := range map[string]string{"en-US": "en", "ar-MA": "ar", "zh-CN": "zh", "zh": "zh", "zh-TW": "zh-TW", "zh-Hant": "zh-Hant",
		"pt-BR": "pt-BR", "de": "de", "": "", "x y": "", "und": "", "EN": "en"} {
		have, ok := format.Language(tag)
		if have != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", tag, have, ok, want)
		}
	}
}

func TestAddTranslations(t *testing.T) {
	r := &catalog.Record{Original: "en", Title: catalog.Text{"en": "Peace", "fr": "Paix", "": "?"}, Body: catalog.Text{"fr": "Un texte", "ru": "Текст"}}
	format.AddTranslations(r)
	want := map[string]catalog.Translation{"fr": {Origin: "author", Parts: []string{"title", "body"}}, "ru": {Origin: "author", Parts: []string{"body"}}}
	if diff := cmp.Diff(want, r.Translations); diff != "" {
		t.Error(diff)
	}
	unknown := &catalog.Record{Title: catalog.Text{"en": "Peace", "fr": "Paix"}}
	if format.AddTranslations(unknown); unknown.Translations != nil {
		t.Errorf("%v, want none where nobody says which is the original", unknown.Translations)
	}
	undetected := &catalog.Record{Title: catalog.Text{"": "Peace", "fr": "Paix"}}
	if format.AddTranslations(undetected); len(undetected.Translations) != 1 {
		t.Errorf("%v, want that the text in French is one", undetected.Translations)
	}
}
