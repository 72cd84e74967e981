package table

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"clearinghouse/indexer/format"

	"github.com/xuri/excelize/v2"
	"github.com/xuri/nfp"
)

// The bounds of a workbook, in bytes where nothing else is said.
const (
	maxUnpacked = 1 << 30   // all parts together
	maxGrowth   = 200       // times that a part beyond maxOther may be as large as it is packed
	maxOther    = 64 << 20  // the parts that are held in memory: all but sheets and texts
	maxParts    = 10_000    // parts
	inMemory    = 1 << 20   // of a sheet or the texts; what is larger is unpacked to a file
	maxToken    = 1 << 20   // between two tags; a cell holds 32,767 characters at most
	maxElement  = 16 << 20  // of a row or a text with its markup
	maxDepth    = 256       // elements in each other
	maxCells    = 1 << 25   // cells up to the last of each row, most of which may not be there
	maxText     = 256 << 20 // texts of the cells; one that stands in many counts each time
)

// xlsxRows are the rows of a sheet.
type xlsxRows struct {
	file   *excelize.File
	rows   *excelize.Rows
	number int
	cells  int // so far
	text   int // of them, in bytes
}

// openXLSX opens the sheet that the section names, or the first that is not hidden.
// rest is the body from its beginning, some of which was read of it.
func (s *sheets) openXLSX(body, rest io.Reader, folder string) (_ rows, err error) {
	out := &xlsxRows{}
	if out.file, err = unpacked(body, rest, folder); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			out.close()
		}
	}()
	sheet, err := s.sheet(out.file)
	if err != nil {
		return nil, err
	}
	if err := datesOnly(out.file); err != nil {
		return nil, err
	}
	out.rows, err = out.file.Rows(sheet)
	return out, err
}

// unpacked opens a workbook without the parts that are no XML, such as pictures.
// Excelize takes a file by its name only; without one it would hold the whole
// workbook in memory. It has it only until it is opened.
func unpacked(body, rest io.Reader, folder string) (*excelize.File, error) {
	in, size, done, err := readerAt(body, rest, folder)
	if err != nil {
		return nil, err
	}
	defer done()
	out, err := os.CreateTemp(folder, ".workbook-*.xlsx")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	err = sift(in, size, out)
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	file, err := excelize.OpenFile(out.Name(), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: inMemory, TmpDir: folder})
	if err != nil {
		return nil, fmt.Errorf("the file is no Excel workbook that can be read (%w): save it again as .xlsx, or as CSV UTF-8", err)
	}
	return file, nil
}

// readerAt is a body that can be read from anywhere, and its size. One that comes
// from a pipe is copied to a file that nobody else sees; done gives it up.
func readerAt(body, rest io.Reader, folder string) (in io.ReaderAt, size int64, done func(), err error) {
	if at, is := body.(interface {
		io.ReaderAt
		io.Seeker
	}); is {
		if size, err := at.Seek(0, io.SeekEnd); err == nil {
			return at, size, func() {}, nil
		}
	}
	file, err := os.CreateTemp(folder, ".workbook-*")
	if err != nil {
		return nil, 0, nil, err
	}
	_ = os.Remove(file.Name()) // its data stay until it is closed
	done = func() {
		file.Close()
		_ = os.Remove(file.Name()) // where an open file cannot be removed before
	}
	if size, err = io.Copy(file, io.LimitReader(rest, maxUnpacked)); err != nil {
		done()
	}
	return file, size, done, err
}

// sheet is the name of the sheet to be read.
func (s *sheets) sheet(f *excelize.File) (string, error) {
	var seen []string
	for _, name := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(name)
		if err != nil {
			return "", err
		}
		if s.section.Sheet == "" && visible || s.section.Sheet != "" && fold(name) == fold(s.section.Sheet) {
			return name, nil
		}
		seen = append(seen, name)
	}
	if s.section.Sheet == "" {
		return "", errors.New("the workbook has no sheet that is not hidden")
	}
	return "", fmt.Errorf("the workbook has no sheet %s, which table.sheet names; it has %s", format.Quoted(s.section.Sheet), list(seen))
}

// noFormat is the number of no format: numbers are then shown as they are.
const noFormat = 9999

// datesOnly makes the cells with a format of dates show YYYY-MM-DD, YYYY-MM or
// YYYY, as precise as the format is, and all other numbers show as they are.
func datesOnly(f *excelize.File) error {
	styles := f.Styles
	if styles == nil || styles.CellXfs == nil {
		return nil
	}
	n := len(styles.CellXfs.Xf)
	shown := map[string]int{"": noFormat}
	for _, layout := range []string{"yyyy-mm-dd", "yyyy-mm", "yyyy"} {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &layout})
		if err != nil {
			return err
		}
		shown[layout] = *styles.CellXfs.Xf[id].NumFmtID
	}
	for i := range styles.CellXfs.Xf[:n] {
		layout := ""
		if id := styles.CellXfs.Xf[i].NumFmtID; id != nil {
			layout = builtIn(*id)
			if styles.NumFmts != nil {
				for _, own := range styles.NumFmts.NumFmt {
					if own.NumFmtID == *id {
						layout = dateLayout(own.FormatCode)
					}
				}
			}
		}
		id := shown[layout]
		styles.CellXfs.Xf[i].NumFmtID = &id
	}
	return nil
}

// builtIn is the layout for the formats that have a number only (ECMA-376 part
// 1, 18.8.30), those of East Asian languages among them; "" for no date.
func builtIn(id int) string {
	switch {
	case slices.Contains([]int{17, 27, 36, 50, 52, 57}, id):
		return "yyyy-mm"
	case id >= 14 && id <= 16, id == 22, id >= 28 && id <= 31, slices.Contains([]int{51, 53, 54, 58}, id):
		return "yyyy-mm-dd"
	}
	return ""
}

// dateLayout is the layout for a number format by its code, "" for no date.
func dateLayout(code string) string {
	parser := nfp.NumberFormatParser()
	var year, month, day, hour bool
	for _, section := range parser.Parse(code) {
		for _, token := range section.Items {
			if token.TType != nfp.TokenTypeDateTimes {
				continue
			}
			switch v := strings.ToLower(token.TValue); {
			case strings.HasPrefix(v, "y"), strings.HasPrefix(v, "e"), strings.HasPrefix(v, "b"):
				year = true
			case strings.HasPrefix(v, "d"), strings.HasPrefix(v, "aaa"):
				day = true
			case strings.HasPrefix(v, "h"), strings.HasPrefix(v, "s"):
				hour = true
			case strings.HasPrefix(v, "m"):
				month = true
			}
		}
		break // the others are of negative numbers and texts
	}
	switch {
	case day:
		return "yyyy-mm-dd"
	case month && (year || !hour):
		return "yyyy-mm"
	case year:
		return "yyyy"
	}
	return ""
}

func (x *xlsxRows) next() (row, error) {
	for x.rows.Next() {
		x.number++
		cells, err := x.rows.Columns()
		if err != nil {
			return row{}, fmt.Errorf("row %d: %w", x.number, err)
		}
		if x.cells += len(cells); x.cells > maxCells {
			return row{}, fmt.Errorf("row %d: the sheet has more than %d cells, with the empty ones before the last of each row: save it as CSV UTF-8, with the columns alone that are needed", x.number, maxCells)
		}
		for _, c := range cells {
			x.text += len(c)
		}
		if x.text > maxText {
			return row{}, fmt.Errorf("row %d: the texts of the sheet are larger than %d MiB: divide it", x.number, maxText>>20)
		}
		if len(cells) > maxColumns {
			return row{number: x.number, wrong: fmt.Sprintf("the row has %d columns; at most %d are taken", len(cells), maxColumns)}, nil
		}
		if len(cells) > 0 {
			return row{cells: cells, number: x.number}, nil
		}
	}
	if err := x.rows.Error(); err != nil {
		return row{}, err
	}
	return row{}, io.EOF
}

func (x *xlsxRows) close() {
	if x.rows != nil {
		x.rows.Close()
	}
	x.file.Close()
}

// sift copies the XML of a ZIP file to another. It unpacks all of it once: what
// parts say of their sizes may be wrong, and Excelize takes a part that is cut
// off for a whole one.
func sift(in io.ReaderAt, size int64, out io.Writer) error {
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return errors.New("the file is cut off or no workbook: save it again as .xlsx, or as CSV UTF-8")
	}
	if len(archive.File) > maxParts {
		return fmt.Errorf("the workbook has %d parts; at most %d are taken", len(archive.File), maxParts)
	}
	w := zip.NewWriter(out)
	all, other := int64(0), int64(0)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, "\\", "/"))
		if !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".rels") {
			continue
		}
		c := &check{left: maxUnpacked - all, length: -1, rows: strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"}
		if c.left = min(c.left, max(maxOther, maxGrowth*int64(part.CompressedSize64))); !c.rows {
			c.left = min(c.left, maxOther-other)
		}
		open, err := part.Open()
		if err != nil {
			return fmt.Errorf("the workbook cannot be unpacked (%s: %w): save it again as .xlsx", part.Name, err)
		}
		n, err := io.Copy(c, open)
		open.Close()
		if all += n; !c.rows {
			other += n
		}
		switch {
		case c.wrong != nil:
			return fmt.Errorf("the workbook is refused: %s %w", part.Name, c.wrong)
		case err != nil:
			return fmt.Errorf("the workbook is damaged (%s: %w): save it again as .xlsx", part.Name, err)
		}
		if err := w.Copy(part); err != nil {
			return err
		}
	}
	return w.Close()
}

// check bounds the XML that is written to it: its size, the depth of elements,
// the text between two tags, and the size of a row or a text.
type check struct {
	left                  int64
	rows                  bool // it is a sheet or the texts
	wrong                 error
	depth, token, element int
	tag                   [4]byte // the beginning of the tag that is open
	length                int     // of it so far, -1 outside of tags
	quote                 byte    // that is open in the tag
	last                  byte
}

func (c *check) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		c.wrong = fmt.Errorf("unpacks to more than %d times its size, or %d bytes in all, or %d beside the sheets: save the sheet alone, or as CSV UTF-8", maxGrowth, maxUnpacked, maxOther)
		return 0, c.wrong
	}
	for _, b := range p {
		if c.byte(b); c.wrong != nil {
			return 0, c.wrong
		}
	}
	return len(p), nil
}

func (c *check) byte(b byte) {
	c.element++
	if c.token++; c.token > maxToken || c.rows && c.element > maxElement {
		c.wrong = errors.New("has a cell or a row that is larger than any of Excel: save it as CSV UTF-8")
	}
	switch {
	case c.length < 0:
		if b == '<' {
			c.length, c.token = 0, 0
		}
	case c.quote != 0:
		if b == c.quote {
			c.quote = 0
		}
	case b == '>':
		c.end()
	case (b == '"' || b == '\'') && c.length > 0 && c.tag[0] != '!':
		c.quote = b
	default:
		if c.length < len(c.tag) {
			c.tag[c.length] = b
		}
		c.length++
	}
	c.last = b
}

// end ends a tag.
func (c *check) end() {
	name := string(c.tag[:min(c.length, len(c.tag))])
	c.length, c.token = -1, 0
	switch {
	case strings.HasPrefix(name, "/"):
		c.depth--
	case strings.HasPrefix(name, "?"), strings.HasPrefix(name, "!"), c.last == '/':
	default:
		if c.depth++; c.depth > maxDepth {
			c.wrong = fmt.Errorf("has more than %d elements in each other", maxDepth)
		}
	}
	if strings.HasPrefix(name, "row") || strings.HasPrefix(name, "si") {
		c.element = 0
	}
}
