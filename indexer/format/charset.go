package format

import (
	"bytes"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is a character encoding in a source file, by one of its names on the
// web.
type Encoding string

// UnmarshalYAML reads the name; one that is not known is an error that carries its
// place in the file.
func (e *Encoding) UnmarshalYAML(node ast.Node) error {
	if err := yaml.NodeToValue(node, (*string)(e), yaml.Strict()); err != nil {
		return err
	}
	if known, _ := charset.Lookup(string(*e)); known == nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("encoding %q is not known: give its name on the web, as in windows-1256 for Arabic, windows-1251 for Russian, gb18030 for Chinese", string(*e)), Token: node.GetToken()}
	}
	return nil
}

var (
	byteOrderMarks = []struct{ mark, encoding string }{{"\xef\xbb\xbf", "utf-8"}, {"\xfe\xff", "utf-16be"}, {"\xff\xfe", "utf-16le"}}
	// unmarked are the first bytes of a page, of XML or of JSON in UTF-16 without a
	// byte order mark.
	unmarked    = map[string]string{"\x00<": "utf-16be", "<\x00": "utf-16le", "\x00{": "utf-16be", "{\x00": "utf-16le", "\x00[": "utf-16be", "[\x00": "utf-16le"}
	charsetIn   = regexp.MustCompile(`(?i)<(?:meta\s[^>]*?\bcharset|\?xml\s[^>]*?\bencoding)\s*=\s*["']?\s*([^\s"'/>;]+)`)
	languageIn  = regexp.MustCompile(`(?i)<html\s[^>]*?\blang\s*=\s*["']?\s*([a-z]{2,3})\b([^\s"'>]*)`)
	traditional = regexp.MustCompile(`(?i)-(hant|tw|hk|mo)\b`)
)

// usual are the encodings that pages in a language have which name none or a
// wrong one, by the HTML standard, section 13.2.3.2.
var usual = map[string]string{
	"ar": "windows-1256", "fa": "windows-1256", "ur": "windows-1256", "ba": "windows-1251", "be": "windows-1251", "bg": "windows-1251",
	"kk": "windows-1251", "ky": "windows-1251", "mk": "windows-1251", "ru": "windows-1251", "sr": "windows-1251", "tg": "windows-1251",
	"tt": "windows-1251", "uk": "windows-1251", "cs": "windows-1250", "hu": "iso-8859-2", "pl": "iso-8859-2", "sl": "iso-8859-2",
	"sk": "windows-1250", "hr": "windows-1250", "el": "iso-8859-7", "et": "windows-1257", "lt": "windows-1257", "lv": "windows-1257",
	"he": "windows-1255", "ja": "shift_jis", "ko": "euc-kr", "ku": "windows-1254", "tr": "windows-1254", "th": "windows-874",
	"vi": "windows-1258", "zh": "gb18030",
}

// labelled is how much of a page is searched for the encoding that it names, in
// bytes.
const labelled = 4096

// Decode turns the body of a page into UTF-8. A byte order mark counts first,
// then text that is UTF-8 but for a few bytes, whatever its labels say: text in
// another encoding is hardly ever so. Otherwise it is the first that fits the
// bytes of: the encoding that the source file gives, the server's, the page's,
// and the one that is usual in the language of the page, or else of the source.
func Decode(body []byte, contentType, given, language string) []byte {
	for _, b := range byteOrderMarks {
		if rest, ok := bytes.CutPrefix(body, []byte(b.mark)); ok {
			return convert(rest, b.encoding)
		}
	}
	if label := unmarked[string(body[:min(len(body), 2)])]; label != "" {
		return convert(body, label)
	}
	wide, broken := sequences(body)
	if wide > 0 && broken == 0 || given == "" && wide > 4*broken {
		return patch(body)
	}
	var best []byte
	worst := -1
	for _, label := range labels(body, contentType, given, language) {
		text := convert(body, label)
		bad, all := misread(text)
		if bad <= all/50 {
			return text
		}
		if worst < 0 || bad < worst {
			best, worst = text, bad
		}
	}
	return best
}

// labels are the names of encodings that a page may be in, the likeliest first.
func labels(body []byte, contentType, given, language string) []string {
	head := body[:min(len(body), labelled)]
	server, page := "", ""
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		if _, server = charset.Lookup(params["charset"]); strings.HasPrefix(server, "utf-16") {
			server = "" // its bytes would have shown it
		}
	}
	if m := charsetIn.FindSubmatch(head); m != nil {
		if _, page = charset.Lookup(string(m[1])); strings.HasPrefix(page, "utf-16") {
			page = "utf-8" // it could not have been read otherwise
		}
	}
	if server == "windows-1252" && page != "" {
		server, page = page, server // which old servers say of every page
	}
	if m := languageIn.FindSubmatch(head); m != nil {
		language = string(m[1]) + string(m[2])
	}
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	likely := usual[base]
	if base == "zh" && traditional.MatchString(language) {
		likely = "big5"
	}
	var out []string
	for _, label := range []string{given, server, page, likely, "windows-1252"} {
		if e, _ := charset.Lookup(label); e != nil {
			out = append(out, label)
		}
	}
	return out
}

func convert(body []byte, label string) []byte {
	var e encoding.Encoding
	switch label {
	case "utf-16be":
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-16le":
		e = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	default:
		e, _ = charset.Lookup(label)
	}
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	return bytes.ToValidUTF8(out, []byte("\ufffd"))
}

// sequences counts the characters of more than one byte that text in UTF-8 has,
// and the bytes that are none.
func sequences(text []byte) (wide, broken int) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			wide++
		}
		text = text[n:]
	}
	return wide, broken
}

// patch reads the bytes of UTF-8 text that are none as what they most often
// are, windows-1252.
func patch(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(text[0])
		}
		out = utf8.AppendRune(out, r)
		text = text[n:]
	}
	return out
}

// misread counts the characters of a decoded text that are none, as in text
// which was read in another encoding than its own, and those that are not ASCII.
func misread(text []byte) (bad, all int) {
	for _, r := range string(text) {
		if r >= utf8.RuneSelf {
			all++
			if r == utf8.RuneError || r < 0xa0 {
				bad++
			}
		}
	}
	return bad, all
}
