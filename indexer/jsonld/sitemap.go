package jsonld

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"regexp"
	"strings"

	"clearinghouse/catalog"

	"golang.org/x/net/html/charset"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The bounds of a sitemap; its standard allows 50 MiB.
const (
	maxSitemap = 64 << 20 // bytes, after decompression
	maxDepth   = 50       // of its elements
	maxLine    = 64 << 10 // bytes of a line of one in plain text
)

// entry is an address in a sitemap: of a page, or of another sitemap.
type entry struct {
	sitemap bool
	robots  bool // robots.txt names it
	address string
}

// errBomb ends a sitemap that is too large.
var errBomb = fmt.Errorf("the sitemap is larger than %d MiB: give the address of a smaller one", maxSitemap>>20)

// limited reads at most maxSitemap bytes, and fails on more.
type limited struct {
	io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p[:min(len(p), l.left+1)])
	if l.left -= n; l.left < 0 {
		return 0, errBomb
	}
	return n, err
}

// unpack decompresses what is gzip, whatever its name, and decodes UTF-16 with a
// byte order mark.
func unpack(in io.Reader) (*bufio.Reader, error) {
	peeked := bufio.NewReader(in)
	if magic, _ := peeked.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(peeked)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		in = z
	} else {
		in = peeked
	}
	decoded := transform.NewReader(&limited{in, maxSitemap}, xunicode.BOMOverride(transform.Nop))
	return bufio.NewReaderSize(decoded, 64<<10), nil
}

var (
	sitemapRoot = regexp.MustCompile(`<(?:[\w.-]+:)?(?:urlset|sitemapindex|rss|feed|RDF)[\s>]`)
	pageRoot    = regexp.MustCompile(`(?i)<(?:!doctype\s+html|html)[\s>]`)
	robotsLine  = regexp.MustCompile(`(?i)^\s*sitemap\s*:\s*(\S+)`)
	textStart   = regexp.MustCompile(`(?i)^\s*(?:https?://\S+\s*$|#|sitemap\s*:|user-agent\s*:)`)
)

// isSitemap reports whether what begins with head is a sitemap.
func isSitemap(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	if bytes.HasPrefix(head, []byte("<")) {
		at := sitemapRoot.FindIndex(head)
		return at != nil && !pageRoot.Match(head[:at[0]])
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return textStart.Match(bytes.TrimSpace(line))
}

// readSitemap yields the addresses of a sitemap, of a sitemap index, of the
// lines of a text, of a robots.txt, and of a feed, which all serve as sitemaps.
// Namespaces are not looked at: many are wrong. Those of images and videos are
// no pages.
func readSitemap(in *bufio.Reader, base *url.URL) iter.Seq2[entry, error] {
	head, _ := in.Peek(4096)
	if !isSitemap(head) {
		return func(yield func(entry, error) bool) {
			yield(entry{}, errors.New("this is no sitemap: give the address of one, which robots.txt of the site may name"))
		}
	}
	read := readText
	if bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<")) {
		read = readXML
	}
	return func(yield func(entry, error) bool) {
		read(in, func(e entry, err error) bool {
			if err != nil {
				return yield(e, err)
			}
			u, err := base.Parse(strings.TrimSpace(e.address))
			if err != nil {
				return true
			}
			u.Fragment, u.RawFragment = "", ""
			if e.address = u.String(); !catalog.IsWebAddress(e.address) {
				return true
			}
			return yield(e, nil)
		})
	}
}

func readText(in *bufio.Reader, yield func(entry, error) bool) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if m := robotsLine.FindStringSubmatch(line); m != nil {
			if !yield(entry{sitemap: true, robots: true, address: m[1]}, nil) {
				return
			}
		} else if catalog.IsWebAddress(line) && !yield(entry{address: line}, nil) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		yield(entry{}, fmt.Errorf("the sitemap cannot be read: %w", err))
	}
}

func readXML(in *bufio.Reader, yield func(entry, error) bool) {
	d := xml.NewDecoder(in)
	d.Strict = false
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return in, nil // it was decoded by its byte order mark
		}
		return charset.NewReaderLabel(label, in)
	}
	var open []string // names of the elements around
	var text strings.Builder
	said := false // the url or sitemap element around had an address
	parent := func() string {
		if len(open) < 2 {
			return ""
		}
		return open[len(open)-2]
	}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			yield(entry{}, fmt.Errorf("the sitemap cannot be read to its end: %w", err))
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			if open = append(open, t.Name.Local); len(open) > maxDepth {
				yield(entry{}, fmt.Errorf("the sitemap has elements nested deeper than %d", maxDepth))
				return
			}
			text.Reset()
			switch name := t.Name.Local; {
			case name == "url", name == "sitemap":
				said = false
			case name == "link" && parent() == "entry":
				rel, href := "alternate", ""
				for _, a := range t.Attr {
					switch a.Name.Local {
					case "rel":
						rel = a.Value
					case "href":
						href = a.Value
					}
				}
				if rel == "alternate" && href != "" && !yield(entry{address: href}, nil) {
					return
				}
			}
		case xml.CharData:
			if text.Len()+len(t) <= maxLine {
				text.Write(t)
			}
		case xml.EndElement:
			name := t.Name.Local
			address := strings.TrimSpace(text.String())
			text.Reset()
			var e entry
			switch up := parent(); {
			case name == "loc" && (up == "url" || up == "sitemap"):
				e, said = entry{sitemap: up == "sitemap", address: address}, true
			case (name == "url" || name == "sitemap") && !said && catalog.IsWebAddress(address): // without the loc around it
				e = entry{sitemap: name == "sitemap", address: address}
			case name == "link" && up == "item":
				e = entry{address: address}
			}
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
			if e.address != "" && !yield(e, nil) {
				return
			}
		}
	}
}
