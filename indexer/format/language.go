package format

import (
	"clearinghouse/catalog"

	"golang.org/x/text/language"
)

// Language is the tag under which the catalogue keeps the text of a source: en
// for en-US, since one of the six official languages is served as a whole;
// others, and Chinese in traditional characters, as they are.
func Language(tag string) (string, bool) {
	t, err := language.Parse(tag)
	if err != nil || tag == "" || t == language.Und {
		return "", false
	}
	base, _ := t.Base()
	if script, _ := t.Script(); catalog.IsLanguage(base.String()) && script.String() != "Hant" {
		return base.String(), true
	}
	return t.String(), true
}

// PartsIn names the parts of the record that have text in a language, in the
// order of the record.
func PartsIn(r *catalog.Record, language string) []string {
	var out []string
	for _, part := range catalog.TextParts {
		if r.Part(part)[language] != "" {
			out = append(out, part)
		}
	}
	return out
}

// AddTranslations says of the texts in other languages than the record's original
// that they are translations by its authors. The original may be the title whose
// language is not known yet.
func AddTranslations(r *catalog.Record) {
	if r.Original == "" && r.Title[""] == "" {
		return
	}
	languages := map[string]bool{}
	for _, part := range catalog.TextParts {
		for l := range r.Part(part) {
			languages[l] = true
		}
	}
	for l := range languages {
		if l == "" || l == r.Original {
			continue
		}
		if r.Translations == nil {
			r.Translations = map[string]catalog.Translation{}
		}
		r.Translations[l] = catalog.Translation{Origin: "author", Parts: PartsIn(r, l)}
	}
}
