package store

import (
	"maps"
	"slices"

	"clearinghouse/catalog"
)

// This file brings what is stored into accord with which records are one entry.

// touch notes that something is kept of records from which another entry may follow.
func (w *writer) touch(ids ...string) {
	for _, id := range ids {
		w.dirty[id] = nil
	}
}

// touchIdentity notes so of those that have an identity, before that changes.
func (w *writer) touchIdentity(identity string) {
	if _, known := w.touched[identity]; !known {
		w.touched[identity] = w.knownAs(identity)
	}
}

// settle makes the entries what follows from all that is kept now of the records
// that were touched. It is to be called at the end of each transaction in which
// something was.
func (w *writer) settle() error {
	g := &graph{w: w, nodes: map[string]*node{}, known: map[string][]string{}, large: map[string]bool{}}
	for identity, before := range w.touched {
		now := g.knownAs(identity)
		if !holds(identity, before) && !holds(identity, now) {
			continue // it told nothing and tells nothing
		}
		for _, id := range slices.Concat(before, now) {
			if _, known := w.dirty[id]; !known {
				w.touch(id)
			}
		}
	}
	done := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(w.dirty)) {
		if done[id] {
			continue
		}
		entries, err := g.entries(id)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			for _, n := range entry.nodes {
				done[n.id] = true
			}
		}
		if err := w.arrange(entries); err != nil {
			return err
		}
	}
	clear(w.dirty)
	clear(w.touched)
	return nil
}

// arrange stores entries that hang together, and puts what changes with that into the
// log: first what goes, then what shows it.
func (w *writer) arrange(entries []*group) error {
	for _, entry := range entries {
		for _, n := range entry.nodes {
			if n == entry.stays {
				continue
			}
			state, into := catalog.Withdrawn, ""
			if entry.stays != nil {
				state, into = catalog.Merged, entry.stays.id
			}
			if n.state == state && n.into == into && len(n.members) == 0 {
				continue
			}
			if entry.stays != nil && (!n.there || slices.Contains(n.members, into)) {
				if err := w.passOn(n.id, into); err != nil {
					return err
				}
			}
			op, by := opMerge, n.reason
			switch {
			case !n.there:
				op, by = opWithdraw, catalog.Edit{}
				if err := w.keepGone(n); err != nil {
					return err
				}
			case into == "":
				op, by = opWithdraw, catalog.Edit{Why: "it lives on in what is not here"}
			}
			if err := w.rearrange(n, op, state, into, nil, by); err != nil {
				return err
			}
		}
	}
	for _, entry := range entries {
		n := entry.stays
		if n == nil || len(entry.nodes) == 1 && n.state == catalog.Published && len(n.members) == 0 {
			continue
		}
		var members []string
		for _, m := range w.inOrder(entry.nodes) {
			if m != n {
				members = append(members, m.id)
			}
		}
		op, by := w.whyStays(entry, members)
		if err := w.rearrange(n, op, catalog.Published, "", members, by); err != nil {
			return err
		}
	}
	return nil
}

// keepGone notes of a record that is not a tombstone by its state alone that it has
// gone, even if it was one entry with no other then.
func (w *writer) keepGone(n *node) error {
	if slices.ContainsFunc(n.words, func(x word) bool { return x.went(n.id) }) {
		return nil
	}
	return w.say(n.id, n.id, byStore+n.id, word{Time: w.time})
}

// whyStays is what happens to the record that stays, and why.
func (w *writer) whyStays(entry *group, members []string) (op string, by catalog.Edit) {
	n := entry.stays
	for _, m := range entry.nodes {
		switch {
		case m == n || slices.Contains(n.members, m.id):
		case m.id == n.into || slices.Contains(m.members, n.id):
			return opMerge, catalog.Edit{Why: "in place of " + m.id}
		default:
			return opMerge, m.reason
		}
	}
	left := slices.DeleteFunc(slices.Clone(n.members), func(id string) bool { return slices.Contains(members, id) })
	switch {
	case n.into != "":
		return opUnmerge, w.whyApart(n, []string{n.into})
	case len(left) > 0:
		return opUnmerge, w.whyApart(n, left)
	case n.state == catalog.Withdrawn:
		return opReturn, catalog.Edit{}
	}
	return opChange, catalog.Edit{}
}

// whyApart is why a record is no longer one entry with others.
func (w *writer) whyApart(n *node, others []string) catalog.Edit {
	for _, x := range n.words {
		if x.Apart && slices.Contains(others, x.other) {
			return catalog.Edit{By: x.By, Why: x.Why}
		}
	}
	for _, identity := range n.identities {
		ids := w.knownAs(identity)
		if holds(identity, ids) || !slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(others, id) }) {
			continue
		}
		for i := 1; i < len(ids); i++ {
			if source := sourceOf(ids[i]); source == sourceOf(ids[i-1]) {
				return catalog.Edit{Why: "several records of " + source + " have " + identity}
			}
		}
	}
	return catalog.Edit{Why: "nothing says any more that it is the same as " + others[0]}
}

// rearrange stores a record in a state, with the records that live on in it, and
// does nothing if it is stored so.
func (w *writer) rearrange(n *node, op, state, into string, members []string, by catalog.Edit) error {
	before, err := w.current(n.id)
	if err != nil {
		return err
	}
	over, err := w.overlay(n.id)
	if err != nil {
		return err
	}
	if over == nil {
		over = &overlay{Base: before.Record}
	}
	over.Members = members
	if err := w.putOverlay(n.id, over); err != nil {
		return err
	}
	after := *before
	after.Envelope.State, after.Envelope.MergedInto = state, into
	after.Record, after.Envelope.Members, _ = over.shown(w.tx, w.taxonomy) // edits that do not fit wait for their editor
	if n.state == state && n.into == into && after.Record.Provenance.Hash == before.Record.Provenance.Hash &&
		slices.Equal(after.Envelope.Members, before.Envelope.Members) {
		return nil
	}
	return w.put(op, after, before, by)
}

// passOn gives the edits of an entry to the record that now stays in place of another.
func (w *writer) passOn(from, to string) error {
	old, err := w.overlay(from)
	if err != nil || old == nil || len(old.Edits) == 0 {
		return err
	}
	entry, err := w.current(to)
	if err != nil {
		return err
	}
	heir, err := w.overlay(to)
	if err != nil {
		return err
	}
	if heir == nil {
		heir = &overlay{Base: entry.Record}
	}
	heir.Edits = append(heir.Edits, old.Edits...)
	slices.SortStableFunc(heir.Edits, func(a, b edit) int { return a.Time.Compare(b.Time) })
	old.Edits = nil
	if err := w.putOverlay(to, heir); err != nil {
		return err
	}
	return w.putOverlay(from, old)
}
