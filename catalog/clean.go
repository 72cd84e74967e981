package catalog

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Clean brings r into the form in which it is stored, so that equal content has
// equal bytes: texts in Unicode NFC with LF line ends and trimmed, without the
// bidirectional embedding, override and isolate controls (direction is the
// page's business, by lang and dir) and with at most maxMarks marks on a
// character; codes without repetition; canonical language tags; regions derived
// from the countries; provenance.hash. What is empty, or shows nothing, is
// dropped.
func (r *Record) Clean(t *Taxonomy) {
	r.ID, r.Kind, r.Original = strings.TrimSpace(r.ID), strings.TrimSpace(r.Kind), cleanTag(r.Original)
	r.Title, r.Summary, r.Body = cleanText(r.Title), cleanText(r.Summary), cleanText(r.Body)
	for part, text := range r.Practice {
		if text = cleanText(text); text == nil {
			delete(r.Practice, part)
		} else {
			r.Practice[part] = text
		}
	}
	if r.Original == "" && len(r.Title) == 1 {
		r.Original = r.Title.Languages()[0]
	}
	translations := map[string]Translation{}
	for _, l := range canonicalFirst(r.Translations) {
		translations[freeTag(translations, l)] = r.Translations[l]
	}
	r.Translations = translations
	r.Fields, r.Themes, r.Audiences = cleanCodes(r.Fields), cleanCodes(r.Themes), cleanCodes(r.Audiences)
	for i, c := range r.Countries {
		r.Countries[i] = strings.ToUpper(c)
	}
	r.Countries = cleanCodes(r.Countries)
	for i, l := range r.Languages {
		r.Languages[i] = cleanTag(l)
	}
	r.Languages = cleanCodes(r.Languages)
	r.Regions = t.Subregions(r.Countries, r.Regions)
	for i := range r.Organizations {
		o := &r.Organizations[i]
		o.Name, o.URL = cleanText(o.Name), strings.TrimSpace(o.URL)
	}
	for i := range r.Places {
		r.Places[i].Name = cleanText(r.Places[i].Name)
	}
	for i := range r.Links {
		l := &r.Links[i]
		l.URL, l.Title, l.Language = strings.TrimSpace(l.URL), cleanText(l.Title), cleanTag(l.Language)
	}
	for i := range r.Criteria {
		r.Criteria[i].By = cleanString(r.Criteria[i].By)
	}
	for i := range r.Assigned {
		r.Assigned[i].Why = cleanString(r.Assigned[i].Why)
	}
	if r.Contact != nil {
		r.Contact.Name = cleanString(r.Contact.Name)
	}
	r.URL = strings.TrimSpace(r.URL)
	r.Provenance.Hash = r.ContentHash()
}

// cleanTag is the canonical form of a BCP 47 tag, or the tag itself if it is
// none: Validate then names it.
func cleanTag(tag string) string {
	if parsed, err := language.Parse(tag); err == nil && tag != "" {
		return parsed.String()
	}
	return tag
}

// canonicalFirst are the tags of m: those in canonical form, then the others,
// each sorted.
func canonicalFirst[M ~map[string]V, V any](m M) []string {
	tags := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(tags, func(a, b string) int {
		return cmp.Compare(map[bool]int{false: 1}[cleanTag(a) == a], map[bool]int{false: 1}[cleanTag(b) == b])
	})
	return tags
}

// freeTag is the canonical form of a tag, or the tag itself if that form is
// taken: Validate then names the two.
func freeTag[M ~map[string]V, V any](taken M, tag string) string {
	clean := cleanTag(tag)
	if _, is := taken[clean]; is {
		return tag
	}
	return clean
}

func cleanText(t Text) Text {
	if len(t) == 0 {
		return nil
	}
	out := make(Text, len(t))
	for _, l := range canonicalFirst(t) {
		if s := cleanString(t[l]); s != "" {
			out[freeTag(out, l)] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n")

// maxMarks is how many combining marks (Mn, Me) stay on a character; the rest
// would paint over the lines around it. The stream-safe format (UAX #15) allows
// 30, the check for suspicious identifiers (UTS #39, section 5.4) 4. Tibetan
// needs the most, eight: the stack U+0F67 0F90 0FB5 0FA8 0FB3 0FBA 0FBC 0FBB
// 0F82 of the Kalachakra.
const maxMarks = 8

func cleanString(s string) string {
	s = lineEnds.Replace(s)
	s = strings.Map(func(r rune) rune {
		if isBidiControl(r) || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	s = limitMarks(norm.NFC.String(s))
	if !strings.ContainsFunc(s, visible) {
		return ""
	}
	return strings.TrimSpace(s)
}

// limitMarks takes away what follows the first maxMarks marks of a character.
// Spacing marks (Mc), which need room of their own, do not count; what shows
// nothing begins no new character.
func limitMarks(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x300 && marks == 0: // below the first of the marks
		case unicode.In(r, unicode.Mn, unicode.Me):
			marks++
		case marks > 0 && !unicode.In(r, unicode.Mc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point):
			marks = 0
		}
		if marks > maxMarks {
			return -1
		}
		return r
	}, s)
}

// visible reports a character that shows by itself: a letter, number, symbol or
// punctuation mark, but for the fillers, the blank of Braille, the place of an
// object and the null notehead, which show nothing.
func visible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != '\u2800' && r != '\ufffc' && r != '\U0001d159'
}

// isBidiControl reports the embedding, override and isolate controls. The marks
// U+200E, U+200F and U+061C stay: they only settle neutral characters.
func isBidiControl(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

func cleanCodes(codes []string) []string {
	if len(codes) == 0 {
		return nil
	}
	out := make([]string, 0, len(codes))
	seen := make(map[string]bool, len(codes))
	for _, c := range codes {
		if c = strings.TrimSpace(c); c != "" && !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

func sortedUnique(values []string) []string {
	out := slices.Clone(values)
	sort.Strings(out)
	return slices.Compact(out)
}
