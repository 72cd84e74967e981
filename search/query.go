package search

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// The weights of what makes a score, found by measurement (docs/search.md). That of a
// field is in textFields.
const (
	// enough is how many records must be found before nothing is relaxed any more.
	enough = 10
	// maxNeeded is how many words, or pairs of characters, are asked for; more are only
	// wished for.
	maxNeeded = 60
	// stemShare is what a word counts by its stem, exactShare what it adds where it stands
	// as it was typed. Both are evenShare in English, where words have few forms and often
	// the stem of another word.
	stemShare  = 1.0
	exactShare = 0.5
	evenShare  = 0.8
	// characterShare is what a single character of a text without spaces adds.
	characterShare = 0.2
	// prefixShare is the score of the beginning of a word, less than that of any whole
	// word.
	prefixShare = 0.01
	// fieldTie is the share that a word adds in a further field of a record.
	fieldTie = 0.2
	// readerBoost puts a match in the reader's language before an equal one.
	readerBoost = 1.1
	// coordination is the power of the share of the words asked for that a record has, by
	// which its score is multiplied.
	coordination = 0.5
	// allWords is what the score is multiplied by where a record has all words and others
	// are found that have not: it goes before them.
	allWords = 10.0
	// organizationShare is what the score of an organisation's record is multiplied by:
	// at equal merit what it does comes first.
	organizationShare = 0.8
	// nameTitle and nameSummary are the scores of the name of a concept in a field, and
	// conceptCode of its code, times its rarity; those of narrower concepts have a share.
	nameTitle    = 0.4
	nameSummary  = 0.25
	conceptCode  = 0.15
	narrowerPart = 0.6
	// nameApart is how many other words may stand between those of a name.
	nameApart = 10
	// repeatedApart is it for a name with a part twice.
	repeatedApart = 2
)

type conceptField struct {
	name  string
	score float64
}

// conceptFields are the fields in which a record names what it is about. What is
// mentioned in the body is found by its words.
var conceptFields = []conceptField{{"title", nameTitle}, {"summary", nameSummary}}

// needed is what a text must have: a word, or the concept that it names with others.
type needed struct {
	node
	place
}

// asked is what a text asks for.
type asked struct {
	needed []needed        // a word each, or two characters of one
	wished []node          // what counts if it is there: little more than grammar
	strict []node          // phrases, and what must stand in a certain field: never done without
	not    []node          // what must not be there
	more   *roaring.Bitmap // what has more of the needed than are required, if not all are
}

// ask makes the nodes of the words of a query and the concepts that they name. What
// has a concept has all the words that name it.
func (v *vocabulary) ask(words []word, concepts []understood, rarity []float64, reader string) (a asked) {
	nodes := make([]node, len(concepts)) // the share of each word
	for i, u := range concepts {
		nodes[i] = v.node(u.concept, reader, rarity[i], len(u.units))
	}
	for i, w := range words {
		need := func(n node, token int) {
			if c := named(concepts, place{i, token}); c >= 0 {
				n = anyOf(fieldTie, n, nodes[c])
			}
			if len(a.needed) == maxNeeded {
				a.wished = append(a.wished, n)
				return
			}
			a.needed = append(a.needed, needed{n, place{i, token}})
		}
		f, unparted := unparted(w)
		switch {
		case w.not:
			a.not = append(a.not, w.node(reader))
		case w.phrase || w.field != "":
			a.strict = append(a.strict, w.node(reader))
		case w.optional:
			a.wished = append(a.wished, w.node(reader))
		case unparted:
			type said struct {
				text    string
				concept int // that it helps to name
			}
			before := map[said]bool{} // said again it says no more, as a word does not
			for k, t := range f.tokens {
				pair, character := said{t.Stem, -1}, said{t.Exact, -1}
				if c := named(concepts, place{i, k}); c >= 0 {
					pair.concept = concepts[c].concept
				}
				if t.Stem != "" && !before[pair] {
					need(w.token(f, t, reader), k)
				}
				if !before[character] {
					a.wished = append(a.wished, w.character(f, t, reader))
				}
				before[pair], before[character] = true, true
			}
		default:
			need(w.node(reader), 0)
		}
	}
	return a
}

// named is which of the concepts a place helps to name, -1 if none.
func named(concepts []understood, p place) int {
	return slices.IndexFunc(concepts, func(u understood) bool { return slices.Contains(u.units, p) })
}

// unparted is the form of a word in a language that does not part words, if it has
// several characters: any two of them can be a word.
func unparted(w word) (form, bool) {
	for _, f := range w.forms {
		if f.language == "zh" && slices.ContainsFunc(f.tokens, func(t analyze.Token) bool { return t.StemEnd > t.End }) {
			return f, true
		}
	}
	return form{}, false
}

// boost is what a match of f is multiplied by.
func (f form) boost(reader string) float64 { return boost(f.language, reader) * f.share }

func boost(language, reader string) float64 {
	if language == reader {
		return readerBoost
	}
	return 1
}

// text matches what has at least least of the needed. Without words nothing matches.
func (a asked) text(least int) node {
	words := make([]node, len(a.needed))
	for i, n := range a.needed {
		words[i] = n.node
	}
	var n node
	switch {
	case len(a.needed) == 0 && len(a.strict) > 0:
		n = every(a.strict...)
	case len(a.needed)+len(a.wished) == 0 && len(a.not) > 0:
		n = everything{}
	case len(a.needed) == 0:
		n = anyOf(1, a.wished...)
	case least == len(a.needed):
		n = every(words...)
	default:
		n = someOf{of: words, least: least, tie: 1, coordination: coordination, more: a.more}
	}
	if len(a.needed) > 0 {
		n = every(append([]node{n}, a.strict...)...)
	}
	if len(a.wished) > 0 && len(a.needed)+len(a.strict) > 0 {
		n = preferring{n, anyOf(1, a.wished...)}
	}
	if len(a.not) > 0 {
		n = without{n, anyOf(0, a.not...)}
	}
	return n
}

// node matches a word in any of its languages, or a phrase.
func (w word) node(reader string) node {
	var forms []node
	for _, f := range w.forms {
		if w.phrase {
			var exact []string
			for _, t := range f.tokens {
				exact = append(exact, t.Exact)
			}
			forms = append(forms, anyOf(fieldTie, w.inFields(f.language, func(_, field string, weight float64) node {
				return phrase{field, exact, weight * f.boost(reader)}
			})...))
			continue
		}
		var tokens []node
		for i, t := range f.tokens {
			tokens = append(tokens, w.unfinishedToken(f, t, i == len(f.tokens)-1, reader))
		}
		n := every(tokens...)
		if f.joined != nil {
			n = anyOf(fieldTie, n, w.token(f, *f.joined, reader))
		}
		forms = append(forms, n)
	}
	return anyOf(0, forms...)
}

func (w word) unfinishedToken(f form, t analyze.Token, last bool, reader string) node {
	n := w.token(f, t, reader)
	if !last || utf8.RuneCountInString(f.prefix) < minPrefix {
		return n
	}
	begun := w.inFields(f.language, func(_, exact string, weight float64) node {
		return constant{beginning{exact, f.prefix}, weight * prefixShare, "the beginning of a word"}
	})
	return anyOf(fieldTie, append([]node{n}, begun...)...)
}

// token matches a token in any of the fields of its language, by its stem and, for a
// further score, as it was typed.
func (w word) token(f form, t analyze.Token, reader string) node {
	return anyOf(fieldTie, w.inFields(f.language, func(stem, exact string, weight float64) node {
		weight *= f.boost(reader)
		switch {
		case stem == "" || t.Stem == "":
			return term{exact, t.Exact, weight}
		case t.StemEnd > t.End: // a pair of characters
			return term{stem, t.Stem, weight}
		}
		stemmed, typed := stemShare, exactShare
		if f.language == "en" {
			stemmed, typed = evenShare, evenShare
		}
		return anyOf(1, term{stem, t.Stem, weight * stemmed}, term{exact, t.Exact, weight * typed})
	})...)
}

// character matches one character of a text without spaces.
func (w word) character(f form, t analyze.Token, reader string) node {
	return anyOf(fieldTie, w.inFields(f.language, func(_, exact string, weight float64) node {
		return term{exact, t.Exact, weight * f.boost(reader) * characterShare}
	})...)
}

// inFields calls n with the fields of a language, of stems and of exact words, in which
// w may stand. Names of organisations have no field of stems.
func (w word) inFields(language string, n func(stem, exact string, weight float64) node) []node {
	var out []node
	for _, f := range textFields {
		if w.field == "" || w.field == f.name {
			out = append(out, n(stemField(f.name, language), exactField(f.name, language), f.weight))
		}
	}
	if language == analyze.Other && (w.field == "" || w.field == "organizations") {
		out = append(out, n("", organizationsField, organizationsWeight))
	}
	return out
}

// practicesFirst is text with organisations after what they do.
func practicesFirst(text node) node {
	return lesser{text, term{facetField("kind"), "organization", 1}, organizationShare, "an organisation"}
}

// filtered narrows what text matches by the filters and years of q. Filters
// have no part in the score.
func filtered(text node, q catalog.Query) node {
	all := []node{text}
	var none []node
	for _, f := range q.Filters {
		values := make([]node, len(f.Values))
		for i, v := range f.Values {
			values[i] = term{facetField(f.Facet), v, 1}
		}
		switch {
		case len(values) == 0:
		case f.Not:
			none = append(none, values...)
		default:
			all = append(all, filter{anyOf(0, values...)})
		}
	}
	if q.YearFrom > 0 || q.YearTo > 0 {
		var from, to string // years have four digits, so that they are in order as text
		if q.YearFrom > 0 {
			from = fmt.Sprintf("%04d", q.YearFrom)
		}
		if q.YearTo > 0 {
			to = fmt.Sprintf("%04d", q.YearTo)
		}
		all = append(all, between{facetField("year"), from, to})
	}
	if len(none) == 0 {
		return every(all...)
	}
	return without{every(all...), anyOf(0, none...)}
}
