package store

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"clearinghouse/catalog"
)

// This file says which records are one entry. That follows from what is kept of
// them, and from nothing else: from the words about them, and from what they are
// known by. Only who stays, of several that could, also follows from who stood
// before.

// node is a record in the graph of what could be one entry. A record that waits for
// an editor is in none.
type node struct {
	id, kind   string
	state      string   // as stored, and
	into       string   // in which record it lives on, and
	members    []string // which live on in it
	there      bool     // its source has it, even if only as a part of another
	identities []string // what it can be known by; of those that are there
	words      []word

	group  *group
	reason catalog.Edit // why it came to others
}

// group is the nodes of one entry.
type group struct {
	nodes []*node
	stays *node           // the one whose id stays; nil if none of them is shown
	pulls map[string]bool // sources whose runs deliver those that are there; nil if not read yet
}

// load reads a record as a node, nil if it is in no graph.
func (w *writer) load(id string) (*node, error) {
	entry, err := w.current(id)
	if err != nil || entry == nil {
		return nil, err
	}
	over, err := w.overlay(id)
	if err != nil {
		return nil, err
	}
	n := nodeOf(entry, over)
	return w.hearAbout(n)
}

func nodeOf(entry *catalog.Entry, over *overlay) *node {
	n := &node{id: entry.Record.ID, kind: entry.Record.Kind, state: entry.Envelope.State, into: entry.Envelope.MergedInto}
	if over == nil {
		n.identities = entry.Record.Identities()
	} else {
		n.members, n.identities = over.Members, over.Base.Identities()
	}
	return n
}

// hearAbout completes a node with the words about it.
func (w *writer) hearAbout(n *node) (_ *node, err error) {
	if n.state == catalog.Submitted {
		return nil, nil
	}
	if n.words, err = w.words(n.id); err != nil {
		return nil, err
	}
	if n.there = isThere(n.id, n.state, n.words); !n.there {
		n.identities = nil
	}
	return n, nil
}

// isThere reports whether the source of a record in a state has it.
func isThere(id, state string, words []word) bool {
	said, went := false, false
	for _, x := range words {
		said, went = said || x.said(id), went || x.went(id)
	}
	return said || !went && (state == catalog.Published || state == catalog.Merged)
}

// maxTogether is how many records that are there can hang together by what they are
// known by. Of more, what is one entry stays so as long as the words about them let
// it, and no more becomes one.
const maxTogether = 500

// graph is what is read of the records that a transaction has to do with.
type graph struct {
	w     *writer
	nodes map[string]*node    // nil: in no graph
	known map[string][]string // ids by identity
	large map[string]bool     // ids of records of which too many hang together
}

func (g *graph) node(id string) (*node, error) {
	n, known := g.nodes[id]
	if known {
		return n, nil
	}
	var err error
	if n = g.w.dirty[id]; n != nil {
		n, err = g.w.hearAbout(n)
	} else {
		n, err = g.w.load(id)
	}
	g.nodes[id] = n
	return n, err
}

func (g *graph) knownAs(identity string) []string {
	ids, known := g.known[identity]
	if !known {
		ids = g.w.knownAs(identity)
		g.known[identity] = ids
	}
	return ids
}

// holdersOf are the ids of records that an identity makes one, if it holds, in order.
func (g *graph) holdersOf(identity string) []string {
	ids := g.knownAs(identity)
	if len(ids) == 0 || !holds(identity, ids) {
		return nil
	}
	if of, ok := catalog.SaysSameAs(identity); ok && !slices.Contains(ids, of) {
		ids = slices.Sorted(slices.Values(append(slices.Clip(ids), of)))
	}
	return ids
}

// together gathers the nodes that hang together with one: by words, as parts of one
// entry as stored, and if known is true by what they are known by.
func (g *graph) together(id string, known bool) (map[string]*node, error) {
	found := map[string]*node{}
	there := 0
	for next := []string{id}; len(next) > 0; {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		if _, ok := found[id]; ok {
			continue
		}
		n, err := g.node(id)
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		found[id] = n
		if n.there {
			there++
		}
		for _, x := range n.words {
			if !x.Apart {
				next = append(next, x.other)
			}
		}
		next = append(next, n.members...)
		if n.into != "" {
			next = append(next, n.into)
		}
		if !known || !n.there {
			continue
		}
		if there > maxTogether {
			for id := range found {
				g.large[id] = true
			}
			return found, nil
		}
		for _, identity := range n.identities {
			next = append(next, g.holdersOf(identity)...)
		}
		next = append(next, g.holdersOf(catalog.IdentityOf(n.kind, n.id))...)
	}
	return found, nil
}

// entries are the entries that a record and those that hang together with it make.
func (g *graph) entries(id string) ([]*group, error) {
	nodes, err := g.together(id, !g.large[id])
	large := g.large[id]
	if err == nil && large {
		nodes, err = g.together(id, false)
	}
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	p := &partition{graph: g, nodes: nodes}
	p.read()
	for _, e := range p.decided {
		p.unite(e, nil)
	}
	for _, e := range p.said {
		p.unite(e, nil)
	}
	if large {
		p.uniteStored()
	} else {
		p.uniteKnown()
	}
	return p.groups(), nil
}

// partition divides nodes that hang together into entries.
type partition struct {
	*graph
	nodes   map[string]*node
	apart   map[[2]string]bool // both ways
	decided []edge             // the newest first
	said    []edge
}

// edge is why two nodes are one entry.
type edge struct {
	a, b *node
	word
}

// ids are in order, so that all that is made of the nodes is.
func (p *partition) ids() []string { return slices.Sorted(maps.Keys(p.nodes)) }

func (p *partition) read() {
	p.apart = map[[2]string]bool{}
	for _, id := range p.ids() {
		n := p.nodes[id]
		n.group, n.reason = &group{nodes: []*node{n}}, catalog.Edit{}
		for _, x := range n.words {
			other := p.nodes[x.other]
			switch {
			case x.Apart:
				p.apart[[2]string{id, x.other}] = true
			case other == nil:
			case x.voice == byEditor && id < x.other:
				p.decided = append(p.decided, edge{n, other, x})
			case x.said(id):
				x.Why = "merged by " + strings.TrimPrefix(x.voice, bySource)
				p.said = append(p.said, edge{n, other, x})
			}
		}
	}
	slices.SortStableFunc(p.decided, func(a, b edge) int { return b.Time.Compare(a.Time) })
}

// uniteKnown makes one entry of records that are known by the same, unless the entry
// would have two records of one source, or of one pull, which has merged what it
// wanted to.
func (p *partition) uniteKnown() {
	identities := map[string]bool{}
	for _, n := range p.nodes {
		for _, identity := range n.identities {
			identities[identity] = true
		}
	}
	for _, identity := range slices.Sorted(maps.Keys(identities)) {
		ids := p.holdersOf(identity)
		for i, a := range ids {
			for _, b := range ids[i+1:] {
				one, two := p.nodes[a], p.nodes[b]
				if one != nil && two != nil && one.there && two.there {
					p.unite(edge{one, two, word{Why: "both have " + identity}}, p.ofSeveralPulls)
				}
			}
		}
	}
}

// uniteStored makes one entry of what is one already.
func (p *partition) uniteStored() {
	for _, id := range p.ids() {
		if n := p.nodes[id]; n.there && n.into != "" && p.nodes[n.into] != nil {
			p.unite(edge{n, p.nodes[n.into], word{}}, nil)
		}
	}
}

// unite makes one group of those of two nodes, unless that is forbidden: an editor
// has told some of them apart, they are of several kinds, or the rule that is given
// does not let it.
func (p *partition) unite(e edge, rule func(a, b *group) bool) {
	one, two := e.a.group, e.b.group
	if one == two || one.nodes[0].kind != two.nodes[0].kind || p.toldApart(one, two) || rule != nil && !rule(one, two) {
		return
	}
	for _, n := range []*node{e.a, e.b} {
		if len(n.group.nodes) == 1 {
			n.reason = catalog.Edit{By: e.By, Why: e.Why}
		}
	}
	one.nodes = append(one.nodes, two.nodes...)
	for _, n := range two.nodes {
		n.group = one
	}
	if one.pulls != nil {
		maps.Copy(one.pulls, p.pullsOf(two))
	}
}

func (p *partition) toldApart(one, two *group) bool {
	if len(p.apart) == 0 {
		return false
	}
	for _, a := range one.nodes {
		for _, b := range two.nodes {
			if p.apart[[2]string{a.id, b.id}] {
				return true
			}
		}
	}
	return false
}

func (p *partition) ofSeveralPulls(one, two *group) bool {
	pulls := p.pullsOf(one)
	for source := range p.pullsOf(two) {
		if pulls[source] {
			return false
		}
	}
	return true
}

func (p *partition) pullsOf(g *group) map[string]bool {
	if g.pulls == nil {
		g.pulls = map[string]bool{}
		for _, n := range g.nodes {
			if !n.there {
				continue
			}
			for _, source := range p.w.pullers(n.id) {
				g.pulls[source] = true
			}
		}
	}
	return g.pulls
}

// groups chooses in each group which id stays, and puts those that have gone to
// those that they were one entry with.
func (p *partition) groups() []*group {
	var shown, hidden []*group
	done := map[*group]bool{}
	for _, id := range p.ids() {
		g := p.nodes[id].group
		if done[g] {
			continue
		}
		done[g] = true
		if g.stays = p.choose(g); g.stays == nil {
			hidden = append(hidden, g)
		} else {
			shown = append(shown, g)
		}
	}
	heirs := map[*group]*group{}
	for _, g := range hidden {
		heirs[g] = p.heir(g, g, map[*group]bool{})
	}
	all := shown
	for _, g := range hidden {
		heir := heirs[g]
		if heir == nil {
			all = append(all, g)
			continue
		}
		heir.nodes = append(heir.nodes, g.nodes...)
	}
	for _, g := range all {
		for _, n := range g.nodes {
			n.group = g
		}
	}
	return all
}

// choose is the node whose id stays, nil if no node stands for itself: of those that
// stand already, else of all, the one that was published first. A record that lives
// on in another, says its source, does not stand, unless it is another entry here.
func (p *partition) choose(g *group) *node {
	var standing, targets []*node
	for _, n := range g.nodes {
		if !n.there {
			continue
		}
		stands := true
		for _, x := range n.words {
			if !x.said(n.id) || p.apart[[2]string{n.id, x.other}] {
				continue
			}
			other := p.nodes[x.other]
			if other == nil || other.group == g {
				stands = false
			}
			if other != nil && other.group == g && other.there {
				targets = append(targets, other)
			}
		}
		if stands {
			standing = append(standing, n)
		}
	}
	if len(standing) == 0 {
		standing = targets // two sources say the opposite of one another
	}
	if published := slices.DeleteFunc(slices.Clone(standing), func(n *node) bool { return n.state != catalog.Published }); len(published) > 0 {
		standing = published
	}
	if len(standing) == 0 {
		return nil
	}
	return p.w.inOrder(standing)[0]
}

// heir is the shown group to which the records of a hidden one have gone, nil if
// there is none.
func (p *partition) heir(of, g *group, seen map[*group]bool) *group {
	seen[g] = true
	slices.SortFunc(g.nodes, func(a, b *node) int { return strings.Compare(a.id, b.id) })
	for _, n := range g.nodes {
		for _, x := range n.words {
			other := p.nodes[x.other]
			if !x.went(n.id) || other == nil || seen[other.group] {
				continue
			}
			heir := other.group
			if heir.stays == nil {
				heir = p.heir(of, heir, seen)
			}
			if heir != nil && heir.nodes[0].kind == of.nodes[0].kind && !p.toldApart(of, heir) {
				return heir
			}
		}
	}
	return nil
}

// inOrder puts nodes into the order in which they were first published.
func (w *writer) inOrder(nodes []*node) []*node {
	if len(nodes) < 2 {
		return nodes
	}
	first := map[*node]uint64{}
	for _, n := range nodes {
		first[n] = w.firstPublished(n.id)
	}
	return slices.SortedFunc(slices.Values(nodes), func(a, b *node) int {
		return cmp.Or(cmp.Compare(first[a], first[b]), strings.Compare(a.id, b.id))
	})
}

// firstPublished is the place in the log of the first version that readers saw, the
// greatest number if there is none.
func (w *writer) firstPublished(id string) uint64 {
	c := w.bucket(versionsBucket).Cursor()
	prefix := named(id)
	for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		if !mayBe(raw, catalog.Published) {
			continue
		}
		if entry, err := decodeEntry(raw); err == nil && entry.Public() {
			return entry.Envelope.Seq
		}
	}
	return math.MaxUint64
}
