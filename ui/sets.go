package ui

import (
	"net/http"
	"net/url"
)

// freeze has a search frozen, by the form that stands beside its downloads, and leads to the page
// of the set.
func (s *site) freeze(w http.ResponseWriter, r *request) {
	query := r.URL.Query() // all of it, so that the API refuses what it does not know
	set, _, p := s.ask(r, http.MethodPost, "/api/v1/sets", query)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	http.Redirect(w, r.Request, "/"+r.locale.code+"/sets/"+url.PathEscape(text(set["id"])), http.StatusSeeOther)
}

// anySet leads from the address that is the same in all languages to the reader's.
func (s *site) anySet(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept-Language")
	http.Redirect(w, r, "/"+s.preferred(r)+"/sets/"+url.PathEscape(r.PathValue("id")), http.StatusFound)
}

// frozen is the page of a frozen set: what was asked, its files, how to cite it. Of one that was
// removed it is what it was.
func (s *site) frozen(w http.ResponseWriter, r *request) {
	set, status, p := s.ask(r, http.MethodGet, "/api/v1/sets/"+url.PathEscape(r.PathValue("id")), nil)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	sources, p := s.get(r, "/api/v1/sources", nil)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	names := map[any]string{}
	for _, x := range list(sources["items"]) {
		source := x.(map[string]any)
		names[source["id"]] = text(source["name"])
	}
	origins := []any{}
	for _, x := range list(set["licences"]) {
		origin := x.(map[string]any)
		id := text(origin["source"])
		name := names[id]
		if name == "" { // it is no longer configured
			name = id
		}
		origins = append(origins, map[string]any{"name": sourceName(r.locale, id, name), "licence": licence(origin), "records": origin["records"]})
	}
	files := []any{}
	known, _ := set["files"].(map[string]any)
	signpost(w, text(set["href"]), "cite-as", "")
	signpost(w, "https://schema.org/Dataset", "type", "")
	for _, f := range []struct{ name, what, rel, mime string }{ // in the order in which readers want them
		{"records.csv", r.locale.text("take.csv", nil), "item", "text/csv"},
		{"records.parquet", r.locale.text("take.parquet", nil), "item", "application/vnd.apache.parquet"},
		{"records.jsonl", r.locale.text("take.jsonl", nil), "item", "application/jsonl"},
		{"codebook.csv", r.locale.text("set.file.codebook", nil), "item", "text/csv"},
		{"CITATION.cff", r.locale.text("set.file.citation", nil), "describedby", "text/yaml"},
		{"datapackage.json", r.locale.text("set.file.datapackage", nil), "describedby", "application/json"},
		{"croissant.json", r.locale.text("set.file.croissant", nil), "describedby", "application/ld+json"},
	} {
		if href := known[f.name]; href != nil {
			files = append(files, map[string]any{"name": f.name, "href": href, "what": f.what})
			signpost(w, text(href), f.rel, f.mime)
		}
	}
	signpost(w, "/api/v1/sets/"+url.PathEscape(text(set["id"])), "describedby", "application/json")
	v := &view{locale: r.locale, params: s.params}
	entries := r.locale.text("sources.entries", map[string]any{"n": set["count"]})
	lead := r.locale.text("set.lead", map[string]any{"entries": entries, "date": r.locale.date(text(set["created"]))})
	data := map[string]any{"set": set, "origins": origins, "files": files, "lead": lead, "search": page(v, set["search"], "")}
	if set["query"] == "" {
		set["title"] = r.locale.text("set.all", nil)
	}
	s.write(w, r, "set", status, text(set["title"]), lead, data)
}
