package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
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
	for _, id := range []string{"good", "bad", "new"} {
		lineSource(t, data, id, server.URL)
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

// TestSourcesTest shows what a pull would report, and fails if there is nothing to take.
func TestSourcesTest(t *testing.T) {
	var body atomic.Value
	body.Store("ID,Title,Country\n1,One,Atlantis\x1b]0\x07\n2,,Jordan\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		io.WriteString(w, body.Load().(string))
	}))
	defer server.Close()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := "id: t\nname: T\nformat: table\naddress: " + server.URL + "/t.csv\nlanguage: en\nprivate_addresses: true\nconstants: {kind: initiative}\n" +
		"table: {id: ID, columns: {title: Title, countries: Country}}\n"
	if err := os.WriteFile(filepath.Join(data, "sources", "t.yaml"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	tested := func(want int) string {
		t.Helper()
		c := call("sources", "test", "t", "--data", data)
		out, err := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != want {
			t.Errorf("exit status %d, want %d: %v", code, want, err)
		}
		return string(out)
	}
	out := tested(exitDone)
	for _, want := range []string{`{"id":"t:1"`, "t: 1 new, 0 changed, 0 unchanged, 0 withdrawn, 1 refused\n", "  left out of " + server.URL + "/t.csv:2 t:1: ", `Atlantis\u001b]0\u0007`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\x1b\x07") {
		t.Errorf("the source reaches the terminal: %q", out)
	}
	body.Store("ID,Title,Country\n2,,Jordan\n")
	if out := tested(exitFailed); !strings.Contains(out, "1 refused") || !strings.Contains(out, "clearinghouse: the source has no record that could be taken: compare its file") {
		t.Error(out)
	}
}

// TestWrongFileNamed: whoever names a source whose file is wrong is told what is wrong
// with it, and nothing else; one that there is none of is no wrong file.
func TestWrongFileNamed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	lineSource(t, data, "good", "https://good.example")
	must(t, "import", root+"/indexer/testdata/import.jsonl", "--data", data)
	for name, text := range map[string]string{"a": "id: alpha\nname: A\ntrustd: true\n", "b": "[]\n"} {
		if err := os.WriteFile(filepath.Join(data, "sources", name+".yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		exit int
		want string
	}{
		{"pull alpha", exitFailed, `^clearinghouse: \S+/a\.yaml:3:1: unknown field "trustd": check its spelling, or remove it\n$`},
		{"sources test alpha", exitFailed, `^clearinghouse: \S+/a\.yaml:3:1: unknown field "trustd": check its spelling, or remove it\n$`},
		{"sources test b", exitFailed, `^clearinghouse: \S+/b\.yaml:1:1: a source file is one map`},
		{"pull nosuch", exitUsage, `^clearinghouse: there is no source "nosuch"; there are starter, good\n$`},
		{"sources waiting nosuch", exitUsage, `^clearinghouse: there is no source "nosuch"; there are starter, good\n$`},
		{"sources waiting good", exitDone, `^no record of good waits for an editor\n$`},
		{"sources waiting alpha", exitFailed, `a\.yaml:3:1: unknown field`},
	} {
		call := call(append(strings.Fields(c.args), "--data", data)...)
		out, _ := call.CombinedOutput()
		if code := call.ProcessState.ExitCode(); code != c.exit || !regexp.MustCompile(c.want).Match(out) {
			t.Errorf("%s: exit status %d, want %d, and %s:\n%s", c.args, code, c.exit, c.want, out)
		}
	}
}

// TestSourcesFollowed: what comes from another Clearinghouse is shown as that, on the
// page too, and is counted with the source that follows it.
func TestSourcesFollowed(t *testing.T) {
	t.Parallel()
	origin, data := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data")
	must(t, "pull", "starter", "--data", origin)
	must(t, "import", root+"/indexer/testdata/import.jsonl", "--data", origin)
	other := serveSite(t, origin)
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := "id: far\nname: Instance B\nformat: jsonl\naddress: " + other.url + "\nprivate_addresses: true\ntrusted: true\njsonl: {changes: true}\n"
	if err := os.WriteFile(filepath.Join(data, "sources", "far.yaml"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	n := apiAnswer(t, other.url, "/api/v1/records?not_source=starter&facets=none")["total"].(float64)
	if out := must(t, "pull", "--data", data); n == 0 || !strings.Contains(out, fmt.Sprintf("far: %.0f new, 0 changed, 0 unchanged, 0 withdrawn, 0 refused\n  passed over: %d of sources", n, len(searchtest.StarterRecords(t, root)))) {
		t.Errorf("%.0f records:\n%s", n, out)
	}
	s := serveSite(t, data)
	for i, item := range apiAnswer(t, s.url, "/api/v1/sources")["items"].([]any) {
		source := item.(map[string]any)
		switch {
		case i == 0 && source["id"] == "far" && source["records"] == n && source["state"] == "fresh" && apiAnswer(t, s.url, source["href"].(string))["total"] == n:
		case i > 0 && source["state"] == "followed" && source["via"] == "far" && source["records"] != 0.0:
		default:
			t.Errorf("%v", source)
		}
	}
	resp, err := http.Get(s.url + "/en/sources")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(page), "From \u2068Instance B\u2069") || strings.Contains(string(page), "Added by hand") {
		t.Errorf("%v\n%s", err, page)
	}
}

// TestLines: nothing that a terminal obeys is written, and nothing else is changed.
func TestLines(t *testing.T) {
	var out strings.Builder
	text := "a\tb\n\x1b[2J\r\x00\x7f\u009b1m \u202eevil\u2066 نص\u200f é 字 \xff\n"
	if n, err := (lines{&out}).Write([]byte(text)); n != len(text) || err != nil {
		t.Error(n, err)
	}
	if want := "a\tb\n" + `\u001b[2J\u000d\u0000\u007f\u009b1m \u202eevil\u2066` + " نص\u200f é 字 " + `\xff` + "\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// TestProblem: neither the place nor a reason stands twice in a line.
func TestProblem(t *testing.T) {
	reasons := func(texts ...string) (out []catalog.Reason) {
		for _, text := range texts {
			out = append(out, catalog.Reason{Message: text})
		}
		return out
	}
	const page = "https://a.example/x"
	for want, r := range map[string]catalog.Refusal{
		page + " failed (HTTP 500)":            {Where: page, Reasons: reasons(page + " failed (HTTP 500)")},
		page + ":3: " + page + "y is not here": {Where: page + ":3", Reasons: reasons(page + "y is not here")},
		page + ": " + page + "y is not here":   {Where: page, Reasons: reasons(page + "y is not here")},
		page + " a:1: no title; no kind":       {Where: page, ID: "a:1", Reasons: reasons("no title", "no kind", "no title")},
		"a:1: no title":                        {ID: "a:1", Reasons: reasons("no title")},
	} {
		if have := problem(r); have != want {
			t.Errorf("%q, want %q", have, want)
		}
	}
}

// TestProgressLines: where nothing is drawn, long work says how far it is, now and then.
func TestProgressLines(t *testing.T) {
	var out strings.Builder
	p := &program{stderr: &out}
	b := p.progress("indexing")
	b.set(1, 9)
	b.said = b.said.Add(-sayEvery)
	b.set(2, 9)
	b.set(3, 9)
	b.said = b.said.Add(-sayEvery)
	b.set(9, 9)
	b.end()
	if want := "indexing: 2 of 9\nindexing: 9\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
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
	t.Parallel()
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
	t.Parallel()
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
