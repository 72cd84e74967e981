package feed

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

// testCase is the form of testdata/*.yaml. The feed is the .xml file beside it.
type testCase struct {
	About        string        `yaml:"about"`
	Before       format.Before `yaml:"before"` // the page that is asked for
	Address      string        `yaml:"address"`
	ContentType  string        `yaml:"content_type"`
	Language     string        `yaml:"language"`
	ConstantKind string        `yaml:"constant_kind"`
	Feed         ast.Node      `yaml:"feed"`
}

func taxonomy(t testing.TB) *catalog.Taxonomy {
	t.Helper()
	out, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestParse compares what each feed of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f, err := New(format.Config{
			Addresses: []string{c.Address}, Language: c.Language, Kind: c.ConstantKind, Taxonomy: taxonomy(t), Section: formattest.Section(c.Feed),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := format.Request{Before: c.Before, Variants: []format.Variant{{URL: c.Address}}}
		body := bytes.NewReader(formattest.Read(t, name+".xml"))
		formattest.Golden(t, name+".golden", f, r, format.Response{Variant: r.Variants[0], Final: c.Address, ContentType: c.ContentType, Body: body})
	})
}

// TestNew refuses sections that make no sense, and says what would.
func TestNew(t *testing.T) {
	for section, want := range map[string]string{
		`{}`:                                  "",
		`{pages: 1001}`:                       "feed.pages must be from 1 to 1000",
		`{encoding: klingon}`:                 "[1:12] encoding \"klingon\" is not known",
		`{organization: {url: x}}`:            "feed.organization.url must begin with",
		`{category: x}`:                       "unknown field",
		`{categories: x}`:                     "categories must be a map",
		`{categories: {x: y}}`:                "a category must be a map",
		`{categories: {x: {title: y}}}`:       `"title" is not a field that a category can give`,
		`{categories: {x: {themes: {a: b}}}}`: "cannot unmarshal",
		`{categories: {x: {themes: [dialogue], kind: event}}}`: "",
		`{categories: {x: {themes: [dialogue], kind: evnt}}}`:  `[1:45] kind "evnt" is not known; it may be`,
		`{categories: {x: {themes: [a, dialogue]}}}`:           `[1:28] theme "a" is not known; it may be`,
		`{categories: {x: {countries: Jordan}}}`:               "",
	} {
		_, err := newFeeds(t, section)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", section, err, want)
		}
	}
}

func newFeeds(t testing.TB, section string) (format.Format, error) {
	t.Helper()
	return New(format.Config{
		Addresses: []string{"https://site.example/feed"}, Language: "en", Taxonomy: taxonomy(t),
		Section: func(v any) error { return yaml.UnmarshalWithOptions([]byte(section), v, yaml.Strict()) },
	})
}

// parse reads a body that is not expected to fail.
func parseAll(t testing.TB, f format.Format, skip int, body []byte) (out []format.Result) {
	t.Helper()
	r := f.Start("")[0]
	r.Skip = skip
	for result, err := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Final: r.Variants[0].URL, Body: bytes.NewReader(body)}}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, result)
	}
	return out
}

// TestParts yields a long feed in parts, and from any part on the rest.
func TestParts(t *testing.T) {
	f, err := newFeeds(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	var feed strings.Builder
	feed.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="/2"/>`)
	for i := range 1234 {
		fmt.Fprintf(&feed, "<entry><id>%d</id><title>x</title></entry>", i)
	}
	feed.WriteString("</feed>")
	all := parseAll(t, f, 0, []byte(feed.String()))
	if len(all) != 3 || len(all[2].Items) != 234 || len(all[2].Next) != 1 || len(all[0].Next) != 0 || all[2].Skip != 0 || !all[1].Window {
		t.Fatalf("%d parts: %+v", len(all), all[len(all)-1].Next)
	}
	if diff := cmp.Diff(all[1:], parseAll(t, f, all[0].Skip, []byte(feed.String()))); diff != "" {
		t.Error(diff)
	}
}

// TestHostile refuses feeds that would cost more than they are worth, and reads
// what only looks like them in time that grows with their size.
func TestHostile(t *testing.T) {
	f, err := newFeeds(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	const start, end = `<rss version="2.0" xmlns:x="urn:x"><channel>`, `</channel></rss>`
	for name, body := range map[string]string{
		"elements of an extension": start + "<item><x:a>" + strings.Repeat("y<x:b/>", maxForeign+1) + "</x:a></item>" + end,
		"depth":                    start + strings.Repeat("<x:a>", maxDepth) + end,
		"depth of others":          start + strings.Repeat("<a>", 1_000_000) + end,
		"attributes":               start + "<item " + strings.Repeat("a='' ", maxAttributes+1) + "/>" + end,
		"namespaces":               start + "<item " + strings.Repeat("xmlns:n='y' ", maxNamespaces) + "><item xmlns:z='z'/></item>" + end,
		"elements":                 start + strings.Repeat("<a/>", maxElements) + end,
	} {
		r := f.Start("")[0]
		err := error(nil)
		for _, err = range f.Parse(r, []format.Response{{Variant: r.Variants[0], Final: r.Variants[0].URL, Body: strings.NewReader(body)}}) {
		}
		if err == nil || !strings.Contains(err.Error(), "than a feed needs") {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := strings.Repeat("d/", maxBase/2)
	for name, body := range map[string]string{
		"links by a long base": `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/` + long + `"><entry><id>1</id><title>x</title><content type="html">` +
			strings.Repeat("&lt;a href=a>", 20_000) + `</content></entry></feed>`,
		"bases in bases":      `<feed xmlns="http://www.w3.org/2005/Atom">` + strings.Repeat(`<a xml:base="`+long+`">`, 300) + strings.Repeat("</a>", 300) + `<entry><id>1</id><title>x</title></entry></feed>`,
		"many ampersands":     start + "<item><title>x</title><description>" + strings.Repeat("&", 1_000_000) + "</description></item>" + end,
		"many CDATA sections": start + "<item><title>x</title><description>" + strings.Repeat("<![CDATA[x]]>y", 100_000) + "</description></item>" + end,
	} {
		if all := parseAll(t, f, 0, []byte(body)); len(all) != 1 || len(all[0].Items) != 1 {
			t.Errorf("%s: %d parts", name, len(all))
		}
	}
}

// TestLongItem refuses an item that no record could hold, and no other.
func TestLongItem(t *testing.T) {
	f, err := newFeeds(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	all := parseAll(t, f, 0, []byte(`<rss version="2.0"><channel><item><guid>1</guid><title>x</title><description>`+strings.Repeat("&lt;a>", catalog.MaxRecordBytes/2)+
		`</description></item><item><guid>2</guid><title>y</title></item></channel></rss>`))
	if len(all) != 1 || len(all[0].Items) != 1 || len(all[0].Refused) != 1 || all[0].Refused[0].Reasons[0].Code != "too_long" {
		t.Errorf("%d parts, refused %+v", len(all), all[0].Refused)
	}
}

// FuzzParse never panics, and yields plain text, records that can be cleaned and
// validated, and requests to the web only.
func FuzzParse(f *testing.F) {
	feeds, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, feed := range feeds {
		body, err := os.ReadFile(feed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/xml; charset=windows-1251", "")
		f.Add(body, "", "AAAA")
	}
	var formats []format.Format
	for _, section := range []string{`{categories: {a: {themes: [dialogue]}}, organization: {}}`, `{pages: 5, encoding: windows-1256}`} {
		one, err := newFeeds(f, section)
		if err != nil {
			f.Fatal(err)
		}
		formats = append(formats, one)
	}
	vocabulary := taxonomy(f)
	f.Fuzz(func(t *testing.T, body []byte, contentType, mark string) {
		for _, one := range formats {
			r := one.Start("")[0]
			r.Before = format.Before{Pages: 1, Last: 2, Mark: mark}
			response := format.Response{Variant: r.Variants[0], Final: r.Variants[0].URL, ContentType: contentType, Body: bytes.NewReader(body)}
			taken := 0
			for result, err := range one.Parse(r, []format.Response{response}) {
				if err != nil {
					continue
				}
				if !result.Window {
					t.Error("a feed without a window")
				}
				taken += len(result.Items) + len(result.Refused)
				for _, next := range result.Next {
					if !catalog.IsWebAddress(next.Variants[0].URL) {
						t.Errorf("next %q is no web address", next.Variants[0].URL)
					}
				}
				for _, i := range result.Items {
					for _, title := range i.Record.Title {
						if strings.Contains(title, "\n") {
							t.Errorf("a title of two lines: %q", title)
						}
					}
					i.Record.ID = catalog.NewID("x", i.Record.ID)
					i.Record.Provenance.Source = "x"
					i.Record.Clean(vocabulary)
					i.Record.Validate(vocabulary)
				}
			}
			if taken > len(body) {
				t.Errorf("%d items from %d bytes", taken, len(body))
			}
		}
	})
}
