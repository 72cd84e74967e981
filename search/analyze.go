package search

import (
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/token/length"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/unicodenorm"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"

	"clearinghouse/catalog"
)

// otherLanguage stands for every language but the six.
const otherLanguage = "other"

// fieldLanguages are the languages that text fields are divided by.
var fieldLanguages = append(slices.Clone(catalog.Languages), otherLanguage)

// analyzers are the token filters of each language, after the division into
// words by Unicode's rules (UAX #29) and "word", which drops what is no word.
// They are those of Bleve's own analyzers of these names but for the English
// stemmer, which is Porter's second: it keeps "news" apart from "new". Where there
// are no spaces between words, a query is read in another way than a text: Chinese
// text is indexed as pairs of characters and single ones, a query asks for single
// ones only if a word has no more.
var analyzers = map[string]struct{ text, query []string }{
	"ar":          {text: []string{lowercase.Name, "nfkc", ar.StopName, ar.NormalizeName, ar.StemmerName}},
	"zh":          {text: []string{cjk.WidthName, lowercase.Name, "bigrams_and_unigrams"}, query: []string{cjk.WidthName, lowercase.Name, cjk.BigramName}},
	"en":          {text: []string{en.PossessiveName, lowercase.Name, en.StopName, en.SnowballStemmerName}},
	"fr":          {text: []string{lowercase.Name, fr.ElisionName, fr.StopName, fr.LightStemmerName}},
	"ru":          {text: []string{lowercase.Name, ru.StopName, ru.SnowballStemmerName}},
	"es":          {text: []string{lowercase.Name, es.StopName, es.NormalizeName, es.LightStemmerName}},
	otherLanguage: {text: []string{"nfkc", lowercase.Name}},
}

// maxWord is the most characters of a word. The French stemmer would take
// minutes for a text without a space, which a record may be.
const maxWord = 100

// textAnalyzer names the analyzer of texts in a field language, queryAnalyzer
// that of words asked for.
func textAnalyzer(language string) string { return language + "_text" }

func queryAnalyzer(language string) string {
	if analyzers[language].query == nil {
		return textAnalyzer(language)
	}
	return language + "_query"
}

// addAnalyzers defines the analyzers in a mapping.
func addAnalyzers(m *mapping.IndexMappingImpl) error {
	for name, filter := range map[string]map[string]any{
		"word":                 {"type": length.Name, "min": 1.0, "max": float64(maxWord)},
		"bigrams_and_unigrams": {"type": cjk.BigramName, "output_unigram": true},
		"nfkc":                 {"type": unicodenorm.Name, "form": unicodenorm.NFKC},
	} {
		if err := m.AddCustomTokenFilter(name, filter); err != nil {
			return fmt.Errorf("token filter %s: %w", name, err)
		}
	}
	for l, a := range analyzers {
		named := map[string][]string{textAnalyzer(l): a.text}
		if a.query != nil {
			named[queryAnalyzer(l)] = a.query
		}
		for name, filters := range named {
			if err := m.AddCustomAnalyzer(name, map[string]any{
				"type": custom.Name, "tokenizer": unicode.Name, "token_filters": append([]string{"word"}, filters...),
			}); err != nil {
				return fmt.Errorf("analyzer %s: %w", name, err)
			}
		}
	}
	return nil
}

// textLanguage is how texts and words of one field language are analysed. Both are
// safe for concurrent use.
type textLanguage struct {
	text  analysis.Analyzer
	query analysis.Analyzer
}

func newLanguages(m *mapping.IndexMappingImpl) (map[string]textLanguage, error) {
	out := map[string]textLanguage{}
	for _, name := range fieldLanguages {
		l := textLanguage{m.AnalyzerNamed(textAnalyzer(name)), m.AnalyzerNamed(queryAnalyzer(name))}
		if l.text == nil || l.query == nil {
			return nil, fmt.Errorf("there is no analyzer for %s", name)
		}
		out[name] = l
	}
	return out, nil
}

// terms are the analysed words of s, in order, none twice.
func (l textLanguage) terms(s string) []string {
	var out []string
	for _, token := range l.query.Analyze([]byte(s)) {
		if term := string(token.Term); term != "" && !slices.Contains(out, term) {
			out = append(out, term)
		}
	}
	return out
}

// fieldLanguage is the field language of a BCP 47 tag: zh for zh-Hant, other
// for pt.
func fieldLanguage(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	if catalog.IsLanguage(base) {
		return base
	}
	return otherLanguage
}
