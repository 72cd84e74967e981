package analyze

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
)

var french = rules{bare: frenchBare, stem: frenchStem, stop: stopWords(fr.FrenchStopWords)}

// elided are words that lose their vowel before another.
var elided = []string{"l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu", "quelqu"}

// apostrophes are the characters that people write for one.
const apostrophes = "'’‘ʼ"

// frenchBare takes an elided word off the one before which it stands (l’école), and
// the endings of both genders off a word that is written with them (étudiant·e·s).
func frenchBare(word string) string {
	if i := strings.IndexAny(word, apostrophes); i > 0 && slices.Contains(elided, strings.ToLower(word[:i])) {
		word = strings.TrimLeft(word[i:], apostrophes)
	}
	if i := strings.IndexAny(word, ".·‧"); i > 0 {
		return oneGender(word, i)
	}
	return word
}

// feminines are what follows a point in a word with the endings of both genders,
// without the s of the plural: citoyen·ne·s.
var feminines = []string{
	"e", "ne", "le", "te", "se", "ère", "ere", "ière", "iere", "rice", "ice", "trice", "euse", "ve", "ive", "que", "esse",
}

// oneGender is the masculine of a word with the endings of both genders after a point
// in place i.
func oneGender(word string, i int) string {
	masculine, rest := word[:i], strings.ToLower(strings.TrimSuffix(word[i:], "."))
	if utf8.RuneCountInString(masculine) < 2 {
		return word
	}
	points := strings.NewReplacer(".", "·", "‧", "·").Replace(rest)
	feminine, many := strings.CutSuffix(points, "·s")
	if !many {
		feminine, many = strings.CutSuffix(points, "s")
	}
	feminine = strings.TrimPrefix(feminine, "·")
	if !slices.Contains(feminines, feminine) {
		return word
	}
	// A full stop also stands in the name of a site: elpais.es, kth.se.
	if strings.Count(rest, ".") == 1 && len(rest) == len(".es") {
		return word
	}
	if many && !strings.HasSuffix(masculine, "s") && !strings.HasSuffix(masculine, "x") {
		return masculine + "s"
	}
	return masculine
}

//go:embed fr_words.txt
var frenchList string

// The list has words with the stem of another, those with one of their own, those that
// are no verbs, and what verbs with an end like an ending are before it.
var frenchAs, frenchOwn, frenchNoVerbs, frenchVerbs = readFrench(frenchList)

func readFrench(list string) (as, own map[string]string, noVerbs, verbs map[string]bool) {
	as, own, noVerbs, verbs = map[string]string{}, map[string]string{}, map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(list) {
		words := strings.Fields(strings.TrimLeft(line, "=~!+%"))
		switch line[0] {
		case '#':
		case '=':
			for _, w := range words {
				own[w] = "=" + words[0]
			}
		case '~':
			bar := slices.Index(words, "|")
			for _, beginning := range words[:bar] {
				beginning = strings.TrimPrefix(beginning, "-")
				for _, w := range words[bar+1:] {
					own[beginning+w] = "=" + beginning + words[bar+1]
				}
			}
		case '!':
			for _, w := range words {
				noVerbs[w] = true
			}
		case '+':
			for _, w := range words {
				verbs[w] = true
			}
		case '%':
			for _, w := range words {
				as[w+"ons"] = strings.TrimSuffix(w, "e") + "er"
			}
		default:
			for _, w := range words[1:] {
				as[w] = words[0]
			}
		}
	}
	return as, own, noVerbs, verbs
}

// frenchStem is made as by the light stemmer of J. Savoy, in steps: the plural, one
// ending, the last letters. It has other endings: those of verbs, fewer of words made
// from others, and none that need accents, which the word no longer has.
func frenchStem(word string) string {
	if as, ok := frenchAs[word]; ok {
		word = as
	}
	if own, ok := frenchOwn[word]; ok {
		return own
	}
	// Tzigane is tsigane.
	if after, ok := strings.CutPrefix(word, "tz"); ok {
		word = "ts" + after
	}
	if base, ok := frenchVerb(word); ok {
		return frenchEnd(base)
	}
	word = frenchSingular(word)
	if !frenchNoVerbs[word] && !frenchNoVerbs[strings.TrimSuffix(word, "e")] {
		word, _ = withoutFrench(frenchEndings, word)
	}
	return frenchEnd(word)
}

// frenchSingular takes the plural off a word.
func frenchSingular(word string) string {
	if len(word) < 4 {
		return word
	}
	for _, end := range [][2]string{{"eaux", "eau"}, {"aux", "al"}} { // bureaux, locaux
		if before, ok := strings.CutSuffix(word, end[0]); ok && len(before) > 2 {
			return before + end[1]
		}
	}
	if n := len(word) - 1; word[n] == 's' || word[n] == 'x' && word[n-1] == 'u' { // droits, jeux
		return word[:n]
	}
	return word
}

// frenchEnding is an ending and what stands for it in the stem, after no fewer
// letters than least.
type frenchEnding struct {
	end, instead string
	least        int
}

// frenchConjugated are endings of verbs that those of no noun resemble, but for the
// words of the list.
var frenchConjugated = []frenchEnding{
	{"issaient", "i", 2}, {"issait", "i", 2}, {"issent", "i", 2}, {"issons", "i", 3}, {"issez", "i", 2}, // finissent
	{"eraient", "", 3}, {"erait", "", 3}, {"eront", "", 3}, {"erez", "", 3}, {"erent", "", 3}, {"era", "", 3}, // formeront
	{"iraient", "i", 2}, {"irait", "i", 2}, {"iront", "i", 2}, {"irez", "i", 2}, {"irent", "i", 3}, {"ira", "i", 3}, // finiront
	{"aient", "", 3}, {"ait", "", 3}, {"ent", "", 3}, {"ez", "", 3}, // formaient, forment, formez
}

// frenchEndings are those of infinitives, participles and nouns that are made from
// verbs, and feminines.
var frenchEndings = []frenchEnding{
	{"issement", "i", 2}, {"issante", "i", 2}, {"issant", "i", 2}, // établissement, enrichissant
	{"ification", "ifi", 1}, {"ificateur", "ifi", 1}, {"ificatrice", "ifi", 1}, // vérification, vérifier
	{"plication", "pliqu", 2}, {"blication", "bli", 2}, // application, appliquer; publication, publier
	{"isation", "is", 2}, {"ation", "", 4}, {"ateur", "", 4}, {"atrice", "", 4}, // formation, formatrice
	{"osition", "os", 2},                   // proposition
	{"ivement", "if", 2}, {"ement", "", 3}, // activement, changement
	{"trice", "teu", 2},                                                          // actrice
	{"iere", "i", 3}, {"gere", "g", 3}, {"chere", "ch", 3}, {"illere", "ill", 3}, // policière, passagère, conseillère
	{"ante", "", 3}, {"ant", "", 3}, // participante
	{"er", "", 3}, {"ir", "i", 2}, // former, finir
}

// withoutFrench takes the first of some endings off a word that has one, unless a verb of
// the list ends in its first letters: intègr-ent, but consid-èr-ent.
func withoutFrench(endings []frenchEnding, word string) (string, bool) {
	for _, e := range endings {
		before, ok := strings.CutSuffix(word, e.end)
		if !ok || len(before) < e.least || e.end[0] == 'i' && (before[len(before)-1] == 'a' || before[len(before)-1] == 'o') {
			continue
		}
		for _, part := range []string{"er", "ir", "iss"} {
			if strings.HasPrefix(e.end, part) && frenchVerbs[before+part] && e.end != part {
				return before + part, true
			}
		}
		if before += e.instead; len(before) == 3 && e.instead == "" {
			before += "e"
		}
		return before, true
	}
	return word, false
}

// frenchVerb takes the ending off a conjugated verb.
func frenchVerb(word string) (string, bool) {
	if frenchNoVerbs[word] {
		return word, false
	}
	// Most words in -ment are nouns and adverbs.
	if strings.HasSuffix(word, "ment") && !frenchVerbs[strings.TrimSuffix(word, "ent")] {
		return word, false
	}
	return withoutFrench(frenchConjugated, word)
}

// frenchLast are the last letters of a stem, from which another form has others.
var frenchLast = []frenchEnding{
	{"qu", "c", 2}, {"gu", "g", 2}, // publique, grecque, longue
	{"iv", "if", 2},                    // active
	{"eur", "eu", 3}, {"eus", "eu", 3}, // chercheur, chercheuse, religieuse
	{"ay", "ai", 2}, {"oy", "oi", 2}, {"uy", "ui", 2}, // employer, emploient
	{"logi", "log", 2}, {"logic", "log", 2}, {"graphi", "graph", 2}, {"graphic", "graph", 2}, // théologie, théologique
	{"nomi", "nom", 3}, {"nomic", "nom", 3}, {"gogi", "gog", 3}, {"gogic", "gog", 3},
	{"sophi", "soph", 3}, {"sophic", "soph", 3}, {"crati", "crat", 3}, {"cratic", "crat", 3},
}

// frenchEnd makes the last letters the same that differ between forms of a word.
func frenchEnd(word string) string {
	for len(word) > 4 && word[len(word)-1] == 'e' {
		word = word[:len(word)-1]
	}
	for _, e := range frenchLast {
		if before, ok := strings.CutSuffix(word, e.end); ok && len(before) >= e.least {
			word = before + e.instead
		}
	}
	n := len(word)
	if n > 4 && word[n-1] == word[n-2] && word[n-1] >= 'b' && word[n-1] <= 'z' { // culturelle
		n--
		word = word[:n]
	}
	if n > 4 && word[n-2] == 'i' {
		switch wide := word[n-3] == 'a' || word[n-3] == 'o'; {
		case wide && word[n-1] == 's', !wide && word[n-1] == 't': // française; finit
			return word[:n-1]
		}
	}
	return word
}
