package iati

import (
	"cmp"
	"regexp"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

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
