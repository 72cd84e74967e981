package store

import (
	"bytes"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// smallFile is a bbolt file with pages of 1 KiB that has all that one can have:
// branches, values that overflow their page, buckets of both forms, free pages.
func smallFile(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: leastPage})
	check(t, err)
	db.AllocSize = 0
	for round := range 3 {
		check(t, db.Update(func(tx *bolt.Tx) error {
			large, err := tx.CreateBucketIfNotExists([]byte("large"))
			check(t, err)
			for n := range uint64(80) {
				check(t, large.Put(numbered("key", n), bytes.Repeat([]byte{byte(n)}, 10*round+int(n))))
			}
			check(t, large.Put([]byte("overflow"), make([]byte, 3000*round)))
			small, err := tx.CreateBucketIfNotExists([]byte("small"))
			check(t, err)
			inner, err := small.CreateBucketIfNotExists([]byte("inner"))
			check(t, err)
			return inner.Put([]byte("key"), []byte("value"))
		}))
	}
	check(t, db.Close())
	data, err := os.ReadFile(path)
	check(t, err)
	return data
}

// FuzzPages: whatever is damaged in a file, even where the checksums of its headers
// are right, looking through it ends, and what is found whole bbolt can read.
func FuzzPages(f *testing.F) {
	whole := smallFile(f)
	if err := checkPages(bytes.NewReader(whole), int64(len(whole))); err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:leastPage*3])
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		for _, at := range []int{headerSize, leastPage + headerSize} {
			if len(data) < at+64 {
				return
			}
			sum := fnv.New64a()
			sum.Write(data[at : at+56])
			native.PutUint64(data[at+56:], sum.Sum64())
		}
		if checkPages(bytes.NewReader(data), int64(len(data))) != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "whole.db")
		check(t, os.WriteFile(path, data, 0o600))
		db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout})
		if err != nil {
			return
		}
		defer db.Close()
		check(t, db.View(func(tx *bolt.Tx) error {
			var walk func(*bolt.Bucket) error
			walk = func(b *bolt.Bucket) error {
				return b.ForEach(func(k, v []byte) error {
					if v == nil {
						return walk(b.Bucket(k))
					}
					return nil
				})
			}
			return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return walk(b) })
		}))
	})
}
