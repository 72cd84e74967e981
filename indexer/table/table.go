// Package table reads records from tables, one a row: CSV with any of the usual
// delimiters and encodings, and XLSX workbooks. The source file says under which
// headings the fields of the record stand; without that the headings of the
// template are expected, in any of the six languages.
package table

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

const (
	maxHeader  = 20 // rows that the headings are looked for in
	maxRow     = catalog.MaxRecordBytes
	maxColumns = 1 << 14 // as in XLSX
)

// rows are those of a file, one after the other.
type rows interface {
	// next is the following row that is there; at the end io.EOF. Its cells may be
	// overwritten by the next call.
	next() (row, error)
	close()
}

// row is one row of a file.
type row struct {
	cells  []string
	number int    // in the file, from 1 on; of CSV that of its first line
	wrong  string // why it cannot be read, if it cannot
}

// Start asks for each file.
func (s *sheets) Start(string) []format.Request {
	return format.Ask(s.addresses)
}

// Parse yields the rows' records in pages; Skip counts rows. A row that cannot
// be taken is refused by itself; empty ones and the headings, where they come
// again, are skipped.
func (s *sheets) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		name := responses[0].URL
		in, err := s.open(responses[0])
		if err != nil {
			yield(format.Result{}, fmt.Errorf("%s: %w", name, err))
			return
		}
		defer in.close()
		h, err := s.header(in)
		if err != nil {
			yield(format.Result{}, fmt.Errorf("%s: %w", name, err))
			return
		}
		page := format.Result{}
		var part format.Part
		known := format.IDs{}
		for {
			at, err := in.next()
			if err == io.EOF {
				if part.Items > 0 {
					yield(page, nil)
				}
				return
			}
			if err != nil {
				if part.Items == 0 || yield(page, nil) {
					yield(format.Result{}, fmt.Errorf("%s: %w", name, err))
				}
				return
			}
			if at.wrong == "" && h.skips(at.cells) {
				continue
			}
			item, refusal := s.item(h, at, fmt.Sprintf("%s:%d", name, at.number))
			if item.Record.ID != "" {
				if first, twice := known.Add(item.Record.ID, at.number); twice {
					refusal = s.twice(h, item, h.id(at.cells) != "", first)
				}
			}
			if at.number <= r.Skip {
				continue
			}
			if refusal != nil {
				page.Refused = append(page.Refused, *refusal)
			} else {
				item.LeftOut = append(h.unknown, item.LeftOut...)
				h.unknown = nil
				page.Items = append(page.Items, item)
			}
			size := 0
			for _, c := range at.cells {
				size += len(c)
			}
			if page.Skip = at.number; part.Full(size) {
				if !yield(page, nil) {
					return
				}
				page = format.Result{}
			}
		}
	}
}

// twice refuses a row that has the id of another, named by a column or not.
func (s *sheets) twice(h *header, item format.Item, named bool, first int) *catalog.Refusal {
	if !named {
		return refusal(item, "id", format.SameID, fmt.Sprintf("the row has the title and organisation of row %d: remove it, or tell the two apart by %s", first, s.idHeading(h)))
	}
	return refusal(item, "id", format.SameID, fmt.Sprintf("column %s: the row has the id of row %d: give each row its own", h.title(h.ids[0]), first))
}

// idHeading names the column of ids, of the template in the language of the
// file.
func (s *sheets) idHeading(h *header) string {
	language := 0
	for _, b := range h.bound {
		if b.field == "title" && b.language == "" {
			language = max(0, slices.IndexFunc(b.headings, func(l string) bool { return fold(l) == fold(h.cells[b.at[0]]) }))
		}
	}
	for _, c := range s.columns {
		if c.field == idField && language < len(c.headings) {
			return "a column " + format.Quoted(c.headings[language])
		}
	}
	return "a column of ids, which the source file names as table.id"
}

func refusal(item format.Item, path, code, message string) *catalog.Refusal {
	out := format.Refuse(item.Record.ID, item.Where, path, code, message)
	return &out
}

// fold makes headings and words comparable; what has no letter or digit stays as
// it is.
func fold(s string) string {
	if f := catalog.Fold(s); f != "" {
		return f
	}
	return strings.TrimSpace(s)
}

// header is the row with the headings and which columns of it are taken.
type header struct {
	cells   []string
	bound   []bound
	ids     []int // columns that make up the id, nil without
	unknown []catalog.Reason
	coded   bool            // the headings are codes, as an export writes them
	said    map[string]bool // of these, the paths in a record, as in "title.fr" and "cost.amount"
	origins []int           // columns with who made the translations
	guarded bool            // cells that look like formulas have an apostrophe before them
}

// bound is a field and the columns that it stands in.
type bound struct {
	column
	at []int // in their order
}

// title is a heading as it is written in the file.
func (h *header) title(i int) string { return format.Quoted(format.Line(h.cells[i])) }

// skips reports an empty row, as far as it is taken, and one that repeats the
// headings.
func (h *header) skips(cells []string) bool {
	empty, again := true, true
	for _, b := range h.bound {
		for _, i := range b.at {
			if i >= len(cells) {
				again = false
				break // as are those that follow
			}
			s := cell(cells, i)
			empty = empty && s == ""
			again = again && fold(s) == fold(h.cells[i])
		}
	}
	return empty || again
}

// cell is what stands in a column of a row; one that shows only a dash is empty.
func cell(cells []string, i int) string {
	if i >= len(cells) {
		return ""
	}
	s := strings.Trim(strings.TrimSpace(cells[i]), "\ufeff\u200b")
	if strings.Trim(s, "-–—") == "" {
		return ""
	}
	return s
}

// matches counts the columns of the section that a row has the headings of.
func (s *sheets) matches(row []string) int {
	if s.template && coded(row) {
		return len(row)
	}
	have := map[int]bool{}
	for _, c := range row {
		for _, i := range s.names[fold(c)] {
			have[i] = true
		}
	}
	return len(have)
}

// best is the row with most headings, the first of several, and their number.
func (s *sheets) best(head [][]string) (index, n int) {
	for i, row := range head {
		if m := s.matches(row); m > n {
			index, n = i, m
		}
	}
	return index, n
}

// header reads up to the row with the headings. It is the one that the section
// names, or that has most of them; what was read after it is given back.
func (s *sheets) header(in *replay) (*header, error) {
	var head []row
	var cells [][]string
	for len(head) < maxHeader {
		at, err := in.rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		at.cells = slices.Clone(at.cells)
		head, cells = append(head, at), append(cells, at.cells)
	}
	index, n := s.best(cells)
	if want := s.section.Header; want > 0 {
		if index = slices.IndexFunc(head, func(r row) bool { return r.number == want }); index < 0 {
			return nil, fmt.Errorf("row %d, which table.header names, is not there or empty", want)
		}
	} else if n == 0 {
		return nil, errors.New("no row has the headings: " + s.expected())
	}
	in.again = head[index+1:]
	if s.template && coded(head[index].cells) {
		_, guarded := in.rows.(*csvRows)
		return bindCodes(head[index].cells, guarded), nil
	}
	return s.bind(head[index].cells, head[index].number)
}

func (s *sheets) expected() string {
	if s.template {
		return "write them as in the template (clearinghouse template xlsx), in any of its languages"
	}
	return "compare table.columns with the first rows of the file"
}

// bind finds the columns of the section in the row of headings. Of the template
// only the title must be there.
func (s *sheets) bind(cells []string, number int) (*header, error) {
	h := &header{cells: cells}
	at := map[int][]int{} // of columns
	for i, c := range cells {
		for _, k := range s.names[fold(c)] {
			at[k] = append(at[k], i)
		}
	}
	used := map[int]bool{}
	for k, c := range s.columns {
		b := bound{column: c, at: at[k]}
		if len(b.at) == 0 {
			if s.template && c.field != "title" || s.template && c.language == otherSuffix {
				continue
			}
			return nil, fmt.Errorf("row %d has no heading %s (%s); it has %s: %s", number, format.Quoted(c.headings[0]), c.field, list(cells), s.expected())
		}
		for _, i := range b.at {
			used[i] = true
		}
		if c.field == idField {
			h.ids = append(h.ids, b.at...)
		}
		h.bound = append(h.bound, b)
	}
	var unknown []string
	for i, c := range cells {
		if c = strings.TrimSpace(c); s.template && c != "" && !used[i] {
			unknown = append(unknown, c)
		}
	}
	if unknown != nil {
		h.unknown = []catalog.Reason{{Code: "unknown_column", Message: "the template has no column " + list(unknown) + ": it is left out of all rows"}}
	}
	return h, nil
}

// list names the headings of a row, at most twenty of them.
func list(cells []string) string {
	var names []string
	for _, c := range cells {
		if c = format.Line(c); c == "" {
			continue
		}
		if len(names) == 20 {
			names = append(names, "…")
			break
		}
		names = append(names, format.Quoted(c))
	}
	return strings.Join(names, ", ")
}

// replay gives the rows again that were read to find the headings.
type replay struct {
	rows
	again []row
}

func (r *replay) next() (row, error) {
	if len(r.again) == 0 {
		return r.rows.next()
	}
	out := r.again[0]
	r.again = r.again[1:]
	return out, nil
}
