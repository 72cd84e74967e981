package jsonld

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

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
// says will not be, and of what there was no room for any more.
func (p *pages) adapt(g *graph) (items []format.Item, withdrawn, left []string) {
	roots := withoutTwins(g.roots(p.types), p.types)
	ids := p.natives(g, roots)
	for _, n := range roots {
		a := &adapter{pages: p, graph: g, ids: ids, node: n}
		if strings.HasSuffix(a.first("eventStatus"), "EventCancelled") {
			withdrawn = append(withdrawn, ids[n])
			continue
		}
		item := format.Item{Record: a.make(), Where: g.page.Response.URL, LeftOut: a.leftOut}
		if g.read > maxRead {
			left = append(left, ids[n])
			continue
		}
		items = append(items, item)
	}
	return items, withdrawn, left
}

// withoutTwins leaves out what a page says in microdata as well as in JSON-LD.
func withoutTwins(roots []*node, types map[string]bool) []*node {
	title := func(n *node) string { return kinds[n.kind(types)] + " " + format.FoldWord(n.first("name", "headline")) }
	said := map[string]bool{}
	for _, n := range roots {
		said[title(n)] = said[title(n)] || !n.microdata
	}
	return slices.DeleteFunc(roots, func(n *node) bool { return n.microdata && said[title(n)] })
}

// natives are the source's own ids of things: what a thing says, else its own
// page, else the page that it stands on. Of several that share one the first keeps
// it, so that it stays what it was before others came; the title tells those apart.
func (p *pages) natives(g *graph, roots []*node) map[*node]string {
	home := p.config.Addresses[0]
	out, taken := map[*node]string{}, map[string]bool{}
	for _, n := range roots {
		id := n.id
		if !catalog.IsWebAddress(id) && (id == "" || strings.HasPrefix(id, "_:")) {
			id = g.resolve(n.first("url"))
		}
		if id == "" || id == g.page.Response.URL {
			id = p.native(g.page.Response)
		} else if catalog.IsWebAddress(id) {
			id = format.Native(id, home)
		}
		if out[n] = id; taken[id] {
			out[n] = id + "#" + format.FoldWord(n.first("name", "headline"))
		}
		taken[id] = true
	}
	return out
}

// address is that of a page; of one that the source file gives, without what may be
// secret in it.
func (p *pages) address(r format.Response) string {
	if slices.Contains(p.config.Addresses, r.URL) {
		return format.Public(r.URL)
	}
	return r.URL
}

// native is the source's own id of what a page is about, which shows no more of the
// page's address than address does.
func (p *pages) native(r format.Response) string {
	home := p.config.Addresses[0]
	if !slices.Contains(p.config.Addresses, r.URL) {
		return format.Native(r.Page(), home)
	}
	id := format.Native(format.Public(r.URL), home)
	if _, query, has := strings.Cut(r.URL, "?"); has {
		sum := sha256.Sum256([]byte(query))
		id += "#" + base64.RawURLEncoding.EncodeToString(sum[:6])
	}
	return id
}

// all are the values of the first of the properties that has any.
func (a *adapter) all(properties ...string) []value { return a.node.all(properties...) }

// first is the first text of the properties, "" without one.
func (a *adapter) first(properties ...string) string { return a.node.first(properties...) }

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
	a.texts()
	a.original()
	a.dates()
	for _, name := range []string{"location", "areaServed", "spatialCoverage", "spatial", "jobLocation", "address", "eligibleRegion"} {
		for _, one := range n.values(name) {
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
	format.AddTranslations(r)
	if licence := n.values("license"); len(licence) > 0 {
		r.Provenance.Licence = licence[0].text
		if l := licence[0].node; l != nil {
			r.Provenance.Licence = cmp.Or(l.first("url"), l.first("name"), l.id)
		}
		r.Provenance.Licence = format.Line(r.Provenance.Licence)
	}
	r.Provenance.URL = a.address(a.graph.page.Response)
	return r
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
