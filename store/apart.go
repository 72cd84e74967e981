package store

import (
	bolt "go.etcd.io/bbolt"
)

// ToldApart lists the pairs of records, of those with these ids, of which an editor
// has said that they are not the same.
func (s *Store) ToldApart(ids []string) (pairs [][2]string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		words := tx.Bucket(wordsBucket)
		for i, a := range ids {
			for _, b := range ids[i+1:] {
				key := wordKey(a, b, byEditor)
				raw := words.Get(key)
				if raw == nil {
					continue
				}
				said, err := decodeWord(key, raw)
				if err != nil {
					return err
				}
				if said.Apart {
					pairs = append(pairs, [2]string{a, b})
				}
			}
		}
		return nil
	})
	return pairs, err
}
