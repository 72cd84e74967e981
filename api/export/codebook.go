package export

import (
	"strings"

	"clearinghouse/catalog"
)

// Meaning is a line of the codebook: what a column holds or, with a code, what the code says in
// it.
type Meaning struct {
	Column, Code, Label, Meaning string
}

// dimensions are the vocabularies that the codes of columns are from. Countries and languages are
// those of ISO 3166-1 and BCP 47, and their labels stand here too.
var dimensions = map[string]string{
	"kind": "kind", "fields": "field", "themes": "theme", "countries": "country", "regions": "region", "scope": "scope",
	"audiences": "audience", "languages": "language", "status": "status", "evidence": "evidence", "alliance_role": "alliance_role", "criteria": "criterion",
}

// Codebook says in a language what the columns of a table hold and what the codes in them mean.
func Codebook(t *catalog.Taxonomy, lang string) (out []Meaning) {
	describe := func(dimension, code string) string {
		term, _ := t.Term(dimension, code)
		text, _ := term.Description.Choose(lang, "")
		return text
	}
	for _, c := range columns() {
		name, _, _ := strings.Cut(c.code, "@")
		out = append(out, Meaning{Column: c.code, Label: label(t, c.code, lang), Meaning: describe("column", name)})
		for _, term := range t.Terms(dimensions[c.code]) {
			out = append(out, Meaning{Column: c.code, Code: term.Code, Label: t.Label(dimensions[c.code], term.Code, lang), Meaning: describe(dimensions[c.code], term.Code)})
		}
	}
	return out
}
