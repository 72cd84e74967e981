package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// users go the ways of docs/design.md section 1 through the site, in a language and on a screen.
var users = map[string]func(*reader, string){
	"officer": officer, "ngo": worker, "researcher": researcher, "editor": editor, "operator": operator,
}

// TestBrowserUsers: each of them comes to where she wants to, in English on a desk and in Arabic on
// a phone; in TestSoakUsers the other way round too.
func TestBrowserUsers(t *testing.T) { goAll(t, map[string]look{"en": desk, "ar": phone}) }

func TestSoakUsers(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("skipped: make soak goes all ways on both screens")
	}
	goAll(t, map[string]look{"en": phone, "ar": desk})
	goAll(t, map[string]look{"fr": phone, "es": desk, "ru": phone, "zh": phone})
}

func goAll(t *testing.T, looks map[string]look) {
	s := starterSite(t)
	for lang, l := range looks {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			r := browse(t, s.url, l)
			for name, way := range users {
				way(r, lang)
				r.shot(fmt.Sprintf("user-%s-%s-%d", name, lang, l.width))
				if over := eval[int](r, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s, %s: the page is %d px wider than the screen", name, lang, over)
				}
			}
		})
	}
}

// follow goes where a link leads, as a tap does.
func (r *reader) follow(selector string) {
	r.t.Helper()
	r.until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q)`, selector))
	r.script(fmt.Sprintf(`document.querySelector(%q).click()`, selector))
}

// officer wants to start a programme: what was tried comes first that fits, and two of it side by
// side make a brief with sources and contacts.
func officer(r *reader, lang string) {
	r.open("/" + lang + "/")
	r.follow(fmt.Sprintf(`nav a[href="/%s/start"]`, lang))
	r.until(`document.readyState === "complete" && document.querySelector("form.questions")`)
	r.script(`const f = document.querySelector("form.questions"); f.country.value = "JO"; f.theme.value = "media-literacy"; f.months.selectedIndex = 2; f.querySelector("button").click()`)
	r.until(`document.readyState === "complete" && document.querySelectorAll(".ranked").length > 3`)
	r.script(`for (const box of [...document.querySelectorAll(".pick input")].slice(0, 2)) box.click(); document.querySelector(".cards + .actions button").click()`)
	r.until(`document.querySelectorAll(".side-by-side thead th").length === 2 && document.querySelectorAll(".brief").length === 2`)
	if n := eval[int](r, `document.querySelectorAll('.brief .links a[href^="http"]').length`); n < 4 {
		r.t.Errorf("%s: the brief names only %d pages", lang, n)
	}
}

// worker looks at a theme, then at what there is of it in a region, on a phone by the drawer of
// filters, and reads one.
func worker(r *reader, lang string) {
	r.open("/" + lang + "/")
	r.follow(`.tiles li[data-theme="migrant-integration"] a`)
	r.until(`location.pathname.endsWith("/themes/migrant-integration") && document.querySelectorAll(".topic .card").length > 3`)
	r.follow(".topic .actions a.button")
	r.until(`new URL(location).searchParams.get("theme") === "migrant-integration" && document.querySelectorAll("#results .card").length > 3`)
	if eval[bool](r, `!document.getElementById("drawer").open`) {
		r.follow("#drawer summary")
	}
	r.follow(`input[name="region"][value="150"]`)
	r.until(`new URL(location).searchParams.get("region") === "150" && document.querySelectorAll(".chips li[data-key]").length >= 3`)
	total := int(apiAnswer(r.t, r.site, "/api/v1/records?limit=0&facets=none&"+eval[string](r, `location.search.slice(1)`))["total"].(float64))
	r.until(fmt.Sprintf(`document.getElementById("count").textContent.replace(/\D/g, "") === "%d"`, total))
	r.follow("#results .card h3 a")
	r.until(`location.pathname.includes("/records/") && document.getElementById("organizations") && document.getElementById("provenance")`)
}

// researcher takes a whole result with her, freezes it, and finds how to ask by program.
func researcher(r *reader, lang string) {
	r.open("/" + lang + "/?theme=human-rights-education&kind=initiative&evidence=evaluated")
	r.follow("details.menu-of summary")
	path := eval[string](r, `document.querySelector('.take a[href*=".csv"]').getAttribute("href")`)
	text := strings.TrimPrefix(inPage(r, path), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if total := int(apiAnswer(r.t, r.site, strings.Replace(path, ".csv", "", 1)+"&limit=0")["total"].(float64)); err != nil || len(rows) != total+1 || total == 0 {
		r.t.Errorf("%s: %s has %d rows of %d: %v", lang, path, len(rows), total, err)
	}
	r.shot("take-" + lang)
	r.follow("details.menu-of form button")
	r.until(`location.pathname.includes("/sets/") && document.querySelectorAll("#files li").length === 7`)
	hash := eval[string](r, `document.querySelector("#proof code").textContent`)
	lines := inPage(r, eval[string](r, `document.querySelector('#files a[href$="records.jsonl"]').getAttribute("href")`))
	if sum := sha256.Sum256([]byte(lines)); hex.EncodeToString(sum[:]) != hash || strings.Count(lines, "\n") != len(rows)-1 {
		r.t.Errorf("%s: the frozen set has %d records and not the hash %s", lang, strings.Count(lines, "\n"), hash)
	}
	r.follow(fmt.Sprintf(`a[href="/%s/data"]`, lang))
	r.until(`location.pathname.endsWith("/data") && document.querySelectorAll("pre").length > 3`)
	for _, format := range []string{"csv", "xlsx", "jsonl", "parquet", "ris", "bib", "atom"} {
		path := eval[string](r, fmt.Sprintf(`document.querySelector('.take a[href*="records.%s"]').getAttribute("href")`, format))
		if u, err := url.Parse(path); err != nil || u.Query().Get("theme") != "" {
			r.t.Errorf("%s: the whole collection is at %s", lang, path)
		}
	}
}

// inPage asks for a path from within the page.
func inPage(r *reader, path string) string {
	r.t.Helper()
	return eval[string](r, fmt.Sprintf(`fetch(%q).then(a => a.text())`, path), chromedp.EvalAwaitPromise)
}

// editor sees where a record is from, what was said of it and when, and what the criteria are.
func editor(r *reader, lang string) {
	r.open("/" + lang + "/?criterion=replicable")
	r.until(`document.querySelectorAll("#results .card").length > 0`)
	r.follow("#results .card h3 a")
	r.until(`document.querySelectorAll("#criteria li").length > 0 && document.querySelectorAll("#provenance dt").length > 2`)
	r.open("/" + lang + "/about")
	if n := eval[int](r, `document.querySelectorAll("main .terms dt").length`); n < 8 {
		r.t.Errorf("%s: only %d terms are explained", lang, n)
	}
}

// operator sees whether the sources are fresh.
func operator(r *reader, lang string) {
	r.open("/" + lang + "/sources")
	if state := eval[string](r, `document.querySelector("#starter .state, tr .state")?.dataset.state ?? ""`); state != "fresh" {
		r.t.Errorf("%s: the collection is %q", lang, state)
	}
}

// TestBrowserByKeyboard goes the way of the officer with nothing but a keyboard: by the menu to the
// questions, to what fits best, and to two of it side by side. The focus can be seen at each step.
func TestBrowserByKeyboard(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	r := browse(t, s.url, desk)
	send(r, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tabTo := func(condition string) {
		t.Helper()
		for range 120 {
			r.do(chromedp.KeyEvent(kb.Tab))
			if !eval[bool](r, `(() => { const e = document.activeElement; if (e === document.body || e.matches("main, .scroll")) return true; const r = [e, e.closest(".card")].filter(Boolean); return r.some(x => getComputedStyle(x).outlineStyle !== "none") })()`) {
				t.Errorf("the focus on %s is not shown", eval[string](r, `document.activeElement.outerHTML.slice(0, 120)`))
			}
			if eval[bool](r, condition) {
				return
			}
		}
		t.Fatalf("the tab key never leads to %s", condition)
	}
	r.open("/en/")
	tabTo(`document.activeElement.matches('nav a[href="/en/start"]')`)
	r.do(chromedp.KeyEvent(kb.Enter))
	r.until(`document.readyState === "complete" && document.querySelector("form.questions")`)
	tabTo(`document.activeElement.id === "country"`)
	r.do(chromedp.KeyEvent("Jorda"))
	tabTo(`document.activeElement.id === "theme"`)
	r.do(chromedp.KeyEvent("Media"))
	tabTo(`document.activeElement.matches("form.questions button")`)
	r.do(chromedp.KeyEvent(kb.Enter))
	r.until(`new URL(location).searchParams.get("country") === "JO" && new URL(location).searchParams.get("theme") === "media-literacy" && document.querySelectorAll(".ranked").length > 3`)
	for n := 1; n <= 2; n++ {
		tabTo(fmt.Sprintf(`document.activeElement.matches(".ranked:nth-child(%d) .pick input")`, n))
		r.do(chromedp.KeyEvent(" "))
	}
	tabTo(`document.activeElement.matches(".cards + .actions button")`)
	r.do(chromedp.KeyEvent(kb.Enter))
	r.until(`document.querySelectorAll(".side-by-side thead th").length === 2`)
	tabTo(`document.activeElement.matches(".brief h2 a")`)
	r.shot("keyboard-compare")
}

// TestBrowserZoom: with text of twice the size no page is wider than its screen, and no text is cut.
func TestBrowserZoom(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	for _, lang := range []string{"en", "ar"} {
		r := browse(t, s.url, look{width: 1280, large: true})
		for name, path := range pages(t, s, lang) {
			r.open("/" + lang + path)
			if size := eval[string](r, `getComputedStyle(document.documentElement).fontSize`); size != "34px" {
				t.Fatalf("the text is %s high", size)
			}
			r.shot("zoom-" + name + "-" + lang)
			if over := eval[int](r, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: the page is %d px wider than the screen", name, lang, over)
			}
			cut := eval[[]string](r, `[...document.querySelectorAll("main :is(h1, h2, h3, p, li, dd, dt, th, td, button, a, label)")].filter(e => e.checkVisibility() && getComputedStyle(e).overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1 && !e.closest(".aside, .links .path")).map(e => e.outerHTML.slice(0, 120))`)
			if len(cut) > 0 {
				t.Errorf("%s, %s: cut: %q", name, lang, cut)
			}
		}
	}
}
