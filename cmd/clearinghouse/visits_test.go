package main

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserSuggestions types in the field of the header and of the search page, and goes by
// the keyboard to what is suggested: a place, an organisation.
func TestBrowserSuggestions(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	send(r, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	for _, c := range []struct{ lang, typed, country string }{{"en", "leban", "LB"}, {"ar", "لبن", "LB"}} {
		r.open("/" + c.lang + "/coverage")
		if role := eval[string](r, `document.getElementById("quick").role`); role != "combobox" {
			t.Fatalf("the field is a %q", role)
		}
		r.do(chromedp.SendKeys(chromedp.CSS("#quick"), c.typed))
		r.until(`document.getElementById("quick").getAttribute("aria-expanded") === "true" && document.querySelectorAll("#suggestions [role=option]").length > 1`)
		r.shot("suggestions-" + c.lang)
		r.axe("suggestions-" + c.lang)
		r.do(chromedp.KeyEvent(kb.ArrowDown))
		if !eval[bool](r, `document.getElementById(document.getElementById("quick").getAttribute("aria-activedescendant"))?.getAttribute("aria-selected") === "true"`) {
			t.Errorf("%s: no suggestion is active", c.lang)
		}
		r.do(chromedp.KeyEvent(kb.Escape))
		if !eval[bool](r, `document.getElementById("suggestions").hidden && document.getElementById("quick").value !== ""`) {
			t.Errorf("%s: Escape does not only close the suggestions", c.lang)
		}
		r.do(chromedp.KeyEvent(kb.ArrowDown))
		r.until(`!document.getElementById("suggestions").hidden`)
		r.do(chromedp.KeyEvent(kb.ArrowDown))
		// what the page prevents must prevent the character too, which chromedp sends by itself
		send(r, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, Text: "\r"})
		r.until(fmt.Sprintf(`location.pathname === "/%s/" && new URL(location).searchParams.get("country") === %q && document.querySelectorAll("#results .card").length > 0`, c.lang, c.country))
	}
	r.open("/en/")
	r.do(chromedp.SendKeys(chromedp.CSS("#q"), "soliya"))
	r.until(`[...document.querySelectorAll("#suggestions [role=option]")].some(o => o.dataset.href.startsWith("/en/records/"))`)
	r.script(`[...document.querySelectorAll("#suggestions [role=option]")].find(o => o.dataset.href.startsWith("/en/records/")).click()`)
	r.until(`location.pathname.startsWith("/en/records/") && document.querySelector("h1").textContent.includes("Soliya")`)
}

// TestBrowserYears moves the handles of the histogram, and looks for a country among many.
func TestBrowserYears(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	for _, lang := range []string{"en", "ar"} {
		r := browse(t, s.url, desk)
		r.open("/" + lang + "/?kind=initiative&year_to=2024")
		r.until(`document.querySelector(".histogram [data-inside]") && document.getElementById("range_to").value === "2024"`)
		before := eval[int](r, `document.querySelectorAll(".histogram [data-inside]").length`)
		r.script(`document.querySelector('[data-key="year"]').open = true; const from = document.getElementById("range_from"); from.value = "2015"; from.dispatchEvent(new Event("input", {bubbles: true})); from.dispatchEvent(new Event("change", {bubbles: true}))`)
		total := int(apiAnswer(t, s.url, "/api/v1/records?kind=initiative&limit=1&year_from=2015&year_to=2024")["total"].(float64))
		r.until(fmt.Sprintf(`new URL(location).searchParams.get("year_from") === "2015" && document.getElementById("count").textContent.match(/\d+/)?.[0] === "%d"`, total))
		if after := eval[int](r, `document.querySelectorAll(".histogram [data-inside]").length`); after != 10 || before <= after {
			t.Errorf("%s: of the histogram %d columns are inside, before %d", lang, after, before)
		}
		r.shot("years-" + lang)
		r.script(`const country = document.querySelector('[data-key="country"]'); country.open = true`)
		typed, want := "leb", "LB"
		if lang == "ar" {
			typed = "لبنان"
		}
		r.do(chromedp.SendKeys(chromedp.CSS("#w-country"), typed))
		r.until(fmt.Sprintf(`[...document.querySelectorAll('[data-key="country"] input[name="country"]')].map(i => i.value).join() === %q`, want))
		if have := eval[string](r, `document.activeElement.id`); have != "w-country" {
			t.Errorf("%s: typing lost the focus to %q", lang, have)
		}
		r.script(`document.querySelector('[data-key="country"] input[name="country"]').click()`)
		r.until(fmt.Sprintf(`new URL(location).searchParams.get("country") === %q`, want))
	}
}

// TestBrowserStart goes the way of a government officer: questions, ranked practices, two of
// them side by side, without a script as with one.
func TestBrowserStart(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	for _, c := range []struct {
		lang string
		look look
	}{{"en", desk}, {"ar", phone}, {"fr", look{width: 1280, noScript: true}}} {
		r := browse(t, s.url, c.look)
		r.open("/" + c.lang + "/start")
		r.open("/" + c.lang + "/start?country=JO&theme=media-literacy&audience=teachers&months=24&budget=250000")
		r.do(chromedp.WaitVisible(chromedp.CSS(".ranked")))
		r.shot("start-" + c.lang)
		r.do(chromedp.Click(chromedp.CSS(".ranked:nth-child(1) .pick input")), chromedp.Click(chromedp.CSS(".ranked:nth-child(2) .pick input")), chromedp.Click(chromedp.CSS(".cards + .actions button")))
		r.do(chromedp.WaitVisible(chromedp.CSS(".side-by-side")))
		r.shot("compare-" + c.lang)
		if c.look.noScript {
			continue
		}
		if n := eval[int](r, `document.querySelectorAll(".side-by-side thead th").length`); n != 2 {
			t.Errorf("%s: %d practices are compared", c.lang, n)
		}
		wrong := eval[[]string](r, `[...document.querySelectorAll(".side-by-side tbody tr")].filter(tr => ("differs" in tr.dataset) !== (new Set([...tr.cells].slice(1).map(td => td.textContent.trim())).size > 1)).map(tr => tr.cells[0].textContent.trim())`)
		if len(wrong) > 0 {
			t.Errorf("%s: marked wrongly as different or not: %q", c.lang, wrong)
		}
		if n := eval[int](r, `document.querySelectorAll(".brief .links a[href^=http]").length`); n < 4 {
			t.Errorf("%s: the brief names %d pages", c.lang, n)
		}
		r.do(chromedp.Click(chromedp.CSS(".remove")))
		r.until(`document.querySelector(".compare .note") && document.querySelectorAll(".side-by-side thead th").length === 1`)
	}
}

// TestStart: what is ranked first fits most, and what is said to fit is so in the record.
func TestStart(t *testing.T) {
	s := starterSite(t)
	r := browse(t, s.url, desk)
	r.open("/en/start?country=JO&theme=media-literacy&audience=teachers")
	type shown struct {
		ID   string
		Fits []string
	}
	points := map[string]int{"yes": 2, "near": 1}
	last := 6
	for _, each := range eval[[]shown](r, `[...document.querySelectorAll(".ranked")].map(li => ({ID: li.querySelector("input").value, Fits: [...li.querySelectorAll(".fits li")].map(f => f.dataset.fit)}))`) {
		sum := 0
		for _, fit := range each.Fits {
			sum += points[fit]
		}
		if sum > last {
			t.Errorf("%s stands behind one that fits less", each.ID)
		}
		last = sum
		record := apiAnswer(t, s.url, "/api/v1/records/"+url.PathEscape(each.ID))
		for i, field := range []string{"countries", "themes", "audiences"} {
			code := []string{"JO", "media-literacy", "teachers"}[i]
			has := false
			values, _ := record[field].([]any)
			for _, v := range values {
				has = has || v == code
			}
			if has != (each.Fits[i] == "yes") {
				t.Errorf("%s: %s is said to be %q", each.ID, field, each.Fits[i])
			}
		}
	}
	if last == 6 {
		t.Error("nothing is ranked")
	}
}

// TestBrowserCell: a square of the map shows what is best evidenced there while it has the focus.
func TestBrowserCell(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	send(r, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	r.open("/ar/coverage")
	r.script(`document.querySelector("[data-cell]").focus()`)
	r.until(`!document.getElementById("cell").hidden && document.activeElement.getAttribute("aria-describedby") === "cell"`)
	if n := eval[int](r, `document.querySelectorAll("#cell li").length`); n == 0 || n > 3 {
		t.Errorf("%d are shown", n)
	}
	r.shot("cell-ar")
	r.do(chromedp.KeyEvent(kb.Escape))
	r.until(`document.getElementById("cell").hidden`)
}

// TestBrowserOffline: without a connection the records that were read can be read again, and
// say from when they are; every other page says that there is none.
func TestBrowserOffline(t *testing.T) {
	t.Parallel()
	s := serveSite(t, filepath.Join(t.TempDir(), "data"))
	r := browse(t, s.url, phone)
	const record = "/records/starter:seeds-of-peace-camp"
	r.open("/ar/")
	r.until(`navigator.serviceWorker.controller`)
	r.open("/ar" + record)
	title := eval[string](r, `document.querySelector("h1").textContent`)
	r.until(`caches.open("records").then(c => c.keys()).then(k => window.kept = k.length) && window.kept === 1`)
	s.end() // the server is gone, as on a line that is down
	r.do(chromedp.Reload())
	r.until(fmt.Sprintf(`document.documentElement.dataset.saved && !document.getElementById("saved").hidden && document.querySelector("h1").textContent === %q`, title))
	if date := eval[string](r, `document.querySelector("#saved .when").textContent`); len(date) < 10 {
		t.Errorf("the copy is of %q", date)
	}
	r.shot("saved-ar")
	r.open("/ar/coverage")
	r.until(`document.querySelectorAll("#kept a").length === 1`)
	r.shot("offline-ar")
	r.script(`document.querySelector("#kept a").click()`)
	r.until(`document.documentElement.dataset.saved`)
	r.open("/ar/nowhere/at/all")
	if have := eval[int](r, `document.querySelectorAll("#kept").length`); have != 1 {
		t.Error("a page that was never seen is not said to be out of reach")
	}
	if have := eval[string](r, `document.documentElement.lang`); have != "ar" {
		t.Errorf("an Arabic page without a connection is %q", have)
	}
}

// TestManifest: the site can be installed, in each language.
func TestManifest(t *testing.T) {
	s := starterSite(t)
	m := apiAnswer(t, s.url, "/ar/site.webmanifest")
	icon := m["icons"].([]any)[0].(map[string]any)
	if m["dir"] != "rtl" || m["start_url"] != "/ar/" || m["name"] == "" || icon["type"] != "image/svg+xml" {
		t.Errorf("%v", m)
	}
	for path, want := range map[string]string{icon["src"].(string): "image/svg+xml", "/sw.js": "text/javascript; charset=utf-8"} {
		answer, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", path, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
	}
}

// TestCounts: what the tiles, the timeline, the map and the bars of a page say leads to as many.
func TestCounts(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	total := func(query string) string {
		return fmt.Sprint(apiAnswer(t, s.url, "/api/v1/records?limit=0&facets=none&"+query)["total"])
	}
	for _, path := range []string{"/en/coverage", "/en/coverage?theme=dialogue&not_country=FR", "/en/themes/dialogue", "/ar/countries/LB"} {
		r.open(path)
		type said struct {
			Href  string
			Count string
		}
		all := eval[[]said](r, `[...document.querySelectorAll(".timeline tbody tr, .bars li")].map(e => ({Href: e.querySelector("a").getAttribute("href"), Count: (e.querySelector("td") ?? e.querySelector(".number")).textContent.replace(/\D/g, "")})).concat([...document.querySelectorAll(".places a")].slice(0, 40).map(a => ({Href: a.getAttribute("href"), Count: a.textContent.match(/\d+/)?.[0] ?? "0"}))).filter(({Href}) => Href.includes("?"))`)
		if len(all) < 10 {
			t.Fatalf("%s says only %d numbers", path, len(all))
		}
		for _, each := range all {
			_, query, _ := strings.Cut(each.Href, "?")
			if n := total(query); n != each.Count {
				t.Errorf("%s: %s leads to %s, not %s", path, each.Href, n, each.Count)
			}
		}
	}
	r.open("/en/")
	type tile struct {
		Theme, Href, Text string
		Bar               map[string]float64 // width by level
	}
	tiles := eval[[]tile](r, `[...document.querySelectorAll(".tiles li[data-theme]")].map(e => ({Theme: e.dataset.theme, Href: e.querySelector("a").getAttribute("href"), Text: e.querySelector(".quiet").textContent.trim(), Bar: Object.fromEntries([...e.querySelectorAll("rect")].map(b => [b.dataset.level, b.width.baseVal.value]))}))`)
	if len(tiles) != 7 {
		t.Fatalf("there are %d tiles", len(tiles))
	}
	for _, each := range tiles {
		query := "kind=initiative&theme=" + each.Theme
		if want := total(query) + " practices · " + total(query+"&evidence=evaluated&evidence=experimental") + " evaluated"; each.Text != want || each.Href != "/en/themes/"+each.Theme {
			t.Errorf("%s: the tile says %q and leads to %s, want %q", each.Theme, each.Text, each.Href, want)
		}
		sum := 0.0
		for level, width := range each.Bar {
			sum += width
			part, _ := strconv.ParseFloat(total(query+"&evidence="+level), 64)
			whole, _ := strconv.ParseFloat(total(query), 64)
			if share := 100 * part / whole; math.Abs(share-width) > 1 {
				t.Errorf("%s: %s is %g wide and %g %%", each.Theme, level, width, share)
			}
		}
		if sum > 100 {
			t.Errorf("%s: the bar is %g wide", each.Theme, sum)
		}
	}
}
