package oaipmh

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// maxSummary is how long a description may be, in characters, to be the
// summary: the abstract of an article.
const maxSummary = 2000

// add puts a record into the page. Of two about the same one that is deleted in
// between the last counts, since a page has no order of the two.
func (r *repository) add(page *format.Result, raw *record) {
	refuse := func(path, code, message string) {
		page.Refused = append(page.Refused, format.Refuse(raw.ID, r.where(raw.ID), path, code, message))
	}
	switch {
	case raw.ID == "":
		refuse("id", "no_id", "the record has no identifier in its header")
	case raw.Deleted:
		page.Items = slices.DeleteFunc(page.Items, func(i format.Item) bool { return i.Record.ID == raw.ID })
		page.Withdrawn = append(page.Withdrawn, raw.ID)
	case raw.tooLong():
		refuse("", "too_long", "the record is larger than a record may be")
	case raw.Entity != "":
		refuse("", "entity", fmt.Sprintf("the record has the entity &%.40s;, which the answer defines itself and which is not read: tell the owner of the repository", raw.Entity))
	case !raw.Metadata:
		refuse("", "no_metadata", "the record has no metadata and is not said to be deleted")
	default:
		page.Withdrawn = slices.DeleteFunc(page.Withdrawn, func(id string) bool { return id == raw.ID })
		page.Items = append(page.Items, r.item(raw))
	}
}

// where is the address of the record at the repository, without what may be secret in
// that of the repository.
func (r *repository) where(id string) string {
	base := format.Public(r.base)
	if id == "" {
		return base
	}
	return address(base, "verb", "GetRecord", "metadataPrefix", r.section.Prefix, "identifier", id)
}

// item makes a record of the elements, as far as the source file does not say
// of what else.
func (r *repository) item(raw *record) format.Item {
	item := format.Item{Where: r.where(raw.ID)}
	for _, element := range slices.Sorted(maps.Keys(raw.Left)) {
		item.LeftOut = append(item.LeftOut, catalog.Reason{Path: element, Code: "too_many",
			Message: fmt.Sprintf("%s is there more than %d times: the rest is left out", element, catalog.MaxList)})
	}
	record := &catalog.Record{ID: raw.ID}
	item.Record = record
	usual := func(name string) []value {
		if _, mapped := r.section.Fields[name]; mapped {
			return nil
		}
		return raw.Values[usualElements[name]]
	}
	language, languages := r.languages(raw.Values["language"])
	if _, mapped := r.section.Fields["languages"]; !mapped {
		record.Languages = languages
	}
	r.setText(record, "title", language, usual("title"))
	r.setDescription(record, language, raw.Values["description"])
	for name, f := range r.section.Fields {
		if set := format.Fields[name]; set.Text != nil {
			r.setText(record, name, language, f.mapped(raw.Values[f.Element]))
		}
	}
	record.Original = original(record, language, raw.Values["title"])

	for _, publisher := range distinct(lines(usual("organizations.lead"))) {
		record.Organizations = append(record.Organizations, catalog.OrganizationRef{Name: catalog.Text{record.Original: publisher}, Role: "lead"})
	}
	for _, place := range lines(usual("countries")) {
		if !strings.ContainsFunc(place, unicode.IsDigit) { // else a time or a point
			record.Countries = append(record.Countries, place)
		}
	}
	record.Start = published(usual("start"))
	record.Provenance.Licence = licence(usual("provenance.licence"))
	if pages := addresses(usual("url")); len(pages) > 0 {
		record.URL = pages[0]
		for _, page := range distinct(pages)[1:] {
			record.Links = append(record.Links, catalog.Link{Rel: rel(page), URL: page})
		}
	}
	for _, page := range distinct(addresses(usual("links.report"))) {
		if rel(page) == "report" && !slices.ContainsFunc(record.Links, func(l catalog.Link) bool { return l.URL == page }) && page != record.URL {
			record.Links = append(record.Links, catalog.Link{Rel: "report", URL: page})
		}
	}

	for _, name := range format.FieldNames() {
		f, mapped := r.section.Fields[name]
		set := format.Fields[name]
		if !mapped || set.Text != nil {
			continue
		}
		found := f.mapped(raw.Values[f.Element])
		values := lines(found)
		if set.Address {
			values = addresses(found)
		}
		if err := set.Values(record, distinct(values)); err != nil {
			item.LeftOut = append(item.LeftOut, catalog.Reason{Path: name, Code: "bad_value", Message: err.Error()})
		}
	}
	if record.Kind == "" {
		record.Kind = "resource"
	}
	if record.URL == "" && record.Provenance.URL == "" && catalog.IsWebAddress(item.Where) {
		record.Provenance.URL = item.Where
	}
	format.AddTranslations(record)
	return item
}

// usualElements are what fields are made of where the source file does not say;
// persons who created or contributed stay out.
var usualElements = map[string]string{
	"title": "title", "organizations.lead": "publisher", "countries": "coverage", "start": "date", "url": "identifier",
	"links.report": "relation", "provenance.licence": "rights",
}

// mapped are the values that count, in the record's words.
func (f field) mapped(values []value) []value {
	if f.Map == nil {
		return values
	}
	var out []value
	for _, v := range values {
		if to, _ := f.Map.Get(plain(v.text)); to != "" {
			out = append(out, value{v.lang, to})
		}
	}
	return out
}

// languages are those of the resource, as tags or in the words of the record,
// and the one of texts that do not say: "" if it is not known.
func (r *repository) languages(values []value) (text string, all []string) {
	named := false
	for _, v := range lines(values) {
		tags, known := []string{}, true
		for _, part := range strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune(";,/ ", c) }) {
			tag, ok := format.Language(part)
			known = known && ok
			tags = append(tags, tag)
		}
		switch {
		case slices.Contains(unspecific, strings.ToLower(v)):
		case known:
			all = append(all, tags...)
		default:
			named, all = true, append(all, v)
		}
	}
	all = distinct(all)
	switch {
	case len(all) == 1 && !named:
		return all[0], all
	case len(all) == 0 || slices.Contains(all, r.language):
		return r.language, all
	}
	return "", all
}

// unspecific are the codes of ISO 639 that name no language.
var unspecific = []string{"mul", "und", "mis", "zxx"}

// tagOf is the language of a value, that of the record if it does not say.
func tagOf(v value, language string) string {
	if tag, ok := format.Language(v.lang); ok && !slices.Contains(unspecific, tag) {
		return tag
	}
	return language
}

// setText puts the values of a text field in, by their languages: the first for
// a line, else all as paragraphs.
func (r *repository) setText(record *catalog.Record, name, language string, values []value) {
	set := format.Fields[name]
	found := map[string][]string{}
	for _, v := range values {
		text, l := plain(v.text), tagOf(v, language)
		if set.Line {
			text = format.Line(text)
		}
		if text != "" && (!set.Line || len(found[l]) == 0) {
			found[l] = append(found[l], text)
		}
	}
	for l, texts := range found {
		set.Text(record, l, strings.Join(texts, "\n\n"))
	}
}

// setDescription makes the first description the summary if it is short enough,
// and what else there is the body, unless the source file says otherwise.
func (r *repository) setDescription(record *catalog.Record, language string, values []value) {
	_, summary := r.section.Fields["summary"]
	_, body := r.section.Fields["body"]
	first := map[string]bool{}
	var rest []value
	for _, v := range values {
		l := tagOf(v, language)
		if !summary && !first[l] && utf8.RuneCountInString(plain(v.text)) <= maxSummary {
			r.setText(record, "summary", language, []value{v})
		} else if !body {
			rest = append(rest, v)
		}
		first[l] = true
	}
	r.setText(record, "body", language, rest)
}

// original is the language that the record was written in: that of the
// resource if there is a title in it, else that of the first title.
func original(record *catalog.Record, language string, titles []value) string {
	if record.Title[language] != "" || len(record.Title) == 0 {
		return language
	}
	for _, v := range titles {
		if l := tagOf(v, language); record.Title[l] != "" {
			return l
		}
	}
	return record.Title.Languages()[0]
}

var blank = regexp.MustCompile(`\n[\t\r ]*\n`)

// plain is a text without markup, its paragraphs separated by a blank line;
// single line breaks are those of whoever wrote the XML.
func plain(s string) string {
	var out []string
	for _, paragraph := range blank.Split(format.PlainText(s), -1) {
		if paragraph = format.Line(paragraph); paragraph != "" {
			out = append(out, paragraph)
		}
	}
	return strings.Join(out, "\n\n")
}

// lines are values as lines.
func lines(values []value) []string {
	var out []string
	for _, v := range values {
		if line := format.Line(plain(v.text)); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func distinct(values []string) []string {
	var out []string
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

var (
	doi    = regexp.MustCompile(`^(?i:(?:info:|urn:)?doi[: /]\s*)?(10\.[0-9]{4,9}/\S+)$`)
	handle = regexp.MustCompile(`^(?i:(?:info:)?hdl[:/])\s*([0-9.]+/\S+)$`)
)

// addresses are the values that are web addresses, DOIs and handles as such.
func addresses(values []value) []string {
	var out []string
	for _, v := range values {
		address := strings.ReplaceAll(strings.TrimSpace(v.text), "&amp;", "&")
		if m := doi.FindStringSubmatch(address); m != nil {
			address = "https://doi.org/" + m[1]
		} else if m := handle.FindStringSubmatch(address); m != nil {
			address = "https://hdl.handle.net/" + m[1]
		}
		if catalog.IsWebAddress(address) {
			out = append(out, address)
		}
	}
	return out
}

// rel is what an address leads to, by its ending.
func rel(address string) string {
	u, err := url.Parse(address)
	if err == nil && slices.Contains([]string{".pdf", ".doc", ".docx", ".odt", ".epub", ".ppt", ".pptx"}, strings.ToLower(path.Ext(u.Path))) {
		return "report"
	}
	return "homepage"
}

var w3cdtf = regexp.MustCompile(`^([0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)(?:[T ].*)?$`)

// published is the date of publication: repositories also give the days on
// which a resource came in or was made available, which are later, so it is the
// earliest one. Without one in the form of W3CDTF it is what there is.
func published(values []value) string {
	out, other := "", ""
	for _, line := range lines(values) {
		if m := w3cdtf.FindStringSubmatch(line); m != nil && catalog.IsDate(m[1]) {
			if out == "" || m[1] < out {
				out = m[1]
			}
		} else if other == "" && !strings.HasPrefix(line, "info:") {
			other = line
		}
	}
	if out == "" {
		return other
	}
	return out
}

var (
	creativeCommons = regexp.MustCompile(`(?i)\bCC[- ]BY((?:[- ](?:NC|ND|SA))*)[- ]([1-4]\.[05])\b`)
	publicDomain    = regexp.MustCompile(`(?i)\bCC0\b`)
	licenceAddress  = regexp.MustCompile(`https?://(?:[a-z]+\.)?(?:creativecommons\.org|rightsstatements\.org|opendatacommons\.org)/[^\s<>"')]+`)
	// spdx are the identifiers of other licences that are used for texts and data.
	spdx = []string{"ODC-By-1.0", "ODbL-1.0", "PDDL-1.0", "GFDL-1.2-or-later", "GFDL-1.3-or-later", "etalab-2.0", "OGL-UK-3.0", "DL-DE-BY-2.0",
		"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "GPL-2.0-or-later", "GPL-3.0-or-later", "GPL-3.0-only", "MPL-2.0", "Unlicense"}
)

// licence is the first value that is, or names, a licence that is known: its
// address or SPDX identifier.
func licence(values []value) string {
	for _, v := range values {
		line := format.Line(plain(v.text))
		if address := strings.TrimRight(licenceAddress.FindString(v.text), ".,;"); address != "" && catalog.IsWebAddress(address) {
			return address
		}
		if m := creativeCommons.FindStringSubmatch(line); m != nil {
			return "CC-BY" + strings.ToUpper(strings.ReplaceAll(m[1], " ", "-")) + "-" + m[2]
		}
		if publicDomain.MatchString(line) {
			return "CC0-1.0"
		}
		if i := slices.IndexFunc(spdx, func(id string) bool { return strings.EqualFold(id, line) }); i >= 0 {
			return spdx[i]
		}
		if catalog.IsWebAddress(line) && strings.Contains(strings.ToLower(line), "licen") {
			return line
		}
	}
	return ""
}
