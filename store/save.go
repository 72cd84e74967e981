package store

import (
	"bytes"
	"cmp"
	"context"
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
		ids := slices.Sorted(maps.Keys(delivered))
		if page.Merged != nil {
			if err := w.standAgain(page, ids); err != nil {
				return err
			}
		}
		var changed []string
		for _, id := range ids {
			if page.Twice != nil {
				twice, err := w.deliveredOther(page, delivered[id])
				if err != nil {
					return err
				}
				if twice {
					page.Twice(id)
					continue
				}
			}
			counted, err := w.harvest(delivered[id], cmp.Or(page.State, catalog.Published))
			if err != nil {
				return err
			}
			if counted.Unchanged == 0 {
				changed = append(changed, id)
			}
			outcome.Add(counted)
			if err := w.saw(page, id); err != nil {
				return err
			}
		}
		for _, id := range changed {
			record := delivered[id]
			if err := w.match(page.Source, &record); err != nil {
				return err
			}
		}
		for _, id := range page.Seen {
			if _, raw := currentVersion(w.tx, id); raw != nil {
				if err := w.saw(page, id); err != nil {
					return err
				}
			}
		}
		for _, id := range gone {
			if page.Merged != nil && !w.sawEver(page.Source, id) {
				continue // it is not from there
			}
			counted, err := w.withdraw(page.Source, id)
			if err != nil {
				return err
			}
			outcome.Add(counted)
		}
		counted, err := w.mergeAsSaid(page)
		if err != nil {
			return err
		}
		outcome.Add(counted)
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
func (w *writer) deliveredOther(page catalog.Page, record catalog.Record) (bool, error) {
	seen := w.bucket(seenBucket).Get(append(named(page.Source), record.ID...))
	if page.Run == 0 || seen == nil || seqOf(seen) != page.Run {
		return false, nil
	}
	entry, err := w.current(record.ID)
	if err != nil || entry == nil {
		return false, err
	}
	base, err := w.base(entry)
	return err == nil && !sameHarvest(base.Provenance, record.Provenance), err
}

// saw notes that a run of the source delivered a record.
func (w *writer) saw(page catalog.Page, id string) error {
	if page.Run == 0 {
		return nil
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
	err := s.db.Update(func(tx *bolt.Tx) error {
		w.tx = tx
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
	})
	if err != nil {
		return explain(s.dir, err)
	}
	s.advance(w.head)
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

// harvest takes one record as a source delivered it.
func (w *writer) harvest(record catalog.Record, state string) (catalog.Outcome, error) {
	_, raw := currentVersion(w.tx, record.ID)
	if raw == nil {
		entry := catalog.Entry{Record: record, Envelope: catalog.Envelope{State: state, Added: w.time}}
		if err := w.identify(nil, &record); err != nil {
			return catalog.Outcome{}, err
		}
		return catalog.Outcome{New: 1}, w.put(opAdd, entry, nil, catalog.Edit{})
	}
	entry, err := decodeEntry(raw)
	if err != nil {
		entry = w.salvage(record.ID, state)
	}
	damaged := err != nil || entry.Record.ContentHash() != entry.Record.Provenance.Hash
	over, err := w.overlay(record.ID)
	if err != nil {
		return catalog.Outcome{}, err
	}
	base := entry.Record
	if over != nil {
		base = over.Base
	}
	merged := entry.Envelope.State == catalog.Merged
	gone := false
	if merged {
		if gone, err = w.back(entry); err != nil {
			return catalog.Outcome{}, err
		}
	}
	withdrawn := entry.Envelope.State == catalog.Withdrawn
	released := entry.Envelope.State == catalog.Submitted && state == catalog.Published
	if !damaged && !withdrawn && !gone && !released && sameHarvest(base.Provenance, record.Provenance) {
		return catalog.Outcome{Unchanged: 1}, nil
	}
	if err := w.identify(&base, &record); err != nil {
		return catalog.Outcome{}, err
	}
	before := *entry
	entry.Record = record
	if over != nil {
		over.Base = record
		if err := w.putOverlay(record.ID, over); err != nil {
			return catalog.Outcome{}, err
		}
		// An overlay that no longer fits waits for its editor; Verify names it.
		entry.Record, entry.Envelope.Members, _ = over.shown(w.tx, w.taxonomy)
	}
	op := opChange
	if gone {
		op = opReturn
	}
	if withdrawn {
		op = opReturn
		if entry.Envelope.State, err = w.stateBefore(&before); err != nil {
			return catalog.Outcome{}, err
		}
	}
	if entry.Envelope.State == catalog.Submitted {
		entry.Envelope.State = state // its source is trusted now, or it was imported
	}
	if err := w.put(op, *entry, &before, catalog.Edit{}); err != nil || !merged {
		return catalog.Outcome{Changed: 1}, err
	}
	return catalog.Outcome{Changed: 1}, w.refresh(entry.Envelope.MergedInto, record.ID)
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

// sameHarvest leaves out when a record was retrieved: that is no change.
func sameHarvest(a, b catalog.Provenance) bool {
	a.Retrieved, b.Retrieved = "", ""
	return a == b
}

// stateBefore is the state that a tombstone's record had. If it lived on in
// another then, that has been taken apart since.
func (w *writer) stateBefore(tombstone *catalog.Entry) (string, error) {
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
	if err != nil || before == nil || before.Envelope.State == catalog.Withdrawn {
		return catalog.Outcome{}, err
	}
	if done, outcome, err := w.withdrawMember(before); done || err != nil {
		return outcome, err
	}
	after := *before
	after.Envelope.State = catalog.Withdrawn
	return catalog.Outcome{Withdrawn: 1}, w.put(opWithdraw, after, before, catalog.Edit{})
}

// put stores the next version of a record and its line in the log. The class is
// Content if what readers see changed, and only then Updated moves: not if the
// record lives on in another before and after. edit names
// who did it, if it was not a harvest.
func (w *writer) put(op string, entry catalog.Entry, before *catalog.Entry, edit catalog.Edit) error {
	class := catalog.Content
	if before != nil && before.Envelope.State == entry.Envelope.State &&
		(entry.Envelope.State == catalog.Merged || before.Record.Provenance.Hash == entry.Record.Provenance.Hash) {
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
