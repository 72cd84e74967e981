package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// Frozen sets are what they are for good: only that they were removed is noted.

// idsSuffix ends the key of a set's ids, after a zero byte.
const idsSuffix = "ids"

func setIDsKey(id string) []byte { return append(named(id), idsSuffix...) }

// SaveSet keeps a frozen set, unless one with its id is there: then that is returned.
func (s *Store) SaveSet(ctx context.Context, set catalog.FrozenSet) (kept catalog.FrozenSet, err error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = io.WriteString(z, strings.Join(set.IDs, "\n"))
	if e := z.Close(); err == nil {
		err = e
	}
	if err != nil {
		return set, err
	}
	kept = set
	err = s.update(ctx, set.Created, func(w *writer) error {
		b := w.bucket(setsBucket)
		if raw := b.Get([]byte(set.ID)); raw != nil {
			kept, err = decodeSet(set.ID, raw)
			return err
		}
		raw, err := encode(set)
		if err != nil {
			return err
		}
		if err := b.Put([]byte(set.ID), raw); err != nil {
			return err
		}
		return b.Put(setIDsKey(set.ID), packed.Bytes())
	})
	return kept, err
}

func decodeSet(id string, raw []byte) (set catalog.FrozenSet, err error) {
	if err = json.Unmarshal(raw, &set); err != nil {
		err = unreadable("the frozen set "+id, err)
	}
	return set, err
}

// FrozenSet returns a set with its ids, one that was removed without; catalog.NotFound.
func (s *Store) FrozenSet(id string) (set catalog.FrozenSet, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(setsBucket)
		raw := b.Get([]byte(id))
		if raw == nil || strings.ContainsRune(id, 0) {
			return noSet(id)
		}
		if set, err = decodeSet(id, raw); err != nil {
			return err
		}
		packed := b.Get(setIDsKey(id))
		if packed == nil {
			return nil
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err == nil {
			var text []byte
			if text, err = io.ReadAll(z); err == nil && len(text) > 0 {
				set.IDs = strings.Split(string(text), "\n")
			}
		}
		if err != nil {
			return unreadable("the ids of the frozen set "+id, err)
		}
		return nil
	})
	return set, err
}

func noSet(id string) error {
	return catalog.Errorf(catalog.NotFound, "there is no frozen set %.100q: POST /api/v1/sets makes one", id)
}

// FrozenSets are all of them, without their ids, those removed too, by id.
func (s *Store) FrozenSets() (sets []catalog.FrozenSet, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(setsBucket).ForEach(func(key, raw []byte) error {
			if bytes.IndexByte(key, 0) >= 0 {
				return nil
			}
			set, err := decodeSet(string(key), raw)
			sets = append(sets, set)
			return err
		})
	})
	return sets, err
}

// RemoveSet takes a set away, and keeps what it was; catalog.NotFound.
func (s *Store) RemoveSet(ctx context.Context, id, why string, now time.Time) (set catalog.FrozenSet, err error) {
	err = s.update(ctx, now, func(w *writer) error {
		b := w.bucket(setsBucket)
		raw := b.Get([]byte(id))
		if raw == nil || strings.ContainsRune(id, 0) {
			return noSet(id)
		}
		if set, err = decodeSet(id, raw); err != nil || set.Removed != nil {
			return err
		}
		when := now.UTC()
		set.Removed, set.Why = &when, why
		if raw, err = encode(set); err != nil {
			return fmt.Errorf("encode the set %s: %w", id, err)
		}
		if err := b.Put([]byte(id), raw); err != nil {
			return err
		}
		return b.Delete(setIDsKey(id))
	})
	return set, err
}
