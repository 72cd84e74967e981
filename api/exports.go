package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
)

// exportRoutes are one route a format, for whole results.
func (a *api) exportRoutes() (out []route) {
	for _, f := range export.Formats {
		out = append(out, route{
			path: "/api/v1/records." + f.Name, id: "export" + f.Name, summary: "Every record of a search, by id: " + f.Summary,
			params: append(a.filterParams(), f.Params...), handle: a.export(f), statuses: []int{http.StatusOK}, mime: f.MIME,
		})
	}
	return out
}

// exports are the addresses of a search's whole result, by format, and of its feeds.
func exports(q catalog.Query) map[string]string {
	out := map[string]string{}
	for _, f := range export.Formats {
		out[f.Name] = address("/api/v1/records."+f.Name, filterValues(q))
	}
	for _, f := range feeds {
		out[f.name] = address("/api/v1/records."+f.name, filterValues(q))
	}
	return out
}

// export answers with the whole result of a search as a file. X-Total-Count says beforehand how
// many entries it has. If it breaks off, the connection does too, so that no client takes it for
// whole.
func (a *api) export(f export.Format) gin.HandlerFunc {
	return func(c *gin.Context) {
		values, err := parameters(c)
		if err != nil {
			a.fail(c, err)
			return
		}
		q, options, err := f.Parse(values, a.Taxonomy)
		if err != nil {
			a.fail(c, err)
			return
		}
		if ready, why := a.Ready(); !ready { // or it would be a part that looks whole
			a.fail(c, catalog.Errorf(catalog.Unavailable, "%s", why))
			return
		}
		set, err := export.Select(c.Request.Context(), a.Store, a.Engine, q)
		if err != nil {
			a.fail(c, err)
			return
		}
		set.Time, set.Taxonomy, set.BaseURL, set.Options = time.Now(), a.Taxonomy, a.BaseURL, options
		c.Header("Content-Type", f.MIME)
		disposition := `attachment; filename="` + set.FileName() + "." + f.Name + `"`
		if full := set.FullName(); full != set.FileName() { // RFC 8187
			disposition += "; filename*=UTF-8''" + url.PathEscape(full) + "." + f.Name
		}
		c.Header("Content-Disposition", disposition)
		c.Header("X-Total-Count", strconv.Itoa(set.Total))
		c.Header("Cache-Control", "no-store")
		if f.Packed {
			c.Header(gzhttp.HeaderNoCompression, "1")
		}
		if c.Request.Method == http.MethodHead {
			return
		}
		if err := f.Write(c.Writer, set); err != nil {
			a.brokeOff(c, f.Name, err)
		}
	}
}
