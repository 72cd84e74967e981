package store

import bolt "go.etcd.io/bbolt"

// People is the file of what concerns persons: it shares nothing with the
// catalogue but the folder and the id of the store, so that nothing of it can
// enter versions, index or exports.
type People struct{ db *bolt.DB }

func openPeople(path string) (*People, error) {
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return &People{db: db}, nil
}
