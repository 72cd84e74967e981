package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"

	"clearinghouse/indexer/format"

	"golang.org/x/net/html"
)

// The bounds of a feed. Those of XML keep what the parser does for each element
// within time and memory that grow with the size of the feed only.
const (
	maxDepth      = 500
	maxElements   = 500_000
	maxAttributes = 200   // of an element
	maxNamespaces = 64    // in force at one place
	maxForeign    = 1_000 // elements within one of an extension
	maxBase       = 2_048 // bytes of an xml:base
)

// toUTF8 makes of a body text that XML allows; encoding is what the source file
// says.
func toUTF8(body []byte, contentType, encoding string) ([]byte, error) {
	name := format.XMLEncoding(body, contentType, encoding)
	if broken := bytes.Count(bytes.ToValidUTF8(body, []byte("\x00")), []byte("\x00")) - bytes.Count(body, []byte("\x00")); name == "utf-8" && broken > 1+len(body)/1000 {
		return nil, errors.New("the feed is not in UTF-8, as it says: say in which encoding it is by feed.encoding, as in windows-1256")
	}
	return io.ReadAll(format.XMLText(bytes.NewReader(body), name))
}

var (
	root    = regexp.MustCompile(`(?i)<((?:[a-z0-9_.-]+:)?(?:rss|rdf|feed))[\s>]`)
	page    = regexp.MustCompile(`(?i)^\s*(<!--.*?-->\s*)*<(!doctype\s+html|html)\b`)
	xmlBase = regexp.MustCompile(`\sxml:base\s*=\s*("[^"<]*"|'[^'<]*')`)
)

// fromRoot takes from XML what stands before the root, which no parser takes.
func fromRoot(text []byte) (before, xml []byte, rootName string) {
	at := root.FindSubmatchIndex(text)
	if at == nil {
		return nil, nil, ""
	}
	return text[:at[0]], text[at[0]:], string(text[at[2]:at[3]])
}

// place is what holds at an element: xml:lang and xml:base.
type place struct {
	language string
	base     *url.URL
}

// outline is what a first pass over a feed in XML finds.
type outline struct {
	atom  bool
	feed  place   // of the channel
	items []place // in the order in which the parser has them
	// end is the offset after the last whole item, and closing what ends the feed
	// there, for one that breaks off.
	end     int64
	closing string
}

// survey walks through XML once: it refuses what would cost the parser more than
// a feed is worth, and notes what the parser drops. With an error the outline is
// that of what stands before it.
func survey(text []byte, rootName, address string) (outline, error) {
	base, err := url.Parse(address)
	if err != nil {
		return outline{}, err
	}
	type element struct {
		place
		name       string
		namespaces int
		item       bool
	}
	_, local, prefixed := strings.Cut(rootName, ":")
	if !prefixed {
		local = rootName
	}
	out := outline{atom: strings.EqualFold(local, "feed"), feed: place{base: base}}
	in := xml.NewDecoder(bytes.NewReader(text))
	in.Strict = false
	var open []element
	var channel, beside []place // of RSS 1.0 the items stand beside the channel
	rootSpace := ""
	elements, foreign, foreignDepth := 0, 0, 0
	done := func(err error) (outline, error) {
		for depth, e := range open { // an item that is not whole
			if e.item && depth == 2 {
				channel = channel[:len(channel)-1]
			} else if e.item {
				beside = beside[:len(beside)-1]
			}
		}
		out.items = append(channel, beside...)
		return out, err
	}
	for {
		token, err := in.Token()
		if err != nil {
			if err == io.EOF {
				err = errors.New("it ends before its last element does")
			}
			return done(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := element{place: place{base: base}, name: strings.ToLower(t.Name.Local)}
			if len(open) > 0 {
				parent := open[len(open)-1]
				e.place, e.namespaces = parent.place, parent.namespaces
			} else {
				rootSpace = t.Name.Space
			}
			for _, a := range t.Attr {
				switch {
				case a.Name.Space == "xmlns", a.Name.Local == "xmlns":
					e.namespaces++
				case a.Name.Local == "lang" && isXML(a.Name.Space):
					e.language = a.Value
				case a.Name.Local == "base" && isXML(a.Name.Space) && len(a.Value) <= maxBase:
					if b, err := e.base.Parse(strings.TrimSpace(a.Value)); err == nil && b.Host != "" {
						e.base = b
					}
				}
			}
			depth := len(open) + 1
			inChannel := depth == 3 && open[1].name == "channel"
			switch {
			case out.atom && depth == 2 && e.name == "entry", !out.atom && depth == 2 && e.name == "item":
				e.item, beside = true, append(beside, e.place)
			case !out.atom && inChannel && e.name == "item":
				e.item, channel = true, append(channel, e.place)
			case depth == 1, !out.atom && depth == 2 && e.name == "channel":
				out.feed = e.place
			case foreignDepth > 0:
				foreign++
			case t.Name.Space != rootSpace && t.Name.Space != "" && (open[depth-2].item || depth == 2 || inChannel):
				foreign, foreignDepth = 0, depth
			}
			elements++
			open = append(open, e)
			if depth > maxDepth || elements > maxElements || foreign > maxForeign || len(t.Attr) > maxAttributes || e.namespaces > maxNamespaces {
				return outline{}, fmt.Errorf("%w: line %d", errBounds, bytes.Count(text[:in.InputOffset()], []byte("\n"))+1)
			}
		case xml.EndElement:
			if len(open) == 0 {
				continue
			}
			depth, e := len(open), open[len(open)-1]
			open = open[:depth-1]
			if depth == foreignDepth {
				foreign, foreignDepth = 0, 0
			}
			if e.item {
				out.end, out.closing = in.InputOffset(), "</"+rootName+">"
				if depth == 3 {
					out.closing = "</channel>" + out.closing
				}
			}
			if depth == 1 {
				return done(nil)
			}
		}
	}
}

// errBounds refuses a feed that was made to do harm.
var errBounds = errors.New("the feed nests deeper, or has more elements, attributes or namespaces, than a feed needs")

func isXML(space string) bool {
	return space == "xml" || space == "http://www.w3.org/XML/1998/namespace"
}

// advertised is the address of a feed that a web page names in its head, ""
// without one.
func advertised(text []byte, address string) string {
	base, err := url.Parse(address)
	if err != nil {
		return ""
	}
	in := html.NewTokenizer(bytes.NewReader(text))
	in.SetMaxBuf(1 << 20)
	for {
		switch in.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := in.Token()
			attr := map[string]string{}
			for _, a := range t.Attr {
				attr[a.Key] = a.Val
			}
			if t.Data == "link" && strings.EqualFold(attr["rel"], "alternate") &&
				(strings.HasSuffix(attr["type"], "rss+xml") || strings.HasSuffix(attr["type"], "atom+xml") || strings.HasSuffix(attr["type"], "feed+json")) {
				return format.Resolve(base, attr["href"])
			}
		}
	}
}
