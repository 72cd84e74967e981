package analyze

import (
	_ "embed"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/snowballstem"
	snowball "github.com/blevesearch/snowballstem/english"
)

var english = rules{bare: withoutPossessive, stem: englishStem, stop: stopWords(en.EnglishStopWords)}

// withoutPossessive takes 's off a word.
func withoutPossessive(word string) string {
	for _, end := range []string{"'s", "’s", "'S", "’S"} {
		if before, ok := strings.CutSuffix(word, end); ok {
			return before
		}
	}
	return word
}

//go:embed en_words.txt
var englishList string

// englishFirst has the first word of the line of a listed word, and englishOwn the
// stems of those that have one of their own, which no algorithm makes.
var englishFirst, englishOwn = readEnglish(englishList)

func readEnglish(list string) (first, own map[string]string) {
	first, own = map[string]string{}, map[string]string{}
	for line := range strings.Lines(list) {
		words := strings.Fields(strings.TrimPrefix(line, "="))
		for _, w := range words {
			switch line[0] {
			case '#':
			case '=':
				own[american(w)] = "=" + words[0]
			default:
				first[american(w)] = american(words[0])
			}
		}
	}
	return first, own
}

// englishStem is the stem by Martin Porter's second algorithm of the American spelling
// of a word, but for the words of the list.
func englishStem(word string) string {
	word = american(word)
	if first, ok := englishFirst[word]; ok {
		word = first
	} else if stem, ok := englishOwn[word]; ok {
		return stem
	} else {
		word = regular(word)
	}
	env := snowballstem.NewEnv(word)
	snowball.Stem(env)
	return env.Current()
}

// regular makes regular for the algorithm what it takes for a word of another kind.
func regular(word string) string {
	// The plural of an acronym: NGOs, SMEs, DVDs. The algorithm leaves an s where there is
	// no vowel before, or only the one that s follows.
	if before, ok := strings.CutSuffix(word, "s"); ok && len(before) > 1 && strings.IndexAny(before[:len(before)-1], "aeiouy") < 0 {
		switch before[len(before)-1] {
		case 'a', 'e', 'o':
			if len(before) > 2 {
				return before
			}
		case 'i', 'u', 'y', 's':
		default:
			if c := before[len(before)-1]; 'b' <= c && c <= 'z' { // and none of the 1990s
				return before
			}
		}
	}
	// Policemen and spokeswomen.
	if before, ok := strings.CutSuffix(word, "men"); ok && !notMen[word] {
		return before + "man"
	}
	// Crisis, of which the plural is crises; analysis, too, which people analyse.
	if before, ok := strings.CutSuffix(word, "sis"); ok && len(before) > 2 && before[len(before)-1] != 's' {
		return before + "se"
	}
	// Psychologists have to do with psychology.
	if before, ok := strings.CutSuffix(strings.TrimSuffix(word, "s"), "ologist"); ok && before != "ap" {
		return before + "ology"
	}
	// Voluntarily is what is voluntary.
	if before, ok := strings.CutSuffix(word, "ily"); ok && len(before) > 2 && !notAdverbs[word] {
		return before + "y"
	}
	// Prejudiced and experienced, of which the algorithm would take off more than of
	// prejudice and experience.
	for _, end := range []string{"ed", "ing"} {
		if before, ok := strings.CutSuffix(word, end); ok && len(before) > 5 &&
			(strings.HasSuffix(before, "ic") || strings.HasSuffix(before, "enc") || strings.HasSuffix(before, "anc")) {
			return before + "e"
		}
	}
	// Geography is geographic, democracy democratic.
	for _, end := range disciplines {
		if before, ok := strings.CutSuffix(word, end[0]); ok {
			return before + end[1]
		}
		if before, ok := strings.CutSuffix(word, end[0][:len(end[0])-1]+"ies"); ok {
			return before + end[1]
		}
	}
	return word
}

// notMen are words in -men that are no plural of -man.
var notMen = map[string]bool{
	"abdomen": true, "acumen": true, "albumen": true, "amen": true, "bitumen": true, "bremen": true, "carmen": true, "cyclamen": true, "hymen": true,
	"lumen": true, "omen": true, "ramen": true, "regimen": true, "semen": true, "specimen": true, "stamen": true, "turkmen": true, "yemen": true,
}

// notAdverbs are words in -ily that are no adverbs.
var notAdverbs = map[string]bool{"emily": true, "family": true, "homily": true, "multifamily": true, "sicily": true, "stepfamily": true}

// disciplines are endings of nouns and what remains of them in the adjective.
var disciplines = [][2]string{{"graphy", "graph"}, {"sophy", "soph"}, {"onomy", "onom"}, {"gogy", "gog"}, {"cracy", "crat"}}

// american is the American spelling of a word, but that it has -lys- for -lyz-, as in
// analysis, and -log- for -logu-, as in dialogical.
func american(word string) string {
	if len(word) < 4 {
		return word
	}
	for _, spelling := range britishBeginnings {
		if after, ok := strings.CutPrefix(word, spelling[0]); ok {
			word = spelling[1] + after
			break
		}
	}
	if strings.Contains(word, "our") {
		for _, root := range britishOur {
			if i := strings.Index(word, root+"our"); i >= 0 {
				i += len(root)
				word = word[:i] + "or" + word[i+3:]
				break
			}
		}
	}
	for _, end := range [][2]string{{"dgement", "dgment"}, {"dgements", "dgments"}} { // judgement
		if before, ok := strings.CutSuffix(word, end[0]); ok {
			return before + end[1]
		}
	}
	for _, end := range []string{"ization", "izations", "izational", "izationally", "izable", "ize", "ized", "izes", "izing", "izer", "izers"} {
		british := "is" + end[2:]
		if before, ok := strings.CutSuffix(word, british); ok && !isIse(before) {
			return before + end
		}
	}
	if i := strings.Index(word, "lyz"); i > 0 { // analyze
		return word[:i] + "lys" + word[i+3:]
	}
	if i := strings.LastIndex(word, "logu"); i > 0 && len(word) > i+4 && (word[i+4] == 'e' || word[i+4] == 'i') { // dialogue
		return word[:i+3] + word[i+4:]
	}
	return word
}

// isIse reports whether a verb, without this ending, has -ise in America, too, as
// advise, promise and exercise have, or is none, as precise.
func isIse(before string) bool {
	if len(before) < 3 {
		return true
	}
	if strings.HasSuffix(before, "tiv") { // collectivise
		return false
	}
	for _, end := range alwaysIse {
		if strings.HasSuffix(before, end) {
			return true
		}
	}
	return false
}

var alwaysIse = []string{
	"v", "w", "pr", "ch", "gu", "qu", "bru", "cru", "no", "po", "torto", "porpo", "ra", "mala", "advert", "expert", "treat", "chast", "prom", "prem", "dem",
	"surm", "desp", "parad", "merchand", "exerc", "prec", "conc", "exc", "inc", "circumc", "sunr", "moonr",
}

// britishBeginnings are beginnings of words and how they are spelled in America.
var britishBeginnings = [][2]string{
	{"aesthet", "esthet"}, {"ageing", "aging"}, {"anaem", "anem"}, {"anaesthe", "anesthe"}, {"archaeolog", "archeolog"}, {"centred", "centered"}, {"centring", "centering"}, {"centre", "center"},
	{"councillor", "councilor"}, {"counsell", "counsel"}, {"encyclopaed", "encycloped"}, {"enquir", "inquir"}, {"fibre", "fiber"}, {"foet", "fet"}, {"grey", "gray"}, {"gynaeco", "gyneco"}, {"haemo", "hemo"}, {"kilometre", "kilometer"}, {"litre", "liter"},
	{"mediaeval", "medieval"}, {"metre", "meter"}, {"oecumen", "ecumen"}, {"oestrogen", "estrogen"}, {"offence", "offense"}, {"defence", "defense"}, {"licence", "license"}, {"pretence", "pretense"},
	{"orthopaed", "orthoped"}, {"paediatr", "pediatr"}, {"paedophil", "pedophil"}, {"practised", "practiced"}, {"practises", "practices"}, {"sceptic", "skeptic"},
	{"spectre", "specter"}, {"theatre", "theater"},
}

// britishOur are words in -our, without this ending, that have -or in America; what is
// made of them with other beginnings and ends has it, too: unfavourable.
var britishOur = []string{
	"ard", "arm", "behavi", "cand", "clam", "col", "demean", "endeav", "fav", "ferv", "flav", "glam", "harb", "hon", "hum", "lab", "neighb", "od", "parl", "ranc", "rig", "rum", "sav", "savi",
	"splend", "succ", "tum", "val", "vap", "vig",
}
