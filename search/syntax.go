package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"clearinghouse/search/analyze"
)

// part is a word of a query as it was typed, or a phrase in quotation marks.
type part struct {
	text   string
	start  int    // of text, in bytes of the whole
	phrase bool   // the words one after the other, as they are
	not    bool   // with - before it
	field  string // of textFields, or "organizations", where it must stand; "" is anywhere
	open   bool   // nothing follows it, not even white space
}

// fieldNames are what may stand before a colon, in the six languages and as folded.
var fieldNames = map[string][]string{
	"title":         {"title", "titre", "titulo", "заголовок", "название", "عنوان", "العنوان", "标题"},
	"summary":       {"summary", "resume", "resumen", "описание", "ملخص", "الملخص", "摘要"},
	"body":          {"text", "texte", "texto", "текст", "نص", "النص", "正文"},
	"organizations": {"organization", "organisation", "organizacion", "организация", "منظمه", "المنظمه", "机构", "组织"},
}

// quotes are the marks that a phrase stands in: what can close it, by what opens it.
var quotes = map[rune]string{'"': `"“”`, '“': `”"“`, '”': `”"`, '„': `“”"`, '«': `»`, '「': `」`, '『': `』`, '＂': `＂`}

// parse reads the syntax of a query: words; "phrases"; -word and -"phrase", which must
// not be there; title:word and title:"phrase". Everything is a query: a mark without
// its like goes to the end, and a colon after what is no field is as good as a
// space.
func parse(text string) (out []part) {
	text = normal(text)
	whole := len(text)
	for {
		if text = strings.TrimLeftFunc(text, unicode.IsSpace); text == "" {
			return out
		}
		var p part
		for _, minus := range []string{"-", "−"} {
			if after, ok := strings.CutPrefix(text, minus); ok && strings.IndexFunc(after, unicode.IsSpace) != 0 && after != "" {
				p.not, text = true, after
				break
			}
		}
		p.field, text = cutField(text)
		opening, size := utf8.DecodeRuneInString(text)
		if closing, ok := quotes[opening]; ok {
			p.phrase = true
			p.start = whole - len(text) + size
			p.text, text, _ = cutAny(text[size:], func(c rune) bool { return strings.ContainsRune(closing, c) })
		} else {
			var found bool
			p.start = whole - len(text)
			p.text, text, found = cutAny(text, func(c rune) bool { return unicode.IsSpace(c) || isColon(c) })
			p.open = !found
		}
		if strings.TrimSpace(p.text) != "" {
			out = append(out, p)
		}
	}
}

// parseWords is parse with the words of phrases in place of the phrases, but for those
// that must not be there.
func parseWords(text string) (out []part) {
	for _, p := range parse(text) {
		if !p.phrase || p.not {
			out = append(out, p)
			continue
		}
		for rest := p.text; rest != ""; {
			before, after, _ := cutAny(rest, unicode.IsSpace)
			if before != "" {
				out = append(out, part{text: before, start: p.start + len(p.text) - len(rest), field: p.field})
			}
			rest = after
		}
	}
	return out
}

// normal is a text as parse reads it: UTF-8 in NFC.
func normal(text string) string { return norm.NFC.String(strings.ToValidUTF8(text, " ")) }

// cutAny cuts text around the first character that is one of a kind.
func cutAny(text string, is func(rune) bool) (before, after string, found bool) {
	i := strings.IndexFunc(text, is)
	if i < 0 {
		return text, "", false
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	return text[:i], text[i+size:], true
}

// cutField cuts the name of a field with its colon from the beginning of text.
func cutField(text string) (field, after string) {
	name, after, found := cutAny(text, func(c rune) bool { return isColon(c) || unicode.IsSpace(c) })
	if !found || after == "" || unicode.IsSpace(rune(text[len(name)])) {
		return "", text
	}
	name = analyze.Fold(name)
	for field, names := range fieldNames {
		if slices.Contains(names, name) && strings.IndexFunc(after, unicode.IsSpace) != 0 {
			return field, after
		}
	}
	return "", text
}

func isColon(c rune) bool { return c == ':' || c == '：' }
