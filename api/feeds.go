package api

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"clearinghouse/api/feed"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// feeds are the forms of a search's latest changes. A feed has pages, which next leads on to.
var feeds = []struct {
	name, mime, summary string
	write               func(io.Writer, feed.Feed) error
}{
	{"atom", "application/atom+xml; charset=utf-8", "an Atom feed", feed.Atom},
	{"jsonfeed", "application/feed+json; charset=utf-8", "a JSON Feed", feed.JSON},
}

// feedLimit is how many entries a page of a feed has if nobody says.
const feedLimit = "50"

func (a *api) feedRoutes() (out []route) {
	params := a.filterParams()
	for _, p := range a.paramsOf(func(p catalog.Param) bool { return p.Name == "limit" || p.Name == "cursor" }) {
		if p.Name == "limit" {
			p.Min, p.Default = 1, feedLimit
		}
		params = append(params, p)
	}
	for _, f := range feeds {
		out = append(out, route{
			path: "/api/v1/records." + f.name, id: "feed" + f.name, summary: "What has changed last of a search, the newest first, page by page: " + f.summary,
			params: params, statuses: []int{http.StatusOK, http.StatusNotModified}, mime: f.mime,
			handle: func(c *gin.Context) { a.feed(c, f.name, f.mime, params, f.write) },
		})
	}
	return out
}

func (a *api) feed(c *gin.Context, name, mime string, params []catalog.Param, write func(io.Writer, feed.Feed) error) {
	values, err := given(c, params)
	if err != nil {
		a.fail(c, err)
		return
	}
	q, err := catalog.ParseQuery(values, a.Taxonomy)
	if err != nil {
		a.fail(c, err)
		return
	}
	q.Sort, q.Facets = "updated", nil
	base := a.base(c)
	if a.notModified(c, "feed", name, a.Engine.Snapshot(), q.Values().Encode(), base) {
		return
	}
	results, err := a.Engine.Search(c.Request.Context(), q)
	if err != nil {
		a.fail(c, err)
		return
	}
	path, own := "/api/v1/records."+name, func(cursor string) string {
		v := filterValues(q)
		if strconv.Itoa(q.Limit) != feedLimit {
			v.Set("limit", strconv.Itoa(q.Limit))
		}
		if cursor != "" {
			v.Set("cursor", cursor)
		}
		return base + address("/api/v1/records."+name, v)
	}
	visible := filterValues(q)
	visible.Del("lang")
	f := feed.Feed{ID: base + address(path, filterValues(q)), Title: a.feedTitle(q), Lang: q.Language, Self: own(q.Cursor), Home: base + address("/"+q.Language+"/", visible), Updated: time.Unix(0, 0)}
	if results.Next != "" {
		f.Next = own(results.Next)
	}
	for _, hit := range results.Hits {
		entry, err := a.Store.Get(hit.ID)
		if err != nil {
			a.fail(c, err)
			return
		}
		if !entry.Public() {
			continue // it has gone since
		}
		f.Entries = append(f.Entries, a.feedEntry(entry, q.Language, base))
		if entry.Envelope.Updated.After(f.Updated) {
			f.Updated = entry.Envelope.Updated
		}
	}
	var b bytes.Buffer
	if err := write(&b, f); err != nil {
		a.fail(c, err)
		return
	}
	c.Data(http.StatusOK, mime, b.Bytes())
}

func (a *api) feedEntry(entry *catalog.Entry, lang, base string) feed.Entry {
	r := &entry.Record
	title, language := r.Title.Choose(lang, r.Original)
	summary, spoken := r.Summary.Choose(lang, r.Original)
	out := feed.Entry{
		ID: base + "/api/v1/records/" + url.PathEscape(r.ID), Page: base + "/" + lang + "/records/" + url.PathEscape(r.ID), About: r.URL,
		Title: feed.Text{Text: title, Language: language}, Summary: feed.Text{Text: summary, Language: spoken},
		Published: entry.Envelope.Added, Updated: entry.Envelope.Updated, Licence: r.Provenance.Licence,
	}
	for _, o := range r.Organizations {
		if name, _ := o.Name.Choose(lang, r.Original); o.Role == "lead" && name != "" {
			out.Authors = append(out.Authors, name)
		}
	}
	for _, dimension := range []struct {
		name  string
		codes []string
	}{{"theme", r.Themes}, {"field", r.Fields}, {"country", r.Countries}} {
		for _, code := range dimension.codes {
			out.Categories = append(out.Categories, feed.Category{Scheme: base + "/api/v1/taxonomies?dimension=" + dimension.name, Term: code, Label: a.Taxonomy.Label(dimension.name, code, lang)})
		}
	}
	return out
}

// feedTitle is as in Clearinghouse: “camp”, Jordan.
func (a *api) feedTitle(q catalog.Query) string {
	if asked := a.asked(q); asked != "" {
		return "Clearinghouse: " + asked
	}
	return "Clearinghouse"
}

// asked says in words what a search asks for, as in “camp”, Jordan; "" if for everything.
func (a *api) asked(q catalog.Query) string {
	var said []string
	if q.Text != "" {
		said = append(said, "“"+q.Text+"”")
	}
	for _, filter := range q.Filters {
		f, _ := catalog.FacetByName(filter.Facet)
		for _, value := range filter.Values {
			name := a.label(f, value, q.Language)
			if filter.Not {
				name = "≠ " + name
			}
			said = append(said, name)
		}
	}
	if q.YearFrom > 0 || q.YearTo > 0 {
		year := func(n int) string {
			if n == 0 {
				return ""
			}
			return strconv.Itoa(n)
		}
		said = append(said, year(q.YearFrom)+"–"+year(q.YearTo))
	}
	return strings.Join(said, ", ")
}

// base is the public address of the site: that of its configuration, else the one that was asked.
func (a *api) base(c *gin.Context) string {
	if a.BaseURL != "" {
		return a.BaseURL
	}
	if c.Request.TLS != nil {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}
