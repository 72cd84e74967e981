package iati

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

const address = "https://site.example/activities.xml"

// testCase is the form of testdata/*.yaml. The file of activities is the .xml file
// beside it.
type testCase struct {
	About    string   `yaml:"about"`
	Language string   `yaml:"language"`
	IATI     ast.Node `yaml:"iati"`
}

// newFormat makes the format of a case that is given as YAML.
func newFormat(t testing.TB, source []byte) (format.Format, error) {
	t.Helper()
	var c testCase
	if err := yaml.UnmarshalWithOptions(source, &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c.format(t)
}

func (c testCase) format(t testing.TB) (format.Format, error) {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return New(format.Config{Source: "x", Addresses: []string{address}, Language: c.Language, Taxonomy: taxonomy, Section: formattest.Section(c.IATI)})
}

func parse(t testing.TB, source []byte, skip int, contentType string, body io.Reader) ([]format.Result, error) {
	t.Helper()
	f, err := newFormat(t, source)
	if err != nil {
		t.Fatal(err)
	}
	return parseWith(f, skip, contentType, body)
}

func parseWith(f format.Format, skip int, contentType string, body io.Reader) (out []format.Result, err error) {
	r := f.Start("")[0]
	r.Skip = skip
	for result, err := range f.Parse(r, []format.Response{{Variant: r.Variants[0], Final: address, ContentType: contentType, Body: body}}) {
		if err != nil {
			return out, err
		}
		out = append(out, result)
	}
	return out, nil
}

// TestParse compares what each file of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f, err := c.format(t)
		if err != nil {
			t.Fatal(err)
		}
		r := f.Start("")[0]
		body := bytes.NewReader(formattest.Read(t, name+".xml"))
		formattest.Golden(t, name+".golden", f, r, format.Response{Variant: r.Variants[0], Final: address, ContentType: "application/xml", Body: body})
	})
}

// TestSection names what is wrong with a section, and where.
func TestSection(t *testing.T) {
	for section, want := range map[string]string{
		`{sector: x}`:                           "unknown field",
		`{only_sectors: [media]}`:               `"media" is not a sector`,
		`{sectors: {"1516a": {fields: [x]}}}`:   `"1516a" is not a sector`,
		`{sectors: {"15160": {}}}`:              "15160 has no themes and no fields",
		`{sectors: {"15160": {themes: [xyz]}}}`: `theme "xyz" is not known; it may be dialogue`,
		`{sectors: {"15160": {fields: [xyz]}}}`: `field "xyz" is not known; it may be`,
		`{page: "https://site.example/"}`:       "must be an address with {id} in it",
		`{page: "{id}"}`:                        "must be an address with {id} in it",
	} {
		_, err := newFormat(t, []byte("iati: "+section))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", section, err, want)
		}
		if placed := yaml.Error(nil); strings.Contains(section, "xyz") && !errors.As(err, &placed) {
			t.Errorf("%s: the error has no place in the file", section)
		}
	}
}

// many are n activities in one file.
func many(n int) string {
	var b strings.Builder
	b.WriteString("<iati-activities>")
	for i := range n {
		fmt.Fprintf(&b, `<iati-activity xml:lang="en"><iati-identifier>X-%d</iati-identifier><title>Activity %d</title></iati-activity>`+"\n", i, i)
	}
	b.WriteString("</iati-activities>")
	return b.String()
}

// TestPages yields a long file in pages, and from any page on the rest.
func TestPages(t *testing.T) {
	file := many(450)
	all, err := parse(t, nil, 0, "", strings.NewReader(file))
	if err != nil || len(all) != 3 || all[2].Skip != 450 || len(all[2].Items) != 50 {
		t.Fatalf("%d pages, %v; want 3", len(all), err)
	}
	for n := range all {
		rest, err := parse(t, nil, all[n].Skip, "", strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]format.Result(nil), all[n+1:]...), rest); diff != "" {
			t.Error(diff)
		}
	}
}

// TestBounds refuses an activity that is too large or too deep, and takes those
// around it; a file that is too deep is an error.
func TestBounds(t *testing.T) {
	one := func(id, inside string) string {
		return `<iati-activity xml:lang="en"><iati-identifier>` + id + `</iati-identifier><title>x</title>` + inside + `</iati-activity>`
	}
	for name, inside := range map[string]string{
		"elements": strings.Repeat("<location/>", maxElements+1),
		"bytes":    strings.Repeat("<location>"+strings.Repeat("x", 1<<20)+"</location>", maxActivity>>20),
		"deep":     strings.Repeat("<result>", maxDepth+1) + strings.Repeat("</result>", maxDepth+1),
	} {
		results, err := parse(t, nil, 0, "", strings.NewReader("<iati-activities>"+one("A", "")+one("B", inside)+one("C", "")+"</iati-activities>"))
		if err != nil || len(results) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		items, refused := 0, 0
		for _, r := range results {
			items, refused = items+len(r.Items), refused+len(r.Refused)
		}
		if items != 2 || refused != 1 {
			t.Errorf("%s: %d items, %d refused; want 2 and 1", name, items, refused)
		}
	}
	for _, file := range []string{strings.Repeat("<x>", 1<<20), "<iati-activities>" + one("A", strings.Repeat("<b>", 1<<20))} {
		if _, err := parse(t, nil, 0, "", strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), "deep") {
			t.Errorf("%v, want an error that says it is too deep", err)
		}
	}
	long := one("L", strings.Repeat(`<location><name>x</name></location><recipient-region code="z"/>`, catalog.MaxList+5))
	results, err := parse(t, nil, 0, "", strings.NewReader("<iati-activities>"+long+"</iati-activities>"))
	if err != nil {
		t.Fatal(err)
	}
	if item := results[0].Items[0]; len(item.Record.Places) != catalog.MaxList || len(item.LeftOut) != maxLeftOut {
		t.Errorf("%d places and %d reasons; want %d and %d", len(item.Record.Places), len(item.LeftOut), catalog.MaxList, maxLeftOut)
	}
}

// TestMarkupBomb leaves out a text whose markup would need a hundred times its
// size as a tree.
func TestMarkupBomb(t *testing.T) {
	body := "<iati-activities><iati-activity xml:lang='en'><iati-identifier>1</iati-identifier><title>x</title><description>" +
		strings.Repeat("&lt;b&gt;&lt;p&gt;", maxSource/6+1) + "</description></iati-activity></iati-activities>"
	results, err := parse(t, nil, 0, "", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if item := results[0].Items[0]; item.Record.Summary != nil || len(item.LeftOut) == 0 || item.LeftOut[0].Code != "too_long" {
		t.Errorf("left out %+v, want the description", item.LeftOut)
	}
}

// TestCharset reads what the server says where the file does not.
func TestCharset(t *testing.T) {
	body := []byte("<iati-activities><iati-activity xml:lang='ru'><iati-identifier>1</iati-identifier><title>\xcc\xe8\xf0</title></iati-activity></iati-activities>")
	results, err := parse(t, nil, 0, "text/xml; charset=windows-1251", bytes.NewReader(body))
	if err != nil || results[0].Items[0].Record.Title["ru"] != "Мир" {
		t.Errorf("%+v, %v; want Мир", results, err)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	body := io.MultiReader(strings.NewReader(strings.TrimSuffix(many(3), "</iati-activities>")), iotest.ErrReader(broken))
	results, err := parse(t, nil, 0, "", body)
	if !errors.Is(err, broken) || len(results) != 1 || len(results[0].Items) != 3 {
		t.Errorf("%d pages, %v; want the three activities before the error", len(results), err)
	}
}

// TestSharedFiles reads files of real publishers. Only numbers are compared.
func TestSharedFiles(t *testing.T) {
	const folder = "../../../shared/data/iati/data"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("skipped: the shared data are not beside the project")
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"fixture-org/fixture-org-activities.xml":  "1 taken, 0 refused, 0 in part",
		"fixture-org/fixture-org-activities2.xml": "3 taken, 0 refused, 0 in part",
		"old-org/old-org-acts.xml":                "2 taken, 0 refused, 0 in part",
		"fixture-org/fixture-org-org.xml":         "organisation file",
	} {
		body, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		results, err := parse(t, []byte("language: en"), 0, "", bytes.NewReader(body))
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", file, err, want)
			}
			continue
		}
		taken, refused, part := 0, 0, 0
		for _, r := range results {
			refused += len(r.Refused)
			for _, i := range r.Items {
				if reasons := finish(i.Record, taxonomy); len(reasons) > 0 {
					t.Errorf("%s: %v", i.Where, reasons)
				}
				taken++
				if len(i.LeftOut) > 0 {
					part++
				}
			}
		}
		if have := fmt.Sprintf("%d taken, %d refused, %d in part", taken, refused, part); have != want {
			t.Errorf("%s: %s, want %s", file, have, want)
		}
	}
}

// finish makes a record one of the source x, as the runner does.
func finish(r *catalog.Record, t *catalog.Taxonomy) []catalog.Reason {
	r.ID, r.Provenance.Source = catalog.NewID("x", r.ID), "x"
	r.Clean(t)
	return r.Validate(t)
}

// FuzzParse never panics, goes on after any page as if it had not stopped, and
// what comes out can be cleaned and validated.
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
		f.Add(body, "application/xml", 0)
		f.Add(body, "text/xml; charset=utf-16", 1)
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		f.Fatal(err)
	}
	parser, err := newFormat(f, []byte(`{language: en, iati: {page: "https://site.example/{id}", sectors: {"15": {themes: [dialogue], fields: [education]}}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string, skip int) {
		results, err := parseWith(parser, skip, contentType, bytes.NewReader(body))
		taken, last := 0, max(skip, 0)
		for _, r := range results {
			taken += len(r.Items) + len(r.Refused)
			if len(r.Items)+len(r.Refused) > pageActivities || r.Skip <= last {
				t.Errorf("a page of %d that ends at %d after %d", len(r.Items)+len(r.Refused), r.Skip, last)
			}
			last = r.Skip
			for _, i := range r.Items {
				if strings.Contains(i.Record.Title["en"], "\n") {
					t.Errorf("a title of two lines: %q", i.Record.Title["en"])
				}
				for _, link := range i.Record.Links {
					if !catalog.IsWebAddress(link.URL) {
						t.Errorf("%q is no web address", link.URL)
					}
				}
				for _, reason := range finish(i.Record, taxonomy) {
					switch reason.Code {
					case "no_title", "unknown_code", "bad_date": // a country or a date in words is the runner's business
					case "control_character": // which the runner refuses
					default:
						t.Errorf("%s: %+v", i.Where, reason)
					}
				}
				i.Record.JSON()
			}
		}
		if most := len(body) / len("<iati-activity"); taken > most {
			t.Errorf("%d things, %v, from %d bytes", taken, err, len(body))
		}
	})
}
