package indexer

import (
	"cmp"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"golang.org/x/text/language"
)

// normaliser makes of a source's words what a record has: codes of names in any
// of the six languages, dates with their precision, texts under their language
// and without the contacts of persons, themes and fields by what texts say. It
// is not changed once it is made.
type normaliser struct {
	taxonomy *catalog.Taxonomy
	// whole is set for a format that delivers records as they are: of a record that
	// is valid nothing is changed, and what is no code is refused, not left out.
	whole    bool
	language string // of texts whose language the record does not say
	dates    order
	serials  bool           // a date may be the number of a day, as in spreadsheets
	contacts bool           // those of persons stay
	themes   func() *themer // nil: none are given; made when it is first needed
}

// newNormaliser is that of a source without a file of its own, such as a table
// that is imported.
func newNormaliser(t *catalog.Taxonomy) *normaliser {
	return &normaliser{taxonomy: t, serials: true, themes: themesOf(t)}
}

// themesOf makes the rules over the signs of the vocabulary when they are first
// needed.
func themesOf(t *catalog.Taxonomy) func() *themer {
	return sync.OnceValue(func() *themer { return newThemer(t) })
}

// wholeRecords are the formats that deliver records as they are to be: only the
// contacts of persons are taken out of them, and nothing is given to them unless
// their file says so.
var wholeRecords = map[string]bool{"jsonl": true}

// checkNormalising checks the keys of a source file that say how its words are
// read.
func (p *sourceParser) checkNormalising(s *Source, f sourceFile) error {
	n := &normaliser{taxonomy: p.taxonomy, whole: wholeRecords[s.Format], language: f.Language, dates: order(f.Dates), serials: s.Format == "table"}
	if n.contacts = p.builtIn; f.Contacts != nil {
		n.contacts = *f.Contacts
	}
	if f.Dates != "" && n.dates != dayFirst && n.dates != monthFirst {
		return p.problem(p.at("dates"), "dates %q must be dmy (12/03/2003 is in March) or mdy (it is in December)", f.Dates)
	}
	signs := !n.whole
	switch f.Themes {
	case "":
	case "rules", "none":
		signs = f.Themes == "rules"
	default:
		return p.problem(p.at("themes"), "themes %q must be rules (what texts say decides) or none", f.Themes)
	}
	for i, r := range f.Rules {
		place := strconv.Itoa(i)
		switch {
		case slices.ContainsFunc(r.Words, func(w string) bool { return len(words("", w)) == 0 }), len(r.Words) == 0:
			return p.problem(p.at("rules", place), "a rule needs words that a text has, as in words: [press card, بطاقة صحفية]")
		case len(r.Themes)+len(r.Fields) == 0:
			return p.problem(p.at("rules", place), "a rule needs themes or fields that it gives")
		}
		for _, of := range []struct {
			key, dimension string
			codes          []string
		}{{"themes", "theme", r.Themes}, {"fields", "field", r.Fields}} {
			for j, code := range of.codes {
				if !p.taxonomy.Has(of.dimension, code) {
					return p.problem(p.at("rules", place, of.key, strconv.Itoa(j)), "%s %q is not known; it may be %s",
						of.dimension, code, strings.Join(p.taxonomy.Codes(of.dimension), ", "))
				}
			}
		}
	}
	switch {
	case len(f.Rules) > 0:
		n.themes = sync.OnceValue(func() *themer {
			var base *themer
			if signs {
				base = p.themes()
			}
			return base.with(f.Rules)
		})
	case signs:
		n.themes = p.themes
	}
	s.normaliser = n
	return nil
}

// normalise changes the item's record and says in LeftOut what of it could not
// be taken over.
func (n *normaliser) normalise(item *format.Item) {
	w := &work{normaliser: n, item: item, Record: item.Record}
	w.codes()
	w.times()
	if !n.whole {
		w.values()
		w.texts()
	}
	if !n.contacts {
		w.persons()
	}
}

// assign gives themes and fields, when all that the source says is in the
// record.
func (n *normaliser) assign(r *catalog.Record) {
	if n.themes != nil {
		n.themes().assign(r)
	}
}

// work is one record being normalised.
type work struct {
	*normaliser
	*catalog.Record
	item *format.Item
}

// maxLeftOut is how many reasons are kept of one record.
const maxLeftOut = 20

func (w *work) leaveOut(path, code, message string, args ...any) {
	if len(w.item.LeftOut) >= maxLeftOut {
		return
	}
	w.item.LeftOut = append(w.item.LeftOut, catalog.Reason{Path: path, Code: code, Message: path + ": " + fmt.Sprintf(message, args...)})
}

// whatIs says what a word should have been.
var whatIs = map[string]string{
	"country": "is no country in any of the six languages", "region": "is no region of the United Nations (M49) in any of the six languages",
	"language": "is no language by its code or its name in any of the six languages",
}

func (w *work) unknown(path, dimension, value string) {
	what := whatIs[dimension]
	if what == "" {
		what = "is no " + strings.ReplaceAll(dimension, "_", " ") + " that the catalogue has (" + strings.Join(w.taxonomy.Codes(dimension), ", ") + ")"
	}
	w.leaveOut(path, "unknown_code", "%s %s: map it in the source file", format.Quoted(value), what)
}

// codes makes codes of names.
func (w *work) codes() {
	for _, one := range []struct {
		path, dimension string
		value           *string
	}{
		{"scope", "scope", &w.Scope}, {"status", "status", &w.Status}, {"evidence", "evidence", &w.Evidence}, {"alliance_role", "alliance_role", &w.AllianceRole},
	} {
		w.code(one.path, one.dimension, one.value)
	}
	if code, ok := w.taxonomy.Find("kind", w.Kind); ok {
		w.Kind = code
	}
	w.Fields = w.list("fields", "field", w.Fields)
	w.Themes = w.list("themes", "theme", w.Themes)
	w.Audiences = w.list("audiences", "audience", w.Audiences)
	w.Countries = w.list("countries", "country", w.Countries)
	w.Regions = w.list("regions", "region", w.Regions)
	for i := range w.Organizations {
		w.code("organizations.role", "role", &w.Organizations[i].Role)
	}
	var languages []string
	for _, value := range w.Languages {
		if code, ok := w.languageCode(value); ok {
			languages = append(languages, code)
		} else if w.whole {
			languages = append(languages, value)
		} else if strings.TrimSpace(value) != "" {
			w.unknown("languages", "language", value)
		}
	}
	w.Languages = languages
	for i := range w.Links {
		if code, ok := w.languageCode(w.Links[i].Language); ok || !w.whole {
			w.Links[i].Language = code
		}
	}
}

// code makes a code of a name, or leaves it out.
func (w *work) code(path, dimension string, value *string) {
	if *value == "" {
		return
	}
	code, ok := w.taxonomy.Find(dimension, *value)
	switch {
	case ok:
		*value = code
	case w.whole:
	default:
		w.unknown(path, dimension, *value)
		*value = ""
	}
}

// list makes codes of names; those that are none are left out.
func (w *work) list(path, dimension string, values []string) []string {
	var out []string
	for _, value := range values {
		code, ok := w.taxonomy.Find(dimension, value)
		switch {
		case ok:
			out = append(out, code)
		case w.whole:
			out = append(out, value)
		case strings.TrimSpace(value) != "":
			w.unknown(path, dimension, value)
		}
	}
	return out
}

// languageCode is the tag of a language by its tag, code or name. A whole record
// keeps the tags that it has.
func (w *work) languageCode(value string) (string, bool) {
	if _, err := language.Parse(value); w.whole && err == nil {
		return value, true
	}
	if tag, ok := format.Language(value); ok {
		return tag, true
	}
	return w.taxonomy.Find("language", value)
}

// times makes dates of what people and programs write.
func (w *work) times() {
	for _, d := range []struct {
		path  string
		value *string
		last  bool
	}{{"start", &w.Start, false}, {"end", &w.End, true}, {"deadline", &w.Deadline, true}} {
		w.date(d.path, d.value, d.last)
	}
	if w.whole {
		return
	}
	if n := min(len(w.Start), len(w.End)); n > 0 && w.End[:n] < w.Start[:n] {
		w.leaveOut("end", "end_before_start", "%s lies before the start, %s", w.End, w.Start)
		w.End = ""
	}
	if w.Cost != nil {
		w.date("cost.year", &w.Cost.Year, false)
	}
}

func (w *work) date(path string, value *string, last bool) {
	if strings.TrimSpace(*value) == "" && !w.whole {
		*value = ""
	}
	if *value == "" {
		return
	}
	date, ok := "", false
	if w.serials {
		date, ok = serialDate(*value)
	}
	if !ok {
		date, ok = parseDate(*value, w.dates, last)
	}
	switch {
	case ok && !w.whole && !plausible(date):
		w.leaveOut(path, "bad_date", "%s is no date from %s to %s: it is a missing one, or of another calendar", format.Quoted(*value), firstYear, lastYear)
		*value = ""
	case ok:
		*value = date
	case !w.whole:
		w.leaveOut(path, "bad_date", "%s is no date that can be read; in numbers it needs dates: dmy or mdy in the source file", format.Quoted(*value))
		*value = ""
	}
}

var (
	amount     = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,4})?$`)
	currency   = regexp.MustCompile(`^[A-Z]{3}$`)
	thousands  = regexp.MustCompile(`^\d{1,3}([ .,'’\x{a0}\x{202f}٬]\d{3})+$`)
	separators = strings.NewReplacer(" ", "", ".", "", ",", "", "'", "", "’", "", "\u00a0", "", "\u202f", "", "٬", "")
	currencies = map[string]string{"€": "EUR", "euro": "EUR", "euros": "EUR", "us$": "USD", "usd$": "USD", "us dollar": "USD", "us dollars": "USD", "£": "GBP", "¥": "CNY"}
)

// values leaves out single values that would have the whole record refused.
func (w *work) values() {
	if c := w.Cost; c != nil {
		c.Amount = asciiDigits(strings.TrimSpace(c.Amount))
		if thousands.MatchString(c.Amount) {
			c.Amount = separators.Replace(c.Amount)
		}
		c.Currency = strings.TrimSpace(c.Currency)
		if code, ok := currencies[strings.ToLower(c.Currency)]; ok {
			c.Currency = code
		}
		if c.Currency = strings.ToUpper(c.Currency); !amount.MatchString(c.Amount) || !currency.MatchString(c.Currency) {
			w.leaveOut("cost", "bad_cost", "%s is no amount with a currency by ISO 4217, as in 120000 EUR", format.Quoted(strings.TrimSpace(c.Amount+" "+c.Currency)))
			w.Cost = nil
		}
	}
	w.address("url", &w.URL)
	w.address("provenance.url", &w.Provenance.URL)
	for i := range w.Organizations {
		w.address("organizations.url", &w.Organizations[i].URL)
	}
	for i := range w.Links {
		w.address("links.url", &w.Links[i].URL)
	}
	w.Links = slices.DeleteFunc(w.Links, func(l catalog.Link) bool { return l.URL == "" })
	if c := w.Contact; c != nil {
		w.address("contact.url", &c.URL)
		c.Email = strings.TrimPrefix(strings.TrimSpace(c.Email), "mailto:")
		if _, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || strings.ContainsAny(c.Email, "<> ")) {
			w.leaveOut("contact.email", "bad_email", "%s is no e-mail address", format.Quoted(c.Email))
			c.Email = ""
		}
	}
}

// address gives a web address without a scheme the one that browsers would try,
// and leaves out what is none.
func (w *work) address(path string, value *string) {
	s := strings.TrimSpace(*value)
	if strings.HasPrefix(strings.ToLower(s), "www.") {
		s = "http://" + s
	}
	if s != "" && !catalog.IsWebAddress(s) {
		w.leaveOut(path, "bad_url", "%s is no address that begins with https:// or http://", format.Quoted(s))
		s = ""
	}
	*value = s
}

// unsaid reports the language tags of a text whose language is not said.
func unsaid(tag string) bool { return tag == "" || tag == "und" }

// texts puts texts whose language the record does not say under that of the
// source file, where that is said and written in their script, or else under the
// one that is detected, in all the record the same.
func (w *work) texts() {
	if code, ok := w.languageCode(w.Original); ok {
		w.rename(w.Original, code)
		w.Original = code
	}
	found := w.Original
	if unsaid(found) {
		var b strings.Builder
		for _, part := range catalog.TextParts {
			for _, tag := range []string{"", "und"} {
				b.WriteString(w.Part(part)[tag] + "\n")
			}
		}
		if found = w.language; found == "" || otherScript(b.String(), found) {
			found = cmp.Or(detect(b.String()), "und")
		}
	}
	for _, tag := range []string{"", "und"} {
		w.rename(tag, found)
	}
	if unsaid(w.Original) {
		w.Original = ""
		if w.Title[found] != "" {
			w.Original = found
		}
	}
}

// rename puts the texts under one tag under another; what is there already
// stays.
func (w *work) rename(from, to string) {
	if from == to {
		return
	}
	move := func(path string, t catalog.Text) {
		s, is := t[from]
		if !is {
			return
		}
		delete(t, from)
		if t[to] == "" {
			t[to] = s
		} else if s != t[to] && strings.TrimSpace(s) != "" {
			w.leaveOut(path, "language_twice", "%s is a second text in %q", format.Quoted(s), to)
		}
	}
	for _, part := range catalog.TextParts {
		move(part, w.Part(part))
	}
	for i := range w.Organizations {
		move("organizations.name", w.Organizations[i].Name)
	}
	for i := range w.Places {
		move("places.name", w.Places[i].Name)
	}
	for i := range w.Links {
		move("links.title", w.Links[i].Title)
	}
}

// persons takes the phone numbers and e-mail addresses of persons out.
func (w *work) persons() {
	var where []string
	strip := func(path, s string) string {
		out, taken := withoutPersons(s)
		for _, what := range taken {
			if entry := what + " in " + path; !slices.Contains(where, entry) {
				where = append(where, entry)
			}
		}
		return out
	}
	each := func(path string, t catalog.Text) {
		for tag, s := range t {
			t[tag] = strip(path, s)
		}
	}
	for _, part := range catalog.TextParts {
		each(part, w.Part(part))
	}
	// emptied strips a name and reports whether nothing else was in it.
	emptied := func(path string, name catalog.Text) bool {
		had := !name.Empty()
		each(path, name)
		return had && name.Empty()
	}
	organizations := len(w.Organizations)
	w.Organizations = slices.DeleteFunc(w.Organizations, func(o catalog.OrganizationRef) bool { return emptied("organizations.name", o.Name) })
	if len(w.Organizations) < organizations {
		w.leaveOut("organizations", "personal", "an organisation is left out that has only a person’s contact for a name")
	}
	places := len(w.Places)
	w.Places = slices.DeleteFunc(w.Places, func(p catalog.Place) bool { return emptied("places.name", p.Name) })
	if len(w.Places) < places {
		w.leaveOut("places", "personal", "a place is left out that has only a person’s contact for a name")
	}
	for i := range w.Links {
		each("links.title", w.Links[i].Title)
	}
	if w.Cost != nil {
		w.Cost.Per = strip("cost.per", w.Cost.Per)
	}
	if c := w.Contact; c != nil {
		c.Name = strip("contact.name", c.Name)
		if office := officeOf(c.Name, w.Organizations); office != c.Name {
			where = append(where, "a name in contact.name that is no office’s")
			c.Name = office
		}
		if email := c.Email; email != "" && !isOffice(email) {
			where = append(where, "an e-mail address in contact.email")
			c.Email = ""
		}
		if *c == (catalog.Contact{}) {
			w.Contact = nil
		}
	}
	if where != nil {
		slices.Sort(where)
		w.item.LeftOut = append(w.item.LeftOut, catalog.Reason{Path: "contact", Code: "personal", Message: "persons’ contacts are not kept: " +
			strings.Join(where, ", ") + "; with contacts: true in the source file they are"})
	}
}
