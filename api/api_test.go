package api_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clearinghouse/api"
	"clearinghouse/catalog"
	"clearinghouse/search"
	"clearinghouse/store"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"
)

// fixture is a real store and a real index behind the API.
type fixture struct {
	options api.Options
	handler http.Handler
	log     *strings.Builder
}

const records = `
{"id":"s:path","kind":"initiative","original":"en","title":{"en":"A path of three faiths","ar":"مسار ثلاثة أديان"},"summary":{"en":"Walkers of three faiths share a path."},"fields":["youth"],"themes":["dialogue"],"countries":["JO","PS"],"organizations":[{"id":"s:walkers","name":{"en":"Walkers"},"role":"lead"}],"evidence":"evaluated","start":"2008-05","links":[{"rel":"example","url":"https://example.org/walk"}],"url":"https://example.org/","provenance":{"source":"s"}}
{"id":"s:news","kind":"initiative","original":"fr","title":{"fr":"Lire la presse à l’école"},"summary":{"fr":"Des élèves apprennent à juger l’information."},"fields":["media","education"],"themes":["media-literacy"],"countries":["FR"],"start":"1990","provenance":{"source":"s"}}
{"id":"s:walkers","kind":"organization","original":"en","title":{"en":"Walkers’ Association","ar":"جمعية المشاة"},"provenance":{"source":"s"}}
{"id":"s:gone","kind":"resource","original":"en","title":{"en":"A page that went away"},"provenance":{"source":"s"}}
`

func newFixture(t testing.TB) *fixture {
	t.Helper()
	ctx := context.Background()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := store.Open(dir, "import", taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	page := catalog.Page{Source: "s", State: catalog.Published, Time: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	for line := range strings.Lines(strings.TrimSpace(records)) {
		r, err := catalog.DecodeRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		r.Clean(taxonomy)
		if reasons := r.Validate(taxonomy); len(reasons) > 0 {
			t.Fatal(reasons)
		}
		page.Records = append(page.Records, r)
	}
	if _, err := s.Save(ctx, page); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, catalog.Page{Source: "s", Withdrawn: []string{"s:gone"}, Time: page.Time}); err != nil {
		t.Fatal(err)
	}
	index, _, err := search.Open(filepath.Join(dir, "index"), s, taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { index.Close() })
	if err := index.Sync(ctx, nil); err != nil {
		t.Fatal(err)
	}
	f := &fixture{log: &strings.Builder{}}
	f.options = api.Options{
		Store: s, Sets: s, Engine: index, Taxonomy: taxonomy, Version: "1",
		Sources:    func() ([]catalog.SourceInfo, error) { return nil, nil },
		SourceName: func(id string) string { return map[string]string{"s": "A ministry"}[id] },
		Ready:      func() (bool, string) { return true, "" },
		Log:        slog.New(slog.NewTextHandler(f.log, nil)),
	}
	f.open(t)
	return f
}

func (f *fixture) open(t testing.TB) {
	t.Helper()
	var err error
	if f.handler, err = api.New(f.options); err != nil {
		t.Fatal(err)
	}
}

// merged adds a record that lives on in s:path.
func (f *fixture) merged(t testing.TB) {
	t.Helper()
	s := f.options.Store.(*store.Store)
	r, err := catalog.DecodeRecord([]byte(`{"id":"t:path","kind":"initiative","original":"en","title":{"en":"A path of three faiths"},"provenance":{"source":"t"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), catalog.Page{Source: "t", State: catalog.Published, Time: time.Now(), Records: []*catalog.Record{r}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(t.Context(), []string{"s:path", "t:path"}, catalog.Edit{By: "Amal"}, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) get(path string, header ...string) *http.Response {
	return f.do(http.MethodGet, path, header...)
}

func (f *fixture) do(method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func answer[T any](t *testing.T, r *http.Response) T {
	t.Helper()
	var v T
	if text := body(t, r); r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, text)
	} else if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

type broken struct{ api.Engine }

func (broken) Search(context.Context, catalog.Query) (catalog.Results, error) {
	return catalog.Results{}, errors.New("secret: disk sector 7 is gone")
}

func (broken) Matrix(context.Context, catalog.Query, string, string) (catalog.Matrix, error) {
	panic("secret: nil map")
}

// TestProblems walks through every way in which a request can fail: each is a
// problem document with the right status and code, and none tells an internal.
func TestProblems(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		method, path string
		status       int
		code         catalog.ErrorCode
		param        string
	}{
		{"GET", "/api/v1/records?colour=red", 400, catalog.Invalid, "colour"},
		{"GET", "/api/v1/records?theme=cooking", 400, catalog.Invalid, "theme"},
		{"GET", "/api/v1/records?limit=1000", 400, catalog.Invalid, "limit"},
		{"GET", "/api/v1/records?cursor=made-up", 400, catalog.Invalid, "cursor"},
		{"GET", "/api/v1/records?theme=dialogue;country=JO", 400, catalog.Invalid, ""},
		{"GET", "/api/v1/records.jsonl?theme=%zz", 400, catalog.Invalid, ""},
		{"GET", "/api/v1/coverage?%zz", 400, catalog.Invalid, ""},
		{"GET", "/api/v1/taxonomies?lang=ar;q", 400, catalog.Invalid, ""},
		{"GET", "/api/v1/records/s:path?lang=ar;q", 400, catalog.Invalid, ""},
		{"GET", "/api/v1/records?q=%ff", 400, catalog.Invalid, "q"},
		{"GET", "/api/v1/records.jsonl?limit=5", 400, catalog.Invalid, "limit"},
		{"GET", "/sitemap/records-2.xml", 404, catalog.NotFound, ""},
		{"GET", "/sitemap/other", 404, catalog.NotFound, ""},
		{"GET", "/api/v1/records.docx", 404, catalog.NotFound, ""},
		{"GET", "/api/v1/records/s:nothing", 404, catalog.NotFound, ""},
		{"GET", "/api/v1/records/s:gone", 404, catalog.NotFound, ""},
		{"GET", "/api/v1/records/s:path?q=a", 400, catalog.Invalid, "q"},
		{"GET", "/api/v1/records/s:path?lang=de", 400, catalog.Invalid, "lang"},
		{"GET", "/api/v1/coverage?rows=colour", 400, catalog.Invalid, "rows"},
		{"GET", "/api/v1/coverage?rows=theme&cols=theme", 400, catalog.Invalid, "cols"},
		{"GET", "/api/v1/coverage?rows=theme&rows=field", 400, catalog.Invalid, "rows"},
		{"GET", "/api/v1/coverage?sort=title", 400, catalog.Invalid, "sort"},
		{"GET", "/api/v1/coverage.csv?rows=colour", 400, catalog.Invalid, "rows"},
		{"GET", "/api/v1/coverage.csv?rows=theme&cols=theme", 400, catalog.Invalid, "cols"},
		{"GET", "/api/v1/taxonomies?dimension=colour", 400, catalog.Invalid, "dimension"},
		{"GET", "/api/v1/taxonomies?lang=xx", 400, catalog.Invalid, "lang"},
		{"GET", "/api/v1/taxonomies?q=a", 400, catalog.Invalid, "q"},
		{"GET", "/api/v1/changes?since=-1", 400, catalog.Invalid, "since"},
		{"GET", "/api/v1/changes?since=1&since=2", 400, catalog.Invalid, "since"},
		{"GET", "/api/v1/changes?limit=501", 400, catalog.Invalid, "limit"},
		{"GET", "/api/v1/changes?lang=ar", 400, catalog.Invalid, "lang"},
		{"GET", "/api/v1/", 404, catalog.NotFound, ""},
		{"GET", "/api/v2/records", 404, catalog.NotFound, ""},
		{"POST", "/api/v1/records", 405, catalog.Invalid, ""},
		{"DELETE", "/api/v1/records/s:path", 405, catalog.Invalid, ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			checkProblem(t, f.do(c.method, c.path), c.status, c.code, c.param)
		})
	}
	f.options.Ready = func() (bool, string) { return false, "the index is at change 1 of 2" }
	f.options.Engine = broken{f.options.Engine}
	f.open(t)
	t.Run("not ready", func(t *testing.T) {
		r := f.get("/readyz")
		checkProblem(t, r, 503, catalog.Unavailable, "")
		if r.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
	t.Run("an export of a part", func(t *testing.T) {
		checkProblem(t, f.get("/api/v1/records.jsonl?theme=dialogue"), 503, catalog.Unavailable, "")
	})
	t.Run("an error", func(t *testing.T) { checkProblem(t, f.get("/api/v1/records"), 500, catalog.Internal, "") })
	f.options.Ready = func() (bool, string) { return true, "" }
	f.open(t)
	t.Run("an export", func(t *testing.T) {
		r := f.get("/api/v1/records.jsonl?theme=dialogue")
		checkProblem(t, r, 500, catalog.Internal, "")
		if have := r.Header.Get("Content-Disposition"); have != "" {
			t.Errorf("the problem is offered as a file: %s", have)
		}
	})
	t.Run("a panic", func(t *testing.T) { checkProblem(t, f.get("/api/v1/coverage"), 500, catalog.Internal, "") })
	for _, secret := range []string{"disk sector 7", "nil map"} {
		if !strings.Contains(f.log.String(), secret) {
			t.Errorf("the log does not name the cause %q", secret)
		}
	}
}

func checkProblem(t *testing.T, r *http.Response, status int, code catalog.ErrorCode, param string) {
	t.Helper()
	text := body(t, r)
	var p struct {
		Type, Title, Detail, Param string
		Status                     int
		Code                       catalog.ErrorCode
		Allowed                    []string
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if r.StatusCode != status || p.Status != status || p.Code != code || p.Param != param {
		t.Errorf("status %d, want %d with code %s and param %q: %s", r.StatusCode, status, code, param, text)
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" || strings.Contains(text, "secret") {
		t.Errorf("not a problem document that says what to do: %s", text)
	}
	if have := r.Header.Get("Content-Type"); have != "application/problem+json" {
		t.Errorf("content type %s", have)
	}
	if have := r.Header.Get("Cache-Control"); have != "no-store" {
		t.Errorf("a failure may be cached: %s", have)
	}
	if have := r.Header.Get("Access-Control-Allow-Origin"); have != "*" {
		t.Errorf("no page of another site can read the problem")
	}
}

// TestAnswersMatchOpenAPI asks every route and validates the answer against the
// document that the API itself gives out.
func TestAnswersMatchOpenAPI(t *testing.T) {
	f := newFixture(t)
	openapi3filter.RegisterBodyDecoder("application/ld+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/xml", openapi3filter.FileBodyDecoder) // TestCrawlers reads it
	doc, err := openapi3.NewLoader().LoadFromData([]byte(body(t, f.get("/api/v1/openapi.json"))))
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	f.options.Admin = &oneKey{}
	run := &catalog.Run{Number: 1, Started: time.Now(), Finished: time.Now()}
	f.options.Sources = func() ([]catalog.SourceInfo, error) {
		return []catalog.SourceInfo{{ID: "s", Name: "A source", Every: time.Hour, Last: run}, {ID: "new", Name: "New"}}, nil
	}
	f.merged(t)
	f.open(t)
	set := f.freeze(t, "theme=dialogue", http.StatusCreated).ID
	asked := map[string]bool{"/api/v1/sets/{id}/{file}": true, "/api/v1/changes.jsonl": true} // TestFrozenSets and TestChangesWait read them
	for _, path := range []string{
		"POST /api/v1/sets?kind=resource", "POST /api/v1/sets?theme=dialogue", "/api/v1/sets", "/api/v1/sets/" + set, "DELETE /api/v1/admin/sets/" + set + "?why=x",
		"POST /api/v1/admin/pull?source=s", "GET /api/v1/admin/keys", "POST /api/v1/admin/keys?name=x", "DELETE /api/v1/admin/keys/a", "/api/v1/sources", "/api/v1/changes?since=1&limit=2",
		"/api/v1/records", "/api/v1/records?q=path&lang=ar&explain=true&theme=dialogue", "/api/v1/records?facets=none&limit=1&sort=title",
		"/api/v1/records/s:path?lang=ar", "/api/v1/records/s:news", "/api/v1/records/s:walkers", "/api/v1/records/t:path",
		"/api/v1/coverage?rows=theme&cols=year&lang=ru", "/api/v1/coverage?rows=organization&cols=complete", "/api/v1/suggest?q=pat", "/api/v1/suggest?q=jord&lang=ar&limit=2",
		"/api/v1/records/s:path/history", "/api/v1/records/t:path/history?lang=fr", "/api/v1/records/s:path/similar", "/api/v1/records/t:path/similar?lang=fr&limit=1", "/api/v1/records?facet_zero=true&limit=0", "/api/v1/coverage", "/api/v1/coverage.csv?rows=field&lang=ar", "/api/v1/taxonomies?lang=zh&dimension=theme", "/healthz", "/readyz", "/api/v1/dataset.jsonld", "/api/v1/dcat.jsonld", "/sitemap.xml", "/sitemap/pages.xml", "/sitemap/records-1.xml",
	} {
		method, rest, other := strings.Cut(path, " ")
		if !other {
			method, rest = http.MethodGet, path
		}
		r := httptest.NewRequest(method, rest, nil)
		r.Header.Set("Authorization", "Bearer right")
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		asked[route.Path] = true
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("%s: the request is not allowed by the document: %v", path, err)
		}
		validate(t, path, in, w)
		tag := w.Header().Get("ETag")
		if is := route.Operation.Responses.Status(http.StatusNotModified) != nil; is != (tag != "") && w.Code == http.StatusOK {
			t.Errorf("%s: the document has 304: %v, the answer has the tag %q", path, is, tag)
		}
		if tag == "" {
			continue
		}
		w = httptest.NewRecorder()
		r.Header.Set("If-None-Match", tag)
		f.handler.ServeHTTP(w, r)
		if w.Code != http.StatusNotModified {
			t.Errorf("%s: asked again: %d", path, w.Code)
		}
	}
	for name := range answer[listing](t, f.get("/api/v1/records")).Exports { // TestExports and TestFeeds read them
		asked["/api/v1/records."+name] = true
	}
	for path := range doc.Paths.Map() {
		if !asked[path] {
			t.Errorf("%s is in the document, but no case asks it", path)
		}
	}
}

func validate(t *testing.T, path string, in *openapi3filter.RequestValidationInput, w *httptest.ResponseRecorder) {
	t.Helper()
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: w.Code, Header: w.Result().Header, Body: io.NopCloser(w.Body),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	response := in.Route.Operation.Responses.Status(w.Code) // which ValidateResponse does not ask of redirections
	if err != nil || response == nil {
		t.Errorf("%s: status %d: %v", path, w.Code, err)
		return
	}
	for name := range response.Value.Headers {
		if w.Header().Get(name) == "" {
			t.Errorf("%s: status %d without %s", path, w.Code, name)
		}
	}
}

type listing struct {
	Total int
	Items []struct {
		ID            string
		Title         struct{ Text, Language string }
		Organizations []struct {
			Name struct{ Text, Language string }
		}
	}
	Facets map[string][]struct {
		Value, Label, Href string
		Count              int
		Selected           bool
	}
	Labels  map[string]map[string]string
	Next    *string
	Exports map[string]string
}

func TestRecords(t *testing.T) {
	f := newFixture(t)
	all := answer[listing](t, f.get("/api/v1/records?lang=ar&sort=title&limit=2"))
	if all.Total != 3 || len(all.Items) != 2 || all.Next == nil {
		t.Fatalf("%+v", all)
	}
	rest := answer[listing](t, f.get(*all.Next))
	if len(rest.Items) != 1 || rest.Next != nil || rest.Total != 3 {
		t.Errorf("the second page: %+v", rest)
	}
	for _, it := range append(all.Items, rest.Items...) {
		want := map[string]string{"s:path": "ar", "s:walkers": "ar", "s:news": "fr"}[it.ID]
		if it.Title.Language != want || it.Title.Text == "" {
			t.Errorf("%s is titled %+v, want it in %s", it.ID, it.Title, want)
		}
	}
	if have := all.Labels["theme"]["dialogue"] + rest.Labels["theme"]["dialogue"]; have != "حوار الثقافات والأديان" {
		t.Errorf("theme dialogue is labelled %q", have)
	}
	// What a facet's address leads to has as many records as the facet says.
	for name, values := range all.Facets {
		for _, v := range values {
			if v.Count > 0 {
				if found := answer[listing](t, f.get(v.Href)); found.Total != v.Count {
					t.Errorf("%s %s counts %d, its address %s finds %d", name, v.Value, v.Count, v.Href, found.Total)
				}
			}
		}
	}
	if have := all.Facets["organization"]; len(have) != 1 || have[0].Label != "جمعية المشاة" {
		t.Errorf("organisations: %+v", have)
	}
	both := answer[listing](t, f.get("/api/v1/records?country=FR"))
	for _, v := range both.Facets["country"] {
		if v.Count != 1 || v.Selected != (v.Value == "FR") {
			t.Errorf("with France selected, %s: %+v", v.Value, v)
		}
	}
}

func TestExplain(t *testing.T) {
	f := newFixture(t)
	type explained struct {
		Items []struct {
			Score   float64
			Explain *catalog.Explanation
		}
	}
	for _, it := range answer[explained](t, f.get("/api/v1/records?q=three+faiths&explain=true")).Items {
		if it.Explain == nil || it.Explain.Value != it.Score || len(it.Explain.Children) == 0 {
			t.Errorf("score %g is explained by %+v", it.Score, it.Explain)
		}
	}
	if plain := answer[explained](t, f.get("/api/v1/records?q=three+faiths")).Items; len(plain) != 1 || plain[0].Explain != nil {
		t.Errorf("explained without being asked: %+v", plain)
	}
}

func TestRecord(t *testing.T) {
	f := newFixture(t)
	r := answer[struct {
		ID         string
		Title      map[string]string
		Envelope   catalog.Envelope
		Incomplete []catalog.Reason
		Labels     map[string]map[string]string
	}](t, f.get("/api/v1/records/s:news?lang=es"))
	if r.Title["fr"] == "" || r.Envelope.Version != 1 || r.Envelope.State != catalog.Published || len(r.Incomplete) == 0 {
		t.Errorf("%+v", r)
	}
	if r.Labels["country"]["FR"] != "Francia" || r.Labels["region"]["155"] == "" {
		t.Errorf("labels: %v", r.Labels)
	}
}

// TestCitations: a record can be had as a reference by the ending of its address, unless an id
// really ends so.
func TestCitations(t *testing.T) {
	f := newFixture(t)
	f.options.BaseURL = "https://example.org"
	f.merged(t)
	r, err := catalog.DecodeRecord([]byte(`{"id":"t:a.ris","kind":"initiative","original":"en","title":{"en":"One that ends so"},"provenance":{"source":"t"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.options.Store.(*store.Store).Save(t.Context(), catalog.Page{Source: "t", State: catalog.Published, Time: time.Now(), Records: []*catalog.Record{r}}); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	for _, c := range []struct {
		path, mime, want string
		status           int
	}{
		{"s:path.ris?lang=ar", "application/x-research-info-systems", "TI  - مسار ثلاثة أديان\r\nAU  - Walkers\r\nPY  - 2008\r\n", 200},
		{"s:path.bib", "application/x-bibtex", "url = {https://example.org/en/records/s:path}", 200},
		{"t:path.bib", "text/html", "/api/v1/records/s:path.bib", 301},
		{"t:a.ris", "application/json", "One that ends so", 200},
		{"t:a.ris.ris", "application/x-research-info-systems", "TI  - One that ends so", 200},
		{"s:path.jsonld?lang=ar", "application/ld+json", `"name":"مسار ثلاثة أديان","parentOrganization":[{"@type":"Organization","name":"Walkers"}]`, 200},
		{"s:walkers.jsonld", "application/ld+json", `"@type":"Organization"`, 200},
		{"s:path.csl.json", "application/vnd.citationstyles.csl+json", `"date-parts": [`, 200},
		{"s:path.dc.xml", "application/xml", `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`, 200},
		{"s:none.ris", "application/problem+json", "no record", 404},
		{"s:path.ris?q=x", "application/problem+json", "q", 400},
	} {
		a := f.get("/api/v1/records/" + c.path)
		if a.StatusCode != c.status || !strings.HasPrefix(a.Header.Get("Content-Type"), c.mime) {
			t.Errorf("%s: %d %s", c.path, a.StatusCode, a.Header.Get("Content-Type"))
		}
		if text := body(t, a) + a.Header.Get("Location"); !strings.Contains(text, c.want) {
			t.Errorf("%s: no %q in %s", c.path, c.want, text)
		}
	}
}

// TestHistory: each public version of a record with what changed in it, and none that waited
// for an editor.
func TestHistory(t *testing.T) {
	f := newFixture(t)
	save := func(state, summary string) {
		t.Helper()
		r, err := catalog.DecodeRecord([]byte(`{"id":"t:path","kind":"initiative","original":"en","title":{"en":"A path"},"summary":{"en":"` + summary + `"},"provenance":{"source":"t"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.options.Store.(*store.Store).Save(t.Context(), catalog.Page{Source: "t", State: state, Time: time.Now(), Records: []*catalog.Record{r}}); err != nil {
			t.Fatal(err)
		}
	}
	save(catalog.Submitted, "What waits.")
	if status := f.get("/api/v1/records/t:path/history").StatusCode; status != http.StatusNotFound {
		t.Errorf("what waits has a history: %d", status)
	}
	save(catalog.Published, "What is public.")
	save(catalog.Published, "What is better.")
	got := answer[struct {
		Items []struct {
			State   string
			Changed []string
		}
	}](t, f.get("/api/v1/records/t:path/history"))
	if len(got.Items) != 2 || len(got.Items[1].Changed) != 0 || !slices.Equal(got.Items[0].Changed, []string{"summary"}) || got.Items[0].State != catalog.Published {
		t.Errorf("%+v", got.Items)
	}
}

// TestCoverageNamesFilters: the matrix of a choice says in words what was
// chosen.
func TestCoverageNamesFilters(t *testing.T) {
	have := answer[struct {
		Total  int                          `json:"total"`
		Labels map[string]map[string]string `json:"labels"`
	}](t, newFixture(t).get("/api/v1/coverage?organization=s:walkers&not_country=fr&lang=ar"))
	want := map[string]map[string]string{
		"facet":        {"organization": "المنظمة", "country": "البلد"},
		"organization": {"s:walkers": "جمعية المشاة"},
		"country":      {"FR": "فرنسا"},
	}
	if diff := cmp.Diff(want, have.Labels); diff != "" || have.Total != 1 {
		t.Errorf("%d records, labels:\n%s", have.Total, diff)
	}
}

func TestETag(t *testing.T) {
	f := newFixture(t)
	seen := map[string]string{}
	for _, path := range []string{"/api/v1/records", "/api/v1/records?lang=ar", "/api/v1/records/s:path", "/api/v1/records/s:path?lang=fr", "/api/v1/coverage", "/api/v1/taxonomies", "/api/v1/openapi.json"} {
		first := f.get(path)
		tag := first.Header.Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) || first.Header.Get("Cache-Control") == "" {
			t.Errorf("%s: ETag %q, Cache-Control %q", path, tag, first.Header.Get("Cache-Control"))
		}
		if other := seen[tag]; other != "" {
			t.Errorf("%s has the tag of %s", path, other)
		}
		seen[tag] = path
		for _, c := range comparisons(t) {
			header := strings.NewReplacer("TAG", tag[2:], "BARE", strings.Trim(tag[2:], `"`)).Replace(c.Header)
			again := f.get(path, "If-None-Match", header)
			if same := again.StatusCode == http.StatusNotModified; same != c.Same || same && body(t, again) != "" {
				t.Errorf("%s, If-None-Match %s: status %d, same should be %v", path, header, again.StatusCode, c.Same)
			}
		}
	}
}

// comparison is a row of testdata/if-none-match.json, which the pages have to
// pass too: whether the header names an answer whose opaque tag is TAG, with
// its quotation marks, or BARE, without.
type comparison struct {
	Header string `json:"header"`
	Same   bool   `json:"same"`
}

func comparisons(t *testing.T) []comparison {
	t.Helper()
	data, err := os.ReadFile("testdata/if-none-match.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []comparison
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTransport(t *testing.T) {
	f := newFixture(t)
	packed := f.get("/api/v1/records", "Accept-Encoding", "gzip")
	if packed.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(packed.Header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("not packed: %v", packed.Header)
	}
	unzip, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(unzip); err != nil || !json.Valid(data) {
		t.Errorf("unpacked: %v", err)
	}
	if head := f.do(http.MethodHead, "/api/v1/records"); head.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", head.StatusCode)
	}
	if options := f.do(http.MethodOptions, "/api/v1/records"); options.StatusCode != http.StatusNoContent || options.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS: %d %v", options.StatusCode, options.Header)
	}
	for _, line := range []string{"method=GET", "path=/api/v1/records", "status=200", "ms="} {
		if !strings.Contains(f.log.String(), line) {
			t.Errorf("the log has no %s: %s", line, f.log)
		}
	}
}

func TestExport(t *testing.T) {
	f := newFixture(t)
	for path, want := range map[string][]string{
		"":                           {"s:news", "s:path", "s:walkers"},
		"?theme=dialogue":            {"s:path"},
		"?q=presse&lang=fr":          {"s:news"},
		"?theme=journalist-training": {},
	} {
		r := f.get("/api/v1/records.jsonl" + path)
		have := []string{}
		for line := range strings.Lines(body(t, r)) {
			record, err := catalog.DecodeRecord([]byte(line))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			have = append(have, record.ID)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%q (-want +have):\n%s", path, diff)
		}
	}
}

// TestLabelsEverywhere: every label of every facet in every language is a name
// and not the bare code.
func TestLabelsEverywhere(t *testing.T) {
	f := newFixture(t)
	for _, lang := range catalog.Languages {
		l := answer[listing](t, f.get("/api/v1/records?lang="+lang))
		for _, facet := range catalog.Facets {
			if l.Labels["facet"][facet.Name] == "" {
				t.Errorf("%s: facet %s has no label", lang, facet.Name)
			}
			for _, v := range l.Facets[facet.Name] {
				if facet.Dimension != "" && v.Label == v.Value {
					t.Errorf("%s: %s %s is labelled by its code", lang, facet.Name, v.Value)
				}
			}
		}
	}
}

// FuzzRequest: nothing that a person can put into an address is our fault.
func FuzzRequest(f *testing.F) {
	for _, q := range []string{"q=a&theme=dialogue", "q=\"", "facet_prefix=%20", "cursor=e30", "q=محو", "country=JO&not_country=JO"} {
		f.Add(q)
	}
	handler := newFixture(f).handler
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/api/v1/records", "/api/v1/coverage"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.URL = &url.URL{Path: path, RawQuery: query}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Fatalf("%s?%q: %d %s", path, query, w.Code, w.Body)
			}
		}
	})
}
