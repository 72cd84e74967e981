package rdf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameStarts are the characters that a prefix may begin with, PN_CHARS_BASE of
// Turtle.
var nameStarts = &unicode.RangeTable{
	R16: []unicode.Range16{{'A', 'Z', 1}, {'a', 'z', 1}, {0xc0, 0xd6, 1}, {0xd8, 0xf6, 1}, {0xf8, 0x2ff, 1}, {0x370, 0x37d, 1}, {0x37f, 0x1fff, 1},
		{0x200c, 0x200d, 1}, {0x2070, 0x218f, 1}, {0x2c00, 0x2fef, 1}, {0x3001, 0xd7ff, 1}, {0xf900, 0xfdcf, 1}, {0xfdf0, 0xfffd, 1}},
	R32:         []unicode.Range32{{0x10000, 0xeffff, 1}},
	LatinOffset: 5,
}

// nameOthers are those that may follow, besides digits, - and _.
var nameOthers = &unicode.RangeTable{R16: []unicode.Range16{{0xb7, 0xb7, 1}, {0x300, 0x36f, 1}, {0x203f, 0x2040, 1}}, LatinOffset: 1}

func letter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func digit(c rune) bool { return c >= '0' && c <= '9' }

func hexadecimal(c rune) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func nameStart(c rune) bool { return letter(c) || c > 0x7f && unicode.Is(nameStarts, c) }

func labelStart(c rune) bool { return c == '_' || digit(c) || nameStart(c) }

func nameRune(c rune) bool {
	return labelStart(c) || c == '-' || c > 0x7f && unicode.Is(nameOthers, c)
}

// isPrefix tells whether a name can stand before the colon.
func isPrefix(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s == "" || nameStart(first)
}

// isLabel tells whether s can name a blank node in Turtle.
func isLabel(s string) bool {
	for i, c := range s {
		if i == 0 && !labelStart(c) || !nameRune(c) && c != '.' {
			return false
		}
	}
	return s != "" && !strings.HasSuffix(s, ".")
}
