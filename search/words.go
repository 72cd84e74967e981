package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"clearinghouse/catalog"
)

// word is one word of a query as it was typed and as each language reads it.
type word struct {
	typed    string
	forms    []form
	optional bool // little more than grammar in one of the languages, or just begun
	last     bool // the last one, still being typed
}

// form is a word in one language. All its terms belong to it: "media-literacy"
// has two, a Chinese word one for each pair of characters.
type form struct {
	language string   // one of fieldLanguages
	terms    []string // at least one
	prefix   string   // what the last term begins with if the word is unfinished, else ""
}

// minPrefix is how many characters an unfinished word needs to be taken as a
// beginning: one is the beginning of too many words to say anything.
const minPrefix = 2

// parseWords splits a reader's text at white space and analyses each word in
// the languages that its script is written in. What has no letter or digit, and
// a word said before, is left out.
func parseWords(text string, typing bool, languages map[string]textLanguage) []word {
	text = norm.NFC.String(strings.ToValidUTF8(text, " "))
	typed := strings.Fields(text)
	var words []word
	seen := map[string]bool{}
	for i, t := range typed {
		w := word{typed: t, last: typing && i == len(typed)-1}
		key := strings.ToLower(t)
		if seen[key] && !w.last {
			continue
		}
		seen[key] = true
		begun := ""
		if w.last {
			begun = unfinished(t, languages)
			w.optional = utf8.RuneCountInString(begun) == 1
		}
		for _, l := range scriptLanguages(t) {
			f := form{language: l, terms: languages[l].terms(t), prefix: begun}
			if len(f.terms) == 0 {
				w.optional = true
				if f.prefix == "" {
					continue
				}
			}
			w.forms = append(w.forms, f)
		}
		if len(w.forms) > 0 {
			words = append(words, w)
		}
	}
	return words
}

// unfinished is the beginning of a word that is still being typed: its last
// piece in lower case. It is "" for a script without spaces, whose terms are
// whole as they are.
func unfinished(typed string, languages map[string]textLanguage) string {
	terms := languages[otherLanguage].terms(typed)
	if len(terms) == 0 {
		return ""
	}
	last := terms[len(terms)-1]
	if strings.ContainsFunc(last, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }) {
		return ""
	}
	return last
}

// scriptLanguages are the field languages in which a word of its script can
// stand. Latin words (UNESCO) and numbers stand in texts of all of them.
func scriptLanguages(word string) []string {
	var out []string
	anywhere := true
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Arabic, r):
			out, anywhere = append(out, "ar"), false
		case unicode.Is(unicode.Han, r):
			out, anywhere = append(out, "zh"), false
		case unicode.Is(unicode.Cyrillic, r):
			out, anywhere = append(out, "ru"), false
		case unicode.Is(unicode.Latin, r):
			out = append(out, catalog.Languages...)
		case unicode.IsLetter(r):
			anywhere = false
		}
	}
	if anywhere {
		out = append(out, catalog.Languages...)
	}
	slices.Sort(out)
	return append(slices.Compact(out), otherLanguage)
}
