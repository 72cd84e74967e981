package api

import (
	"strconv"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// similarAnswer is the answer of GET /api/v1/records/{id}/similar.
type similarAnswer struct {
	Items    []item    `json:"items"`    // the likest first; why lists what both are about
	Concepts []concept `json:"concepts"` // those of why
	Labels   labels    `json:"labels"`
}

const (
	defaultSimilar = 6
	maxSimilar     = 20
)

func (a *api) similarParams() []catalog.Param {
	return append(a.langParam(), catalog.Param{Name: "limit", Type: "integer", Min: 1, Max: maxSimilar, Default: strconv.Itoa(defaultSimilar), Doc: "Items in the answer"})
}

func (a *api) similar(c *gin.Context) {
	values, err := given(c, a.similarParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	entry := a.published(c, "/similar")
	if entry == nil {
		return
	}
	id, lang := entry.Record.ID, values.Get("lang")
	if a.notModified(c, "similar", id, a.Engine.Snapshot(), values.Encode()) {
		return
	}
	limit, _ := strconv.Atoi(values.Get("limit"))
	hits, err := a.Engine.Similar(c.Request.Context(), id, lang, limit)
	if err != nil {
		a.fail(c, err)
		return
	}
	answer := similarAnswer{Labels: labels{}}
	var named []catalog.Named
	seen := map[string]bool{}
	if answer.Items, err = a.items(hits, lang, answer.Labels); err != nil {
		a.fail(c, err)
		return
	}
	for _, hit := range hits {
		for _, id := range hit.Why {
			if !seen[id] {
				seen[id] = true
				named = append(named, catalog.Named{Concept: id})
			}
		}
	}
	answer.Concepts = a.understood(named, lang)
	a.json(c, answer)
}
