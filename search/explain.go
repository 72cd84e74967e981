package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"clearinghouse/catalog"
)

// Bleve's words for the score of a term and what it is made of.
var (
	aTerm  = regexp.MustCompile(`(?s)^weight\(([^:]+):(.*)\^[\d.e+-]+( in .*)?\), product of:$`)
	aField = regexp.MustCompile(`(?s)^fieldWeight\(([^:]+):(.*?)( in .*)?\), as per`)
	aIdf   = regexp.MustCompile(`idf\(docFreq=(\d+), maxDocs=(\d+)\)`)
	aTimes = regexp.MustCompile(`(?s)\btf\(termFreq\(.*\)=(\d+)`)
	aNorm  = regexp.MustCompile(`^fieldNorm\(`)
)

// explain asks Bleve's searcher how the scores of hits came about.
func (v *view) explain(ctx context.Context, n node, hits []placed) (err error) {
	defer unreadable(&err)
	s, err := n.searcher(ctx, v.reader, search.SearcherOptions{Explain: true})
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	defer s.Close()
	s.SetQueryNorm(1)
	sc := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0), IndexReader: v.reader}
	inOrder := make([]*placed, len(hits))
	for i := range hits {
		inOrder[i] = &hits[i]
	}
	slices.SortFunc(inOrder, func(a, b *placed) int { return cmp.Compare(v.number(*a), v.number(*b)) })
	for _, f := range inOrder {
		number := uint64(v.number(*f))
		d, err := s.Advance(sc, index.NewIndexInternalID(nil, number))
		if err != nil {
			return fmt.Errorf("searching: %w", err)
		}
		if d != nil && d.IndexInternalID.Value() == number {
			f.explanation = explanation(d.Expl)
		}
	}
	return nil
}

// explanation is how a score came about, in words; nil if that was not asked for. What
// has one part only is that part.
func explanation(e *search.Explanation) *catalog.Explanation {
	if e == nil {
		return nil
	}
	out := &catalog.Explanation{Value: e.Value, Message: e.Message}
	m := aTerm.FindStringSubmatch(e.Message)
	if m == nil {
		m = aField.FindStringSubmatch(e.Message)
	}
	if m != nil {
		out.Message = explainTerm(m[1], m[2], e)
		return out
	}
	for _, child := range e.Children {
		if part := explanation(child); part != nil && part.Value > 0 {
			out.Children = append(out.Children, *part)
		}
	}
	if len(out.Children) == 1 && out.Children[0].Value == out.Value {
		return &out.Children[0]
	}
	if strings.HasPrefix(e.Message, "sum of:") {
		out.Message = "the sum of:"
	}
	return out
}

// explainTerm says where a term stands, how often, how long the text is there and how
// many records have it.
func explainTerm(field, text string, e *search.Explanation) string {
	where := strings.Split(strings.TrimPrefix(field, "exact."), ".")
	as := "by its stem"
	if strings.HasPrefix(field, "exact.") {
		as = "as it was typed"
	}
	message := fmt.Sprintf("%s, %s, in %s", strings.TrimPrefix(text, "="), as, strings.Join(where, " in "))
	var parts func(*search.Explanation)
	parts = func(e *search.Explanation) {
		if m := aTimes.FindStringSubmatch(e.Message); m != nil {
			message += fmt.Sprintf(", %s×", m[1])
		} else if aNorm.MatchString(e.Message) && e.Value > 0 {
			message += fmt.Sprintf(" in about %s words", strconv.FormatFloat(math.Round(1/(e.Value*e.Value)), 'f', 0, 64))
		} else if m := aIdf.FindStringSubmatch(e.Message); m != nil && !strings.Contains(message, "records have it") {
			message += fmt.Sprintf("; %s of %s records have it there", m[1], m[2])
		}
		for _, child := range e.Children {
			parts(child)
		}
	}
	parts(e)
	return message
}
