package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// The bounds of looking for pairs.
const (
	pairChanges = 200 // changes of the log in one transaction
	maxBlock    = 50  // records of a block; one that has more tells nothing
	maxPartners = 50  // records that one is compared with
)

// pairedKey in the meta bucket is the place in the log up to which pairs were
// looked for, as a decimal number.
var pairedKey = []byte("paired")

func pairKey(a, b string) []byte {
	if b < a {
		a, b = b, a
	}
	return append(named(a), b...)
}

// pair is what is known of two records, nil if nothing is.
func (w *writer) pair(a, b string) (*catalog.Pair, error) { return readPair(w.tx, pairKey(a, b)) }

func readPair(tx *bolt.Tx, key []byte) (*catalog.Pair, error) {
	raw := tx.Bucket(pairsBucket).Get(key)
	if raw == nil {
		return nil, nil
	}
	var p catalog.Pair
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, unreadable("the pair "+strings.ReplaceAll(string(key), "\x00", " and "), err)
	}
	return &p, nil
}

func (w *writer) putPair(p catalog.Pair) error {
	if p.B < p.A {
		p.A, p.B = p.B, p.A
	}
	raw, err := encode(p)
	if err != nil {
		return err
	}
	return w.bucket(pairsBucket).Put(pairKey(p.A, p.B), raw)
}

// dismiss keeps it that two records are not the same.
func (w *writer) dismiss(a, b string, by catalog.Edit) error {
	known, err := w.pair(a, b)
	if err != nil {
		return err
	}
	p := catalog.Pair{A: a, B: b}
	if known != nil {
		p = *known
	}
	p.Dismissed, p.By, p.Why, p.Time = true, by.By, by.Why, w.time
	return w.putPair(p)
}

// forgetPairs takes away what was known of pairs of the two lists.
func (w *writer) forgetPairs(some, others []string) error {
	for _, a := range some {
		for _, b := range others {
			if err := w.bucket(pairsBucket).Delete(pairKey(a, b)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Dismiss keeps it for good that two records are not the same: they are neither
// proposed as a pair nor merged by themselves. Merge undoes it. The error is
// NotFound if there is no such record, and Conflict if they are merged.
func (s *Store) Dismiss(ctx context.Context, a, b string, by catalog.Edit, now time.Time) error {
	return s.update(ctx, now, func(w *writer) error {
		var places []string
		for _, id := range []string{a, b} {
			if _, err := w.known(id); err != nil {
				return err
			}
			place, err := w.place(id)
			if err != nil {
				return err
			}
			places = append(places, place)
		}
		if places[0] != "" && places[0] == places[1] {
			return catalog.Errorf(catalog.Conflict, "%s and %s are one entry: take it apart with unmerge first", a, b)
		}
		return w.dismiss(a, b, by)
	})
}

// Pairs lists the proposed pairs of records, both published, not dismissed and
// still alike, the likeliest first.
func (s *Store) Pairs(ctx context.Context) ([]catalog.Pair, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []catalog.Pair
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(pairsBucket).ForEach(func(key, _ []byte) error {
			p, err := readPair(tx, key)
			if err != nil || p.Dismissed {
				return err
			}
			a, b := readEntry(tx, p.A), readEntry(tx, p.B)
			if a == nil || b == nil || !a.Public() || !b.Public() {
				return nil
			}
			if p.Score, p.Reasons = catalog.Likeness(&a.Record, &b.Record); p.Score >= catalog.ProposeFrom {
				out = append(out, *p)
			}
			return nil
		})
	})
	slices.SortStableFunc(out, func(a, b catalog.Pair) int { return cmp.Compare(b.Score, a.Score) })
	return out, err
}

// FindPairs compares records that have changed since it last did with those that
// have something in common with them, and keeps the pairs that are alike, see
// catalog.Likeness. It works in small transactions; what is left when ctx ends is
// done the next time.
func (s *Store) FindPairs(ctx context.Context, now time.Time) error {
	for {
		more := false
		err := s.update(ctx, now, func(w *writer) (err error) {
			more, err = w.findPairs()
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

func (w *writer) findPairs() (more bool, err error) {
	meta := w.bucket(metaBucket)
	mark, _ := strconv.ParseUint(string(meta.Get(pairedKey)), 10, 64)
	last, looked := mark, 0
	var changed []*catalog.Entry
	c := w.bucket(logBucket).Cursor()
	for k, raw := c.Seek(number(mark + 1)); k != nil && looked < pairChanges; k, raw = c.Next() {
		looked++
		last = seqOf(k)
		var line logLine
		if json.Unmarshal(raw, &line) != nil || !bytes.Equal(w.bucket(currentBucket).Get([]byte(line.ID)), k) {
			continue // a later change of it follows; what is damaged Verify names
		}
		if entry := readEntry(w.tx, line.ID); entry != nil {
			if err := w.block(entry, mark); err != nil {
				return false, err
			}
			changed = append(changed, entry)
		}
	}
	for _, entry := range changed {
		if err := w.propose(entry); err != nil {
			return false, err
		}
	}
	if last == mark {
		return false, nil
	}
	return looked == pairChanges, meta.Put(pairedKey, []byte(strconv.FormatUint(last, 10)))
}

// block puts a record into its blocks and takes it out of those that it was in
// when the mark was the head.
func (w *writer) block(entry *catalog.Entry, mark uint64) error {
	id := entry.Record.ID
	var old, blocks []string
	if _, raw := lastUpTo(w.bucket(versionsBucket).Cursor(), id, mark); raw != nil {
		if before, err := decodeEntry(raw); err == nil && before.Public() {
			old = before.Record.Blocks()
		}
	}
	if entry.Public() {
		blocks = entry.Record.Blocks()
	}
	b := w.bucket(blocksBucket)
	for _, block := range old {
		if !slices.Contains(blocks, block) {
			if err := b.Delete(append(named(block), id...)); err != nil {
				return err
			}
		}
	}
	for _, block := range blocks {
		if !slices.Contains(old, block) {
			if err := b.Put(append(named(block), id...), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// propose keeps a pair for each record that is like this one. Records of one
// source are not compared: it knows what it has.
func (w *writer) propose(entry *catalog.Entry) error {
	id := entry.Record.ID
	source, _, _ := catalog.SplitID(id)
	for _, partner := range w.partners(entry) {
		if strings.HasPrefix(partner, source+":") {
			continue
		}
		known, err := w.pair(id, partner)
		if err != nil {
			return err
		}
		if known != nil && known.Dismissed {
			continue
		}
		other := readEntry(w.tx, partner)
		if other == nil || !other.Public() {
			continue
		}
		score, reasons := catalog.Likeness(&entry.Record, &other.Record)
		if score < catalog.ProposeFrom {
			continue
		}
		if err := w.putPair(catalog.Pair{A: id, B: partner, Score: score, Reasons: reasons, Time: w.time}); err != nil {
			return err
		}
	}
	return nil
}

// partners are the records that share a block with this one that is not too
// large, those first that share several.
func (w *writer) partners(entry *catalog.Entry) []string {
	if !entry.Public() {
		return nil
	}
	shared := map[string]int{}
	c := w.bucket(blocksBucket).Cursor()
	for _, block := range entry.Record.Blocks() {
		var ids []string
		prefix := named(block)
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(ids) <= maxBlock; k, _ = c.Next() {
			ids = append(ids, string(k[len(prefix):]))
		}
		if len(ids) > maxBlock {
			continue
		}
		for _, id := range ids {
			shared[id]++
		}
	}
	delete(shared, entry.Record.ID)
	out := make([]string, 0, len(shared))
	for id := range shared {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(shared[b], shared[a]), strings.Compare(a, b))
	})
	return out[:min(len(out), maxPartners)]
}
