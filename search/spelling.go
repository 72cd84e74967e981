package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	index "github.com/blevesearch/bleve_index_api"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// Typing errors that are forgiven: one in words from oneError letters, two from
// twoErrors.
const (
	oneError  = 5
	twoErrors = 9
	// firstLetter is how much more an error at the beginning of a word costs: people
	// rarely make it.
	firstLetter = 1.1
	// ending is how many letters at the end of a word may differ by its grammar alone.
	ending = 3
	// maxMistyped is how many words of a text can be mistyped: with more it is of
	// something that is not here, and each takes a while to look up.
	maxMistyped = 5
	// maxCandidates is how many words like a wrong one are weighed.
	maxCandidates = 200
)

// correct is the text as it was probably meant, if it has words that stand in no text
// as they are and that no concept is named by, and "" otherwise. A text whose words are
// all unknown and become known on another keyboard was typed on the wrong one; else
// each unknown word becomes the known one most like it.
func (x *Index) correct(ctx context.Context, v *view, p plan, q catalog.Query) (string, error) {
	var unknown []word
	plain := 0
	for i, w := range p.words {
		if w.phrase || w.not || w.last || w.field != "" {
			continue
		}
		plain++
		if p.names(i) {
			continue
		}
		known, err := v.known(ctx, w.written())
		if err != nil {
			return "", err
		}
		if !known {
			unknown = append(unknown, w)
		}
	}
	if len(unknown) == 0 {
		return "", nil
	}
	if len(unknown) == plain && plain == len(p.words) {
		for _, other := range otherKeyboards(q.Text) {
			if ok, err := x.understands(ctx, v, other); ok || err != nil {
				return other, err
			}
		}
	}
	if len(unknown) > maxMistyped {
		return "", nil
	}
	text := normal(q.Text)
	corrected := text
	spoken, err := v.spoken(ctx, p.words)
	if err != nil {
		return "", err
	}
	for _, w := range slices.Backward(unknown) { // so that the places of those before stay
		w.forms = slices.DeleteFunc(slices.Clone(w.forms), func(f form) bool { return spoken != nil && !spoken[f.language] })
		better, err := x.likeliest(ctx, v, w, q.Language)
		if err != nil {
			return "", err
		}
		if better != "" {
			corrected = corrected[:w.start] + better + corrected[w.start+len(w.text):]
		}
	}
	if corrected == text {
		return "", nil
	}
	return corrected, nil
}

// spoken are the languages in which most of the words stand as they are written, with
// analyze.Other, whose words are of all; nil if none stands anywhere.
func (v *view) spoken(ctx context.Context, words []word) (map[string]bool, error) {
	in := map[string]int{}
	most := 0
	for _, w := range words {
		for _, f := range w.forms {
			if f.language == analyze.Other || w.not {
				continue
			}
			w.forms = []form{f}
			known, err := v.known(ctx, w.written())
			if err != nil {
				return nil, err
			}
			if known {
				in[f.language]++
				most = max(most, in[f.language])
			}
		}
	}
	if most == 0 {
		return nil, nil
	}
	spoken := map[string]bool{analyze.Other: true}
	for l, n := range in {
		spoken[l] = n == most
	}
	return spoken, nil
}

// understands reports whether every word of a text is known or names a concept.
func (x *Index) understands(ctx context.Context, v *view, text string) (bool, error) {
	var p plan
	p.read(parse(text), false, x.vocabulary())
	for i, w := range p.words {
		if p.names(i) {
			continue
		}
		if utf8.RuneCountInString(w.text) < 3 && len(p.words) == 1 {
			return false, nil
		}
		if known, err := v.known(ctx, w.node("")); !known || err != nil {
			return false, err
		}
	}
	return len(p.words) > 0, nil
}

// names reports whether a word has a part in the name of a concept.
func (p *plan) names(word int) bool { return p.nameOf(word) > 0 }

// known reports whether anything matches n.
func (v *view) known(ctx context.Context, n node) (bool, error) {
	found, err := v.count(ctx, n)
	return found > 0, err
}

// written matches a word as it is written, in any of its languages.
func (w word) written() node {
	var forms []node
	for _, f := range w.forms {
		tokens := make([]node, len(f.tokens))
		for i, t := range f.tokens {
			var fields []node
			for _, field := range w.fields(f.language) {
				fields = append(fields, term{field, t.Exact, 1})
			}
			tokens[i] = anyOf(0, fields...)
		}
		n := every(tokens...)
		if f.joined != nil {
			n = anyOf(0, n, w.token(f, *f.joined, ""))
		}
		forms = append(forms, n)
	}
	return anyOf(0, forms...)
}

// inflected reports whether a form of a word stands in texts of the reader's language,
// or of any if it cannot be of that.
func (v *view) inflected(ctx context.Context, w word, reader string) (bool, error) {
	i := slices.IndexFunc(w.forms, func(f form) bool { return f.language == reader })
	if i >= 0 {
		w.forms = w.forms[i : i+1]
	}
	return v.known(ctx, w.node(""))
}

// candidate is a word of the index that a wrong one may stand for.
type candidate struct {
	text     string
	language string
	found    int // documents
	cost     float64
}

// likeliest is the known word most like a wrong one, "" if there is none.
func (x *Index) likeliest(ctx context.Context, v *view, w word, reader string) (string, error) {
	wrong := w.mistyped(oneError)
	n := utf8.RuneCountInString(wrong)
	errors := 1
	if n >= twoErrors {
		errors = 2
	}
	candidates, err := v.candidates(ctx, w, wrong, errors, reader)
	if err != nil || len(candidates) == 0 {
		return "", err
	}
	inflected, err := v.inflected(ctx, w, reader)
	if err != nil {
		return "", err
	}
	if inflected && slices.ContainsFunc(candidates, func(c candidate) bool { return commonPrefix(wrong, c.text) >= n-ending }) {
		return "", nil // words of one stem, of which the texts have another form
	}
	return candidates[0].text, nil
}

// mistyped is a word as every language spells it, if it can be looked up for typing errors,
// and else "": it needs so many letters, and nothing else.
func (w word) mistyped(least int) string {
	if len(w.forms) == 0 || len(w.forms[0].tokens) != 1 {
		return ""
	}
	text := w.forms[len(w.forms)-1].tokens[0].Exact
	if utf8.RuneCountInString(text) < least || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) }) {
		return ""
	}
	return text
}

// candidates are the known words that a wrong one may stand for, the likeliest first: those
// that need the least likely errors, and of about as many those that stand in most documents,
// in the reader's language first.
func (v *view) candidates(ctx context.Context, w word, wrong string, errors int, reader string) ([]candidate, error) {
	if wrong == "" {
		return nil, nil
	}
	found := map[string]*candidate{}
	for _, f := range w.forms {
		exact := f.tokens[0].Exact
		for _, field := range w.fields(f.language) {
			if err := v.like(ctx, field, exact, errors, func(text string, documents int) {
				c := found[text]
				if c == nil {
					c = &candidate{text: text, language: f.language, cost: distance(exact, text)}
					found[text] = c
				}
				c.found += documents
				if f.language == reader {
					c.language = reader
				}
			}); err != nil {
				return nil, err
			}
		}
	}
	var out []candidate
	for _, c := range found {
		if c.cost <= float64(errors)*firstLetter {
			out = append(out, *c)
		}
	}
	weight := func(c candidate) float64 {
		weight := c.cost - 0.15*math.Log1p(float64(c.found))
		if c.language == reader {
			weight -= 0.3
		}
		return weight
	}
	slices.SortFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(a.text, b.text))
	})
	return out, nil
}

// commonPrefix is the number of letters that two words begin with.
func commonPrefix(a, b string) int {
	s, t := []rune(a), []rune(b)
	n := 0
	for n < len(s) && n < len(t) && s[n] == t[n] {
		n++
	}
	return n
}

// fields are the fields of exact words in a language.
func (w word) fields(language string) []string {
	var out []string
	w.inFields(language, func(_, exact string, _ float64) node {
		out = append(out, exact)
		return nothing{}
	})
	return out
}

// like calls f with the terms of a field that are within so many errors of text, and in
// how many documents each stands.
func (v *view) like(ctx context.Context, field, text string, errors int, f func(text string, found int)) (err error) {
	defer unreadable(&err)
	fuzzy, ok := v.reader.(index.IndexReaderFuzzy)
	if !ok {
		return fmt.Errorf("searching: %T has no fuzzy dictionaries", v.reader)
	}
	dict, err := fuzzy.FieldDictFuzzy(field, text, errors, "")
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	defer dict.Close()
	for i := 0; i < maxCandidates; i++ {
		entry, err := dict.Next()
		if entry == nil || err != nil {
			return err
		}
		postings, err := v.reader.TermFieldReader(ctx, []byte(entry.Term), field, false, false, false)
		if err != nil {
			return fmt.Errorf("searching: %w", err)
		}
		f(entry.Term, int(postings.Count()))
		if err := postings.Close(); err != nil {
			return fmt.Errorf("searching: %w", err)
		}
	}
	return nil
}

// distance is how unlikely it is that somebody who means b types a: the errors it takes
// (Damerau and Levenshtein: a letter too few, too many, another, or two exchanged), of
// which some are lesser: a letter doubled or not, two exchanged, a vowel for a vowel, a
// letter that sounds like another; and one at the beginning is a greater one.
func distance(a, b string) float64 {
	t := []rune(b)
	return distances([]rune(a), t)[len(t)]
}

// distances are those from s to each beginning of t, the empty one and all of it too.
func distances(s, t []rune) []float64 {
	drop := func(r []rune, i int) float64 { // of letter i
		switch {
		case i > 0 && r[i] == r[i-1]:
			return 0.6
		case i == 0:
			return firstLetter
		}
		return 1
	}
	of := make([]float64, 3*(len(t)+1))
	before, last, row := of[:len(t)+1], of[len(t)+1:2*(len(t)+1)], of[2*(len(t)+1):] // of the letters of s so far
	for i := range len(s) + 1 {
		for j := range row {
			switch {
			case i == 0 && j == 0:
				row[0] = 0
				continue
			case i == 0:
				row[j] = row[j-1] + drop(t, j-1)
				continue
			case j == 0:
				row[0] = last[0] + drop(s, i-1)
				continue
			}
			change := 0.0
			if s[i-1] != t[j-1] {
				change = 1
				if i == 1 && j == 1 {
					change = firstLetter
				}
				if alike(s[i-1], t[j-1]) {
					change = 0.8
				}
			}
			best := min(last[j-1]+change, last[j]+drop(s, i-1), row[j-1]+drop(t, j-1))
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] && s[i-1] != s[i-2] {
				best = min(best, before[j-2]+0.8)
			}
			row[j] = best
		}
		before, last, row = last, row, before
	}
	return last
}

// soundsAlike are groups of letters that are written for one another.
var soundsAlike = []string{"aeiouy", "bv", "cksqz", "gj", "mn", "dt", "pb", "fv", "аоеиуыэя", "бп", "вф", "дт", "зс", "гк", "жш", "ضظ", "تط", "سص", "ذزظ", "هح", "قك", "اءعه"}

// sounds are, by letter, the groups that it is in: a bit each.
var sounds = func() map[rune]uint32 {
	out := map[rune]uint32{}
	for i, group := range soundsAlike {
		for _, letter := range group {
			out[letter] |= 1 << i
		}
	}
	return out
}()

func alike(a, b rune) bool { return sounds[a]&sounds[b] != 0 }
