package ui

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/net/html"

	"clearinghouse/catalog"
)

// canned is the API with the answers in testdata/api. It takes neither unknown
// countries nor unknown ids, and one record has moved.
func canned(t *testing.T) http.Handler {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"records", "record", "coverage", "sources", "taxonomies", "set", "set-removed"} {
		data, err := os.ReadFile(filepath.Join("testdata/api", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/api/v1/")
		fail := func(status int, code, param string) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "param": param})
		}
		switch {
		case !catalog.IsLanguage(r.URL.Query().Get("lang")):
			fail(400, "invalid", "lang")
		case name == "records/test:hostile":
			w.Write(files["record"])
		case name == "records/test:moved":
			http.Redirect(w, r, "/api/v1/records/test:hostile?lang=en", http.StatusMovedPermanently)
		case r.URL.Query().Get("country") == "ZZ":
			fail(400, "invalid", "country")
		case name == "records" && r.URL.Query().Get("q") == "down":
			fail(503, "unavailable", "")
		case name == "records" && r.URL.Query().Get("q") == "broken":
			w.Write([]byte("no JSON"))
		case name == "sets/0a1b2c":
			w.Write(files["set"])
		case name == "sets/removed":
			w.WriteHeader(410)
			w.Write(files["set-removed"])
		case name == "sets" && r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") != "same-origin":
			fail(401, "unauthorized", "")
		case name == "sets" && r.Method == http.MethodPost && r.URL.Query().Get("q") == "often":
			fail(429, "too_many", "")
		case name == "sets" && r.Method == http.MethodPost && r.URL.RawQuery == "lang=ar&q=a%26b&theme=dialogue":
			w.WriteHeader(201)
			w.Write(files["set"])
		case files[name] != nil:
			w.Write(files[name])
		default:
			fail(404, "not_found", "")
		}
	})
}

func newSite(t *testing.T, o Options) http.Handler {
	t.Helper()
	o.API = canned(t)
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutes(t *testing.T) {
	h := newSite(t, Options{})
	for _, c := range []struct {
		path, accept string
		status       int
		want         string // in the Location or the page
	}{
		{"/", "", 302, "/en/"},
		{"/", "fr-CH, fr;q=0.9, en;q=0.8", 302, "/fr/"},
		{"/", "pt, zh-Hant;q=0.5", 302, "/zh/"},
		{"/", "de", 302, "/en/"},
		{"/?q=x", "ar-EG", 302, "/ar/?q=x"},
		{"/fr", "", 307, "/fr/"},
		{"/en/", "", 200, "Clearinghouse</title>"},
		{"/en/?utm_source=mail", "", 200, `data-view="home"`},
		{"/en/?q=media", "", 200, "<title>media – Clearinghouse</title>"},
		{"/ar/?q=media", "", 200, `<html lang="ar" dir="rtl">`},
		{"/en/?country=ZZ", "", 400, "“\u2068country\u2069”"},
		{"/en/?q=down", "", 503, "being prepared"},
		{"/en/?q=broken", "", 500, "Something went wrong"},
		{"/en/records/test:hostile", "", 200, "Org &amp; Co"},
		{"/en/records/test:moved", "", 301, "/en/records/test:hostile"},
		{"/en/records/test:none", "", 404, "does not exist"},
		{"/es/coverage", "", 200, "casillas"},
		{"/en/coverage?country=ZZ", "", 400, "“\u2068country\u2069”"},
		{"/en/coverage?utm_source=mail&sort=title&cursor=x", "", 200, `<form id="search" class="axes" action="/en/coverage">`},
		{"/fr/sources", "", 200, "<title>Sources – Centre d’échange</title>"},
		{"/en/sources?utm_source=mail", "", 200, `<tr id="ministry.csv">`},
		{"/ru/nothing/here", "", 404, "Такой страницы нет"},
		{"/nothing", "zh", 404, "没有这个页面"},
		{"/sets/0a1b2c", "fr", 302, "/fr/sets/0a1b2c"},
		{"/en/sets/0a1b2c", "", 200, "\u20683 entries\u2069 as of"},
		{"/en/sets/removed", "", 410, "removed on \u206831 December 1999"},
		{"/en/sets/none", "", 404, "does not exist"},
		{"/assets/0/css/base.css", "", 404, ""},
	} {
		w := get(h, c.path, "Accept-Language", c.accept)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.path, w.Code, c.status)
		}
		if got := w.Header().Get("Location") + w.Body.String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in %.300s", c.path, c.want, got)
		}
		if strings.HasPrefix(c.path, "/?") || c.path == "/" || c.path == "/nothing" {
			if !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Accept-Language") {
				t.Errorf("%s does not vary by language", c.path)
			}
		}
		if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") == "" {
			t.Errorf("%s: security headers are missing: %v", c.path, w.Header())
		}
	}
	if w := httptest.NewRecorder(); true {
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/en/", nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST: status %d", w.Code)
		}
	}
}

// TestFreeze: the form freezes the search of its page, and only from a page of the site.
func TestFreeze(t *testing.T) {
	h := newSite(t, Options{})
	for _, c := range []struct {
		path, from string
		status     int
		want       string // in the Location or the page
	}{
		{"/ar/sets?theme=dialogue&q=a%26b", "same-origin", 303, "/ar/sets/0a1b2c"},
		{"/ar/sets?theme=dialogue&q=a%26b", "cross-site", 401, "حدث خطأ"},
		{"/en/sets?q=often", "same-origin", 429, "today’s limit"},
	} {
		r := httptest.NewRequest(http.MethodPost, c.path, nil)
		r.Header.Set("Sec-Fetch-Site", c.from)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Location") + w.Body.String(); w.Code != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s: status %d, no %q in %.300s", c.path, w.Code, c.want, got)
		}
	}
}

func TestCaching(t *testing.T) {
	h := newSite(t, Options{})
	first := get(h, "/en/coverage")
	tag := first.Header().Get("ETag")
	if tag == "" || !strings.Contains(first.Header().Get("Cache-Control"), "no-cache") {
		t.Fatalf("the page cannot be kept: %v", first.Header())
	}
	data, err := os.ReadFile("../api/testdata/if-none-match.json") // pages and API compare alike
	if err != nil {
		t.Fatal(err)
	}
	var comparisons []struct {
		Header string `json:"header"`
		Same   bool   `json:"same"`
	}
	if err := json.Unmarshal(data, &comparisons); err != nil {
		t.Fatal(err)
	}
	opaque := strings.TrimPrefix(tag, "W/")
	for _, c := range comparisons {
		header := strings.NewReplacer("TAG", opaque, "BARE", strings.Trim(opaque, `"`)).Replace(c.Header)
		w := get(h, "/en/coverage", "If-None-Match", header)
		if same := w.Code == http.StatusNotModified; same != c.Same || same && w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: status %d, %d bytes, same should be %v", header, w.Code, w.Body.Len(), c.Same)
		}
	}
	if w := get(h, "/en/coverage", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Error("the page is not compressed")
	}
	for _, n := range linked(t, first.Body.String(), "/assets/") {
		w := get(h, n)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: status %d, %v", n, w.Code, w.Header())
		}
	}
}

// linked are the addresses with a prefix that a page names, without fragments.
func linked(t *testing.T, page, prefix string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if address, _, _ := strings.Cut(a.Val, "#"); (a.Key == "href" || a.Key == "src") && strings.HasPrefix(address, prefix) {
				out = append(out, address)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("nothing begins with %s", prefix)
	}
	return out
}

func TestAlternates(t *testing.T) {
	page := get(newSite(t, Options{BaseURL: "https://example.org/"}), "/fr/?q=a&theme=media-literacy").Body.String()
	for _, want := range []string{
		`<link rel="canonical" href="https://example.org/fr/?q=a&amp;theme=media-literacy"/>`,
		`hreflang="zh" href="https://example.org/zh/?q=a&amp;theme=media-literacy"`,
		`hreflang="x-default" href="https://example.org/en/?q=a&amp;theme=media-literacy"`,
		`href="/ar/?q=a&amp;theme=media-literacy" hreflang="ar" lang="ar"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	home := get(newSite(t, Options{BaseURL: "https://example.org"}), "/fr/").Body.String()
	if want := `"urlTemplate":"https://example.org/fr/?q={search_term_string}"`; !strings.Contains(home, want) {
		t.Errorf("the home page does not say how it is searched: no %s", want)
	}
	if page := get(newSite(t, Options{}), "/fr/").Body.String(); strings.Contains(page, "canonical") {
		t.Error("a canonical address without a public one")
	}
}

// TestPages compares whole pages, filled from testdata/api, with golden files:
// hostile text stays text, and no address leads anywhere but to the web. It is
// the beginning of the year 2000.
func TestPages(t *testing.T) { synctest.Test(t, testPages) }

func testPages(t *testing.T) {
	h := newSite(t, Options{})
	s := &site{Options: Options{API: canned(t)}, assets: map[string]asset{}}
	if err := s.loadAssets(); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"home":              "/en/",
		"search":            "/en/?q=media&theme=media-literacy&not_country=FR&year_from=1999",
		"record":            "/en/records/test:hostile",
		"record-ar":         "/ar/records/test:hostile",
		"coverage":          "/en/coverage",
		"sources":           "/en/sources",
		"sources-ar":        "/ar/sources",
		"set":               "/en/sets/0a1b2c",
		"set-removed-ar":    "/ar/sets/removed",
		"coverage-filtered": "/ar/coverage?rows=theme&region=142&theme=dialogue&theme=media-literacy&cols=region&not_country=FR&q=a%26b&best=true&year_to=2010",
	} {
		page := get(h, path).Body.String()
		if strings.Contains(page, "<script>") || strings.Contains(page, "<img") || strings.Contains(page, "javascript:") || strings.Contains(page, "data:text") {
			t.Errorf("%s: hostile text became markup", name)
		}
		golden(t, "testdata/pages/"+name+".html", []byte(strings.ReplaceAll(page, s.prefix, "/assets/-/")))
	}
}
