package ui

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"clearinghouse/catalog"
)

// signpost says to programs in a Link header what a page leads to (RFC 8288; FAIR Signposting,
// https://signposting.org/FAIR/).
func signpost(w http.ResponseWriter, address, rel, mime string) {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return
	}
	if u.Host != "" { // a header is ASCII
		host, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			return
		}
		if port := u.Port(); port != "" {
			host += ":" + port
		}
		u.Host = host
	}
	value := "<" + escapeQuery.Replace(u.String()) + `>; rel="` + rel + `"`
	if mime != "" {
		value += `; type="` + mime + `"`
	}
	w.Header().Add("Link", value)
}

// signpostRecord leads from the page of a record to what it is about, to its other forms, and to how it is cited:
// in the language it was written in, whichever page one comes from.
func (s *site) signpostRecord(w http.ResponseWriter, r *request, data map[string]any, api string) {
	original := text(data["original"])
	if !catalog.IsLanguage(original) {
		original = catalog.DefaultLanguage
	}
	signpost(w, s.origin(r.Request)+"/"+original+"/records/"+url.PathEscape(text(data["id"])), "cite-as", "")
	signpost(w, "https://schema.org/AboutPage", "type", "")
	if described, ok := data["jsonld"].(map[string]any); ok {
		signpost(w, "https://schema.org/"+text(described["@type"]), "type", "")
	}
	for _, form := range [][2]string{
		{"", "application/json"}, {".jsonld", "application/ld+json"}, {".dc.xml", "application/xml"}, {".csl.json", "application/vnd.citationstyles.csl+json"}, {".bib", "application/x-bibtex"}, {".ris", "application/x-research-info-systems"},
	} {
		signpost(w, api+form[0]+"?lang="+r.locale.code, "describedby", form[1])
	}
	named := map[string]bool{}
	for _, origin := range append([]any{data}, list(data["members"])...) {
		if licence, ok := origin.(map[string]any)["licence"].(map[string]any); ok && !named[text(licence["href"])] {
			named[text(licence["href"])] = true
			signpost(w, text(licence["href"]), "license", "")
		}
	}
	for _, x := range leads(&view{data: data}) {
		signpost(w, text(x.(map[string]any)["url"]), "author", "")
	}
}

// escapeQuery escapes what may stand in a query as url.URL has it, and not in a header.
var escapeQuery = strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", " ", "%20")
