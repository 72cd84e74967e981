package catalog

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ProposeFrom is the least Likeness with which two records are shown to an editor
// as a pair. testdata/likeness.golden has what it finds and misses of pairs that
// are known.
const ProposeFrom = 0.58

// What each sign adds to a likeness, of 1 in all; what is not known adds half.
const (
	titleWeight        = 0.70
	organizationWeight = 0.15
	placeWeight        = 0.08
	timeWeight         = 0.07
)

// The most that two records are alike of which one thing speaks against it.
const (
	otherNumbers = 0.45 // in the titles, as of years or rounds
	otherTime    = 0.45 // of events
	otherPlaces  = 0.55 // no country in common
)

// Likeness says how likely it is that two records are of the same thing, from 0
// to 1, by their titles, organisations, places and times, with what speaks for
// and against it. It is only good for asking a person.
func Likeness(a, b *Record) (score float64, reasons []string) {
	if a.Kind != b.Kind {
		return 0, []string{"they are of two kinds"}
	}
	say := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	organization, organizationKnown := organizationLikeness(a, b)
	var owners []word // words that tell less, since both are of the organisation that they name
	if organization > 0 {
		owners = append(nameWords(a), nameWords(b)...)
	}
	title, comparable := titleLikeness(a.Title, b.Title, owners)
	place, placeKnown := placeLikeness(a.Countries, b.Countries)
	when, timeKnown := timeLikeness(a, b)
	sign := func(weight, value float64, known bool) float64 {
		if !known {
			value = 0.5
		}
		return weight * value
	}
	rest := sign(organizationWeight, organization, organizationKnown) + sign(placeWeight, place, placeKnown) + sign(timeWeight, when, timeKnown)
	score = titleWeight*title + rest
	say("titles %d%% alike", int(math.Round(100*title)))
	if !comparable && organizationKnown && organization > 0 {
		// The titles are in two languages: what else is known must do.
		if other := 0.25 + 0.25*organization + 0.1*place + 0.2*when; other > score {
			score = other
			say("titles in two languages")
		}
	}
	switch {
	case organizationKnown && organization > 0:
		say("an organisation in common")
	case organizationKnown:
		say("other organisations")
	}
	switch {
	case placeKnown && place > 0:
		say("a country in common")
	case placeKnown:
		say("other countries")
		score = min(score, otherPlaces)
	}
	if timeKnown {
		say("begun in %s and %s", a.Start, b.Start)
		if when == 0 && a.Kind == "event" {
			score = min(score, otherTime)
		}
	}
	if page := commonPage(a, b); page != "" {
		say("both name %s", page)
		score = min(1, score+0.15)
	}
	if numbersDiffer(a.Title, b.Title) {
		say("other numbers in the titles")
		score = min(score, otherNumbers)
	}
	return math.Round(100*score) / 100, reasons
}

// titleLikeness is that of the two titles that are most alike. comparable is false
// if no language has both.
func titleLikeness(a, b Text, owners []word) (best float64, comparable bool) {
	for la, x := range a {
		for lb, y := range b {
			comparable = comparable || la == lb
			best = max(best, wordsLikeness(lessen(titleWords(x), owners), lessen(titleWords(y), owners)))
			best = max(best, acronymLikeness(x, y), acronymLikeness(y, x))
		}
	}
	return best, comparable
}

// nameWords are the words in the names of a record's organisations.
func nameWords(r *Record) []word {
	var out []word
	for _, o := range r.Organizations {
		for _, name := range o.Name {
			out = append(out, titleWords(name)...)
		}
	}
	return out
}

// lessen gives the words that are among others the weight of common ones.
func lessen(words, others []word) []word {
	for i, w := range words {
		if slices.ContainsFunc(others, func(o word) bool { return o.text == w.text }) {
			words[i].weight = min(w.weight, commonWeight)
		}
	}
	return words
}

// word is a word of a title, folded. Words that many titles have weigh less.
type word struct {
	text   string
	weight float64
}

// commonWords, folded, are grammar (weight 0) and what half of the titles in this
// field speak of (commonWeight).
var commonWords = func() map[string]float64 {
	out := map[string]float64{}
	for _, w := range strings.Fields(`the a an of and for in on to at by with from its la le les l de des du d et pour en au aux sur par el los las y e para por del al con
		в и на по для от с из к о der die das und fur im von zu في من على الى عن و`) {
		out[Fold(w)] = 0
	}
	for _, w := range strings.Fields(`programme program project projet proyecto programa initiative iniciativa forum foro forums network reseau red foundation fondation fundacion
		national nacional international internacional education educacion dialogue dialogo human rights droits derechos humains humanos school schools ecole ecoles escuela
		youth jeunes jovenes young media medias medios training formation formacion centre center centro council conseil consejo association institute institut instituto
		religious religieux religioso interfaith intercultural interculturel interreligious interreligieux peace paix paz literacy teaching teachers journalists journalism
		project programmes projects new community communities cultural cultures culture refugee refugees migrants migration integration curriculum course campaign prize award
		conference congress summit report study journalistes periodistas learning online
		проект программа форум центр совет образование диалог права человека права школа сеть фонд институт
		مشروع برنامج منتدى مركز مجلس التعليم حوار الحوار حقوق الانسان الشباب الاعلام مدرسه شبكه مؤسسه`) {
		out[Fold(w)] = commonWeight
	}
	return out
}()

const commonWeight = 0.4

// titleWords are the words of a title that are no grammar, and of Chinese text
// each two characters that follow one another.
func titleWords(title string) []word {
	var out []word
	add := func(text string) {
		w, common := commonWords[text]
		if !common {
			w = 1
			if bare, is := strings.CutPrefix(text, "ال"); is && utf8.RuneCountInString(bare) > 2 {
				text = bare
			}
		}
		if w > 0 && !slices.ContainsFunc(out, func(known word) bool { return known.text == text }) {
			out = append(out, word{text, w})
		}
	}
	for _, text := range strings.Fields(Fold(title)) {
		runes := []rune(text)
		if !slices.ContainsFunc(runes, isHan) {
			add(text)
			continue
		}
		for i := range max(1, len(runes)-1) {
			out = append(out, word{string(runes[i:min(i+2, len(runes))]), 0.5})
		}
	}
	return out
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// wordsLikeness is how much of both titles, and of the shorter one, the words in
// common are; less if each has words of its own.
func wordsLikeness(a, b []word) float64 {
	taken := make([]bool, len(b))
	common, allA, allB := 0.0, 0.0, 0.0
	for _, w := range b {
		allB += w.weight
	}
	for _, w := range a {
		allA += w.weight
		best, at := 0.0, -1
		for i, v := range b {
			if s := wordLikeness(w.text, v.text); !taken[i] && s > best {
				best, at = s, i
			}
		}
		if at >= 0 {
			taken[at] = true
			common += best * (w.weight + b[at].weight) / 2
		}
	}
	if common == 0 {
		return 0
	}
	out := 0.5*2*common/(allA+allB) + 0.5*common/min(allA, allB)
	if own := min(allA, allB) - common; own >= 0.7 {
		out *= 0.75
	}
	return min(out, 1)
}

// wordLikeness is 1 for equal words, less for those that differ in their endings
// or by a letter, and 0 for others.
func wordLikeness(a, b string) float64 {
	if a == b {
		return 1
	}
	x, y := []rune(a), []rune(b)
	if len(x) < 5 || len(y) < 5 || unicode.IsDigit(x[0]) {
		return 0
	}
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	ends := 0
	for ends < min(len(x), len(y))-same && x[len(x)-1-ends] == y[len(y)-1-ends] {
		ends++
	}
	switch longest := max(len(x), len(y)); {
	case same+ends >= longest-1 && longest >= 6:
		return 0.9
	case same >= 5 && 10*same >= 6*longest:
		return 0.8
	}
	return 0
}

// acronymLikeness is high if one title has an acronym of the other.
func acronymLikeness(a, b string) float64 {
	initials := ""
	for _, w := range strings.Fields(Fold(b)) {
		if weight, common := commonWords[w]; !common || weight > 0 {
			r, _ := utf8.DecodeRuneInString(w)
			initials += string(r)
		}
	}
	for _, w := range strings.FieldsFunc(a, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if n := utf8.RuneCountInString(w); n >= 3 && strings.ToUpper(w) == w && strings.ToLower(w) != w && Fold(w) == initials {
			return 0.85
		}
	}
	return 0
}

// organizationLikeness is 1 if the records have an organisation in common, less if
// the names are only alike. known is false if one names none.
func organizationLikeness(a, b *Record) (best float64, known bool) {
	for _, o := range a.Organizations {
		for _, p := range b.Organizations {
			known = true
			if o.same(p) || o.URL != "" && p.URL != "" && host(o.URL) == host(p.URL) {
				return 1, true
			}
			for _, x := range o.Name {
				for _, y := range p.Name {
					s := max(wordsLikeness(titleWords(x), titleWords(y)), acronymLikeness(x, y), acronymLikeness(y, x))
					if s >= 0.6 {
						best = max(best, s)
					}
				}
			}
		}
	}
	return best, known
}

func host(address string) string {
	key := PageKey(address)
	if i := strings.IndexAny(key, "/?#"); i >= 0 {
		key = key[:i]
	}
	return key
}

// placeLikeness is what part of the shorter list of countries is in the other.
func placeLikeness(a, b []string) (part float64, known bool) {
	if len(a) == 0 || len(b) == 0 {
		return 0, false
	}
	common := 0
	for _, c := range a {
		if slices.Contains(b, c) {
			common++
		}
	}
	return float64(common) / float64(min(len(a), len(b))), true
}

// timeLikeness is 1 if both began at the same time, as precisely as both say, 0.5 if
// in years that follow one another.
func timeLikeness(a, b *Record) (likeness float64, known bool) {
	if a.Start == "" || b.Start == "" {
		return 0, false
	}
	n := min(len(a.Start), len(b.Start))
	switch d := a.Year() - b.Year(); {
	case a.Start[:n] == b.Start[:n]:
		return 1, true
	case d >= -1 && d <= 1 && a.Kind != "event":
		return 0.5, true
	}
	return 0, true
}

// commonPage is a page that both records name.
func commonPage(a, b *Record) string {
	pages := map[string]bool{}
	for _, l := range a.Links {
		pages[PageKey(l.URL)] = true
	}
	pages[PageKey(a.URL)] = true
	for _, l := range append([]Link{{URL: b.URL}}, b.Links...) {
		if key := PageKey(l.URL); key != "" && pages[key] && strings.ContainsAny(key, "/?#") {
			return key
		}
	}
	return ""
}

// numbersDiffer reports whether each of two titles has a number that the other's
// titles have not in any language.
func numbersDiffer(a, b Text) bool {
	x, y := numbersIn(a), numbersIn(b)
	lacks := func(n string, in []string) bool { return !slices.Contains(in, n) }
	return slices.ContainsFunc(x, func(n string) bool { return lacks(n, y) }) && slices.ContainsFunc(y, func(n string) bool { return lacks(n, x) })
}

func numbersIn(t Text) []string {
	var out []string
	for _, title := range t {
		out = append(out, strings.FieldsFunc(Fold(title), func(r rune) bool { return r < '0' || r > '9' })...)
	}
	return out
}

// maxBlocks is how many blocks a record is put into.
const maxBlocks = 40

// Blocks are short texts of which two records have one in common if they can be
// alike at all: beginnings of the words in their titles, names of organisations
// and hosts of pages. None has a zero byte.
func (r *Record) Blocks() []string {
	var out []string
	add := func(what, text string) {
		if text != "" {
			out = append(out, r.Kind+" "+what+" "+text)
		}
	}
	add("host", host(r.URL))
	for _, o := range r.Organizations {
		add("host", host(o.URL))
		add("id", o.ID)
		for _, l := range o.Name.Languages() {
			add("name", firstRunes(Fold(o.Name[l]), 60))
		}
	}
	for _, l := range r.Title.Languages() {
		for _, w := range titleWords(r.Title[l]) {
			if w.weight != commonWeight {
				add("word", firstRunes(w.text, 6))
			}
		}
	}
	return sortedUnique(out[:min(len(out), maxBlocks)])
}

func firstRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
