package html

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// The kinds of requests.
const (
	list = "list"
	item = "item"
)

// Start asks for the first list pages.
func (p *pages) Start(string) []format.Request {
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
			doc, err := p.open(response)
			if err != nil {
				yield(format.Result{}, err)
				return
			}
			docs = append(docs, doc)
		}
		yield(read(r, docs))
	}
}

// page is a page of the site, for selectors.
type page struct {
	*goquery.Document
	*format.Page
}

func (p *pages) open(r format.Response) (*page, error) {
	out, err := format.OpenPage(r, string(p.section.Encoding), cmp.Or(r.Language, p.config.Language))
	if err != nil {
		return nil, err
	}
	return &page{goquery.NewDocumentFromNode(out.Root), out}, nil
}

// links resolves addresses on the page, without those that are none of the web.
func (p *page) links(hrefs []string) []string {
	var out []string
	for _, href := range hrefs {
		if address := p.Link(href); address != "" {
			out = append(out, address)
		}
	}
	return out
}

// readList yields a request for each item, then one for the next list page.
func (p *pages) readList(r format.Request, docs []*page) (format.Result, error) {
	var out format.Result
	items, next := docs[0].List(p.section.Item, p.section.Link, p.section.Next)
	if len(items) == 0 && slices.Contains(p.config.Addresses, r.Variants[0].URL) {
		return out, fmt.Errorf("%s: html.item finds no element with %s that leads to an item: compare the selector with the page", docs[0].Response.URL, p.section.Link)
	}
	for _, address := range items {
		out.Next = append(out.Next, format.Request{Kind: item, Variants: p.variants(address)})
	}
	if next != "" {
		out.Next = append(out.Next, format.Request{Kind: list, Required: true, Variants: []format.Variant{{URL: next}}})
	}
	return out, nil
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
	record := &catalog.Record{ID: p.native(original), URL: original.Response.URL}
	item := format.Item{Record: record, Where: original.Response.URL}
	var out format.Result
	refuse := func(doc *page, id, code, message string) {
		out.Refused = append(out.Refused, format.Refuse(id, doc.Response.URL, "", code, message))
	}
	for i, doc := range docs {
		switch to := doc.Response.Final; {
		case i == 0 && p.elsewhere(r.Variants[0].URL, to):
			refuse(doc, "", "not_found", "the page is no longer there: its address leads to "+to)
			return out, nil
		case p.section.NotFound != nil && doc.FindMatcher(p.section.NotFound).Length() > 0:
			refuse(doc, "", "not_found", "the page says that it is not there: html.not_found finds something")
			if i == 0 {
				return out, nil
			}
			continue
		case i > 0 && to != "" && to == original.Response.Final:
			refuse(doc, "", "not_translated", "the address of the translation leads to the original")
			continue
		}
		l := p.language(doc)
		if i == 0 {
			record.Original = l
		}
		p.readFields(&item, doc, l, i == 0)
		if p.section.MainText {
			if err := p.readMainText(record, doc, l); err != nil {
				item.LeftOut = append(item.LeftOut, catalog.Reason{Path: "body", Code: "no_main_text", Message: doc.Response.URL + ": " + err.Error()})
			}
		}
		if i == 0 && record.Title.Empty() { // its id keeps what is stored of it
			message := "html.fields.title finds nothing: compare the selector with the page, or give html.not_found if the page says that it is not there"
			if p.section.Fields["title"].Select == nil {
				message = "the page has no title: give a selector of it in html.fields.title"
			}
			refuse(doc, record.ID, "no_title", message)
			return out, nil
		}
		if parts := format.PartsIn(record, l); i > 0 && len(parts) > 0 && l != record.Original {
			if record.Translations == nil {
				record.Translations = map[string]catalog.Translation{}
			}
			record.Translations[l] = catalog.Translation{Origin: "author", Parts: parts}
			record.Links = append(record.Links, catalog.Link{Rel: "homepage", URL: doc.Response.URL, Language: l})
		}
	}
	out.Items = []format.Item{item}
	return out, nil
}

// readFields puts in what the selectors find on one of the pages.
func (p *pages) readFields(item *format.Item, doc *page, language string, original bool) {
	for _, name := range format.FieldNames() {
		f, mapped := p.section.Fields[name]
		if !mapped {
			continue
		}
		set := format.Fields[name]
		if set.Text != nil {
			found := p.values(doc, f, set.Line)
			if set.Line {
				found = found[:min(len(found), 1)]
			}
			if len(found) > 0 {
				set.Text(item.Record, language, strings.Join(found, "\n\n"))
			}
		} else if original {
			values := p.values(doc, f, true)
			if set.Address {
				values = doc.links(values)
			}
			if err := set.Values(item.Record, values); err != nil {
				item.LeftOut = append(item.LeftOut, catalog.Reason{Path: name, Code: "bad_value", Message: err.Error()})
			}
		}
	}
}

// elsewhere reports an address of an item that leads to a list or the front page of
// the site, as those of pages do that were removed.
func (p *pages) elsewhere(address, to string) bool {
	key := catalog.PageKey(to)
	if to == "" || key == catalog.PageKey(address) {
		return false
	}
	same := func(a string) bool { return catalog.PageKey(a) == key }
	return slices.ContainsFunc(p.config.Addresses, same) || same("https://"+format.Site(address))
}

// native is the source's own id of an item: what the id selector finds, else
// the path of the page without the part that names the language.
func (p *pages) native(original *page) string {
	if p.section.ID != nil {
		for _, id := range p.values(original, *p.section.ID, true) {
			return id
		}
	}
	address := original.Response.Page()
	if t := p.section.Translations; t != nil {
		address = strings.Replace(address, t.From, "/", 1)
	}
	return format.Native(address, p.config.Addresses[0])
}

// language is that of the page: what was asked for, else what the page says,
// else what the source file says.
func (p *pages) language(doc *page) string {
	if doc.Response.Language != "" {
		return doc.Response.Language
	}
	var title *html.Node
	if f := p.section.Fields["title"]; f.Select != nil {
		title = cascadia.Query(doc.Root, f.Select)
	}
	if said := doc.LanguageOf(title); said != "" {
		return said
	}
	l, _ := format.Language(p.config.Language)
	return l
}
