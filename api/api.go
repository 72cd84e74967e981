// Package api serves the catalogue as JSON over HTTP. It is the only package
// that knows Gin. Everything public is readable without a key.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
)

// Engine answers queries. Its methods may be called at the same time; a query
// that cannot be answered is a catalog.Error of code Invalid.
type Engine interface {
	export.Searcher
	Matrix(ctx context.Context, q catalog.Query, rows, cols string) (catalog.Matrix, error)
	// Suggest finds what somebody may mean who is typing, at most limit of each kind.
	Suggest(ctx context.Context, q catalog.Query, limit int) (catalog.Suggestions, error)
	// Similar are the records most like another one, the likest first.
	Similar(ctx context.Context, id, lang string, limit int) ([]catalog.Hit, error)
	// Snapshot names the state of the index; it changes with every change of it.
	Snapshot() string
}

// Options are what the API needs. All are required but Admin, BaseURL and Contact.
type Options struct {
	Store    Store
	Sets     Sets
	Engine   Engine
	Taxonomy *catalog.Taxonomy
	// Sources are those that are pulled, with their last runs. It is for those who
	// ask about sources; all others need SourceName alone.
	Sources    func() ([]catalog.SourceInfo, error)
	SourceName func(id string) string          // what readers call a source, "" if it has no name
	Ready      func() (ready bool, why string) // why is one sentence, for a person, when not ready
	Admin      Admin                           // nil: nobody has a key
	Log        *slog.Logger
	Version    string // of the program
	BaseURL    string // public address, as in https://example.org; "": that which is asked
	Contact    string // e-mail address of the operator for harvesters, "" if there is none
	// Stopping ends when the server is to stop, so that nobody waits for a change any longer; nil: never.
	Stopping context.Context
}

type api struct {
	Options
	params     []catalog.Param
	answers    answers
	sitemaps   sitemap
	quota      quota // of frozen sets
	freezing   sync.Mutex
	sameOrigin *http.CrossOriginProtection
}

// New makes the handler of /api/v1/, /oai, /sitemap.xml, /sitemap/, /healthz and /readyz. Any other path is
// answered with a problem document.
func New(o Options) (http.Handler, error) {
	a := &api{Options: o, params: catalog.Params(o.Taxonomy), sameOrigin: http.NewCrossOriginProtection()}
	if a.Stopping == nil {
		a.Stopping = context.Background()
	}
	document, err := a.openAPI()
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false
	if err := r.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil { // X-Forwarded-For of others says nothing
		return nil, err
	}
	r.UseRawPath, r.UnescapePathValues = true, true
	r.Use(a.logRequests, a.recoverPanics, allowOrigins)
	r.NoRoute(func(c *gin.Context) {
		a.fail(c, catalog.Errorf(catalog.NotFound, "there is nothing at %s: see /api/v1/openapi.json for what there is", c.Request.URL.Path))
	})
	r.NoMethod(func(c *gin.Context) {
		a.problem(c, http.StatusMethodNotAllowed, catalog.Errorf(catalog.Invalid, "%s is not possible here: see /api/v1/openapi.json for what is", c.Request.Method))
	})
	a.oai(r)
	for _, route := range a.routes() {
		methods := []string{http.MethodGet, http.MethodHead}
		if route.method != "" {
			methods = []string{route.method}
		}
		for _, method := range methods {
			r.Handle(method, route.path, route.handle)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r.Handle(method, "/api/v1/openapi.json", func(c *gin.Context) {
			if a.notModified(c, "openapi", string(document)) {
				return
			}
			c.Data(http.StatusOK, jsonType, document)
		})
	}
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(3))
	if err != nil {
		return nil, err
	}
	return wrap(r), nil
}

// route is one row of the table that registers the handlers and builds the
// OpenAPI document.
type route struct {
	path    string // in Gin's form
	id      string // operationId
	summary string
	params  []catalog.Param
	answer  any // a value of the answer's type; nil if mime is set
	handle  gin.HandlerFunc
	// statuses are those of the answer and of others that are no problem. Problems
	// may come of every route.
	statuses []int
	method   string // "" is GET, and HEAD with it, for everybody; with one, a key is needed
	mime     string // of an answer that is no JSON
}

func (a *api) routes() []route {
	const ok, created, accepted, moved, notModified, gone, seeOther = http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusMovedPermanently, http.StatusNotModified, http.StatusGone, http.StatusSeeOther
	return slices.Concat(a.exportRoutes(), a.feedRoutes(), []route{
		{"/api/v1/records", "searchRecords", "Search and filter the catalogue, with counts beside every filter", a.params, recordsAnswer{}, a.kept(a.records), []int{ok, notModified}, "", ""},
		{"/api/v1/records/:id", "getRecord", "One record, whole; after the id .jsonld gives it in the vocabulary of schema.org, .dc.xml in Dublin Core, .ris, .bib and .csl.json a reference to it", a.langParam(), recordAnswer{}, a.record, []int{ok, moved, notModified}, "", ""},
		{"/api/v1/records/:id/similar", "getSimilar", "The records most like one", a.similarParams(), similarAnswer{}, a.similar, []int{ok, moved, notModified}, "", ""},
		{"/api/v1/records/:id/history", "getHistory", "The versions of a record, the newest first", a.langParam(), historyAnswer{}, a.history, []int{ok, moved, notModified}, "", ""},
		{"/api/v1/suggest", "suggest", "What somebody may mean who is typing: concepts, places, organisations, records", a.suggestParams(), suggestAnswer{}, a.kept(a.suggest), []int{ok, notModified}, "", ""},
		{"/api/v1/coverage", "getCoverage", "Count the records of a search by two facets", a.coverageParams(), coverageAnswer{}, a.kept(a.coverage), []int{ok, notModified}, "", ""},
		{"/api/v1/coverage.csv", "getCoverageTable", "The same as a table for spreadsheets", a.coverageParams(), nil, a.coverageTable, []int{ok, notModified}, "", export.CSVType},
		{"/api/v1/changes", "getChanges", "What has changed in the catalogue, in order: to keep a copy of it up to date", changesParams(), changesAnswer{}, func(c *gin.Context) { a.changes(c, false) }, []int{ok, notModified}, "", ""},
		{"/api/v1/changes.jsonl", "streamChanges", "The same, a change a line; the header Link has the next page, X-Head the head", changesParams(), nil, func(c *gin.Context) { a.changes(c, true) }, []int{ok, notModified}, "", "application/jsonl; charset=utf-8"},
		{"/api/v1/sources", "getSources", "Where the catalogue comes from: sources, licences and last runs", a.langParam(), sourcesAnswer{}, a.sources, []int{ok, notModified}, "", ""},
		{"/api/v1/taxonomies", "getTaxonomies", "The vocabulary: codes with their labels", a.taxonomiesParams(), taxonomiesAnswer{}, a.taxonomies, []int{ok, notModified}, "", ""},
		{"/api/v1/sets", "freezeSet", "Freeze the answer to a search, so that exactly it can be had again and cited; the same answer to the same search is the same set", a.filterParams(), setAnswer{}, a.freeze, []int{created, ok, gone}, http.MethodPost, ""},
		{"/api/v1/sets", "listSets", "All frozen sets, the newest first", nil, setsAnswer{}, a.frozenSets, []int{ok}, "", ""},
		{"/api/v1/sets/:id", "getSet", "A frozen set: what it is, its files, how to cite it; a browser is led to its page", a.langParam(), setAnswer{}, a.frozenSet, []int{ok, gone, notModified, seeOther}, "", ""},
		{"/api/v1/sets/:id/:file", "getSetFile", "A file of a frozen set", nil, nil, a.frozenFile, []int{ok, gone, notModified}, "", "application/octet-stream"},
		{"/api/v1/admin/sets/:id", "removeSet", "Take a frozen set away; it answers 410 with what it was from then on; needs a key", removeParams(), setAnswer{}, a.keyed(a.removeSet), []int{ok}, http.MethodDelete, ""},
		{"/api/v1/admin/pull", "pullSources", "Pull sources now; needs a key", pullParams(), pullAnswer{}, a.keyed(a.pull), []int{accepted}, http.MethodPost, ""},
		{"/api/v1/admin/keys", "listKeys", "All keys, without their secrets; needs a key", nil, keysAnswer{}, a.keyed(a.keys), []int{ok}, http.MethodGet, ""},
		{"/api/v1/admin/keys", "addKey", "Make a key, whose secret is shown this once; needs a key", keyParams(), newKeyAnswer{}, a.keyed(a.addKey), []int{created}, http.MethodPost, ""},
		{"/api/v1/admin/keys/:id", "revokeKey", "Make a key useless; needs a key", nil, revokedAnswer{}, a.keyed(a.revokeKey), []int{ok}, http.MethodDelete, ""},
		{"/sitemap.xml", "getSitemap", "The files that list the pages of the site (sitemaps.org)", nil, nil, a.sitemapIndex, []int{ok, notModified}, "", sitemapType},
		{"/sitemap/:file", "getSitemapFile", "Pages of the site in all languages", nil, nil, a.sitemapFile, []int{ok, notModified}, "", sitemapType},
		{datasetPath, "describeDataset", "The whole collection in the vocabulary of schema.org", a.langParam(), nil, a.described(schemaDataset), []int{ok, notModified}, "", "application/ld+json"},
		{dcatPath, "describeCatalog", "The whole collection as a DCAT catalogue", a.langParam(), nil, a.described(dcatCatalog), []int{ok, notModified}, "", "application/ld+json"},
		{"/healthz", "isAlive", "Whether the program runs", nil, stateAnswer{}, a.healthz, []int{ok}, "", ""},
		{"/readyz", "isReady", "Whether the index has caught up with the store", nil, stateAnswer{}, a.readyz, []int{ok}, "", ""},
	})
}

func (a *api) langParam() []catalog.Param {
	return a.paramsOf(func(p catalog.Param) bool { return p.Name == "lang" })
}

// filterParams narrow the set of records; lang is among them.
func (a *api) filterParams() []catalog.Param {
	return a.paramsOf(func(p catalog.Param) bool { return p.Filter || p.Name == "lang" })
}

func (a *api) paramsOf(keep func(catalog.Param) bool) []catalog.Param {
	var out []catalog.Param
	for _, p := range a.params {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

type stateAnswer struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

func (a *api) healthz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	a.json(c, stateAnswer{"alive", a.Version})
}

func (a *api) readyz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if ready, why := a.Ready(); !ready {
		a.fail(c, catalog.Errorf(catalog.Unavailable, "%s", why))
		return
	}
	a.json(c, stateAnswer{"ready", a.Version})
}
