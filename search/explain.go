package search

import (
	"regexp"

	"github.com/blevesearch/bleve/v2/search"

	"clearinghouse/catalog"
)

// inDocument is where Bleve's messages name the document by its number in the
// index, which means nothing to a reader.
var inDocument = regexp.MustCompile(`(?s)( in |, doc=).*?\)(, |$)`)

// explanation is how a score came about, as far as Bleve told; nil if it was not
// asked to.
func explanation(e *search.Explanation) *catalog.Explanation {
	if e == nil {
		return nil
	}
	out := &catalog.Explanation{Value: e.Value, Message: inDocument.ReplaceAllString(e.Message, ")$2")}
	for _, child := range e.Children {
		if part := explanation(child); part != nil {
			out.Children = append(out.Children, *part)
		}
	}
	return out
}
