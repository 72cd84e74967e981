package jsonld

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/format/formattest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

// testCase is the form of testdata/*.yaml. What is at the address is the .in
// file beside it.
type testCase struct {
	About       string   `yaml:"about"`
	Kind        string   `yaml:"kind"` // of the request
	Address     string   `yaml:"address"`
	ContentType string   `yaml:"content_type"`
	Language    string   `yaml:"language"`
	JSONLD      ast.Node `yaml:"jsonld"`
}

func newPages(t testing.TB, language string, read func(v any) error) format.Format {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(format.Config{Source: "site", Addresses: []string{"https://site.example/en/"}, Language: language, Taxonomy: taxonomy, Section: read})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func sectionOf(text string) func(v any) error {
	return func(v any) error { return yaml.UnmarshalWithOptions([]byte(text), v, yaml.Strict()) }
}

// TestParse compares what each input of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f := newPages(t, c.Language, formattest.Section(c.JSONLD))
		if c.Kind == start && f.(*pages).section.Item == nil {
			f.(*pages).config.Addresses = []string{c.Address}
		}
		r := format.Request{Kind: c.Kind, Variants: []format.Variant{{URL: c.Address}}}
		body := bytes.NewReader(formattest.Read(t, name+".in"))
		formattest.Golden(t, name+".golden", f, r, format.Response{Variant: r.Variants[0], Final: c.Address, ContentType: c.ContentType, Body: body})
	})
}

// TestNew refuses sections that make no sense, and says what would.
func TestNew(t *testing.T) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{}`:                            "",
		`{match: "("}`:                  `match "(" is not a regular expression`,
		`{item: "a["}`:                  "is not a CSS selector",
		`{next: a}`:                     "jsonld.next needs jsonld.item",
		`{encoding: klingon}`:           `[1:12] encoding "klingon" is not known`,
		`{types: [Person]}`:             `"Person" is not a type of schema.org that can be a record`,
		`{types: [NGO, Event]}`:         "",
		`{fields: {color: about}}`:      `[1:11] "color" is not a field that can be given`,
		`{fields: {themes: {map: {}}}}`: "[1:19] property is missing",
		`{fields: {themes: {property: keywords, map: {a: dialouge}}}}`: `[1:49] theme "dialouge" is not known; it may be dialogue,`,
		`{fields: {themes: {prop: x}}}`:                                "unknown field",
		`{fields: {themes: about}}`:                                    "",
		`{fields: x}`:                                                  "fields must be a map",
		`{sitemap: https://x.example/s}`:                               "unknown field",
	} {
		_, err := New(format.Config{Addresses: []string{"https://site.example/"}, Taxonomy: taxonomy, Section: sectionOf(text)})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func parseAll(f format.Format, kind string, skip int, body []byte) (out []format.Result, err error) {
	r := format.Request{Kind: kind, Skip: skip, Variants: []format.Variant{{URL: "https://site.example/en/x"}}}
	for result, e := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Final: r.Variants[0].URL, Body: bytes.NewReader(body)}}) {
		if e != nil {
			err = e
		} else {
			out = append(out, result)
		}
	}
	return out, err
}

// TestParts yields long sitemaps and pages in parts, and from any part on the
// rest.
func TestParts(t *testing.T) {
	f := newPages(t, "en", sectionOf("{}"))
	links, things := "<urlset>", []string{}
	for i := range 2345 {
		links += fmt.Sprintf("<url><loc>https://site.example/%d</loc></url>", i)
		if i < 1234 {
			things = append(things, fmt.Sprintf(`{"@type":"Event","name":"%d","url":"/%d"}`, i, i))
		}
	}
	page := `<script type="application/ld+json">[` + strings.Join(things, ",") + `]</script>`
	for kind, body := range map[string]string{sitemap: links + "</urlset>", item: page} {
		all, err := parseAll(f, kind, 0, []byte(body))
		if err != nil || len(all) != 3 || len(all[2].Items)+len(all[2].Next) == 0 || all[2].Skip != 0 {
			t.Fatalf("%s: %d parts, %v", kind, len(all), err)
		}
		rest, err := parseAll(f, kind, all[0].Skip, []byte(body))
		if diff := cmp.Diff(all[1:], rest); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", kind, err, diff)
		}
	}
}

// TestHostile refuses what would cost more than it is worth, or reads of it what
// is within bounds.
func TestHostile(t *testing.T) {
	f := newPages(t, "en", sectionOf("{}"))
	script := func(s string) []byte { return []byte(`<script type="application/ld+json">` + s + `</script>`) }
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write([]byte("<urlset><url><loc>"))
	for range 200 {
		z.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	z.Close()
	for name, c := range map[string]struct {
		kind string
		body []byte
		want string // in the error; "" if there is none
	}{
		"gzip":             {sitemap, bomb.Bytes(), "larger than 64 MiB"},
		"nested sitemap":   {sitemap, []byte("<urlset>" + strings.Repeat("<a>", 1000)), "nested deeper"},
		"entities":         {sitemap, []byte(`<!DOCTYPE urlset [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>https://site.example/&b;</loc></url></urlset>`), ""},
		"nested page":      {item, []byte(strings.Repeat("<div>", 100_000)), "cannot be read as HTML"},
		"nested arrays":    {item, script(strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)), ""},
		"nested things":    {item, script(strings.Repeat(`{"@type":"Event","name":"x","subEvent":`, 5_000) + "1" + strings.Repeat("}", 5_000)), ""},
		"many things":      {item, script("[" + strings.Repeat(`{"@type":"Event","name":"x"},`, 100_000) + "1]"), ""},
		"the same id":      {item, script("[" + strings.Repeat(`{"@id":"#x","@type":"Event","name":"x","superEvent":{"@id":"#x"}},`, 100_000) + "1]"), ""},
		"many names":       {item, script(`{"@type":"Event","name":[` + strings.Repeat(`"x",`, 500_000) + `"x"]}`), ""},
		"many places":      {item, script(`{"@type":"Event","name":"x","location":[` + strings.Repeat(`"a, Jordan",`, 100_000) + `"x"]}`), ""},
		"many contexts":    {item, script(strings.Repeat(`{"@context":{"a":"b"},"@type":"Event","subEvent":`, 50) + "1" + strings.Repeat("}", 50)), ""},
		"itemref to all":   {item, []byte(strings.Repeat(`<p id=a itemscope itemprop=subEvent itemtype="https://schema.org/Event" itemref="a b c d">`, 300) + `<p id=b itemscope itemprop=x itemref="a c d"><p id=c itemscope itemprop=x itemref="a b d"><p id=d itemscope itemref="a b c">`), ""},
		"comments":         {item, script(strings.Repeat("<!--{", 100_000)), ""},
		"nested microdata": {item, []byte(`<div itemscope itemtype="https://schema.org/Event">` + strings.Repeat(`<div itemprop=name>`, 400) + strings.Repeat("text ", 100_000)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := parseAll(f, c.kind, 0, c.body)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			for _, r := range results {
				if len(r.Items) > partItems {
					t.Errorf("%d items in one result", len(r.Items))
				}
			}
		})
	}
}

// TestShared bounds what a page makes of things that many others refer to, and of
// contexts within a large one.
func TestShared(t *testing.T) {
	f := newPages(t, "en", sectionOf("{}"))
	list := func(form string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		data string
		left bool // something is left out
	}{
		"name":     {`[{"@id":"#o","name":"` + strings.Repeat("x", 100_000) + `"},` + list(`{"@type":"Event","name":"%d","organizer":{"@type":"NGO","@id":"#o"}},`, 1_000) + `1]`, true},
		"funders":  {`[{"@id":"#f","funder":[` + list(`"%d",`, 5_000) + `1]},{"@type":"Event","name":"x","funding":[` + strings.Repeat(`{"@id":"#f"},`, 5_000) + `1]}]`, true},
		"names":    {`[{"@id":"#o","name":[` + list(`"%d",`, 5_000) + `1]},` + list(`{"@type":"Event","name":"%d","location":{"@id":"#o"}},`, 1_000) + `1]`, true},
		"texts":    {`[{"@id":"#o","name":"` + strings.Repeat("x", 100_000) + `"},{"@type":"Event","name":"x","description":[` + strings.Repeat(`{"@id":"#o"},`, 5_000) + `1]}]`, true},
		"few":      {`[{"@id":"#o","@type":"NGO","name":"Open"},` + list(`{"@type":"Event","name":"%d","organizer":{"@id":"#o"}},`, 1_000) + `1]`, false},
		"contexts": {`{"@context":{` + list(`"a%d":"b",`, 5_000) + `"z":"z"},"@type":"Event","name":"x","subEvent":[` + strings.Repeat(`{"@context":{}},`, 5_000) + `1]}`, false},
		"arrays":   {"[" + strings.Repeat("[],", 2_700_000) + "1]", false},
		"types":    {`{"@type":[` + list(`"x%d",`, 50_000) + `1],"name":"x"}`, false},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		results, err := parseAll(f, item, 0, []byte(`<script type="application/ld+json">`+c.data+`</script>`))
		runtime.ReadMemStats(&after)
		left := 0
		for _, r := range results {
			for _, refused := range r.Refused {
				if refused.Reasons[0].Code == "too_much" && refused.ID != "" {
					left++
				}
			}
		}
		if taken := after.TotalAlloc - before.TotalAlloc; err != nil || (left > 0) != c.left || taken > 300<<20 {
			t.Errorf("%s: %d left out, %v, %d MB of memory", name, left, err, taken>>20)
		}
	}
}

// TestSites follows the addresses of a sitemap that lie on its own site, or on that of
// an address of the source, and reports that there are others.
func TestSites(t *testing.T) {
	f := newPages(t, "en", sectionOf("{}"))
	for body, want := range map[string]struct {
		next, refused int
		failed        bool
	}{
		`<urlset><url><loc>https://site.example/a</loc></url><url><loc>http://www.site.example/b</loc></url></urlset>`: {next: 2},
		`<urlset><url><loc>https://site.example/a</loc></url><url><loc>https://other.example/b</loc></url></urlset>`:   {next: 1, refused: 1},
		`<urlset><url><loc>https://other.example/b</loc></url></urlset>`:                                               {failed: true},
		`<sitemapindex><sitemap><loc>https://other.example/b.xml</loc></sitemap></sitemapindex>`:                       {failed: true},
		"User-agent: *\nSitemap: https://other.example/b.xml":                                                          {next: 1},
	} {
		results, err := parseAll(f, start, 0, []byte(body))
		next, refused := 0, 0
		for _, r := range results {
			next, refused = next+len(r.Next), refused+len(r.Refused)
		}
		if next != want.next || refused != want.refused || (err != nil) != want.failed {
			t.Errorf("%s: %d requests, %d refused, %v", body, next, refused, err)
		}
	}
}

// TestPlaces takes the countries that places name, and no states.
func TestPlaces(t *testing.T) {
	f := newPages(t, "en", sectionOf("{}"))
	for location, want := range map[string][]string{
		`"Amman, Jordan"`: {"JO"}, `"عمّان، الأردن"`: {"JO"}, `"London, UK"`: {"GB"}, `"New York, U.S.A."`: {"US"}, `"Jordan"`: {"JO"},
		`"San Diego, CA"`: nil, `"Chicago, IL"`: nil, `"Gary, Ind."`: nil, `"Atlanta, Georgia"`: nil, `"Seattle, 840"`: nil,
		`{"@type":"Place","name":"City Hall","address":"12 Main Street, Wilmington, DE"}`:   nil,
		`{"@type":"Place","name":"City Hall","address":"12 Main Street, Berlin, Germany"}`:  {"DE"},
		`{"@type":"Place","address":{"@type":"PostalAddress","addressCountry":"CA"}}`:       {"CA"},
		`{"@type":"Place","address":{"@type":"PostalAddress","addressLocality":"Atlanta"}}`: nil,
	} {
		results, err := parseAll(f, item, 0, []byte(`<script type="application/ld+json">{"@type":"Event","name":"x","location":`+location+`}</script>`))
		if err != nil || len(results) != 1 || len(results[0].Items) != 1 {
			t.Fatal(location, results, err)
		}
		if diff := cmp.Diff(want, results[0].Items[0].Record.Countries); diff != "" {
			t.Errorf("%s:\n%s", location, diff)
		}
	}
}

// TestAddress publishes no query of an address that the source file gives, and makes
// ids of the page that is reached.
func TestAddress(t *testing.T) {
	const given, other, moved = "https://user:word@site.example/data?key=secret", "https://site.example/page?id=5", "https://site.example/new"
	f := newPages(t, "en", sectionOf("{}")).(*pages)
	f.config.Addresses = []string{given}
	for _, c := range []struct{ asked, final, id, url string }{
		{given, given, "data#C2D_8XU3", "https://site.example/data"},
		{other, other, "page?id=5", other},
		{other + "&utm_source=x", other + "&utm_source=x", "page?id=5", other + "&utm_source=x"},
		{"http://site.example/old/", "https://site.example/old", "old/", "http://site.example/old/"},
		{"https://site.example/old", moved, "new", "https://site.example/old"},
	} {
		for result, err := range f.Parse(format.Request{Kind: item, Variants: []format.Variant{{URL: c.asked}}}, []format.Response{{Variant: format.Variant{URL: c.asked}, Final: c.final,
			Body: strings.NewReader(`<script type="application/ld+json">{"@type":"Event","name":"x"}</script>`)}}) {
			if err != nil || len(result.Items) != 1 {
				t.Fatal(c, err)
			}
			if r := result.Items[0].Record; r.ID != c.id || r.URL != c.url || r.Provenance.URL != c.url {
				t.Errorf("%s: id %s, url %s, provenance %s; want %s, %s", c.asked, r.ID, r.URL, r.Provenance.URL, c.id, c.url)
			}
		}
	}
}

// FuzzParse never panics, and what comes out can be cleaned and validated.
func FuzzParse(f *testing.F) {
	inputs, err := filepath.Glob("testdata/*.in")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range inputs {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/html", start)
		f.Add(body, "text/html; charset=windows-1251", item)
	}
	formats := []format.Format{newPages(f, "en", sectionOf("{}")),
		newPages(f, "", sectionOf(`{match: /, item: a, next: b, types: [Service, Event], encoding: koi8-r, fields: {themes: {property: keywords, map: {a: dialogue}}, links.news: about, title: headline}}`))}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType, kind string) {
		for _, one := range formats {
			r := format.Request{Kind: kind, Variants: []format.Variant{{URL: "https://site.example/en/x"}}}
			taken := 0
			for result, err := range one.Parse(r, []format.Response{{Variant: r.Variants[0], Final: r.Variants[0].URL, ContentType: contentType, Body: bytes.NewReader(body)}}) {
				if err != nil {
					continue
				}
				taken += len(result.Items) + len(result.Next)
				for _, next := range result.Next {
					if !catalog.IsWebAddress(next.Variants[0].URL) {
						t.Errorf("next %q is no web address", next.Variants[0].URL)
					}
				}
				for _, i := range result.Items {
					if i.Record.ID == "" || i.Record.Kind == "" {
						t.Errorf("no id or kind: %+v", i.Record)
					}
					for _, title := range i.Record.Title {
						if strings.Contains(title, "\n") {
							t.Errorf("a title of two lines: %q", title)
						}
					}
					i.Record.ID = catalog.NewID("x", i.Record.ID)
					i.Record.Provenance.Source = "x"
					i.Record.Clean(taxonomy)
					i.Record.Validate(taxonomy)
					i.Record.JSON()
				}
			}
			if taken > len(body) {
				t.Errorf("%d items and requests from %d bytes", taken, len(body))
			}
		}
	})
}
