package analyze

import (
	_ "embed"
	"unicode/utf8"
)

// chinese are pairs of characters, and single ones beside them. Words of other
// scripts in the text are their own stems.
var chinese = rules{stem: func(exact string) string { return exact }, pairs: true}

// simplifiedPairs has a traditional character and its simplified form in each line: the
// first other character of kSimplifiedVariant in the Unihan database (Unicode 15.0,
// LICENSE-UNICODE), those that kTraditionalVariant names the other way round, and some
// variants of our own. There is no choice by context, as for 著, which is 着 or stays:
// texts and queries pass through the same table. The Go libraries for this link a part
// under the GPL.
//
//go:embed zh_simplified.txt
var simplifiedPairs string

// simplified is the simplified form of each traditional character that has one.
var simplified = func() map[rune]rune {
	out := make(map[rune]rune, len(simplifiedPairs)/7)
	for rest := simplifiedPairs; rest != ""; {
		from, n := utf8.DecodeRuneInString(rest)
		to, k := utf8.DecodeRuneInString(rest[n:])
		out[from] = to
		rest = rest[n+k+len("\n"):]
	}
	return out
}()
