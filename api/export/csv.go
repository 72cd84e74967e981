package export

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

var formParam = catalog.Param{Name: "form", Type: "string", Allowed: []string{"wide", "long"}, Default: "wide",
	Doc: "wide: one entry a row, texts in the six languages; long: one value a row, texts in all languages"}

// CSVType is the media type of tables with a header (RFC 4180).
const CSVType = "text/csv; charset=utf-8; header=present"

// mark is the byte order mark, without which Excel takes UTF-8 for another encoding.
const mark = "\ufeff"

// writeCSV writes a table of RFC 4180 in UTF-8, with a byte order mark unless it is plain. Several values of a cell
// are joined, see joined; cells that a spreadsheet would run are made harmless, see neutral.
func writeCSV(w io.Writer, s Set) error {
	if !s.Plain {
		if _, err := io.WriteString(w, mark); err != nil {
			return err
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	head, rows := wide, wideRows
	if s.Options.Get("form") == "long" {
		head, rows = long, longRows
	}
	if err := out.Write(head()); err != nil {
		return err
	}
	err := s.each(func(entry *catalog.Entry) error {
		for _, row := range rows(entry, s.Taxonomy) {
			for i, cell := range row {
				row[i] = neutral(cell)
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		return nil
	}, func(note string) { _ = out.Write([]string{note}) })
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

// WriteTable writes the rows of a table that is no export in the same form, with a byte order mark.
func WriteTable(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, mark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range rows {
		for i, cell := range row {
			row[i] = neutral(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func wide() (codes []string) {
	for _, c := range columns() {
		codes = append(codes, c.code)
	}
	return codes
}

func wideRows(entry *catalog.Entry, t *catalog.Taxonomy) [][]string {
	row := make([]string, 0, len(columns()))
	for _, c := range columns() {
		values := c.of(entry, t)
		if c.form == list {
			row = append(row, joined(values))
		} else {
			row = append(row, strings.Join(values, ""))
		}
	}
	return [][]string{row}
}

func long() []string { return []string{"id", "field", "language", "position", "value"} }

// longRows are the values of an entry, one a row: those of one field are numbered, texts have
// their language, also beyond the six.
func longRows(entry *catalog.Entry, t *catalog.Taxonomy) (rows [][]string) {
	r := &entry.Record
	for _, c := range columns() {
		name, language, isText := strings.Cut(c.code, "@")
		switch {
		case isText && language == catalog.Languages[0]: // the part in all its languages
			text := r.Part(name)
			for _, language := range text.Languages() {
				rows = append(rows, []string{r.ID, name, language, "1", text[language]})
			}
		case isText, name == "id", name == "other_languages":
		default:
			for i, value := range c.of(entry, t) {
				if value != "" {
					rows = append(rows, []string{r.ID, name, "", strconv.Itoa(i + 1), value})
				}
			}
		}
	}
	return rows
}

// separator is what stands between several values of a cell; within a value it is escaped.
const separator = " | "

var escapeValue = strings.NewReplacer(`\`, `\\`, "|", `\|`)

// joined is one cell of several values: a | in a value is written \| and a \ is written \\.
func joined(values []string) string {
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = escapeValue.Replace(v)
	}
	return strings.Join(escaped, separator)
}

// dangerous are the beginnings of cells that spreadsheets take for a formula (OWASP, CSV
// injection), and those that some read as one of these.
var dangerous = []rune{'=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'}

// neutral puts an apostrophe before a cell that a spreadsheet would run, and before one that
// looks as if this had been done: an import takes one away.
func neutral(cell string) string {
	rest := strings.TrimLeft(cell, "'")
	for _, r := range rest {
		if slices.Contains(dangerous, r) {
			return "'" + cell
		}
		break
	}
	return cell
}
