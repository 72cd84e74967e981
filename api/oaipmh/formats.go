package oaipmh

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"clearinghouse/catalog"
)

// format is a form of the metadata.
type format struct {
	Prefix    string `xml:"metadataPrefix"`
	Schema    string `xml:"schema"`
	Namespace string `xml:"metadataNamespace"`
	write     func(*call, *catalog.Entry) string
}

// formats are Dublin Core, which every harvester knows, and MODS, which keeps languages, roles and
// the parts of a practice apart.
var formats = []*format{
	{"oai_dc", dcSchema, dcNamespace, (*call).dublinCore},
	{"mods", modsSchema, modsNamespace, (*call).mods},
}

const (
	dcNamespace   = "http://www.openarchives.org/OAI/2.0/oai_dc/"
	dcSchema      = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
	modsNamespace = "http://www.loc.gov/mods/v3"
	modsSchema    = "http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"
)

func formatOf(prefix string) *format {
	i := slices.IndexFunc(formats, func(f *format) bool { return f.Prefix == prefix })
	if i < 0 {
		return nil
	}
	return formats[i]
}

// writer writes elements.
type writer struct{ strings.Builder }

// element writes one with a text, unless that is empty.
func (w *writer) element(name, text string, attrs ...string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	w.open(name, attrs...)
	w.WriteString(escape(text))
	w.close(name)
}

// open writes the beginning of an element; attrs are names and values, of which empty ones are
// left out.
func (w *writer) open(name string, attrs ...string) {
	w.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			fmt.Fprintf(w, ` %s="%s"`, attrs[i], escape(attrs[i+1]))
		}
	}
	w.WriteString(">")
}

func (w *writer) close(name string) { w.WriteString("</" + name + ">") }

// replaced are the identifiers of the records that an entry stands for besides its own.
func (c *call) replaced(entry *catalog.Entry) (ids []string) {
	for _, m := range entry.Envelope.Members {
		if m.ID != entry.Record.ID {
			ids = append(ids, "oai:"+c.domain+":"+m.ID)
		}
	}
	return ids
}

func (c *call) page(r *catalog.Record) string {
	lang := r.Original
	if !catalog.IsLanguage(lang) {
		lang = catalog.DefaultLanguage
	}
	return c.base + "/" + lang + "/records/" + r.ID
}

// DublinCore writes an entry as a document of oai_dc. base is the public address of the site.
func DublinCore(w io.Writer, entry *catalog.Entry, t *catalog.Taxonomy, base string) error {
	c := &call{Provider: &Provider{Taxonomy: t}, base: base}
	c.domain = domainOf(base)
	_, err := io.WriteString(w, xml.Header+strings.Replace(c.dublinCore(entry), " ", ` xmlns:xsi="`+schemaInstance+`" `, 1)+"\n")
	return err
}

func (c *call) dublinCore(entry *catalog.Entry) string {
	w := &writer{}
	r := &entry.Record
	english := func(dimension, code string) string { return c.Taxonomy.Label(dimension, code, catalog.DefaultLanguage) }
	w.open("oai_dc:dc", "xmlns:oai_dc", dcNamespace, "xmlns:dc", "http://purl.org/dc/elements/1.1/", "xsi:schemaLocation", dcNamespace+" "+dcSchema)
	for _, language := range r.Title.Languages() {
		w.element("dc:title", r.Title[language], "xml:lang", language)
	}
	for _, o := range r.Organizations {
		name, language := o.Name.Choose(r.Original, r.Original)
		part := "dc:contributor"
		if o.Role == "lead" {
			part = "dc:creator"
		}
		w.element(part, name, "xml:lang", language)
	}
	for _, theme := range r.Themes {
		w.element("dc:subject", english("theme", theme), "xml:lang", "en")
	}
	for _, field := range r.Fields {
		w.element("dc:subject", english("field", field), "xml:lang", "en")
	}
	for _, language := range r.Summary.Languages() {
		w.element("dc:description", r.Summary[language], "xml:lang", language)
	}
	w.element("dc:date", r.Start)
	w.element("dc:type", english("kind", r.Kind), "xml:lang", "en")
	w.element("dc:identifier", c.page(r))
	w.element("dc:identifier", r.URL)
	for _, origin := range entry.Origins() {
		w.element("dc:source", origin.URL)
	}
	for _, language := range r.Languages {
		w.element("dc:language", language)
	}
	for _, id := range c.replaced(entry) {
		w.element("dc:relation", id)
	}
	for _, country := range r.Countries {
		w.element("dc:coverage", english("country", country), "xml:lang", "en")
	}
	for _, licence := range entry.Licences() {
		w.element("dc:rights", licence)
	}
	w.close("oai_dc:dc")
	return w.String()
}

// modsRoles are the MARC relators of the roles of organisations.
var modsRoles = map[string]string{"lead": "org", "partner": "ctb", "funder": "fnd"}

func (c *call) mods(entry *catalog.Entry) string {
	w := &writer{}
	r := &entry.Record
	w.open("mods", "xmlns", modsNamespace, "version", "3.8", "xsi:schemaLocation", modsNamespace+" "+modsSchema)
	for _, language := range r.Title.Languages() {
		kind := "translated"
		if language == r.Original {
			kind = ""
		}
		w.open("titleInfo", "type", kind, "xml:lang", language)
		w.element("title", r.Title[language])
		w.close("titleInfo")
	}
	for _, o := range r.Organizations {
		name, language := o.Name.Choose(r.Original, r.Original)
		w.open("name", "type", "corporate", "xml:lang", language)
		w.element("namePart", name)
		if role := modsRoles[o.Role]; role != "" {
			w.open("role")
			w.element("roleTerm", role, "type", "code", "authority", "marcrelator")
			w.close("role")
		}
		w.element("nameIdentifier", o.URL, "type", "uri")
		w.close("name")
	}
	w.element("genre", r.Kind, "authority", "clearinghouse")
	if r.Start != "" || r.End != "" {
		w.open("originInfo")
		w.element("dateCreated", r.Start, "encoding", "w3cdtf", "point", "start")
		w.element("dateCreated", r.End, "encoding", "w3cdtf", "point", "end")
		w.close("originInfo")
	}
	for _, language := range r.Languages {
		w.open("language")
		w.element("languageTerm", language, "type", "code", "authority", "rfc5646")
		w.close("language")
	}
	for _, language := range r.Summary.Languages() {
		w.element("abstract", r.Summary[language], "xml:lang", language)
	}
	for _, audience := range r.Audiences {
		w.element("targetAudience", audience, "authority", "clearinghouse")
	}
	note := func(kind string, text catalog.Text) {
		for _, language := range text.Languages() {
			w.element("note", text[language], "type", kind, "xml:lang", language)
		}
	}
	note("body", r.Body)
	for _, term := range c.Taxonomy.Terms("part") {
		note(term.Code, r.Practice[term.Code])
	}
	w.element("note", r.Evidence, "type", "evidence")
	for _, dimension := range []struct {
		name  string
		codes []string
	}{{"theme", r.Themes}, {"field", r.Fields}} {
		for _, code := range dimension.codes {
			w.open("subject", "authority", "clearinghouse")
			w.element("topic", c.Taxonomy.Label(dimension.name, code, catalog.DefaultLanguage), "xml:lang", "en")
			w.close("subject")
		}
	}
	for _, country := range r.Countries {
		w.open("subject")
		w.element("geographicCode", strings.ToLower(country), "authority", "iso3166")
		w.close("subject")
	}
	for _, link := range r.Links {
		w.open("relatedItem", "displayLabel", link.Rel)
		w.open("location")
		w.element("url", link.URL)
		w.close("location")
		w.close("relatedItem")
	}
	for _, id := range c.replaced(entry) {
		w.open("relatedItem", "type", "preceding")
		w.element("identifier", id, "type", "oai")
		w.close("relatedItem")
	}
	w.element("identifier", r.ID, "type", "local")
	w.open("location")
	w.element("url", c.page(r), "usage", "primary display")
	w.element("url", r.URL)
	w.close("location")
	for _, licence := range entry.Licences() {
		w.element("accessCondition", licence, "type", "use and reproduction")
	}
	w.open("recordInfo")
	w.element("recordContentSource", r.Provenance.Source)
	w.element("recordCreationDate", stamp(entry.Envelope.Added), "encoding", "w3cdtf")
	w.element("recordChangeDate", stamp(entry.Envelope.Updated), "encoding", "w3cdtf")
	w.element("recordIdentifier", r.ID)
	w.close("recordInfo")
	w.close("mods")
	return w.String()
}
