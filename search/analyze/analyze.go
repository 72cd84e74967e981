// Package analyze turns text into the terms that a search compares, in a way of
// its own for each language. A word gives two: its exact form, which only brings
// different spellings together, and its stem, which its inflections share.
package analyze

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/segment"
)

// Other is the language of texts in any but the six.
const Other = "other"

// Languages are the six with rules of their own and Other.
var Languages = []string{"ar", "zh", "en", "fr", "ru", "es", Other}

// languages are the rules of each language.
var languages = map[string]rules{
	"ar": arabic, "zh": chinese, "en": english, "fr": french, "ru": russian, "es": spanish, Other: other,
}

// rules are what a language does beyond what all have in common: division into
// words (UAX #29) and Fold.
type rules struct {
	// bare takes off a word what is written with it and is no part of it, such as an
	// elided article; nil if there is nothing of the kind.
	bare func(written string) string
	// stem is what the forms of an exact word have in common.
	stem func(exact string) string
	// stop are exact words that are grammar: they have no stem.
	stop map[string]bool
	// pairs says that words of ideographs are not parted: each character is an exact
	// term, each two that follow one another a stem.
	pairs bool
}

// MaxWord is the most characters of a word; what is longer is no word.
const MaxWord = 100

// Token is a word of a text. Of a text without spaces between words it is a
// character, its Stem this and the next one.
type Token struct {
	Exact    string
	Stem     string // "" of a word that is grammar
	Start    int    // bytes
	End      int
	StemEnd  int // End, or the end of the next character
	Position int // from 1; several tokens may have the same
}

// Words are the words of a text in a language, one of Languages, in its order.
// Parts of a word with hyphens stand alone and together: as "inter", "faith" and
// "interfaith".
func Words(language, text string) []Token { return AppendWords(nil, language, text) }

// AppendWords is Words for those who have room for them already.
func AppendWords(out []Token, language, text string) []Token {
	r := languages[language]
	if r.stem == nil {
		panic("analyze: there is no language " + language)
	}
	known := caches[language]
	input, narrowed := narrow(text)
	room := pieceRooms.Get().(*[]piece)
	defer pieceRooms.Put(room)
	*room = divide((*room)[:0], input)
	pieces, first := *room, len(out)
	out = slices.Grow(out, len(pieces))
	position := 0
	add := func(written []byte, start, end, position int) {
		if len(written) > MaxWord && utf8.RuneCount(written) > MaxWord {
			return
		}
		exact, stem := r.word(known, written)
		if exact == "" {
			return
		}
		out = append(out, Token{Exact: exact, Stem: stem, Start: start, End: end, StemEnd: end, Position: position})
	}
	for i := 0; i < len(pieces); i++ {
		begins := pieces[i]
		if begins.ideographic && r.pairs {
			position = ideographs(pieces, input, &i, position, &out)
			continue
		}
		position++
		last := hyphenated(pieces, input, i)
		if last > i {
			joined := bytes.Map(func(c rune) rune {
				if isHyphen(c) {
					return -1
				}
				return c
			}, input[begins.start:pieces[last].end])
			add(joined, begins.start, pieces[last].end, position)
		}
		for ; i <= last; i++ {
			add(input[pieces[i].start:pieces[i].end], pieces[i].start, pieces[i].end, position)
			position++
		}
		i, position = last, position-1
	}
	for i := range out[first:] {
		t := &out[first+i]
		t.Start, t.End, t.StemEnd = narrowed.place(t.Start), narrowed.place(t.End), narrowed.place(t.StemEnd)
	}
	return out
}

// piece is a word of the division of a text.
type piece struct {
	start, end           int
	ideographic, numeric bool
}

var pieceRooms = sync.Pool{New: func() any { return new([]piece) }}

// divide divides a text into words, by UAX #29, and adds them to out.
func divide(out []piece, text []byte) []piece {
	end := 0
	for words := segment.NewWordSegmenterDirect(text); words.Segment(); {
		start := end
		end += len(words.Bytes())
		switch kind := words.Type(); kind {
		case segment.None: // what is between words
		default:
			out = append(out, piece{start, end, kind == segment.Ideo || kind == segment.Kana, kind == segment.Number})
		}
	}
	return out
}

// narrowing are the places in a narrowed text of letters that were of full width, in
// order: each is shorter by widthLost bytes than in the text.
type narrowing []int

const widthLost = len("Ａ") - len("A")

// place is where a place of the narrowed text is in the text.
func (n narrowing) place(at int) int {
	before, _ := slices.BinarySearch(n, at)
	return at + before*widthLost
}

// narrow makes letters and digits of full width (Ａ, ２) plain ones, as the division
// into words wants them.
func narrow(text string) ([]byte, narrowing) {
	if !strings.ContainsFunc(text, isWide) {
		return []byte(text), nil
	}
	var n narrowing
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		if isWide(c) {
			n = append(n, len(out))
			out = append(out, byte(c-'Ａ'+'A'))
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out, n
}

func isWide(c rune) bool {
	return c >= '０' && c <= '９' || c >= 'Ａ' && c <= 'Ｚ' || c >= 'ａ' && c <= 'ｚ'
}

// hyphenated is the last piece of the word with hyphens that begins with piece i, i if it
// has none.
func hyphenated(pieces []piece, input []byte, i int) int {
	last := i
	for last+1 < len(pieces) {
		a, b := pieces[last], pieces[last+1]
		c, size := utf8.DecodeRune(input[a.end:])
		if !isHyphen(c) || a.end+size != b.start || !letters(a, input) || !letters(b, input) {
			break
		}
		last++
	}
	return last
}

func letters(p piece, input []byte) bool {
	return !p.ideographic && !p.numeric && bytes.IndexFunc(input[p.start:p.end], unicode.IsLetter) >= 0
}

func isHyphen(c rune) bool { return c == '-' || c == '\u2010' || c == '\u2011' || c == '－' }

// ideographs adds the run of ideographs that begins with piece *i, which it moves to
// the last of them, and gives the position of that.
func ideographs(pieces []piece, input []byte, i *int, position int, out *[]Token) int {
	first := len(*out)
	for ; *i < len(pieces) && pieces[*i].ideographic; *i++ {
		t := pieces[*i]
		if n := len(*out); n > first && (*out)[n-1].End != t.start {
			break
		}
		exact := Fold(string(input[t.start:t.end]))
		if exact == "" {
			continue
		}
		position++
		*out = append(*out, Token{Exact: exact, Start: t.start, End: t.end, StemEnd: t.end, Position: position})
	}
	*i--
	run := (*out)[first:]
	for k := range run {
		switch {
		case k+1 < len(run):
			run[k].Stem, run[k].StemEnd = run[k].Exact+run[k+1].Exact, run[k+1].End
		case k == 0:
			run[k].Stem = run[k].Exact
		}
	}
	return position
}

// stopWords reads a list in the form of Bleve's and Snowball's: words, one or more in
// a line, # and | before comments.
func stopWords(list []byte, more ...string) map[string]bool {
	words := analysis.NewTokenMap()
	if err := words.LoadBytes(list); err != nil {
		panic("analyze: a list of stop words: " + err.Error()) // it is part of the program
	}
	out := make(map[string]bool, len(words)+len(more))
	for w := range words {
		out[Fold(w)] = true
	}
	for _, w := range more {
		out[Fold(w)] = true
	}
	return out
}
