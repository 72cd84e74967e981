package api

import (
	"slices"
	"strings"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// taxonomiesAnswer is the answer of GET /api/v1/taxonomies.
type taxonomiesAnswer struct {
	Version    string            `json:"version"`
	Language   string            `json:"language"`
	Direction  string            `json:"direction"` // ltr or rtl
	Dimensions map[string][]term `json:"dimensions"`
}

type term struct {
	Code        string `json:"code"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
	Parent      string `json:"parent,omitempty"`
}

func (a *api) dimensionParam() catalog.Param {
	return catalog.Param{Name: "dimension", Type: "string", Allowed: a.Taxonomy.Dimensions(), Repeats: true, Doc: "Only these lists; all without it"}
}

func (a *api) taxonomies(c *gin.Context) {
	values, err := parameters(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	dimensions := values["dimension"]
	delete(values, "dimension")
	p := a.dimensionParam()
	for _, d := range dimensions {
		if !slices.Contains(p.Allowed, d) {
			a.fail(c, &catalog.Error{Code: catalog.Invalid, Param: p.Name, Allowed: p.Allowed, Message: "dimension must be one of " + strings.Join(p.Allowed, ", ")})
			return
		}
	}
	for name := range values {
		if name != "lang" {
			a.fail(c, &catalog.Error{Code: catalog.Invalid, Param: name, Allowed: []string{"lang", "dimension"}, Message: "there is no parameter " + name + " here: remove it"})
			return
		}
	}
	q, err := catalog.ParseFilter(values, a.Taxonomy)
	if err != nil {
		a.fail(c, err)
		return
	}
	if len(dimensions) == 0 {
		dimensions = p.Allowed
	}
	if a.notModified(c, append([]string{"taxonomies", q.Language}, dimensions...)...) {
		return
	}
	answer := taxonomiesAnswer{a.Taxonomy.Version(), q.Language, catalog.Direction(q.Language), map[string][]term{}}
	for _, d := range dimensions {
		terms := make([]term, 0, len(a.Taxonomy.Terms(d)))
		for _, t := range a.Taxonomy.Terms(d) {
			label, _ := t.Label.Choose(q.Language, "")
			description, _ := t.Description.Choose(q.Language, "")
			terms = append(terms, term{t.Code, label, description, t.Parent})
		}
		answer.Dimensions[d] = terms
	}
	a.json(c, answer)
}
