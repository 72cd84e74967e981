package jsonld

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"clearinghouse/catalog"
)

// links puts in the page of the record and those about it.
func (a *adapter) links() {
	r, page := a.record, a.address(a.graph.page.Response)
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
		for _, v := range a.node.values(name) {
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

// relations puts in what the thing is part of or made from, where that becomes a
// record of the same page.
func (a *adapter) relations() {
	for _, one := range []struct{ property, rel string }{{"isPartOf", "part-of"}, {"superEvent", "part-of"}, {"isBasedOn", "adapts"}, {"exampleOfWork", "adapts"}} {
		for _, v := range a.node.values(one.property) {
			if id := a.ids[v.node]; id != "" && v.node != a.node {
				a.record.Related = append(a.record.Related, catalog.Relation{Rel: one.rel, ID: catalog.NewID(a.config.Source, id)})
			}
		}
	}
}
