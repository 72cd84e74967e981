package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// maxProblems is how many problems Verify names.
const maxProblems = 100

// verification gathers what is wrong. Beyond maxProblems it only counts.
type verification struct {
	store    *Store
	tx       *bolt.Tx
	problems []string
	more     int
}

func (v *verification) add(format string, args ...any) {
	if len(v.problems) == maxProblems {
		v.more++
		return
	}
	v.problems = append(v.problems, oneLine(fmt.Sprintf(format, args...)))
}

// Verify reads both files through and lists what is wrong, one line a problem,
// none if the store is sound: damage of a file; versions, log and current
// records that do not agree; content that does not have its hash; edits that
// no longer fit what was harvested. Reads go on meanwhile, writes wait.
// progress, which may be nil, hears how many of the versions are done.
func (s *Store) Verify(ctx context.Context, progress func(done, total int)) ([]string, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	v := &verification{store: s}
	err := s.view(func(tx *bolt.Tx) error {
		v.tx = tx
		if !v.file(tx) {
			return nil
		}
		v.log()
		v.harvests()
		v.overlays()
		v.words()
		v.vocabularies()
		return v.versions(ctx, progress)
	})
	if err != nil {
		return nil, err
	}
	err = s.people.db.View(func(tx *bolt.Tx) error {
		v.file(tx)
		return nil
	})
	if v.more > 0 {
		v.problems = append(v.problems, fmt.Sprintf("and %d problems more", v.more))
	}
	return v.problems, explain(s.dir, err)
}

// file checks a file page by page and reports whether its content can be read.
// bbolt's own check comes second, since it does not end well on every damage.
func (v *verification) file(tx *bolt.Tx) bool {
	if err := checkFile(tx.DB().Path()); err != nil {
		v.add("%v", err)
		return false
	}
	before := len(v.problems)
	for err := range tx.Check() {
		v.add("%s: %v", tx.DB().Path(), err)
	}
	return len(v.problems) == before
}

// log checks that the log counts from 1 without a gap and that each line has
// its version.
func (v *verification) log() {
	versions := v.tx.Bucket(versionsBucket)
	seq := uint64(0)
	c := v.tx.Bucket(logBucket).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		seq++
		if seqOf(k) != seq {
			v.add("the log goes on with %d instead of %d", seqOf(k), seq)
			seq = seqOf(k)
		}
		var line logLine
		if err := json.Unmarshal(raw, &line); err != nil {
			v.add("line %d of the log: %v", seq, err)
			continue
		}
		if versions.Get(numbered(line.ID, seq)) == nil {
			v.add("line %d of the log: the version of %s is missing", seq, line.ID)
		}
	}
	if head := v.store.Head(); head != seq {
		v.add("the log ends with %d instead of %d", seq, head)
	}
}

// versions checks each version and that the last of each record is current.
func (v *verification) versions(ctx context.Context, progress func(done, total int)) error {
	lines, current := v.tx.Bucket(logBucket), v.tx.Bucket(currentBucket)
	total, done := int(v.store.Head()), 0
	entries, published := uint64(0), uint64(0)
	var last *catalog.Entry // the version before, of any record
	finish := func() {
		if last == nil {
			return
		}
		entries++
		if last.Public() {
			published++
		}
		if last.Envelope.State == catalog.Merged {
			v.merged(last.Record.ID, last.Envelope.MergedInto)
		}
		if seq := seqOf(current.Get([]byte(last.Record.ID))); seq != last.Envelope.Seq {
			v.add("%s: version %d is current instead of %d", last.Record.ID, seq, last.Envelope.Seq)
		}
	}
	c := v.tx.Bucket(versionsBucket).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		if done%batchEntries == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(done, total)
			}
		}
		done++
		id, seq := splitNumbered(k)
		name := fmt.Sprintf("%s, version %d", id, seq)
		if seqOf(current.Get([]byte(id))) > seq {
			name += " (replaced since)"
		}
		entry, err := decodeEntry(raw)
		if err != nil {
			v.add("%s: %v", name, err)
			entry = &catalog.Entry{Record: catalog.Record{ID: id}, Envelope: catalog.Envelope{Seq: seq}}
		} else {
			v.version(name, id, seq, entry)
		}
		if lines.Get(number(seq)) == nil {
			v.add("%s: its line in the log is missing", name)
		}
		ordinal := 1
		if last != nil && last.Record.ID == id {
			ordinal = last.Envelope.Version + 1
		} else {
			finish()
		}
		if err == nil && entry.Envelope.Version != ordinal {
			v.add("%s: it calls itself the %dth instead of the %dth", name, entry.Envelope.Version, ordinal)
		}
		entry.Envelope.Version = ordinal
		last = entry
	}
	finish()
	if done != total {
		v.add("there are %d versions, but the log has %d lines", done, total)
	}
	v.count(entriesKey, entries)
	v.count(publishedKey, published)
	c = current.Cursor()
	for id, _ := c.First(); id != nil; id, _ = c.Next() {
		if _, raw := currentVersion(v.tx, string(id)); raw == nil {
			v.add("%s: its current version is missing", id)
		}
	}
	if progress != nil {
		progress(total, total)
	}
	return nil
}

// merged checks that what lives on in another record is found there.
func (v *verification) merged(id, into string) {
	if !livesOn(v.tx, id, into) {
		v.add("%s is merged into %s, which does not know of it", id, into)
	} else if e := readEntry(v.tx, into); e != nil && !e.Public() {
		v.add("%s is merged into %s, which is %s", id, into, e.Envelope.State)
	}
}

// words checks that each word stands on both sides.
func (v *verification) words() {
	words := v.tx.Bucket(wordsBucket)
	c := words.Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		parts := strings.SplitN(string(k), "\x00", 3)
		if _, err := decodeWord(k, raw); err != nil {
			v.add("%v", err)
		} else if !bytes.Equal(words.Get(wordKey(parts[1], parts[0], parts[2])), raw) {
			v.add("what is said of %s is not the same on both sides", strings.Join(parts, ", "))
		}
	}
}

func (v *verification) version(name, id string, seq uint64, entry *catalog.Entry) {
	if entry.Record.ID != id || entry.Envelope.Seq != seq {
		v.add("%s: it calls itself %s, version %d", name, entry.Record.ID, entry.Envelope.Seq)
		entry.Record.ID, entry.Envelope.Seq = id, seq
		return
	}
	if hash := entry.Record.ContentHash(); hash != entry.Record.Provenance.Hash {
		v.add("%s: the content has the hash %s instead of %s", name, hash, entry.Record.Provenance.Hash)
	}
}

func (v *verification) count(key []byte, want uint64) {
	if have := seqOf(v.tx.Bucket(countsBucket).Get(key)); have != want {
		v.add("%d records are counted as %s, but there are %d", have, key, want)
	}
}

// harvests checks what is kept beside the records of each source.
func (v *verification) harvests() {
	current := v.tx.Bucket(currentBucket)
	for _, name := range [][]byte{runsBucket, detailsBucket} {
		c := v.tx.Bucket(name).Cursor()
		for k, raw := c.First(); k != nil; k, raw = c.Next() {
			var run catalog.Run
			source, number := splitNumbered(k)
			if err := json.Unmarshal(raw, &run); err != nil {
				v.add("run %d of %s: %v", number, source, err)
			}
		}
	}
	c := v.tx.Bucket(seenBucket).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if source, id, ok := bytes.Cut(k, []byte{0}); !ok || current.Get(id) == nil {
			v.add("source %s delivered %s, but there is no such record", source, id)
		}
	}
}

// overlays checks that each record's edits can be applied to what was last
// harvested.
func (v *verification) overlays() {
	c := v.tx.Bucket(overlaysBucket).Cursor()
	for id, raw := c.First(); id != nil; id, raw = c.Next() {
		var o overlay
		if err := json.Unmarshal(raw, &o); err != nil {
			v.add("the edits of %s: %v", id, err)
			continue
		}
		if _, raw := currentVersion(v.tx, string(id)); raw == nil {
			v.add("there are edits of %s, but no such record", id)
			continue
		}
		for _, m := range o.Members {
			if e := readEntry(v.tx, m); e != nil && (e.Envelope.State != catalog.Merged || e.Envelope.MergedInto != string(id)) {
				v.add("%s is said to live on in %s, but is %s", m, id, e.Envelope.State)
			}
		}
		if _, _, err := o.shown(v.tx, v.store.taxonomy); err != nil {
			v.add("the edits of %s no longer fit what was harvested, which is shown without them: %v", id, err)
		}
	}
}
