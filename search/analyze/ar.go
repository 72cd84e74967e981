package analyze

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
)

var arabic = rules{stem: arabicStem, stop: stopWords(ar.ArabicStopWords, arabicStops...)}

// arabicStops are pronouns and particles that the list of Bleve lacks, many of them
// only with the particle or the pronoun that they are written with.
var arabicStops = strings.Fields(`
	ولم ولن ولو ولكن لكنه لكنها لكنهم ولكنه ولكنها ومع وعلى وإلى وعن وبعد وقبل ومنذ وبين وحتى وهذا وهذه وذلك وتلك كذلك وكذلك لذلك ولذلك بذلك وبذلك بهذا بهذه لهذا لهذه
	وله ولها ولهم لهم لهما لنا لكم لي بهم بهما بنا بكم بي فيهم فيهما فينا منهم منهما منا منك عنه عنها عنهم عنا عليهم عليهما علينا إليه إليها إليهم إليهما إلينا
	معه معها معهم معنا لديه لديها لديهم لدينا بينها بينهم بينهما بيننا بعضها بعضهم بعضنا كله كلها كلهم كلنا كلا كلتا
	أنهم إنهم بأنه بأنها بأنهم لأن لأنه لأنها لأنهم ولأن وأنه وأنها هم هن هما نحن أنا أنتم وهم وهما هؤلاء أولئك ذلكم اللذان اللذين اللتان اللتين اللاتي اللواتي
	بما مما عما فيما لما كلما طالما حين حينما حول وحول دون بدون تحت فوق عبر وعبر سوف ليس ليست وليس لست كانوا وكانوا كنت كنا ذات ذو ذوي ذوو
	تم وتم يتم وتتم تتم فقط جدا ربما سواء غيره غيرها غيرهم وغير وغيره وغيرها وغيرهم كيف وكيف متى أين ماذا لماذا هل وهل بأي لأي أية إذ كي لكي
	وبعض لبعض وبعضهم وبعضها بكل لكل ولكل وكلتا بمن لمن ولمن ومنها ومنه ومنهم وفيها وفيه وفيهم ففي فكان فكانت فهذا فهذه وليست وماذا ومعه ومعها ومعهم ثمة وثمة بلا بيد ونحو
	مثل ومثل مثلا ومثلا فمثلا نفسه نفسها نفسهم بنفسه بنفسها أنفسهم بأنفسهم وشابه للغاية وبينما بحلول وبحلول وحدها وحدهم أثناء إزاء بشأن نحوه لدى هنا هنالك
	كم وكم بكم سيتم وسيتم ستتم إلام علام ولماذا ومتى وأين اللتي والذي والتي والذين يكن تكن`)

// arabicStem takes off an exact word the article, the particles that are written with
// it and the endings of number, gender and possession, as the light stemmers of L.
// Larkey do ("light10"). Listed words, and what is left of others when it is one, are
// not shortened further: a broken plural has the stem of its singular.
func arabicStem(word string) string {
	if !strings.ContainsFunc(word, isArabic) {
		return word
	}
	// لاجيء and مباديء are written for لاجئ and مبادئ.
	if before, ok := strings.CutSuffix(word, "يء"); ok && letterCount(before) >= 3 {
		word = before + "ء"
	}
	word, _ = arabicRoot(withoutParticles(word))
	return word
}

func isArabic(c rune) bool { return c >= 'ء' && c <= 'ي' }

func letterCount(word string) int { return utf8.RuneCountInString(word) }

// withoutParticles takes off و or ف, then ب, ك or ل, then the article, each where the
// word does not begin with these letters by itself.
func withoutParticles(word string) string {
	if _, ok := arabicStems[word]; ok {
		return word
	}
	conjunction := strings.HasPrefix(word, "و") || strings.HasPrefix(word, "ف")
	if conjunction {
		// Before all else: والدينية is of دين, not of والد.
		rest, article := withoutArticle(word[len("و"):])
		if article && letterCount(rest) >= 3 && isListed(rest) {
			return rest
		}
	}
	if isListed(word) && !isListedAfterParticle(word) {
		return word
	}
	if conjunction {
		rest := word[len("و"):]
		_, article := withoutArticle(rest)
		if article || isSurelyListed(rest) || strings.HasPrefix(word, "و") && letterCount(rest) >= 3 {
			word = rest
		}
		if isListed(word) && !isListedAfterParticle(word) {
			return word
		}
	}
	if rest, article := withoutArticle(word); article {
		return rest
	}
	c, size := utf8.DecodeRuneInString(word)
	rest := word[size:]
	switch n := letterCount(rest); {
	case n < 3:
	case strings.ContainsRune("بل", c) && (n >= 4 || isListed(rest)):
		return rest
	case c == 'ك' && isSurelyListed(rest): // else it is rather of the word: كوثر
		return rest
	case c == 'س' && n >= 4 && (strings.HasPrefix(rest, "ي") || strings.HasPrefix(rest, "ت")) && isListed(rest): // سيدرب
		return rest
	}
	return word
}

// isSurelyListed is isListed of words that do not contain a short listed one by chance:
// what follows the first letter of كاثرين is not of أثر.
func isSurelyListed(word string) bool {
	stem, listed := arabicRoot(word)
	_, exactly := arabicStems[word]
	return exactly || listed && letterCount(stem) >= 4
}

// isListedAfterParticle reports whether what follows a first letter is rather a listed
// word than the whole is: بلغات is of لغات, لحمايته of حماية and not of لحم.
func isListedAfterParticle(word string) bool {
	c, size := utf8.DecodeRuneInString(word)
	if !strings.ContainsRune("وفبكل", c) || letterCount(word) < 4 {
		return false
	}
	if _, exactly := arabicStems[word[size:]]; exactly {
		return true
	}
	whole, _ := arabicRoot(word)
	stem, listed := arabicRoot(word[size:])
	return listed && letterCount(stem) > letterCount(whole)
}

// withoutArticle takes the article off a word, and ب, ك or ل before it, if at least
// two letters stay.
func withoutArticle(word string) (rest string, article bool) {
	rest, article = strings.CutPrefix(word, "لل")
	if article {
		// The article loses its ل between two more: للغة is ل, ال and لغة.
		root := "ل" + rest
		_, exactly := arabicStems[root]
		if letterCount(rest) >= 2 && (exactly || isListed(root) && !isListedAfterParticle(root)) {
			return root, true
		}
	} else {
		definite := strings.TrimPrefix(strings.TrimPrefix(word, "ب"), "ك")
		if definite != word && isListed(definite) && strings.HasPrefix(definite, "ال") {
			return definite, true // بألمانيا
		}
		rest, article = strings.CutPrefix(definite, "ال")
	}
	if letterCount(rest) < 2 {
		return word, false
	}
	return rest, article
}

// isListed reports whether a word is a listed one, with or without endings. Most words
// with the article are not, though some begin like a short listed one: الهوية, إله.
func isListed(word string) bool {
	if _, ok := arabicStems[word]; ok {
		return true
	}
	stem, listed := arabicRoot(word)
	return listed && (!strings.HasPrefix(word, "ال") || strings.HasPrefix(stem, "ال") && letterCount(stem) >= 5)
}

// arabicRoot takes the endings off a word until a listed word is left or there are no
// more. No word has more than a handful of them.
func arabicRoot(word string) (stem string, listed bool) {
	for range 6 {
		if stem, ok := arabicStems[word]; ok {
			return stem, true
		}
		shorter := withoutEnding(thirdPerson(word))
		if shorter == word {
			return word, false
		}
		word = shorter
	}
	return word, false
}

// thirdPerson gives a verb the prefix of the masculine, where ت can be no root letter:
// تتعلم and تستخدم are forms of يتعلم and يستخدم.
func thirdPerson(word string) string {
	rest, ok := strings.CutPrefix(word, "ت")
	if ok && letterCount(rest) >= 4 && (strings.HasPrefix(rest, "ت") || strings.HasPrefix(rest, "ست")) {
		return "ي" + rest
	}
	return word
}

// ending is a suffix that is taken off, and how many letters must stay. A feminine one
// stands in the place of ه: لغتهم is of لغة.
type ending struct {
	text     string
	least    int
	feminine bool
}

// endings are all suffixes, the longer before the shorter. What needs 99 letters is
// only taken off listed words.
var endings = []ending{
	{"اتهما", 3, true}, {"اتكما", 3, true}, {"تهما", 3, true}, {"اتها", 3, true}, {"اتهم", 3, true}, {"اتهن", 3, true}, {"اتكم", 3, true}, {"اتنا", 3, true},
	{"اته", 3, true}, {"تها", 3, true}, {"تهم", 3, true}, {"تهن", 3, true}, {"تكم", 3, true}, {"تنا", 3, true}, {"تان", 3, true}, {"تين", 3, true}, {"هما", 3, false}, {"كما", 3, false},
	{"ات", 3, true}, {"ته", 3, true}, {"تي", 99, true}, {"تا", 99, true}, {"ون", 3, false}, {"ين", 3, false}, {"ان", 4, false}, {"ها", 3, false}, {"هم", 3, false}, {"هن", 3, false}, {"كم", 3, false}, {"نا", 3, false}, {"يه", 3, false}, {"وا", 3, false},
	{"ه", 3, false}, {"ي", 3, false}, {"ا", 3, false}, {"و", 4, false}, {"ت", 99, false},
}

// withoutEnding takes one ending off a word: the shortest that leaves a listed word,
// else the longest.
func withoutEnding(word string) string {
	for i := len(endings) - 1; i >= 0; i-- {
		e := endings[i]
		before, ok := strings.CutSuffix(word, e.text)
		if n := letterCount(before); !ok || n < 2 || n == 2 && letterCount(word) > 5 || e.text == "ا" && strings.HasSuffix(before, "ه") {
			continue // دورها is of دور, not of دورة
		}
		_, masculine := arabicStems[before]
		feminine := false
		if e.feminine || !masculine && (e.text == "ي" || e.text == "يه") { // وزاري is of وزارة
			_, feminine = arabicStems[before+"ه"]
		}
		switch {
		case feminine:
			return before + "ه"
		case masculine:
			return before
		}
	}
	for _, e := range endings {
		before, ok := strings.CutSuffix(word, e.text)
		switch {
		case !ok:
		case e.feminine && e.least == 3 && letterCount(before) == 2:
			return before + "ه"
		case letterCount(before) >= e.least && !(letterCount(e.text) == 2 && isPattern(word)):
			return before
		}
	}
	return word
}

// isPattern reports whether a word is of one of the patterns of five letters whose last
// ones are of the root though they look like an ending: تفاهم, مساهم, يساهم (tafāʻul and
// mufāʻil), تحسين, تعاون, مخزون (tafʻīl, mafʻūl).
func isPattern(word string) bool {
	letters := []rune(word)
	if len(letters) != 5 {
		return false
	}
	first, third, end := letters[0], letters[2], string(letters[3:])
	if third == 'ا' {
		return (first == 'ت' || first == 'م' || first == 'ي') && end != "ات"
	}
	return (first == 'ت' || first == 'م') && (end == "ين" || first == 'م' && (end == "ون" || end == "ان"))
}

//go:embed ar_forms.txt
var arabicForms string

//go:embed ar_words.txt
var arabicWords string

//go:embed ar_verbs.txt
var arabicVerbs string

// arabicStems are listed words without particles and their stems: for the forms of a
// word the whole first of them, which no rule makes of another.
var arabicStems = readArabic(arabicForms, arabicWords, arabicVerbs)

// readArabic reads a list of forms, the first in a line the stem of all, one of words
// that are their own stems, and one of verbs in the third person, which have one stem
// with the feminine or second (ينظم, تنظم). A word has the first stem that it gets.
func readArabic(forms, words, verbs string) map[string]string {
	stems := map[string]string{}
	add := func(word, stem string) {
		if word = Fold(word); stems[word] == "" {
			stems[word] = Fold(stem)
		}
	}
	for line := range strings.Lines(forms) {
		if f := strings.Fields(line); !strings.HasPrefix(line, "#") {
			for _, w := range f {
				add(w, f[0])
			}
		}
	}
	for line := range strings.Lines(words) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(line) {
				add(w, w)
			}
		}
	}
	for line := range strings.Lines(verbs) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(line) {
				add(w, w)
				add("ت"+strings.TrimPrefix(w, "ي"), w)
			}
		}
	}
	return stems
}
