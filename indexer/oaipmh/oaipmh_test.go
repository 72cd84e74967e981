package oaipmh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/format/formattest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

// testCase is the form of testdata/*.yaml. The answer is the .xml file beside
// it.
type testCase struct {
	About       string   `yaml:"about"`
	Kind        string   `yaml:"kind"`  // of the request; without it, the list of everything
	Token       string   `yaml:"token"` // resumption token of the request
	ContentType string   `yaml:"content_type"`
	Language    string   `yaml:"language"`
	OAIPMH      ast.Node `yaml:"oaipmh"`
}

func newFormat(t testing.TB, language string, section func(any) error) *repository {
	t.Helper()
	f, err := New(format.Config{Addresses: []string{"https://repository.example/oai"}, Language: language, Section: section})
	if err != nil {
		t.Fatal(err)
	}
	return f.(*repository)
}

func noSection(any) error { return nil }

// TestParse compares what each answer of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f := newFormat(t, c.Language, formattest.Section(c.OAIPMH))
		r := c.request(f)
		body := bytes.NewReader(formattest.Read(t, name+".xml"))
		formattest.Golden(t, name+".golden", f, r, format.Response{Variant: r.Variants[0], ContentType: c.ContentType, Body: body})
	})
}

func (c testCase) request(f *repository) format.Request {
	kind, rest, _ := strings.Cut(c.Kind, " ")
	switch {
	case kind == identify:
		return f.Start(rest)[0]
	case kind == "":
		kind = records
	}
	l := parseList(rest)
	if c.Token != "" {
		return f.request(kind+" "+l.String(), "verb", "ListRecords", "resumptionToken", c.Token)
	}
	return f.list(kind, l)
}

func page(records int, dc string) string {
	var b strings.Builder
	b.WriteString("<OAI-PMH><ListRecords>")
	for i := range records {
		fmt.Fprintf(&b, "<record><header><identifier>oai:r:%d</identifier></header><metadata><dc><title>Title %d</title>%s</dc></metadata></record>", i, i, dc)
	}
	b.WriteString("<resumptionToken>more</resumptionToken></ListRecords></OAI-PMH>")
	return b.String()
}

func parse(t testing.TB, f *repository, r format.Request, body io.Reader) (out []format.Result, err error) {
	t.Helper()
	for result, err := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Body: body}}) {
		if err != nil {
			return out, err
		}
		out = append(out, result)
	}
	return out, nil
}

// TestPages yields a long page in parts, from any of them on the rest, and goes
// on to the next page only at its end.
func TestPages(t *testing.T) {
	f := newFormat(t, "en", noSection)
	r := f.list(records, list{})
	body := page(1234, "")
	all, err := parse(t, f, r, strings.NewReader(body))
	if err != nil || len(all) != 3 || len(all[0].Items) != 500 || len(all[2].Items) != 234 {
		t.Fatalf("%d results, %v; want 3", len(all), err)
	}
	if all[0].Next != nil || all[1].Next != nil || len(all[2].Next) != 1 || all[2].Skip != 0 {
		t.Error("only the last result should lead to the next page")
	}
	r.Skip = all[0].Skip
	rest, err := parse(t, f, r, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[1:], rest); diff != "" {
		t.Error(diff)
	}
	if large, err := parse(t, f, f.list(records, list{}), strings.NewReader(page(10, "<description>"+strings.Repeat("x ", 1<<20)+"</description>"))); err != nil || len(large) != 3 {
		t.Errorf("%d results of 20 MiB, %v; want 3", len(large), err)
	}
}

// TestBounds holds what answers may ask of the reader.
func TestBounds(t *testing.T) {
	f := newFormat(t, "en", noSection)
	for name, c := range map[string]struct {
		dc, refused, leftOut, err string
	}{
		"many values": {dc: strings.Repeat("<subject>x</subject>", catalog.MaxList+1), leftOut: "too_many"},
		"long":        {dc: "<description>" + strings.Repeat("x", catalog.MaxRecordBytes) + "</description>", refused: "too_long"},
		"many long":   {dc: strings.Repeat("<subject>"+strings.Repeat("x", 5000)+"</subject>", catalog.MaxList), refused: "too_long"},
		"huge text":   {dc: "<description>" + strings.Repeat("x", format.MaxXMLToken) + "</description>", err: "larger than 16 MiB"},
		"huge tag":    {dc: "<description " + strings.Repeat("x='y' ", format.MaxXMLToken/5) + "/>", err: "larger than 16 MiB"},
		"deep":        {dc: strings.Repeat("<x>", format.MaxXMLDepth), err: "deep in one another"},
	} {
		results, err := parse(t, f, f.list(records, list{}), strings.NewReader(page(1, c.dc)))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || len(results) != 0 {
				t.Errorf("%s: %d results, %v; want the error %q", name, len(results), err, c.err)
			}
			continue
		}
		if err != nil || len(results) == 0 {
			t.Fatalf("%s: %d results, %v", name, len(results), err)
		}
		if r := results[0].Refused; (c.refused != "") != (len(r) == 1 && r[0].ID == "oai:r:0" && r[0].Reasons[0].Code == c.refused) {
			t.Errorf("%s: refused %+v, want %q", name, r, c.refused)
		}
		if c.leftOut != "" && (len(results[0].Items) != 1 || len(results[0].Items[0].LeftOut) != 1 || results[0].Items[0].LeftOut[0].Code != c.leftOut) {
			t.Errorf("%s: %+v, want that %s is left out", name, results[0].Items, c.leftOut)
		}
	}
}

func TestReadError(t *testing.T) {
	f := newFormat(t, "en", noSection)
	broken := errors.New("broken")
	body := io.MultiReader(strings.NewReader(page(3000, "")[:300_000]), iotest.ErrReader(broken))
	results, err := parse(t, f, f.list(records, list{}), body)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "https://repository.example/oai") || len(results) == 0 {
		t.Errorf("%d results, %v; want what stands before the error, and its address", len(results), err)
	}
}

// TestNew reads sections of source files.
func TestNew(t *testing.T) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ section, addresses, err string }{
		{section: `{}`},
		{section: `{prefix: qdc, sets: [a], window: month, fields: {summary: abstract}}`},
		{section: `{}`, addresses: "https://a.example/cgi?db=x"},
		{section: `{}`, addresses: "https://a.example/oai https://b.example/oai", err: "takes one address"},
		{section: `{}`, addresses: "https://a.example/oai?verb=Identify", err: "base address of the repository, without ?verb"},
		{section: `{window: week}`, err: `[1:10] window "week" is not known; it may be year, month`},
		{section: `{prefix: ""}`, err: "oaipmh.prefix is empty"},
		{section: `{sets: [a, a]}`, err: `"a" is empty or there twice`},
		{section: `{set: a}`, err: `unknown field "set"`},
		{section: `{fields: {keywords: subject}}`, err: `[1:11] "keywords" is not a field that can be given; it may be alliance_role,`},
		{section: `{fields: {themes: dc:subject}}`, err: "[1:19] element must be the name of an element"},
		{section: `{fields: {themes: {map: {a: b}}}}`, err: "element must be the name of an element"},
		{section: `{fields: {themes: {element: subject, words: {}}}}`, err: `unknown field "words"`},
		{section: `{fields: {themes: keyword}}`, err: `oaipmh.fields.themes: "keyword" is not an element of oai_dc; it may be contributor,`},
		{section: `{fields: [title]}`, err: "fields must be a map"},
		{section: `{fields: {themes: {element: subject, map: {a: dialogue, b: Media literacy}}, countries: {element: coverage, map: {}}}}`},
		{section: `{fields: {themes: {element: subject, map: {a: dialouge}}}}`, err: `[1:47] theme "dialouge" is not known; it may be dialogue,`},
	} {
		if c.addresses == "" {
			c.addresses = "https://a.example/oai"
		}
		_, err := New(format.Config{Addresses: strings.Fields(c.addresses), Taxonomy: taxonomy, Section: func(v any) error {
			return yaml.UnmarshalWithOptions([]byte(c.section), v, yaml.Strict())
		}})
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s %s: %v, want %q", c.section, c.addresses, err, c.err)
		}
	}
}

// TestAddress adds to addresses with and without a query.
func TestAddress(t *testing.T) {
	for base, want := range map[string]string{
		"https://a.example/oai":       "https://a.example/oai?verb=Identify",
		"https://a.example/oai?":      "https://a.example/oai?verb=Identify",
		"https://a.example/cgi?db=x":  "https://a.example/cgi?db=x&verb=Identify",
		"https://a.example/cgi?db=x&": "https://a.example/cgi?db=x&verb=Identify",
	} {
		if have := (&repository{base: base}).Start("")[0].Variants[0].URL; have != want {
			t.Errorf("%s: %s, want %s", base, have, want)
		}
	}
}

// TestAnswers tells the errors of the protocol from other documents.
func TestAnswers(t *testing.T) {
	f := newFormat(t, "en", noSection)
	for file, want := range map[string]bool{"error-token": true, "error-no-records": true, "html": false, "identify": false, "deleted": false, "text": false} {
		if have := f.Answers(formattest.Read(t, "testdata/"+file+".xml")); have != want {
			t.Errorf("%s: %v, want %v", file, have, want)
		}
	}
}

func TestLicence(t *testing.T) {
	for rights, want := range map[string]string{
		"CC BY 4.0": "CC-BY-4.0", "cc-by-nc-nd 3.0": "CC-BY-NC-ND-3.0", "Attribution-ShareAlike 4.0 (CC BY-SA 4.0)": "CC-BY-SA-4.0",
		"CC0 1.0 Universal": "CC0-1.0", "odbl-1.0": "ODbL-1.0", "MIT": "MIT", "CC BY": "", "© 2010 Somebody": "", "openAccess": "",
		"Under http://creativecommons.org/licenses/by-nc/4.0/.": "http://creativecommons.org/licenses/by-nc/4.0/",
		"https://site.example/licence":                          "https://site.example/licence", "https://site.example/terms": "",
	} {
		if have := licence([]value{{text: rights}}); have != want {
			t.Errorf("%q: %q, want %q", rights, have, want)
		}
	}
}

// FuzzParse never panics, yields no more than the answer can hold, leads only to
// web addresses, goes on after any result as if it had not stopped, and each
// record can be stored or is refused.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/xml", strings.Contains(file, "identify"), 1)
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	parser := newFormat(f, "en", func(v any) error {
		return yaml.UnmarshalWithOptions([]byte(`{sets: [a], window: month, fields: {body: source, organizations: contributor, organizations.url: relation, reach: format, themes: {element: subject, map: {peace education: dialogue}}}}`), v, yaml.Strict())
	})
	f.Fuzz(func(t *testing.T, body []byte, contentType string, isIdentify bool, skip int) {
		r := parser.list(records, list{set: "a"})
		if isIdentify {
			r = parser.Start("2026-01-01T00:00:00Z")[0]
		}
		response := func() []format.Response {
			return []format.Response{{Variant: r.Variants[0], ContentType: contentType, Body: bytes.NewReader(body)}}
		}
		count := func() (n int) {
			for result := range parser.Parse(r, response()) {
				for _, next := range result.Next {
					if !catalog.IsWebAddress(next.Variants[0].URL) || next.Key() == r.Key() {
						t.Errorf("next %q", next.Variants[0].URL)
					}
				}
				if len(result.Next) > maxWindows {
					t.Errorf("%d further requests", len(result.Next))
				}
				for _, i := range result.Items {
					record := i.Record
					if strings.Contains(record.Title["en"], "\n") {
						t.Errorf("a title of two lines: %q", record.Title["en"])
					}
					record.ID = catalog.NewID("x", record.ID)
					record.Provenance.Source = "x"
					record.Clean(taxonomy)
					if len(record.Validate(taxonomy)) == 0 {
						if _, err := catalog.DecodeRecord(record.JSON()); err != nil {
							t.Errorf("%s: %v", record.JSON(), err)
						}
					}
				}
				n += len(result.Items) + len(result.Refused) + len(result.Withdrawn)
			}
			return n
		}
		all := count()
		if most := bytes.Count(bytes.ReplaceAll(body, []byte{0}, nil), []byte("record")); all > most && all > 0 {
			t.Errorf("%d things of %d times record", all, most)
		}
		if r.Skip = max(skip, 0); count() > all {
			t.Errorf("more after %d records than in all", r.Skip)
		}
	})
}
