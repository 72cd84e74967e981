package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// Save stores a page of a harvest in one transaction: its records, tombstones,
// cursor and notes, or nothing. When it returns without an error, all is on disk.
//
// A record whose content and provenance, but for the time it was retrieved, are
// as last harvested makes no version and counts as unchanged, unless what is
// stored of it is damaged: then it is stored anew. A tombstone
// whose record is delivered again becomes a new version in the state it had
// before. Of an id that stands twice in the page the last record counts; a
// record in the page wins over its id in Withdrawn. With a Run above 0 it is
// noted that the run delivered the records, for FinishRun.
func (s *Store) Save(ctx context.Context, page catalog.Page) (catalog.Outcome, error) {
	var outcome catalog.Outcome
	if err := checkSource(page.Source); err != nil {
		return outcome, err
	}
	delivered := make(map[string]catalog.Record, len(page.Records))
	for _, r := range page.Records {
		if err := checkID(r.ID); err != nil {
			return outcome, err
		}
		record := *r
		record.Provenance.Hash = record.ContentHash()
		delivered[record.ID] = record
	}
	gone := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(page.Withdrawn))), func(id string) bool {
		_, here := delivered[id]
		return here
	})
	err := s.update(ctx, page.Time, func(w *writer) error {
		outcome = catalog.Outcome{}
		merged := slices.Sorted(maps.Keys(page.Merged))
		public := slices.DeleteFunc(slices.Clone(merged), w.isHidden)
		for _, id := range slices.Sorted(maps.Keys(delivered)) {
			counted, err := w.take(page, delivered[id])
			if err != nil {
				return err
			}
			outcome.Add(counted)
		}
		for _, id := range page.Seen {
			if page.Merged != nil && w.isForeign(page.Source, id) {
				continue // to be refused is not to deliver it
			}
			if _, raw := currentVersion(w.tx, id); raw != nil {
				if err := w.saw(page, id); err != nil {
					return err
				}
			}
		}
		if page.Merged != nil { // its ids may be of others
			gone = slices.DeleteFunc(gone, func(id string) bool { return !w.sawEver(page.Source, id) })
		}
		if page.Spare != nil && !page.Spare(w.countHere(gone)) {
			gone = nil
		}
		for _, id := range gone {
			counted, err := w.withdraw(page.Source, id)
			if err != nil {
				return err
			}
			outcome.Add(counted)
		}
		for _, id := range merged {
			counted, err := w.hear(page, id, page.Merged[id])
			if err != nil {
				return err
			}
			outcome.Add(counted)
		}
		if err := w.settle(); err != nil {
			return err
		}
		for _, id := range public { // what readers no longer see
			if w.isHidden(id) {
				outcome.Withdrawn++
			}
		}
		if err := w.note(page); err != nil {
			return err
		}
		if page.Cursor == nil {
			return w.bucket(cursorsBucket).Delete([]byte(page.Source))
		}
		return w.bucket(cursorsBucket).Put([]byte(page.Source), page.Cursor)
	})
	if err != nil {
		return catalog.Outcome{}, err
	}
	return outcome, nil
}

// take takes one record of a page.
func (w *writer) take(page catalog.Page, record catalog.Record) (catalog.Outcome, error) {
	if page.Twice != nil {
		twice, err := w.deliveredOther(page, &record)
		if err != nil {
			return catalog.Outcome{}, err
		}
		if twice {
			page.Twice(record.ID)
			return catalog.Outcome{}, nil
		}
	}
	if page.Foreign != nil && w.isForeign(page.Source, record.ID) {
		page.Foreign(record.ID)
		return catalog.Outcome{}, nil
	}
	if _, merged := page.Merged[record.ID]; page.Merged != nil && !merged {
		if err := w.standsAlone(page.Source, record.ID); err != nil {
			return catalog.Outcome{}, err
		}
	}
	outcome := catalog.Outcome{Unchanged: 1}
	if !page.Stay || !w.isHere(record.ID) {
		var err error
		if outcome, err = w.harvest(record, cmp.Or(page.State, catalog.Published), page.Merged != nil); err != nil {
			return outcome, err
		}
	}
	if w.savedBefore(page, record.ID) {
		outcome.Again = 1
	}
	return outcome, w.saw(page, record.ID)
}

// note keeps the notes of a page.
func (w *writer) note(page catalog.Page) error {
	all, source := w.bucket(notesBucket), []byte(page.Source)
	if page.Forget && all.Bucket(source) != nil {
		if err := all.DeleteBucket(source); err != nil {
			return err
		}
	}
	if len(page.Notes) == 0 {
		return nil
	}
	notes, err := all.CreateBucketIfNotExists(source)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(page.Notes)) {
		if value := page.Notes[key]; value == nil {
			err = notes.Delete([]byte(key))
		} else {
			err = notes.Put([]byte(key), value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sawEver reports whether a run of the source delivered a record that it has not
// withdrawn since.
func (w *writer) sawEver(source, id string) bool {
	return w.bucket(seenBucket).Get(append(named(source), id...)) != nil
}

// deliveredOther reports whether the run has delivered another record under the
// id of this one.
func (w *writer) deliveredOther(page catalog.Page, record *catalog.Record) (bool, error) {
	if !w.savedBefore(page, record.ID) {
		return false, nil
	}
	entry, err := w.current(record.ID)
	if err != nil || entry == nil {
		return false, err
	}
	base, err := w.base(entry)
	return err == nil && !sameHarvest(base.Provenance, record.Provenance), err
}

// savedBefore reports whether the run of a page has delivered a record already.
func (w *writer) savedBefore(page catalog.Page, id string) bool {
	seen := w.bucket(seenBucket).Get(append(named(page.Source), id...))
	return page.Run != 0 && seen != nil && seqOf(seen) == page.Run
}

// isHere reports whether there is a record that is not withdrawn.
func (w *writer) isHere(id string) bool {
	_, raw := currentVersion(w.tx, id)
	return raw != nil && !mayBe(raw, catalog.Withdrawn)
}

// isHidden reports whether readers do not see a record under its own id.
func (w *writer) isHidden(id string) bool {
	_, raw := currentVersion(w.tx, id)
	return raw == nil || !mayBe(raw, catalog.Published)
}

func (w *writer) countHere(ids []string) (n int) {
	for _, id := range ids {
		if w.isHere(id) {
			n++
		}
	}
	return n
}

// isForeign reports whether a record is here that the source did not deliver. What is
// withdrawn is nobody's.
func (w *writer) isForeign(source, id string) bool { return w.isHere(id) && !w.sawEver(source, id) }

// saw notes that a run of the source delivered a record.
func (w *writer) saw(page catalog.Page, id string) error {
	if page.Run == 0 {
		return nil
	}
	if _, known := w.dirty[id]; !known && !w.sawEver(page.Source, id) {
		w.touch(id)
	}
	return w.bucket(seenBucket).Put(append(named(page.Source), id...), number(page.Run))
}

// writer is one write transaction. Its versions get consecutive numbers.
type writer struct {
	tx       *bolt.Tx
	taxonomy *catalog.Taxonomy
	time     time.Time
	head     uint64
	counts   map[string]uint64

	dirty   map[string]*node    // records from which another entry may follow, and what is known of them
	touched map[string][]string // identities that have changed, and who had them before
	sources []string            // whose runs delivered records, once that is asked
}

// update runs do in a transaction, and wakes those who wait for the head if it
// moved. What do returns as an error undoes the transaction.
func (s *Store) update(ctx context.Context, now time.Time, do func(*writer) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &writer{taxonomy: s.taxonomy, time: now.UTC(), head: s.Head()}
	err := s.db.Update(func(tx *bolt.Tx) error { return w.run(tx, do) })
	if err != nil {
		return explain(s.dir, err)
	}
	s.advance(w.head)
	return nil
}

func (w *writer) run(tx *bolt.Tx, do func(*writer) error) error {
	w.tx, w.dirty, w.touched = tx, map[string]*node{}, map[string][]string{}
	if _, raw := tx.Bucket(logBucket).Cursor().Last(); raw != nil { // a clock that was set back does not set the log back
		var last logLine
		if err := json.Unmarshal(raw, &last); err == nil && last.Time.After(w.time) {
			w.time = last.Time
		}
	}
	entries, published := w.count(entriesKey), w.count(publishedKey)
	w.counts = map[string]uint64{string(entriesKey): entries, string(publishedKey): published}
	if err := do(w); err != nil {
		return err
	}
	for _, key := range [][]byte{entriesKey, publishedKey} {
		if err := w.bucket(countsBucket).Put(key, number(w.counts[string(key)])); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) bucket(name []byte) *bolt.Bucket { return w.tx.Bucket(name) }

func (w *writer) count(key []byte) uint64 { return seqOf(w.bucket(countsBucket).Get(key)) }

// current is the newest version of a record, nil if there is none.
func (w *writer) current(id string) (*catalog.Entry, error) {
	key, raw := currentVersion(w.tx, id)
	if raw == nil {
		return nil, nil
	}
	return entryAt(key, raw)
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

// harvest takes one record as a source delivered it, in a state if it is new. followed
// says that the source also delivers what is of others: then what was withdrawn comes
// back as if it were new.
func (w *writer) harvest(record catalog.Record, state string, followed bool) (catalog.Outcome, error) {
	id := record.ID
	_, raw := currentVersion(w.tx, id)
	if raw == nil {
		entry := catalog.Entry{Record: record, Envelope: catalog.Envelope{State: state, Added: w.time}}
		return catalog.Outcome{New: 1}, errors.Join(w.put(opAdd, entry, nil, catalog.Edit{}), w.harvested(&entry, nil, nil))
	}
	entry, damage := decodeEntry(raw)
	if damage != nil {
		entry = w.salvage(id, state)
	}
	over, err := w.overlay(id)
	if err != nil {
		return catalog.Outcome{}, err
	}
	base := entry.Record
	if over != nil {
		base = over.Base
	}
	before := *entry
	there := before.Public()
	if before.Envelope.State == catalog.Merged || before.Envelope.State == catalog.Withdrawn {
		words, err := w.words(id)
		if err != nil {
			return catalog.Outcome{}, err
		}
		there = isThere(id, before.Envelope.State, words)
	}
	waited := before.Envelope.State == catalog.Submitted
	if damage == nil && (there || waited && state != catalog.Published) && sameHarvest(base.Provenance, record.Provenance) &&
		entry.Record.ContentHash() == entry.Record.Provenance.Hash {
		return catalog.Outcome{Unchanged: 1}, nil
	}
	var identities []string
	if there {
		identities = base.Identities()
	}
	op := opChange
	switch {
	case waited:
		entry.Envelope.State = state // its source may be trusted now, or it was imported
	case !there:
		op = opReturn
		if _, err := w.unsay(id, func(x word) bool { return x.went(id) }); err != nil {
			return catalog.Outcome{}, err
		}
		if before.Envelope.State == catalog.Withdrawn {
			entry.Envelope.State = state
		}
		if before.Envelope.State == catalog.Withdrawn && !followed {
			if entry.Envelope.State, err = w.stateBefore(&before, state); err != nil {
				return catalog.Outcome{}, err
			}
		}
	}
	entry.Record = record
	if over != nil {
		over.Base = record
		if err := w.putOverlay(id, over); err != nil {
			return catalog.Outcome{}, err
		}
		// An overlay that no longer fits waits for its editor; Verify names it.
		entry.Record, entry.Envelope.Members, _ = over.shown(w.tx, w.taxonomy)
	}
	return catalog.Outcome{Changed: 1}, errors.Join(w.put(op, *entry, &before, catalog.Edit{}), w.harvested(entry, over, identities))
}

// harvested notes what may follow from a record that was taken. before is what it was
// known by.
func (w *writer) harvested(entry *catalog.Entry, over *overlay, before []string) error {
	n := nodeOf(entry, over)
	w.dirty[n.id] = n
	if n.state == catalog.Submitted {
		return nil
	}
	return w.identify(n.id, before, n.identities)
}

// salvage stands for the current version of a record when that is damaged, so
// that delivering the record again mends it: what the envelope of the last
// version that can be read says, without the record.
func (w *writer) salvage(id, state string) *catalog.Entry {
	entry := &catalog.Entry{Envelope: catalog.Envelope{State: state, Added: w.time}}
	versions := 0
	c := w.bucket(versionsBucket).Cursor()
	for k, raw := c.Seek(named(id)); bytes.HasPrefix(k, named(id)); k, raw = c.Next() {
		versions++
		if readable, err := decodeEntry(raw); err == nil && readable.Envelope.State != catalog.Withdrawn {
			entry.Envelope = readable.Envelope
		}
	}
	entry.Record.ID, entry.Envelope.Version = id, versions
	return entry
}

// sameToReaders reports whether two versions say the same of the same origins: what harvesters are
// given of a record has its licences, and the ids of those that it took the place of.
func sameToReaders(a, b *catalog.Entry) bool {
	return a.Record.Provenance.Hash == b.Record.Provenance.Hash && slices.EqualFunc(a.Origins(), b.Origins(), sameHarvest) &&
		slices.EqualFunc(a.Envelope.Members, b.Envelope.Members, func(x, y catalog.Member) bool { return x.ID == y.ID })
}

// sameHarvest leaves out when a record was retrieved: that is no change.
func sameHarvest(a, b catalog.Provenance) bool {
	a.Retrieved, b.Retrieved = "", ""
	return a == b
}

// stateBefore is the state that a tombstone's record had. If it lived on in
// another then, that has been taken apart since. What waited waits again, unless
// its source is trusted now.
func (w *writer) stateBefore(tombstone *catalog.Entry, now string) (string, error) {
	id := tombstone.Record.ID
	c := w.bucket(versionsBucket).Cursor()
	for key, raw := lastUpTo(c, id, tombstone.Envelope.Seq-1); bytes.HasPrefix(key, named(id)); key, raw = c.Prev() {
		before, err := entryAt(key, raw)
		if err != nil {
			return "", err
		}
		switch state := before.Envelope.State; state {
		case catalog.Withdrawn:
		case catalog.Merged:
			return catalog.Published, nil
		case catalog.Submitted:
			return now, nil
		default:
			return state, nil
		}
	}
	return catalog.Published, nil
}

// withdraw makes a tombstone, which keeps the record. Nothing happens if there
// is no such record or it is one already.
func (w *writer) withdraw(source, id string) (catalog.Outcome, error) {
	if err := w.bucket(seenBucket).Delete(append(named(source), id...)); err != nil {
		return catalog.Outcome{}, err
	}
	before, err := w.current(id)
	if err != nil || before == nil {
		return catalog.Outcome{}, err
	}
	words, err := w.words(id)
	if err != nil {
		return catalog.Outcome{}, err
	}
	state := before.Envelope.State
	if state != catalog.Submitted && !isThere(id, state, words) {
		return catalog.Outcome{}, nil
	}
	outcome := catalog.Outcome{Withdrawn: 1}
	if state == catalog.Withdrawn {
		outcome = catalog.Outcome{} // nobody saw it
	}
	base, err := w.base(before)
	if err == nil {
		_, err = w.unsay(id, func(x word) bool { return x.said(id) })
	}
	if err == nil && state != catalog.Submitted {
		err = w.identify(id, base.Identities(), nil)
	}
	if err != nil {
		return catalog.Outcome{}, err
	}
	w.touch(id)
	mates, err := w.leave(before)
	switch {
	case err != nil || state == catalog.Withdrawn || mates && state == catalog.Published:
		return outcome, err // settle does the rest
	case mates:
		return outcome, w.put(opWithdraw, *before, before, catalog.Edit{})
	}
	return outcome, w.rearrange(nodeOf(before, nil), opWithdraw, catalog.Withdrawn, "", nil, catalog.Edit{})
}

// leave notes with which records one that goes is one entry, so that it is found
// there for as long as it is gone, and reports whether any of them is there.
func (w *writer) leave(gone *catalog.Entry) (mates bool, err error) {
	id := gone.Record.ID
	all, err := w.inEntry(cmp.Or(gone.Envelope.MergedInto, id))
	if err != nil {
		return false, err
	}
	all = slices.DeleteFunc(all, func(other string) bool { return other == id })
	var there []string
	for _, other := range all {
		n, err := w.load(other)
		if err != nil {
			return false, err
		}
		if n != nil && n.there {
			there = append(there, other)
		}
	}
	if mates = len(there) > 0; mates {
		all = there
	}
	for _, other := range all {
		if err := w.say(id, other, byStore+id, word{Time: w.time}); err != nil {
			return false, err
		}
	}
	return mates, nil
}

// put stores the next version of a record and its line in the log. The class is
// Content if what readers see changed, and only then Updated moves: not if the
// record is a tombstone before and after. edit names who did it, if it was not a
// harvest.
func (w *writer) put(op string, entry catalog.Entry, before *catalog.Entry, edit catalog.Edit) error {
	class := catalog.Content
	if before != nil && before.Envelope.State == entry.Envelope.State &&
		(entry.Envelope.State == catalog.Merged || entry.Envelope.State == catalog.Withdrawn || sameToReaders(before, &entry)) {
		class = catalog.Annotation
	}
	w.head++
	entry.Envelope.Seq = w.head
	entry.Envelope.Version++
	if class == catalog.Content {
		entry.Envelope.Updated = w.time
	}
	if before == nil {
		w.counts[string(entriesKey)]++
	}
	if before != nil && before.Public() {
		w.counts[string(publishedKey)]--
	}
	if entry.Public() {
		w.counts[string(publishedKey)]++
	}
	version, err := encode(entry)
	if err != nil {
		return fmt.Errorf("encode %s: %w", entry.Record.ID, err)
	}
	line, err := encode(logLine{ID: entry.Record.ID, Op: op, Class: class, Time: w.time, By: edit.By, Why: edit.Why})
	if err != nil {
		return err
	}
	id := entry.Record.ID
	if err := w.bucket(versionsBucket).Put(numbered(id, w.head), version); err != nil {
		return err
	}
	if err := w.bucket(currentBucket).Put([]byte(id), number(w.head)); err != nil {
		return err
	}
	return w.bucket(logBucket).Put(number(w.head), line)
}
