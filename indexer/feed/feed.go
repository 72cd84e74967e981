package feed

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// Start asks for each feed.
func (f *feeds) Start(string) []format.Request { return format.Ask(f.config.Addresses) }

// Parse yields the items of a feed, then its next page. A feed that breaks off
// ends with an error after the items before that.
func (f *feeds) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		response := responses[0]
		doc, err := f.open(response)
		if err != nil {
			yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, err))
			return
		}
		next, err := f.next(r, doc)
		if err != nil {
			yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, err))
			return
		}
		page := format.Result{Window: true}
		var part format.Part
		if r.Skip == 0 {
			page.Refused = doc.refused
		}
		seen := map[string]bool{}
		for n, i := range doc.items {
			id := native(i)
			twice, long := id != "" && seen[id], len(i.Title)+len(i.Description)+len(i.Content)
			seen[id] = true
			if n < r.Skip {
				continue
			}
			entity := doc.entities.In(i.Title, i.Description, i.Content)
			switch at := where(response, i, n); {
			case twice:
				page.Refused = append(page.Refused, format.Refuse("", at, "id", format.SameID, fmt.Sprintf("another item of the feed has the same id, %.200q", id)))
			case entity != "":
				page.Refused = append(page.Refused, format.Refuse("", at, "", "entity", fmt.Sprintf("the item has the entity &%.40s;, which the feed defines itself and which is not read: tell its owner", entity)))
			case long > catalog.MaxRecordBytes:
				page.Refused = append(page.Refused, format.Refuse("", at, "", "too_long", fmt.Sprintf("the item is longer than %d bytes", catalog.MaxRecordBytes)))
			default:
				page.Items = append(page.Items, f.adapt(i, doc, id, at))
			}
			if full := part.Full(long); full && n < len(doc.items)-1 {
				page.Skip = n + 1
				if !yield(page, nil) {
					return
				}
				page = format.Result{Window: true}
			}
		}
		page.Next = next
		if yield(page, nil) && doc.broken != nil {
			yield(format.Result{}, fmt.Errorf("%s: %w", response.URL, doc.broken))
		}
	}
}

// open decodes and parses a response.
func (f *feeds) open(r format.Response) (*document, error) {
	body, err := format.ReadWhole(r.Body)
	if err != nil {
		return nil, err
	}
	if body, err = toUTF8(body, r.ContentType, string(f.section.Encoding)); err != nil {
		return nil, err
	}
	address := r.Final
	if address == "" {
		address = r.URL
	}
	return parse(body, address)
}

// next asks for the page after this one. Without `pages:` it is the one that the
// feed leads to. With it there may also be one by WordPress's parameter; then
// Request.Kind says how many pages were read, how many items this one should
// have and what the page before it held.
func (f *feeds) next(r format.Request, doc *document) ([]format.Request, error) {
	now := format.Before{Pages: r.Before.Pages + 1, Last: len(doc.items), Mark: doc.mark()}
	ask := func(address string) []format.Request {
		return []format.Request{{Before: now, Variants: []format.Variant{{URL: address}}}}
	}
	if f.section.Pages == 0 {
		if doc.next == "" {
			return nil, nil
		}
		return ask(doc.next), nil
	}
	if now.Mark == r.Before.Mark {
		return nil, errors.New("this page has the same items as the one before: remove feed.pages, the server does not page its feed")
	}
	if now.Pages >= f.section.Pages || len(doc.items) == 0 {
		return nil, nil
	}
	if doc.next != "" {
		return ask(doc.next), nil
	}
	if len(doc.items) < r.Before.Last {
		return nil, nil // the last page is the shorter one
	}
	u, err := url.Parse(r.Variants[0].URL)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("paged", strconv.Itoa(now.Pages+1))
	u.RawQuery = q.Encode()
	return ask(u.String()), nil
}

// mark is a short hash of the ids of the page.
func (d *document) mark() string {
	sum := sha256.New()
	for _, i := range d.items {
		fmt.Fprintf(sum, "%q", native(i))
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

// native is the source's own id of an item: what the feed says, else its
// address, else a hash of title and date.
func native(i item) string {
	if id := strings.TrimSpace(i.GUID); id != "" {
		return id
	}
	if link := format.Resolve(i.base, i.Link); link != "" {
		return link
	}
	if i.Title == "" && i.Description == "" && i.Content == "" {
		return ""
	}
	title := i.Title
	if title == "" {
		title = i.Description + i.Content
	}
	sum := sha256.Sum256([]byte(format.Line(title) + "\n" + i.Published))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

func where(r format.Response, i item, n int) string {
	if link := format.Resolve(i.base, i.Link); link != "" {
		return link
	}
	return fmt.Sprintf("%s item %d", r.URL, n+1)
}
