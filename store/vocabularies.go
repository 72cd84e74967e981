package store

import (
	"encoding/json"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// vocabulariesBucket is made with the first vocabulary, so that stores without one need
// no new format.
var vocabulariesBucket = []byte("vocabularies") // id -> catalog.Vocabulary as JSON

// Vocabularies are those that were taken in, by their ids.
func (s *Store) Vocabularies() ([]catalog.Vocabulary, error) {
	var out []catalog.Vocabulary
	err := s.view(func(tx *bolt.Tx) (err error) {
		out, err = vocabularies(tx)
		return err
	})
	return out, err
}

func vocabularies(tx *bolt.Tx) (out []catalog.Vocabulary, err error) {
	b := tx.Bucket(vocabulariesBucket)
	if b == nil {
		return nil, nil
	}
	err = b.ForEach(func(id, raw []byte) error {
		var v catalog.Vocabulary
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("the vocabulary %s in %s cannot be read (%w): take it out with clearinghouse vocabulary remove and import it again", id, catalogueFile, err)
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

func (v *verification) vocabularies() {
	if _, err := vocabularies(v.tx); err != nil {
		v.add("%v", err)
	}
}

// SaveVocabulary stores a vocabulary in place of the one with its id, which is at most
// catalog.MaxURL bytes long. replaced is whether there was one.
func (s *Store) SaveVocabulary(v catalog.Vocabulary) (replaced bool, err error) {
	if v.ID == "" || len(v.ID) > catalog.MaxURL {
		return false, catalog.Errorf(catalog.Invalid, "a vocabulary needs an id of at most %d bytes: the address of its concept scheme", catalog.MaxURL)
	}
	raw, err := encode(v)
	if err != nil {
		return false, err
	}
	err = s.writeVocabularies(func(b *bolt.Bucket) error {
		replaced = b.Get([]byte(v.ID)) != nil
		return b.Put([]byte(v.ID), raw)
	})
	return replaced, err
}

// RemoveVocabulary removes a vocabulary; one that is not there is a NotFound error that
// names those that are.
func (s *Store) RemoveVocabulary(id string) error {
	return s.writeVocabularies(func(b *bolt.Bucket) error {
		if b.Get([]byte(id)) != nil {
			return b.Delete([]byte(id))
		}
		var ids []string
		if err := b.ForEach(func(k, _ []byte) error { ids = append(ids, string(k)); return nil }); err != nil {
			return err
		}
		if len(ids) == 0 {
			return catalog.Errorf(catalog.NotFound, "there is no vocabulary %.200q and no other: clearinghouse vocabulary import FILE takes one in", id)
		}
		return catalog.Errorf(catalog.NotFound, "there is no vocabulary %.200q: name one of %s", id, strings.Join(ids, ", "))
	})
}

func (s *Store) writeVocabularies(do func(*bolt.Bucket) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return explain(s.dir, s.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(vocabulariesBucket)
		if err != nil {
			return err
		}
		return do(b)
	}))
}
