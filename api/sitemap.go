package api

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// sitemapRecords is how many records are in a file: with their pages in six languages it stays
// far below what the protocol allows (sitemaps.org: 50,000 addresses, 50 MB).
const sitemapRecords = 1_000

// sitemap keeps the ids of all public records, sorted, as long as the index stays as it is: a
// crawler asks for one file after the other.
type sitemap struct {
	mu       sync.Mutex
	snapshot string
	ids      []string
}

func (a *api) sitemapIDs(c *gin.Context) ([]string, error) {
	s := &a.sitemaps
	s.mu.Lock()
	defer s.mu.Unlock()
	if snapshot := a.Engine.Snapshot(); s.snapshot != snapshot {
		ids, _, err := export.Find(c.Request.Context(), a.Engine, catalog.Query{Language: catalog.DefaultLanguage})
		if err != nil {
			return nil, err
		}
		s.snapshot, s.ids = snapshot, ids
	}
	return s.ids, nil
}

const sitemapType = "application/xml; charset=utf-8"

// sitemapIndex lists the files that list the pages of the site.
func (a *api) sitemapIndex(c *gin.Context) {
	ids, err := a.sitemapIDs(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	base := a.base(c)
	if a.notModified(c, "sitemap", base, a.Engine.Snapshot()) {
		return
	}
	var b bytes.Buffer
	b.WriteString(xml.Header + `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	fmt.Fprintf(&b, "<sitemap><loc>%s/sitemap/pages.xml</loc></sitemap>\n", escapeXML(base))
	for i := range (len(ids) + sitemapRecords - 1) / sitemapRecords {
		fmt.Fprintf(&b, "<sitemap><loc>%s/sitemap/records-%d.xml</loc></sitemap>\n", escapeXML(base), i+1)
	}
	b.WriteString("</sitemapindex>\n")
	c.Data(http.StatusOK, sitemapType, b.Bytes())
}

// sitemapFile lists pages in all languages, each with the others: pages.xml those of the site,
// records-1.xml and so on those of the records.
func (a *api) sitemapFile(c *gin.Context) {
	ids, err := a.sitemapIDs(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	base := a.base(c)
	if a.notModified(c, "sitemap", c.Param("file"), base, a.Engine.Snapshot()) {
		return
	}
	var b bytes.Buffer
	b.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
	number, isRecords := strings.CutPrefix(strings.TrimSuffix(c.Param("file"), ".xml"), "records-")
	n, _ := strconv.Atoi(number)
	switch {
	case c.Param("file") == "pages.xml":
		for _, path := range []string{"", "coverage", "start", "sources", "contribute", "data", "about"} {
			writePages(&b, base, path, time.Time{})
		}
		for _, dimension := range []string{"theme", "country"} {
			for _, term := range a.Taxonomy.Terms(dimension) {
				writePages(&b, base, map[string]string{"theme": "themes/", "country": "countries/"}[dimension]+url.PathEscape(term.Code), time.Time{})
			}
		}
	case isRecords && n > 0 && n <= (len(ids)+sitemapRecords-1)/sitemapRecords:
		for _, id := range ids[(n-1)*sitemapRecords : min(n*sitemapRecords, len(ids))] {
			entry, err := a.Store.Get(id)
			if err != nil {
				a.fail(c, err)
				return
			}
			if entry.Public() {
				writePages(&b, base, "records/"+url.PathEscape(id), entry.Envelope.Updated)
			}
		}
	default:
		a.fail(c, catalog.Errorf(catalog.NotFound, "there is no file %.100q of the site map: /sitemap.xml lists them", c.Param("file")))
		return
	}
	b.WriteString("</urlset>\n")
	c.Data(http.StatusOK, sitemapType, b.Bytes())
}

// writePages writes the addresses of a page in all languages.
func writePages(w io.Writer, base, path string, updated time.Time) {
	address := func(lang string) string { return escapeXML(base + "/" + lang + "/" + path) }
	for _, lang := range catalog.Languages {
		fmt.Fprintf(w, "<url><loc>%s</loc>", address(lang))
		if !updated.IsZero() {
			fmt.Fprintf(w, "<lastmod>%s</lastmod>", updated.UTC().Format(time.RFC3339))
		}
		for _, other := range catalog.Languages {
			fmt.Fprintf(w, `<xhtml:link rel="alternate" hreflang="%s" href="%s"/>`, other, address(other))
		}
		fmt.Fprintf(w, `<xhtml:link rel="alternate" hreflang="x-default" href="%s"/>`+"</url>\n", address(catalog.DefaultLanguage))
	}
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes all
	return b.String()
}
