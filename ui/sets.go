package ui

import (
	"net/http"
	"net/url"
)

// freeze has a search frozen, by the form that stands beside its downloads, and leads to the page
// of the set.
func (s *site) freeze(w http.ResponseWriter, r *request) {
	query := url.Values{}
	for _, p := range parseParams(r.URL.RawQuery, s.params) {
		if p.name != "sort" && p.name != "cursor" {
			query.Add(p.name, p.value)
		}
	}
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
	for _, f := range []struct{ name, what string }{ // in the order in which readers want them
		{"records.csv", r.locale.text("take.csv", nil)},
		{"records.parquet", r.locale.text("take.parquet", nil)},
		{"records.jsonl", r.locale.text("take.jsonl", nil)},
		{"codebook.csv", r.locale.text("set.file.codebook", nil)},
		{"CITATION.cff", r.locale.text("set.file.citation", nil)},
		{"datapackage.json", r.locale.text("set.file.datapackage", nil)},
		{"croissant.json", r.locale.text("set.file.croissant", nil)},
	} {
		if href := known[f.name]; href != nil {
			files = append(files, map[string]any{"name": f.name, "href": href, "what": f.what})
		}
	}
	v := &view{locale: r.locale, params: s.params}
	entries := r.locale.text("sources.entries", map[string]any{"n": set["count"]})
	lead := r.locale.text("set.lead", map[string]any{"entries": entries, "date": r.locale.date(text(set["created"]))})
	data := map[string]any{"set": set, "origins": origins, "files": files, "lead": lead, "search": page(v, set["search"], "")}
	if set["query"] == "" {
		set["title"] = r.locale.text("set.all", nil)
	}
	s.write(w, r, "set", status, text(set["title"]), lead, data)
}
