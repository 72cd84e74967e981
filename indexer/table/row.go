package table

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// item makes a record of a row, or says why it cannot be taken.
func (s *sheets) item(h *header, at row, where string) (format.Item, *catalog.Refusal) {
	r := &catalog.Record{Kind: s.kind}
	if at.wrong != "" {
		item := format.Item{Record: r, Where: where}
		return item, refusal(item, "", "bad_row", at.wrong)
	}
	a := &adapter{sheets: s, header: h, cells: at.cells, record: r}
	original := a.tag("original")
	r.Original = cmp.Or(original, s.language)
	other := a.tag(otherField)
	for _, b := range h.bound {
		if format.Fields[b.field].Text != nil && b.language == "" {
			a.text(b, r.Original)
		}
	}
	for _, b := range h.bound {
		switch {
		case format.Fields[b.field].Text == nil || b.language == "":
		case b.language == otherSuffix && other == "":
			a.leaveOut(b, "no_language", "the language is not named")
		case b.language == otherSuffix:
			a.text(b, other)
		default:
			a.text(b, b.language)
		}
	}
	if r.Title[r.Original] == "" {
		r.Original = ""
		for _, b := range h.bound {
			if b.field == "title" && r.Original == "" && r.Title[b.language] != "" {
				r.Original = b.language
			}
		}
		if r.Original == "" && other != "" && r.Title[other] != "" {
			r.Original = other
		}
	}
	for _, name := range format.FieldNames() {
		for _, b := range h.bound {
			if f := format.Fields[name]; b.field == name && f.Values != nil && name != "original" {
				a.values(b, f)
			}
		}
	}
	a.roles()
	format.AddTranslations(r)
	h.originsOf(r, at.cells)
	item := format.Item{Record: r, Where: where, LeftOut: a.leftOut}
	if r.Title.Empty() && h.coded { // as of an entry that has one in another language
		return item, refusal(item, "title", "no_title", "there is no title in the six languages, which are all that a table has: take this entry from the export as JSON Lines")
	}
	if r.Title.Empty() {
		return item, refusal(item, "title", "no_title", fmt.Sprintf("column %s: the cell is empty: give each row a title", a.heading("title")))
	}
	r.ID = s.id(h.id(at.cells), r)
	if h.coded {
		item.Keep = func(known *catalog.Record) { h.keep(r, known, original) }
	}
	return item, nil
}

// id is what the columns of the id say, "" if they say nothing.
func (h *header) id(cells []string) string {
	var parts []string
	for _, i := range h.ids {
		if s := format.Line(cell(cells, i)); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "-")
}

// id is the id of a row: what its columns say, else what its title in the
// original and its first organisation are, so that it does not change when rows
// are added before it. Of an import it is whole.
func (s *sheets) id(native string, r *catalog.Record) string {
	if native == "" {
		native = r.Title[r.Original]
		if len(r.Organizations) > 0 {
			native += "\n" + r.Organizations[0].Name[r.Original]
		}
	}
	if s.source == "" {
		return native
	}
	if _, _, whole := catalog.SplitID(native); whole {
		return native
	}
	return catalog.NewID(s.source, native)
}

// adapter fills one record from one row.
type adapter struct {
	*sheets
	header  *header
	cells   []string
	record  *catalog.Record
	leftOut []catalog.Reason
}

// heading names the column of a field.
func (a *adapter) heading(field string) string {
	for _, b := range a.header.bound {
		if b.field == field {
			return a.header.title(b.at[0])
		}
	}
	return format.Quoted(field)
}

func (a *adapter) leaveOut(b bound, code, message string) {
	for _, i := range b.at {
		if cell(a.cells, i) != "" {
			a.leftOut = append(a.leftOut, catalog.Reason{Path: b.field, Code: code, Message: fmt.Sprintf("column %s: %s", a.header.title(i), message)})
			return
		}
	}
}

// errorValues are what a workbook shows for a formula that went wrong.
var errorValues = []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}

// found are the cells of a field as plain text, without empty ones.
func (a *adapter) found(b bound) []string {
	var out []string
	for _, i := range b.at {
		if i >= len(a.cells) {
			break // as are those that follow
		}
		s := cell(a.cells, i)
		if a.header.coded { // it is as it was
			if a.header.guarded {
				s = unguarded(s)
			}
			if s != "" {
				out = append(out, s)
			}
			continue
		}
		if slices.Contains(errorValues, s) {
			a.leaveOut(b, "bad_value", fmt.Sprintf("the cell shows %s: correct its formula", s))
			continue
		}
		if s = format.PlainText(s); s == "" {
			continue
		}
		if strings.ContainsRune(s, '\ufffd') {
			a.leaveOut(b, "bad_encoding", "the cell has characters that could not be read: save the file as UTF-8, or name its encoding")
			s = strings.ReplaceAll(s, "\ufffd", "")
		}
		out = append(out, s)
	}
	return out
}

// text puts the text of a column in; what is there already stays.
func (a *adapter) text(b bound, language string) {
	f := format.Fields[b.field]
	found := a.found(b)
	if len(found) == 0 || a.record.Part(b.field)[language] != "" {
		return
	}
	text := strings.Join(found, "\n\n")
	if f.Line && (!a.header.coded || strings.ContainsAny(text, "\r\n")) {
		text = format.Line(found[0])
	}
	f.Text(a.record, language, text)
}

// several are the fields whose cells may hold several values.
var several = regexp.MustCompile(`^(fields|themes|countries|regions|audiences|languages|places|organizations.*|links\..*)$`)

// each are the values in the cells of a field, with the words that the section
// maps replaced.
func (a *adapter) each(b bound) []string {
	separators := cmp.Or(b.separator, a.section.Separator, ";؛；")
	address := format.Fields[b.field].Address
	var out []string
	add := func(v string) {
		if mapped, is := b.words.Get(v); is {
			v = mapped
		}
		if v = format.Line(v); v != "" {
			out = append(out, v)
		}
	}
	for _, s := range a.found(b) {
		if a.header.coded {
			if several.MatchString(b.field) {
				return parted(s)
			}
			return []string{s}
		}
		if !address && !several.MatchString(b.field) {
			add(s)
			continue
		}
		for line := range strings.SplitSeq(s, "\n") {
			if _, is := b.words.Get(line); is {
				add(line)
				continue
			}
			for _, v := range split(line, separators, address) {
				add(v)
			}
		}
	}
	return out
}

// split takes a line apart at any of the separators, addresses only where
// another one follows.
func split(line, separators string, addresses bool) []string {
	var out []string
	start := 0
	for i, r := range line {
		if !strings.ContainsRune(separators, r) {
			continue
		}
		next := i + utf8.RuneLen(r)
		if rest := strings.TrimSpace(line[next:]); !addresses || rest == "" || begins(rest) {
			out, start = append(out, line[start:i]), next
		}
	}
	return append(out, line[start:])
}

func begins(address string) bool {
	a := strings.ToLower(address[:min(len(address), len("https://"))])
	return strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://") || strings.HasPrefix(a, "www.")
}

// values puts the values of a column in.
func (a *adapter) values(b bound, f format.Field) {
	values := a.each(b)
	if f.Address {
		good := values[:0]
		for _, v := range values {
			if strings.HasPrefix(strings.ToLower(v), "www.") {
				v = "https://" + v
			}
			if v == "" && a.header.coded { // of an organisation that has none
				good = append(good, v)
				continue
			}
			if !catalog.IsWebAddress(v) {
				a.leaveOut(b, "bad_url", format.Quoted(v)+" is no address of a page: write it as in https://example.org")
				continue
			}
			good = append(good, v)
		}
		values = good
	}
	if _, mapped := b.words.Get("NA"); b.field == "countries" && len(values) == 1 && values[0] == "NA" && !mapped && !a.header.coded {
		a.leaveOut(b, "unclear", "“NA” alone says as often that nothing is known as Namibia: write Namibia, or map NA in the source file")
		return
	}
	if len(values) == 0 {
		return
	}
	if len(values) > 1 && !several.MatchString(b.field) {
		a.leaveOut(b, "too_many", "only the first of the values is taken, "+format.Quoted(values[0]))
	}
	if err := f.Values(a.record, values); err != nil {
		a.leaveOut(b, "bad_value", err.Error())
	}
}

// roles gives the organisations that are named without one the role that a
// column says, the template's without that are the lead.
func (a *adapter) roles() {
	var roles []string
	if a.template && !a.header.coded {
		roles = []string{"lead"}
	}
	for _, b := range a.header.bound {
		if b.field == roleField {
			if said := a.each(b); len(said) > 0 {
				roles = said
			}
		}
	}
	for i := range a.record.Organizations {
		if o := &a.record.Organizations[i]; o.Role == "" && len(roles) > 0 {
			if o.Role = roles[0]; len(roles) > 1 {
				roles = roles[1:]
			}
		}
	}
}

// tag is the language that a column names, by its name or its tag.
func (a *adapter) tag(field string) string {
	for _, b := range a.header.bound {
		if b.field != field {
			continue
		}
		for _, v := range a.each(b) {
			name := v
			if code, ok := a.taxonomy.Find("language", v); ok {
				name = code
			}
			if tag, ok := format.Language(name); ok {
				return tag
			}
			a.leaveOut(b, "bad_language", format.Quoted(v)+" is no language: write its name or its code, as in ar")
		}
	}
	return ""
}
