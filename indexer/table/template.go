package table

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"clearinghouse/catalog"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// templateRows is how many rows of the workbook have lists to choose from.
const templateRows = 2000

// listSheet is the hidden sheet with the words of the lists.
const listSheet = "lists"

// WriteCSV writes the headings of the template in a language: UTF-8 with a byte
// order mark, without which Excel takes it for another encoding, and with the
// delimiter that Excel expects where the language is spoken.
func WriteCSV(w io.Writer, lang string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if slices.Contains([]string{"fr", "es", "ru"}, lang) {
		out.Comma = ';'
	}
	var row []string
	for _, h := range template().Columns {
		row = append(row, h.Label[lang])
	}
	if err := out.Write(row); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// WriteXLSX writes the template as a workbook in a language: a sheet to fill in,
// with lists to choose from, and one that explains it.
func WriteXLSX(w io.Writer, lang string, t *catalog.Taxonomy) (err error) {
	b := &book{File: excelize.NewFile(), lang: lang, taxonomy: t, lists: map[string]string{}}
	defer b.Close()
	for _, step := range []func() error{b.begin, b.fill, b.explain, b.end} {
		if err := step(); err != nil {
			return fmt.Errorf("write the template: %w", err)
		}
	}
	return b.Write(w)
}

// book is the workbook as it is made.
type book struct {
	*excelize.File
	lang     string
	taxonomy *catalog.Taxonomy
	sheet    string
	notes    string
	head     int               // style of headings
	needed   int               // style of headings of columns that make an entry complete
	text     int               // style of cells, as text so that 2008-03 stays what it is
	wrapped  int               // style of the explanations
	lists    map[string]string // where the words of a list stand
}

func (b *book) begin() error {
	b.sheet, b.notes = template().Sheet[b.lang], template().Notes[b.lang]
	if err := b.SetSheetName("Sheet1", b.sheet); err != nil {
		return err
	}
	for _, name := range []string{b.notes, listSheet} {
		if _, err := b.NewSheet(name); err != nil {
			return err
		}
	}
	right := b.lang == "ar"
	for _, name := range []string{b.sheet, b.notes} {
		if err := b.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
			return err
		}
	}
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&b.head, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7E6E6"}}}},
		{&b.needed, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}}},
		{&b.text, excelize.Style{NumFmt: 49, Alignment: top}},
		{&b.wrapped, excelize.Style{Alignment: top}},
	} {
		var err error
		if *s.id, err = b.NewStyle(&s.style); err != nil {
			return err
		}
	}
	return nil
}

// fill writes the headings and gives the columns their lists.
func (b *book) fill() error {
	for i, h := range template().Columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		label, style := h.Label[b.lang], b.head
		if h.Needed {
			label, style = label+" *", b.needed
		}
		if err := b.SetColWidth(b.sheet, name, name, h.Width); err != nil {
			return err
		}
		if err := b.SetColStyle(b.sheet, name, b.text); err != nil {
			return err
		}
		if err := b.SetCellStr(b.sheet, name+"1", label); err != nil {
			return err
		}
		if err := b.SetCellStyle(b.sheet, name+"1", name+"1", style); err != nil {
			return err
		}
		if err := b.choices(h, name, label); err != nil {
			return err
		}
	}
	return b.SetPanes(b.sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// choices gives a column its list and the note that shows beside a cell.
// Another word than those of the list is refused where only one may stand and
// the list has all.
func (b *book) choices(h heading, name, label string) error {
	note := b.note(h)
	if note == "" && h.List == "" {
		return nil
	}
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s2:%s%d", name, name, templateRows)
	if note != "" {
		v.SetInput(short(label, 32), short(note, 255))
	}
	if h.List != "" {
		at, err := b.list(h.List)
		if err != nil {
			return err
		}
		v.SetSqrefDropList(at)
		if v.ShowErrorMessage = !h.Several && h.List != "language"; v.ShowErrorMessage {
			v.SetError(excelize.DataValidationErrorStyleStop, short(label, 32), short(cmp.Or(h.Note[b.lang], label), 255))
		}
	}
	return b.AddDataValidation(b.sheet, v)
}

// short bounds a text by what Excel takes, in characters.
func short(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

func (b *book) note(h heading) string {
	note := h.Note[b.lang]
	if h.Several {
		note = strings.TrimSpace(note + " " + template().Several[b.lang])
	}
	return note
}

// list writes the words of a list into the hidden sheet, once, and says where.
func (b *book) list(name string) (string, error) {
	if at, is := b.lists[name]; is {
		return at, nil
	}
	words := b.words(name)
	column, err := excelize.ColumnNumberToName(len(b.lists) + 1)
	if err != nil {
		return "", err
	}
	for i, word := range words {
		if err := b.SetCellStr(listSheet, fmt.Sprintf("%s%d", column, i+1), word); err != nil {
			return "", err
		}
	}
	b.lists[name] = fmt.Sprintf("%s!$%s$1:$%s$%d", listSheet, column, column, len(words))
	return b.lists[name], nil
}

// words are the labels of a list in the language of the template. Of the
// languages they are the six; countries are in the order of the alphabet.
func (b *book) words(name string) []string {
	terms := template().Lists[name]
	if terms == nil {
		terms = b.taxonomy.Terms(name)
	}
	if name == "language" {
		terms = nil
		for _, l := range catalog.Languages {
			term, _ := b.taxonomy.Term(name, l)
			terms = append(terms, term)
		}
	}
	var words []string
	for _, term := range terms {
		words = append(words, term.Label[b.lang])
	}
	if name == "country" {
		collate.New(language.Make(b.lang)).SortStrings(words)
	}
	return words
}

// explain writes the second sheet.
func (b *book) explain() error {
	type line struct {
		cells []string
		style int
	}
	var lines []line
	for _, rule := range template().Rules {
		lines = append(lines, line{[]string{"", rule[b.lang]}, b.wrapped})
	}
	lines = append(lines, line{[]string{template().Column[b.lang], template().Meaning[b.lang]}, b.head})
	for _, h := range template().Columns {
		note := b.note(h)
		if h.List != "" && h.List != "country" && h.List != "language" {
			note = strings.TrimSpace(note + "\n" + strings.Join(b.words(h.List), "\n"))
		}
		label := h.Label[b.lang]
		if h.Needed {
			label += " *"
		}
		lines = append(lines, line{[]string{label, note}, b.wrapped})
	}
	for i, l := range lines {
		for j, s := range l.cells {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := b.SetCellStr(b.notes, cell, s); err != nil {
				return err
			}
			if err := b.SetCellStyle(b.notes, cell, cell, l.style); err != nil {
				return err
			}
		}
	}
	if err := b.SetColWidth(b.notes, "A", "A", 34); err != nil {
		return err
	}
	return b.SetColWidth(b.notes, "B", "B", 90)
}

func (b *book) end() error {
	b.SetActiveSheet(0)
	return b.SetSheetVisible(listSheet, false)
}
