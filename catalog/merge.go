package catalog

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Unite fills what r lacks from other, a record of the same initiative by another
// source. What r has stays: a text only gains languages and a list entries that
// it has not; any other value is taken over only where r has none, status, start
// and end together. A text that other marks as a translation comes with its mark,
// but not into a language that r has a mark of its own for. members are ids that
// now stand for r itself: relations to them are dropped. Uniting the same again
// changes nothing. r is to be cleaned afterwards.
func (r *Record) Unite(other *Record, members []string) {
	r.uniteTexts(other)
	unionOf(&r.Fields, other.Fields)
	unionOf(&r.Audiences, other.Audiences)
	unionOf(&r.Countries, other.Countries)
	unionOf(&r.Languages, other.Languages)
	if len(r.Countries) == 0 {
		unionOf(&r.Regions, other.Regions)
	}
	for _, a := range other.Assigned {
		known := func(b Assigned) bool { return b.Code == a.Code }
		if !slices.Contains(r.Themes, a.Code) && !slices.Contains(r.Fields, a.Code) && !slices.ContainsFunc(r.Assigned, known) {
			r.Assigned = append(slices.Clip(r.Assigned), a)
		}
	}
	unionOf(&r.Themes, other.Themes)
	for _, o := range other.Organizations {
		if !slices.ContainsFunc(r.Organizations, o.same) {
			r.Organizations = append(slices.Clip(r.Organizations), o)
		}
	}
	for _, l := range other.Links {
		if !slices.ContainsFunc(r.Links, func(k Link) bool { return PageKey(k.URL) == PageKey(l.URL) }) {
			r.Links = append(slices.Clip(r.Links), l)
		}
	}
	for _, c := range other.Criteria {
		if !slices.ContainsFunc(r.Criteria, func(d Criterion) bool { return d.Code == c.Code && d.Review == c.Review }) {
			r.Criteria = append(slices.Clip(r.Criteria), c)
		}
	}
	r.Related = slices.Clone(r.Related)
	for _, rel := range other.Related {
		if !slices.Contains(r.Related, rel) {
			r.Related = append(r.Related, rel)
		}
	}
	r.Related = slices.DeleteFunc(r.Related, func(rel Relation) bool { return rel.ID == r.ID || slices.Contains(members, rel.ID) })
	if r.Status == "" && r.Start == "" && r.End == "" {
		r.Status, r.Start, r.End = other.Status, other.Start, other.End
	}
	if len(r.Places) == 0 {
		r.Places = other.Places
	}
	orElse(&r.Scope, other.Scope)
	orElse(&r.Deadline, other.Deadline)
	orElse(&r.Cost, other.Cost)
	orElse(&r.DurationMonths, other.DurationMonths)
	orElse(&r.Reach, other.Reach)
	orElse(&r.Evidence, other.Evidence)
	orElse(&r.AllianceRole, other.AllianceRole)
	orElse(&r.Contact, other.Contact)
	orElse(&r.URL, other.URL)
}

// uniteTexts takes over languages of the title, the summary, the body and the
// parts of the practice, and with them who translated them. Of is left behind: it
// speaks of a text that r may not have.
func (r *Record) uniteTexts(other *Record) {
	translations := map[string]Translation{}
	for l, t := range r.Translations {
		translations[l] = t
	}
	unite := func(name string, mine, theirs Text) Text {
		out := Text{}
		for l, s := range mine {
			out[l] = s
		}
		for l, s := range theirs {
			if out[l] != "" || s == "" {
				continue
			}
			if t, ok := other.Translations[l]; ok && slices.Contains(t.Parts, name) {
				if _, own := r.Translations[l]; own {
					continue
				}
				marked := translations[l]
				marked.Origin, marked.Parts = t.Origin, append(slices.Clip(marked.Parts), name)
				translations[l] = marked
			}
			out[l] = s
		}
		return out
	}
	r.Title, r.Summary, r.Body = unite("title", r.Title, other.Title), unite("summary", r.Summary, other.Summary), unite("body", r.Body, other.Body)
	practice := map[string]Text{}
	for part, text := range r.Practice {
		practice[part] = text
	}
	for part, text := range other.Practice {
		practice[part] = unite("practice."+part, practice[part], text)
	}
	for l, t := range translations {
		if _, own := r.Translations[l]; !own {
			slices.Sort(t.Parts) // the parts of the practice come in no order
		}
	}
	r.Practice, r.Translations = practice, translations
}

// same reports whether two references mean one organisation: by id, by the page
// or by a name.
func (o OrganizationRef) same(p OrganizationRef) bool {
	if o.ID != "" && o.ID == p.ID || o.URL != "" && PageKey(o.URL) == PageKey(p.URL) {
		return true
	}
	return o.Name.shares(p.Name)
}

// shares reports whether two texts are the same but for what Fold leaves out, in
// whatever languages they stand.
func (t Text) shares(u Text) bool {
	for _, a := range t {
		for _, b := range u {
			if folded := Fold(a); folded != "" && folded == Fold(b) {
				return true
			}
		}
	}
	return false
}

func unionOf(list *[]string, more []string) {
	for _, s := range more {
		if !slices.Contains(*list, s) {
			*list = append(slices.Clip(*list), s)
		}
	}
}

func orElse[T comparable](value *T, other T) {
	var none T
	if *value == none {
		*value = other
	}
}

// tracking are parameters of addresses that say how a reader came to a page, and
// not which page it is.
var tracking = []string{"fbclid", "gclid", "gclsrc", "dclid", "msclkid", "yclid", "twclid", "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi"}

// IsTracking reports a parameter that says how a reader came to a page.
func IsTracking(name string) bool {
	return slices.Contains(tracking, name) || strings.HasPrefix(name, "utm_")
}

// PageKey is the same for all forms of a page's address: without the scheme,
// "www.", the default port, a slash at the end, fragment and tracking parameters,
// with the host in lower case and the other parameters in the order of their
// names. A fragment that is a path of its own (#!/x, #/x) stays. What is no web
// address has the key "".
func PageKey(address string) string {
	if !IsWebAddress(address) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	key := strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), "www.")
	if p := u.Port(); p != "" && p != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		key += ":" + p
	}
	if p := path.Clean("/" + u.Path); p != "/" {
		key += (&url.URL{Path: p}).EscapedPath()
	}
	query := u.Query()
	for name := range query {
		if IsTracking(name) {
			query.Del(name)
		}
	}
	if len(query) > 0 {
		key += "?" + query.Encode()
	}
	if strings.HasPrefix(u.Fragment, "/") || strings.HasPrefix(u.Fragment, "!/") {
		key += "#" + u.EscapedFragment()
	}
	return key
}

// Identities are what the record can be known by again when another source has
// it too: its pages (url, and links with rel homepage) and the records that it
// says it is the same as. The front page of a site, which may stand for all that
// its owner does, identifies an organisation; anything else only together with a
// title. Records of two kinds have none in common.
//
// Each is at most 16 KiB of text without zero bytes.
func (r *Record) Identities() []string {
	var out []string
	add := func(address string) {
		key := PageKey(address)
		switch {
		case key == "":
		case r.Kind == "organization" || !isFrontPage(key):
			out = append(out, PageIdentity+r.Kind+" "+key)
		default:
			for _, title := range r.Title {
				folded := Fold(title)
				out = append(out, PageIdentity+r.Kind+" "+key+" "+folded[:min(len(folded), 500)])
			}
		}
	}
	add(r.URL)
	for _, l := range r.Links {
		if l.Rel == "homepage" {
			add(l.URL)
		}
	}
	for _, rel := range r.Related {
		if rel.Rel == "same-as" && rel.ID != r.ID {
			out = append(out, IdentityOf(r.Kind, rel.ID))
		}
	}
	return sortedUnique(out)
}

// frontPage is what the path of a site's front page may be: a language, an index, or
// one after the other.
var frontPage = regexp.MustCompile(`(?i)^(/([a-z]{2}|eng|fra|fre|ara|spa|esp|rus|chi|zho)([-_][a-z]{2,4})?)?(/(index|default|home|main|start)(\.[a-z]{2,5})?)?$`)

// languageParams are parameters of addresses that choose a language.
var languageParams = []string{"lang", "language", "locale", "hl", "l"}

// isFrontPage reports whether a PageKey is that of the front page of a site, in
// whatever language.
func isFrontPage(key string) bool {
	u, err := url.Parse("//" + key)
	if err != nil || u.Fragment != "" || !frontPage.MatchString(u.Path) {
		return false
	}
	for name := range u.Query() {
		if !slices.Contains(languageParams, strings.ToLower(name)) {
			return false
		}
	}
	return true
}

// PageIdentity begins an identity that is a page.
const PageIdentity = "page "

// sameAs begins the identity of what is said to be the same as a record.
const sameAs = "id "

// IdentityOf is the identity of those that say they are the same as a record of
// their kind.
func IdentityOf(kind, id string) string { return sameAs + kind + " " + id }

// SaysSameAs is the record that those with an identity say they are the same as.
func SaysSameAs(identity string) (id string, ok bool) {
	of, ok := strings.CutPrefix(identity, sameAs)
	if !ok {
		return "", false
	}
	_, id, ok = strings.Cut(of, " ")
	return id, ok
}
