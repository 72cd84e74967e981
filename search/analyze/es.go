package analyze

import (
	_ "embed"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis/lang/es"
)

var spanish = rules{stem: spanishStem, stop: spanishStop()}

// spanishStop are Bleve's stop words but for the state, which is a participle there.
func spanishStop() map[string]bool {
	stop := stopWords(es.SpanishStopWords)
	delete(stop, "estado")
	delete(stop, "estados")
	return stop
}

// spanishList has a word a line with its irregular forms. After = they have a stem of
// their own, after + are verbs whose short forms (trabajo, ayuda) mean the same as they
// do, after - roots of people and qualities that have a feminine though they are short,
// after * words in -és, after ! nouns that look like verbs.
//
//go:embed es_words.txt
var spanishList string

var spanishWords = readSpanish(spanishList)

// spanishTable is the list: the first word of a line for the others, stems, and sets.
type spanishTable struct {
	first, own                map[string]string
	verbs, short, inEs, nouns map[string]bool
}

func readSpanish(list string) spanishTable {
	t := spanishTable{map[string]string{}, map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] == "#" {
			continue
		}
		sets := map[string]map[string]bool{"+": t.verbs, "-": t.short, "*": t.inEs, "!": t.nouns}
		for _, w := range words[1:] {
			if set := sets[words[0]]; set != nil {
				set[w] = true
			} else if words[0] == "=" {
				t.own[w] = "=" + words[1]
			} else {
				t.first[w] = words[0]
			}
		}
	}
	return t
}

// spanishStem takes off the endings of number and gender, as the light stem of J. Savoy
// does, but keeps vowels that tell short words apart (caso, casa; libro, libre). The
// forms of a verb, and its noun in -ción, have the infinitive for a stem, of which those
// in -ir are written with -er as most of their forms are the same: so publicar is not
// público. Snowball's stem, which has neither, merges many short words.
func spanishStem(word string) string {
	word = spanishSpelling(word)
	if first, ok := spanishWords.first[word]; ok {
		word = first
	}
	if stem, ok := spanishWords.own[word]; ok {
		return stem
	}
	// An adverb is its adjective: culturalmente.
	if before, ok := strings.CutSuffix(word, "mente"); ok && len(before) > 3 && !spanishWords.verbs[before+"mentar"] {
		if first, ok := spanishWords.first[before]; ok {
			before = first
		}
		if stem, ok := spanishWords.own[before]; ok {
			return stem
		}
		return spanishNoun(before)
	}
	if one, ok := masculineEs(word); ok {
		return one
	}
	if verb, ok := knownVerb(word); ok {
		return verb
	}
	if verb, ok := likelyVerb(word); ok {
		return verb
	}
	return spanishNoun(word)
}

// spanishSpelling writes in one way what has two: sicología, posguerra, sustituir.
func spanishSpelling(word string) string {
	for _, s := range [][2]string{{"psic", "sic"}, {"psiq", "siq"}, {"pseudo", "seudo"}, {"subst", "sust"}, {"obscu", "oscu"}, {"reempl", "rempl"}} {
		if after, ok := strings.CutPrefix(word, s[0]); ok {
			return s[1] + after
		}
	}
	if after, ok := strings.CutPrefix(word, "post"); ok && len(after) > 3 && !strings.ContainsRune("aeiouhr", rune(after[0])) {
		return "pos" + after
	}
	return word
}

// masculineEs is the masculine of a word in -és: francesa, franceses.
func masculineEs(word string) (string, bool) {
	for _, end := range []string{"", "a", "as", "es"} {
		if one, ok := strings.CutSuffix(word, end); ok && spanishWords.inEs[one] {
			return one, true
		}
	}
	return "", false
}

// verbEndings are the endings of verbs and of their nouns, each with the class of those that may have it: a for -ar, e for -er
// and -ir. Where both may, the more frequent is first.
var verbEndings = []struct{ end, class string }{
	{"aciones", "a"}, {"amientos", "a"}, {"imientos", "e"}, {"amiento", "a"}, {"imiento", "e"}, {"acion", "a"}, {"iciones", "e"}, {"icion", "e"},
	{"anzas", "a"}, {"anza", "a"}, {"ieran", "e"}, {"ieron", "e"}, {"iendo", "e"}, {"arian", "a"}, {"erian", "e"}, {"irian", "e"}, {"iera", "e"}, {"ando", "a"}, {"aron", "a"},
	{"ados", "a"}, {"adas", "a"}, {"idos", "e"}, {"idas", "e"}, {"aban", "a"}, {"aran", "a"}, {"eran", "e"}, {"iran", "e"}, {"amos", "ae"}, {"emos", "ea"}, {"imos", "e"},
	{"ado", "a"}, {"ada", "a"}, {"ido", "e"}, {"ida", "e"}, {"aba", "a"}, {"ara", "a"}, {"era", "e"}, {"ira", "e"}, {"ian", "e"},
	{"an", "ae"}, {"en", "ea"}, {"as", "ae"}, {"es", "ea"}, {"os", "ae"}, {"ia", "e"}, {"io", "e"}, {"ar", "a"}, {"er", "e"}, {"ir", "e"}, {"a", "ae"}, {"e", "ea"}, {"o", "ae"},
}

// knownVerb is the stem of the verbs of the list, in any of their forms.
func knownVerb(word string) (string, bool) {
	word = withoutPronoun(word)
	for _, v := range verbEndings {
		root, ok := strings.CutSuffix(word, v.end)
		if !ok || len(root) < 2 || v.end == "es" && endsWord(root) && root[len(root)-1] != 'j' { // valores, but viajes
			continue
		}
		for _, class := range v.class {
			for _, r := range verbRoots(root, v.end, class) {
				switch {
				case class == 'a' && spanishWords.verbs[r+"ar"]:
					return r + "ar", true
				case class == 'e' && (spanishWords.verbs[r+"er"] || spanishWords.verbs[r+"ir"]):
					return r + "er", true
				}
			}
		}
	}
	return "", false
}

// verbRoots are the roots that a verb can have in the infinitive.
func verbRoots(root, end string, class rune) []string {
	roots := []string{root}
	swap := func(of, by string) {
		if before, ok := strings.CutSuffix(root, of); ok {
			roots = append(roots, before+by)
		}
	}
	switch {
	case class == 'a' && end[0] == 'e': // publique, dialogue, organice
		swap("qu", "c")
		swap("gu", "g")
		swap("c", "z")
	case class == 'e' && (end[0] == 'a' || end[0] == 'o'): // proteja, conozca, siga
		swap("j", "g")
		swap("zc", "c")
		swap("z", "c")
		swap("g", "gu")
	}
	if class == 'e' {
		swap("uy", "u") // incluye
	}
	if len(end) > 2 && !strings.HasPrefix(end, "ie") {
		return roots
	}
	// The vowel of the root when it bears the stress: piensa, muestra, pide.
	for _, r := range roots {
		i := strings.LastIndexAny(strings.TrimSuffix(r, "gu"), "aeiou") // sigue
		if i < 0 || i == len(r)-1 {
			continue
		}
		switch {
		case i > 0 && r[i-1:i+1] == "ie":
			roots = append(roots, r[:i-1]+r[i:])
		case i > 0 && r[i-1:i+1] == "ue":
			roots = append(roots, r[:i-1]+"o"+r[i+1:])
		case r[i] == 'i' && class == 'e':
			roots = append(roots, r[:i]+"e"+r[i+1:])
		}
	}
	return roots
}

// withoutPronoun takes off the pronouns after an infinitive or gerund: enseñarles,
// convirtiéndose. Those in -me, -te and -nos are more often nouns (informe, gobiernos).
func withoutPronoun(word string) string {
	for _, p := range []string{"selas", "selos", "sela", "selo", "se", "las", "los", "les", "la", "lo", "le"} {
		before, ok := strings.CutSuffix(word, p)
		if !ok {
			continue
		}
		for _, end := range []string{"ando", "iendo", "yendo", "ar", "er", "ir"} {
			if root, ok := strings.CutSuffix(before, end); ok && len(root) > 1 && (len(root) > 2 || p == "se") {
				return before
			}
		}
	}
	return word
}

// likelyEndings are those that only verbs have, and their nouns, and what is there
// in place of them in the infinitive.
var likelyEndings = [][2]string{
	{"duccion", "ducer"}, {"ducciones", "ducer"}, {"dujeron", "ducer"}, {"dujo", "ducer"}, {"truccion", "truer"}, {"trucciones", "truer"}, {"bucion", "buer"}, {"buciones", "buer"},
	{"acion", "ar"}, {"aciones", "ar"}, {"icion", "er"}, {"iciones", "er"},
	{"ado", "ar"}, {"ados", "ar"}, {"ada", "ar"}, {"adas", "ar"}, {"ido", "er"}, {"idos", "er"}, {"ida", "er"}, {"idas", "er"},
	{"ando", "ar"}, {"iendo", "er"}, {"yendo", "er"}, {"aron", "ar"}, {"ieron", "er"}, {"yeron", "er"}, {"aba", "ar"}, {"aban", "ar"}, {"uyen", "uer"}, {"zcan", "cer"},
	{"iza", "izar"}, {"izo", "izar"}, {"an", "ar"}, {"en", "er"}, {"ir", "er"},
}

// likelyVerb is the stem of other words with the ending of a verb.
func likelyVerb(word string) (string, bool) {
	if spanishWords.nouns[word] || strings.HasSuffix(word, "stan") { // Pakistán
		return "", false
	}
	word = withoutPronoun(word)
	for _, e := range likelyEndings {
		if root, ok := strings.CutSuffix(word, e[0]); ok && len(root) > 2 && strings.ContainsAny(root, "aeiou") {
			return root + e[1], true
		}
	}
	return word, strings.HasSuffix(word, "ar") || strings.HasSuffix(word, "er")
}

// spanishNoun takes off the endings of nouns and adjectives.
func spanishNoun(word string) string {
	n := len(word)
	if n < 4 {
		return word
	}
	if word[n-1] == 's' {
		switch root := word[:n-2]; {
		case strings.HasSuffix(word, "ces") && n > 4 && isVowel(word[n-4]): // voces
			return word[:n-3] + "z"
		case word[n-2] == 'e' && endsWord(root) && len(root) > 2: // valores
			return spanishNoun(root + "e")
		case word[n-2] == 'x' && n > 4: // alumnxs
			return root
		case isVowel(word[n-2]) && (word[n-2] != 'i' && word[n-2] != 'u' || n > 4 && !isVowel(word[n-3]) || strings.HasSuffix(word, "quis")): // casas, marroquís
			return spanishNoun(word[:n-1])
		case word[n-2] >= 'a' && !isVowel(word[n-2]) && word[n-2] != 's': // ONGs
			return word[:n-1]
		}
		return word
	}
	root := word[:n-1]
	switch word[n-1] {
	case 'a', 'o':
		if len(root) > 3 || spanishWords.short[root] {
			return root
		}
	case 'e':
		if before, ok := strings.CutSuffix(root, "c"); ok && len(before) > 1 && isVowel(before[len(before)-1]) { // índice, índices
			return before + "z"
		}
		if len(root) > 4 || endsWord(root) && len(root) > 2 {
			return root
		}
	}
	return word
}

// endsWord reports whether a word can end as this does: only then the e after it can
// belong to the plural.
func endsWord(root string) bool {
	n := len(root)
	return n > 1 && strings.IndexByte("lnrdszyj", root[n-1]) >= 0 && isVowel(root[n-2])
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
