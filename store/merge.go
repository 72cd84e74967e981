package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// member is a record that lives on in another. Its own versions go on, with what
// its source delivers, in the state Merged.
type member struct {
	ID   string `json:"id"`
	Why  string `json:"why,omitempty"`  // the identity that both had, or saidBy a source; "" if a person merged them
	Gone bool   `json:"gone,omitempty"` // its source no longer has it, so that nothing of it is shown
}

// saidBy is the Why of what the source itself has merged. It has put into the
// record that stayed what it wants to show of the other.
func saidBy(source string) string { return "source " + source }

// adds reports whether something of the member's record is shown.
func (m member) adds() bool { return !m.Gone && !strings.HasPrefix(m.Why, "source ") }

// readEntry is the current version of a record, nil if there is none that can be
// read.
func readEntry(tx *bolt.Tx, id string) *catalog.Entry {
	_, raw := currentVersion(tx, id)
	if raw == nil {
		return nil
	}
	entry, err := decodeEntry(raw)
	if err != nil {
		return nil
	}
	return entry
}

// livesOn reports whether the record into lists id among its members.
func livesOn(tx *bolt.Tx, id, into string) bool {
	var o overlay
	raw := tx.Bucket(overlaysBucket).Get([]byte(into))
	return raw != nil && json.Unmarshal(raw, &o) == nil && o.member(id) != nil
}

func (o *overlay) member(id string) *member {
	for i := range o.Members {
		if o.Members[i].ID == id {
			return &o.Members[i]
		}
	}
	return nil
}

// united is the base with what its members add to it, and the provenance of all
// of them. A member whose version is damaged adds nothing until it is delivered
// again; nor does one with which the record would be too large.
func (o *overlay) united(tx *bolt.Tx, taxonomy *catalog.Taxonomy) (catalog.Record, []catalog.Member) {
	if len(o.Members) == 0 {
		return o.Base, nil
	}
	record := o.Base
	provenances := []catalog.Member{{ID: record.ID, Provenance: record.Provenance}}
	var ids []string
	for _, m := range o.Members {
		ids = append(ids, m.ID)
	}
	for _, m := range o.Members {
		entry := readEntry(tx, m.ID)
		if entry == nil || m.Gone {
			continue
		}
		provenances = append(provenances, catalog.Member{ID: m.ID, Provenance: entry.Record.Provenance})
		if !m.adds() {
			continue
		}
		// Clean writes into the record that it cleans, and both may share lists.
		more, err := catalog.DecodeRecord(record.JSON())
		if err != nil {
			continue
		}
		more.Unite(&entry.Record, ids)
		more.Clean(taxonomy)
		if len(more.Validate(taxonomy)) == 0 && len(more.JSON()) <= catalog.MaxRecordBytes {
			record = *more
		}
	}
	return record, provenances
}

// base is a record as last harvested, without what was done to it here.
func (w *writer) base(entry *catalog.Entry) (catalog.Record, error) {
	over, err := w.overlay(entry.Record.ID)
	if err != nil || over == nil {
		return entry.Record, err
	}
	return over.Base, nil
}

// place is the id of the record in which id lives on, itself if it does not, "" if
// there is no such record or readers do not see it.
func (w *writer) place(id string) (string, error) {
	entry, err := w.current(id)
	if err != nil || entry == nil {
		return "", err
	}
	switch entry.Envelope.State {
	case catalog.Merged:
		return w.place(entry.Envelope.MergedInto)
	case catalog.Published:
		return id, nil
	}
	return "", nil
}

// group is a published record and those that live on in it.
type group struct {
	id    string
	first uint64 // place in the log of the version with which it was first published
	over  *overlay
}

func (w *writer) group(id string) (group, error) {
	g := group{id: id}
	var err error
	if g.over, err = w.overlay(id); err != nil {
		return g, err
	}
	if g.over == nil {
		g.over = &overlay{}
	}
	g.first, err = w.firstPublished(id)
	return g, err
}

func (g group) ids() []string {
	out := []string{g.id}
	for _, m := range g.over.Members {
		out = append(out, m.ID)
	}
	return out
}

// firstPublished is the place in the log of the first version that readers saw.
func (w *writer) firstPublished(id string) (uint64, error) {
	c := w.bucket(versionsBucket).Cursor()
	prefix := named(id)
	for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		if entry, err := decodeEntry(raw); err == nil && entry.Public() {
			return entry.Envelope.Seq, nil
		}
	}
	return 0, fmt.Errorf("%s was never published", id)
}

// join makes one entry of two. The one that was first published stays.
func (w *writer) join(a, b group, why string, by catalog.Edit) (survivor string, err error) {
	if b.first < a.first {
		a, b = b, a
	}
	members := append(slices.Clone(a.over.Members), member{ID: b.id, Why: why})
	members = append(members, b.over.Members...)
	return a.id, w.setMembers(a.id, members, opMerge, by)
}

// setMembers makes the records of members live on in the record id, and in no
// other, and puts what changes with that into the log: first what goes, then
// what shows it. Their places are freed by whoever calls.
func (w *writer) setMembers(id string, members []member, op string, by catalog.Edit) error {
	first := map[string]uint64{}
	for _, m := range members {
		first[m.ID], _ = w.firstPublished(m.ID)
	}
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(first[a.ID], first[b.ID]) })
	for _, m := range members {
		before, err := w.current(m.ID)
		if err != nil {
			return err
		}
		after := *before
		after.Envelope.State, after.Envelope.MergedInto = catalog.Merged, id
		if err := w.alone(&after, nil); err != nil {
			return err
		}
		if before.Envelope.State == catalog.Merged && before.Envelope.MergedInto == id {
			continue
		}
		if err := w.put(op, after, before, by); err != nil {
			return err
		}
	}
	before, err := w.current(id)
	if err != nil {
		return err
	}
	after := *before
	if after.Envelope.State == catalog.Merged {
		after.Envelope.State, after.Envelope.MergedInto = catalog.Published, ""
	}
	if err := w.alone(&after, members); err != nil {
		return err
	}
	return w.put(op, after, before, by)
}

// alone gives a record the members, none with nil, and makes the entry show it so.
func (w *writer) alone(entry *catalog.Entry, members []member) error {
	over, err := w.overlay(entry.Record.ID)
	if err != nil {
		return err
	}
	if over == nil {
		over = &overlay{Base: entry.Record}
	}
	over.Members = members
	entry.Record, entry.Envelope.Members, _ = over.shown(w.tx, w.taxonomy) // edits that do not fit wait for their editor
	return w.putOverlay(entry.Record.ID, over)
}

// refresh shows in a merged entry what has become of one of its members. If its
// own record is gone, the member takes its place.
func (w *writer) refresh(id, changed string) error {
	before, err := w.current(id)
	if err != nil {
		return err
	}
	over, err := w.overlay(id)
	if err != nil || over == nil || before == nil {
		return err // Verify names it
	}
	if m := over.member(changed); before.Envelope.State == catalog.Withdrawn && m != nil && m.adds() {
		return w.handOver(id, over, changed)
	}
	after := *before
	after.Record, after.Envelope.Members, _ = over.shown(w.tx, w.taxonomy)
	if after.Record.Provenance.Hash == before.Record.Provenance.Hash && slices.Equal(after.Envelope.Members, before.Envelope.Members) {
		return nil
	}
	return w.put(opChange, after, before, catalog.Edit{})
}

// handOver puts a member in the place of the record that it lived on in, whose
// source no longer has it.
func (w *writer) handOver(from string, over *overlay, to string) error {
	members := slices.DeleteFunc(slices.Clone(over.Members), func(m member) bool { return m.ID == to })
	members = append(members, member{ID: from, Why: over.member(to).Why, Gone: true})
	return w.setMembers(to, members, opMerge, catalog.Edit{})
}

// back notes that the source of a merged record has it again, and reports whether
// it was gone.
func (w *writer) back(entry *catalog.Entry) (was bool, err error) {
	over, err := w.overlay(entry.Envelope.MergedInto)
	if err != nil || over == nil {
		return false, err
	}
	m := over.member(entry.Record.ID)
	if m == nil || !m.Gone {
		return false, nil
	}
	m.Gone = false
	return true, w.putOverlay(entry.Envelope.MergedInto, over)
}

// withdrawMember takes away what a merged entry shows of one of its records. Of
// other records, and if nothing else of the entry is left, done is false.
func (w *writer) withdrawMember(before *catalog.Entry) (done bool, outcome catalog.Outcome, err error) {
	id := before.Record.ID
	if before.Envelope.State != catalog.Merged {
		over, err := w.overlay(id)
		if err != nil || over == nil {
			return false, outcome, err
		}
		if i := slices.IndexFunc(over.Members, member.adds); i >= 0 {
			return true, catalog.Outcome{Withdrawn: 1}, w.handOver(id, over, over.Members[i].ID)
		}
		return false, outcome, nil
	}
	into := before.Envelope.MergedInto
	over, err := w.overlay(into)
	if err != nil || over == nil {
		return true, outcome, err
	}
	m := over.member(id)
	if m == nil || m.Gone {
		return true, outcome, nil
	}
	m.Gone = true
	if err := w.putOverlay(into, over); err != nil {
		return true, outcome, err
	}
	if err := w.put(opWithdraw, *before, before, catalog.Edit{}); err != nil {
		return true, outcome, err
	}
	return true, catalog.Outcome{Withdrawn: 1}, w.refresh(into, id)
}

// separate takes records out of the entry that they live on in.
func (w *writer) separate(into string, ids []string, by catalog.Edit) error {
	over, err := w.overlay(into)
	if err != nil || over == nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(over.Members), func(m member) bool { return slices.Contains(ids, m.ID) })
	for _, id := range ids {
		before, err := w.current(id)
		if err != nil {
			return err
		}
		after := *before
		after.Envelope.State, after.Envelope.MergedInto = catalog.Published, ""
		if m := over.member(id); m != nil && m.Gone {
			after.Envelope.State = catalog.Withdrawn
		}
		if err := w.put(opUnmerge, after, before, by); err != nil {
			return err
		}
	}
	return w.setMembers(into, rest, opUnmerge, by)
}

// identify keeps by what a record as harvested can be known, in place of what it
// was known by before.
func (w *writer) identify(before, now *catalog.Record) error {
	var old []string
	if before != nil {
		old = before.Identities()
	}
	known, identities := w.bucket(knownBucket), now.Identities()
	for _, identity := range old {
		if !slices.Contains(identities, identity) {
			if err := known.Delete(append(named(identity), now.ID...)); err != nil {
				return err
			}
		}
	}
	for _, identity := range identities {
		if !slices.Contains(old, identity) {
			if err := known.Put(append(named(identity), now.ID...), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// identifyAll does so for all records of a catalogue that did not keep it.
func identifyAll(tx *bolt.Tx) error {
	if tx.Bucket(currentBucket) == nil {
		return nil
	}
	w := &writer{tx: tx}
	return tx.Bucket(currentBucket).ForEach(func(id, _ []byte) error {
		entry := readEntry(tx, string(id))
		if entry == nil {
			return nil // Verify names it
		}
		base, err := w.base(entry)
		if err != nil {
			return nil
		}
		return w.identify(nil, &base)
	})
}

// maxKnown is how many records of one identity are looked at; what more of them
// have is no identity.
const maxKnown = 50

// knownAs lists the ids of records with an identity, up to maxKnown. unique is
// false if one source has several of them: then it tells nothing.
func (w *writer) knownAs(identity string) (ids []string, unique bool) {
	prefix := named(identity)
	unique = true
	last := ""
	c := w.bucket(knownBucket).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if len(ids) == maxKnown {
			return ids, false
		}
		id := string(k[len(prefix):])
		source, _, _ := catalog.SplitID(id)
		unique = unique && source != last
		ids, last = append(ids, id), source
	}
	return ids, unique
}

// match merges a record that was harvested with the record of another source that
// is of the same identity, see catalog.Record.Identities. A page that one source
// names for several records is none: what was merged by it is taken apart again.
// No entry gets two records of one source so, nor of one pull, which has merged
// what it wanted to, and none that an editor has told apart.
func (w *writer) match(source string, record *catalog.Record) error {
	try := func(identity string, ids []string) error {
		for _, other := range ids {
			if other == record.ID || w.sawEver(source, other) {
				continue
			}
			if err := w.matchTwo(record.ID, other, identity); err != nil {
				return err
			}
		}
		return nil
	}
	for _, identity := range record.Identities() {
		ids, unique := w.knownAs(identity)
		var err error
		switch {
		case !strings.HasPrefix(identity, catalog.PageIdentity) || unique:
			err = try(identity, ids)
		default:
			err = w.disprove(identity, record.ID, ids)
		}
		if err != nil {
			return err
		}
	}
	for _, other := range record.SameAs() {
		if err := try(record.IdentityOf(other), []string{other}); err != nil {
			return err
		}
	}
	own := record.IdentityOf(record.ID)
	ids, _ := w.knownAs(own)
	return try(own, ids)
}

// matchTwo merges the entries of two records that are said to be the same.
func (w *writer) matchTwo(id, other, identity string) error {
	a, err := w.place(id)
	if err != nil || a == "" {
		return err
	}
	b, err := w.place(other)
	if err != nil || b == "" || a == b {
		return err
	}
	one, err := w.group(a)
	if err != nil {
		return err
	}
	two, err := w.group(b)
	if err != nil {
		return err
	}
	kind := ""
	sources := map[string]bool{}
	for _, in := range append(one.ids(), two.ids()...) {
		source, _, _ := catalog.SplitID(in)
		entry, err := w.current(in)
		if err != nil || entry == nil {
			return err
		}
		if kind = cmp.Or(kind, entry.Record.Kind); sources[source] || entry.Record.Kind != kind {
			return nil
		}
		sources[source] = true
	}
	for _, x := range one.ids() {
		for _, y := range two.ids() {
			if pair, err := w.pair(x, y); err != nil || pair != nil && pair.Dismissed {
				return err
			}
		}
	}
	_, err = w.join(one, two, identity, catalog.Edit{Why: "both have " + identity})
	return err
}

// disprove takes apart what was merged by an identity of which id is the second
// of its source.
func (w *writer) disprove(identity, id string, ids []string) error {
	source, _, _ := catalog.SplitID(id)
	same := 0
	for _, other := range ids {
		if strings.HasPrefix(other, source+":") {
			same++
		}
	}
	if same != 2 {
		return nil
	}
	for _, other := range ids {
		entry, err := w.current(other)
		if err != nil {
			return err
		}
		if entry == nil || entry.Envelope.State != catalog.Merged {
			continue
		}
		over, err := w.overlay(entry.Envelope.MergedInto)
		if err != nil || over == nil {
			return err
		}
		if m := over.member(other); m != nil && m.Why == identity {
			if err := w.separate(entry.Envelope.MergedInto, []string{other}, catalog.Edit{Why: "several records of " + source + " have " + identity}); err != nil {
				return err
			}
		}
	}
	return nil
}

// standAgain takes out of their entries the records of a page that its source
// once merged and now has again.
func (w *writer) standAgain(page catalog.Page, ids []string) error {
	for _, id := range ids {
		entry, err := w.current(id)
		if err != nil {
			continue // it is damaged, and will be mended
		}
		if entry == nil || entry.Envelope.State != catalog.Merged {
			continue
		}
		over, err := w.overlay(entry.Envelope.MergedInto)
		if err != nil {
			return err
		}
		if over == nil {
			continue
		}
		if m := over.member(id); m != nil && m.Why == saidBy(page.Source) {
			if err := w.separate(entry.Envelope.MergedInto, []string{id}, catalog.Edit{Why: page.Source + " has it again"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeAsSaid merges what the source of a page has merged. What lives on in a
// record that is not here is withdrawn.
func (w *writer) mergeAsSaid(page catalog.Page) (catalog.Outcome, error) {
	var outcome catalog.Outcome
	for _, id := range slices.Sorted(maps.Keys(page.Merged)) {
		entry, err := w.current(id)
		if err != nil {
			return outcome, err
		}
		if entry == nil || !w.sawEver(page.Source, id) {
			continue // it is not from there
		}
		into, err := w.place(page.Merged[id])
		if err != nil {
			return outcome, err
		}
		here, err := w.place(id)
		if err != nil {
			return outcome, err
		}
		switch {
		case into == "":
			counted, err := w.withdraw(page.Source, id)
			if err != nil {
				return outcome, err
			}
			outcome.Add(counted)
			continue
		case here == "" || here == into:
		default:
			if here != id { // merged here, into another
				if err := w.separate(here, []string{id}, catalog.Edit{}); err != nil {
					return outcome, err
				}
			}
			one, err := w.group(into)
			if err != nil {
				return outcome, err
			}
			two, err := w.group(id)
			if err != nil {
				return outcome, err
			}
			one.first, two.first = 0, 1 // the source says which of the two stays
			if _, err := w.join(one, two, saidBy(page.Source), catalog.Edit{Why: "merged by " + page.Source}); err != nil {
				return outcome, err
			}
			outcome.Withdrawn++
		}
		if err := w.saw(page, id); err != nil {
			return outcome, err
		}
	}
	return outcome, nil
}

// Merge makes one entry of several records and all that lives on in them. The id
// that was first published stays and is returned; the others are found under it,
// and what their sources deliver goes on to be shown there. by says who does it
// and why; its patch is not looked at.
//
// The error is NotFound if there is no such record, Conflict if one is not
// published or all are one entry already, and Invalid if they are of several
// kinds.
func (s *Store) Merge(ctx context.Context, ids []string, by catalog.Edit, now time.Time) (survivor string, err error) {
	err = s.update(ctx, now, func(w *writer) error {
		places, kind := []string{}, ""
		for _, id := range ids {
			entry, err := w.known(id)
			if err != nil {
				return err
			}
			place, err := w.place(id)
			if err != nil {
				return err
			}
			if place == "" {
				return catalog.Errorf(catalog.Conflict, "the record %s is %s and cannot be merged: only published ones can", id, entry.Envelope.State)
			}
			if kind = cmp.Or(kind, entry.Record.Kind); entry.Record.Kind != kind {
				return catalog.Errorf(catalog.Invalid, "%s is of kind %s and %s of kind %s: only records of one kind can be merged", ids[0], kind, id, entry.Record.Kind)
			}
			if !slices.Contains(places, place) {
				places = append(places, place)
			}
		}
		if len(places) < 2 {
			return catalog.Errorf(catalog.Conflict, "%s are one entry already: name records of two at least", strings.Join(ids, " and "))
		}
		survivor = places[0]
		for _, place := range places[1:] {
			one, err := w.group(survivor)
			if err != nil {
				return err
			}
			two, err := w.group(place)
			if err != nil {
				return err
			}
			if err := w.forgetPairs(one.ids(), two.ids()); err != nil {
				return err
			}
			if survivor, err = w.join(one, two, "", catalog.Edit{By: by.By, Why: by.Why}); err != nil {
				return err
			}
		}
		return nil
	})
	return survivor, err
}

// known is the current version of a record. The error is NotFound if there is none.
func (w *writer) known(id string) (*catalog.Entry, error) {
	if checkID(id) != nil {
		return nil, notFound(id)
	}
	entry, err := w.current(id)
	if err == nil && entry == nil {
		err = notFound(id)
	}
	return entry, err
}

// Unmerge undoes a merge: of the record in which others live on, all of it; of
// one of the others, only its own. It returns the ids that stand by themselves
// again, as they were last harvested and with their own edits. What was told apart
// so is not merged by itself again.
//
// The error is NotFound if there is no such record, and Conflict if it is not
// merged.
func (s *Store) Unmerge(ctx context.Context, id string, by catalog.Edit, now time.Time) (restored []string, err error) {
	by = catalog.Edit{By: by.By, Why: by.Why}
	err = s.update(ctx, now, func(w *writer) error {
		entry, err := w.known(id)
		if err != nil {
			return err
		}
		into := id
		if entry.Envelope.State == catalog.Merged {
			into = entry.Envelope.MergedInto
		}
		over, err := w.overlay(into)
		if err != nil {
			return err
		}
		if over == nil || len(over.Members) == 0 {
			return catalog.Errorf(catalog.Conflict, "the record %s is not merged with another", id)
		}
		all := group{id: into, over: over}.ids()
		if restored = all[1:]; id != into {
			restored = []string{id}
		}
		if err := w.separate(into, restored, by); err != nil {
			return err
		}
		for _, one := range restored {
			for _, other := range all {
				if one != other {
					if err := w.dismiss(one, other, by); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return restored, err
}
