package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// fillerPage runs the cases of ui/testdata/fill.json through the script that
// fills pages in the browser and lists the names of those that differ from what
// the server's filler makes.
const fillerPage = `<!doctype html><script type="module">
import { filled } from "/static/js/fill.js";
const read = async (name) => (await fetch("/testdata/" + name)).json();
const file = await read("fill.json"), golden = await read("fill.golden.json");
const parse = (html) => { const t = document.createElement("template"); t.innerHTML = html; t.content.normalize(); return t; };
const differing = [];
for (const c of file.cases) {
  const view = { lang: c.lang, data: c.data, messages: file.messages[c.lang], params: file.params, icons: "/icons.svg" };
  const have = document.createElement("div");
  have.append(filled(view, parse(c.html), c.data));
  have.normalize();
  const want = document.createElement("div");
  want.append(parse(golden[c.name]).content);
  if (!have.isEqualNode(want)) differing.push(c.name + ": " + have.innerHTML + " instead of " + want.innerHTML);
}
window.outcome = { cases: file.cases.length, differing };
</script>`

// TestBrowserFiller: the two fillers of the pages, the server's and the
// script's, do the same.
func TestBrowserFiller(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/static/", http.FileServerFS(os.DirFS(root+"/ui")))
	mux.Handle("/testdata/", http.FileServerFS(os.DirFS(root+"/ui")))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, fillerPage)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	r := browse(t, server.URL, desk)
	r.do(chromedp.Navigate(server.URL))
	r.until(`window.outcome !== undefined`)
	if n := eval[int](r, `window.outcome.cases`); n < 10 {
		t.Errorf("only %d cases", n)
	}
	for _, differs := range eval[[]string](r, `window.outcome.differing`) {
		t.Error(differs)
	}
}
