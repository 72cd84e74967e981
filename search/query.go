package search

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
)

const (
	// readerBoost puts a match in the reader's language before an equal one.
	readerBoost = 1.1
	// fieldTie is the share that a word adds in a further field of a record.
	fieldTie = 0.3
	// prefixScore is the score of the beginning of a word, relative to the weight
	// of its field: less than that of any whole word.
	prefixScore = 0.01
)

// textNode matches the words of a text: all that are required or, if relaxed,
// any term of any of those. Without words nothing matches.
func textNode(words []word, reader string, relaxed bool) node {
	var required, optional, terms []node
	for _, w := range words {
		var forms []node
		for _, f := range w.forms {
			alternatives := formTerms(f, reader)
			forms = append(forms, allOf(alternatives...))
			if !w.optional {
				terms = append(terms, alternatives...)
			}
		}
		if n := anyOf(0, forms...); w.optional {
			optional = append(optional, n)
		} else {
			required = append(required, n)
		}
	}
	switch {
	case len(words) == 0:
		return nothing()
	case len(required) == 0:
		return anyOf(1, optional...)
	case relaxed:
		return anyOf(1, terms...)
	case len(optional) == 0:
		return allOf(required...)
	}
	return preferring(allOf(required...), anyOf(1, optional...))
}

// required are the words that a record must have; parts says whether they have
// more than one term, so that there is one to do without.
func required(words []word) (needed []word, parts bool) {
	for _, w := range words {
		if w.optional {
			continue
		}
		needed = append(needed, w)
		for _, f := range w.forms {
			parts = parts || len(f.terms) > 1
		}
	}
	return needed, parts || len(needed) > 1
}

// formTerms are the terms of a word in one language, each in any of the fields
// of that language.
func formTerms(f form, reader string) []node {
	boost := 1.0
	if f.language == reader {
		boost = readerBoost
	}
	var out []node
	for i, t := range f.terms {
		fields := inFields(f.language, func(field string, weight float64) node { return term(field, t, weight*boost) })
		if i == len(f.terms)-1 {
			fields = append(fields, beginnings(f, t)...)
		}
		out = append(out, anyOf(fieldTie, fields...))
	}
	if len(f.terms) == 0 {
		out = append(out, anyOf(fieldTie, beginnings(f, f.prefix)...))
	}
	return out
}

// beginnings are the fields with a term that begins as the unfinished word, as
// it was typed or as analysed.
func beginnings(f form, analysed string) []node {
	if utf8.RuneCountInString(f.prefix) < minPrefix {
		return nil
	}
	texts := []string{f.prefix, analysed}
	switch {
	case strings.HasPrefix(analysed, f.prefix): // the shorter one finds all that the longer does
		texts = texts[:1]
	case strings.HasPrefix(f.prefix, analysed):
		texts = texts[1:]
	}
	var out []node
	for _, text := range texts {
		out = append(out, inFields(f.language, func(field string, weight float64) node { return prefix(field, text, weight*prefixScore) })...)
	}
	return out
}

func inFields(language string, n func(field string, weight float64) node) []node {
	var out []node
	for _, f := range textFields {
		out = append(out, n(f.name+"."+language, f.weight))
	}
	if language == otherLanguage {
		out = append(out, n(organizationsField, organizationsWeight))
	}
	return out
}

// filtered narrows what text matches by the filters and years of q. Filters
// have no part in the score.
func filtered(text node, q catalog.Query) node {
	all := []node{text}
	var none []node
	for _, f := range q.Filters {
		values := make([]node, len(f.Values))
		for i, v := range f.Values {
			values[i] = term(facetField(f.Facet), v, 1)
		}
		switch {
		case len(values) == 0:
		case f.Not:
			none = append(none, values...)
		default:
			all = append(all, filter(anyOf(0, values...)))
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
		all = append(all, between(facetField("year"), from, to))
	}
	if len(none) == 0 {
		return allOf(all...)
	}
	return without(allOf(all...), anyOf(0, none...))
}
