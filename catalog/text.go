package catalog

import (
	"slices"
	"sort"
	"strings"
)

// Text is plain text in several languages: BCP 47 tag -> text without markup.
type Text map[string]string

// Choose picks the text to show a reader: in the reader's language (or else a
// regional form of it, as en-GB), else in English, else in the language the record was written in, else in the first
// of Languages that has one, else in the first tag by name. It returns the text
// and its language, or two empty strings if there is no text at all.
func (t Text) Choose(reader, original string) (text, language string) {
	for _, wanted := range []string{reader, "en"} {
		if s := t[wanted]; s != "" {
			return s, wanted
		}
		for _, l := range t.Languages() {
			if base, _, regional := strings.Cut(l, "-"); regional && base == wanted && t[l] != "" {
				return t[l], l
			}
		}
	}
	if s := t[original]; s != "" {
		return s, original
	}
	for _, l := range t.Languages() {
		if s := t[l]; s != "" {
			return s, l
		}
	}
	return "", ""
}

// Languages are the tags of t: the six of Languages first, in their order,
// then the others by name.
func (t Text) Languages() []string {
	tags := make([]string, 0, len(t))
	for l := range t {
		tags = append(tags, l)
	}
	rank := func(l string) int {
		if i := slices.Index(Languages, l); i >= 0 {
			return i
		}
		return len(Languages)
	}
	sort.Slice(tags, func(i, j int) bool {
		a, b := rank(tags[i]), rank(tags[j])
		return a < b || a == b && tags[i] < tags[j]
	})
	return tags
}

// Empty reports whether t has no text in any language.
func (t Text) Empty() bool {
	for _, s := range t {
		if s != "" {
			return false
		}
	}
	return true
}
