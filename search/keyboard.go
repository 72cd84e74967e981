package search

import (
	"strings"
	"unicode"
)

// keyboards are keyboards of two scripts: what the same keys give, in the same order.
// The letters are those of the usual layouts of Windows: US English, Russian (ЙЦУКЕН) and
// Arabic (101). A key that gives two letters stands in keyPairs.
var keyboards = []struct{ latin, other string }{
	{"qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё"},
	{"qwertyuiop[]asdfghjkl;'zxcvnm,./`", "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظذ"},
}

// keyPairs are the keys of the Arabic keyboard that give two letters.
var keyPairs = strings.NewReplacer("b", "لا")

// otherKeyboards are what a text is if it was meant for another keyboard than it was
// typed on.
func otherKeyboards(text string) []string {
	var out []string
	text = strings.ToLower(text)
	for _, k := range keyboards {
		latin, other := []rune(k.latin), []rune(k.other)
		from, to := latin, other
		if strings.ContainsFunc(text, func(c rune) bool { return strings.ContainsRune(k.other, c) }) {
			from, to = other, latin
		} else if !strings.ContainsFunc(text, func(c rune) bool { return c < 0x80 && unicode.IsLetter(c) }) {
			continue
		}
		keys := make(map[rune]rune, len(from))
		for i, c := range from {
			keys[c] = to[i]
		}
		typed := text
		if to[0] == 'q' {
			typed = strings.ReplaceAll(typed, "لا", "b")
		}
		typed = strings.Map(func(c rune) rune {
			if same, ok := keys[c]; ok {
				return same
			}
			return c
		}, typed)
		if to[0] == 'ض' {
			typed = keyPairs.Replace(typed)
		}
		if typed != text {
			out = append(out, typed)
		}
	}
	return out
}
