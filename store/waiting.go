package store

import (
	"bytes"
	"context"
	"iter"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// Waiting yields the records that runs of a source delivered and that wait for an
// editor, in the order of ids. Writes may go on meanwhile: no later version is seen.
// After an error nothing follows.
func (s *Store) Waiting(ctx context.Context, source string) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		err := checkSource(source)
		head := s.Head()
		for after := named(source); err == nil && after != nil; {
			var batch []stored
			if err = ctx.Err(); err != nil {
				break
			}
			err = s.view(func(tx *bolt.Tx) error {
				batch, after = submitted(tx, source, after, head)
				return nil
			})
			for _, v := range batch {
				var entry *catalog.Entry
				entry, err = entryAt(v.key, v.raw)
				if err != nil {
					err = explain(s.dir, err)
					break
				}
				if entry.Envelope.State == catalog.Submitted && !yield(entry, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// submitted copies the versions as of asOf that may wait, of the records that a
// source delivered and whose keys follow after. last is the last key it looked at,
// nil when there are no more.
func submitted(tx *bolt.Tx, source string, after []byte, asOf uint64) (versions []stored, last []byte) {
	prefix := named(source)
	all := tx.Bucket(versionsBucket).Cursor()
	c := tx.Bucket(seenBucket).Cursor()
	k, _ := c.Seek(after)
	if bytes.Equal(k, after) {
		k, _ = c.Next()
	}
	size := 0
	for looked := 1; bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if key, raw := lastUpTo(all, string(k[len(prefix):]), asOf); mayBe(raw, catalog.Submitted) {
			versions = append(versions, stored{bytes.Clone(key), bytes.Clone(raw)})
			size += len(raw)
		}
		if looked == batchEntries || size >= batchBytes {
			return versions, bytes.Clone(k)
		}
		looked++
	}
	return versions, nil
}
