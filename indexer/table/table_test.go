package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/format/formattest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/xuri/excelize/v2"
)

// testCase is the form of testdata/*.yaml. The table is the .csv file beside it.
type testCase struct {
	About       string   `yaml:"about"`
	ContentType string   `yaml:"content_type"`
	Language    string   `yaml:"language"`
	Table       ast.Node `yaml:"table"`
}

func taxonomy(t testing.TB) *catalog.Taxonomy {
	t.Helper()
	out, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func newFormat(t testing.TB, language, section string) format.Format {
	t.Helper()
	f, err := New(format.Config{
		Addresses: []string{"https://site.example/list"}, Language: language, Taxonomy: taxonomy(t),
		Section: func(v any) error { return yaml.UnmarshalWithOptions([]byte(section), v, yaml.Strict()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestParse compares what each table of testdata yields with its golden file.
func TestParse(t *testing.T) {
	formattest.Cases(t, func(t *testing.T, name string, c testCase) {
		f, err := New(format.Config{
			Addresses: []string{"https://site.example/list"}, Language: c.Language, Taxonomy: taxonomy(t), Section: formattest.Section(c.Table),
		})
		if err != nil {
			t.Fatal(err)
		}
		formattest.Golden(t, name+".golden", f, format.Request{}, response(formattest.Read(t, name+".csv"), c.ContentType))
	})
}

func response(body []byte, contentType string) format.Response {
	return format.Response{Variant: format.Variant{URL: "list"}, Final: "https://site.example/list", ContentType: contentType, Body: bytes.NewReader(body)}
}

// titles are those of a table's records, or the error that it ends with.
func titles(f format.Format, in format.Response) string {
	var out []string
	for result, err := range f.Parse(format.Request{}, []format.Response{in}) {
		if err != nil {
			out = append(out, "error: "+err.Error())
		}
		for _, i := range result.Items {
			out = append(out, i.Record.Title[i.Record.Original])
		}
	}
	return strings.Join(out, "\n")
}

// TestConfig shows that a wrong section is refused with what is wrong.
func TestConfig(t *testing.T) {
	for _, c := range []struct{ section, want string }{
		{`columns: {colour: Farbe}`, `"colour" is not a field that a table can give`},
		{`columns: {title: T, countries@fr: Pays}`, `"countries" has no languages`},
		{`columns: {title: T, title@français: Pays}`, `"français" is not a BCP 47 language tag`},
		{`columns: {title: {map: {a: b}}}`, `column is missing`},
		{`columns: {title: T, id: Nummer}`, `"id" is not a field`},
		{`columns: {countries: Land}`, `table.columns.title is missing`},
		{`columns: {title: T, title@translation: T2}`, `table.columns.translation is missing`},
		{`columns: [title]`, `columns must be a map`},
		{`delimiter: x`, `cannot be the delimiter`},
		{`encoding: klingon`, `encoding "klingon" is not known`},
		{`columns: {title: T, themes: {column: Subject, map: {x: dialouge}}}`, `[1:56] theme "dialouge" is not known; it may be dialogue,`},
		{`columns: {title: T, themes: {column: Subject, map: {x: dialogue, " X": dialogue}}}`, `" X" is there twice`},
		{`header: 21`, `from 1 to 20`},
		{`id: []`, ``},
		{`rows: 3`, `unknown field "rows"`},
	} {
		_, err := New(format.Config{Taxonomy: taxonomy(t), Section: func(v any) error { return yaml.UnmarshalWithOptions([]byte(c.section), v, yaml.Strict()) }})
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.section, err, c.want)
		}
	}
}

// TestTemplateHeadings shows that no heading means two columns, in whatever
// languages, and that each column and list has its texts in all six.
func TestTemplateHeadings(t *testing.T) {
	fields := map[string]string{}
	for _, h := range template().Columns {
		for _, l := range catalog.Languages {
			label := h.Label[l]
			if label == "" || len(h.Note) > 0 && h.Note[l] == "" {
				t.Errorf("%s has no text in %s", h.Field, l)
			}
			if other, is := fields[fold(label)]; is && other != h.Field {
				t.Errorf("%q is the heading of %s and of %s", label, other, h.Field)
			}
			fields[fold(label)] = h.Field
			if h.List != "" && template().Lists[h.List] == nil && taxonomy(t).Terms(h.List) == nil {
				t.Errorf("there is no list %s", h.List)
			}
		}
	}
}

// workbook makes an XLSX file.
func workbook(t testing.TB, make func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	make(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// messy is a workbook as offices have them: a hidden sheet first, merged title
// rows, dates of many formats, formulas, numbers as text, hidden rows.
func messy(t testing.TB, date1904 bool) []byte {
	return workbook(t, func(f *excelize.File) {
		must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904}))
		must(t, f.SetSheetName("Sheet1", "hidden"), f.SetCellStr("hidden", "A1", "Title"), f.SetCellStr("hidden", "A2", "hidden"))
		_, err := f.NewSheet("List")
		must(t, err, f.SetSheetVisible("hidden", false))
		f.SetActiveSheet(1)
		must(t, f.SetSheetVisible("hidden", false), f.MergeCell("List", "A1", "F1"), f.SetCellStr("List", "A1", "Ministry: Title of all"))
		for i, h := range []string{"ID", "Title", "Start", "End", "Cost", "Currency", "Summary", "Countries"} {
			cell, _ := excelize.CoordinatesToCellName(i+1, 4)
			must(t, f.SetCellStr("List", cell, h))
		}
		style := func(code string, number int) int {
			s := &excelize.Style{NumFmt: number}
			if code != "" {
				s.CustomNumFmt = &code
			}
			id, err := f.NewStyle(s)
			must(t, err)
			return id
		}
		set := func(cell string, value any, style int) {
			must(t, f.SetCellValue("List", cell, value), f.SetCellStyle("List", cell, cell, style))
		}
		day := time.Date(2008, 3, 15, 0, 0, 0, 0, time.UTC)
		general := style("", 0)
		for i, s := range []int{style("", 14), style("dd/mm/yyyy;@", 0), style("mmm-yy", 0), style("[$-40C]mmmm\\ yyyy", 0), style("yyyy", 0), style("", 27), style(`#,##0.00 "€"`, 0)} {
			n := i + 5
			must(t, f.SetCellValue("List", fmt.Sprintf("A%d", n), 123456789012+i), f.SetCellStr("List", fmt.Sprintf("B%d", n), fmt.Sprintf("Row %d", n)))
			set(fmt.Sprintf("C%d", n), day, s)
			set(fmt.Sprintf("E%d", n), 12500.5, style(`#,##0 "€"`, 0))
			must(t, f.SetCellStr("List", fmt.Sprintf("F%d", n), "EUR"))
		}
		must(t, f.SetCellValue("List", "C11", 12.5), f.SetRowVisible("List", 6, false))
		must(t, f.SetCellStr("List", "A13", "007"), f.SetCellStr("List", "B13", "Texts in date cells"))
		set("C13", "March 2003", style("", 14))
		set("D13", "2008", style("", 14))
		must(t, f.SetCellFormula("List", "G13", `HYPERLINK("x")`), f.SetCellStr("List", "H13", "JO\nMA"))
		set("B14", "=cmd|'/c calc'!A1", general)
		must(t, f.SetCellStr("List", "G14", "#REF!"))
		set("D14", 2009, general)
		set("Z40", " ", general)
	})
}

// TestWorkbook reads messy workbooks, of both date systems.
func TestWorkbook(t *testing.T) {
	for _, date1904 := range []bool{false, true} {
		formattest.Golden(t, "testdata/workbook.golden", newFormat(t, "en", "{}"), format.Request{}, response(messy(t, date1904), ""))
	}
	if have := titles(newFormat(t, "en", "{sheet: Hidden}"), response(messy(t, false), "")); have != "hidden" {
		t.Errorf("sheet: %s", have)
	}
	have := titles(newFormat(t, "en", "{sheet: Data}"), response(messy(t, false), ""))
	if want := "error: list: the workbook has no sheet “Data”, which table.sheet names; it has “hidden”, “List”"; have != want {
		t.Errorf("have %s", have)
	}
}

// TestLongBeginning reads files whose beginning, by which their form is found, has no
// line feed.
func TestLongBeginning(t *testing.T) {
	rows := sampleSize / len("Bread\r")
	for name, body := range map[string]string{
		"lone carriage returns":  "Title\r" + strings.Repeat("Bread\r", rows),
		"a long row of headings": "Title," + strings.Repeat("Bread,", rows) + "\n" + strings.Repeat("Bread\n", rows),
	} {
		section := "{columns: {title: Title}}"
		if have := titles(newFormat(t, "en", section), response([]byte(body), "")); strings.HasPrefix(have, "error") || strings.Count(have, "Bread") != 1 {
			t.Errorf("%s: %.300s", name, have)
		}
	}
}

// archive makes a ZIP file of named parts.
func archive(t testing.TB, parts map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, data := range parts {
		w, err := z.Create(name)
		must(t, err)
		_, err = w.Write(data)
		must(t, err)
	}
	must(t, z.Close())
	return out.Bytes()
}

// TestRefusedFiles shows that what is no workbook, is damaged or would fill the
// memory is refused with a word on what to do, quickly and with nothing left in
// the folder for temporary files.
func TestRefusedFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	good := messy(t, false)
	damaged := slices.Clone(good)
	for i := range damaged[:len(damaged)/2] {
		if i > 100 {
			damaged[i] ^= 0x55
		}
	}
	far := workbook(t, func(f *excelize.File) {
		must(t, f.SetCellStr("Sheet1", "A1", "Title"))
		out, err := f.NewStreamWriter("Sheet1")
		must(t, err, out.SetRow("A1", []any{"Title"}))
		for i := range maxCells/maxColumns + 1 {
			must(t, out.SetRow(fmt.Sprintf("XFD%d", i+2), []any{"x"}))
		}
		must(t, out.Flush())
	})
	shared := archive(t, map[string][]byte{
		"[Content_Types].xml":        []byte(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`),
		"_rels/.rels":                []byte(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		"xl/workbook.xml":            []byte(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": []byte(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`),
		"xl/sharedStrings.xml":       []byte(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>` + strings.Repeat("x", 1_000_000) + `</t></si><si><t>Title</t></si></sst>`),
		"xl/worksheets/sheet1.xml": []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c r="A1" t="s"><v>1</v></c></row>` +
			strings.Repeat(`<row>`+strings.Repeat(`<c t="s"><v>0</v></c>`, 30)+`</row>`, 15) + `</sheetData></worksheet>`),
	})
	sheet := func(rows string) []byte {
		return []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`)
	}
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"bomb":     {archive(t, map[string][]byte{"xl/workbook.xml": bytes.Repeat([]byte("<a/>"), maxOther/4+1)}), "unpacks to more than"},
		"deep":     {archive(t, map[string][]byte{"xl/worksheets/sheet1.xml": sheet(strings.Repeat("<a>", 1000))}), "more than 256 elements"},
		"long":     {archive(t, map[string][]byte{"xl/worksheets/sheet1.xml": sheet("<row><c><v>" + strings.Repeat("1", maxToken+1))}), "larger than any of Excel"},
		"wide":     {archive(t, map[string][]byte{"xl/worksheets/sheet1.xml": sheet("<row>" + strings.Repeat("<c><v>1</v></c>", maxElement/15+1))}), "larger than any of Excel"},
		"shared":   {shared, "larger than 256 MiB"},
		"unused":   {archive(t, map[string][]byte{"xl/sharedStrings.xml": []byte("<sst>" + strings.Repeat("<si><t>x</t></si>", maxOther/17+1))}), "times its size"},
		"far":      {far, "cells"},
		"cut off":  {good[:len(good)/2], "cut off"},
		"damaged":  {damaged, "damaged"},
		"a zip":    {archive(t, map[string][]byte{"content.xml": []byte("<a/>")}), "no Excel workbook"},
		"nul":      {[]byte("Title,ID\x00\n1,2\n"), "no table"},
		"a binary": {[]byte("%PDF-1.7"), "is a PDF"},
	} {
		have := titles(newFormat(t, "en", "{}"), response(c.body, ""))
		if !strings.HasPrefix(have, "error: list: ") || !strings.Contains(have, c.want) || strings.Contains(have, "\n") {
			t.Errorf("%s: %.300s, want %s", name, have, c.want)
		}
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestFolder unpacks a workbook to the folder that it is given, where no copy of the
// workbook is left while it is read, from a file and from a pipe.
func TestFolder(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	body := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"ID", "Title"}))
		for i := range 1200 {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{i, fmt.Sprint("Title ", i)}))
		}
	})
	for name, in := range map[string]io.Reader{"file": bytes.NewReader(body), "pipe": io.MultiReader(bytes.NewReader(body))} {
		folder := t.TempDir()
		parts := 0
		for _, err := range newFormat(t, "en", "{}").Parse(format.Request{}, []format.Response{{Variant: format.Variant{URL: "list"}, Body: in, Folder: folder}}) {
			must(t, err)
			left, err := filepath.Glob(filepath.Join(folder, "*.xlsx"))
			if parts++; err != nil || len(left) > 0 {
				t.Errorf("%s: %v, %v", name, left, err)
			}
		}
		if left, err := os.ReadDir(folder); parts != 3 || err != nil || len(left) > 0 {
			t.Errorf("%s: %d parts; %v is left, %v", name, parts, left, err)
		}
	}
}

// TestPages shows that the rows come in pages, that Skip goes on after one, and
// that an id is known to be taken on a later page too.
func TestPages(t *testing.T) {
	var in strings.Builder
	in.WriteString("ID,Title\n")
	for i := range 1200 {
		fmt.Fprintf(&in, "%d,\"Title\n%d\"\n", i, i)
	}
	in.WriteString("7,Again\n")
	csv := in.String()
	xlsx := workbook(t, func(f *excelize.File) {
		for i := range 1200 {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{i, fmt.Sprint("Title ", i)}))
		}
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"ID", "Title"}), f.SetSheetRow("Sheet1", "A1202", &[]any{7, "Again"}))
	})
	for _, body := range []string{csv, string(xlsx)} {
		f := newFormat(t, "en", "{}")
		var skips, sizes []int
		var whole []string
		for result, err := range f.Parse(format.Request{}, []format.Response{response([]byte(body), "")}) {
			must(t, err)
			skips, sizes = append(skips, result.Skip), append(sizes, len(result.Items)+len(result.Refused))
			for _, i := range result.Items {
				whole = append(whole, i.Record.ID)
			}
			if len(result.Refused) == 1 && !strings.Contains(result.Refused[0].Reasons[0].Message, "the id of row ") {
				t.Errorf("refused %v", result.Refused)
			}
		}
		if !slices.Equal(sizes, []int{500, 500, 201}) || len(whole) != 1200 {
			t.Errorf("pages of %v, %d records", sizes, len(whole))
		}
		rest := 0
		for result, err := range f.Parse(format.Request{Skip: skips[1]}, []format.Response{response([]byte(body), "")}) {
			must(t, err)
			rest += len(result.Items)
			if len(result.Refused) != 1 {
				t.Errorf("refused %v", result.Refused)
			}
		}
		if rest != 200 {
			t.Errorf("%d records after the second page", rest)
		}
	}
}

// endless is a CSV file of n rows that is made as it is read.
type endless struct {
	rows, n int
	left    []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.left) == 0 {
		if e.rows == e.n {
			return 0, fmt.Errorf("end of the test")
		}
		e.rows++
		e.left = fmt.Appendf(nil, "%d,Title %d,%s\n", e.rows, e.rows, strings.Repeat("word ", 40))
		if e.rows == 1 {
			e.left = []byte("ID,Title,Summary\n")
		}
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

// TestMemory shows that memory does not grow with the rows but for the hashes of
// their ids.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 200,000 rows")
	}
	f := newFormat(t, "en", "{}")
	in := response(nil, "")
	in.Body = &endless{n: 200_000}
	records := 0
	var most uint64
	for result := range f.Parse(format.Request{}, []format.Response{in}) {
		if records += len(result.Items); records%20_000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	t.Logf("%d records, %d MB at most", records, most>>20)
	if records < 199_000 || most > 48<<20 {
		t.Errorf("%d records, %d bytes of memory", records, most)
	}
}

// FuzzParse never panics, and a record that comes out can be cleaned and is then
// valid or refused; it has no more text than the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/csv", true)
		f.Add(body, "text/csv; charset=windows-1251", false)
	}
	f.Add(messy(f, true), "", true)
	tax := taxonomy(f)
	template := newFormat(f, "en", "{}")
	mapped := newFormat(f, "", `{id: [Ref., Title], columns: {title: [Title, Name], title@fr: Nom du projet, countries: {column: Country, separator: ",", map: {x: JO}}, url: Web, links.news: Web}}`)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, byTemplate bool) {
		in := mapped
		if byTemplate {
			in = template
		}
		for result := range in.Parse(format.Request{}, []format.Response{response(body, contentType)}) {
			if len(result.Items)+len(result.Refused) > 500 {
				t.Errorf("a page of %d", len(result.Items)+len(result.Refused))
			}
			for _, i := range result.Items {
				if strings.Contains(i.Record.Title[i.Record.Original], "\n") {
					t.Errorf("a title of two lines: %q", i.Record.Title)
				}
				i.Record.ID, i.Record.Provenance.Source = catalog.NewID("s", i.Record.ID), "s"
				i.Record.Clean(tax)
				i.Record.Validate(tax)
				i.Record.JSON()
			}
		}
	})
}

// TestPicture reads a workbook with a picture, which is not copied.
func TestPicture(t *testing.T) {
	var logo bytes.Buffer
	must(t, png.Encode(&logo, image.NewGray(image.Rect(0, 0, 9, 9))))
	body := workbook(t, func(f *excelize.File) {
		must(t, f.SetCellStr("Sheet1", "A1", "Title"), f.SetCellStr("Sheet1", "A2", "Bread"),
			f.AddPictureFromBytes("Sheet1", "C1", &excelize.Picture{Extension: ".png", File: logo.Bytes()}))
	})
	if have := titles(newFormat(t, "en", "{}"), response(body, "")); have != "Bread" {
		t.Errorf("have %s", have)
	}
}
