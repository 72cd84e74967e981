package jsonapi

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/format/formattest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

// testCase is the form of testdata/*.yaml. The answer is the .json file beside
// it.
type testCase struct {
	About       string        `yaml:"about"`
	Before      format.Before `yaml:"before"` // the page that is asked for
	Address     string        `yaml:"address"`
	ContentType string        `yaml:"content_type"`
	Links       []string      `yaml:"links"`
	Language    string        `yaml:"language"`
	JSONAPI     ast.Node      `yaml:"jsonapi"`
}

// TestParse compares what each answer of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f, err := New(format.Config{Addresses: []string{c.Address}, Language: c.Language, Section: formattest.Section(c.JSONAPI)})
		if err != nil {
			t.Fatal(err)
		}
		r := format.Request{Before: c.Before, Variants: []format.Variant{{URL: c.Address}}}
		body := bytes.NewReader(formattest.Read(t, name+".json"))
		formattest.Golden(t, name+".golden", f, r, format.Response{Variant: r.Variants[0], Final: c.Address, ContentType: c.ContentType, Links: c.Links, Body: body})
	})
}

// TestNew refuses sections that make no sense, and says what would.
func TestNew(t *testing.T) {
	for section, want := range map[string]string{
		`{}`:                            "jsonapi.id is missing",
		`{id: $.id}`:                    "jsonapi.fields.title is missing",
		`{id: "$.id["}`:                 "is not a JSONPath",
		`{id: x, fields: {titel: x}}`:   `"titel" is not a field`,
		`{id: x, fields: {url@fr: x}}`:  "url is no text",
		`{id: x, fields: {title@: x}}`:  "is not a language",
		`{id: x, fields: {title: {}}}`:  "path is missing",
		`{id: x, fields: {title: [x]}}`: "cannot unmarshal",
		`{id: x, fields: {url: {path: x, template: "y"}}}`:                                       "template must say by {}",
		`{id: x, fields: {url: {path: x, languages: true}}}`:                                     "languages is for a text",
		`{id: x, fields: {title: y}, next: link, page: {parameter: p}}`:                          "one way only",
		`{id: x, fields: {title: y}, next: "a["}`:                                                "jsonapi.next",
		`{id: x, fields: {title: y}, page: {size: 5}}`:                                           "jsonapi.page needs its parameter",
		`{id: x, fields: {title: y}, page: {parameter: p, size: 5}}`:                             "size_parameter and size together",
		`{id: x, fields: {title: y}, offset: {limit: 5}}`:                                        "jsonapi.offset needs its parameter",
		`{id: x, fields: {title: y}, offset: {parameter: o, limit_parameter: l}}`:                "limit_parameter and limit together",
		`{id: x, fields: {title: y}, cursor: {parameter: c}}`:                                    "jsonapi.cursor needs",
		`{id: x, fields: {title: y}, pages: 5}`:                                                  "unknown field",
		`{id: x, fields: {title@zh-Hant: y, summary: {path: z, languages: true}}}`:               "",
		`{id: id, fields: {title: t, themes: {path: x, map: {a: dialogue, b: Media literacy}}}}`: "",
		`{id: id, fields: {title: t, themes: {path: x, map: {a: dialouge}}}}`:                    `[1:56] theme "dialouge" is not known; it may be dialogue,`,
		`{id: id, fields: {title: t, themes: {path: x, map: a}}}`:                                "map must be a map from the source's words",
	} {
		_, err := newList(section)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", section, err, want)
		}
	}
}

func newList(section string) (format.Format, error) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		return nil, err
	}
	return New(format.Config{
		Addresses: []string{"https://api.example/list"}, Language: "en", Taxonomy: taxonomy,
		Section: func(v any) error { return yaml.UnmarshalWithOptions([]byte(section), v, yaml.Strict()) },
	})
}

func TestLinked(t *testing.T) {
	for header, want := range map[string]string{
		`</a>; rel="next"`:                        "/a",
		`</a>;rel=next`:                           "/a",
		`</a>; rel="prev", </b>; REL="Next last"`: "/b",
		`</a?x=1,2>; title="x>, <y"; rel=next`:    "/a?x=1,2",
		`</a>; rel="nextish"`:                     "",
		`</a>`:                                    "",
		`rel=next`:                                "",
	} {
		if have := linked([]string{header}); have != want {
			t.Errorf("%s: %q, want %q", header, have, want)
		}
	}
}

// TestParts yields a long answer in parts, and from any part on the rest.
func TestParts(t *testing.T) {
	f, err := newList(`{id: id, fields: {title: t}, next: link}`)
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for i := range 1234 {
		items = append(items, fmt.Sprintf(`{"id": %d, "t": "x"}`, i))
	}
	parse := func(skip int) (out []format.Result) {
		r := f.Start("")[0]
		r.Skip = skip
		response := format.Response{Variant: r.Variants[0], Links: []string{`</2>; rel=next`}, Body: strings.NewReader("[" + strings.Join(items, ",") + "]")}
		for result, err := range f.Parse(r, []format.Response{response}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, result)
		}
		return out
	}
	all := parse(0)
	if len(all) != 3 || len(all[2].Items) != 234 || len(all[2].Next) != 1 || len(all[0].Next) != 0 || all[2].Skip != 0 {
		t.Fatalf("%d parts: %+v", len(all), all[len(all)-1].Next)
	}
	if diff := cmp.Diff(all[1:], parse(all[0].Skip)); diff != "" {
		t.Error(diff)
	}
}

// TestCircle asks for no page again that others lead back to.
func TestCircle(t *testing.T) {
	f, err := newList(`{items: items, id: id, fields: {title: t}, next: next}`)
	if err != nil {
		t.Fatal(err)
	}
	first := f.Start("")[0]
	r, keys := first, map[string]bool{first.Key(): true}
	for _, next := range []string{"b", "c", "list"} {
		body := fmt.Sprintf(`{"items": [{"id": "before %s", "t": "x"}], "next": "/%[1]s"}`, next)
		for result, err := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Body: strings.NewReader(body)}}) {
			if err != nil || len(result.Next) != 1 {
				t.Fatalf("%s: %+v, %v", next, result, err)
			}
			r = result.Next[0]
		}
		if again := next == "list"; keys[r.Key()] != again {
			t.Errorf("%s: the key %q was there: %v", next, r.Key(), !again)
		}
		keys[r.Key()] = true
	}
	if r.Before.Items != 3 {
		t.Errorf("%+v", r.Before)
	}
}

// FuzzParse never panics, and yields no more items than the answer has, whose
// records can be cleaned and validated, and requests to the web only.
func FuzzParse(f *testing.F) {
	answers, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, answer := range answers {
		body, err := os.ReadFile(answer)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "application/json; charset=windows-1251", `</2>; rel=next`)
	}
	var lists []format.Format
	for _, section := range []string{
		`{items: "$..rows", id: id, fields: {title: {path: t, languages: true}, body: "$..*", url: t}, next: link}`,
		`{items: "$.rows", id: id, fields: {title: t, summary@fr: t, reach: id, countries: {path: t, separator: ","}, links.report: {path: t, template: "https://x.example/{}"}}, next: next, total: count}`,
		`{id: "$..key", fields: {title: {path: names, languages: true}, original: lang, organizations: org, organizations.url: url, start: "$[?@ > 1]"}, cursor: {parameter: c, from: "$[0].key"}}`,
	} {
		l, err := newList(section)
		if err != nil {
			f.Fatal(err)
		}
		lists = append(lists, l)
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType, link string) {
		for _, l := range lists {
			r := l.Start("")[0]
			response := format.Response{Variant: r.Variants[0], Final: r.Variants[0].URL, ContentType: contentType, Links: []string{link}, Body: bytes.NewReader(body)}
			taken := 0
			for result, err := range l.Parse(r, []format.Response{response}) {
				if err != nil {
					continue
				}
				taken += len(result.Items) + len(result.Refused)
				for _, next := range result.Next {
					if !catalog.IsWebAddress(next.Variants[0].URL) {
						t.Errorf("next %q is no web address", next.Variants[0].URL)
					}
				}
				for _, i := range result.Items {
					i.Record.ID = catalog.NewID("x", i.Record.ID)
					i.Record.Provenance.Source = "x"
					i.Record.Clean(taxonomy)
					i.Record.Validate(taxonomy)
				}
			}
			if taken > len(body) {
				t.Errorf("%d items from %d bytes", taken, len(body))
			}
		}
	})
}
