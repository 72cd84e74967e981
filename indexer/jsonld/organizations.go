package jsonld

import (
	"cmp"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

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
		if key := format.FoldWord(o.Name[o.Name.Languages()[0]]); !known[key] {
			known[key] = true
			r.Organizations = append(r.Organizations, o)
		}
	}
	for _, one := range roles {
		for _, property := range one.properties {
			for _, v := range a.node.values(property) {
				add(one.role, v, one.typed)
			}
		}
	}
	for _, funding := range a.node.values("funding") {
		if funding.node != nil {
			for _, v := range append(slices.Clone(funding.node.values("funder")), funding.node.values("sponsor")...) {
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
