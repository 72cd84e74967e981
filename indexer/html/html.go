package html

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/language"
)

// The kinds of requests.
const (
	list = "list"
	item = "item"
)

// Start asks for the first list pages.
func (p *pages) Start() []format.Request {
	var out []format.Request
	for _, a := range p.config.Addresses {
		out = append(out, format.Request{Kind: list, Required: true, Variants: []format.Variant{{URL: a}}})
	}
	return out
}

// Parse reads a list page into requests, or the variants of an item's page into
// one record.
func (p *pages) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		read := p.readItem
		if r.Kind == list {
			read = p.readList
		}
		docs := make([]*page, 0, len(responses))
		for _, response := range responses {
			doc, err := open(response)
			if err != nil {
				yield(format.Result{}, err)
				return
			}
			docs = append(docs, doc)
		}
		yield(read(r, docs))
	}
}

// page is a response as a tree.
type page struct {
	*goquery.Document
	response format.Response
	base     *url.URL
}

func open(r format.Response) (*page, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	decoded, err := decode(body, r.ContentType)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	doc, err := goquery.NewDocumentFromReader(decoded)
	if err != nil {
		return nil, fmt.Errorf("%s: the page cannot be read as HTML: %w", r.URL, err)
	}
	out := &page{Document: doc, response: r}
	if out.base, err = url.Parse(r.Final); err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if base, err := out.base.Parse(strings.TrimSpace(href)); err == nil && base.Host != "" {
			out.base = base
		}
	}
	return out, nil
}

// decode turns a body into UTF-8 by the rules of the HTML standard, except that
// a body which is UTF-8 is believed over a label that says otherwise: text in
// another encoding is hardly ever valid UTF-8.
func decode(body []byte, contentType string) (io.Reader, error) {
	if utf8.Valid(body) && bytes.ContainsFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))), nil
	}
	if len(body) == 0 {
		return bytes.NewReader(nil), nil
	}
	return charset.NewReader(bytes.NewReader(body), contentType)
}

// link resolves an address on the page; "" if it is none of the web.
func (p *page) link(href string) string {
	u, err := p.base.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	if address := u.String(); catalog.IsWebAddress(address) {
		return address
	}
	return ""
}

// readList yields a request for each item, then one for the next list page.
func (p *pages) readList(r format.Request, docs []*page) (format.Result, error) {
	var out format.Result
	doc := docs[0]
	seen := map[string]bool{}
	doc.FindMatcher(p.section.Item).Each(func(_ int, s *goquery.Selection) {
		if address := doc.link(s.AttrOr(p.section.Link, "#")); address != "" && s.AttrOr(p.section.Link, "") != "" && !seen[address] {
			seen[address] = true
			out.Next = append(out.Next, format.Request{Kind: item, Variants: p.variants(address)})
		}
	})
	if len(out.Next) == 0 && p.isStart(r) {
		return out, fmt.Errorf("%s: html.item finds no element with %s that leads to an item: compare the selector with the page", doc.response.URL, p.section.Link)
	}
	if p.section.Next != nil {
		href := doc.FindMatcher(p.section.Next).First().AttrOr("href", "")
		if address := doc.link(href); address != "" && href != "" {
			out.Next = append(out.Next, format.Request{Kind: list, Required: true, Variants: []format.Variant{{URL: address}}})
		}
	}
	return out, nil
}

func (p *pages) isStart(r format.Request) bool {
	for _, s := range p.Start() {
		if s.Key() == r.Key() {
			return true
		}
	}
	return false
}

// variants are the addresses of an item's page in all languages, the original's
// first.
func (p *pages) variants(address string) []format.Variant {
	t := p.section.Translations
	if t == nil || !strings.Contains(address, t.From) {
		return []format.Variant{{URL: address}}
	}
	out := []format.Variant{{Language: p.config.Language, URL: address}}
	for _, l := range t.languages() {
		out = append(out, format.Variant{Language: l, URL: strings.Replace(address, t.From, t.To[l], 1)})
	}
	return out
}

// readItem makes one record of an item's pages. The first is the original: it
// gives the id, the address and all that is not text.
func (p *pages) readItem(r format.Request, docs []*page) (format.Result, error) {
	original := docs[0]
	record := &catalog.Record{ID: p.native(r, original), URL: original.response.URL}
	var out format.Result
	for i, doc := range docs {
		if to := doc.response.Final; i > 0 && to != "" && to == original.response.Final {
			out.Refused = append(out.Refused, catalog.Refusal{Where: doc.response.URL, Reasons: []catalog.Reason{{
				Code: "not_translated", Message: "the address of the translation leads to the original"}}})
			continue
		}
		l := p.language(doc)
		if i == 0 {
			record.Original = l
		}
		for name, f := range p.section.Fields {
			if set := setters[name]; set.text != nil {
				found := p.values(doc, f, set.line)
				if set.line {
					found = found[:min(len(found), 1)]
				}
				if len(found) > 0 {
					set.text(record, l, strings.Join(found, "\n\n"))
				}
			} else if i == 0 {
				set.values(record, doc, p.values(doc, f, true))
			}
		}
		if parts := partsIn(record, l); i > 0 && len(parts) > 0 && l != record.Original {
			if record.Translations == nil {
				record.Translations = map[string]catalog.Translation{}
			}
			record.Translations[l] = catalog.Translation{Origin: "author", Parts: parts}
			record.Links = append(record.Links, catalog.Link{Rel: "homepage", URL: doc.response.URL, Language: l})
		}
	}
	out.Items = []format.Item{{Record: record, Where: original.response.URL}}
	return out, nil
}

// native is the source's own id of an item: what the id selector finds, else
// the path of the page without the part that names the language.
func (p *pages) native(r format.Request, original *page) string {
	if p.section.ID != nil {
		for _, id := range p.values(original, *p.section.ID, true) {
			return id
		}
	}
	address := r.Variants[0].URL
	if t := p.section.Translations; t != nil {
		address = strings.Replace(address, t.From, "/", 1)
	}
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	native := strings.TrimLeft(path.Clean(u.Path), "/.")
	if native == "" {
		native = "index"
	} else if strings.HasSuffix(u.Path, "/") {
		native += "/" // another page than the one without
	}
	if home, err := url.Parse(p.config.Addresses[0]); err == nil && home.Host != u.Host {
		native = u.Host + "/" + native
	}
	if u.RawQuery != "" {
		native += "?" + u.RawQuery
	}
	return native
}

// language is that of the page: what was asked for, else what the page says,
// else what the source file says.
func (p *pages) language(doc *page) string {
	if doc.response.Language != "" {
		return doc.response.Language
	}
	said := doc.FindMatcher(p.section.Fields["title"].Select).First().Closest("[lang]").AttrOr("lang", "")
	for _, tag := range []string{said, doc.Find("html").AttrOr("lang", ""), p.config.Language} {
		if l, ok := recordLanguage(strings.TrimSpace(tag)); ok {
			return l
		}
	}
	return ""
}

// recordLanguage is the tag under which the catalogue keeps a page's text: en
// for en-US, since one of the six official languages is served as a whole;
// others, and Chinese in traditional characters, as they are.
func recordLanguage(tag string) (string, bool) {
	t, err := language.Parse(tag)
	if err != nil || tag == "" || t == language.Und {
		return "", false
	}
	base, _ := t.Base()
	if script, _ := t.Script(); catalog.IsLanguage(base.String()) && script.String() != "Hant" {
		return base.String(), true
	}
	return t.String(), true
}
