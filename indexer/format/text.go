package format

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// silent are the elements whose content is no text of the page.
var silent = map[atom.Atom]bool{
	atom.Head: true, atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Nav: true,
	atom.Iframe: true, atom.Object: true, atom.Svg: true, atom.Math: true, atom.Select: true, atom.Textarea: true, atom.Button: true,
}

// blocks are the elements that begin and end a paragraph.
var blocks = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Body: true, atom.Caption: true, atom.Dd: true,
	atom.Details: true, atom.Div: true, atom.Dl: true, atom.Dt: true, atom.Fieldset: true, atom.Figcaption: true, atom.Figure: true,
	atom.Footer: true, atom.Form: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
	atom.Header: true, atom.Hr: true, atom.Html: true, atom.Legend: true, atom.Li: true, atom.Main: true, atom.Ol: true, atom.P: true,
	atom.Pre: true, atom.Section: true, atom.Summary: true, atom.Table: true, atom.Tr: true, atom.Ul: true,
}

var tag = regexp.MustCompile(`</?[A-Za-z][^<>]*>|<!--`)

// PlainText is the text of a piece of HTML without markup, as NodeText is that
// of a node. In text without tags only entities become characters.
func PlainText(s string) string {
	if !tag.MatchString(s) {
		return strings.TrimSpace(html.UnescapeString(s))
	}
	body, err := parseFragment(s)
	if err != nil { // elements nest deeper than the parser goes, or are left open
		return strings.TrimSpace(html.UnescapeString(tag.ReplaceAllString(s, "")))
	}
	return NodeText(body)
}

// Line makes one line of a text.
func Line(s string) string { return strings.Join(strings.Fields(s), " ") }

// NodeText is the text of a node without markup: paragraphs are separated by a
// blank line, white space is as a browser shows it, preformatted text keeps its
// lines, and navigation, scripts, hidden elements and the nodes in remove are
// left out.
func NodeText(node *html.Node, remove ...*html.Node) string {
	w := &writer{left: map[*html.Node]bool{}}
	for _, n := range remove {
		w.left[n] = true
	}
	w.walk(node, false)
	w.endParagraph()
	return strings.Join(w.paragraphs, "\n\n")
}

type writer struct {
	left       map[*html.Node]bool
	paragraphs []string
	lines      []string // of the paragraph
	line       strings.Builder
}

func (w *writer) walk(n *html.Node, preformatted bool) {
	switch n.Type {
	case html.TextNode:
		w.text(n.Data, preformatted)
		return
	case html.CommentNode, html.DoctypeNode:
		return
	case html.ElementNode:
		if silent[n.DataAtom] || w.left[n] || hidden(n) {
			return
		}
	}
	block := n.Type == html.ElementNode && blocks[n.DataAtom]
	switch {
	case n.DataAtom == atom.Br:
		w.endLine(preformatted)
	case block:
		w.endParagraph()
	case n.DataAtom == atom.Td, n.DataAtom == atom.Th:
		w.line.WriteByte(' ')
	}
	preformatted = preformatted || n.DataAtom == atom.Pre
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		w.walk(child, preformatted)
	}
	if block {
		if preformatted {
			w.endLine(true)
		}
		w.endParagraph()
	}
}

func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" || a.Key == "aria-hidden" && a.Val == "true" {
			return true
		}
	}
	return false
}

func (w *writer) text(s string, preformatted bool) {
	if !preformatted {
		w.line.WriteString(s)
		return
	}
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.endLine(true)
		}
		w.line.WriteString(line)
	}
}

func (w *writer) endLine(preformatted bool) {
	line := w.line.String()
	w.line.Reset()
	if preformatted {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
	} else {
		line = collapse(line)
	}
	w.lines = append(w.lines, line)
}

// endParagraph ends the paragraph; two line breaks in a row do so too.
func (w *writer) endParagraph() {
	if w.line.Len() > 0 {
		w.endLine(false)
	}
	text := strings.Trim(strings.Join(w.lines, "\n"), "\n")
	w.lines = w.lines[:0]
	if strings.TrimSpace(text) != "" {
		w.paragraphs = append(w.paragraphs, text)
	}
}

// collapse makes one space of white space, and nothing of a line break between
// two Chinese or Japanese characters, as in CSS Text 3 section 4.1.3. The
// no-break space is no white space here.
func collapse(s string) string {
	var b strings.Builder
	var last rune
	space, broken := false, false
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' {
			space, broken = true, broken || r == '\n' || r == '\r'
			continue
		}
		if space && b.Len() > 0 && !(broken && wide(last) && wide(r)) {
			b.WriteByte(' ')
		}
		if r != utf8.RuneError {
			b.WriteRune(r)
		}
		last, space, broken = r, false, false
	}
	return b.String()
}

// wide reports the characters that are written without spaces between them.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff60
}
