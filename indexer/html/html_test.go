package html

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

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
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".yaml")
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c testCase
			if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			f, err := New(format.Config{
				Addresses: []string{"https://site.example/en/"}, Language: c.Language,
				Section: func(v any) error { return yaml.NodeToValue(c.HTML, v, yaml.Strict()) },
			})
			if err != nil {
				t.Fatal(err)
			}
			request, responses := request(t, f, c, name)
			have := render(t, f, request, responses)
			if *update {
				if err := os.WriteFile(name+".golden", have, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(have)); diff != "" {
				t.Errorf("%s.golden differs (run with -update if that is right):\n%s", name, diff)
			}
		})
	}
}

func request(t *testing.T, f format.Format, c testCase, name string) (format.Request, []format.Response) {
	t.Helper()
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
	return r, responses
}

// render writes results as text: the records with their texts in full, then
// what is to be fetched next.
func render(t *testing.T, f format.Format, r format.Request, responses []format.Response) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	for result, err := range f.Parse(r, responses) {
		if err != nil {
			out.WriteString("error: " + err.Error() + "\n")
			continue
		}
		for _, i := range result.Items {
			if err := enc.Encode(i.Record); err != nil {
				t.Fatal(err)
			}
			for _, reason := range i.LeftOut {
				out.WriteString("left out: " + reason.Path + ": " + reason.Message + "\n")
			}
		}
		for _, refusal := range result.Refused {
			fmt.Fprintf(&out, "refused: %s %s: %s\n", refusal.ID, refusal.Where, refusal.Reasons[0].Message)
		}
		for _, next := range result.Next {
			if err := enc.Encode(next); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.Bytes()
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
		return yaml.UnmarshalWithOptions([]byte(`{item: a, main_text: true}`), v, yaml.Strict())
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
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
			}
		})
	}
}
