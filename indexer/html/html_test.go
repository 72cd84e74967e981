package html

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/format/formattest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// testCase is the form of testdata/*.yaml. The page is the .html file beside
// it, its translations are .<language>.html.
type testCase struct {
	About       string   `yaml:"about"`
	Kind        string   `yaml:"kind"`    // list or item
	Address     string   `yaml:"address"` // of the page
	ContentType string   `yaml:"content_type"`
	Language    string   `yaml:"language"`
	HTML        ast.Node `yaml:"html"`
}

// TestParse compares what each page of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f, err := New(format.Config{Addresses: []string{"https://site.example/en/"}, Language: c.Language, Section: formattest.Section(c.HTML)})
		if err != nil {
			t.Fatal(err)
		}
		r := format.Request{Kind: c.Kind, Variants: []format.Variant{{URL: c.Address}}}
		if c.Kind == item {
			r.Variants = f.(*pages).variants(c.Address)
		}
		var responses []format.Response
		for i, v := range r.Variants {
			file := name + ".html"
			if i > 0 {
				file = name + "." + v.Language + ".html"
			}
			if body, err := os.ReadFile(file); err == nil {
				responses = append(responses, format.Response{Variant: v, Final: v.URL, ContentType: c.ContentType, Body: bytes.NewReader(body)})
			}
		}
		formattest.Golden(t, name+".golden", f, r, responses...)
	})
}

// TestRedirected refuses items whose addresses lead to a list or the front page, as
// those of pages do that were removed, and names others by the page that is reached.
func TestRedirected(t *testing.T) {
	f, err := New(format.Config{Addresses: []string{"https://site.example/en/list"}, Language: "en", Section: func(v any) error {
		return yaml.UnmarshalWithOptions([]byte("{item: a, fields: {title: h1}}"), v, yaml.Strict())
	}})
	if err != nil {
		t.Fatal(err)
	}
	const asked = "https://site.example/en/1"
	for final, id := range map[string]string{
		"":                                   "en/1",
		asked:                                "en/1",
		"http://www.site.example/en/1/#top":  "en/1",
		"https://site.example/en/2":          "en/2",
		"https://site.example/en/2?utm_id=x": "en/2",
		"https://site.example/en/list/":      "",
		"https://site.example/":              "",
		"https://www.site.example":           "",
	} {
		v := format.Variant{URL: asked}
		r := format.Response{Variant: v, Final: final, Body: strings.NewReader("<h1>All our projects</h1>")}
		for result, err := range f.Parse(format.Request{Kind: item, Variants: []format.Variant{v}}, []format.Response{r}) {
			switch {
			case err != nil:
				t.Error(final, err)
			case id == "" && (len(result.Items) != 0 || len(result.Refused) != 1 || result.Refused[0].Reasons[0].Code != "not_found"):
				t.Errorf("%q: %+v", final, result)
			case id != "" && (len(result.Items) != 1 || result.Items[0].Record.ID != id):
				t.Errorf("%q: %+v, want %s", final, result, id)
			}
		}
	}
}

// FuzzParse never panics, and what it finds is plain text and web addresses.
func FuzzParse(f *testing.F) {
	pages, err := filepath.Glob("testdata/*.html")
	if err != nil {
		f.Fatal(err)
	}
	for _, page := range pages {
		body, err := os.ReadFile(page)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/html", true)
		f.Add(body, "text/html; charset=windows-1251", false)
	}
	var parsers []format.Format
	for _, section := range []string{
		`{item: "a", next: "a[rel=next]", fields: {title: "h1", summary: "p", body: {select: "body", remove: "footer"},
			url: {select: "link[rel=canonical]", attr: href}, countries: li, organizations: ".org"}, translations: {from: /en/, to: {ar: /ar/}}}`,
		`{item: "a", main_text: true, not_found: ".error", encoding: shift_jis}`,
	} {
		parser, err := New(format.Config{
			Addresses: []string{"https://site.example/en/"}, Language: "en",
			Section: func(v any) error { return yaml.UnmarshalWithOptions([]byte(section), v, yaml.Strict()) },
		})
		if err != nil {
			f.Fatal(err)
		}
		parsers = append(parsers, parser)
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string, isList bool) {
		r := format.Request{Kind: item, Variants: []format.Variant{{URL: "https://site.example/en/x"}}}
		if isList {
			r.Kind = list
		}
		for _, parser := range parsers {
			response := format.Response{Variant: r.Variants[0], Final: "https://site.example/en/x", ContentType: contentType, Body: bytes.NewReader(body)}
			for result := range parser.Parse(r, []format.Response{response}) {
				for _, next := range result.Next {
					for _, v := range next.Variants {
						if !catalog.IsWebAddress(v.URL) {
							t.Errorf("next %q is no web address", v.URL)
						}
					}
				}
				for _, i := range result.Items {
					if strings.Contains(i.Record.Title["en"], "\n") {
						t.Errorf("a title of two lines: %q", i.Record.Title["en"])
					}
					i.Record.ID = catalog.NewID("x", i.Record.ID)
					i.Record.Provenance.Source = "x"
					i.Record.Clean(taxonomy)
					i.Record.Validate(taxonomy)
					i.Record.JSON()
				}
			}
		}
	})
}

// TestHostile looks for the main text of pages that would cost more than they
// are worth.
func TestHostile(t *testing.T) {
	f, err := New(format.Config{Addresses: []string{"https://site.example/en/"}, Section: func(v any) error {
		return yaml.UnmarshalWithOptions([]byte(`{item: a, fields: {title: title}, main_text: true}`), v, yaml.Strict())
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"deep text":  strings.Repeat("<div><h2>", 240) + strings.Repeat("word ", 20_000),
		"nested":     strings.Repeat("<div>", 450) + strings.Repeat("<p>some text, and more, to be read</p>", 1_000),
		"paragraphs": strings.Repeat("<p>some text, and more, to be read by all</p>", 20_000),
		"breaks":     strings.Repeat("text<br><br>", 15_000),
		"too many":   strings.Repeat("<p>some text", 100_000),
		"links":      strings.Repeat("<a href=x>text, text</a>", 40_000),
		"commas":     "<p>" + strings.Repeat(",", 2_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			r := format.Request{Kind: item, Variants: []format.Variant{{URL: "https://site.example/en/x"}}}
			for result, err := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Final: r.Variants[0].URL, Body: strings.NewReader("<title>Title</title>" + body)}}) {
				if err != nil || len(result.Items)+len(result.Refused) != 1 {
					t.Errorf("%d items, %v", len(result.Items), err)
				}
				if name == "deep text" && (len(result.Items[0].LeftOut) != 1 || !strings.Contains(result.Items[0].LeftOut[0].Message, "stand too deep")) {
					t.Errorf("left out %+v, want the main text", result.Items[0].LeftOut)
				}
			}
		})
	}
}
