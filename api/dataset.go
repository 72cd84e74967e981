package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// The whole collection is described at two addresses that stay: for search engines in the
// vocabulary of schema.org, for portals of open data as DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/).

const (
	datasetPath = "/api/v1/dataset.jsonld"
	dcatPath    = "/api/v1/dcat.jsonld"

	datasetName        = "Clearinghouse: practices of intercultural dialogue and cooperation"
	datasetDescription = "Practices, organisations, materials and resources of dialogue and cooperation between cultures, in the fields of youth, education, media and migration, with texts in six languages, what is known of their results, and the pages that each statement rests on."

	rights = "Each entry states the licence of the source that it comes from." // where not all have the same one
)

// whole is what a description of the collection is made of.
type whole struct {
	base    string
	lang    string // of keywords
	total   int
	changed string // day of the last change
	licence string // address, if it is one of all
	themes  []catalog.Term
}

func (a *api) whole(c *gin.Context) (whole, error) {
	out := whole{base: a.base(c), themes: a.Taxonomy.Terms("theme")}
	total, head, err := a.Store.Published()
	if err != nil {
		return out, err
	}
	out.total = total
	if head > 0 {
		last, err := a.Store.Changes(c.Request.Context(), head-1, 1)
		if err != nil {
			return out, err
		}
		if len(last) > 0 {
			out.changed = last[0].Time.UTC().Format("2006-01-02")
		}
	}
	sources, err := a.collected(c.Request.Context())
	for i, s := range slices.DeleteFunc(sources.Items, func(s source) bool { return s.Records == 0 }) {
		if address := catalog.LicenceAddress(s.Licence); i == 0 {
			out.licence = address
		} else if address != out.licence {
			out.licence = ""
			break
		}
	}
	return out, err
}

// described answers with a description of the collection.
func (a *api) described(description func(whole) map[string]any) gin.HandlerFunc {
	return func(c *gin.Context) {
		values, err := given(c, a.langParam())
		var w whole
		if err == nil {
			w, err = a.whole(c)
		}
		if err != nil {
			a.fail(c, err)
			return
		}
		w.lang = values.Get("lang")
		if a.notModified(c, c.Request.URL.Path, w.base, w.lang, a.Engine.Snapshot(), w.licence) {
			return
		}
		write(c, http.StatusOK, "application/ld+json; charset=utf-8", description(w))
	}
}

func schemaDataset(w whole) map[string]any {
	var keywords []string
	for _, t := range w.themes {
		keywords = append(keywords, t.Label[w.lang])
	}
	files := []any{}
	for _, f := range export.Formats {
		mime, _, _ := strings.Cut(f.MIME, ";")
		files = append(files, map[string]any{"@type": "DataDownload", "name": f.Name, "description": f.Summary, "encodingFormat": mime, "contentUrl": w.base + "/api/v1/records." + f.Name})
	}
	organization := map[string]any{"@type": "Organization", "name": "Clearinghouse", "url": w.base + "/"}
	out := map[string]any{
		"@context": "https://schema.org", "@type": "Dataset", "@id": w.base + datasetPath, "name": datasetName, "description": datasetDescription, "url": w.base + "/en/data",
		"inLanguage": catalog.Languages, "keywords": keywords, "isAccessibleForFree": true, "creator": organization, "publisher": organization, "distribution": files,
		"size": strconv.Itoa(w.total) + " entries", "includedInDataCatalog": map[string]any{"@type": "DataCatalog", "name": "Clearinghouse", "url": w.base + "/"},
	}
	if w.changed != "" {
		out["dateModified"] = w.changed
	}
	if w.licence != "" {
		out["license"] = w.licence
	} else {
		out["usageInfo"] = w.base + "/en/data#licence"
		out["conditionsOfAccess"] = rights
	}
	return out
}

func dcatCatalog(w whole) map[string]any {
	themes := []any{}
	for _, t := range w.themes {
		labels := []any{}
		for _, lang := range t.Label.Languages() {
			labels = append(labels, map[string]any{"@value": t.Label[lang], "@language": lang})
		}
		themes = append(themes, map[string]any{"@id": w.base + "/en/themes/" + t.Code, "@type": "skos:Concept", "skos:prefLabel": labels})
	}
	files := []any{}
	for _, f := range export.Formats {
		mime, _, _ := strings.Cut(f.MIME, ";")
		address := map[string]any{"@id": w.base + "/api/v1/records." + f.Name}
		files = append(files, map[string]any{"@id": w.base + "/api/v1/records." + f.Name + "#distribution", "@type": "dcat:Distribution", "dct:title": f.Name, "dct:description": f.Summary, "dcat:mediaType": map[string]any{"@id": "https://www.iana.org/assignments/media-types/" + mime}, "dcat:downloadURL": address, "dcat:accessURL": address})
	}
	languages := []any{}
	for _, code := range catalog.Languages {
		languages = append(languages, map[string]any{"@id": "http://id.loc.gov/vocabulary/iso639-1/" + code})
	}
	publisher := map[string]any{"@id": w.base + "/#publisher", "@type": "foaf:Agent", "foaf:name": "Clearinghouse"}
	dataset := map[string]any{
		"@id": w.base + datasetPath, "@type": "dcat:Dataset", "dct:title": map[string]any{"@value": datasetName, "@language": "en"}, "dct:description": map[string]any{"@value": datasetDescription, "@language": "en"},
		"dct:publisher": publisher, "dcat:theme": themes, "dct:language": languages, "dcat:landingPage": map[string]any{"@id": w.base + "/en/data"}, "dcat:distribution": files,
	}
	if w.changed != "" {
		dataset["dct:modified"] = map[string]any{"@value": w.changed, "@type": "xsd:date"}
	}
	if w.licence != "" {
		dataset["dct:license"] = map[string]any{"@id": w.licence}
	} else {
		dataset["dct:rights"] = map[string]any{"@id": w.base + "/en/data#licence", "@type": "dct:RightsStatement", "rdfs:label": map[string]any{"@value": rights, "@language": "en"}}
	}
	return map[string]any{
		"@context": map[string]any{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "skos": "http://www.w3.org/2004/02/skos/core#", "xsd": "http://www.w3.org/2001/XMLSchema#"},
		"@id":      w.base + dcatPath, "@type": "dcat:Catalog", "dct:title": "Clearinghouse", "dct:description": datasetDescription, "dct:publisher": publisher, "dcat:dataset": []any{dataset},
		"dcat:service": []any{
			map[string]any{"@id": w.base + "/api/v1/openapi.json", "@type": "dcat:DataService", "dct:title": "JSON API", "dcat:endpointURL": map[string]any{"@id": w.base + "/api/v1/records"}, "dcat:endpointDescription": map[string]any{"@id": w.base + "/api/v1/openapi.json"}, "dcat:servesDataset": map[string]any{"@id": w.base + datasetPath}},
			map[string]any{"@id": w.base + "/oai", "@type": "dcat:DataService", "dct:title": "OAI-PMH 2.0", "dcat:endpointURL": map[string]any{"@id": w.base + "/oai"}, "dct:conformsTo": map[string]any{"@id": "http://www.openarchives.org/OAI/openarchivesprotocol.html"}, "dcat:servesDataset": map[string]any{"@id": w.base + datasetPath}},
		},
	}
}
