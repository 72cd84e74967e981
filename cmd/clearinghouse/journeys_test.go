package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"clearinghouse/catalog"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/net/html"
)

// questions are one a language, each about something the starter collection
// knows in that language.
var questions = map[string]string{
	"ar": "محو الأمية الإعلامية",
	"zh": "媒介素养",
	"en": "media literacy",
	"fr": "éducation aux médias",
	"ru": "права человека",
	"es": "derechos humanos",
}

// TestBrowserLanguages goes one reader's way in each language: the first page,
// a search as she types, a result, and back.
func TestBrowserLanguages(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	for _, lang := range catalog.Languages {
		t.Run(lang, func(t *testing.T) {
			r := browse(t, s.url, desk)
			r.open("/" + lang + "/")
			if have := eval[string](r, `document.documentElement.lang + " " + document.documentElement.dir`); have != lang+" "+catalog.Direction(lang) {
				t.Errorf("the page is %s", have)
			}
			r.shot("home-" + lang)
			r.do(chromedp.SendKeys(chromedp.CSS("#q"), questions[lang]))
			r.until(fmt.Sprintf(`new URL(location).searchParams.get("q") === %q && document.querySelectorAll("#results .card").length > 0`, questions[lang]))
			if have := eval[string](r, `document.activeElement.id`); have != "q" {
				t.Errorf("typing lost the focus to %q", have)
			}
			answer := apiAnswer(t, s.url, "/api/v1/records?lang="+lang+"&typing=true&q="+url.QueryEscape(questions[lang]))
			first := answer["items"].([]any)[0].(map[string]any)
			title := first["title"].(map[string]any)["text"].(string)
			r.until(fmt.Sprintf(`document.querySelector("#results .card h3 a").textContent.trim() === %q`, title))
			r.until(`document.getElementById("status").textContent.trim() !== ""`)
			r.shot("search-" + lang)
			r.do(chromedp.Click(chromedp.CSS("#results .card h3 a")))
			r.until(`location.pathname.includes("/records/")`)
			r.until(fmt.Sprintf(`document.querySelector("h1").textContent.trim() === %q`, title))
			r.shot("record-" + lang)
			r.script(`history.back()`)
			r.until(fmt.Sprintf(`document.getElementById("q")?.value === %q && document.querySelectorAll("#results .card").length > 0`, questions[lang]))
		})
	}
}

// TestBrowserMore types and asks for more results: all are there once.
func TestBrowserMore(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	r.open("/en/")
	r.do(chromedp.SendKeys(chromedp.CSS("#q"), "medi"))
	total := int(apiAnswer(t, s.url, "/api/v1/records?q=medi&typing=true&limit=1")["total"].(float64))
	if total <= 20 {
		t.Fatalf("the collection cannot show it: %d are found", total)
	}
	r.until(`document.querySelectorAll("#results .card").length === 20`)
	r.script(`document.querySelector("a[data-more]").click()`)
	r.until(fmt.Sprintf(`document.querySelectorAll("#results .card").length === %d`, min(total, 40)))
	if twice := eval[bool](r, `(() => { const keys = [...document.querySelectorAll("#results .card h3 a")].map(a => a.href); return new Set(keys).size !== keys.length })()`); twice {
		t.Error("a result stands there twice")
	}
}

// TestBrowserFilters combines filters, takes them off, reloads, goes back.
func TestBrowserFilters(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	r.open("/en/?kind=initiative")
	choose := func(name, value string) {
		t.Helper()
		r.until(fmt.Sprintf(`document.querySelector('input[name=%s][value="%s"]') !== null`, name, value))
		r.script(fmt.Sprintf(`const i = document.querySelector('input[name=%s][value="%s"]'); i.closest("details.group").open = true; i.click()`, name, value))
	}
	total := func(query string) int {
		return int(apiAnswer(t, s.url, "/api/v1/records?limit=1&"+query)["total"].(float64))
	}
	shown := func(n int) string {
		return fmt.Sprintf(`document.getElementById("count").textContent.match(/\d+/)?.[0] === "%d"`, n)
	}
	both := total("kind=initiative&theme=dialogue&theme=media-literacy")
	one := total("kind=initiative&theme=dialogue")
	if one == 0 || both <= one {
		t.Fatalf("the collection cannot show it: %d and %d", one, both)
	}
	tree, err := chromedp.Call(r.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(tree.Nodes, func(n *accessibility.Node) bool {
		return said(n.Role) == "checkbox" && strings.HasPrefix(said(n.Name), "Western Asia ") && strings.HasPrefix(said(n.Description), "Asia ")
	}) {
		t.Error("who does not see the page is not told that Western Asia lies in Asia")
	}
	choose("theme", "dialogue")
	r.until(`new URL(location).searchParams.getAll("theme").join() === "dialogue" && ` + shown(one))
	choose("theme", "media-literacy")
	r.until(`new URL(location).searchParams.getAll("theme").length === 2 && ` + shown(both))
	r.shot("filters-en")
	r.do(chromedp.Reload())
	r.until(shown(both) + ` && document.querySelectorAll(".chips li a").length === 4`)
	r.script(`history.back()`)
	r.until(`new URL(location).searchParams.getAll("theme").join() === "dialogue" && ` + shown(one))
	r.script(`[...document.querySelectorAll(".chips a")].find(a => /dialogue/i.test(a.textContent)).click()`)
	r.until(`new URL(location).searchParams.getAll("theme").length === 0 && ` + shown(total("kind=initiative")))
}

// said is the text of a value of the accessibility tree.
func said(v *accessibility.Value) (text string) {
	if v != nil {
		_ = json.Unmarshal([]byte(v.Value), &text) // others than texts say nothing
	}
	return text
}

// TestBrowserCoverage clicks a cell of the matrix and finds as many as it says.
func TestBrowserCoverage(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	for _, lang := range []string{"en", "ar"} {
		r := browse(t, s.url, desk)
		r.open("/" + lang + "/coverage")
		r.shot("coverage-" + lang)
		if n := eval[int](r, `document.querySelectorAll("table.heat tbody td a").length`); n < 7*22 {
			t.Errorf("%s: only %d cells", lang, n)
		}
		n := eval[int](r, `[...document.querySelectorAll("table.heat tbody td a")].map(a => +a.textContent).sort((a, b) => b - a)[0]`)
		r.script(fmt.Sprintf(`[...document.querySelectorAll("table.heat tbody td a")].find(a => a.textContent === "%d").click()`, n))
		r.until(`location.search.includes("theme=") && document.getElementById("count")`)
		path := "/api/v1/records" + eval[string](r, "location.search")
		if total := apiAnswer(t, s.url, path)["total"].(float64); int(total) != n {
			t.Errorf("%s: the cell of %d leads to %v records", lang, n, total)
		}
		count := eval[string](r, `document.getElementById("count").textContent`)
		for _, v := range apiAnswer(t, s.url, path+"&facets=kind")["facets"].(map[string]any)["kind"].([]any) {
			n := int(v.(map[string]any)["count"].(float64))
			if n > 2 && !slices.Contains(strings.FieldsFunc(count, func(r rune) bool { return !unicode.IsDigit(r) }), fmt.Sprint(n)) { // in Arabic one and two are words
				t.Errorf("%s: the page counts %q, without %d", lang, count, n)
			}
		}
	}
}

// TestBrowserCoverageFilters: the cells of a filtered matrix lead to as many
// results as they say, whether an axis is filtered or something else.
func TestBrowserCoverageFilters(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	for _, path := range []string{
		"/en/?theme=dialogue&region=142&evidence=evaluated",
		"/ar/?q=" + url.QueryEscape(questions["ar"]) + "&kind=initiative",
		"/en/?theme=dialogue&theme=media-literacy&not_region=145",
	} {
		r.open(path)
		filters := eval[int](r, `document.querySelectorAll(".chips li:not([data-key=clear])").length`) + strings.Count(path, "q=")
		r.script(`document.querySelector(".views a").click()`)
		r.until(`location.pathname.endsWith("/coverage") && document.querySelector(".heat")`)
		if n := eval[int](r, `document.querySelectorAll(".chips li[data-key]").length`); n != filters {
			t.Errorf("%s: %d filters became %d", path, filters, n)
		}
		r.script(`const form = document.querySelector("form.axes"); form.rows.value = "audience"; form.cols.value = "region"; form.querySelector("button").click()`)
		r.until(`location.search.includes("rows=audience") && document.querySelector(".heat")`)
		if n := eval[int](r, `document.querySelectorAll(".chips li[data-key]").length`); n != filters {
			t.Errorf("%s: with other axes, %d filters became %d", path, filters, n)
		}
		cells := eval[map[string]int](r, `Object.fromEntries([...document.querySelectorAll(".heat tbody td a")].map(a => [a.search, +a.textContent]))`)
		some := false
		for search, n := range cells {
			lang := path[1:3]
			if have := int(apiAnswer(t, s.url, "/api/v1/records"+search+"&limit=0&lang="+lang)["total"].(float64)); have != n {
				t.Errorf("%s: a cell says %d and leads to %d: %s", path, n, have, search)
			}
			some = some || n > 0
		}
		if !some {
			t.Errorf("the collection cannot show it: %s", path)
		}
	}
	for _, lang := range []string{"en", "ar"} {
		r.open("/" + lang + "/coverage?rows=audience&country=DE&country=FR&not_theme=dialogue&kind=initiative")
		r.script(`document.querySelector(".narrow").open = true; document.querySelectorAll(".narrow .group").forEach(g => g.open = true)`)
		r.shot("coverage-narrow-" + lang)
		r.script(`document.querySelector("[name=evidence][value=evaluated]").click(); document.querySelector(".narrow > button").click()`)
		r.until(`location.search.includes("evidence=evaluated") && document.querySelector(".heat")`)
		asked := eval[string](r, "location.search")
		for _, part := range []string{"rows=audience", "country=DE", "country=FR", "not_theme=dialogue", "kind=initiative", "evidence=evaluated"} {
			if strings.Count(asked, part) != 1 {
				t.Errorf("%s is asked for %d times: %s", part, strings.Count(asked, part), asked)
			}
		}
		found := apiAnswer(t, s.url, "/api/v1/records?limit=0&country=DE&country=FR&not_theme=dialogue&kind=initiative&evidence=evaluated")
		if n := eval[string](r, `[...document.querySelectorAll(".chips .clear")].pop().textContent.replace(/\D/g, "")`); n != fmt.Sprint(found["total"]) {
			t.Errorf("%s: the page leads to %s, of %v", lang, n, found["total"])
		}
	}
}

// TestFacets: every facet that has values is offered as a filter, and a chosen
// one stands above the results by its name, in every language.
func TestFacets(t *testing.T) {
	s := starterSite(t)
	for _, lang := range catalog.Languages {
		facets := apiAnswer(t, s.url, "/api/v1/records?limit=0&lang="+lang)["facets"].(map[string]any)
		labels := map[string]string{}
		terms := apiAnswer(t, s.url, "/api/v1/taxonomies?dimension=facet&lang="+lang)["dimensions"].(map[string]any)["facet"].([]any)
		for _, x := range terms {
			labels[x.(map[string]any)["code"].(string)] = x.(map[string]any)["label"].(string)
		}
		query, want := url.Values{"year_from": {"1901"}, "year_to": {"2099"}}, map[string]string{}
		for _, f := range catalog.Facets {
			if values := facets[f.Name].([]any); !f.Range && len(values) > 0 {
				first := values[0].(map[string]any)
				query.Add(f.Name, first["value"].(string))
				want[f.Name] = fmt.Sprintf("\u2068%s\u2069", first["label"])
				if f.Name == "source" { // the one that comes with the program
					want[f.Name] = fmt.Sprintf("\u2068%s\u2069", starterNames[lang])
				}
			}
		}
		for _, path := range []string{"/?", "/coverage?rows=field&cols=status&"} {
			answer, err := http.Get(s.url + "/" + lang + path + query.Encode())
			if err != nil {
				t.Fatal(err)
			}
			doc, err := html.Parse(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("%s%s: %d %v", lang, path, answer.StatusCode, err)
			}
			boxes, chips := map[string]bool{}, ""
			for n := range doc.Descendants() {
				attr := map[string]string{}
				for _, a := range n.Attr {
					attr[a.Key] = a.Val
				}
				if _, checked := attr["checked"]; checked {
					boxes[attr["name"]+"="+attr["value"]] = true
				}
				if n.Type == html.TextNode && strings.Contains(n.Data, "\u2068") {
					chips += n.Data + "\n"
				}
			}
			for name, value := range want {
				if path == "/?" && !boxes[name+"="+query.Get(name)] {
					t.Errorf("%s%s: no filter %s", lang, path, name)
				}
				if !strings.Contains(chips, "\u2068"+labels[name]+"\u2069") || !strings.Contains(chips, value) {
					t.Errorf("%s%s: no chip of %s: %s", lang, path, labels[name], value)
				}
			}
		}
	}
}

// TestBrowserAccessibility runs axe on every page in English and Arabic, light on a desk and
// dark on a phone; TestSoakAccessibility in all languages and looks.
func TestBrowserAccessibility(t *testing.T) {
	for lang, l := range map[string]look{"en": desk, "ar": {width: 375, dark: true}} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			accessible(t, lang, l)
		})
	}
}

func TestSoakAccessibility(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("skipped: make soak looks at all languages")
	}
	for _, lang := range catalog.Languages {
		for _, l := range []look{{width: 1280}, {width: 1280, dark: true}, {width: 375}, {width: 375, dark: true}, {width: 320}, {width: 1280, dark: true, forced: true}} {
			t.Run(fmt.Sprintf("%s%+v", lang, l), func(t *testing.T) {
				t.Parallel()
				accessible(t, lang, l)
			})
		}
	}
}

func accessible(t *testing.T, lang string, l look) {
	t.Helper()
	s := starterSite(t)
	r := browse(t, s.url, l)
	for name, path := range pages(t, s, lang) {
		r.open("/" + lang + path)
		name := fmt.Sprintf("%s-%s-%d", name, lang, l.width)
		var without []string
		if l.forced { // axe does not know the colours of the system
			name, without = name+"-forced", []string{"color-contrast"}
		}
		r.shot("axe-" + name)
		r.axe(name, without...)
		if over := eval[int](r, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
			t.Errorf("%s is %d px wider than the screen", name, over)
		}
	}
}

// TestBrowserKeyboard searches and opens a result without a mouse.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	r.open("/en/")
	tabTo := func(condition string) {
		t.Helper()
		for range 60 {
			r.do(chromedp.KeyEvent(kb.Tab))
			if eval[bool](r, condition) {
				return
			}
		}
		t.Fatalf("the tab key never leads to %s", condition)
	}
	tabTo(`document.activeElement.matches("a.skip")`)
	tabTo(`document.activeElement.id === "q"`)
	r.do(chromedp.KeyEvent("peace camp"))
	r.until(`document.querySelectorAll("#results .card").length > 0`)
	r.do(chromedp.KeyEvent(kb.Enter))
	r.until(`new URL(location).searchParams.get("q") === "peace camp"`)
	tabTo(`document.activeElement.matches("#results .card h3 a")`)
	if !eval[bool](r, `[document.activeElement, document.activeElement.closest(".card")].some(e => { const s = getComputedStyle(e); return s.outlineStyle === "solid" && s.outlineWidth === "3px" })`) {
		t.Error("the focus is not shown")
	}
	r.do(chromedp.KeyEvent(kb.Enter))
	r.until(`location.pathname.includes("/records/")`)
}

// TestBrowserPhone: the filters are a drawer, and nothing is wider than the
// screen, in both directions of writing.
func TestBrowserPhone(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	for _, lang := range []string{"en", "ar"} {
		r := browse(t, s.url, phone)
		r.open("/" + lang + "/?q=" + url.QueryEscape(questions[lang]))
		r.until(`document.querySelectorAll("#results .card").length > 0`)
		r.shot("phone-search-" + lang)
		for _, path := range []string{"/", "/coverage", "/sources", "/records/starter:seeds-of-peace-camp", "/start?theme=dialogue&months=12", "/compare?id=starter:seeds-of-peace-camp&id=starter:civic-online-reasoning", "/themes/media-literacy", "/data"} {
			r.open("/" + lang + path)
			r.shot("phone-" + strings.NewReplacer("/", "", ":", "-", "?", "-", "&", "-").Replace("page"+path) + "-" + lang)
			if over := eval[int](r, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s%s is %d px wider than the screen", lang, path, over)
			}
		}
	}
}

// TestBrowserWithoutScript: form, filters, record, coverage and paging work from
// pages that the server filled.
func TestBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, look{width: 1280, noScript: true})
	text := func() string {
		v, err := chromedp.Run(r.ctx, chromedp.Text(chromedp.CSS("main")))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	r.open("/fr/")
	r.do(chromedp.SendKeys(chromedp.CSS("#q"), questions["fr"]+kb.Enter), chromedp.WaitVisible(chromedp.CSS("#results .card")))
	r.do(chromedp.Click(chromedp.CSS("#results .card h3 a")), chromedp.WaitVisible(chromedp.CSS("#provenance")))
	if !strings.Contains(text(), "CC") {
		t.Error("the record page does not name its licence")
	}
	r.open("/fr/?kind=initiative")
	r.do(chromedp.Click(chromedp.CSS(".next a")), chromedp.WaitVisible(chromedp.CSS("#results .card")))
	r.open("/fr/coverage")
	r.do(chromedp.Click(chromedp.CSS("table.heat tbody td[data-level='1'] a")), chromedp.WaitVisible(chromedp.CSS("#results .card")))
}

// TestBrowserHostile imports records that try to do harm: the good are taken,
// and what they hold shows as harmless text.
func TestBrowserHostile(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	var out strings.Builder
	if code := run(t.Context(), []string{"import", "--data", data, "testdata/hostile.jsonl"}, nil, &out, &out); code != exitDone {
		t.Fatalf("exit %d: %s", code, &out)
	}
	for _, refused := range []string{"javascript", "control character", "not UTF-8", "must be an object", "1000"} {
		if !strings.Contains(out.String(), refused) {
			t.Errorf("the report does not say %q:\n%s", refused, &out)
		}
	}
	s := serveSite(t, data)
	r := browse(t, s.url, desk)
	for _, path := range []string{"/en/?q=hostile", "/ar/?q=hostile", "/en/records/h:script", "/en/records/h:bidi", "/ar/records/h:script", "/en/coverage", "/en/compare?id=h:script&id=h:bidi", "/ar/start?months=12", "/en/countries/JO", "/en/themes/dialogue"} {
		r.open(path)
		if eval[bool](r, `window.harmed === true || document.querySelector("main script, main img, main iframe, main [onerror]") !== null`) {
			t.Errorf("%s let a record's text become markup", path)
		}
	}
	r.open("/en/records/h:script")
	if have := eval[string](r, `document.querySelector("h1").textContent`); !strings.Contains(have, "<script>window.harmed=true</script>") {
		t.Errorf("the title is shown as %q", have)
	}
	r.open("/en/?q=hostile")
	r.shot("hostile")
}

// TestBrowserMarks: marks heaped on a letter of a title paint over nothing
// outside its card or the head of its page, and the focus of a card still shows
// around it.
func TestBrowserMarks(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	// picture is what is painted where an element stands, or in the pixels just
	// above it.
	picture := func(selector string, above int) string {
		t.Helper()
		box := eval[struct{ X, Y, Width, Height float64 }](r, fmt.Sprintf(`(({x, y, width, height}) => ({x, y, width, height}))(document.querySelector(%q).getBoundingClientRect())`, selector))
		if above > 0 {
			box.Y, box.Height = box.Y-float64(above), float64(above)
		}
		shot, err := chromedp.Call(r.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &page.Viewport{X: box.X, Y: box.Y, Width: box.Width, Height: box.Height, Scale: 1}})
		if err != nil {
			t.Fatal(err)
		}
		return string(shot.Data)
	}
	heap := strings.Repeat("\u0301\u0323", 200)
	for _, c := range []struct{ path, title, inside, outside string }{
		{"/en/?sort=title", ".card:nth-child(1) h3 a", ".card:nth-child(1)", ".card:nth-child(2)"},
		{"/en/records/starter:seeds-of-peace-camp", "h1", ".title", ".facts"},
	} {
		r.open(c.path)
		r.until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q)`, c.title))
		inside, outside := picture(c.inside, 0), picture(c.outside, 0)
		r.script(fmt.Sprintf(`const e = document.querySelector(%q); e.textContent = e.textContent[0] + %q + e.textContent.slice(1)`, c.title, heap))
		if picture(c.inside, 0) == inside {
			t.Errorf("%s: the marks are not shown at all", c.path)
		}
		if picture(c.outside, 0) != outside {
			t.Errorf("%s: the marks paint over %s", c.path, c.outside)
		}
	}
	r.open("/en/?sort=title")
	send(r, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	before := picture(".card", 4)
	r.script(`document.querySelector(".card h3 a").focus({focusVisible: true})`)
	if picture(".card", 4) == before {
		t.Error("the focus of a card is not shown around it")
	}
}

// TestBrowserMissing: pages that are not there say so, with the right status.
func TestBrowserMissing(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	for _, path := range []string{"/en/records/starter:nothing", "/en/nowhere", "/de/"} {
		r.wanted[path] = true
		r.open(path)
		if have := eval[string](r, `document.querySelector("h1").textContent`); have == "" {
			t.Errorf("%s says nothing", path)
		}
		answer, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
}

// TestHeaders: every page forbids what it does not need, and greets a reader in
// her own language.
func TestHeaders(t *testing.T) {
	s := starterSite(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for language, want := range map[string]string{"ar-EG,fr;q=0.5": "/ar/", "pt,es;q=0.3": "/es/", "zh-Hant-TW": "/zh/", "de": "/en/", "": "/en/"} {
		request, _ := http.NewRequest(http.MethodGet, s.url+"/", nil)
		request.Header.Set("Accept-Language", language)
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if have := answer.Header.Get("Location"); answer.StatusCode != http.StatusFound || have != want || !strings.Contains(fmt.Sprint(answer.Header.Values("Vary")), "Accept-Language") {
			t.Errorf("%q is sent to %s (%d), want %s", language, have, answer.StatusCode, want)
		}
	}
	for _, path := range []string{"/en/", "/en/records/starter:seeds-of-peace-camp", "/en/coverage", "/en/sources", "/en/start?theme=dialogue", "/en/compare", "/en/about", "/en/nowhere"} {
		answer, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		policy := answer.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, policy)
			}
		}
	}
}
