package catalog

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Fold makes names comparable that differ only in case, accents, Arabic vowel
// signs, hamza on a letter, tatweel, digits of another script, punctuation or
// white space. What is left are lower-case letters, ASCII digits where there are
// such, and single spaces.
func Fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return s
	}
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r == 'ـ', r == '\'', r == '’', r == 'ʼ':
			continue
		case unicode.IsLetter(r), unicode.In(r, unicode.N, unicode.Mc):
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
			continue
		default:
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

func foldRune(r rune) rune {
	switch r {
	case 'ى', 'ی':
		return 'ي'
	case 'ة':
		return 'ه'
	case 'ک':
		return 'ك'
	case 'ß':
		return 's'
	case 'ø', 'Ø':
		return 'o'
	case 'ı':
		return 'i'
	}
	if unicode.IsLetter(r) {
		return unicode.ToLower(r)
	}
	if d, ok := digit(r); ok {
		return rune('0' + d)
	}
	return unicode.ToLower(r)
}

// digit is the value of a decimal digit of any script; each script's ten follow
// one another, from a multiple of ten after the first.
func digit(r rune) (int, bool) {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0'), true
	case r < 0x80 || !unicode.Is(unicode.Nd, r):
		return 0, false
	}
	d := 0
	for unicode.Is(unicode.Nd, r-rune(d)-1) && d < 9 {
		d++
	}
	return d, true
}

// finder is the codes of each dimension by the folded names of their terms.
type finder map[string]map[string]string

// newFinder reads all labels and synonyms, also those of the signs that are
// terms. A name of two terms finds neither,
// but a label comes before a synonym.
func newFinder(terms map[string][]Term, signs []Sign) finder {
	out := finder{}
	for dimension, list := range terms {
		labels, synonyms := map[string]string{}, map[string]string{}
		known := nameForms
		if dimension == "country" {
			known = func(name string) []string {
				forms := nameForms(name)
				for _, f := range forms {
					if loose := looseName(f); loose != "" && loose != f {
						forms = append(forms, loose)
					}
				}
				return forms
			}
		}
		for _, c := range signs {
			if code, ok := strings.CutPrefix(c.ID, dimension+":"); ok {
				for _, l := range Languages {
					for _, name := range c.Names(l) {
						addName(synonyms, Fold(name), code)
					}
				}
			}
		}
		for _, term := range list {
			for _, label := range term.Label {
				forms := known(label)
				addName(labels, forms[0], term.Code)
				for _, form := range forms[1:] {
					addName(synonyms, form, term.Code)
				}
			}
			for _, names := range term.Synonyms {
				for _, name := range names {
					for _, form := range known(name) {
						addName(synonyms, form, term.Code)
					}
				}
			}
		}
		for name, code := range synonyms {
			if _, is := labels[name]; !is {
				labels[name] = code
			}
		}
		out[dimension] = labels
	}
	return out
}

// addName puts "" for a name that two terms share.
func addName(to map[string]string, name, code string) {
	if other, is := to[name]; is && other != code {
		code = ""
	}
	to[name] = code
}

var bracketed = regexp.MustCompile(`^(.+?)\s*[(（](.+)[)）]$`)

// turned is a name with its first words at the end, as in "Gambia, Republic of".
var turned = regexp.MustCompile(`^([^,،，]+)[,،，]\s*([^,،，]+)$`)

// outer is an article that Fold would make a part of a word, or that stands at
// the end.
var outer = regexp.MustCompile(`(?i)^l['’ʼ]\s*|\s*(?:[,،，]\s*(?:the|les?|la|los|las|el)|[(（](?:the|les?|la|los|las|el)[)）])$`)

// spellings are a name without an outer article, and with the words first that
// stand in brackets or after a comma.
func spellings(name string) []string {
	name = outer.ReplaceAllString(name, "")
	out := []string{name}
	for _, form := range []*regexp.Regexp{bracketed, turned} {
		if m := form.FindStringSubmatch(name); m != nil {
			out = append(out, m[2]+" "+m[1])
		}
	}
	return out
}

// nameForms are the folded forms in which a name is known: itself, and for
// "Bolivia (Plurinational State of)" also "Bolivia" and "Plurinational State of
// Bolivia", each without its article too.
func nameForms(name string) []string {
	forms := []string{Fold(name)}
	for _, spelling := range spellings(name) {
		forms = append(forms, Fold(spelling))
	}
	if m := bracketed.FindStringSubmatch(name); m != nil {
		forms = append(forms, Fold(m[1]))
	}
	if saint, ok := strings.CutPrefix(forms[0], "st "); ok {
		forms = append(forms, "saint "+saint)
	}
	if strings.Contains(name, "&") {
		forms = append(forms, nameForms(strings.ReplaceAll(name, "&", " and "))...)
	}
	for _, f := range forms {
		if bare := bareName(f); bare != f {
			forms = append(forms, bare)
		}
	}
	return forms
}

var article = regexp.MustCompile(`^(the|les?|la|los|las|el) `)

// words that lists of countries write short or leave out: Congo, Dem. Rep.
var (
	longWords = map[string]string{
		"dem": "democratic", "rep": "republic", "dr": "democratic republic", "rb": "bolivarian republic", "fyr": "former yugoslav republic", "fed": "federated",
		"sts": "states", "republique": "republic", "republica": "republic", "democratique": "democratic", "democratica": "democratic",
	}
	smallWords = map[string]bool{"of": true, "the": true, "and": true, "de": true, "du": true, "des": true, "d": true, "la": true, "le": true, "les": true, "et": true, "del": true, "y": true}
)

// looseName is the folded name of a country without small words, and with those
// that are written short in full.
func looseName(folded string) string {
	var out []string
	for w := range strings.FieldsSeq(folded) {
		if long, is := longWords[w]; is {
			w = long
		}
		if !smallWords[w] {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

var (
	republic = regexp.MustCompile(`^(?:republic(?: of)?(?: the)?|republique d(?:[eu]s?|e la)|republica (?:de la|de|del)|республика|جمهوريه|الجمهوريه) `)
	// severalOf are names of more than one country but for what stands before.
	severalOf = map[string]bool{"china": true, "chine": true, "korea": true, "coree": true, "corea": true, "كوريا": true, "الصين": true, "корея": true, "китаи": true}
)

// withoutRepublic is a folded name without the words for a republic at its
// beginning, where one country alone can be meant.
func withoutRepublic(folded string) string {
	rest := republic.ReplaceAllString(folded, "")
	if severalOf[rest] {
		return folded
	}
	return bareName(rest)
}

// bareName is a folded name without the article at its beginning.
func bareName(folded string) string {
	if rest, ok := strings.CutPrefix(folded, "ال"); ok && len(rest) > 4 {
		return rest
	}
	return article.ReplaceAllString(folded, "")
}

// Find is the code of a dimension that name stands for: the code itself, a label
// or synonym in any language, for countries also ISO 3166-1 alpha-3 and numeric
// codes, for languages ISO 639 codes of three letters. Case, accents, Arabic
// spelling, punctuation, articles and the order in "Korea, Republic of" do not
// matter; but codes and abbreviations of countries need their capitals. A name
// that two terms share finds neither.
func (t *Taxonomy) Find(dimension, name string) (code string, ok bool) {
	name = strings.TrimSpace(name)
	if t.Has(dimension, name) {
		return name, true
	}
	if name == "" || len(name) > MaxTitle {
		return "", false
	}
	if code, ok := t.findCode(dimension, name); ok {
		return code, true
	}
	for _, spelling := range spellings(name) {
		folded := Fold(spelling)
		forms := []string{folded, bareName(folded), withoutRepublic(folded), strings.ReplaceAll(folded, " ", "-")}
		if dimension == "country" {
			if abbreviation.MatchString(folded) && strings.ToLower(name[1:]) == name[1:] {
				return "", false
			}
			loose := looseName(folded)
			forms = append(forms, loose, withoutRepublic(loose))
		}
		for _, form := range forms {
			if code := t.names()[dimension][form]; code != "" {
				return code, true
			}
			if t.Has(dimension, form) {
				return form, true
			}
		}
	}
	return "", false
}

// abbreviation is a folded name that is a word as well if it has no capitals:
// can, car, per, to.
var abbreviation = regexp.MustCompile(`^[a-z]{1,3}$`)

// bibliographic are the codes of libraries (ISO 639-2/B) that are not those of
// ISO 639-3.
var bibliographic = map[string]string{
	"alb": "sq", "arm": "hy", "baq": "eu", "bur": "my", "chi": "zh", "cze": "cs", "dut": "nl", "fre": "fr", "geo": "ka", "ger": "de",
	"gre": "el", "ice": "is", "mac": "mk", "mao": "mi", "may": "ms", "per": "fa", "rum": "ro", "slo": "sk", "tib": "bo", "wel": "cy",
}

// findCode finds the codes of other standards than the dimension's own.
func (t *Taxonomy) findCode(dimension, name string) (string, bool) {
	code := ""
	switch dimension {
	case "country":
		if code = name; code != strings.ToUpper(code) {
			return "", false
		}
		region, err := language.ParseRegion(code)
		if err != nil {
			return "", false
		}
		code = region.Canonicalize().String()
	case "language":
		code = strings.ToLower(name)
		if b, ok := bibliographic[code]; ok {
			code = b
		}
		base, err := language.ParseBase(code)
		if err != nil {
			return "", false
		}
		code = base.String()
	}
	return code, code != "" && t.Has(dimension, code)
}
