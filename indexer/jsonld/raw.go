package jsonld

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"clearinghouse/indexer/format"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The bounds of a page's data.
const (
	maxNodes  = 20_000   // things described
	maxNested = 60       // one within the other
	maxTypes  = 100      // of one thing
	maxTerms  = 500      // of a context
	maxRead   = 32 << 20 // bytes that records are made of; what several of them refer to counts for each
	maxText   = 16 << 20 // bytes of their texts in microdata, which may lie one within the other
)

// scripts are the texts of the script elements with JSON-LD.
func scripts(root *html.Node) []string {
	var out []string
	for n := range root.Descendants() {
		if n.DataAtom != atom.Script {
			continue
		}
		kind, _, _ := strings.Cut(strings.ToLower(format.Attr(n, "type")), ";")
		if strings.TrimSpace(kind) != "application/ld+json" {
			continue
		}
		var text strings.Builder
		for c := range n.ChildNodes() {
			text.WriteString(c.Data)
		}
		out = append(out, text.String())
	}
	return out
}

// decodeJSON reads JSON, several values one after the other too. What is not
// quite JSON, as programs and people write it into pages, is repaired. tree has what
// was read of the page before.
func decodeJSON(text string, tree *format.Tree) ([]any, error) {
	before := *tree
	out, err := decodeStrict(text, tree)
	if err == nil {
		return out, nil
	}
	*tree = before
	if repaired, repairErr := decodeStrict(repair(text), tree); repairErr == nil {
		return repaired, nil
	}
	return nil, err
}

func decodeStrict(text string, tree *format.Tree) ([]any, error) {
	if err := tree.JSON([]byte(text)); err != nil {
		return nil, fmt.Errorf("it %w", err)
	}
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	var out []any
	for {
		var v any
		if err := in.Decode(&v); err == io.EOF {
			return out, nil
		} else if err != nil {
			at := in.InputOffset()
			var wrong *json.SyntaxError
			if errors.As(err, &wrong) {
				at = wrong.Offset
			}
			line := 1 + strings.Count(text[:min(int(at), len(text))], "\n")
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("it breaks off")
			}
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		out = append(out, v)
	}
}

// repair makes JSON of what is nearly: without comments, CDATA marks, commas
// before a closing bracket and semicolons; with control characters and wrong
// backslashes in strings escaped; and entities decoded if the quotes are.
func repair(text string) string {
	if !strings.Contains(text, `"`) && strings.Contains(text, "&quot;") {
		text = html.UnescapeString(text)
	}
	var out bytes.Buffer
	for i := 0; i < len(text); {
		rest := text[i:]
		switch c := text[i]; {
		case c == '"':
			i += repairString(&out, rest)
		case strings.HasPrefix(rest, "//"):
			i += upTo(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			i += upTo(rest, "*/")
		case strings.HasPrefix(rest, "<![CDATA["):
			i += len("<![CDATA[")
		case strings.HasPrefix(rest, "]]>"):
			i += len("]]>")
		case strings.HasPrefix(rest, "<!--"):
			if data := strings.TrimLeft(rest[len("<!--"):], " \t\r\n"); strings.HasPrefix(data, "{") || strings.HasPrefix(data, "[") {
				i += len(rest) - len(data) // the comment is around the data
			} else {
				i += upTo(rest, "-->")
			}
		case strings.HasPrefix(rest, "-->"):
			i += len("-->")
		case c == '}' || c == ']':
			trimmed := bytes.TrimRight(out.Bytes(), " \t\r\n")
			if bytes.HasSuffix(trimmed, []byte(",")) {
				out.Truncate(len(trimmed) - 1)
			}
			out.WriteByte(c)
			i++
		case c == ';' || strings.HasPrefix(rest, "\ufeff") || strings.HasPrefix(rest, "\u00a0"):
			out.WriteByte(' ')
			i += map[byte]int{';': 1, 0xef: 3, 0xc2: 2}[c]
		default:
			out.WriteByte(c)
			i++
		}
	}
	return out.String()
}

// upTo is the length of s up to and with end, or of all of it.
func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// repairString writes the string that s begins with and returns its length.
func repairString(out *bytes.Buffer, s string) int {
	out.WriteByte('"')
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			out.WriteByte('"')
			return i + 1
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`"\/bfnrtu`, s[i+1]) >= 0:
			out.WriteString(s[i : i+2])
			i++
		case c == '\\':
		case c < ' ':
			fmt.Fprintf(out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return len(s)
}

// thing is an item of microdata, by the HTML standard, section 5.
type thing struct {
	id    string
	types []string
	props []property // in the order of the page
}

// property is a value of a thing: a text, or another thing.
type property struct {
	names []string
	text  string
	lang  *html.Node // the element that says its language; nil for what is no text
	thing *thing
	order int
}

// microdata reads the things of a page that are in no other.
func microdata(root *html.Node) []*thing {
	m := &marked{ids: map[string]*html.Node{}, order: map[*html.Node]int{}, ends: map[*html.Node]bool{}}
	var tops []*html.Node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if has(n, "itemprop") {
			m.order[n] = len(m.order)
		}
		if id := format.Attr(n, "id"); id != "" && m.ids[id] == nil {
			m.ids[id] = n
		}
		if has(n, "itemscope") && !has(n, "itemprop") {
			tops = append(tops, n)
		}
	}
	var out []*thing
	for _, n := range tops {
		out = append(out, m.thing(n, 0))
	}
	return out
}

// marked is a page with microdata.
type marked struct {
	ids   map[string]*html.Node
	order map[*html.Node]int  // in the page, of the properties
	ends  map[*html.Node]bool // the things around
	count int
	text  int // bytes
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func (m *marked) thing(n *html.Node, depth int) *thing {
	out := &thing{id: strings.TrimSpace(format.Attr(n, "itemid")), types: strings.Fields(format.Attr(n, "itemtype"))}
	m.ends[n] = true
	defer delete(m.ends, n)
	crawled := map[*html.Node]bool{}
	for _, id := range strings.Fields(format.Attr(n, "itemref")) {
		if referred := m.ids[id]; referred != nil && !crawled[referred] {
			crawled[referred] = true
			m.walk(out, referred, depth)
		}
	}
	for c := range n.ChildNodes() {
		m.walk(out, c, depth)
	}
	slices.SortStableFunc(out.props, func(a, b property) int { return a.order - b.order })
	return out
}

// walk adds the properties at and within an element to a thing.
func (m *marked) walk(to *thing, n *html.Node, depth int) {
	if n.Type != html.ElementNode || m.ends[n] || depth > maxNested {
		return
	}
	if m.count++; m.count > 5*maxNodes {
		return
	}
	names := strings.Fields(format.Attr(n, "itemprop"))
	scope := has(n, "itemscope")
	if len(names) > 0 {
		p := property{names: names, order: m.order[n]}
		if scope {
			p.thing = m.thing(n, depth+1)
		} else {
			if m.text > maxText {
				return
			}
			p.text, p.lang = valueOf(n)
			m.text += len(p.text)
		}
		to.props = append(to.props, p)
	}
	if !scope {
		for c := range n.ChildNodes() {
			m.walk(to, c, depth)
		}
	}
}

// valueOf is the value that an element gives a property. Unlike in the
// standard, content counts on every element, as pages use it.
func valueOf(n *html.Node) (string, *html.Node) {
	attr := ""
	switch n.DataAtom {
	case atom.Audio, atom.Embed, atom.Iframe, atom.Img, atom.Source, atom.Track, atom.Video:
		attr = "src"
	case atom.A, atom.Area, atom.Link:
		attr = "href"
	case atom.Object:
		attr = "data"
	case atom.Data, atom.Meter:
		attr = "value"
	case atom.Time:
		attr = "datetime"
	}
	if has(n, "content") {
		return strings.TrimSpace(format.Attr(n, "content")), n
	}
	if attr != "" && has(n, attr) {
		return strings.TrimSpace(format.Attr(n, attr)), nil
	}
	return format.NodeText(n), n
}
