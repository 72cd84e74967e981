package export

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "write the golden files anew")

// entries are the records of testdata/entries.jsonl, and failed what comes after them.
func entries(t testing.TB, failed error) Set {
	t.Helper()
	data, err := os.ReadFile("testdata/entries.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	q, err := catalog.ParseFilter(url.Values{"theme": {"dialogue"}, "lang": {"fr"}}, taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	set := Set{Query: q, Seq: 42, Time: day, Taxonomy: taxonomy, BaseURL: "https://example.org", Options: url.Values{}}
	var all []*catalog.Entry
	for line := range strings.Lines(string(data)) {
		record, err := catalog.DecodeRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &catalog.Entry{Record: *record, Envelope: catalog.Envelope{Seq: 7, Version: 2, State: catalog.Published, Added: day.AddDate(0, 0, -9), Updated: day.AddDate(0, 0, -1)}})
	}
	set.Total = len(all)
	if failed != nil {
		set.Total++
	}
	set.Entries = func(yield func(*catalog.Entry, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
		if failed != nil {
			yield(nil, failed)
		}
	}
	return set
}

// read are what makes a text of the formats that are none.
var read = map[string]func(testing.TB, []byte) string{"xlsx": readXLSX, "parquet": readParquet}

func readXLSX(t testing.TB, data []byte) string {
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for i, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s, %d rows\n", sheet, len(rows))
		for n, row := range rows {
			if i == 1 && n > 40 { // the codebook goes on with all countries and languages
				break
			}
			for column, cell := range row {
				if cell != "" {
					name, _ := excelize.CoordinatesToCellName(column+1, n+1)
					kind, _ := f.GetCellType(sheet, name)
					fmt.Fprintf(&b, "%s %d %.300q\n", name, kind, cell)
				}
			}
		}
	}
	return b.String()
}

func readParquet(t testing.TB, data []byte) string {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, f.Schema())
	in := parquet.NewReader(f)
	defer in.Close()
	rows := make([]parquet.Row, 10)
	n, err := in.ReadRows(rows)
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	for _, row := range rows[:n] {
		for _, v := range row {
			if !v.IsNull() {
				fmt.Fprintf(&b, "%s %d %d %.300q\n", strings.Join(f.Schema().Columns()[v.Column()], "."), v.RepetitionLevel(), v.DefinitionLevel(), v.String())
			}
		}
	}
	return b.String()
}

// TestFormats compares what each format makes of the entries with its golden file.
func TestFormats(t *testing.T) {
	check := func(name string, f Format, options url.Values) {
		t.Run(name, func(t *testing.T) {
			set := entries(t, nil)
			set.Options = options
			var b bytes.Buffer
			if err := f.Write(&b, set); err != nil {
				t.Fatal(err)
			}
			have := b.String()
			if read[f.Name] != nil {
				have = read[f.Name](t, b.Bytes())
			}
			golden := filepath.Join("testdata", "entries."+name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(have), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), have); diff != "" {
				t.Errorf("(-want +have)\n%s", diff)
			}
		})
	}
	for _, f := range Formats {
		check(f.Name, f, url.Values{})
		for _, p := range f.Params {
			for _, value := range p.Allowed {
				if value != p.Default {
					check(value+"."+f.Name, f, url.Values{p.Name: {value}})
				}
			}
		}
	}
}

// TestBroken: an export that breaks off says so in its last line, or cannot be read at all, and
// so does one that has other entries than were counted.
func TestBroken(t *testing.T) {
	gone := errors.New("the disk is gone")
	for _, f := range Formats {
		for _, set := range []Set{entries(t, gone), func() Set { s := entries(t, nil); s.Total++; return s }()} {
			var b bytes.Buffer
			err := f.Write(&b, set)
			if err == nil || set.Total == 0 {
				t.Fatalf("%s: no error", f.Name)
			}
			if f.Packed {
				if _, err := excelize.OpenReader(bytes.NewReader(b.Bytes())); err == nil {
					t.Errorf("%s: the workbook can be opened", f.Name)
				}
				if _, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
					t.Errorf("%s: the file can be opened", f.Name)
				}
				continue
			}
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")
			want := fmt.Sprintf("INCOMPLETE: this export broke off after %d of %d entries", set.Total-1, set.Total)
			if last := lines[len(lines)-1]; !strings.Contains(last, want) {
				t.Errorf("%s ends with %q", f.Name, last)
			}
		}
	}
}

// TestLongCell: of a text that is longer than a cell may be, Excel's own units count, and what is
// left out is listed.
func TestLongCell(t *testing.T) {
	for _, c := range []struct {
		text string
		kept int // bytes
	}{{strings.Repeat("x", maxCell), maxCell}, {strings.Repeat("x", maxCell+1), maxCell}, {strings.Repeat("ж", maxCell), 2 * maxCell}, {strings.Repeat("😀", maxCell), 4 * (maxCell / 2)}} {
		b := &workbook{}
		if have := b.fitting("s:1", "body@en", c.text); len(have) != c.kept || (len(have) < len(c.text)) != (len(b.cuts) == 1) {
			t.Errorf("of %d bytes %d are kept and %d noted", len(c.text), len(have), len(b.cuts))
		}
	}
}

// TestFileName: a file says what is in it, in letters that every system takes.
func TestFileName(t *testing.T) {
	set := entries(t, nil)
	if have := set.FileName(); have != "clearinghouse-theme-dialogue-2026-11-30" {
		t.Error(have)
	}
	set.Query.Text, set.Query.YearFrom = "peace “/../” "+strings.Repeat("long ", 40), 1999
	if have := set.FileName(); len(have) > 95 || strings.ContainsAny(have, `/."`) {
		t.Error(have)
	}
	set.Query.Text, set.Query.YearFrom = "حوار", 0
	if have := set.FileName() + " " + set.FullName(); have != "clearinghouse-search-theme-dialogue-2026-11-30 clearinghouse-حوار-theme-dialogue-2026-11-30" {
		t.Error(have)
	}
}

// TestColumns: each column has a label in the six languages, no two the same.
func TestColumns(t *testing.T) {
	set := entries(t, nil)
	for _, lang := range catalog.Languages {
		seen := map[string]string{}
		for _, c := range columns() {
			l := label(set.Taxonomy, c.code, lang)
			if name, _, _ := strings.Cut(l, " ("); name == "" || set.Taxonomy.Has("column", name) || seen[l] != "" {
				t.Errorf("%s: %s is called %q, as is %q", lang, c.code, l, seen[l])
			}
			seen[l] = c.code
		}
	}
	for _, m := range Codebook(set.Taxonomy, "en") {
		if m.Code == "" && m.Meaning == "" || m.Label == "" {
			t.Errorf("the codebook does not say what %s %s is", m.Column, m.Code)
		}
	}
}
