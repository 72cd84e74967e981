package jsonld

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// longSummary is the length, in characters, from which on a description alone
// is the body.
const longSummary = 1_000

// languages finds the language of texts that do not say: of a work its own, of
// other things that of the page.
func (a *adapter) languages() {
	var said []string
	for _, one := range a.all("inLanguage", "availableLanguage") {
		name := one.text
		if one.node != nil {
			name = one.node.first("alternateName", "name", "identifier")
		}
		if name = format.Line(name); name != "" && len(said) < 100 {
			said = append(said, name)
		}
	}
	a.record.Languages = said
	page, work := a.graph.page.LanguageOf(nil), ""
	if len(said) == 1 {
		work, _ = format.Language(said[0])
	}
	if a.record.Kind == "resource" {
		page, work = work, page
	}
	config, _ := format.Language(a.config.Language)
	a.language = cmp.Or(page, work, config)
}

// texts puts in title, summary and body.
func (a *adapter) texts() {
	r := a.record
	r.Title = a.text(true, a.all("name", "headline", "legalName", "alternateName"))
	r.Summary = a.text(false, a.all("abstract", "description", "disambiguatingDescription"))
	r.Body = a.text(false, a.all("articleBody", "text", "transcript"))
	if len(r.Body) == 0 && len(a.all("abstract")) > 0 {
		r.Body = a.text(false, a.all("description"))
	}
	for language, s := range r.Summary {
		if r.Body[language] == "" && utf8.RuneCountInString(s) > longSummary {
			format.Fields["body"].Text(r, language, s)
			delete(r.Summary, language)
			if first, _, more := strings.Cut(s, "\n\n"); more && utf8.RuneCountInString(first) <= longSummary {
				r.Summary[language] = first
			}
		}
	}
}

// text is a text in each language that it is given in.
func (a *adapter) text(line bool, values []value) catalog.Text {
	out := catalog.Text{}
	for _, one := range values {
		s := one.text
		if one.node != nil {
			s = one.node.first("name", "text", "@value")
		}
		if s = format.PlainText(s); line {
			s = format.Line(s)
		}
		language, ok := format.Language(strings.TrimSpace(one.language))
		if !ok {
			language = a.language
		}
		if s != "" && out[language] == "" && len(out) < 100 {
			out[language] = s
		}
	}
	return out
}

func (a *adapter) languageOf(v value) string {
	if l, ok := format.Language(v.language); ok {
		return l
	}
	return a.language
}

// original says which of the languages the others are translations of.
func (a *adapter) original() {
	r := a.record
	r.Original = a.language
	if len(r.Title) > 0 && r.Title[r.Original] == "" {
		r.Original = r.Title.Languages()[0]
	}
}
