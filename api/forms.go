package api

import (
	"io"
	"strconv"
	"strings"

	"clearinghouse/api/export"
	"clearinghouse/api/oaipmh"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// form is one in which a record can be had: the ending of its address. A reference is a file
// to keep.
type form struct {
	ending, mime string
	reference    bool
	write        func(a *api, w io.Writer, entry *catalog.Entry, lang, base string) error
}

var forms = []form{
	{".ris", "application/x-research-info-systems; charset=utf-8", true, reference(export.RIS)},
	{".bib", "application/x-bibtex; charset=utf-8", true, reference(export.BibTeX)},
	{".csl.json", "application/vnd.citationstyles.csl+json; charset=utf-8", true, reference(export.CSLJSON)},
	{".dc.xml", "application/xml; charset=utf-8", false, func(a *api, w io.Writer, entry *catalog.Entry, _, base string) error {
		return oaipmh.DublinCore(w, entry, a.Taxonomy, base)
	}},
	{".jsonld", "application/ld+json; charset=utf-8", false, func(a *api, w io.Writer, entry *catalog.Entry, lang, _ string) error {
		return export.JSONLD(w, entry, lang, a.BaseURL, func(dimension, code string) string { return a.Taxonomy.Label(dimension, code, lang) })
	}},
}

func reference(write func(io.Writer, export.Citation) error) func(*api, io.Writer, *catalog.Entry, string, string) error {
	return func(a *api, w io.Writer, entry *catalog.Entry, lang, _ string) error {
		return write(w, export.NewCitation(entry, lang, a.BaseURL, func(theme string) string { return a.Taxonomy.Label("theme", theme, lang) }))
	}
}

// formed is the form that the path asks for, and the id without the ending. An id that
// really ends so wins.
func (a *api) formed(id string) (string, *form) {
	for i, each := range forms {
		if bare, ok := strings.CutSuffix(id, each.ending); ok {
			if _, err := a.Store.Get(id); catalog.CodeOf(err) == catalog.NotFound {
				return bare, &forms[i]
			}
		}
	}
	return id, nil
}

// formRecord answers with a record in another form than its own.
func (a *api) formRecord(c *gin.Context, entry *catalog.Entry, f *form, lang string) {
	r := &entry.Record
	base := a.base(c)
	a.describes(c, r.ID, lang)
	if a.notModified(c, "form", f.ending, r.ID, strconv.FormatUint(entry.Envelope.Seq, 10), a.Taxonomy.Version(), lang, base) {
		return
	}
	c.Header("Content-Type", f.mime)
	if f.reference {
		c.Header("Content-Disposition", `attachment; filename="`+fileName(r.ID)+f.ending+`"`)
	}
	if err := f.write(a, c.Writer, entry, lang, base); err != nil {
		a.Log.Warn("record broke off", "error", err)
	}
}

// describes says which page an answer describes (FAIR Signposting, https://signposting.org/FAIR/).
func (a *api) describes(c *gin.Context, id, lang string) {
	c.Header("Link", "<"+a.base(c)+"/"+lang+"/records/"+id+`>; rel="describes"; type="text/html"`)
}

// fileName is an id without what some systems do not take in the name of a file.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, id)
}
