package api

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// suggestAnswer is the answer of GET /api/v1/suggest.
type suggestAnswer struct {
	Q         string            `json:"q"`
	Corrected *string           `json:"corrected"` // what the suggestions are of, if not of q
	Groups    []suggestionGroup `json:"groups"`    // those that have items
}

type suggestionGroup struct {
	Kind  string       `json:"kind" enum:"concept place organization record"`
	Items []suggestion `json:"items"`
}

type suggestion struct {
	ID      string `json:"id"`
	Label   *text  `json:"label"`
	Matched *text  `json:"matched,omitempty"` // the name that was found, where it is not the label
	Count   *int   `json:"count,omitempty"`   // records that href finds
	Href    string `json:"href"`              // the search for it, or the record
}

const (
	defaultSuggestions = 5 // of each kind
	maxSuggestions     = 20
)

func (a *api) suggestParams() []catalog.Param {
	return append(a.paramsOf(func(p catalog.Param) bool { return p.Name == "q" || p.Name == "lang" }),
		catalog.Param{Name: "limit", Type: "integer", Min: 1, Max: maxSuggestions, Default: strconv.Itoa(defaultSuggestions), Doc: "Suggestions of each kind"})
}

func (a *api) suggest(c *gin.Context) {
	values, err := given(c, a.suggestParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	limit, _ := strconv.Atoi(values.Get("limit"))
	q := catalog.Query{Text: values.Get("q"), Language: values.Get("lang")}
	a.answer(c, func() (any, error) { return a.suggested(c.Request.Context(), q, limit) }, "suggest", values.Encode())
}

func (a *api) suggested(ctx context.Context, q catalog.Query, limit int) (*suggestAnswer, error) {
	found, err := a.Engine.Suggest(ctx, q, limit)
	if err != nil {
		return nil, err
	}
	answer := &suggestAnswer{Q: q.Text, Corrected: notEmpty(found.Corrected), Groups: []suggestionGroup{}}
	for _, s := range found.Of {
		of, ok := a.suggestion(s, q.Language)
		if !ok {
			continue
		}
		if n := len(answer.Groups); n == 0 || answer.Groups[n-1].Kind != s.Kind {
			answer.Groups = append(answer.Groups, suggestionGroup{Kind: s.Kind})
		}
		last := &answer.Groups[len(answer.Groups)-1]
		last.Items = append(last.Items, of)
	}
	return answer, nil
}

// suggestion is s in the reader's language; false if it has gone since.
func (a *api) suggestion(s catalog.Suggestion, lang string) (suggestion, bool) {
	out := suggestion{ID: s.ID}
	search := url.Values{}
	if lang != catalog.DefaultLanguage {
		search.Set("lang", lang)
	}
	if s.Kind == "record" || s.Kind == "organization" {
		entry, err := a.Store.Get(s.ID)
		if err != nil || !entry.Public() {
			return out, false
		}
		out.Label = choose(entry.Record.Title, lang, entry.Record.Original)
		if s.Kind == "record" {
			out.Href = address("/api/v1/records/"+url.PathEscape(s.ID), search)
			return out, true
		}
		search.Set("organization", s.ID)
	} else {
		c, ok := a.Taxonomy.Concept(s.ID)
		if !ok {
			return out, false
		}
		out.Label = choose(c.Labels, lang, "")
		if catalog.Fold(s.Name) != catalog.Fold(out.Label.Text) {
			out.Matched = &text{s.Name, s.Language}
		}
		dimension, code, _ := strings.Cut(s.ID, ":")
		if a.Taxonomy.Has(dimension, code) {
			search.Set(dimension, code)
		} else {
			search.Set("q", out.Label.Text)
		}
	}
	out.Count, out.Href = &s.Count, address("/api/v1/records", search)
	return out, true
}
