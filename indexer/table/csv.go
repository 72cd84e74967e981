package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// delimiters are those that are tried, the likeliest first.
var delimiters = []rune{',', ';', '\t', '|'}

// guesses are the encodings that are tried on a file which is no UTF-8 and has
// no label, by the language of the source whose files are mostly in it.
var guesses = []struct {
	name      string
	languages []string
}{
	{"windows-1252", []string{"en", "fr", "es"}},
	{"windows-1256", []string{"ar"}},
	{"windows-1251", []string{"ru"}},
	{"gb18030", []string{"zh"}},
	{"windows-1250", nil},
	{"windows-1253", nil},
	{"windows-1254", nil},
	{"koi8-r", nil},
	{"macintosh", nil},
}

// csvRows are the rows of a CSV file; a row's number is that of its first line.
type csvRows struct {
	in      *csv.Reader
	limit   *limit
	columns int // of the widest row so far
	line    int // that the last row began in
	before  int // lines before the first row
	comma   rune
}

// limit fails when more was read for one row than a row may have.
type limit struct {
	io.Reader
	left int
}

var errLongRow = errors.New("the row is too long")

func (l *limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongRow
	}
	n, err := l.Reader.Read(p)
	l.left -= n
	return n, err
}

// openCSV finds encoding and delimiter in the beginning of a file.
func (s *sheets) openCSV(body *bufio.Reader, sample []byte, contentType string) (rows, error) {
	enc, err := s.encoding(sample, contentType)
	if err != nil {
		return nil, err
	}
	var in io.Reader = transform.NewReader(body, unicode.BOMOverride(enc.NewDecoder()))
	text := decoded(sample, enc)
	if strings.ContainsRune(text, 0) {
		return nil, errors.New("the file is no table: give a CSV file or an XLSX workbook")
	}
	if strings.Contains(text, "\r") && !strings.Contains(text, "\n") {
		in = transform.NewReader(in, lineEnds{})
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	out := &csvRows{limit: &limit{Reader: in}, comma: rune(s.section.Delimiter)}
	buffered := bufio.NewReader(out.limit)
	out.limit.left = maxRow
	if said, ok := saysDelimiter(text); ok {
		if _, err := buffered.ReadString('\n'); err != nil && err != io.EOF {
			return nil, err
		}
		out.before = 1
		if out.comma == 0 {
			out.comma = said
		}
	}
	if out.comma == 0 {
		out.comma, _ = s.delimiter(text)
	}
	out.in = reader(buffered, out.comma)
	return out, nil
}

func reader(in io.Reader, comma rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = comma, -1, true, true
	r.TrimLeadingSpace = comma != '\t' // a space before a quotation mark
	return r
}

// saysDelimiter reads the line "sep=;" that a file may begin with.
func saysDelimiter(text string) (rune, bool) {
	line, _, _ := strings.Cut(text, "\n")
	said, is := strings.CutPrefix(strings.TrimSuffix(line, "\r"), "sep=")
	if r, n := utf8.DecodeRuneInString(said); is && n == len(said) && strings.ContainsRune(string(delimiters), r) {
		return r, true
	}
	return 0, false
}

// delimiter is the one under which most headings are found in the beginning of
// a file, and their number; without any, the one that makes most columns.
func (s *sheets) delimiter(text string) (best rune, matches int) {
	best = delimiters[0]
	columns := 0
	for _, comma := range delimiters {
		head := sampled(text, comma)
		_, n := s.best(head)
		wide := 0
		for _, row := range head {
			wide += len(row)
		}
		if n > matches || n == matches && wide > columns {
			best, matches, columns = comma, n, wide
		}
	}
	return best, matches
}

// sampled are the first rows of a text.
func sampled(text string, comma rune) [][]string {
	in := reader(strings.NewReader(text), comma)
	in.ReuseRecord = false
	var head [][]string
	for len(head) < maxHeader {
		row, err := in.Read()
		if err != nil {
			break
		}
		head = append(head, row)
	}
	return head
}

// encoding is that of a CSV file: what the section says, else a byte order mark,
// else UTF-8 if it is that but for a byte here and there, else what the server
// says, else the one under which most headings are found, else that of the
// source's language.
func (s *sheets) encoding(sample []byte, contentType string) (encoding.Encoding, error) {
	if e, _ := charset.Lookup(string(s.section.Encoding)); e != nil {
		return e, nil
	}
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if strings.HasPrefix(string(sample), mark) {
			return unicode.UTF8, nil // BOMOverride takes the one of the mark
		}
	}
	multiple, broken := 0, 0
	for rest := sample; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && n == 1 && utf8.FullRune(rest):
			broken++
		case n > 1:
			multiple++
		}
		rest = rest[n:]
	}
	_, params, _ := mime.ParseMediaType(contentType)
	said, name := charset.Lookup(params["charset"])
	if name == "utf-8" {
		said = nil
	}
	switch {
	case broken == 0 && (multiple > 0 || said == nil), multiple > 10*broken:
		return unicode.UTF8, nil
	case said != nil:
		return said, nil
	}
	var best encoding.Encoding
	most, twice := 0, false
	for _, g := range guesses {
		e, _ := charset.Lookup(g.name)
		text := decoded(sample, e)
		if strings.ContainsRune(text, '\ufffd') {
			continue
		}
		_, n := s.delimiter(text)
		if n > most {
			best, most, twice = e, n, false
		} else if n == most {
			twice = true
		}
	}
	if best != nil && !twice {
		return best, nil
	}
	western := highBytes(sample) < letters(sample)/5 // an accent here and there
	for _, g := range guesses {
		if e, _ := charset.Lookup(g.name); slices.Contains(g.languages, s.language) && (western || g.name != "windows-1252") {
			return e, nil
		}
	}
	if western {
		e, _ := charset.Lookup("windows-1252")
		return e, nil
	}
	return nil, errors.New("the encoding of the file cannot be told: save it as CSV UTF-8, or name it in the source file as table.encoding (windows-1256 for Arabic, windows-1251 for Russian, gb18030 for Chinese)")
}

func highBytes(b []byte) (n int) {
	for _, c := range b {
		if c >= 0x80 {
			n++
		}
	}
	return n
}

func letters(b []byte) (n int) {
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			n++
		}
	}
	return n
}

func decoded(sample []byte, e encoding.Encoding) string {
	out, _, _ := transform.Bytes(unicode.BOMOverride(e.NewDecoder()), sample)
	return string(out)
}

// lineEnds makes line feeds of lone carriage returns.
type lineEnds struct{ transform.NopResetter }

func (lineEnds) Transform(dst, src []byte, _ bool) (int, int, error) {
	n := copy(dst, src)
	for i := range dst[:n] {
		if dst[i] == '\r' {
			dst[i] = '\n'
		}
	}
	if n < len(src) {
		return n, n, transform.ErrShortDst
	}
	return n, n, nil
}

func (c *csvRows) next() (row, error) {
	c.limit.left = maxRow
	cells, err := c.in.Read()
	if errors.Is(err, errLongRow) {
		return row{}, fmt.Errorf("the row after line %d has more than %d bytes: a quotation mark may not be closed there", c.line, maxRow)
	}
	if err != nil {
		return row{}, err
	}
	line, _ := c.in.FieldPos(0)
	c.line = c.before + line
	out := row{cells: cells, number: c.line}
	switch {
	case len(cells) > maxColumns:
		out.wrong = fmt.Sprintf("the row has %d columns; at most %d are taken", len(cells), maxColumns)
	case c.swallowed(cells):
		out.wrong = "a quotation mark is not closed: the cell takes in the rows after it, which are lost"
	default:
		c.columns = max(c.columns, len(cells))
	}
	return out, nil
}

// swallowed reports a row with a cell that has whole rows in it: what follows a
// quotation mark that is not closed.
func (c *csvRows) swallowed(cells []string) bool {
	if c.columns < 3 {
		return false
	}
	for _, s := range cells {
		_, rest, found := strings.Cut(s, "\n")
		for found && rest != "" {
			var line string
			line, rest, _ = strings.Cut(rest, "\n")
			if strings.Count(line, string(c.comma)) >= c.columns-1 {
				return true
			}
		}
	}
	return false
}

func (c *csvRows) close() {}

// sampleSize is how much of a file is looked at to find its form, in bytes.
const sampleSize = 256 << 10

// peek reads the beginning of a body, up to the end of a line if there is one,
// without taking it.
func peek(body io.Reader) (*bufio.Reader, []byte, error) {
	in := bufio.NewReaderSize(body, sampleSize)
	sample, err := in.Peek(sampleSize)
	if err == io.EOF {
		return in, bytes.Clone(sample), nil
	}
	if end := bytes.LastIndexAny(sample, "\r\n"); end >= 0 {
		sample = sample[:end+1]
	}
	return in, bytes.Clone(sample), err
}
