package export

import (
	"encoding/json"
	"io"

	"clearinghouse/catalog"
)

// schemaTypes are what schema.org calls the kinds of records.
var schemaTypes = map[string]string{
	"initiative": "Project", "organization": "Organization", "resource": "CreativeWork", "event": "Event", "expert": "Person", "opportunity": "Grant",
}

// JSONLD writes an entry in the vocabulary of schema.org, for readers of a language. base is the
// public address of the site, "" if it has none; label names codes of a dimension.
func JSONLD(w io.Writer, entry *catalog.Entry, lang, base string, label func(dimension, code string) string) error {
	r := &entry.Record
	title, language := r.Title.Choose(lang, r.Original)
	summary, _ := r.Summary.Choose(lang, r.Original)
	out := map[string]any{"@context": "https://schema.org", "@type": schemaTypes[r.Kind], "identifier": r.ID, "name": title}
	set := func(key string, value any) {
		switch v := value.(type) {
		case string:
			if v == "" {
				return
			}
		case []string:
			if len(v) == 0 {
				return
			}
		case []any:
			if len(v) == 0 {
				return
			}
		}
		out[key] = value
	}
	names := func(dimension string, codes []string) (all []string) {
		for _, code := range codes {
			all = append(all, label(dimension, code))
		}
		return all
	}
	var others []string
	for _, l := range r.Title.Languages() {
		if l != language && r.Title[l] != title {
			others = append(others, r.Title[l])
		}
	}
	set("alternateName", others)
	set("description", summary)
	set("url", r.URL)
	var pages []string
	for _, link := range r.Links {
		if link.URL != r.URL {
			pages = append(pages, link.URL)
		}
	}
	byRole := map[string][]any{}
	for _, o := range r.Organizations {
		name, _ := o.Name.Choose(lang, r.Original)
		organization := map[string]any{"@type": "Organization", "name": name}
		if o.URL != "" {
			organization["url"] = o.URL
		}
		byRole[o.Role] = append(byRole[o.Role], organization)
	}
	set("funder", byRole["funder"])
	switch r.Kind {
	case "initiative":
		set("foundingDate", r.Start)
		set("dissolutionDate", r.End)
		set("parentOrganization", byRole["lead"])
		set("member", byRole["partner"])
		set("areaServed", names("country", r.Countries))
		set("knowsLanguage", r.Languages)
	case "event":
		set("startDate", r.Start)
		set("endDate", r.End)
		set("organizer", byRole["lead"])
		set("location", names("country", r.Countries))
	case "resource":
		set("datePublished", r.Start)
		set("publisher", byRole["lead"])
		set("inLanguage", r.Languages)
	}
	if r.Kind != "expert" && r.Kind != "opportunity" {
		set("keywords", append(names("theme", r.Themes), names("field", r.Fields)...))
	}
	set("subjectOf", append([]any{entryPage(entry, lang, base)}, webPages(pages)...))
	encoder := json.NewEncoder(w) // it writes < and > so that the text can stand in a page
	return encoder.Encode(out)
}

// entryPage is the page of the record here.
func entryPage(entry *catalog.Entry, lang, base string) map[string]any {
	page := map[string]any{"@type": "WebPage", "inLanguage": lang, "isPartOf": map[string]any{"@type": "DataCatalog", "name": "Clearinghouse"}}
	if base != "" {
		page["url"] = entryURL(&entry.Record, lang, base)
	}
	if licences := entry.Licences(); len(licences) == 1 {
		page["license"] = licences[0]
	} else if len(licences) > 1 {
		page["license"] = licences
	}
	return page
}

func webPages(addresses []string) (out []any) {
	for _, address := range addresses {
		out = append(out, map[string]any{"@type": "WebPage", "url": address})
	}
	return out
}
