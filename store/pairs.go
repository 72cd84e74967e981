package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// The bounds of looking for pairs. One step of it holds the one writer.
const (
	pairReads   = 250     // versions of records that a step reads, and
	pairBytes   = 2 << 20 // how long they are; the record at which one of both is reached is the last
	maxBlock    = 50      // records of a block; one that has more tells nothing
	maxPartners = 50      // records that one is compared with
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

func decodePair(key, raw []byte) (*catalog.Pair, error) {
	var p catalog.Pair
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, unreadable("the pair "+strings.ReplaceAll(string(key), "\x00", " and "), err)
	}
	return &p, nil
}

// proposal is the key of a proposed pair, by which the likeliest comes first; of a
// score it begins with what is missing to 1, in hundredths.
func proposal(missing byte, a, b string) []byte { return append([]byte{missing}, pairKey(a, b)...) }

// propose keeps a pair in place of what was proposed of the two.
func (w *writer) propose(p catalog.Pair) error {
	if err := w.unpropose(p.A, p.B); err != nil {
		return err
	}
	raw, err := encode(p)
	if err != nil {
		return err
	}
	missing := byte(100 - math.Round(100*p.Score))
	partners := w.bucket(partnersBucket)
	return errors.Join(
		w.bucket(proposedBucket).Put(proposal(missing, p.A, p.B), raw),
		partners.Put(append(named(p.A), p.B...), []byte{missing}),
		partners.Put(append(named(p.B), p.A...), []byte{missing}))
}

// unpropose takes away what was proposed of two records.
func (w *writer) unpropose(a, b string) error {
	partners := w.bucket(partnersBucket)
	missing := partners.Get(append(named(a), b...))
	if len(missing) != 1 {
		return nil
	}
	return errors.Join(
		w.bucket(proposedBucket).Delete(proposal(missing[0], a, b)),
		partners.Delete(append(named(a), b...)),
		partners.Delete(append(named(b), a...)))
}

// Pairs yields the pairs that are proposed, as FindPairs last found them, the likeliest
// first. Writes may go on meanwhile; what they change may be seen or not. After an
// error nothing follows.
func (s *Store) Pairs(ctx context.Context) iter.Seq2[catalog.Pair, error] {
	return func(yield func(catalog.Pair, error) bool) {
		for after := []byte{}; after != nil; {
			var pairs []catalog.Pair
			err := ctx.Err()
			if err == nil {
				err = s.view(func(tx *bolt.Tx) (err error) {
					pairs, after, err = pagePairs(tx, after)
					return err
				})
			}
			if err != nil {
				yield(catalog.Pair{}, err)
				return
			}
			for _, p := range pairs {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// pagePairs reads the proposed pairs that follow after, as many as one transaction
// takes. last is the key of the last one, nil when there are no more.
func pagePairs(tx *bolt.Tx, after []byte) (pairs []catalog.Pair, last []byte, err error) {
	c := tx.Bucket(proposedBucket).Cursor()
	key, raw := c.Seek(after)
	if bytes.Equal(key, after) {
		key, raw = c.Next()
	}
	for ; key != nil; key, raw = c.Next() {
		p, err := decodePair(key[1:], raw)
		if err != nil {
			return nil, nil, err
		}
		if pairs = append(pairs, *p); len(pairs) == batchEntries {
			return pairs, bytes.Clone(key), nil
		}
	}
	return pairs, nil, nil
}

// FindPairs compares records that have changed since it last did with those that
// have something in common with them, proposes the pairs that are alike, see
// catalog.Likeness, and takes back proposals of what is not alike or not published
// any more. It works in small transactions; what is left when ctx ends is done the
// next time. progress, which may be nil, hears how many of the changes are done.
func (s *Store) FindPairs(ctx context.Context, now time.Time, progress func(done, total int)) error {
	done := 0
	for left := 1; left > 0; {
		err := s.update(ctx, now, func(w *writer) error {
			step := &pairStep{writer: w}
			looked, rest, err := step.run()
			done, left = done+looked, rest
			return err
		})
		if err != nil {
			return err
		}
		if progress != nil {
			progress(done, done+left)
		}
	}
	return nil
}

// pairStep is one transaction of FindPairs.
type pairStep struct {
	*writer
	reads, bytes int
}

// run looks at lines of the log, one after the other, so that the blocks are those
// of the versions up to the last of them. It returns how many it has looked at and
// how many are left.
func (s *pairStep) run() (looked, left int, err error) {
	meta := s.bucket(metaBucket)
	mark, _ := strconv.ParseUint(string(meta.Get(pairedKey)), 10, 64)
	last := mark
	c := s.bucket(logBucket).Cursor()
	k, raw := c.Seek(number(mark + 1))
	for ; k != nil && s.reads < pairReads && s.bytes < pairBytes; k, raw = c.Next() {
		last = seqOf(k)
		var line logLine
		if json.Unmarshal(raw, &line) != nil {
			continue // Verify names it
		}
		if err := s.look(line.ID, last); err != nil {
			return 0, 0, err
		}
	}
	if last == mark {
		return 0, 0, nil
	}
	if k != nil {
		newest, _ := c.Last()
		left = int(seqOf(newest) - last)
	}
	return int(last - mark), left, meta.Put(pairedKey, []byte(strconv.FormatUint(last, 10)))
}

// look puts the version that a line of the log made into its blocks, in place of
// the one before, and unless a later one has replaced it looks for its likes.
func (s *pairStep) look(id string, seq uint64) error {
	_, raw := lastUpTo(s.bucket(versionsBucket).Cursor(), id, seq-1)
	before := s.read(raw)
	entry := s.read(s.bucket(versionsBucket).Get(numbered(id, seq)))
	if err := s.block(id, before, entry); err != nil {
		return err
	}
	if seqOf(s.bucket(currentBucket).Get([]byte(id))) != seq {
		return nil
	}
	return s.compare(id, entry)
}

// read decodes a version. It is nil if readers do not see it, or it cannot be read,
// which Verify names.
func (s *pairStep) read(raw []byte) *catalog.Entry {
	if !mayBe(raw, catalog.Published) {
		return nil
	}
	s.reads++
	s.bytes += len(raw)
	entry, err := decodeEntry(raw)
	if err != nil || !entry.Public() {
		return nil
	}
	return entry
}

// block takes a record out of the blocks of one version and puts it into those of
// another; nil has none.
func (s *pairStep) block(id string, before, now *catalog.Entry) error {
	var old, blocks []string
	if before != nil {
		old = before.Record.Blocks()
	}
	if now != nil {
		blocks = now.Record.Blocks()
	}
	b := s.bucket(blocksBucket)
	for _, block := range old {
		if !slices.Contains(blocks, block) {
			if err := b.Delete(append(named(block), id...)); err != nil {
				return err
			}
		}
	}
	for _, block := range blocks {
		if err := b.Put(append(named(block), id...), nil); err != nil {
			return err
		}
	}
	return nil
}

// compare proposes a pair for each record that is like this one, and none with
// others. Records of one source are not compared: it knows what it has. Partners
// are in their blocks before it or look for it themselves when their turn comes.
func (s *pairStep) compare(id string, entry *catalog.Entry) error {
	others := s.proposed(id)
	if entry != nil {
		others = append(others, s.partners(entry)...)
	}
	slices.Sort(others)
	source, _, _ := catalog.SplitID(id)
	for _, other := range slices.Compact(others) {
		score, reasons := 0.0, []string(nil)
		if entry != nil && !strings.HasPrefix(other, source+":") {
			if _, raw := currentVersion(s.tx, other); !s.decided(id, other) {
				if partner := s.read(raw); partner != nil {
					score, reasons = catalog.Likeness(&entry.Record, &partner.Record)
				}
			}
		}
		var err error
		if score < catalog.ProposeFrom {
			err = s.unpropose(id, other)
		} else {
			err = s.propose(catalog.Pair{A: min(id, other), B: max(id, other), Score: score, Reasons: reasons, Time: s.time})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// proposed are the records that one makes a proposed pair with.
func (s *pairStep) proposed(id string) []string {
	var out []string
	prefix := named(id)
	c := s.bucket(partnersBucket).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		out = append(out, string(k[len(prefix):]))
	}
	return out
}

// partners are the records that share a block with this one that is not too
// large, those first that share several.
func (s *pairStep) partners(entry *catalog.Entry) []string {
	shared := map[string]int{}
	c := s.bucket(blocksBucket).Cursor()
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

// pairAnew takes away what proposals were made by: the next FindPairs begins at the
// first change.
func pairAnew(tx *bolt.Tx) error {
	return errors.Join(newBucket(tx, blocksBucket), tx.Bucket(metaBucket).Delete(pairedKey))
}
