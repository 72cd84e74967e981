package ui

import (
	"encoding/xml"
	"net/http"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
)

// robots tells crawlers (RFC 9309) that there is a page for every record, and to leave alone
// pages that have more than one parameter: each filter leads to others, without an end. Programs
// may ask for all.
func (s *site) robots(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /*&\nAllow: /api/\nAllow: /oai\n\nSitemap: " + s.origin(r) + "/sitemap.xml\n"))
}

// openSearch describes the search to browsers, in the reader's language (OpenSearch 1.1).
func (s *site) openSearch(w http.ResponseWriter, r *http.Request) {
	lang := r.URL.Query().Get("lang")
	if !catalog.IsLanguage(lang) {
		lang = catalog.DefaultLanguage
	}
	type address struct {
		Type     string `xml:"type,attr"`
		Rel      string `xml:"rel,attr,omitempty"`
		Template string `xml:"template,attr"`
	}
	type image struct {
		Width  int    `xml:"width,attr"`
		Height int    `xml:"height,attr"`
		Type   string `xml:"type,attr"`
		URL    string `xml:",chardata"`
	}
	l, base := s.locales[lang], s.origin(r)
	out, err := xml.MarshalIndent(struct {
		XMLName     xml.Name  `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
		ShortName   string    // at most 16 characters
		Description string    // at most 1,024
		Addresses   []address `xml:"Url"`
		Image       image
		Language    string
		Encoding    string `xml:"InputEncoding"`
	}{
		ShortName: fitting(l.text("site.name", nil), 16), Description: l.text("search.label", nil),
		Addresses: []address{
			{Type: "text/html", Template: base + "/" + lang + "/?q={searchTerms}"},
			{Type: "application/atom+xml", Template: base + "/api/v1/records.atom?lang=" + lang + "&q={searchTerms}"},
			{Type: "application/opensearchdescription+xml", Rel: "self", Template: base + "/opensearch.xml?lang=" + lang},
		},
		Image: image{32, 32, "image/svg+xml", base + s.prefix + "icon.svg"}, Language: lang, Encoding: "UTF-8",
	}, "", " ")
	if err != nil {
		http.Error(w, "the description could not be made: try again", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/opensearchdescription+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write(append([]byte(xml.Header), out...))
}

// fitting are the first words of a name that have together at most so many characters.
func fitting(name string, most int) string {
	for utf8.RuneCountInString(name) > most {
		at := strings.LastIndexByte(name, ' ')
		if at < 0 {
			return string([]rune(name)[:most])
		}
		name = name[:at]
	}
	return name
}
