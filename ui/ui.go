// Package ui serves the pages that people read. All are HTML files with binding
// attributes (see fill.go), filled here for every reader and, on the search
// page, again by a script as the reader types. Data come from the public API
// alone.
package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"golang.org/x/net/html"
	"golang.org/x/text/language"

	"clearinghouse/catalog"
)

//go:embed static locales
var files embed.FS

// Options are what the pages need.
type Options struct {
	API     http.Handler // answers /api/v1/…
	BaseURL string       // public address, as in https://example.org; "" leaves out canonical and alternate links
	Contact string       // e-mail or web address for those who want to contribute; "" if there is none
}

// site is the handler's state, which nothing changes after New.
type site struct {
	Options
	assets  map[string]asset // by path, as in "css/base.css"
	prefix  string           // "/assets/<hash>/", before every path of an asset
	pages   map[string]*html.Node
	locales map[string]*locale
	params  []string // parameters that the address of a search may have
	matcher language.Matcher
}

type asset struct {
	mime string
	data []byte
}

// New makes the handler of all pages and their assets:
//
//	GET /                        to the reader's language
//	GET /{lang}/                 home, and search
//	GET /{lang}/records/{id}     one practice, organisation …
//	GET /{lang}/coverage         what is known from where
//	GET /{lang}/start            practices that come closest to a plan
//	GET /{lang}/compare          records side by side, to print
//	GET /{lang}/themes/{code}    one theme
//	GET /{lang}/countries/{code} one country
//	GET /{lang}/sources          where it was collected
//	GET /{lang}/contribute, /data, /about
//	POST /{lang}/sets            freezes a search
//	GET /{lang}/sets/{id}        a frozen set; without the language, to the reader's
//	GET /{lang}/offline          what a reader sees without a connection
//	GET /{lang}/site.webmanifest what an installed site is called
//	GET /sw.js                   the service worker
//	GET /robots.txt              what crawlers may read
//	GET /opensearch.xml?lang=    the search for browsers
//	GET /assets/{hash}/…         styles, scripts, icons, texts
//
// Everything else is an honest page that says so. Answers are compressed.
func New(o Options) (http.Handler, error) {
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	s := &site{Options: o, assets: map[string]asset{}, pages: map[string]*html.Node{}, locales: map[string]*locale{}, params: searchParams()}
	var tags []language.Tag
	for _, code := range append([]string{catalog.DefaultLanguage}, catalog.Languages...) {
		data, err := files.ReadFile("locales/" + code + ".json")
		if err != nil {
			return nil, err
		}
		if s.locales[code], err = parseLocale(code, data); err != nil {
			return nil, err
		}
		tags = append(tags, language.Make(code)) // the first is what a reader of none of them gets
	}
	s.matcher = language.NewMatcher(tags)
	if err := s.loadAssets(); err != nil {
		return nil, err
	}
	if err := s.loadPages(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.redirect)
	mux.HandleFunc("GET /assets/{hash}/{path...}", s.asset)
	mux.HandleFunc("GET /sw.js", s.worker)
	mux.HandleFunc("GET /robots.txt", s.robots)
	mux.HandleFunc("GET /opensearch.xml", s.openSearch)
	mux.HandleFunc("GET /sets/{id}", s.anySet)
	for _, lang := range catalog.Languages {
		mux.HandleFunc("GET /"+lang+"/{$}", s.localized(s.search))
		mux.HandleFunc("GET /"+lang+"/records/{id}", s.localized(s.record))
		mux.HandleFunc("GET /"+lang+"/coverage", s.localized(s.coverage))
		mux.HandleFunc("GET /"+lang+"/start", s.localized(s.start))
		mux.HandleFunc("GET /"+lang+"/compare", s.localized(s.compare))
		mux.HandleFunc("GET /"+lang+"/themes/{code}", s.localized(s.theme))
		mux.HandleFunc("GET /"+lang+"/countries/{code}", s.localized(s.country))
		mux.HandleFunc("GET /"+lang+"/sources", s.localized(s.sources))
		mux.HandleFunc("GET /"+lang+"/contribute", s.localized(s.contribute))
		mux.HandleFunc("GET /"+lang+"/data", s.localized(s.data))
		mux.HandleFunc("GET /"+lang+"/about", s.localized(s.about))
		mux.HandleFunc("POST /"+lang+"/sets", s.localized(s.freeze))
		mux.HandleFunc("GET /"+lang+"/sets/{id}", s.localized(s.frozen))
		mux.HandleFunc("GET /"+lang+"/offline", s.localized(s.offline))
		mux.HandleFunc("GET /"+lang+"/site.webmanifest", s.localized(s.manifest))
	}
	mux.HandleFunc("GET /", s.localized(s.notFound))
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return nil, err
	}
	return wrap(secure(mux)), nil
}

// searchParams are the parameters of a search that a page passes on; others,
// such as those that mail programs add to links, are left out.
func searchParams() []string {
	params := []string{"q", "year_from", "year_to", "sort", "cursor"}
	for _, f := range catalog.Facets {
		if !f.Range {
			params = append(params, f.Name, "not_"+f.Name)
		}
	}
	return params
}

func (s *site) loadAssets() error {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
		public := strings.TrimPrefix(name, "static/")
		if dir, _ := path.Split(public); dir != "pages/" && dir != "parts/" {
			s.assets[public] = asset{mime.TypeByExtension(path.Ext(name)), data}
		}
		return nil
	})
	s.prefix = "/assets/" + hex.EncodeToString(sum.Sum(nil))[:12] + "/"
	return err
}

// loadPages reads the pages with the parts that they include and checks that
// every formatter and text they name exists.
func (s *site) loadPages() error {
	parts, err := fs.Glob(files, "static/parts/*.html")
	if err != nil {
		return err
	}
	pages, err := fs.Glob(files, "static/pages/*.html")
	if err != nil {
		return err
	}
	pairs := []string{"/assets/-/", s.prefix}
	for _, name := range parts {
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		pairs = append(pairs, "<!-- include "+strings.TrimSuffix(path.Base(name), ".html")+" -->", string(data))
	}
	include := strings.NewReplacer(pairs...)
	for _, name := range pages {
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		text := string(data)
		for i := 0; i < 3; i++ { // a part may include a part
			text = include.Replace(text)
		}
		page, err := html.Parse(strings.NewReader(text))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := s.check(page); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return nil
}

// check reports the first binding in n that names what does not exist.
func (s *site) check(n *html.Node) error {
	for _, a := range n.Attr {
		var exprs []string
		switch {
		case a.Key == "data-t" || strings.HasPrefix(a.Key, "data-t-"):
			if _, ok := s.locales[catalog.DefaultLanguage].messages[a.Val]; !ok {
				return fmt.Errorf("%s=%q: there is no such text", a.Key, a.Val)
			}
		case a.Key == "data-args":
			for _, word := range strings.Fields(a.Val) {
				_, expr, _ := strings.Cut(word, ":")
				exprs = append(exprs, expr)
			}
		case strings.HasPrefix(a.Key, "data-"):
			exprs = append(exprs, a.Val)
		}
		for _, expr := range exprs {
			for _, call := range strings.Split(expr, "|")[1:] {
				name, _, _ := strings.Cut(call, ":")
				if formatters[name] == nil {
					return fmt.Errorf("%s=%q: there is no formatter %s", a.Key, a.Val, name)
				}
			}
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if err := s.check(child); err != nil {
			return err
		}
	}
	return nil
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		next.ServeHTTP(w, r)
	})
}

// redirect sends the reader to the pages in her language.
func (s *site) redirect(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept-Language")
	to := url.URL{Path: "/" + s.preferred(r) + "/", RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.String(), http.StatusFound)
}

// preferred is the language that the reader's browser asks for.
func (s *site) preferred(r *http.Request) string {
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	_, i, _ := s.matcher.Match(tags...)
	if i == 0 {
		return catalog.DefaultLanguage
	}
	return catalog.Languages[i-1]
}

func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("path")]
	if !ok || !strings.HasPrefix(r.URL.Path, s.prefix) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.mime)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(a.data)
}

// localized finds the language of a page: the first part of its path, else the
// reader's.
func (s *site) localized(page func(http.ResponseWriter, *request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if !catalog.IsLanguage(code) {
			w.Header().Add("Vary", "Accept-Language")
			s.notFound(w, &request{r, s.locales[s.preferred(r)], ""})
			return
		}
		page(w, &request{r, s.locales[code], rest})
	}
}

// request is a reader's request for a page.
type request struct {
	*http.Request
	locale *locale
	rest   string // the path after the language
}

// write fills a page with data, adds what all pages need, and sends it.
// Without a title or a description the page has those of the site.
func (s *site) write(w http.ResponseWriter, r *request, name string, status int, title, description string, data map[string]any) {
	lang := r.locale.code
	rest := (&url.URL{Path: r.rest, RawQuery: r.URL.RawQuery}).String()
	if name == "record" { // text= only shows another of its languages
		rest = (&url.URL{Path: r.rest}).String()
	}
	if rest = strings.TrimPrefix(rest, "./"); status == http.StatusNotFound {
		rest = ""
	}
	languages, alternates := []any{}, []any{}
	for _, code := range catalog.Languages {
		href := "/" + code + "/" + rest
		languages = append(languages, map[string]any{"code": code, "href": href, "name": s.locales[code].text("language.name", nil), "current": current(code == lang)})
		if s.BaseURL != "" && status == http.StatusOK {
			alternates = append(alternates, map[string]any{"language": code, "href": s.BaseURL + href})
		}
	}
	page := map[string]any{
		"lang": lang, "dir": catalog.Direction(lang), "home": "/" + lang + "/", "manifest": "/" + lang + "/site.webmanifest", "opensearch": "/opensearch.xml?lang=" + lang,
		"languages": languages, "alternates": alternates, "quick": name != "search",
		"title": r.locale.text("site.name", nil), "description": r.locale.text("home.lead", nil),
	}
	at := map[string]any{"search": current(name == "search")}
	for _, each := range []string{"coverage", "start", "compare", "sources", "contribute", "data", "about"} {
		page[each], at[each] = "/"+lang+"/"+each, current(name == each)
	}
	page["at"] = at
	if len(alternates) > 0 {
		page["canonical"] = s.BaseURL + "/" + lang + "/" + rest
		page["alternates"] = append(alternates, map[string]any{"language": "x-default", "href": s.BaseURL + "/" + catalog.DefaultLanguage + "/" + rest})
	}
	if exports, ok := data["exports"].(map[string]any); ok {
		page["feed"] = exports["atom"]
	}
	if title != "" {
		page["title"] = unmarked.Replace(title) + " – " + text(page["title"])
	}
	if description != "" {
		page["description"] = unmarked.Replace(description)
	}
	data["page"] = page

	filled := clone(s.pages[name])
	v := &view{data: data, locale: r.locale, icons: s.prefix + "icons.svg", params: s.params}
	v.fill(filled, data)
	var b bytes.Buffer
	if err := html.Render(&b, filled); err != nil {
		http.Error(w, "this page could not be made: try again", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusOK {
		sum := sha256.Sum256(b.Bytes())
		w.Header().Set("Cache-Control", "public, no-cache") // keep it, but ask whether it still holds
		w.Header().Set("ETag", `W/"`+hex.EncodeToString(sum[:12])+`"`)
		http.ServeContent(w, r.Request, "", time.Time{}, bytes.NewReader(b.Bytes())) // compares If-None-Match
		return
	}
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// unmarked takes out what keeps words of two directions apart: crawlers and tabs show it as boxes.
var unmarked = strings.NewReplacer("\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", "\u200e", "", "\u200f", "")

// current is the value of aria-current of a link.
func current(is bool) any {
	if is {
		return "page"
	}
	return nil
}
