package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	extensions "github.com/mmcdole/gofeed/extensions"
	jsonfeed "github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"
)

// document is a feed, of whatever kind.
type document struct {
	title    string
	site     string // address of the page that it belongs to
	next     string // address of its next page
	items    []item
	refused  []catalog.Refusal
	broken   error           // why there are no items after those
	entities format.Entities // that it defines itself
}

// item is an item of a feed with what holds there.
type item struct {
	*gofeed.Item
	place
	words []string // its categories, each by label and by term
}

// parse reads a decoded body.
func parse(text []byte, address string) (*document, error) {
	start := bytes.TrimLeft(text, " \t\r\n")
	if bytes.HasPrefix(start, []byte("{")) {
		return parseJSON(start, address)
	}
	before, markup, rootName := fromRoot(text)
	if page.Match(start[:min(len(start), 4096)]) || markup == nil {
		if a := advertised(start, address); a != "" {
			return nil, fmt.Errorf("this is a web page, not a feed: give the address of its feed, %s", a)
		}
		return nil, errors.New("this is no RSS, Atom or JSON Feed: look on the site for the address of its feed")
	}
	out, err := survey(markup, rootName, address)
	if err != nil {
		if out.end == 0 {
			return nil, fmt.Errorf("the feed cannot be read: %w", err)
		}
		markup = append(markup[:out.end:out.end], out.closing...)
		err = fmt.Errorf("the feed can be read up to its item %d only: %w", len(out.items), err)
	}
	doc, parseErr := parseXML(xmlBase.ReplaceAll(markup, nil), out)
	if parseErr != nil {
		return nil, fmt.Errorf("the feed cannot be read: %w", parseErr)
	}
	doc.broken, doc.entities = err, format.DefinedIn(before)
	return doc, nil
}

// parseXML reads RSS or Atom. xml:base is taken away before: it is heeded here,
// by the rules of its standard.
func parseXML(text []byte, o outline) (*document, error) {
	var universal *gofeed.Feed
	var next string
	var words func(i int) []string
	if o.atom {
		raw, err := new(atom.Parser).Parse(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		for _, l := range raw.Links {
			if l.Rel == "next" && next == "" {
				next = l.Href
			}
		}
		for _, e := range raw.Entries {
			if e.Content != nil && isBinary(e.Content.Type) {
				e.Content = nil
			}
		}
		if universal, err = new(gofeed.DefaultAtomTranslator).Translate(raw); err != nil {
			return nil, err
		}
		words = func(i int) (out []string) {
			for _, c := range raw.Entries[i].Categories {
				out = append(out, c.Label, c.Term)
			}
			return out
		}
	} else {
		raw, err := new(rss.Parser).Parse(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		next = nextIn(raw.Extensions)
		for _, i := range raw.Items {
			if g := i.GUID; i.Link == "" && g != nil && g.IsPermalink == "true" && catalog.IsWebAddress(g.Value) {
				i.Link = g.Value
			}
		}
		if universal, err = (&gofeed.DefaultRSSTranslator{DisableContentImageScan: true}).Translate(raw); err != nil {
			return nil, err
		}
		words = func(i int) []string { return universal.Items[i].Categories }
	}
	doc := &document{title: universal.Title, site: format.Resolve(o.feed.base, universal.Link), next: format.Resolve(o.feed.base, next)}
	for i, u := range universal.Items {
		at := o.feed
		if len(o.items) == len(universal.Items) {
			at = o.items[i]
		}
		if dc := u.DublinCoreExt; dc != nil && len(dc.Language) > 0 {
			at.language = dc.Language[0]
		}
		if at.language == "" {
			at.language = universal.Language
		}
		doc.items = append(doc.items, item{Item: u, place: at, words: words(i)})
	}
	return doc, nil
}

// nextIn is the Atom link to the next page that RSS may have (RFC 5005).
func nextIn(all extensions.Extensions) string {
	for _, prefix := range []string{"atom", "atom10", "atom03"} {
		for _, l := range all[prefix]["link"] {
			if l.Attrs["rel"] == "next" {
				return l.Attrs["href"]
			}
		}
	}
	return ""
}

// isBinary reports the media types of an Atom content that has no text.
func isBinary(mediaType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(mediaType), "/")
	return kind == "image" || kind == "audio" || kind == "video" || kind == "application" && !strings.Contains(mediaType, "xml")
}

// parseJSON reads a JSON Feed; an item that is none costs no other.
func parseJSON(text []byte, address string) (*document, error) {
	var raw struct {
		Version  string            `json:"version"`
		Title    string            `json:"title"`
		Home     string            `json:"home_page_url"`
		Next     string            `json:"next_url"`
		Language string            `json:"language"`
		Items    []json.RawMessage `json:"items"`
	}
	if err := new(format.Tree).JSON(text); err != nil {
		return nil, fmt.Errorf("the JSON Feed %w: ask its owner for a shorter one", err)
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("the JSON Feed cannot be read: %w", err)
	}
	if !strings.Contains(raw.Version, "jsonfeed.org/version/") {
		return nil, errors.New("this is JSON, but no JSON Feed: read it by format: jsonapi")
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	doc := &document{title: raw.Title, site: format.Resolve(base, raw.Home), next: format.Resolve(base, raw.Next)}
	var good jsonfeed.Feed
	for n, data := range raw.Items {
		i := new(jsonfeed.Item)
		if err := json.Unmarshal(data, i); err != nil || bytes.Equal(data, []byte("null")) {
			reason := catalog.Reason{Code: "not_an_item", Message: "the item is not an object"}
			var wrong *json.UnmarshalTypeError
			if errors.As(err, &wrong) && wrong.Field != "" {
				reason.Path = wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
				reason.Message = fmt.Sprintf("the item's %s is a %s, against the standard of JSON Feed", reason.Path, wrong.Value)
			}
			doc.refused = append(doc.refused, catalog.Refusal{Where: fmt.Sprintf("%s item %d", address, n+1), Reasons: []catalog.Reason{reason}})
			continue
		}
		if i.URL == "" {
			i.URL = i.ExternalURL
		}
		good.Items = append(good.Items, i)
	}
	universal, err := new(gofeed.DefaultJSONTranslator).Translate(&good)
	if err != nil {
		return nil, err
	}
	for n, u := range universal.Items {
		at := place{language: good.Items[n].Language, base: base}
		if at.language == "" {
			at.language = raw.Language
		}
		doc.items = append(doc.items, item{Item: u, place: at, words: u.Categories})
	}
	return doc, nil
}

// text is the text of a piece of HTML, as format.PlainText. Without elements,
// lines are joined as HTML would; a blank line still ends a paragraph, since
// plain text in feeds does so.
func text(s string) string {
	if strings.ContainsRune(s, '<') {
		return format.PlainText(s)
	}
	var paragraphs []string
	var lines []string
	for line := range strings.Lines(format.PlainText(s) + "\n\n") {
		if line = format.Line(line); line != "" {
			lines = append(lines, line)
		} else if len(lines) > 0 {
			paragraphs = append(paragraphs, format.Line(strings.Join(lines, " ")))
			lines = nil
		}
	}
	return strings.Join(paragraphs, "\n\n")
}
