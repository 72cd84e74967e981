package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// Origins lists the sources in the ids of the records that runs of a source delivered
// and have not withdrawn: the source itself or, if it follows another Clearinghouse,
// those of that.
func (s *Store) Origins(source string) ([]string, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	var out []string
	err := s.view(func(tx *bolt.Tx) error {
		prefix := named(source)
		c := tx.Bucket(seenBucket).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); {
			origin, _, _ := catalog.SplitID(string(k[len(prefix):]))
			out = append(out, origin)
			k, _ = c.Seek([]byte(string(prefix) + origin + ";")) // what follows all that begins with the origin and a colon
		}
		return nil
	})
	return out, err
}
