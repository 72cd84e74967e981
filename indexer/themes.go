package indexer

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
)

// How themes and fields follow from the signs in a text: a sign
// counts its weight times that of the places where it stands, and a code is given
// if its signs add up to enough, alone and beside the strongest code. A theme
// needs a sign too that is sure by itself, or two different ones: one weak sign
// stands in texts of all kinds.
const (
	enoughForTheme = 1.5
	enoughUnsure   = 3 // for a theme without a sign that is sure by itself
	enoughForField = 1.5
	besideTheme    = 0.4 // share of the strongest theme's sum
	besideField    = 0.3
	sureWeight     = 1.5
	nearWords      = 20 // words between two signs that stand near each other
)

// places are the parts of a record that are read, with their weights and the
// words for them in a reason.
var places = []struct {
	part, name string
	weight     float64
}{
	{"title", "the title", 3},
	{"summary", "the summary", 2},
	{"practice.approach", "the approach", 1},
	{"practice.problem", "the problem", 1},
	{"body", "the body", 1},
}

// maxRead is how many bytes of a text are looked through for signs.
const maxRead = 20_000

// rule is one of a source file's own: records that have one of the words get
// the codes.
type rule struct {
	Words  []string `yaml:"words"`
	Themes []string `yaml:"themes"`
	Fields []string `yaml:"fields"`
}

// themer gives themes and fields to records by what their texts say. It is not
// changed once it is made.
type themer struct {
	signs   []catalog.Sign
	own     int // index of the first sign that is a rule of a source's own
	pairs   []pair
	phrases phrases
	shared  phrases // those of the vocabulary, where the source has rules beside them
}

// pair are two signs that are a third where they stand near each other.
type pair struct{ sign, a, b int }

// phrases are names of signs by language, "" for others than the six, and
// first stem.
type phrases map[string]map[string][]phrase

// phrase is a name of a sign as stems.
type phrase struct {
	stems []string
	sign  int
	not   bool // it stands for something else
}

// newThemer reads the signs of the vocabulary.
func newThemer(t *catalog.Taxonomy) *themer {
	out := &themer{signs: t.Signs(), own: len(t.Signs()), phrases: phrases{}}
	byID := map[string]int{}
	for i, c := range out.signs {
		byID[c.ID] = i
		for _, l := range catalog.Languages {
			for _, name := range c.Names(l) {
				out.add(l, name, i, false)
			}
			for _, name := range c.Not[l] {
				out.add(l, name, i, true)
			}
		}
	}
	for i, c := range out.signs {
		for _, p := range c.Near {
			out.pairs = append(out.pairs, pair{i, byID[p[0]], byID[p[1]]})
		}
	}
	return out
}

// with is t with a source's own rules, whose words are of any language; nil has
// only these.
func (t *themer) with(rules []rule) *themer {
	out := &themer{phrases: phrases{}}
	if t != nil {
		out.signs, out.own, out.pairs, out.shared = slices.Clone(t.signs), t.own, t.pairs, t.phrases
	}
	for _, r := range rules {
		for _, l := range append([]string{""}, catalog.Languages...) {
			for _, name := range r.Words {
				out.add(l, name, len(out.signs), false)
			}
		}
		out.signs = append(out.signs, catalog.Sign{Themes: r.Themes, Fields: r.Fields})
	}
	return out
}

func (t *themer) add(language, name string, sign int, not bool) {
	var stems []string
	for _, w := range words(language, name) {
		stems = append(stems, w.stems[0])
	}
	if len(stems) == 0 {
		return
	}
	if t.phrases[language] == nil {
		t.phrases[language] = map[string][]phrase{}
	}
	t.phrases[language][stems[0]] = append(t.phrases[language][stems[0]], phrase{stems, sign, not})
}

// hit is a sign in a text.
type hit struct {
	sign        int
	first, last int // words
	sentence    int
	text        string
}

// find lists the signs in a text, in its order.
func (t *themer) find(language, text string) []hit {
	list := words(language, text)
	shared, own := t.shared[language], t.phrases[language]
	var hits, nots []hit
	for i, w := range list {
		for _, stem := range w.stems {
			for _, known := range [][]phrase{shared[stem], own[stem]} {
				for _, p := range known {
					if !matches(p.stems, list[i:]) {
						continue
					}
					last := i + len(p.stems) - 1
					h := hit{p.sign, i, last, w.sentence, text[w.start:list[last].end]}
					if p.not {
						nots = append(nots, h)
					} else {
						hits = append(hits, h)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(hits, func(h hit) bool {
		return slices.ContainsFunc(nots, func(n hit) bool {
			return n.sign == h.sign && n.first <= h.first && h.last <= n.last
		})
	})
}

func matches(stems []string, list []word) bool {
	if len(list) < len(stems) {
		return false
	}
	for i, s := range stems {
		if list[i].clause != list[0].clause || !slices.Contains(list[i].stems, s) {
			return false
		}
	}
	return true
}

// mention says how strongly a record has a sign, and where most so.
type mention struct {
	weight, best float64
	why          string
}

// mentions are the signs that a record has: each place counts
// once.
func (t *themer) mentions(r *catalog.Record) map[int]mention {
	out := map[int]mention{}
	for _, place := range places {
		seen := map[int]bool{}
		better := func(sign int, weight float64, why string) {
			if seen[sign] {
				return
			}
			seen[sign] = true
			s := out[sign]
			s.weight += weight
			if weight > s.best {
				s.best, s.why = weight, why
			}
			out[sign] = s
		}
		texts := r.Part(place.part)
		for _, l := range texts.Languages() {
			base, _, _ := strings.Cut(l, "-")
			if !catalog.IsLanguage(base) {
				base = "" // only a source's own rules have words for it
			}
			hits := t.find(base, headOf(texts[l], maxRead))
			at := map[int][]hit{}
			for _, h := range hits {
				at[h.sign] = append(at[h.sign], h)
				better(h.sign, place.weight, "“"+h.text+"” in "+place.name)
			}
			for _, p := range t.pairs {
				if a, b, ok := near(at[p.a], at[p.b]); ok {
					better(p.sign, place.weight, "“"+a.text+"” and “"+b.text+"” in "+place.name)
				}
			}
		}
	}
	return out
}

// headOf is the beginning of a text of at most n bytes, in whole characters.
func headOf(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// near finds two hits in one sentence that do not overlap.
func near(as, bs []hit) (a, b hit, ok bool) {
	j := 0
	for _, a := range as {
		for j < len(bs) && bs[j].last < a.first-nearWords-1 {
			j++
		}
		for _, b := range bs[j:] {
			if b.first > a.last+nearWords+1 {
				break
			}
			if a.sentence == b.sentence && (a.last < b.first || b.last < a.first) {
				return a, b, true
			}
		}
	}
	return a, b, false
}

// assign gives a record without themes, or without fields, those that its texts
// name, each with the reason.
func (t *themer) assign(r *catalog.Record) {
	if len(r.Themes) > 0 && len(r.Fields) > 0 {
		return
	}
	mentions := t.mentions(r)
	given := func(codes []string, of func(catalog.Sign) []string, enough, beside float64, sure bool) []string {
		if len(codes) > 0 {
			return codes
		}
		for _, a := range t.sum(mentions, of, enough, beside, sure) {
			codes = append(codes, a.Code)
			r.Assigned = append(r.Assigned, a)
		}
		return codes
	}
	r.Themes = given(r.Themes, func(c catalog.Sign) []string { return c.Themes }, enoughForTheme, besideTheme, true)
	r.Fields = given(r.Fields, func(c catalog.Sign) []string { return c.Fields }, enoughForField, besideField, false)
}

// sum adds up the signs of each code and returns the codes with enough, the
// strongest first; with sure only those that have a sure sign or two.
func (t *themer) sum(mentions map[int]mention, of func(catalog.Sign) []string, enough, beside float64, sure bool) []catalog.Assigned {
	type total struct {
		code, why string
		sum, best float64
		reasons   map[string]bool // of signs; the same words count once
		sure      bool
	}
	var totals []*total
	byCode := map[string]*total{}
	for i, c := range t.signs {
		s, ok := mentions[i]
		if !ok {
			continue
		}
		weight := cmp.Or(c.Weight, 1) * s.weight
		if i >= t.own {
			weight = 100 // the operator's word
		}
		for _, code := range of(c) {
			if byCode[code] == nil {
				byCode[code] = &total{code: code, reasons: map[string]bool{}}
				totals = append(totals, byCode[code])
			}
			at := byCode[code]
			at.sum += min(weight, 100)
			at.reasons[s.why] = true
			at.sure = at.sure || cmp.Or(c.Weight, 1) >= sureWeight
			if weight > at.best {
				at.best, at.why = weight, s.why
			}
		}
	}
	slices.SortStableFunc(totals, func(a, b *total) int { return cmp.Compare(b.sum, a.sum) })
	if sure {
		totals = slices.DeleteFunc(totals, func(t *total) bool { return t.best < 100 && !t.sure && (len(t.reasons) < 2 || t.sum < enoughUnsure) })
	}
	var out []catalog.Assigned
	strongest := 0.0
	for _, at := range totals {
		if at.best < 100 {
			strongest = max(strongest, at.sum)
		}
	}
	for _, at := range totals {
		if at.best >= 100 || at.sum >= enough && at.sum >= beside*strongest {
			out = append(out, catalog.Assigned{Code: at.code, Why: at.why})
		}
	}
	return out
}

// word is a word of a text, or a character of Chinese.
type word struct {
	stems      []string // the forms under which it is known; the first is that of a name
	start, end int      // bytes
	sentence   int
	clause     int // what commas, brackets and the like part, in all the text
}

// remembered are the stems of the words of one language, by the word as it stands
// in texts: they have the same words again and again.
type remembered map[string][]string

const (
	maxRemembered = 50_000 // words of a language; then all are forgotten
	longestWord   = 64     // bytes of a word that is remembered
)

func (r remembered) stems(language, w string) []string {
	forms, is := r[w]
	if !is {
		if forms = stems(language, w); len(w) <= longestWord {
			r[strings.Clone(w)] = forms
		}
	}
	return forms
}

// memory holds maps of what is remembered by language; each is used by one
// goroutine at a time.
var memory = sync.Pool{New: func() any { return map[string]remembered{} }}

// words splits a text, Chinese into characters.
func words(language, text string) []word {
	known := memory.Get().(map[string]remembered)
	defer memory.Put(known)
	if len(known[language]) == 0 || len(known[language]) > maxRemembered {
		known[language] = remembered{}
	}
	of := known[language]
	out := make([]word, 0, len(text)/6)
	sentence, clause, start := 0, 0, -1
	end := func(at int) {
		if start < 0 {
			return
		}
		if forms := of.stems(language, text[start:at]); forms != nil {
			out = append(out, word{forms, start, at, sentence, clause})
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case r < 0x80:
			switch {
			case isWordByte(byte(r)):
				if start < 0 {
					start = i
				}
			default:
				end(i)
				if strings.IndexByte(".!?;\n", byte(r)) >= 0 {
					sentence++
					clause++
				} else if strings.IndexByte(",:()", byte(r)) >= 0 {
					clause++
				}
			}
		case unicode.Is(unicode.Han, r):
			end(i)
			out = append(out, word{[]string{string(r)}, i, i + utf8.RuneLen(r), sentence, clause})
		case unicode.In(r, unicode.L, unicode.N, unicode.M) || r == 'ـ':
			if start < 0 {
				start = i
			}
		default:
			end(i)
			if strings.ContainsRune("。！？；؟؛", r) {
				sentence++
				clause++
			} else if strings.ContainsRune("،、，：（）", r) {
				clause++
			}
		}
	}
	end(len(text))
	return out
}

// stems are the forms of a word in which inflected ones are equal.
func stems(language, w string) []string {
	w = strings.ToLower(w)
	switch language {
	case "en", "fr", "es", "ru":
		env := snowballstem.NewEnv(w)
		switch language {
		case "en":
			english.Stem(env)
		case "fr":
			french.Stem(env)
		case "es":
			spanish.Stem(env)
		case "ru":
			env.SetCurrent(strings.ReplaceAll(w, "ё", "е"))
			russian.Stem(env)
		}
		w = env.Current()
	case "ar":
		return arabicStems(catalog.Fold(w))
	}
	if w = catalog.Fold(w); w == "" {
		return nil
	}
	return []string{w}
}

var (
	arabicPrefixes = []string{"وال", "فال", "بال", "كال", "ولل", "لل", "ال", "و"}
	arabicSuffixes = []string{"ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"}
)

// arabicStems takes a folded word's article, conjunction and endings off, as the
// light stemmer of Larkey, Ballesteros and Connell (light10) does; a word that
// begins with the preposition ب or ل is known without it too.
func arabicStems(w string) []string {
	if w == "" {
		return nil
	}
	letters := utf8.RuneCountInString
	article := false
	for _, p := range arabicPrefixes {
		if rest, ok := strings.CutPrefix(w, p); ok && letters(rest) >= 3 {
			w, article = rest, p != "و"
			break
		}
	}
	for _, s := range arabicSuffixes {
		if rest, ok := strings.CutSuffix(w, s); ok && letters(rest) >= 3 {
			w = rest
		}
	}
	out := []string{w}
	if !article {
		for _, p := range []string{"ب", "ل"} {
			if rest, ok := strings.CutPrefix(w, p); ok && letters(rest) >= 3 {
				out = append(out, rest)
			}
		}
	}
	return out
}
