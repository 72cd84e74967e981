package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"clearinghouse/store"
	"clearinghouse/ui"
)

// TestSources: the list says how current each source is, what waits for an
// editor and why a run failed; without the store, which a server may have, it
// says where to ask.
func TestSources(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/good.jsonl" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(`{"id":"good:1","kind":"resource","title":{"en":"First","ar":"الأول"},"original":"en","provenance":{"source":"good"}}` + "\n" +
			`{"id":"good:2","kind":"resource","title":{"fr":"Deuxième"},"original":"fr","provenance":{"source":"good"}}` + "\n"))
	}))
	defer server.Close()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"good", "bad", "new"} {
		file := "id: " + id + "\nname: " + id + "\nlicence: CC0-1.0\nformat: jsonl\naddress: " + server.URL + "/" + id + ".jsonl\nlanguage: en\nprivate_addresses: true\n"
		if err := os.WriteFile(filepath.Join(data, "sources", id+".yaml"), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines := func(out string, want ...string) {
		t.Helper()
		for _, pattern := range want {
			if !regexp.MustCompile("(?m)" + pattern).MatchString(out) {
				t.Errorf("no %s in\n%s", pattern, out)
			}
		}
	}
	lines(must(t, "sources", "--data", data), `^starter +jsonl +with the program +never +0 *$`, `^good +jsonl +24h0m0s +never +0 *$`)
	if store.Exists(data) {
		t.Error("the list began a store")
	}
	if out, err := call("pull", "good", "bad", "--data", data).CombinedOutput(); err == nil {
		t.Errorf("a source is not there, but: %s", out)
	}
	lines(must(t, "sources", "list", "--data", data),
		`^SOURCE +FORMAT +EVERY +STATE +LAST RUN .* IN PART +WAITING`,
		`^good +jsonl +24h0m0s +fresh +\d{4}-\S+ \S+ +2 +0 +0 +0 +0 +0 +2 *$`,
		`^bad +jsonl +24h0m0s +failing +.* 0 +\S.*404`,
		`^new +jsonl +24h0m0s +never +0 *$`)
	if out, want := must(t, "sources", "waiting", "good", "--data", data), "good:1  First\ngood:2  Deuxième\n"; out != want {
		t.Errorf("waiting: %q, want %q", out, want)
	}
	lines(must(t, "sources", "waiting", "bad", "--data", data), "^no record of bad waits for an editor$")

	taxonomy, err := taxonomy()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(data, "test", taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out := must(t, "sources", "--data", data)
	lines(out, `^SOURCE +FORMAT +EVERY$`, `^good +jsonl +24h0m0s$`, `how each source ran, at http://127\.0\.0\.1:8080/api/v1/sources or at its own --addr$`)
	if strings.Contains(out, "fresh") {
		t.Errorf("it knows what it cannot:\n%s", out)
	}
}

// starterNames are what the pages call the starter collection.
var starterNames = map[string]string{
	"ar": "المجموعة الأولى المرفقة بالبرنامج",
	"zh": "随程序附带的初始资料集",
	"en": "The starter collection that comes with the program",
	"fr": "Le recueil de départ fourni avec le programme",
	"ru": "Начальное собрание, поставляемое с программой",
	"es": "La colección inicial que acompaña al programa",
}

// TestBrowserSources: a record names its source and leads to it, and the source
// leads to as many records as it says, without a script.
func TestBrowserSources(t *testing.T) {
	s := starterSite(t)
	r := browse(t, s.url, look{width: 1280, noScript: true})
	for _, lang := range []string{"en", "ar"} {
		r.open("/" + lang + "/records/starter:seeds-of-peace-camp")
		r.do(chromedp.Click(chromedp.CSS("#provenance a[href*=sources]")), chromedp.WaitVisible(chromedp.CSS("tr:target")))
		r.shot("sources-" + lang)
		text := func(selector string) string {
			t.Helper()
			v, err := chromedp.Run(r.ctx, chromedp.Text(chromedp.CSS(selector)))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if have := text("tr:target th bdi"); have != starterNames[lang] {
			t.Errorf("%s: the starter collection is called %q", lang, have)
		}
		n := int(apiAnswer(t, s.url, "/api/v1/records?source=starter&limit=0")["total"].(float64))
		if have := text("tr:target td a[href*=source]"); n == 0 || !strings.Contains(have, fmt.Sprint(n)) {
			t.Errorf("%s: %q, but there are %d", lang, have, n)
		}
		r.do(chromedp.Click(chromedp.CSS("tr:target td a[href*=source]")), chromedp.WaitVisible(chromedp.CSS("#results .card")))
		if have := text(".chips"); !strings.Contains(have, starterNames[lang]) {
			t.Errorf("%s: the source is not a filter: %q", lang, have)
		}
	}
}

// TestBrowserSourceStates runs axe on the page of sources with one in every
// state; nothing is wider than the screen.
func TestBrowserSourceStates(t *testing.T) {
	answer, err := os.ReadFile(root + "/ui/testdata/api/sources.json")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(ui.Options{API: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) })})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	for _, lang := range []string{"en", "ar"} {
		for _, l := range []look{{width: 1280}, {width: 900, dark: true}, {width: 375}, {width: 320, dark: true}} {
			r := browse(t, server.URL, l)
			r.open("/" + lang + "/sources#bad")
			r.script(`document.querySelectorAll("main details").forEach(d => { d.open = true })`)
			name := fmt.Sprintf("sources-states-%s-%d", lang, l.width)
			r.shot(name)
			r.axe(name)
			if over := eval[int](r, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s is %d px wider than the screen", name, over)
			}
		}
	}
}
