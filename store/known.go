package store

import (
	"bytes"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// This file keeps by what records can be known. Those that wait for an editor and
// those that their source no longer has are not among them.

// identify keeps by what a record as harvested can be known, in place of what it
// was known by before.
func (w *writer) identify(id string, before, now []string) error {
	known := w.bucket(knownBucket)
	for _, identity := range before {
		if !slices.Contains(now, identity) {
			w.touchIdentity(identity)
			if err := known.Delete(append(named(identity), id...)); err != nil {
				return err
			}
		}
	}
	for _, identity := range now {
		if !slices.Contains(before, identity) {
			w.touchIdentity(identity)
			if err := known.Put(append(named(identity), id...), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// identifyAll does so for all records of a catalogue anew.
func (w *writer) identifyAll() error {
	if err := newBucket(w.tx, knownBucket); err != nil {
		return err
	}
	return w.bucket(currentBucket).ForEach(func(id, _ []byte) error {
		n, err := w.load(string(id))
		if err != nil || n == nil {
			return nil // Verify names what is damaged
		}
		return w.identify(n.id, nil, n.identities)
	})
}

// maxKnown is how many records can have an identity; what more of them have is none.
const maxKnown = 50

// knownAs lists the ids of records with an identity, up to one more than can have it.
func (w *writer) knownAs(identity string) (ids []string) {
	prefix := named(identity)
	c := w.bucket(knownBucket).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(ids) <= maxKnown; k, _ = c.Next() {
		ids = append(ids, string(k[len(prefix):]))
	}
	return ids
}

// holds reports whether an identity tells anything about the records that have it,
// in order. A page that one source gives to several of them does not.
func holds(identity string, ids []string) bool {
	if len(ids) > maxKnown {
		return false
	}
	if !strings.HasPrefix(identity, catalog.PageIdentity) {
		return true
	}
	for i := 1; i < len(ids); i++ {
		if sourceOf(ids[i]) == sourceOf(ids[i-1]) {
			return false
		}
	}
	return true
}

func sourceOf(id string) string {
	source, _, _ := strings.Cut(id, ":")
	return source
}

// pullers are the sources whose runs delivered a record, and its own.
func (w *writer) pullers(id string) []string {
	if w.sources == nil {
		c := w.bucket(seenBucket).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Seek([]byte(w.sources[len(w.sources)-1] + "\x01")) {
			source, _ := splitNumbered(k)
			w.sources = append(w.sources, source)
		}
	}
	out := []string{sourceOf(id)}
	for _, source := range w.sources {
		if source != out[0] && w.sawEver(source, id) {
			out = append(out, source)
		}
	}
	return out
}

// newBucket makes a bucket anew.
func newBucket(tx *bolt.Tx, name []byte) error {
	if tx.Bucket(name) != nil {
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
	}
	_, err := tx.CreateBucket(name)
	return err
}
