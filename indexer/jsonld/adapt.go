package jsonld

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// longSummary is the length, in characters, from which on a description alone
// is the body.
const longSummary = 1_000

// adapter makes a record of one thing of a page.
type adapter struct {
	*pages
	graph    *graph
	ids      map[*node]string // native ids of the things that become records
	node     *node
	language string // of texts that do not say
	record   *catalog.Record
	leftOut  []catalog.Reason
}

// adapt makes records of what the page is about, and lists the ids of what it
// says will not be.
func (p *pages) adapt(g *graph) (items []format.Item, withdrawn []string) {
	roots := withoutTwins(g.roots(p.types), p.types)
	ids := p.natives(g, roots)
	for _, n := range roots {
		a := &adapter{pages: p, graph: g, ids: ids, node: n}
		if strings.HasSuffix(a.first("eventStatus"), "EventCancelled") {
			withdrawn = append(withdrawn, ids[n])
			continue
		}
		items = append(items, format.Item{Record: a.make(), Where: g.page.Response.URL, LeftOut: a.leftOut})
	}
	return items, withdrawn
}

// withoutTwins leaves out what a page says in microdata as well as in JSON-LD.
func withoutTwins(roots []*node, types map[string]bool) []*node {
	title := func(n *node) string { return kinds[n.kind(types)] + " " + fold(n.first("name", "headline")) }
	said := map[string]bool{}
	for _, n := range roots {
		said[title(n)] = said[title(n)] || !n.microdata
	}
	return slices.DeleteFunc(roots, func(n *node) bool { return n.microdata && said[title(n)] })
}

// natives are the source's own ids of things: what a thing says, else its own
// page, else the page that it stands on. Where several share one, the title
// tells them apart.
func (p *pages) natives(g *graph, roots []*node) map[*node]string {
	home := p.config.Addresses[0]
	out, shared := map[*node]string{}, map[string]int{}
	for _, n := range roots {
		id := n.id
		if !catalog.IsWebAddress(id) && (id == "" || strings.HasPrefix(id, "_:")) {
			id = cmp.Or(g.resolve((&adapter{node: n}).first("url")), g.page.Response.URL)
		}
		if catalog.IsWebAddress(id) {
			id = format.Native(id, home)
		}
		out[n] = id
		shared[id]++
	}
	for n, id := range out {
		if shared[id] > 1 {
			out[n] = id + "#" + fold((&adapter{node: n}).first("name", "headline"))
		}
	}
	return out
}

// all are the values of the first of the properties that has any.
func (a *adapter) all(properties ...string) []value { return a.node.all(properties...) }

func (n *node) all(properties ...string) []value {
	for _, name := range properties {
		if found := n.props[name]; len(found) > 0 {
			return found
		}
	}
	return nil
}

// first is the first text of the properties, "" without one.
func (a *adapter) first(properties ...string) string { return a.node.first(properties...) }

func (n *node) first(properties ...string) string {
	for _, name := range properties {
		for _, one := range n.props[name] {
			if s := strings.TrimSpace(one.text); s != "" {
				return s
			}
		}
	}
	return ""
}

func (a *adapter) leaveOut(path, message string, args ...any) {
	a.leftOut = append(a.leftOut, catalog.Reason{Path: path, Code: "bad_value", Message: fmt.Sprintf(message, args...)})
}

func (a *adapter) make() *catalog.Record {
	n := a.node
	r := &catalog.Record{ID: a.ids[n]}
	a.record = r
	for _, name := range n.types {
		if a.types[name] {
			r.Kind = kinds[name]
			break
		}
	}
	a.languages()
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
	a.original()
	a.dates()
	for _, name := range []string{"location", "areaServed", "spatialCoverage", "spatial", "jobLocation", "address", "eligibleRegion"} {
		for _, one := range n.props[name] {
			a.place(one, 0)
		}
	}
	a.organizations()
	a.audiences()
	a.links()
	a.contact()
	a.cost()
	a.relations()
	a.mapped()
	if licence := n.props["license"]; len(licence) > 0 {
		r.Provenance.Licence = licence[0].text
		if l := licence[0].node; l != nil {
			r.Provenance.Licence = cmp.Or(l.first("url"), l.first("name"), l.id)
		}
		r.Provenance.Licence = format.Line(r.Provenance.Licence)
	}
	r.Provenance.URL = a.graph.page.Response.URL
	return r
}

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

// original says which of the languages the others are translations of.
func (a *adapter) original() {
	r := a.record
	r.Original = a.language
	if len(r.Title) > 0 && r.Title[r.Original] == "" {
		r.Original = r.Title.Languages()[0]
	}
	for language := range r.Title {
		if language != r.Original && language != "" {
			if r.Translations == nil {
				r.Translations = map[string]catalog.Translation{}
			}
			r.Translations[language] = catalog.Translation{Origin: "author", Parts: format.PartsIn(r, language)}
		}
	}
}

// dates puts in dates and status.
func (a *adapter) dates() {
	r := a.record
	r.Start = a.first("startDate", "foundingDate", "datePublished", "dateCreated", "datePosted", "startTime")
	r.End = a.first("endDate", "dissolutionDate", "endTime")
	if r.Kind == "resource" {
		r.Start = a.first("datePublished", "dateCreated", "startDate")
	}
	r.Deadline = a.first("applicationDeadline", "validThrough")
	status := func(property string) string {
		s := a.first(property)
		if s == "" && len(a.all(property)) > 0 && a.all(property)[0].node != nil {
			s = a.all(property)[0].node.id
		}
		return path.Base(s)
	}
	switch status("actionStatus") {
	case "ActiveActionStatus":
		r.Status = "ongoing"
	case "CompletedActionStatus":
		r.Status = "completed"
	case "PotentialActionStatus":
		r.Status = "planned"
	}
	if status("eventStatus") == "EventPostponed" {
		r.Status = "planned"
		if r.Start != "" {
			a.leaveOut("start", "the event is postponed: its date, %.30s, no longer holds", r.Start)
		}
		r.Start, r.End = "", ""
	}
}

// place puts in a place: a country, a region, or a named point with what it says
// of its country.
func (a *adapter) place(v value, depth int) {
	r := a.record
	if len(r.Places) >= catalog.MaxList || len(r.Countries) >= catalog.MaxList || depth > 5 {
		return
	}
	if v.node == nil {
		name := format.Line(format.PlainText(v.text))
		if name == "" || a.area(name) {
			return
		}
		if i := strings.LastIndexAny(name, ",،，"); i >= 0 { // Amman, Jordan
			_, size := utf8.DecodeRuneInString(name[i:])
			if code, ok := a.config.Taxonomy.Find("country", name[i+size:]); ok {
				r.Countries = append(r.Countries, code)
			}
		}
		a.addPlace(catalog.Text{a.languageOf(v): name}, nil)
		return
	}
	n := v.node
	if slices.Contains(n.types, "VirtualLocation") || n.is(persons) {
		return
	}
	name := a.text(true, n.all("name"))
	if slices.Contains(n.types, "Country") {
		if s := cmp.Or(n.first("identifier"), n.first("name"), n.first("alternateName")); s != "" {
			r.Countries = append(r.Countries, format.Line(s))
		}
		return
	}
	addresses := n.props["address"]
	if slices.Contains(n.types, "PostalAddress") || len(n.all("addressCountry", "addressLocality", "addressRegion")) > 0 {
		addresses = []value{v}
	}
	for _, address := range addresses {
		if address.node == nil {
			if len(name) == 0 {
				a.place(address, depth+1)
			} else if i := strings.LastIndexAny(address.text, ",،，"); i >= 0 {
				_, size := utf8.DecodeRuneInString(address.text[i:])
				if code, ok := a.config.Taxonomy.Find("country", address.text[i+size:]); ok {
					r.Countries = append(r.Countries, code)
				}
			}
			continue
		}
		for _, country := range address.node.props["addressCountry"] {
			s := country.text
			if country.node != nil {
				s = cmp.Or(country.node.first("identifier"), country.node.first("name"))
			}
			if s = format.Line(s); s != "" {
				r.Countries = append(r.Countries, s)
			}
		}
		if len(name) == 0 {
			name = a.text(true, address.node.all("addressLocality", "addressRegion"))
		}
	}
	for _, one := range name {
		if len(name) == 1 && len(addresses) == 0 && a.area(one) {
			return
		}
	}
	if len(name) > 0 {
		geo := n
		if g := n.props["geo"]; len(g) > 0 && g[0].node != nil {
			geo = g[0].node
		}
		a.addPlace(name, geo)
	}
	for _, part := range n.all("containedInPlace", "containedIn") {
		if part.node != nil && slices.Contains(part.node.types, "Country") {
			a.place(part, depth+1)
		}
	}
}

// area puts in the country or region of a name, if it is that of one.
func (a *adapter) area(name string) bool {
	if code, ok := a.config.Taxonomy.Find("country", name); ok {
		a.record.Countries = append(a.record.Countries, code)
		return true
	}
	if code, ok := a.config.Taxonomy.Find("region", name); ok {
		a.record.Regions = append(a.record.Regions, code)
		return true
	}
	return false
}

func (a *adapter) languageOf(v value) string {
	if l, ok := format.Language(v.language); ok {
		return l
	}
	return a.language
}

func (a *adapter) addPlace(name catalog.Text, geo *node) {
	place := catalog.Place{Name: name}
	if geo != nil {
		lat, latErr := strconv.ParseFloat(geo.first("latitude"), 64)
		lon, lonErr := strconv.ParseFloat(geo.first("longitude"), 64)
		if latErr == nil && lonErr == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 {
			place.Lat, place.Lon = &lat, &lon
		}
	}
	if !slices.ContainsFunc(a.record.Places, func(p catalog.Place) bool { return maps.Equal(p.Name, name) }) {
		a.record.Places = append(a.record.Places, place)
	}
}

// roles are the properties that name organisations, and their part.
var roles = []struct {
	role       string
	properties []string
	typed      bool // only what is said to be an organisation is none of a person
}{
	{"lead", []string{"organizer", "author", "creator", "producer", "maintainer", "agent"}, true},
	{"lead", []string{"provider", "sourceOrganization", "hiringOrganization", "publisher", "offeredBy"}, false},
	{"partner", []string{"contributor", "member", "coOrganizer", "participant", "attendee", "performer"}, true},
	{"funder", []string{"funder", "sponsor"}, false},
	{"", []string{"parentOrganization", "memberOf"}, false},
}

// organizations puts in the organisations that the thing names. Persons are left
// out, and so is a name alone where it may be that of one.
func (a *adapter) organizations() {
	r := a.record
	known := map[string]bool{}
	add := func(role string, v value, typed bool) {
		o := catalog.OrganizationRef{Role: role}
		if n := v.node; n != nil {
			if n == a.node || n.is(persons) || typed && !slices.ContainsFunc(n.types, isOrganization) {
				return
			}
			o.Name = a.text(true, n.all("name", "legalName", "alternateName"))
			o.URL = a.graph.resolve(cmp.Or(n.first("url"), n.first("sameAs")))
			if id := a.ids[n]; id != "" && kinds[n.kind(a.types)] == "organization" {
				o.ID = catalog.NewID(a.config.Source, id)
			}
		} else if !typed && !catalog.IsWebAddress(v.text) {
			o.Name = a.text(true, []value{v})
		}
		if len(o.Name) == 0 || len(r.Organizations) >= catalog.MaxList {
			return
		}
		if key := fold(o.Name[o.Name.Languages()[0]]); !known[key] {
			known[key] = true
			r.Organizations = append(r.Organizations, o)
		}
	}
	for _, one := range roles {
		for _, property := range one.properties {
			for _, v := range a.node.props[property] {
				add(one.role, v, one.typed)
			}
		}
	}
	for _, funding := range a.node.props["funding"] {
		if funding.node != nil {
			for _, v := range append(slices.Clone(funding.node.props["funder"]), funding.node.props["sponsor"]...) {
				add("funder", v, false)
			}
		}
	}
}

// isOrganization reports the types of organisations, those that have no record
// of their own as well.
func isOrganization(name string) bool {
	return kinds[name] == "organization" || kinds[name] == "initiative" || name == "LocalBusiness" || strings.HasSuffix(name, "Organization")
}

// kind is the first of a thing's types that becomes a record.
func (n *node) kind(types map[string]bool) string {
	for _, name := range n.types {
		if types[name] {
			return name
		}
	}
	return ""
}

func (a *adapter) audiences() {
	for _, v := range a.all("audience") {
		s := v.text
		if v.node != nil {
			s = v.node.first("audienceType", "educationalRole", "name")
		}
		for part := range strings.SplitSeq(s, ",") {
			if part = format.Line(format.PlainText(part)); part != "" && len(a.record.Audiences) < catalog.MaxList {
				a.record.Audiences = append(a.record.Audiences, part)
			}
		}
	}
}

// links puts in the page of the record and those about it.
func (a *adapter) links() {
	r, page := a.record, a.graph.page.Response.URL
	r.URL = a.graph.resolve(a.first("url"))
	if id, err := url.Parse(a.node.id); r.URL == "" && err == nil && id.Fragment == "" && catalog.IsWebAddress(a.node.id) {
		r.URL = a.node.id
	}
	r.URL = cmp.Or(r.URL, page)
	add := func(rel, address string) {
		if address = a.graph.resolve(address); address != "" && address != r.URL && len(r.Links) < catalog.MaxList &&
			!slices.ContainsFunc(r.Links, func(l catalog.Link) bool { return l.URL == address }) {
			r.Links = append(r.Links, catalog.Link{Rel: rel, URL: address})
		}
	}
	if page != r.URL {
		add("homepage", page)
	}
	for _, v := range a.all("sameAs") {
		add("homepage", v.text)
	}
	file := func(n *node, rel string) {
		address := n.first("contentUrl", "embedUrl")
		if rel == "" {
			rel = "report"
			if n.is(map[string]bool{"VideoObject": true}) || strings.HasPrefix(n.first("encodingFormat"), "video/") {
				rel = "video"
			}
		}
		add(rel, cmp.Or(address, n.first("url")))
	}
	if a.node.is(map[string]bool{"VideoObject": true}) {
		file(a.node, "video")
	} else if a.first("contentUrl") != "" {
		file(a.node, "")
	}
	for _, name := range []string{"video", "trailer", "encoding", "distribution", "associatedMedia"} {
		for _, v := range a.node.props[name] {
			switch {
			case v.node == nil && (name == "video" || name == "trailer"):
				add("video", v.text)
			case v.node != nil && !v.node.is(map[string]bool{"ImageObject": true, "AudioObject": true}):
				file(v.node, map[string]string{"video": "video", "trailer": "video"}[name])
			}
		}
	}
	for _, v := range a.all("subjectOf") {
		if v.node != nil {
			rel := "example"
			if slices.ContainsFunc(v.node.types, func(name string) bool { return strings.Contains(name, "News") }) {
				rel = "news"
			}
			add(rel, v.node.first("url"))
		}
	}
}

// contact puts in the published contact of an organisation or activity; there is
// none of works, whose contacts are their authors'.
func (a *adapter) contact() {
	if a.record.Kind == "resource" {
		return
	}
	c := catalog.Contact{Email: strings.TrimPrefix(a.first("email"), "mailto:")}
	for _, v := range a.all("contactPoint", "contactPoints") {
		if n := v.node; n != nil && !n.is(persons) {
			c.Email = cmp.Or(c.Email, strings.TrimPrefix(n.first("email"), "mailto:"))
			c.Name = cmp.Or(c.Name, format.Line(n.first("name", "contactType")))
			c.URL = cmp.Or(c.URL, a.graph.resolve(n.first("url")))
		}
	}
	if c.Email != "" || c.URL != "" {
		a.record.Contact = &c
	}
}

// cost puts in the amount of a grant.
func (a *adapter) cost() {
	for _, v := range a.all("amount", "budget") {
		c := catalog.Cost{Amount: v.text, Currency: a.first("currency")}
		if v.node != nil {
			c.Amount, c.Currency = v.node.first("value", "maxValue"), v.node.first("currency")
		}
		if c.Amount != "" && a.record.Cost == nil && a.record.Kind != "resource" {
			a.record.Cost = &c
		}
	}
}

// relations puts in what the thing is part of or made from, where that becomes a
// record of the same page.
func (a *adapter) relations() {
	for _, one := range []struct{ property, rel string }{{"isPartOf", "part-of"}, {"superEvent", "part-of"}, {"isBasedOn", "adapts"}, {"exampleOfWork", "adapts"}} {
		for _, v := range a.node.props[one.property] {
			if id := a.ids[v.node]; id != "" && v.node != a.node {
				a.record.Related = append(a.record.Related, catalog.Relation{Rel: one.rel, ID: catalog.NewID(a.config.Source, id)})
			}
		}
	}
}

// mapped puts in the properties that the source file maps.
func (a *adapter) mapped() {
	for _, name := range format.FieldNames() {
		f, ok := a.section.Fields[name]
		if !ok {
			continue
		}
		set := format.Fields[name]
		found := a.node.props[f.Property]
		if set.Text != nil {
			for language, s := range a.text(set.Line, found) {
				set.Text(a.record, language, s)
			}
			continue
		}
		var values []string
		for _, v := range found {
			s := v.text
			if v.node != nil {
				s = cmp.Or(v.node.first("name"), v.node.id)
			}
			parts := []string{s}
			if f.Property == "keywords" {
				parts = strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;،，、", r) })
			}
			for _, part := range parts {
				part = format.Line(format.PlainText(part))
				if f.Map != nil {
					part = f.Map[fold(part)]
				}
				if set.Address {
					part = a.graph.resolve(part)
				}
				if part != "" && !slices.Contains(values, part) {
					values = append(values, part)
				}
			}
		}
		if err := set.Values(a.record, values[:min(len(values), catalog.MaxList)]); err != nil {
			a.leaveOut(name, "%v", err)
		}
	}
}
