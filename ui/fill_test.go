package ui

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/language"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// fillCases is testdata/fill.json, which the browser tests run through
// static/js/fill.js; testdata/fill.golden.json has the HTML of each by name.
type fillCases struct {
	Messages map[string]map[string]message `json:"messages"`
	Params   []string                      `json:"params"`
	Cases    []struct {
		Name string         `json:"name"`
		Lang string         `json:"lang"`
		HTML string         `json:"html"`
		Data map[string]any `json:"data"`
	} `json:"cases"`
}

func TestFill(t *testing.T) {
	data, err := os.ReadFile("testdata/fill.json")
	if err != nil {
		t.Fatal(err)
	}
	var file fillCases
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for _, c := range file.Cases {
		div := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
		nodes, err := html.ParseFragment(strings.NewReader(c.HTML), div)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			div.AppendChild(n)
		}
		v := &view{
			data: c.Data, icons: "/icons.svg", params: file.Params,
			locale: &locale{code: c.Lang, tag: language.Make(c.Lang), messages: file.Messages[c.Lang]},
		}
		v.fill(div, c.Data)
		var b bytes.Buffer
		for n := range div.ChildNodes() {
			if err := html.Render(&b, n); err != nil {
				t.Fatal(err)
			}
		}
		have[c.Name] = b.String()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(have); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/fill.golden.json", b.Bytes())
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, name string, have []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, have, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("%s differs (write it with -update once that is meant):\n%s", name, diff)
	}
}
