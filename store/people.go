package store

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// People is the file of what concerns persons: it shares nothing with the
// catalogue but the folder and the id of the store, so that nothing of it can
// enter versions, index or exports.
type People struct{ db *bolt.DB }

var (
	keysBucket = []byte("keys") // hash of the secret -> Key as JSON

	peopleBuckets = [][]byte{keysBucket}
)

func openPeople(path string) (*People, error) {
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return &People{db: db}, nil
}

// Key lets whoever knows its secret act through /api/v1/admin/. The secret
// itself is not kept.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"` // of whoever has it
	Created time.Time `json:"created"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// secretPrefix makes a secret known as one wherever it turns up.
const secretPrefix = "clearinghouse_"

// AddKey makes a key and returns its secret, which cannot be had again.
func (p *People) AddKey(name string, now time.Time) (key Key, secret string, err error) {
	if name = strings.TrimSpace(name); name == "" || len(name) > 200 {
		return Key{}, "", catalog.Errorf(catalog.Invalid, "a key needs a name of at most 200 bytes: that of the person or program that will use it")
	}
	secret = secretPrefix + rand.Text()
	key = Key{ID: strings.ToLower(rand.Text()[:8]), Name: name, Created: now.UTC()}
	return key, secret, p.putKey(hashOf(secret), key)
}

func (p *People) putKey(hash []byte, key Key) error {
	raw, err := encode(key)
	if err != nil {
		return err
	}
	return p.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(keysBucket).Put(hash, raw) })
}

// Keys lists all keys, those revoked too, by the time they were made.
func (p *People) Keys() ([]Key, error) {
	var out []Key
	err := p.eachKey(func(_ []byte, key Key) { out = append(out, key) })
	slices.SortFunc(out, func(a, b Key) int { return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID)) })
	return out, err
}

func (p *People) eachKey(do func(hash []byte, key Key)) error {
	return p.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(keysBucket).ForEach(func(hash, raw []byte) error {
			var key Key
			if err := json.Unmarshal(raw, &key); err != nil {
				return fmt.Errorf("a key cannot be read: %w", err)
			}
			do(bytes.Clone(hash), key)
			return nil
		})
	})
}

// RevokeKey makes a key useless. An unknown one is a NotFound error.
func (p *People) RevokeKey(id string, now time.Time) error {
	var of []byte
	var revoked Key
	err := p.eachKey(func(hash []byte, key Key) {
		if key.ID == id {
			of, revoked = hash, key
		}
	})
	switch {
	case err != nil:
		return err
	case of == nil:
		return catalog.Errorf(catalog.NotFound, "there is no key %q: clearinghouse keys list shows those there are", id)
	case !revoked.Revoked.IsZero():
		return nil
	}
	revoked.Revoked = now.UTC()
	return p.putKey(of, revoked)
}

// KeyOf is the key with the given secret; an Unauthorized error if there is none
// or it was revoked.
func (p *People) KeyOf(secret string) (Key, error) {
	var key Key
	err := p.db.View(func(tx *bolt.Tx) error {
		raw := tx.Bucket(keysBucket).Get(hashOf(secret))
		if raw == nil {
			return nil
		}
		return json.Unmarshal(raw, &key)
	})
	if err != nil {
		return Key{}, err
	}
	if key.ID == "" || !key.Revoked.IsZero() {
		return Key{}, catalog.Errorf(catalog.Unauthorized, "this key is not valid: ask the operator for one (clearinghouse keys add NAME)")
	}
	return key, nil
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
