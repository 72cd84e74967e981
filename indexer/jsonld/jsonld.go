package jsonld

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/andybalholm/cascadia"
)

// The kinds of requests.
const (
	start   = "start" // a sitemap or a page, as what is there shows
	sitemap = "sitemap"
	list    = "list"
	item    = "item"
)

// A result has at most partItems records, or partLinks further requests.
const (
	partItems = 500
	partLinks = 1_000
)

// Start asks for the addresses of the source.
func (p *pages) Start(string) []format.Request {
	kind := start
	if p.section.Item != nil {
		kind = list
	}
	var out []format.Request
	for _, a := range p.config.Addresses {
		out = append(out, request(kind, a))
	}
	return out
}

// request asks for one address; without an item the source can still be seen
// whole.
func request(kind, address string) format.Request {
	return format.Request{Kind: kind, Required: kind != item, Variants: []format.Variant{{URL: address}}}
}

// Parse reads a sitemap or a list page into requests, or a page into records.
func (p *pages) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		response := responses[0]
		if r.Kind == start || r.Kind == sitemap {
			in, err := unpack(response.Body)
			if err != nil {
				yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, err))
				return
			}
			head, err := in.Peek(4096)
			if err != nil && err != io.EOF {
				yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, err))
				return
			}
			if r.Kind == sitemap || isSitemap(head) {
				p.readSitemap(r, response, readSitemap(in, base(response)), yield)
				return
			}
			response.Body = in
		}
		page, err := format.OpenPage(response, string(p.section.Encoding), p.config.Language)
		switch {
		case err != nil:
			yield(format.Result{}, err)
		case r.Kind == list:
			yield(p.readList(r, page))
		default:
			p.readPage(r, page, yield)
		}
	}
}

func base(r format.Response) *url.URL {
	if u, err := url.Parse(r.Final); err == nil {
		return u
	}
	return &url.URL{}
}

// wanted reports the addresses that are followed.
func (p *pages) wanted(address string) bool {
	return p.section.Match == nil || p.section.Match.MatchString(address)
}

// readSitemap yields a request for each page and each further sitemap, as far as
// they lie on its own site or one that the source file names; robots.txt may name
// sitemaps that lie elsewhere. It counts addresses in Request.Skip.
func (p *pages) readSitemap(r format.Request, response format.Response, entries iter.Seq2[entry, error], yield func(format.Result, error) bool) {
	var out format.Result
	sites := map[string]bool{format.Site(response.URL): true, format.Site(response.Page()): true}
	for _, a := range p.config.Addresses {
		sites[format.Site(a)] = true
	}
	seen, taken, foreign, example := 0, 0, 0, ""
	for e, err := range entries {
		if err != nil {
			if len(out.Next) > 0 && !yield(format.Result{Next: out.Next, Skip: seen}, nil) {
				return
			}
			yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, err))
			return
		}
		seen++
		if !e.robots && !sites[format.Site(e.address)] {
			foreign, example = foreign+1, cmp.Or(example, e.address)
			continue
		}
		kind := item
		if e.sitemap {
			kind = sitemap
		} else if !p.wanted(e.address) {
			continue
		}
		if taken++; seen <= r.Skip {
			continue
		}
		out.Next = append(out.Next, request(kind, e.address))
		if len(out.Next) >= partLinks {
			out.Skip = seen
			if !yield(out, nil) {
				return
			}
			out = format.Result{}
		}
	}
	elsewhere := fmt.Sprintf("%d of the %d addresses of the sitemap are not on its own site and are not followed, the first is %.200s: if that is one of the source, give it as a further address",
		foreign, seen, example)
	if foreign > 0 {
		out.Refused = append(out.Refused, format.Refuse("", response.URL, "", "foreign_site", elsewhere))
	}
	switch {
	case seen == 0:
		yield(out, fmt.Errorf("%s: the sitemap has no address of a page", response.URL))
	case foreign == seen:
		yield(format.Result{}, fmt.Errorf("%s: %s", response.URL, elsewhere))
	case taken == 0 && r.Kind == start:
		yield(out, fmt.Errorf("%s: jsonld.match fits none of the %d addresses of the sitemap: compare it with them", response.URL, seen))
	case len(out.Next)+len(out.Refused) > 0 || r.Skip == 0 && taken == 0:
		yield(out, nil)
	}
}

// readList yields a request for each item, then one for the next list page.
func (p *pages) readList(r format.Request, page *format.Page) (format.Result, error) {
	var out format.Result
	items, next := page.List(p.section.Item, p.section.Link, p.section.Next)
	for _, address := range items {
		if p.wanted(address) {
			out.Next = append(out.Next, request(item, address))
		}
	}
	if len(out.Next) == 0 && slices.Contains(p.config.Addresses, r.Variants[0].URL) {
		return out, fmt.Errorf("%s: jsonld.item finds no element with %s that leads to an item: compare the selector with the page", page.Response.URL, p.section.Link)
	}
	if next != "" {
		out.Next = append(out.Next, request(list, next))
	}
	return out, nil
}

// readPage yields the records of a page. A page without any is no fault where a
// sitemap leads to all the pages of a site; where the source file says which
// pages are items, or gives this one, it is.
func (p *pages) readPage(r format.Request, page *format.Page, yield func(format.Result, error) bool) {
	address := page.Response.URL
	id := p.native(page.Response)
	var refused []catalog.Refusal
	refuse := func(id, code, message string) {
		refused = append(refused, format.Refuse(id, address, "", code, message))
	}
	if p.section.NotFound != nil && cascadia.Query(page.Root, p.section.NotFound) != nil {
		refuse("", "not_found", "the page says that it is not there: jsonld.not_found finds something")
		yield(format.Result{Refused: refused}, nil)
		return
	}
	g := newGraph(page)
	broken := g.readScripts()
	g.readMicrodata()
	for _, err := range broken {
		refuse(id, "broken_json", err.Error())
	}
	items, withdrawn, left := p.adapt(g)
	for _, id := range left {
		refuse(id, "too_much", fmt.Sprintf("the records of the page are made of more than %d MiB, with what several of them refer to: divide the page", maxRead>>20))
	}
	if len(items)+len(withdrawn)+len(refused) == 0 {
		message := "the page has no structured data (JSON-LD or microdata) of a type that becomes a record"
		if names := g.typeNames(); names != "" {
			message += "; it has " + names
		}
		switch {
		case r.Kind == start:
			yield(format.Result{}, fmt.Errorf("%s: %s: give the address of a sitemap or of a page that has", address, message))
			return
		case p.section.Match != nil || p.section.Item != nil:
			refuse(id, "no_data", message)
		}
	}
	for part := r.Skip; ; part += partItems {
		end := min(part+partItems, len(items))
		out := format.Result{Items: items[min(part, end):end]}
		if end == len(items) {
			out.Refused, out.Withdrawn = refused, withdrawn
			yield(out, nil)
			return
		}
		out.Skip = end
		if !yield(out, nil) {
			return
		}
	}
}
