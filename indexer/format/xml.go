package format

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// The most that a document may ask of its reader.
const (
	MaxXMLDepth = 100      // elements that stand in one another
	MaxXMLToken = 16 << 20 // bytes of one tag, text or comment
)

// XML reads the elements of a document one after the other. It is lenient with
// what is not well formed: unknown entities stay as they are written, an element
// that is not closed ends with the one around it, and an end without beginning
// is ignored. Prefixes are not made namespaces. There are no entities besides
// those of XML and nothing is fetched.
type XML struct {
	Open []xml.Name // elements that have begun, the outermost first
	// Alone names the elements of which none stands in another, if there are such:
	// that one must have lost its end, which is an error.
	Alone string
	// Entities are those that the document has defined so far; in its texts they stay
	// as they are written.
	Entities Entities

	decoder *xml.Decoder
	bytes   *counter
	close   int // how many of Open are still to be closed
}

// OpenXML begins to read a response.
func OpenXML(r Response) *XML {
	in := bufio.NewReaderSize(r.Body, sniffed)
	head, _ := in.Peek(sniffed) // an error comes again when it is read
	text := &counter{Reader: bufio.NewReader(XMLText(in, XMLEncoding(head, r.ContentType, "")))}
	d := xml.NewDecoder(text)
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	return &XML{decoder: d, bytes: text}
}

// Token is the next token, io.EOF after the last; each element that begins also
// ends.
func (x *XML) Token() (xml.Token, error) {
	for x.close == 0 {
		x.bytes.n = 0
		t, err := x.decoder.RawToken()
		if err == io.EOF && len(x.Open) > 0 {
			err = fmt.Errorf("it breaks off within <%s>", x.Open[len(x.Open)-1].Local)
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == x.Alone && slices.ContainsFunc(x.Open, func(n xml.Name) bool { return n.Local == x.Alone }) {
				return nil, fmt.Errorf("one <%s> stands in another that has no end", x.Alone)
			}
			if len(x.Open) == MaxXMLDepth {
				return nil, fmt.Errorf("its elements stand more than %d deep in one another", MaxXMLDepth)
			}
			x.Open = append(x.Open, t.Name)
			return t, nil
		case xml.EndElement:
			for i := len(x.Open) - 1; i >= 0 && x.close == 0; i-- {
				if x.Open[i] == t.Name {
					x.close = len(x.Open) - i
				}
			}
		case xml.Directive:
			if len(x.Open) == 0 {
				x.Entities = DefinedIn(t)
			}
			return t, nil
		default:
			return t, nil
		}
	}
	x.close--
	last := len(x.Open) - 1
	end := xml.EndElement{Name: x.Open[last]}
	x.Open = x.Open[:last]
	return end, nil
}

// CloseTo reads on until depth elements are open.
func (x *XML) CloseTo(depth int) error {
	for len(x.Open) > depth {
		if _, err := x.Token(); err != nil {
			return err
		}
	}
	return nil
}

// Line is the number of the line that was read last.
func (x *XML) Line() int {
	line, _ := x.decoder.InputPos()
	return line
}

// Offset is how much of the text was read, in bytes.
func (x *XML) Offset() int64 { return x.decoder.InputOffset() }

// XMLAttr is an attribute of an element, with or without a prefix; "" without
// it.
func XMLAttr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// counter bounds what is read for one token.
type counter struct {
	*bufio.Reader
	n int // bytes of the token
}

// ReadByte is what the decoder reads with.
func (c *counter) ReadByte() (byte, error) {
	if c.n++; c.n > MaxXMLToken {
		return 0, fmt.Errorf("a single tag or text of it is larger than %d MiB", MaxXMLToken>>20)
	}
	return c.Reader.ReadByte()
}

// sniffed is how much of a document is looked at to tell its encoding, in bytes.
const sniffed = 64 << 10

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']`)

// XMLEncoding is the encoding, by its name on the web, of XML or a JSON feed
// that begins with head. A byte order mark counts first, then what looks like
// UTF-8 and has other characters than those of ASCII, then the encoding that the
// source file gives, "" without one, then the document's own, which its author
// knows better than the server, then that of the server. What none of them
// tells, or UTF-8 is not, is UTF-8 all the same.
func XMLEncoding(head []byte, contentType, given string) string {
	for _, b := range byteOrderMarks {
		if bytes.HasPrefix(head, []byte(b.mark)) {
			return b.encoding
		}
	}
	if label := unmarked[string(head[:min(len(head), 2)])]; label != "" {
		return label
	}
	if end := bytes.LastIndexByte(head, '<'); end > 0 { // head may end within a character
		head = head[:end]
	}
	wide, broken := sequences(head)
	if wide > 0 && broken == 0 || given == "" && wide > 4*broken {
		return "utf-8"
	}
	labels := []string{given}
	if m := declared.FindSubmatch(head); m != nil {
		labels = append(labels, string(m[1]))
	}
	_, params, _ := mime.ParseMediaType(contentType)
	for _, label := range append(labels, params["charset"]) {
		_, name := charset.Lookup(label)
		if name == "" || strings.HasPrefix(name, "utf-16") || name == "utf-8" && broken > 0 {
			continue // not known, or it could not be read so
		}
		return name
	}
	return "utf-8"
}

// XMLText makes UTF-8 of a text in an encoding that XMLEncoding has named,
// without a byte order mark. Characters that XML
// does not allow, written as they are or as references, become spaces. UTF-8 and
// Windows-1252 may be mixed, since what is said to be one is often the other:
// bytes that are no UTF-8 are read as Windows-1252.
func XMLText(in io.Reader, encoding string) io.Reader {
	switch encoding {
	case "utf-8", "windows-1252":
	default:
		e, _ := charset.Lookup(encoding)
		in = transform.NewReader(in, e.NewDecoder())
	}
	return transform.NewReader(in, xmlText{})
}

type xmlText struct{ transform.NopResetter }

var reference = regexp.MustCompile(`^&#(?:[xX]([0-9A-Fa-f]{1,16})|([0-9]{1,16}));`)

// maxReference is the length of the longest reference.
const maxReference = len("&#x0123456789abcdef;")

// Transform implements transform.Transformer.
func (xmlText) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c, size := rune(src[nSrc]), 1
		if c >= utf8.RuneSelf {
			if c, size = utf8.DecodeRune(src[nSrc:]); c == utf8.RuneError && size == 1 {
				if !atEOF && !utf8.FullRune(src[nSrc:]) {
					return nDst, nSrc, transform.ErrShortSrc
				}
				c = charmap.Windows1252.DecodeByte(src[nSrc])
			}
		}
		if c == '&' {
			rest := src[nSrc:]
			if len(rest) < maxReference && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if bytes.HasPrefix(rest, []byte("&#")) {
				if m := reference.FindSubmatch(rest[:min(len(rest), maxReference)]); m != nil && !allowed(referred(m)) {
					c, size = ' ', len(m[0])
				}
			}
		}
		if c == '\ufeff' {
			nSrc += size
			continue
		}
		if !allowed(c) {
			c = ' '
		}
		if nDst+utf8.RuneLen(c) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], c)
		nSrc += size
	}
	return nDst, nSrc, nil
}

// referred is the character that a reference stands for, -1 for none.
func referred(m [][]byte) rune {
	digits, base := string(m[1]), 16
	if digits == "" {
		digits, base = string(m[2]), 10
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > unicode.MaxRune {
		return -1
	}
	return rune(n)
}

// allowed is Char of XML 1.0, section 2.2.
func allowed(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= ' ' && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd || c >= 0x10000 && c <= unicode.MaxRune
}
