package analyze

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/snowballstem"
	snowball "github.com/blevesearch/snowballstem/russian"
)

var russian = rules{stem: russianStem, stop: russianStops()}

// russianStops are Snowball's, and forms of pronouns that it lacks. Two words of it
// mean something: "человек" as in "права человека", "жизнь" as in "право на жизнь".
func russianStops() map[string]bool {
	stops := stopWords(ru.RussianStopWords,
		"это", "эта", "эти", "этих", "этим", "этими", "этому", "та", "те", "ту", "той", "тех", "тому", "теми", "всему", "всем", "всеми", "всей", "весь", "вся",
		"ими", "ею", "нею", "нему", "нами", "вами", "мной", "тобой", "собой", "ко", "обо", "либо", "лишь", "также", "однако", "поэтому", "поскольку", "среди",
		"свой", "своя", "свое", "свои", "своего", "своей", "своем", "своему", "своим", "своими", "своих",
		"который", "которая", "которое", "которые", "которого", "которой", "котором", "которому", "которую", "которым", "которыми", "которых")
	delete(stops, "человек")
	delete(stops, "жизнь")
	return stops
}

// russianStem is the stem by Snowball's algorithm, but for listed words and for
// endings that it takes for those of verbs where they are more often of nouns.
func russianStem(word string) string {
	word = respelled.Replace(word)
	if stem, ok := russianListed(word); ok {
		return stem
	}
	stem, ok := russianNoun(word)
	if !ok {
		env := snowballstem.NewEnv(russianVerb(word))
		snowball.Stem(env)
		stem = env.Current()
	}
	return russianAlike(stem)
}

//go:embed ru_words.txt
var russianWords string

// russianExact are forms of words and their stems, russianNouns and russianAdjectives
// words without their endings.
var russianExact, russianNouns, russianAdjectives = readRussian(russianWords)

var (
	nounEndings = strings.Fields("а о у ы и е я ю й ь ом ем ой ей ою ею ью ов ев ам ям ах ях ами ями ьми")
	hardEndings = append(strings.Fields("а о у ы е ом ой ою ов ам ах ами"), "")
	adjEndings  = strings.Fields("ый ая ое ые ого ому ым ом ой ую ою ых ыми")
)

// readRussian reads the list, whose form its first lines tell.
func readRussian(list string) (exact, nouns, adjectives map[string]string) {
	kinds := map[string]map[string]string{"exact": {}, "noun": {}, "adjective": {}}
	for line := range strings.Lines(list) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		for _, word := range f[1:] {
			forms := strings.Split(word, "=")
			for _, form := range forms {
				kinds[f[0]][form] = forms[0]
			}
		}
	}
	return kinds["exact"], kinds["noun"], kinds["adjective"]
}

// russianListed is the stem of a word in the list, false if it is not there.
func russianListed(word string) (string, bool) {
	if stem, ok := russianExact[word]; ok {
		return stem, true
	}
	if stem, ok := russianNouns[word]; ok {
		return stem, true
	}
	for _, end := range nounEndings {
		if before, ok := strings.CutSuffix(word, end); ok {
			if stem, ok := russianNouns[before]; ok {
				return stem, true
			}
		}
	}
	for _, end := range adjEndings {
		if before, ok := strings.CutSuffix(word, end); ok {
			if stem, ok := russianAdjectives[before]; ok {
				return stem, true
			}
		}
	}
	return "", false
}

// respelled are parts of words that are spelled in two ways (блоггер, оффлайн, киргизы).
var respelled = strings.NewReplacer("блогг", "блог", "оффлайн", "офлайн", "траффик", "трафик", "шоппинг", "шопинг", "тинэйдж", "тинейдж", "киргиз", "кыргыз", "белорус", "беларус")

// russianNoun is the stem of a word with an ending that Snowball's algorithm takes for
// one of a verb; false if it has none.
func russianNoun(word string) (string, bool) {
	// Архив, актив, состав: no gerund; опыт, открыт; необходим, значим.
	if endsAfter(word, "в", "аяиы") || strings.HasSuffix(word, "ыт") || endsAfter(word, "им", "бвдзлмпрстф") {
		return word, true
	}
	// Запись, подпись: not reflexive.
	if before, ok := strings.CutSuffix(word, "пись"); ok {
		return before + "пис", true
	}
	// Созданный: as создан and создание, from which it differs in more than the ending.
	for _, end := range adjEndings {
		if before, ok := strings.CutSuffix(word, end); ok && strings.HasSuffix(before, "нн") {
			return strings.TrimSuffix(before, "н"), true
		}
	}
	// Мусульманин, гражданином beside мусульмане, граждан.
	for _, end := range []string{"", "а", "у", "е", "ом"} {
		if before, ok := strings.CutSuffix(word, "ин"+end); ok && endsAfter(before, "н", "ая") {
			return before, true
		}
	}
	// Охрана, океан, обмен: no short participle. A real one, as издана, gets издан, the
	// stem of издание.
	for _, end := range hardEndings {
		before, ok := strings.CutSuffix(word, end)
		if ok && endsAfter(before, "н", "аяе") {
			return before, true
		}
		if ok && end != "" && strings.HasSuffix(before, "нн") {
			return strings.TrimSuffix(before, "н"), true
		}
	}
	return "", false
}

// endsAfter reports whether a word has an ending, and before that one of some letters.
func endsAfter(word, end, letters string) bool {
	before, ok := strings.CutSuffix(word, end)
	last, _ := utf8.DecodeLastRuneInString(before)
	return ok && strings.ContainsRune(letters, last)
}

// russianVerb gives forms of verbs a shape that Snowball's algorithm knows.
func russianVerb(word string) string {
	active, _ := strings.CutSuffix(word, "ся")
	// Учат, слышатся: as учит.
	if before, ok := strings.CutSuffix(active, "ат"); ok && endsAfter(before, "", "жчшщ") && hasVowel(before) {
		return before + "ить"
	}
	// Исследует, исследующий: as исследовать, not as след.
	at := -1
	for _, end := range []string{"ует", "уют", "уешь", "уем", "уете"} {
		if strings.HasSuffix(active, end) {
			at = len(active) - len(end)
		}
	}
	for _, part := range []string{"ующ", "уем"} {
		if i := strings.LastIndex(active, part); i > 0 && slices.Contains(participleEndings, active[i+len(part):]) {
			at = i
		}
	}
	if at < 0 || utf8.RuneCountInString(active[:at]) < 3 || !hasVowel(active[:at]) {
		return word
	}
	if endsAfter(active[:at], "", "жчшщц") {
		return active[:at] + "евать"
	}
	return active[:at] + "овать"
}

// participleEndings are those of adjectives after a hard or a hissing consonant.
var participleEndings = strings.Fields("ий ая ее ие его ему им ем ей ую ею их ими ый ое ые ого ому ым ом ой ых ыми")

func hasVowel(word string) bool { return strings.ContainsAny(word, "аеиоуыэюя") }

// russianEnds are ends of stems and those of other forms of the word. Of each group the
// first that fits holds. All forms of a word that has such an end by chance get the
// same odd stem (порок, пороки: порк), which is no matter: it is never shown.
var russianEnds = [][][2]string{
	{
		// A vowel that comes and goes: сириец, сирийцы; подросток, подростки; девочка, девочек.
		{"еец", "ейц"}, {"иец", "ийц"}, {"лец", "льц"}, {"оец", "ойц"}, {"аец", "айц"}, {"ец", "ц"},
		{"жек", "жк"}, {"чек", "чк"}, {"шек", "шк"}, {"еек", "ейк"}, {"оек", "ойк"}, {"аек", "айк"}, {"яек", "яйк"}, {"иек", "ийк"}, {"уек", "уйк"}, {"лек", "льк"}, {"нек", "ньк"}, {"рек", "рьк"}, {"ок", "к"},
		// Short adjectives: актуален, действителен, эффективен, различен, доступен, известен.
		{"ален", "альн"}, {"телен", "тельн"}, {"ивен", "ивн"}, {"ичен", "ичн"}, {"очен", "очн"}, {"можен", "можн"}, {"упен", "упн"}, {"обен", "обн"}, {"овен", "овн"},
		{"асен", "асн"}, {"езен", "езн"}, {"естен", "естн"}, {"ярен", "ярн"},
	},
	{
		// Women and men: учительница, участница, переводчица, журналистка, студентка, американка, беженка, украинка.
		{"тельниц", "тел"}, {"ниц", "ник"}, {"чиц", "чик"}, {"щиц", "щик"}, {"истк", "ист"}, {"антк", "ант"}, {"ентк", "ент"}, {"сменк", "смен"},
		{"анк", "ан"}, {"янк", "ян"}, {"анц", "ан"}, {"янц", "ян"}, {"енк", "енц"}, {"инк", "инц"}, {"ийк", "ийц"}, {"ейк", "ейц"},
	},
}

// russianAlike gives stems of one word, and of women and men, the same end.
func russianAlike(stem string) string {
	if stem == "жесток" { // not жестк, of жесткий
		return stem
	}
	for _, group := range russianEnds {
		for _, end := range group {
			if before, ok := strings.CutSuffix(stem, end[0]); ok && len(before) >= 2*len("а") && hasVowel(before) {
				stem = before + end[1]
				break
			}
		}
	}
	return stem
}
