package indexer

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/text/language"
)

// smallWords are the languages that are told apart in the Latin script, by their
// small words, which no text in them goes without; more languages would be
// confused with one another more often.
var smallWords = func() map[string][]whatlanggo.Lang {
	out := map[string][]whatlanggo.Lang{}
	for l, words := range map[whatlanggo.Lang]string{
		whatlanggo.Eng: "the of and to in a is for that with on by are as be it this from their at or which",
		whatlanggo.Fra: "de la le les et des en du un une à pour que dans qui par sur au aux est avec l d sont ou",
		whatlanggo.Spa: "de la el los las y en que un una para por con del al se es su como más o a",
		whatlanggo.Deu: "der die das und in von zu den mit für des im ein eine ist auf dem nicht sich oder werden an",
		whatlanggo.Por: "de a o os as e do da dos das em que um uma para por com no na ao se é ou à",
		whatlanggo.Ita: "di e il la che in un una per i le del della dei delle con è da al si gli l nel o",
		whatlanggo.Nld: "de het een en van in is op te voor met dat zijn die aan door of ook",
		whatlanggo.Tur: "ve bir bu için ile de da olan olarak her veya daha en",
		whatlanggo.Ind: "yang dan di dengan untuk dari dalam pada ini itu adalah ke tidak atau oleh para akan",
		whatlanggo.Pol: "i w na z do się że o dla oraz nie jest przez po od za lub",
		whatlanggo.Swe: "och i att en ett som för på av är med till den det de om har eller",
		whatlanggo.Ron: "de și în a la cu pentru din pe o un care al ale sau să este prin",
	} {
		for w := range strings.FieldsSeq(words) {
			out[w] = append(out[w], l)
		}
	}
	return out
}()

const (
	leastLatin   = 60 // Latin letters that a text needs for its language to be told
	leastOfWords = 12 // percent of its words that are small words of that language
	leastScript  = 25 // letters that a text needs to be in another script than its source says
)

// arabic are letters of languages in the Arabic script, and the share of them in
// percent from which on a text is in that language: names bring in single ones.
// The first that holds counts.
var arabic = []struct {
	language, letters string
	percent           int
}{
	{"ur", "ٹڈڑےںھہ", 4}, {"ckb", "ێۆڕڵە", 4}, {"ps", "ټډړښځڅېۍ", 2}, {"fa", "پچژگکی", 3}, {"ar", "", 0},
}

// cyrillic are languages in the Cyrillic script: the letters of their alphabets
// beside those that all have, and what a text in them has at the least. A text in
// a language has hardly any letters of others.
var cyrillic = []struct {
	language, own string
	signs         []sign
}{
	{"ru", "иёйщъыьэюя", []sign{{"ыэёь", 1}, {"и", 3}}},
	{"uk", "иєіїґйщьюя", []sign{{"іїєґ", 2}}},
	{"be", "ёійўыьэюя", []sign{{"іў", 2}}},
	{"bg", "ийщъьюя", []sign{{"ъ", 1}}},
	{"mk", "иѓѕјљњќџ", []sign{{"ѓќѕ", 1}}},
	{"sr", "ијђљњћџ", []sign{{"ђћ", 1}}},
	{"kk", "иёйщъыьэюяәіңғүұқөһ", []sign{{"қғ", 2}, {"ы", 2}, {"қәұ", 2}}},
	{"ky", "иёйщъыьэюяңүө", []sign{{"ң", 1}, {"үө", 1}}},
	{"mn", "иёйщъыьэюяүө", []sign{{"үө", 3}, {"х", 2}}},
	{"az", "ийыәғҝјөүһҹ", []sign{{"ә", 3}, {"ҝјҹ", 2}}},
	{"tt", "иёйщъыьэюяәҗңөүһ", []sign{{"ә", 3}}},
	{"uz", "иёйъьэюяўқғҳ", []sign{{"қғҳ", 1}, {"ў", 1}}},
	{"tg", "иёйъэюяғӣқӯҳҷ", []sign{{"ӣӯҷ", 1}}},
}

type sign struct {
	letters string
	percent int // the least share of the text's letters
}

// Letters that all alphabets of cyrillic have, and the share in percent of
// letters that its alphabet has not from which on a text is not in a language.
const (
	allCyrillic = "абвгдежзклмнопрстуфхцчш"
	mostForeign = 3
)

var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Arabic, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul}

// sample is how many bytes of a text its language is told from.
const sample = 6_000

// detect is the language of a text, from its script first, "" if it is not sure:
// a text under no language is found by all, one under a wrong one by nobody.
func detect(text string) string {
	text = headOf(text, sample)
	of := map[*unicode.RangeTable]int{}
	ascii, all := 0, 0
	for _, r := range text {
		switch {
		case r < 0x80:
			if isWordByte(byte(r)) && r > '9' {
				ascii++
			}
		case unicode.IsLetter(r):
			all++
			for _, s := range scripts {
				if unicode.Is(s, r) {
					of[s]++
					break
				}
			}
		}
	}
	of[unicode.Latin] += ascii
	all += ascii
	japanese := of[unicode.Hiragana] + of[unicode.Katakana]
	switch east := of[unicode.Han] + japanese; {
	case all == 0:
		return ""
	case 3*east > all && 10*japanese > east: // its characters say more than letters do
		return "ja"
	case 3*east > all:
		return "zh"
	case 2*of[unicode.Hangul] > all:
		return "ko"
	case 2*of[unicode.Latin] > all:
		return latinLanguage(text, of[unicode.Latin])
	case 2*of[unicode.Cyrillic] > all:
		return cyrillicLanguage(lettersOf(text), of[unicode.Cyrillic])
	case 2*of[unicode.Arabic] > all:
		letters := lettersOf(text)
		for _, l := range arabic {
			if n := count(letters, l.letters); l.letters == "" || 100*n >= l.percent*of[unicode.Arabic] && n > 0 {
				return l.language
			}
		}
	}
	if info := whatlanggo.Detect(text); info.IsReliable() && !slices.Contains(scripts, info.Script) {
		return info.Lang.Iso6391()
	}
	return ""
}

// lettersOf counts the letters of a text, in lower case.
func lettersOf(text string) map[rune]int {
	out := map[rune]int{}
	for _, r := range text {
		if unicode.IsLetter(r) {
			out[unicode.ToLower(r)]++
		}
	}
	return out
}

func count(letters map[rune]int, of string) int {
	n := 0
	for _, r := range of {
		n += letters[r]
	}
	return n
}

// latinLanguage is one whose small words the text has, and that stands out among
// all that are known, not only among those that are told apart.
func latinLanguage(text string, letters int) string {
	if letters < leastLatin {
		return ""
	}
	words := 0
	small := map[whatlanggo.Lang]int{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		if r < 0x80 {
			return r < 'a' || r > 'z'
		}
		return !unicode.In(r, unicode.L, unicode.M)
	}) {
		words++
		for _, l := range smallWords[w] {
			small[l]++
		}
	}
	maps.DeleteFunc(small, func(_ whatlanggo.Lang, n int) bool { return 100*n < leastOfWords*words })
	if len(small) == 0 { // to compare it with all languages is slow
		return ""
	}
	if info := whatlanggo.Detect(text); info.IsReliable() && small[info.Lang] > 0 {
		return info.Lang.Iso6391()
	}
	return ""
}

// cyrillicLanguage is the only one whose signs the text has and whose alphabet
// holds it.
func cyrillicLanguage(letters map[rune]int, all int) string {
	found := ""
	for _, l := range cyrillic {
		is := 100*(all-count(letters, allCyrillic)-count(letters, l.own)) < mostForeign*all
		for _, s := range l.signs {
			is = is && 100*count(letters, s.letters) >= s.percent*all
		}
		if is && found != "" {
			return ""
		}
		if is {
			found = l.language
		}
	}
	return found
}

// scriptsOf are the scripts of a code of ISO 15924.
var scriptsOf = map[string][]*unicode.RangeTable{
	"Latn": {unicode.Latin}, "Arab": {unicode.Arabic}, "Cyrl": {unicode.Cyrillic}, "Hans": {unicode.Han}, "Hant": {unicode.Han},
	"Jpan": {unicode.Han, unicode.Hiragana, unicode.Katakana}, "Kore": {unicode.Hangul, unicode.Han},
}

// otherScript reports whether a text is in another script than its language, as
// the source says it, is written in.
func otherScript(text, tag string) bool {
	script, sure := language.Make(tag).Script()
	base, _ := language.Make(tag).Base()
	own := scriptsOf[script.String()]
	if own == nil || sure < language.High && base.String() != "zh" { // it is written in several
		return false
	}
	all, of := 0, 0
	for _, r := range headOf(text, sample) {
		if r < 0x80 && !isWordByte(byte(r)) || !unicode.IsLetter(r) {
			continue
		}
		if all++; unicode.In(r, own...) {
			of++
		}
	}
	if own[0] == unicode.Han { // its characters say more than letters do
		of *= 3
	}
	return all >= leastScript && 2*of < all
}
