package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// nameIndex finds the names of concepts in which words begin as somebody types them.
type nameIndex struct {
	names []typedName
	words []string // the beginnings that names are found by, sorted
	of    [][]int  // names, by word
}

// typedName is one name of a concept.
type typedName struct {
	text     string
	language string
	concept  int
	label    bool     // not a synonym
	words    []string // the beginnings that it is found by
	first    []string // those of its first word
}

func newNameIndex(concepts []catalog.Concept) *nameIndex {
	x := &nameIndex{}
	of := map[string][]int{}
	for i, c := range concepts {
		for _, l := range catalog.Languages {
			for _, name := range c.Names(l) {
				words := spelled(name)
				if len(words) == 0 {
					continue
				}
				n := typedName{text: name, language: l, concept: i, label: name == c.Labels[l], first: beginnings(words[0])}
				for _, w := range words {
					n.words = append(n.words, beginnings(w)...)
				}
				slices.Sort(n.words)
				n.words = slices.Compact(n.words)
				for _, w := range n.words {
					of[w] = append(of[w], len(x.names))
				}
				x.names = append(x.names, n)
			}
		}
	}
	for w := range of {
		x.words = append(x.words, w)
	}
	slices.Sort(x.words)
	for _, w := range x.words {
		x.of = append(x.of, of[w])
	}
	return x
}

// spelled are the words of a text as all languages spell them; ideographs that follow
// one another are one word.
func spelled(text string) []string {
	var out []string
	end := -1
	for _, t := range analyze.Words(analyze.Other, text) {
		if n := len(out); n > 0 && t.Start == end && ideographic(out[n-1]) && ideographic(t.Exact) {
			out[n-1] += t.Exact
		} else {
			out = append(out, t.Exact)
		}
		end = t.End
	}
	return out
}

func ideographic(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.Is(unicode.Han, r)
}

// article is that of Arabic, which is written together with its word and which one may
// leave out.
const article = "ال"

// beginnings are what a word is found by: it, without its article, and of ideographs
// what follows each.
func beginnings(word string) []string {
	out := []string{word}
	if bare := strings.TrimPrefix(word, article); bare != word && bare != "" {
		out = append(out, bare)
	}
	if ideographic(word) {
		for i := range word {
			if i > 0 {
				out = append(out, word[i:])
			}
		}
	}
	return out
}

// typedWord is a word that is being typed: what it may begin.
type typedWord struct {
	begins string
	like   map[string]bool // words that begin about so, if none begins so; else nil
	in     []int           // places in nameIndex.words
}

func (w typedWord) begun(word string) bool {
	return w.like[word] || w.like == nil && strings.HasPrefix(word, w.begins)
}

// typed are the words of a text as the beginnings of words of names, with wrong letters
// forgiven; nil if one of them begins none.
func (x *nameIndex) typed(text string) []typedWord {
	var out []typedWord
	for _, begins := range spelled(text) {
		if bare := strings.TrimPrefix(begins, article); bare != "" {
			begins = bare
		}
		w := typedWord{begins: begins}
		for at, _ := slices.BinarySearch(x.words, begins); at < len(x.words) && strings.HasPrefix(x.words[at], begins); at++ {
			w.in = append(w.in, at)
		}
		if len(w.in) == 0 {
			w.like = map[string]bool{}
			typed := []rune(begins)
			for _, first := range firstLetters(typed) {
				for at, _ := slices.BinarySearch(x.words, first); at < len(x.words) && strings.HasPrefix(x.words[at], first); at++ {
					if word := x.words[at]; beginsLike(typed, word) {
						w.like[word], w.in = true, append(w.in, at)
					}
				}
			}
		}
		if len(w.in) == 0 {
			return nil
		}
		out = append(out, w)
	}
	return out
}

// firstLetters are what a word may begin with that is typed so: its first letter, or, if
// that is one too many or exchanged with the next, the second one. None if it has too few
// letters to have an error.
func firstLetters(typed []rune) []string {
	switch {
	case len(typed) < oneError:
		return nil
	case typed[0] == typed[1]:
		return []string{string(typed[0])}
	}
	return []string{string(typed[0]), string(typed[1])}
}

// beginsLike reports whether a word begins as typed does, but for typing errors.
func beginsLike(typed []rune, word string) bool {
	errors := 1
	if len(typed) >= twoErrors {
		errors = 2
	}
	letters := []rune(word)
	if len(letters) < len(typed)-errors {
		return false
	}
	letters = letters[:min(len(letters), len(typed)+errors)]
	return slices.Min(distances(typed, letters)[len(typed)-errors:]) <= float64(errors)
}

// find are the names that have words which begin with all of the words of text, one of
// each concept: in the reader's language before others, then those that begin with the
// first word, labels before synonyms, and short ones.
func (x *nameIndex) find(text, reader string) []typedName {
	words := x.typed(text)
	if len(words) == 0 {
		return nil
	}
	only := fewLetters(text, reader)
	rarest := slices.MinFunc(words, func(a, b typedWord) int { return cmp.Compare(len(a.in), len(b.in)) })
	best := map[int]typedName{}
	seen := map[int]bool{}
	better := func(a, b typedName) int {
		return cmp.Or(
			-cmpBool(a.language == reader, b.language == reader),
			-cmpBool(slices.ContainsFunc(a.first, words[0].begun), slices.ContainsFunc(b.first, words[0].begun)),
			-cmpBool(a.label, b.label),
			cmp.Compare(utf8.RuneCountInString(a.text), utf8.RuneCountInString(b.text)),
			cmp.Compare(a.text, b.text),
			cmp.Compare(a.concept, b.concept),
		)
	}
	for _, at := range rarest.in {
		for _, i := range x.of[at] {
			if seen[i] {
				continue
			}
			seen[i] = true
			name := x.names[i]
			if only && name.language != reader {
				continue
			}
			if slices.ContainsFunc(words, func(w typedWord) bool { return !slices.ContainsFunc(name.words, w.begun) }) {
				continue
			}
			if other, is := best[name.concept]; !is || better(name, other) < 0 {
				best[name.concept] = name
			}
		}
	}
	out := make([]typedName, 0, len(best))
	for _, name := range best {
		out = append(out, name)
	}
	slices.SortFunc(out, better)
	return out
}

// anyLanguage is from how many letters on names in languages that the reader did not
// choose, but writes in the same letters, are found: fewer begin too many of them.
const anyLanguage = 4

func fewLetters(text, reader string) bool {
	return utf8.RuneCountInString(text) < anyLanguage && catalog.IsLanguage(reader) && slices.Contains(scriptLanguages(text), reader)
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
