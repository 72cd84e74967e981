package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// word is one word of a query, or a phrase, as it was typed and as each language
// reads it.
type word struct {
	part
	forms    []form
	optional bool // little more than grammar in one of the languages, or just begun
	last     bool // the last one, still being typed
}

// form is a word in one language. All its tokens belong to it: "media-literacy" has
// two, or is one, a Chinese word has one for each character.
type form struct {
	language string // one of analyze.Languages
	tokens   []analyze.Token
	joined   *analyze.Token // what the parts of a word with hyphens are together
	prefix   string         // what the last token begins with if the word is unfinished, else ""
	share    float64        // of the score, see level
}

// place is a word of the query and, in a word that is not parted from others, a token
// of it.
type place struct{ word, token int }

// follows reports whether p is the token after q in the same word.
func (p place) follows(q place) bool { return p.word == q.word && p.token == q.token+1 }

// said are the texts at places in their order, without the marks around them; those that
// follow one another in a word that is not parted are one text.
func said(words []word, places []place) []string {
	var out []string
	var last place
	var from, to int
	for i, at := range places {
		w := words[at.word]
		f, chosen := unparted(w)
		follows := i > 0 && chosen && at.follows(last)
		last = at
		switch {
		case follows:
			to = f.tokens[at.token].StemEnd
			out[len(out)-1] = w.text[from:to]
			continue
		case chosen:
			from, to = f.tokens[at.token].Start, f.tokens[at.token].StemEnd
		default:
			f = w.forms[len(w.forms)-1]
			from, to = f.tokens[0].Start, f.tokens[len(f.tokens)-1].End
		}
		out = append(out, w.text[from:to])
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(text string) bool {
		again := seen[text]
		seen[text] = true
		return again
	})
}

// minPrefix is how many characters an unfinished word needs to be taken as a
// beginning: one is the beginning of too many words to say anything.
const minPrefix = 2

// readWords analyses each part of a query in the languages that its script is written
// in. What has no letter or digit, and a word said before, is left out.
func readWords(parts []part, typing bool) []word {
	var words []word
	seen := map[part]bool{}
	for _, p := range parts {
		w := word{part: p, last: typing && p.open && !p.not && !p.phrase}
		key := p
		key.open, key.start, key.text = false, 0, strings.ToLower(p.text)
		if seen[key] && !w.last {
			continue
		}
		seen[key] = true
		begun := ""
		if w.last {
			begun = unfinished(p.text)
			w.optional = utf8.RuneCountInString(begun) == 1
		}
		for _, l := range scriptLanguages(p.text) {
			f := newForm(l, p.text)
			f.prefix = begun
			if !slices.ContainsFunc(f.tokens, func(t analyze.Token) bool { return t.Stem != "" }) && !p.phrase {
				w.optional = true
			}
			if len(f.tokens) > 0 {
				w.forms = append(w.forms, f)
			}
		}
		if len(w.forms) > 0 {
			words = append(words, w)
		}
	}
	return words
}

// newForm reads a word in one language.
func newForm(language, text string) form {
	f := form{language: language, share: 1}
	for _, t := range analyze.Words(language, text) {
		if n := len(f.tokens); n > 0 && f.tokens[n-1].Position == t.Position {
			joined := f.tokens[n-1]
			f.joined, f.tokens = &joined, f.tokens[:n-1]
		}
		f.tokens = append(f.tokens, t)
	}
	if f.joined != nil && (f.joined.Start > f.tokens[0].Start || f.joined.End < f.tokens[len(f.tokens)-1].End) {
		f.joined = nil // of a part of the word only
	}
	return f
}

// unfinished is the beginning of a word that is still being typed: its last piece as
// it is spelled in the index. It is "" for a script without spaces, whose terms are
// whole as they are.
func unfinished(typed string) string {
	tokens := analyze.Words(analyze.Other, typed)
	if len(tokens) == 0 {
		return ""
	}
	last := tokens[len(tokens)-1].Exact
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
	return append(slices.Compact(out), analyze.Other)
}
