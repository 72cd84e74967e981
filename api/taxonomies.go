package api

import (
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// taxonomiesAnswer is the answer of GET /api/v1/taxonomies.
type taxonomiesAnswer struct {
	Version    string            `json:"version"`
	Language   string            `json:"language"`
	Direction  string            `json:"direction"` // ltr or rtl
	Dimensions map[string][]term `json:"dimensions"`
	// Vocabularies are those whose concepts searches understand too.
	Vocabularies []vocabulary `json:"vocabularies"`
}

type vocabulary struct {
	ID       string `json:"id"`
	Title    *text  `json:"title"`
	Licence  string `json:"licence,omitempty"`
	Concepts int    `json:"concepts"`
}

type term struct {
	Code        string `json:"code"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
	Parent      string `json:"parent,omitempty"`
}

func (a *api) taxonomiesParams() []catalog.Param {
	return append(a.langParam(), catalog.Param{Name: "dimension", Type: "string", Allowed: a.Taxonomy.Dimensions(), Repeats: true, Doc: "Only these lists; all without it"})
}

func (a *api) taxonomies(c *gin.Context) {
	values, err := given(c, a.taxonomiesParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	lang, dimensions := values.Get("lang"), values["dimension"]
	if len(dimensions) == 0 {
		dimensions = a.Taxonomy.Dimensions()
	}
	if a.notModified(c, append([]string{"taxonomies", lang}, dimensions...)...) {
		return
	}
	answer := taxonomiesAnswer{a.Taxonomy.Version(), lang, catalog.Direction(lang), map[string][]term{}, []vocabulary{}}
	for _, d := range dimensions {
		terms := make([]term, 0, len(a.Taxonomy.Terms(d)))
		for _, t := range a.Taxonomy.Terms(d) {
			label, _ := t.Label.Choose(lang, "")
			description, _ := t.Description.Choose(lang, "")
			terms = append(terms, term{t.Code, label, description, t.Parent})
		}
		answer.Dimensions[d] = terms
	}
	for _, v := range a.Taxonomy.Vocabularies() {
		answer.Vocabularies = append(answer.Vocabularies, vocabulary{v.ID, choose(v.Title, lang, ""), v.Licence, len(v.Concepts)})
	}
	a.json(c, answer)
}
