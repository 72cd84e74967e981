package iati

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// wanted reports whether one of the activity's sectors is among those that the
// source file names.
func (f *files) wanted(a *activity) bool {
	if len(f.section.OnlySectors) == 0 {
		return true
	}
	return slices.ContainsFunc(a.sectors(), func(sector string) bool {
		return slices.ContainsFunc(f.section.OnlySectors, func(p prefix) bool { return strings.HasPrefix(sector, string(p)) })
	})
}

// adaption makes a record of an activity.
type adaption struct {
	*activity
	taxonomy *catalog.Taxonomy
	record   *catalog.Record
	language string // of texts that do not say
	ownPage  string // of the activity, among its documents
	leftOut  []catalog.Reason
}

func (f *files) adapt(a *activity, id, fileLanguage, where string) format.Item {
	d := &adaption{activity: a, taxonomy: f.config.Taxonomy, record: &catalog.Record{ID: id, Kind: "initiative"}}
	for _, tag := range []string{a.Lang, fileLanguage, f.config.Language} {
		if l, ok := format.Language(strings.TrimSpace(tag)); ok {
			d.language = l
			break
		}
	}
	if titles := d.all(a.Titles...); d.language == "" && len(titles) > 0 {
		d.language = titles[0].language
	}
	d.setTexts()
	d.setPlaces()
	d.setTopics(f.section.Sectors)
	d.setOrganizations()
	d.setTime()
	d.setCost()
	d.setLinks()
	d.setContact()
	d.setRelated(f.config.Source)
	d.setAddresses(f.page(id), where)
	format.AddTranslations(d.record)
	return format.Item{Record: d.record, Where: where, LeftOut: d.leftOut}
}

// maxLeftOut bounds the reasons that are given for one record.
const maxLeftOut = 20

func (d *adaption) leave(path, code, message string, args ...any) {
	if len(d.leftOut) < maxLeftOut {
		d.leftOut = append(d.leftOut, catalog.Reason{Path: path, Code: code, Message: fmt.Sprintf(message, args...)})
	}
}

// bound cuts a list that is longer than a record may have.
func bound[T any](d *adaption, path string, list []T) []T {
	if len(list) > catalog.MaxList {
		d.leave(path, "too_many", "there are more than %d; the first are taken", catalog.MaxList)
		return list[:catalog.MaxList]
	}
	return list
}

// said is one text and its language.
type said struct{ language, text string }

// maxSource bounds a text with its markup, in bytes.
const maxSource = 1 << 20

// all are the texts of an element and its repetitions without markup, in their
// order; those that are empty are left out.
func (d *adaption) all(elements ...prose) []said {
	var out []said
	add := func(text string, tags ...string) {
		if len(text) > maxSource {
			d.leave("", "too_long", "a text is longer than %d bytes", maxSource)
			return
		}
		if text = tidy(text); text == "" {
			return
		}
		language := d.language
		for _, tag := range tags {
			if l, ok := format.Language(strings.TrimSpace(tag)); ok {
				language = l
				break
			}
		}
		out = append(out, said{language, text})
	}
	for _, e := range elements {
		for _, n := range e.Narratives {
			add(n.Text, n.Lang, e.Lang)
		}
		if len(e.Narratives) == 0 {
			add(e.Text, e.Lang)
		}
	}
	return out
}

// name is a text of one line: the first in each language.
func (d *adaption) name(path string, elements ...prose) catalog.Text {
	var out catalog.Text
	for _, s := range d.all(elements...) {
		if s.text = format.Line(s.text); utf8.RuneCountInString(s.text) > catalog.MaxTitle {
			d.leave(path, "too_long", "it is longer than %d characters", catalog.MaxTitle)
		} else if out[s.language] == "" {
			put(&out, s)
		}
	}
	return out
}

func put(t *catalog.Text, s said) {
	if *t == nil {
		*t = catalog.Text{}
	}
	(*t)[s.language] = s.text
}

// appendTo adds a text to that of its language as a further paragraph, unless
// it is there.
func (d *adaption) appendTo(t *catalog.Text, path string, s said) {
	before := (*t)[s.language]
	switch {
	case s.text == before:
		return
	case before != "":
		s.text = before + "\n\n" + s.text
	}
	if utf8.RuneCountInString(s.text) > catalog.MaxText {
		d.leave(path, "too_long", "it is longer than %d characters", catalog.MaxText)
		return
	}
	put(t, s)
}

// tidy is a text without markup and without the indentation of the file.
func tidy(s string) string {
	lines := strings.Split(format.PlainText(s), "\n")
	for i, line := range lines {
		lines[i] = format.Line(line)
	}
	return strings.Trim(blank.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}

var blank = regexp.MustCompile(`\n{3,}`)

// shortSummary is the length, in characters, that makes a first paragraph a
// summary; a shorter one is a heading.
const shortSummary = 80

// setTexts takes the title and the descriptions. The first paragraph of the
// general ones is the summary, the rest the body; objectives are the approach;
// target groups, and what is of another type, end the body.
func (d *adaption) setTexts() {
	r := d.record
	r.Title = d.name("title", d.Titles...)
	r.Original = d.language
	if titles := d.all(d.Titles...); r.Title[d.language] == "" && len(titles) > 0 {
		r.Original = titles[0].language
	}
	var general, objectives, rest []prose
	for _, e := range d.Descriptions {
		switch strings.TrimSpace(e.Type) {
		case "2":
			objectives = append(objectives, e.prose)
		case "3", "4":
			rest = append(rest, e.prose)
		default:
			general = append(general, e.prose)
		}
	}
	for _, s := range d.all(general...) {
		if r.Summary[s.language] == "" {
			summary, body, _ := strings.Cut(s.text, "\n\n")
			for body != "" && utf8.RuneCountInString(summary) < shortSummary {
				var more string
				more, body, _ = strings.Cut(body, "\n\n")
				summary += "\n\n" + more
			}
			d.appendTo(&r.Summary, "summary", said{s.language, summary})
			if s.text = body; body == "" {
				continue
			}
		} else if s.text == r.Summary[s.language] {
			continue
		}
		d.appendTo(&r.Body, "body", s)
	}
	for _, s := range d.all(rest...) {
		d.appendTo(&r.Body, "body", s)
	}
	var approach catalog.Text
	for _, s := range d.all(objectives...) {
		d.appendTo(&approach, "practice.approach", s)
	}
	d.practice("approach", approach)
	d.practice("results", d.results())
}

func (d *adaption) practice(part string, t catalog.Text) {
	if len(t) > 0 {
		if d.record.Practice == nil {
			d.record.Practice = map[string]catalog.Text{}
		}
		d.record.Practice[part] = t
	}
}

// maxResults bounds the results that one record tells, in lines a language.
const maxResults = 300

// results are what was reached, a paragraph each: "result: indicator: baseline →
// actual (year)". An indicator that only says what is aimed at is left out.
func (d *adaption) results() catalog.Text {
	lines := map[string][]string{}
	var languages []string
	cut := false
	add := func(language, line string) {
		if lines[language] == nil {
			languages = append(languages, language)
		}
		if len(lines[language]) < maxResults {
			lines[language] = append(lines[language], line)
		} else if !cut {
			cut = true
			d.leave("practice.results", "too_many", "there are more than %d results; the first are taken", maxResults)
		}
	}
	for _, e := range d.Results {
		titles, descriptions := d.name("practice.results", e.Titles...), d.name("practice.results", e.Descriptions...)
		for _, l := range titles.Languages() {
			if line := titles[l]; len(e.Indicators) == 0 {
				if more := descriptions[l]; more != "" && more != line {
					line += ": " + more
				}
				add(l, line)
			}
		}
		for _, i := range e.Indicators {
			measured := i.measured()
			names := d.name("practice.results", i.Titles...)
			for _, l := range names.Languages() {
				switch {
				case measured == "":
				case titles[l] == "" || titles[l] == names[l]:
					add(l, names[l]+": "+measured)
				default:
					add(l, titles[l]+": "+names[l]+": "+measured)
				}
			}
		}
	}
	var out catalog.Text
	for _, l := range languages {
		put(&out, said{l, strings.Join(lines[l], "\n\n")})
	}
	return out
}

// measured is "baseline → actual (year)" of the last period that has an actual
// value of the whole; "" without one.
func (i *indicator) measured() string {
	unit := ""
	if strings.TrimSpace(i.Measure) == "2" {
		unit = "%"
	}
	shown := func(value string) string {
		if value = format.Line(value); value != "" && !strings.HasSuffix(value, "%") {
			value += unit
		}
		return value
	}
	actual, end := "", ""
	for _, p := range i.Periods {
		for _, a := range p.Actuals {
			if value := shown(a.Value); value != "" && len(value) < 100 && len(a.Dimensions) == 0 && (actual == "" || p.End.iso() > end) {
				actual, end = value, p.End.iso()
			}
		}
	}
	if actual == "" {
		return ""
	}
	for _, b := range i.Baselines {
		if value := shown(b.Value); value != "" && len(value) < 100 {
			actual = value + " → " + actual
			break
		}
	}
	if catalog.IsDate(end) {
		actual += " (" + end[:4] + ")"
	}
	return actual
}

// iso is the day, or what stands in its place.
func (t date) iso() string {
	s := format.Line(cmp.Or(strings.TrimSpace(t.ISO), t.Text))
	if len(s) > 10 && catalog.IsDate(s[:10]) {
		return s[:10] // of a time
	}
	return s
}

// dacRegions are the codes of the OECD DAC for regions that are those of UN
// M49. The others (189 and 289 divide Africa, 389 America, 589 to 789 Asia in
// another way) have no equal there.
var dacRegions = map[string]string{
	"89": "150", "298": "002", "489": "005", "498": "019", "619": "143", "798": "142", "889": "009",
	"1027": "014", "1028": "017", "1029": "018", "1030": "011", "1031": "029", "1032": "013", "1033": "054", "1034": "057", "1035": "061",
}

// unspecified is the region of developing countries that are not named.
const unspecified = "998"

// setPlaces takes the countries, the largest share first, the regions, the
// scope and the named places.
func (d *adaption) setPlaces() {
	r := d.record
	countries, regions := d.Countries, d.Regions
	if len(countries)+len(regions) == 0 {
		for _, t := range d.Transactions {
			countries, regions = append(countries, t.Countries...), append(regions, t.Regions...)
		}
	}
	slices.SortStableFunc(countries, func(a, b recipient) int { return cmp.Compare(b.share(), a.share()) })
	for _, c := range countries {
		name := strings.ToUpper(strings.TrimSpace(c.Code))
		if said := d.all(c.prose); name == "" && len(said) > 0 {
			name = said[0].text
		}
		r.Countries = appendNew(r.Countries, name)
	}
	for _, c := range regions {
		code := strings.TrimSpace(c.Code)
		switch vocabulary := strings.TrimSpace(c.Vocabulary); {
		case code == unspecified, code == "":
		case len(r.Countries) > 0:
			d.leave("regions", "not_kept", "region %.20q: the regions of a record with countries are those of the countries", code)
		case vocabulary == "2" && len(code) <= 3 && d.isRegion("00"[:3-len(code)]+code):
			r.Regions = appendNew(r.Regions, "00"[:3-len(code)]+code)
		case (vocabulary == "" || vocabulary == "1") && dacRegions[code] != "":
			r.Regions = appendNew(r.Regions, dacRegions[code])
		default:
			d.leave("regions", "not_known", "region %.20q of the vocabulary %.20q is none of UN M49", code, cmp.Or(vocabulary, "1"))
		}
	}
	switch strings.TrimSpace(d.Scope.Code) {
	case "1", "3":
		r.Scope = "international"
	case "2":
		r.Scope = "regional"
	case "4":
		r.Scope = "national"
	case "5", "6", "7", "8":
		r.Scope = "local"
	}
	for _, l := range d.Locations {
		d.addPlace(l)
	}
	r.Countries, r.Regions = bound(d, "countries", r.Countries), bound(d, "regions", r.Regions)
	r.Places = bound(d, "places", r.Places)
}

func (d *adaption) isRegion(code string) bool {
	return d.taxonomy == nil || d.taxonomy.Has("region", code)
}

func (d *adaption) addPlace(l location) {
	place := catalog.Place{Name: d.name("places", l.Names...)}
	point := strings.FieldsFunc(l.Pos, func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\t' })
	if len(point) == 0 && l.Old.Latitude+l.Old.Longitude != "" {
		point = []string{strings.TrimSpace(l.Old.Latitude), strings.TrimSpace(l.Old.Longitude)}
	}
	switch {
	case len(place.Name) == 0 && len(point) > 0:
		d.leave("places", "no_name", "the place at %.60q has no name", strings.Join(point, " "))
		return
	case len(place.Name) == 0:
		return
	case len(point) > 0:
		if lat, lon, ok := degrees(point); ok {
			place.Lat, place.Lon = &lat, &lon
		} else {
			d.leave("places", "bad_point", "%.60q is no latitude and longitude", strings.Join(point, " "))
		}
	}
	d.record.Places = append(d.record.Places, place)
}

// degrees reads a point; 0 0, in the sea off Africa, is what programs write who
// know none.
func degrees(point []string) (lat, lon float64, ok bool) {
	if len(point) != 2 {
		return 0, 0, false
	}
	lat, errLat := strconv.ParseFloat(point[0], 64)
	lon, errLon := strconv.ParseFloat(point[1], 64)
	ok = errLat == nil && errLon == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 && (lat != 0 || lon != 0)
	return lat, lon, ok
}

// share is the percentage, 0 if there is none.
func (r recipient) share() float64 {
	share, err := strconv.ParseFloat(strings.Replace(strings.Trim(r.Percentage, " %\n\t"), ",", ".", 1), 64)
	if err != nil {
		return 0
	}
	return share
}

// sectors are the activity's codes in the list of the OECD DAC.
func (a *activity) sectors() []string {
	all := a.Sectors
	if len(all) == 0 {
		for _, t := range a.Transactions {
			all = append(all, t.Sectors...)
		}
	}
	var out []string
	for _, s := range all {
		switch strings.TrimSpace(s.Vocabulary) {
		case "", "1", "2", "DAC", "DAC-3":
			out = appendNew(out, strings.TrimSpace(s.Code))
		}
	}
	return out
}

// setTopics gives the themes and fields that the source file has for sectors.
func (d *adaption) setTopics(sectors map[prefix]topics) {
	r := d.record
	for _, sector := range d.sectors() {
		for length := 2; length <= len(sector); length++ {
			t := sectors[prefix(sector[:length])]
			for _, list := range []struct {
				codes []format.Code
				into  *[]string
			}{{t.Themes, &r.Themes}, {t.Fields, &r.Fields}} {
				for _, c := range list.codes {
					if !slices.Contains(*list.into, c.Value) {
						*list.into = append(*list.into, c.Value)
						r.Assigned = append(r.Assigned, catalog.Assigned{Code: c.Value, Why: "sector " + sector + " of the OECD DAC"})
					}
				}
			}
		}
	}
}

// roles are the parts that organisations have, by code and by the words of 1.x.
var roles = map[string]string{
	"1": "funding", "2": "accountable", "3": "extending", "4": "implementing",
	"funding": "funding", "accountable": "accountable", "extending": "extending", "implementing": "implementing",
}

// setOrganizations takes those that take part: who implements the activity
// leads, else who is accountable, else who extends it, else who reports; the
// others of them are partners.
func (d *adaption) setOrganizations() {
	by := map[string][]organisation{}
	for _, o := range d.Participants {
		role := roles[strings.ToLower(strings.TrimSpace(o.Role))]
		by[role] = append(by[role], o)
	}
	named := map[string]bool{}
	add := func(role string, list ...organisation) {
		for _, o := range list {
			name := d.name("organizations", o.prose)
			text, _ := name.Choose(d.language, d.language)
			key := strings.ToLower(text)
			if role == "funder" {
				key = "funder " + key
			}
			if text != "" && !named[key] {
				named[key] = true
				d.record.Organizations = append(d.record.Organizations, catalog.OrganizationRef{Name: name, Role: role})
			}
		}
	}
	for _, role := range []string{"implementing", "accountable", "extending"} {
		if len(d.record.Organizations) == 0 {
			add("lead", by[role]...)
		} else {
			add("partner", by[role]...)
		}
	}
	leads := len(d.record.Organizations) > 0
	add("funder", by["funding"]...)
	if text, _ := d.name("organizations", d.Reporting.prose).Choose(d.language, d.language); !leads && !named["funder "+strings.ToLower(text)] &&
		!truth(d.Reporting.Secondary) {
		add("lead", d.Reporting)
	}
	add("", by[""]...)
	d.record.Organizations = bound(d, "organizations", d.record.Organizations)
}

func truth(s string) bool { s = strings.TrimSpace(s); return s == "1" || s == "true" }

// setTime takes status and dates; an actual date wins over a planned one. An
// activity that is cancelled or suspended has no status here.
func (d *adaption) setTime() {
	r := d.record
	r.Status = map[string]string{"1": "planned", "2": "ongoing", "3": "completed", "4": "completed"}[strings.TrimSpace(d.Status.Code)]
	dates := map[string]string{}
	for _, t := range d.Dates {
		kind := strings.ToLower(strings.TrimSpace(t.Type))
		dates[kind] = cmp.Or(dates[kind], t.iso())
	}
	r.Start = cmp.Or(dates["2"], dates["start-actual"], dates["1"], dates["start-planned"])
	r.End = cmp.Or(dates["4"], dates["end-actual"], dates["3"], dates["end-planned"])
	if catalog.IsDate(r.Start) && catalog.IsDate(r.End) {
		if n := min(len(r.Start), len(r.End)); r.End[:n] < r.Start[:n] {
			d.leave("end", "end_before_start", "end %s lies before start %s", r.End, r.Start)
			r.End = ""
		}
	}
}

var (
	amountForm   = regexp.MustCompile(`^-?[0-9]{1,16}(\.[0-9]{1,20})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// setCost takes the total of the budgets or, without any, of the commitments,
// if all are in one currency and no two budgets are about the same time.
func (d *adaption) setCost() {
	var values []value
	type period struct{ start, end string }
	budgets := map[period]budget{}
	for _, b := range d.Budgets {
		p := period{b.Start.iso(), b.End.iso()}
		other, twice := budgets[p]
		switch {
		case twice && other.revised() == b.revised():
			d.leave("cost", "ambiguous", "several budgets are for the time from %.20q", p.start)
			return
		case !twice || b.revised():
			budgets[p] = b
		}
	}
	last := ""
	inTime := func(a, b period) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) }
	for _, p := range slices.SortedFunc(maps.Keys(budgets), inTime) {
		if len(values) > 0 && p.start < last || len(budgets) > 1 && (p.start == "" || p.end == "") {
			d.leave("cost", "ambiguous", "the times of the budgets from %.20q on overlap", p.start)
			return
		}
		values, last = append(values, budgets[p].Value), max(last, p.end)
	}
	if len(values) == 0 {
		for _, t := range d.Transactions {
			if c := strings.ToUpper(strings.TrimSpace(t.Type.Code)); c == "2" || c == "C" {
				values = append(values, t.Value)
			}
		}
	}
	total, currency := new(big.Rat), ""
	for _, v := range values {
		amount, unit := strings.TrimSpace(v.Amount), strings.ToUpper(cmp.Or(strings.TrimSpace(v.Currency), strings.TrimSpace(d.Currency)))
		n, ok := new(big.Rat), amountForm.MatchString(amount)
		if ok {
			_, ok = n.SetString(amount)
		}
		switch {
		case !ok:
			d.leave("cost", "bad_value", "%.30q is no amount of money", amount)
			return
		case n.Sign() == 0:
			continue
		case !currencyForm.MatchString(unit):
			d.leave("cost", "bad_value", "%.30q is no currency of ISO 4217", unit)
			return
		case currency != "" && unit != currency:
			d.leave("cost", "ambiguous", "its parts are in %s and %s", currency, unit)
			return
		}
		currency = unit
		total.Add(total, n)
	}
	if total.Sign() > 0 {
		amount := strings.TrimSuffix(total.FloatString(2), ".00")
		if amount != "0" && len(amount) <= 18 {
			d.record.Cost = &catalog.Cost{Amount: amount, Currency: currency, Per: "project"}
		}
	}
}

func (b budget) revised() bool {
	t := strings.ToLower(strings.TrimSpace(b.Type))
	return t == "2" || t == "revised"
}

// categories are those of documents that say more than that it is a report:
// what a link is then, and which part it supports. What is about the contract
// and its money (A04 to A06, A09 to A11) is no page about the practice.
var categories = map[string]struct{ rel, part string }{
	"A01": {"evaluation", "evaluation"}, "A07": {"evaluation", "evaluation"}, "B09": {"evaluation", ""}, "B10": {"evaluation", ""},
	"A02": {"report", "approach"}, "A08": {"report", "results"},
	"A12": {"homepage", ""}, "B16": {"homepage", ""}, "B17": {"homepage", ""}, "B18": {"homepage", ""},
	"A04": {}, "A05": {}, "A06": {}, "A09": {}, "A10": {}, "A11": {},
}

func (d *adaption) setLinks() {
	r := d.record
	seen := map[string]bool{}
	for _, e := range d.Documents {
		link := catalog.Link{URL: webAddress(e.URL), Title: d.name("links", e.Titles...)}
		papers := 0
		for _, c := range e.Categories {
			known, special := categories[strings.ToUpper(strings.TrimSpace(c.Code))]
			switch {
			case !special:
			case known.rel == "":
				papers++
			case link.Rel == "":
				link.Rel = known.rel
				fallthrough
			default:
				if known.part != "" {
					link.Parts = appendNew(link.Parts, known.part)
				}
			}
		}
		switch {
		case link.Rel == "" && papers > 0 && papers == len(e.Categories), strings.TrimSpace(e.URL) == "":
			continue
		case link.URL == "":
			d.leave("links", "bad_url", "%.200q is no address of a page", strings.TrimSpace(e.URL))
			continue
		case seen[link.URL]:
			continue
		case strings.HasPrefix(strings.TrimSpace(e.Format), "video/"):
			link.Rel = "video"
		}
		link.Rel = cmp.Or(link.Rel, "report")
		if d.ownPage == "" && slices.ContainsFunc(e.Categories, func(c coded) bool { return strings.EqualFold(strings.TrimSpace(c.Code), "A12") }) {
			d.ownPage = link.URL
		}
		seen[link.URL] = true
		if len(e.Languages) == 1 {
			link.Language, _ = format.Language(strings.TrimSpace(e.Languages[0].Code))
		}
		r.Links = append(r.Links, link)
	}
	r.Links = bound(d, "links", r.Links)
}

// webAddress is an address as files have it, often without https:// in front or
// with spaces; "" if it is none.
func webAddress(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), " ", "%20")
	if host, _, _ := strings.Cut(s, "/"); s != "" && !strings.Contains(s, ":") && strings.Contains(host, ".") {
		s = "http://" + s
	}
	if !catalog.IsWebAddress(s) {
		return ""
	}
	return s
}

// maxContacts is how many contacts of an activity are looked at.
const maxContacts = 100

// setContact takes the first contact that can be used: an organisation's page
// or an address of one of its offices. Persons, telephone numbers and postal
// addresses are not taken. The page of an organisation that takes part becomes
// its address.
func (d *adaption) setContact() {
	r := d.record
	for _, c := range d.Contacts[:min(len(d.Contacts), maxContacts)] {
		name, _ := d.name("contact", c.Organisations...).Choose(d.language, d.language)
		contact := catalog.Contact{Name: name}
		for _, s := range c.Websites {
			contact.URL = cmp.Or(contact.URL, webAddress(s))
		}
		for _, s := range c.Emails {
			s = strings.ToLower(strings.TrimSpace(s))
			if office, host, _ := strings.Cut(s, "@"); contact.Email == "" && hostForm.MatchString(host) && format.IsOffice(office) {
				contact.Email = s
			}
		}
		if contact.URL == "" && contact.Email == "" {
			continue
		}
		if r.Contact == nil {
			r.Contact = &contact
		}
		for i := range r.Organizations {
			o := &r.Organizations[i]
			if text, _ := o.Name.Choose(d.language, d.language); o.URL == "" && name != "" && strings.EqualFold(text, name) {
				o.URL = contact.URL
			}
		}
	}
}

var hostForm = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// setRelated takes the parents. The other kinds of relations (children,
// siblings, activities that are funded together) have no name here; a child
// names its parent itself.
func (d *adaption) setRelated(source string) {
	for _, e := range d.Related {
		ref := format.Line(e.Ref)
		if t := strings.ToLower(strings.TrimSpace(e.Type)); (t == "1" || t == "parent") && ref != "" && ref != d.record.ID {
			relation := catalog.Relation{Rel: "part-of", ID: catalog.NewID(source, ref)}
			if len(d.record.Related) <= catalog.MaxList && !slices.Contains(d.record.Related, relation) {
				d.record.Related = append(d.record.Related, relation)
			}
		}
	}
	d.record.Related = bound(d, "related", d.record.Related)
}

// setAddresses: people should visit the activity's own page, else that of the
// activity on the site that the source file names.
func (d *adaption) setAddresses(page, where string) {
	r := d.record
	file := where[:strings.LastIndexByte(where, ':')]
	if r.Provenance.URL = page; page == "" && catalog.IsWebAddress(file) {
		r.Provenance.URL = file
	}
	for _, s := range d.Websites {
		r.URL = cmp.Or(r.URL, webAddress(s))
	}
	r.URL = cmp.Or(r.URL, d.ownPage, page)
}

// appendNew adds what is new to a list, which becomes one too long at most.
func appendNew(list []string, s string) []string {
	if s == "" || len(list) > catalog.MaxList || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
