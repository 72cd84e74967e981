package iati

import (
	"cmp"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

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

// setAddresses: people should visit the activity's own page, else that of the
// activity on the site that the source file names.
func (d *adaption) setAddresses(page, where string) {
	r := d.record
	file := where[:strings.LastIndexByte(where, ':')]
	if r.Provenance.URL = page; page == "" && catalog.IsWebAddress(file) {
		r.Provenance.URL = format.Public(file)
	}
	for _, s := range d.Websites {
		r.URL = cmp.Or(r.URL, webAddress(s))
	}
	r.URL = cmp.Or(r.URL, d.ownPage, page)
}

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
