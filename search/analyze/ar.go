package analyze

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
)

var arabic = rules{stem: arabicStem, stop: stopWords(ar.ArabicStopWords)}

// arabicStem takes off an exact word the article, the particles that are written with
// it and the endings of number, gender and possession, as the light stemmers of L.
// Larkey do ("light10"), and gives a broken plural the stem of its singular. A letter
// that could be a particle stays where the word begins with it by itself.
func arabicStem(word string) string {
	if !strings.ContainsFunc(word, func(c rune) bool { return c >= 'ء' && c <= 'ي' }) {
		return word
	}
	word = withoutParticles(word)
	for {
		if stem, ok := arabicStems[word]; ok {
			return stem
		}
		shorter := withoutEnding(word)
		if shorter == word {
			return word
		}
		word = shorter
	}
}

// articles are the article and what can stand before it.
var articles = []string{"وبال", "وكال", "فبال", "فكال", "وال", "فال", "بال", "كال", "ولل", "فلل", "وبل", "لل", "ال"}

func withoutParticles(word string) string {
	for _, a := range articles {
		if rest, ok := strings.CutPrefix(word, a); ok && utf8.RuneCountInString(rest) >= 2 {
			if utf8.RuneCountInString(rest) >= 3 || a == "ال" || a == "لل" {
				if !arabicWhole[word] {
					return rest
				}
			}
		}
	}
	for range 2 { // و or ف, then ب ك ل
		if arabicWhole[word] || arabicWhole[withoutEnding(word)] {
			return word
		}
		c, size := utf8.DecodeRuneInString(word)
		least := 4
		if c == 'و' {
			least = 3
		}
		if !strings.ContainsRune("وفبكل", c) || utf8.RuneCountInString(word)-1 < least {
			return word
		}
		word = word[size:]
	}
	return word
}

// endings are the suffixes that are taken off, and how many letters must stay.
var endings = []struct {
	text  string
	least int
}{
	{"هما", 3}, {"كما", 3}, {"تها", 3}, {"تهم", 3}, {"ات", 3}, {"ون", 3}, {"ين", 3}, {"ان", 3}, {"ها", 3}, {"هم", 3}, {"هن", 3}, {"كم", 3}, {"نا", 3}, {"يه", 3}, {"وا", 3}, {"ه", 3}, {"ي", 3}, {"ا", 3},
}

func withoutEnding(word string) string {
	for _, e := range endings {
		if before, ok := strings.CutSuffix(word, e.text); ok && utf8.RuneCountInString(before) >= e.least {
			return before
		}
	}
	return word
}

// arabicStems are broken plurals with the stem of their singular, and words whose
// endings are their own, all as exact words without particles.
var arabicStems = map[string]string{}

// arabicWhole are words that begin with a letter that could be a particle.
var arabicWhole = map[string]bool{}
