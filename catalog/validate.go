package catalog

import (
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Reason is one thing that is wrong with a record or missing from it, as data:
// where, a stable code that the user interface translates, and a sentence.
type Reason struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// The most that one record may hold. Characters are Unicode code points.
const (
	MaxTitle = 1_000   // characters of a title or a name
	MaxText  = 500_000 // characters of any other text
	MaxList  = 1_000   // entries of a list
	MaxURL   = 2_048   // bytes of an address
)

// Validate lists why r cannot be taken; none means that it can. It expects a
// record that was cleaned.
func (r *Record) Validate(t *Taxonomy) []Reason {
	v := validation{taxonomy: t}
	source, _, ok := SplitID(r.ID)
	switch {
	case !ok:
		v.add("id", "bad_id", "id %s must be source:native, as in starter:abraham-path (letters, digits and . _ ~ : - only)", quote(r.ID))
	case source != r.Provenance.Source:
		v.add("provenance.source", "bad_source", "provenance.source %s must be what stands before the colon of the id, %q", quote(r.Provenance.Source), source)
	}
	v.code("kind", "kind", r.Kind, true)
	if r.Title.Empty() {
		v.add("title", "no_title", "a visible title in at least one language is needed, as in {\"en\": \"…\"}")
	}
	v.text("title", r.Title, MaxTitle)
	v.text("summary", r.Summary, MaxText)
	v.text("body", r.Body, MaxText)
	for _, part := range slices.Sorted(maps.Keys(r.Practice)) {
		v.code("practice", "part", part, true)
		v.text("practice."+part, r.Practice[part], MaxText)
	}
	v.tag("original", r.Original)
	if r.Original != "" && !r.Title.Empty() && r.Title[r.Original] == "" {
		v.add("original", "bad_original", "original is %q, but there is no title in that language", r.Original)
	}
	for _, l := range slices.Sorted(maps.Keys(r.Translations)) {
		tr := r.Translations[l]
		v.tag("translations", l)
		v.code("translations."+l+".origin", "origin", tr.Origin, true)
		v.line("translations."+l+".of", tr.Of)
		for _, p := range tr.Parts {
			if r.Part(p)[l] == "" {
				v.add("translations."+l+".parts", "bad_part", "there is no %s in %q that could be a translation", quote(p), l)
			}
		}
	}
	v.codes("fields", "field", r.Fields)
	v.codes("themes", "theme", r.Themes)
	v.codes("countries", "country", r.Countries)
	v.codes("regions", "region", r.Regions)
	v.codes("audiences", "audience", r.Audiences)
	v.code("scope", "scope", r.Scope, false)
	v.code("status", "status", r.Status, false)
	v.code("evidence", "evidence", r.Evidence, false)
	v.code("alliance_role", "alliance_role", r.AllianceRole, false)
	v.length("languages", len(r.Languages))
	for _, l := range head(r.Languages) {
		v.tag("languages", l)
	}
	v.length("assigned", len(r.Assigned))
	for i, a := range head(r.Assigned) {
		v.line(fmt.Sprintf("assigned[%d].code", i), a.Code)
		v.line(fmt.Sprintf("assigned[%d].why", i), a.Why)
	}
	v.length("places", len(r.Places))
	for i, p := range head(r.Places) {
		path := fmt.Sprintf("places[%d]", i)
		v.text(path+".name", p.Name, MaxTitle)
		if (p.Lat == nil) != (p.Lon == nil) || p.Lat != nil && !(*p.Lat >= -90 && *p.Lat <= 90 && *p.Lon >= -180 && *p.Lon <= 180) {
			v.add(path, "bad_point", "%s needs lat from -90 to 90 and lon from -180 to 180, or neither", path)
		}
	}
	v.length("organizations", len(r.Organizations))
	for i, o := range head(r.Organizations) {
		path := fmt.Sprintf("organizations[%d]", i)
		if o.Name.Empty() {
			v.add(path+".name", "no_name", "%s needs a visible name in at least one language", path)
		}
		v.text(path+".name", o.Name, MaxTitle)
		v.id(path+".id", o.ID)
		v.url(path+".url", o.URL)
		v.code(path+".role", "role", o.Role, false)
	}
	v.date("start", r.Start)
	v.date("end", r.End)
	v.date("deadline", r.Deadline)
	if r.Start != "" && r.End != "" && r.End[:min(len(r.End), len(r.Start))] < r.Start[:min(len(r.End), len(r.Start))] {
		v.add("end", "end_before_start", "end %s lies before start %s", quote(r.End), quote(r.Start))
	}
	if c := r.Cost; c != nil {
		if !amountForm.MatchString(c.Amount) || !currencyForm.MatchString(c.Currency) {
			v.add("cost", "bad_cost", "cost needs an amount as a decimal number in quotes and an ISO 4217 currency, as in {\"amount\": \"120000\", \"currency\": \"EUR\"}")
		}
		v.line("cost.per", c.Per)
		v.date("cost.year", c.Year)
	}
	if r.DurationMonths < 0 || r.DurationMonths > 12_000 {
		v.add("duration_months", "bad_number", "duration_months must be from 0 to 12000")
	}
	if r.Reach < 0 {
		v.add("reach", "bad_number", "reach is a number of people and cannot be negative")
	}
	v.length("criteria", len(r.Criteria))
	for i, c := range head(r.Criteria) {
		path := fmt.Sprintf("criteria[%d]", i)
		v.code(path+".code", "criterion", c.Code, true)
		v.code(path+".verdict", "verdict", c.Verdict, true)
		v.line(path+".by", c.By)
		v.url(path+".evidence", c.Evidence)
		v.date(path+".date", c.Date)
	}
	v.length("links", len(r.Links))
	for i, l := range head(r.Links) {
		path := fmt.Sprintf("links[%d]", i)
		v.code(path+".rel", "rel", l.Rel, true)
		if l.URL == "" {
			v.add(path+".url", "no_url", "%s needs a url", path)
		}
		v.url(path+".url", l.URL)
		v.text(path+".title", l.Title, MaxTitle)
		v.tag(path+".language", l.Language)
		v.length(path+".parts", len(l.Parts))
		for _, p := range head(l.Parts) {
			v.line(path+".parts", p)
		}
	}
	if c := r.Contact; c != nil {
		v.line("contact.name", c.Name)
		v.url("contact.url", c.URL)
		if _, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || strings.ContainsAny(c.Email, "<> ")) {
			v.add("contact.email", "bad_email", "contact.email %s is not an e-mail address", quote(c.Email))
		}
	}
	v.length("related", len(r.Related))
	for i, rel := range head(r.Related) {
		path := fmt.Sprintf("related[%d]", i)
		v.code(path+".rel", "relation", rel.Rel, true)
		if rel.ID == "" {
			v.add(path+".id", "no_id", "%s needs the id of a record", path)
		}
		v.id(path+".id", rel.ID)
		if rel.ID == r.ID && r.ID != "" {
			v.add(path+".id", "own_id", "%s names the record itself: give the id of another, or leave it out", path)
		}
	}
	v.url("url", r.URL)
	v.url("provenance.url", r.Provenance.URL)
	v.line("provenance.licence", r.Provenance.Licence)
	if _, err := time.Parse(time.RFC3339, r.Provenance.Retrieved); r.Provenance.Retrieved != "" && err != nil {
		v.add("provenance.retrieved", "bad_time", "provenance.retrieved %s must be a time as in 2026-11-23T10:00:00Z", quote(r.Provenance.Retrieved))
	}
	return v.reasons
}

// Incomplete lists what the record still lacks of what the mandate asks an
// entry to show: a summary, a field and a theme to be found by, an organisation
// with a link, an example, and a way to more detail. Only initiatives can be
// incomplete. An incomplete record is kept and shown.
func (r *Record) Incomplete() []Reason {
	if r.Kind != "initiative" {
		return nil
	}
	var out []Reason
	missing := func(is bool, path, code, message string) {
		if is {
			out = append(out, Reason{path, code, message})
		}
	}
	linked := r.URL != "" || r.Contact != nil && (r.Contact.URL != "" || r.Contact.Email != "")
	example := false
	for _, l := range r.Links {
		switch l.Rel {
		case "example", "video", "toolkit", "news":
			example = true
		case "homepage", "report", "evaluation":
			linked = true
		}
	}
	organization := false
	for _, o := range r.Organizations {
		organization = organization || o.URL != "" || o.ID != ""
	}
	missing(r.Summary.Empty(), "summary", "no_summary", "a summary is missing")
	missing(len(r.Fields) == 0, "fields", "no_field", "none of the four fields is named")
	missing(len(r.Themes) == 0, "themes", "no_theme", "no theme is named")
	missing(!organization, "organizations", "no_organization", "no organisation with a link is named")
	missing(!example, "links", "no_example", "no example is linked (rel example, video, toolkit or news)")
	missing(!linked, "url", "no_detail", "no page or contact for more detail is given")
	return out
}

type validation struct {
	taxonomy *Taxonomy
	reasons  []Reason
}

func (v *validation) add(path, code, format string, args ...any) {
	v.reasons = append(v.reasons, Reason{path, code, fmt.Sprintf(format, args...)})
}

func (v *validation) code(path, dimension, code string, required bool) {
	if code == "" && !required {
		return
	}
	if !v.taxonomy.Has(dimension, code) {
		v.add(path, "unknown_code", "%s %s is not known; it may be %s", path, quote(code), v.taxonomy.allowed(dimension))
	}
}

func (v *validation) codes(path, dimension string, codes []string) {
	v.length(path, len(codes))
	for _, c := range head(codes) {
		v.code(path, dimension, c, true)
	}
}

func (v *validation) length(path string, n int) {
	if n > MaxList {
		v.add(path, "too_many", "%s has %d entries; at most %d are taken", path, n, MaxList)
	}
}

func (v *validation) text(path string, t Text, most int) {
	if len(t) > MaxList {
		v.length(path, len(t))
		return
	}
	for _, l := range t.Languages() {
		s := t[l]
		v.tag(path, l)
		if n := utf8.RuneCountInString(s); n > most {
			v.add(path, "too_long", "%s has %d characters in %q; at most %d are taken", path, n, l, most)
		}
		v.control(path, s)
	}
}

// line checks a short text that is not for translation.
func (v *validation) line(path, s string) {
	if utf8.RuneCountInString(s) > MaxTitle {
		v.add(path, "too_long", "%s has more than %d characters", path, MaxTitle)
	}
	v.control(path, s)
}

func (v *validation) control(path, s string) {
	for _, c := range s {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			v.add(path, "control_character", "%s holds the control character U+%04X: remove it", path, c)
			return
		}
	}
}

func (v *validation) tag(path, tag string) {
	if tag == "" {
		return
	}
	if _, err := language.Parse(tag); err != nil || len(tag) > 100 {
		v.add(path, "bad_language", "%s: %s is not a BCP 47 language tag, as in ar or zh-Hant", path, quote(tag))
	} else if clean := cleanTag(tag); clean != tag {
		v.add(path, "language_twice", "%s: %s and %s are the same language: keep one of the two", path, quote(tag), quote(clean))
	}
}

func (v *validation) id(path, id string) {
	if _, _, ok := SplitID(id); id != "" && !ok {
		v.add(path, "bad_id", "%s %s must be source:native, as in starter:abraham-path", path, quote(id))
	}
}

func (v *validation) url(path, address string) {
	if address != "" && !IsWebAddress(address) {
		v.add(path, "bad_url", "%s %s must be an address that begins with https:// or http://", path, quote(address))
	}
}

func (v *validation) date(path, date string) {
	if date != "" && !IsDate(date) {
		v.add(path, "bad_date", "%s %s must be YYYY, YYYY-MM or YYYY-MM-DD, from the year 0001 on", path, quote(date))
	}
}

var (
	amountForm   = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,4})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// IsDate reports whether s is YYYY, YYYY-MM or YYYY-MM-DD and on the calendar,
// which has no year 0.
func IsDate(s string) bool {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if len(s) == len(layout) {
			t, err := time.Parse(layout, s)
			return err == nil && t.Year() > 0
		}
	}
	return false
}

// IsWebAddress reports whether s is an absolute http or https URL with a host
// and without user name, white space or control characters.
func IsWebAddress(s string) bool {
	if len(s) > MaxURL || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || isBidiControl(r) }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

// quote shows a value in an error, at most 60 characters of it.
func quote(s string) string { return fmt.Sprintf("%q", short(s)) }

func short(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "…"
	}
	return s
}

// head bounds what is looked at in a list that is too long anyway.
func head[T any](list []T) []T { return list[:min(len(list), MaxList)] }
