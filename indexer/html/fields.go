package html

import (
	"strings"

	"clearinghouse/indexer/format"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// values are what f finds on a page: attributes, or texts without markup, one
// an element; an element within another that was found is part of that one.
// line makes each one line.
func (p *pages) values(doc *page, f field, line bool) []string {
	var remove []*html.Node
	if f.Remove != nil {
		remove = doc.FindMatcher(f.Remove).Nodes
	}
	found := doc.FindMatcher(f.Select)
	elements := make(map[*html.Node]bool, len(found.Nodes))
	for _, n := range found.Nodes {
		elements[n] = true
	}
	within := func(n *html.Node) bool {
		for n = n.Parent; n != nil && !elements[n]; n = n.Parent {
		}
		return n != nil
	}
	var out []string
	found.Each(func(_ int, s *goquery.Selection) {
		var value string
		switch {
		case f.Attr != "":
			value = strings.TrimSpace(s.AttrOr(f.Attr, ""))
		case within(s.Nodes[0]):
			return
		default:
			value = format.NodeText(s.Nodes[0], remove...)
		}
		if line {
			value = format.Line(value)
		}
		if mapped, ok := f.Map.Get(value); ok {
			value = mapped
		}
		if value != "" {
			out = append(out, value)
		}
	})
	return out
}
