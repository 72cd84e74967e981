package analyze

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold brings the spellings of a word together, whatever its language: case, width and
// compatibility forms (NFKC), accents and ligatures of Latin letters, ё and look-alikes
// of Cyrillic ones, vowel signs and the forms of hamza, alef and ya of Arabic ones,
// traditional characters, digits of all scripts. It never makes a word longer by more
// than its ligatures.
func Fold(word string) string {
	if plain(word) {
		return word
	}
	var b strings.Builder
	latin, cyrillic := false, false
	for _, c := range strings.ToLower(norm.NFKC.String(word)) {
		switch {
		case c < 0x80:
			latin = latin || c >= 'a' && c <= 'z'
			if c != '\'' {
				b.WriteRune(c)
			}
		case unicode.In(c, unicode.Mn, unicode.Cf), c == tatweel, strings.ContainsRune("’ʼ‘·‧", c):
		case unicode.Is(unicode.Nd, c):
			b.WriteByte('0' + digit(c))
		case unicode.Is(unicode.Latin, c):
			latin = true
			writeLatin(&b, c)
		default:
			cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, c)
			if same, ok := sameLetters[c]; ok {
				c = same
			} else if same, ok := simplified[c]; ok {
				c = same
			}
			b.WriteRune(c)
		}
	}
	out := b.String()
	if latin && cyrillic {
		out = oneScript(out)
	}
	return withoutDots(out)
}

// withoutDots takes the dots out of an acronym, single letters with dots between them.
func withoutDots(word string) string {
	if !strings.Contains(word, ".") {
		return word
	}
	letters := strings.Split(strings.TrimSuffix(word, "."), ".")
	for _, l := range letters {
		if c, size := utf8.DecodeRuneInString(l); size == 0 || size < len(l) || !unicode.IsLetter(c) {
			return word
		}
	}
	return strings.Join(letters, "")
}

// writeLatin writes a Latin letter without its accents and ligatures.
func writeLatin(b *strings.Builder, c rune) {
	for _, part := range norm.NFD.String(string(c)) { // ǽ is æ with an accent
		if long, ok := latinLetters[part]; ok {
			b.WriteString(long)
		} else if !unicode.Is(unicode.Mn, part) {
			b.WriteRune(part)
		}
	}
}

// plain reports whether Fold has nothing to do.
func plain(word string) bool {
	for i := range len(word) {
		if c := word[i]; c >= 0x80 || 'A' <= c && c <= 'Z' || c == '\'' || c == '.' {
			return false
		}
	}
	return true
}

// digit is the value of a decimal digit of any script: Unicode has those of a script
// in order, and whole tens in its table.
func digit(c rune) byte {
	for _, r := range unicode.Nd.R16 {
		if c >= rune(r.Lo) && c <= rune(r.Hi) {
			return byte((c - rune(r.Lo)) % 10)
		}
	}
	for _, r := range unicode.Nd.R32 {
		if c >= rune(r.Lo) && c <= rune(r.Hi) {
			return byte((c - rune(r.Lo)) % 10)
		}
	}
	return 0
}

const tatweel = 'ـ'

// latinLetters are those whose accent or ligature Unicode does not take apart.
var latinLetters = map[rune]string{
	'œ': "oe", 'æ': "ae", 'ß': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ı': "i", 'þ': "th", 'ħ': "h", 'ŧ': "t", 'ə': "e", 'ŋ': "n",
}

// sameLetters are letters that are written for one another: in Arabic hamza, carried by
// whatever (مسؤول, مسئول), alef maqsura and ya, ta marbuta and ha, the kaf and ya of
// Persian keyboards; in Russian ё and е.
var sameLetters = map[rune]rune{
	'ё': 'е',
	'آ': 'ا', 'أ': 'ا', 'إ': 'ا', 'ٱ': 'ا', 'ٲ': 'ا', 'ٳ': 'ا', 'ؤ': 'ء', 'ئ': 'ء', 'ى': 'ي', 'ی': 'ي', 'ې': 'ي', 'ے': 'ي',
	'ة': 'ه', 'ە': 'ه', 'ہ': 'ه', 'ھ': 'ه', 'ۃ': 'ه', 'ک': 'ك', 'ڪ': 'ك', 'گ': 'ك',
}

// lookAlikes are Latin letters and the Cyrillic ones that look the same.
const latinLooks, cyrillicLooks = "aceopxykmtbhi", "асеорхукмтвні"

// oneScript writes a word of Latin and Cyrillic letters in the script that letters
// beside those that look the same belong to, in Cyrillic if there are none; if there
// are some of both it stays as it is.
func oneScript(word string) string {
	latin, cyrillic := []rune(latinLooks), []rune(cyrillicLooks)
	isLatin, isCyrillic := false, false
	for _, c := range word {
		isLatin = isLatin || unicode.Is(unicode.Latin, c) && !slices.Contains(latin, c)
		isCyrillic = isCyrillic || unicode.Is(unicode.Cyrillic, c) && !slices.Contains(cyrillic, c)
	}
	from, to := latin, cyrillic
	switch {
	case isLatin && isCyrillic:
		return word
	case isLatin:
		from, to = cyrillic, latin
	}
	return strings.Map(func(c rune) rune {
		if i := slices.Index(from, c); i >= 0 {
			return to[i]
		}
		return c
	}, word)
}
