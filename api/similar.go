package api

import (
	"context"
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
	entry := a.published(c, c.Param("id"), "/similar")
	if entry == nil {
		return
	}
	id, lang := entry.Record.ID, values.Get("lang")
	limit, _ := strconv.Atoi(values.Get("limit"))
	a.answer(c, func() (any, error) { return a.alike(c.Request.Context(), id, lang, limit) }, "similar", id, values.Encode())
}

func (a *api) alike(ctx context.Context, id, lang string, limit int) (*similarAnswer, error) {
	hits, err := a.Engine.Similar(ctx, id, lang, limit)
	if err != nil {
		return nil, err
	}
	answer := &similarAnswer{Labels: labels{}}
	var named []catalog.Named
	seen := map[string]bool{}
	if answer.Items, err = a.items(hits, lang, answer.Labels); err != nil {
		return nil, err
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
	return answer, nil
}
