// Package catalog is the domain of the Clearinghouse: records of initiatives,
// the vocabulary that describes them, and the questions one can ask of them.
// It knows no disk, no network and no engine; every other package imports it
// and none of them imports another.
package catalog

import "golang.org/x/text/language"

// Languages are the six official languages of the United Nations, in which
// labels, names and the user interface are complete, in the UN's own order
// (that of their English names). A record's text may carry any other BCP 47
// language besides.
var Languages = []string{"ar", "zh", "en", "fr", "ru", "es"}

// DefaultLanguage is what a reader gets who names none.
const DefaultLanguage = "en"

// IsLanguage reports whether code is one of Languages.
func IsLanguage(code string) bool {
	for _, l := range Languages {
		if l == code {
			return true
		}
	}
	return false
}

// Direction is the writing direction of a BCP 47 language, "rtl" or "ltr", as
// the HTML attribute dir wants it. It is that of the script that the tag names
// or that the language is usually written in.
func Direction(tag string) string {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa":
		return "rtl"
	}
	return "ltr"
}
