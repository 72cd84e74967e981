package ui

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// about is the page of what the collection is for and how it is kept.
func (s *site) about(w http.ResponseWriter, r *request) {
	codes, p := s.codes(r, "theme", "evidence", "criterion")
	if p != nil {
		s.fail(w, r, p)
		return
	}
	v := &view{locale: r.locale}
	for _, x := range codes["theme"] {
		theme := x.(map[string]any)
		theme["href"] = v.address("themes/"+url.PathEscape(text(theme["code"])), nil)
	}
	for _, x := range codes["evidence"] {
		level := x.(map[string]any)
		level["href"] = v.searchPage([]param{{"evidence", text(level["code"])}})
	}
	s.write(w, r, "about", http.StatusOK, r.locale.text("about.title", nil), r.locale.text("about.mandate.here", nil), map[string]any{
		"themes": codes["theme"], "evidence": codes["evidence"], "criteria": codes["criterion"],
	})
}

// contribute is the page of how something gets into the collection.
func (s *site) contribute(w http.ResponseWriter, r *request) {
	data := map[string]any{}
	if s.Contact != "" {
		href := s.Contact
		if !strings.Contains(href, "://") {
			href = "mailto:" + href
		}
		data["contact"] = map[string]any{"name": strings.TrimPrefix(s.Contact, "https://"), "href": href}
	}
	s.write(w, r, "contribute", http.StatusOK, r.locale.text("contribute.title", nil), r.locale.text("contribute.lead", nil), data)
}

// data is the page for those who take the collection with them.
func (s *site) data(w http.ResponseWriter, r *request) {
	all, p := s.get(r, "/api/v1/records", url.Values{"limit": {"0"}, "facets": {"none"}})
	if p != nil {
		s.fail(w, r, p)
		return
	}
	sources, p := s.get(r, "/api/v1/sources", nil)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	base := s.origin(r.Request)
	licences := []any{}
	for _, x := range list(sources["items"]) {
		source := x.(map[string]any)
		if named := licence(source); named != nil {
			licences = append(licences, map[string]any{"source": sourceName(r.locale, text(source["id"]), text(source["name"])), "licence": named})
		}
	}
	described, p := s.get(r, "/api/v1/dataset.jsonld", nil)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	s.write(w, r, "data", http.StatusOK, r.locale.text("data.title", nil), r.locale.text("data.lead", map[string]any{"n": all["total"]}), map[string]any{
		"total": all["total"], "exports": all["exports"], "jsonld": described, "licences": licences, "examples": examples(base, r.locale.code),
		"freeze":   "/" + r.locale.code + "/sets",
		"follow":   "curl '" + base + "/api/v1/changes?since=0'",
		"citation": s.cited(r, "/"),
	})
}

// cited is a reference in words to a page of the site, as of today.
func (s *site) cited(r *request, path string) string {
	today := time.Now().UTC()
	return r.locale.text("data.citation", map[string]any{
		"name": r.locale.text("site.name", nil), "year": r.locale.year(today.Format("2006")), "address": s.origin(r.Request) + path, "date": r.locale.date(today.Format(time.DateOnly)),
	})
}

// origin is the address under which the reader reaches the site.
func (s *site) origin(r *http.Request) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	return "http://" + r.Host
}

// examples ask the API for the same in the languages of researchers.
func examples(base, lang string) []any {
	query := base + "/api/v1/records?q=media+literacy&country=JO&lang=" + lang
	return []any{
		map[string]any{"language": "curl", "code": "curl '" + query + "'"},
		map[string]any{"language": "R", "code": "library(jsonlite)\nfound <- fromJSON(\"" + query + "\")\nfound$total\nfound$items$title$text\n\nall <- stream_in(url(\"" + base + "/api/v1/records.jsonl\"))"},
		map[string]any{"language": "Python", "code": "import json, urllib.request\n\nwith urllib.request.urlopen(\"" + query + "\") as answer:\n    found = json.load(answer)\nprint(found[\"total\"], [item[\"title\"][\"text\"] for item in found[\"items\"]])\n\nwith urllib.request.urlopen(\"" + base + "/api/v1/records.jsonl\") as lines:\n    all = [json.loads(line) for line in lines]"},
	}
}
