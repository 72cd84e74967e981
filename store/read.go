package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"sort"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// What one read transaction takes from a long list: a transaction that stays
// open keeps the file from growing.
const (
	batchEntries = 500
	batchBytes   = 8 << 20
)

// view runs do in a read transaction, which must be short.
func (s *Store) view(do func(*bolt.Tx) error) error {
	return explain(s.dir, s.db.View(do))
}

// currentVersion is the JSON of a record's newest version, nil if there is
// none, and its key. They are valid within the transaction.
func currentVersion(tx *bolt.Tx, id string) (key, raw []byte) {
	seq := tx.Bucket(currentBucket).Get([]byte(id))
	if seq == nil {
		return nil, nil
	}
	key = numbered(id, seqOf(seq))
	return key, tx.Bucket(versionsBucket).Get(key)
}

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

// mayBe reports whether a version can be in a state. If not, it need not be decoded:
// quotes within texts are escaped.
func mayBe(raw []byte, state string) bool { return bytes.Contains(raw, []byte(`"state":"`+state+`"`)) }

// Get returns the current version of a record, a tombstone too. The error is
// NotFound if there never was one.
func (s *Store) Get(id string) (*catalog.Entry, error) {
	return s.GetAsOf(id, math.MaxUint64)
}

// GetAsOf returns the version that was current when seq was the head. The error
// is NotFound if there was none yet.
func (s *Store) GetAsOf(id string, seq uint64) (*catalog.Entry, error) {
	if checkID(id) != nil {
		return nil, notFound(id)
	}
	var entry *catalog.Entry
	err := s.view(func(tx *bolt.Tx) (err error) {
		key, raw := lastUpTo(tx.Bucket(versionsBucket).Cursor(), id, seq)
		if raw == nil {
			return notFound(id)
		}
		entry, err = entryAt(key, raw)
		return err
	})
	return entry, err
}

func notFound(id string) error {
	return catalog.Errorf(catalog.NotFound, "there is no record %.200q: look for it with a search", id)
}

// History returns all versions of a record, the oldest first. The error is
// NotFound if there is none.
func (s *Store) History(id string) ([]catalog.Entry, error) {
	if checkID(id) != nil {
		return nil, notFound(id)
	}
	var versions []catalog.Entry
	err := s.view(func(tx *bolt.Tx) error {
		prefix := named(id)
		c := tx.Bucket(versionsBucket).Cursor()
		for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
			entry, err := entryAt(k, raw)
			if err != nil {
				return err
			}
			versions = append(versions, *entry)
		}
		return nil
	})
	if err == nil && versions == nil {
		err = notFound(id)
	}
	return versions, err
}

// All yields every record in the version that was current when asOf was the
// head, in the order of ids, tombstones included. Writes may go on meanwhile:
// what it yields is one state. After an error nothing follows.
func (s *Store) All(ctx context.Context, asOf uint64) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		var after []byte
		for {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			batch, last, err := s.batch(after, asOf)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, v := range batch {
				entry, err := entryAt(v.key, v.raw)
				if !yield(entry, explain(s.dir, err)) || err != nil {
					return
				}
			}
			if last == nil {
				return
			}
			after = last
		}
	}
}

// stored is a version outside of a transaction.
type stored struct{ key, raw []byte }

// batch copies the versions as of asOf of the records whose ids follow after.
// last is the last id it looked at, nil when there are no more.
func (s *Store) batch(after []byte, asOf uint64) (versions []stored, last []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		size := 0
		all := tx.Bucket(versionsBucket).Cursor()
		c := tx.Bucket(currentBucket).Cursor()
		id, _ := c.Seek(after)
		if after != nil && bytes.Equal(id, after) {
			id, _ = c.Next()
		}
		for looked := 0; id != nil; id, _ = c.Next() {
			if key, raw := lastUpTo(all, string(id), asOf); raw != nil {
				versions = append(versions, stored{bytes.Clone(key), bytes.Clone(raw)})
				size += len(raw)
			}
			if looked++; looked == batchEntries || size >= batchBytes {
				last = bytes.Clone(id)
				return nil
			}
		}
		return nil
	})
	return versions, last, err
}

// Stats counts what a store holds.
type Stats struct {
	Entries   int    `json:"entries"`   // records, tombstones included
	Published int    `json:"published"` // of them public
	Versions  int    `json:"versions"`
	Head      uint64 `json:"head"`
	Bytes     int64  `json:"bytes"` // of both files
}

// Stats is quick: the counts are kept with each write.
func (s *Store) Stats() (Stats, error) {
	var stats Stats
	err := s.view(func(tx *bolt.Tx) error {
		counts := tx.Bucket(countsBucket)
		stats.Entries = int(seqOf(counts.Get(entriesKey)))
		stats.Published = int(seqOf(counts.Get(publishedKey)))
		last, _ := tx.Bucket(logBucket).Cursor().Last()
		stats.Head = seqOf(last)
		stats.Versions = int(stats.Head) // each line of the log made one
		return nil
	})
	for _, name := range []string{catalogueFile, peopleFile} {
		if err != nil {
			break
		}
		var info os.FileInfo
		if info, err = os.Stat(filepath.Join(s.dir, name)); err == nil {
			stats.Bytes += info.Size()
		}
	}
	return stats, err
}

// Changes returns up to limit lines of the log after a sequence number, in its
// order, each with the version it made unless a later one has replaced it. An
// empty list means that after is the head. limit is at least 1; fewer come when
// they are large.
func (s *Store) Changes(ctx context.Context, after uint64, limit int) ([]catalog.Change, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if after == math.MaxUint64 {
		return nil, nil
	}
	var changes []catalog.Change
	var versions []stored // of the changes, without raw where there is a later one
	size := 0
	err := s.view(func(tx *bolt.Tx) error {
		current, all := tx.Bucket(currentBucket), tx.Bucket(versionsBucket)
		c := tx.Bucket(logBucket).Cursor()
		for k, raw := c.Seek(number(after + 1)); k != nil && len(changes) < limit && size < batchBytes; k, raw = c.Next() {
			var line logLine
			if err := json.Unmarshal(raw, &line); err != nil {
				return unreadable(fmt.Sprintf("line %d of the log", seqOf(k)), err)
			}
			version := stored{key: numbered(line.ID, seqOf(k))}
			if bytes.Equal(current.Get([]byte(line.ID)), k) {
				version.raw = bytes.Clone(all.Get(version.key))
			}
			size += len(version.raw)
			changes = append(changes, catalog.Change{Seq: seqOf(k), ID: line.ID, Class: line.Class, Time: line.Time})
			versions = append(versions, version)
		}
		return nil
	})
	for i, v := range versions {
		if err != nil {
			break
		}
		if v.raw != nil {
			changes[i].Entry, err = entryAt(v.key, v.raw)
		}
	}
	if err != nil {
		return nil, explain(s.dir, err)
	}
	return changes, nil
}

// Before is the last sequence number of the log whose line is older than a time: the times of
// the log never go back.
func (s *Store) Before(when time.Time) (seq uint64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(logBucket).Cursor()
		last, _ := c.Last()
		head := int(seqOf(last))
		seq = uint64(sort.Search(head, func(i int) bool {
			k, raw := c.Seek(number(uint64(i + 1)))
			var line logLine
			if k == nil {
				return true
			}
			if e := json.Unmarshal(raw, &line); e != nil {
				err = unreadable(fmt.Sprintf("line %d of the log", seqOf(k)), e)
			}
			return !line.Time.Before(when)
		}))
		return err
	})
	return seq, explain(s.dir, err)
}

// Wait returns nil when the head is beyond after, at once if it is already. It
// returns the context's error when ctx ends first, and Unavailable when the
// store is closed.
func (s *Store) Wait(ctx context.Context, after uint64) error {
	for {
		s.waiting.Lock()
		moved := s.moved
		s.waiting.Unlock()
		if s.Head() > after {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed:
			return errClosed
		}
	}
}

// advance moves the head and wakes all who wait.
func (s *Store) advance(head uint64) {
	if head == s.Head() {
		return
	}
	s.waiting.Lock()
	defer s.waiting.Unlock()
	s.head.Store(head)
	close(s.moved)
	s.moved = make(chan struct{})
}

// Published counts the public records, and says of which state of the store: the head.
func (s *Store) Published() (n int, head uint64, err error) {
	stats, err := s.Stats()
	return stats.Published, stats.Head, err
}
