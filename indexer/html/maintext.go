package html

import (
	"errors"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The bounds of a page whose main text is looked for.
const (
	maxElements = 50_000
	maxText     = 16 << 20 // bytes; a text counts once for each element around it, which is as often as it is read
)

// readMainText puts in title, summary and body by what a reader's view of the
// page would show, where the source file has no selector of them.
func (p *pages) readMainText(r *catalog.Record, doc *page, language string) error {
	if textWithin(doc.Root, 0) > maxText {
		return errors.New("the page is too long, or its elements stand too deep in one another, to look for its main text: give a selector of it in html.fields.body")
	}
	parser := readability.NewParser()
	parser.MaxElemsToParse = maxElements
	article, err := parser.ParseDocument(doc.Root, doc.Base)
	if err != nil {
		return err
	}
	body := ""
	if article.Node != nil {
		for n := range article.Node.Descendants() {
			n.DataAtom = atom.Lookup([]byte(n.Data)) // elements that the library renames keep their old one
		}
		body = format.NodeText(article.Node)
	}
	for _, found := range []struct{ name, text string }{
		{"title", format.Line(article.Title())}, {"summary", format.PlainText(article.Excerpt())}, {"body", body},
	} {
		if _, mapped := p.section.Fields[found.name]; !mapped && found.text != "" {
			format.Fields[found.name].Text(r, language, found.text)
		}
	}
	if _, mapped := p.section.Fields["body"]; body == "" && !mapped {
		return errors.New("no main text is found: give a selector of it in html.fields.body")
	}
	return nil
}

// textWithin is the length of the text of a node that depth elements stand around,
// counted once for each of them.
func textWithin(n *html.Node, depth int) int {
	if n.Type == html.TextNode {
		return len(n.Data) * depth
	}
	all := 0
	for child := range n.ChildNodes() {
		all += textWithin(child, depth+1)
	}
	return all
}
