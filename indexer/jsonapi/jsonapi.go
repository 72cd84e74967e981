package jsonapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// Start asks for the first page at each address.
func (l *list) Start(string) []format.Request {
	var out []format.Request
	for _, a := range l.config.Addresses {
		switch s := l.section; {
		case s.Page != nil:
			first := 1
			if s.Page.Start != nil {
				first = *s.Page.Start
			}
			a = with(a, s.Page.Parameter, strconv.Itoa(first), s.Page.SizeParameter, strconv.Itoa(s.Page.Size))
		case s.Offset != nil:
			a = with(a, s.Offset.Parameter, "0", s.Offset.LimitParameter, strconv.Itoa(s.Offset.Limit))
		}
		out = append(out, format.Request{Required: true, Variants: []format.Variant{{URL: a}}})
	}
	return out
}

// with sets parameters of an address, given as names and values; those without
// a name are left out.
func with(address string, pairs ...string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Parse yields the items of a page, then the request for the next one.
func (l *list) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		response := responses[0]
		fail := func(err error) { yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, err)) }
		answer, err := l.read(response.Body, response.ContentType)
		if err != nil {
			fail(err)
			return
		}
		items, ok := l.found(answer)
		if !ok && r.Before.Items == 0 {
			fail(fmt.Errorf("jsonapi.items: %s finds nothing: the answer is %s", l.section.Items, keys(answer)))
			return
		}
		if r.Before.Items == 0 {
			if err := l.check(items); err != nil {
				fail(err)
				return
			}
		}
		at, err := url.Parse(cmp.Or(response.Final, response.URL))
		if err != nil {
			fail(err)
			return
		}
		next, err := l.next(r, response.Links, at, answer, items)
		if err != nil {
			fail(err)
			return
		}
		page := format.Result{}
		var part format.Part
		seen := map[string]bool{}
		for n, i := range items {
			where := fmt.Sprintf("%s item %d", response.URL, n+1)
			item, refused := l.adapt(i, at, where)
			if refused == nil && seen[item.Record.ID] {
				twice := format.Refuse("", where, "id", format.SameID, fmt.Sprintf("another item of the page has the same id, %.200q", item.Record.ID))
				refused = &twice
			}
			if refused == nil {
				seen[item.Record.ID] = true
			}
			if n < r.Skip {
				continue
			}
			size := 0
			if refused != nil {
				page.Refused = append(page.Refused, *refused)
			} else {
				page.Items = append(page.Items, item)
				for _, name := range catalog.TextParts {
					for _, s := range item.Record.Part(name) {
						size += len(s)
					}
				}
			}
			if full := part.Full(size); full && n < len(items)-1 {
				page.Skip = n + 1
				if !yield(page, nil) {
					return
				}
				page = format.Result{}
			}
		}
		page.Next = next
		yield(page, nil)
	}
}

// next asks for the page after this one. The list ends with a page without
// items, when all of the total were seen, or where the answer leads nowhere.
func (l *list) next(r format.Request, links []string, at *url.URL, answer any, items []any) ([]format.Request, error) {
	s := l.section
	if len(items) == 0 {
		return nil, nil
	}
	now := format.Before{Items: r.Before.Items + len(items), Mark: l.mark(items)}
	if now.Mark == r.Before.Mark {
		return nil, errors.New("the page has the same items as the one before: compare how jsonapi goes on (page, offset, cursor, next) with the description of the API")
	}
	if s.Total != nil {
		total, err := strconv.ParseFloat(single(*s.Total, answer), 64)
		switch {
		case err == nil && float64(now.Items) >= total:
			return nil, nil
		case err != nil && r.Before.Items == 0:
			return nil, fmt.Errorf("jsonapi.total: %s finds no number: the answer is %s", s.Total, keys(answer))
		}
	}
	here := r.Variants[0].URL
	u, err := url.Parse(here)
	if err != nil {
		return nil, err
	}
	address := ""
	switch {
	case s.Page != nil:
		number, err := strconv.Atoi(u.Query().Get(s.Page.Parameter))
		if err != nil {
			return nil, fmt.Errorf("jsonapi.page: %q in the address is no number", s.Page.Parameter)
		}
		address = with(here, s.Page.Parameter, strconv.Itoa(number+1))
	case s.Offset != nil:
		address = with(here, s.Offset.Parameter, strconv.Itoa(now.Items))
	case s.Cursor != nil:
		if value := single(s.Cursor.From, answer); value != "" {
			address = with(here, s.Cursor.Parameter, value)
		}
	case s.Next == "link":
		address = format.Resolve(at, linked(links))
	case s.next != nil:
		address = format.Resolve(at, single(*s.next, answer))
	}
	if address == "" {
		return nil, nil
	}
	return []format.Request{{Before: now, Required: true, Variants: []format.Variant{{URL: address}}}}, nil
}

// check names the path that finds nothing in any item of the first page.
func (l *list) check(items []any) error {
	if len(items) == 0 {
		return nil
	}
	finds := func(f field) bool {
		return slices.ContainsFunc(items, func(i any) bool { return len(f.Path.find(i)) > 0 })
	}
	if !finds(*l.section.ID) {
		return fmt.Errorf("jsonapi.id: %s finds nothing in any item: the first is %s", l.section.ID.Path, keys(items[0]))
	}
	var titles []string
	for key, f := range l.section.Fields {
		if name, _, _ := strings.Cut(key, "@"); name == "title" {
			if finds(f) {
				return nil
			}
			titles = append(titles, f.Path.String())
		}
	}
	return fmt.Errorf("jsonapi.fields.title: %s finds nothing in any item: the first is %s", strings.Join(slices.Sorted(slices.Values(titles)), " or "), keys(items[0]))
}

// mark is a short hash of the ids of items.
func (l *list) mark(items []any) string {
	sum := sha256.New()
	for _, i := range items {
		fmt.Fprintf(sum, "%q", l.id(i))
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}
