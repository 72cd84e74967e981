package export

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"clearinghouse/catalog"

	"github.com/xuri/excelize/v2"
)

// The bounds of Excel: characters of a cell, in units of UTF-16, and rows of a sheet.
const (
	maxCell = excelize.TotalCellChars
	maxRows = excelize.TotalRows
)

// writeXLSX writes a workbook: the table with typed cells below a row of labels and codes that
// stays in sight, what the columns and codes mean, the query, and of texts longer than a cell
// may be what was left out of them.
func writeXLSX(w io.Writer, s Set) error {
	if s.Total >= maxRows {
		return catalog.Errorf(catalog.Invalid, "a sheet of Excel has at most %d rows, and these are %d entries: narrow the search, or take csv or parquet", maxRows, s.Total)
	}
	b := &workbook{File: excelize.NewFile(), set: s, lang: s.Query.Language}
	defer b.Close()
	b.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) }) // or the whole would be in memory first
	for _, step := range []func() error{b.begin, b.table, b.codebook, b.query, b.cut} {
		if err := step(); err != nil {
			return fmt.Errorf("write the workbook: %w", err)
		}
	}
	return b.Write(io.Discard)
}

// workbook is one as it is made. Each sheet goes to a file as soon as it is large.
type workbook struct {
	*excelize.File
	set     Set
	lang    string
	bold    int     // style of headings
	date    int     // style of times
	wrapped int     // style of explanations
	cuts    [][]any // id, column, length
	sheets  int
}

func (b *workbook) begin() (err error) {
	if b.bold, err = b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}); err != nil {
		return err
	}
	if b.wrapped, err = b.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}); err != nil {
		return err
	}
	layout := "yyyy-mm-dd hh:mm:ss"
	b.date, err = b.NewStyle(&excelize.Style{CustomNumFmt: &layout})
	return err
}

// sheet begins the next sheet, whose name the taxonomy has in the reader's language.
func (b *workbook) sheet(code string, widths []float64, head ...any) (*excelize.StreamWriter, error) {
	name := b.set.Taxonomy.Label("sheet", code, b.lang)
	var err error
	if b.sheets == 0 {
		err = b.SetSheetName("Sheet1", name)
	} else {
		_, err = b.NewSheet(name)
	}
	if err != nil {
		return nil, err
	}
	b.sheets++
	right := catalog.Direction(b.lang) == "rtl"
	if err := b.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
		return nil, err
	}
	if err := b.SetSheetDimension(name, ""); err != nil { // that of an empty one, which some readers believe
		return nil, err
	}
	out, err := b.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	for i, width := range widths {
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	cells := make([]any, len(head))
	for i, h := range head {
		cells[i] = excelize.Cell{StyleID: b.bold, Value: h}
	}
	return out, out.SetRow("A1", cells)
}

// heading is what a column is called.
func (b *workbook) heading(code string) string { return b.set.Taxonomy.Label("column", code, b.lang) }

func (b *workbook) table() error {
	var head []any
	var widths []float64
	for _, c := range columns() {
		head = append(head, label(b.set.Taxonomy, c.code, b.lang)+" ["+c.code+"]")
		width := 18.0
		if strings.Contains(c.code, "@") {
			width = 40
		}
		widths = append(widths, width)
	}
	out, err := b.sheet("entries", widths, head...)
	if err != nil {
		return err
	}
	row := 1
	err = b.set.each(func(entry *catalog.Entry) error {
		row++
		cells := make([]any, len(columns()))
		for i, c := range columns() {
			cells[i] = b.cell(entry.Record.ID, c, c.of(entry, b.set.Taxonomy))
		}
		return out.SetRow("A"+strconv.Itoa(row), cells)
	}, func(string) {})
	if err != nil {
		return err
	}
	return out.Flush()
}

// cell is the value of a cell by the form of its column; nil leaves it empty.
func (b *workbook) cell(id string, c column, values []string) any {
	if len(values) == 0 {
		return nil
	}
	switch c.form {
	case list:
		return b.fitting(id, c.code, joined(values))
	case whole:
		if n, err := strconv.Atoi(values[0]); err == nil {
			return n
		}
	case decimal:
		if f, err := strconv.ParseFloat(values[0], 64); err == nil {
			return f
		}
	case truth:
		return values[0] == "true"
	case instant:
		if t, err := time.Parse(time.RFC3339, values[0]); err == nil {
			return excelize.Cell{StyleID: b.date, Value: t.UTC()}
		}
	}
	return b.fitting(id, c.code, values[0])
}

// fitting is a text, or as much of it as a cell takes; then it is noted.
func (b *workbook) fitting(id, code, text string) string {
	if len(text) <= maxCell { // no text has more units than bytes
		return text
	}
	units, end := 0, len(text)
	for i, r := range text {
		if units += utf16.RuneLen(r); units > maxCell && end == len(text) {
			end = i
		}
	}
	if units > maxCell {
		b.cuts = append(b.cuts, []any{id, code, units, maxCell})
	}
	return text[:end]
}

// codebook says what the columns hold, and what the codes in them mean.
func (b *workbook) codebook() error {
	out, err := b.sheet("codebook", []float64{28, 34, 34, 90}, b.heading("field"), b.heading("code"), b.heading("label"), b.heading("meaning"))
	if err != nil {
		return err
	}
	row := 1
	line := func(cells ...any) error {
		row++
		for i := range cells {
			cells[i] = excelize.Cell{StyleID: b.wrapped, Value: cells[i]}
		}
		return out.SetRow("A"+strconv.Itoa(row), cells)
	}
	for _, entry := range Codebook(b.set.Taxonomy, b.lang) {
		if err := line(entry.Column, entry.Code, entry.Label, entry.Meaning); err != nil {
			return err
		}
	}
	return out.Flush()
}

// query says what was asked, when, and of which state.
func (b *workbook) query() error {
	t := b.set.Taxonomy
	out, err := b.sheet("query", []float64{28, 90}, b.heading("field"), b.heading("value"))
	if err != nil {
		return err
	}
	query := b.set.Query.Values()
	rows := [][]any{
		{t.Label("sheet", "query", b.lang), query.Encode()},
		{t.Label("sheet", "entries", b.lang), b.set.Total},
		{b.heading("exported"), excelize.Cell{StyleID: b.date, Value: b.set.Time.UTC()}},
		{b.heading("seq"), int(b.set.Seq)},
	}
	if b.set.BaseURL != "" {
		rows = append(rows, []any{b.heading("url"), b.set.BaseURL + "/api/v1/records.xlsx?" + query.Encode()})
	}
	for i, cells := range rows {
		if err := out.SetRow("A"+strconv.Itoa(i+2), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// cut lists the cells that do not have the whole text.
func (b *workbook) cut() error {
	if len(b.cuts) == 0 {
		return nil
	}
	out, err := b.sheet("cut", []float64{40, 28, 18, 18}, b.heading("id"), b.heading("field"), b.heading("length"), b.heading("kept"))
	if err != nil {
		return err
	}
	for i, cells := range b.cuts {
		if err := out.SetRow("A"+strconv.Itoa(i+2), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}
