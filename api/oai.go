package api

import (
	"net/http"

	"clearinghouse/api/oaipmh"

	"github.com/gin-gonic/gin"
)

// oai answers harvesters at /oai, and browsers with the stylesheet of its answers.
func (a *api) oai(r *gin.Engine) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		r.Handle(method, "/oai", func(c *gin.Context) {
			provider := &oaipmh.Provider{
				Store: a.Store, Taxonomy: a.Taxonomy, Contact: a.Contact,
				Base: func(*http.Request) string { return a.base(c) },
				Fail: func(_ http.ResponseWriter, _ *http.Request, err error) { a.fail(c, err) },
			}
			provider.ServeHTTP(c.Writer, c.Request)
		})
	}
	r.GET("/oai.xsl", func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=86400")
		c.Data(http.StatusOK, "text/xsl; charset=utf-8", oaipmh.Style)
	})
}
