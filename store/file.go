package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// format is the version of the layout of both files. 1 had no notes, 2 no keys
// and nothing that merging needs; 3 kept what a run refused with its counts,
// proposed pairs with those that were told apart, and in merged entries why they are;
// 4 had no frozen sets.
const format = 5

// unfinished ends the names of files that are being made.
const unfinished = ".new"

var (
	metaBucket = []byte("meta")

	formatKey  = []byte("format")
	idKey      = []byte("id")
	begunByKey = []byte("begun_by")
)

// about is what the meta bucket of a file says of its store.
type about struct {
	id, begunBy string
	format      int
}

func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(dir))
}

// create makes both files of a store under other names and renames them when
// they are whole and on disk, the catalogue last: a file that bears its name is
// complete, so that an empty or cut one is always damage. The catalogue's other
// name is also the mark of a creation that was interrupted and may start again.
func create(dir, begunBy string) error {
	catalogue, people := filepath.Join(dir, catalogueFile), filepath.Join(dir, peopleFile)
	if _, err := os.Stat(people); err == nil {
		if _, err := os.Stat(catalogue + unfinished); err != nil {
			return missing(catalogue)
		}
		if err := os.Remove(people); err != nil {
			return err
		}
	}
	of := about{id: rand.Text(), begunBy: begunBy}
	if err := createFile(catalogue+unfinished, of, catalogueBuckets); err != nil {
		return err
	}
	if err := createFile(people+unfinished, of, peopleBuckets); err != nil {
		return err
	}
	for _, path := range []string{people, catalogue} {
		if err := os.Rename(path+unfinished, path); err != nil {
			return err
		}
		if err := SyncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

func createFile(path string, of about, buckets [][]byte) (err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := openFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		return errors.Join(
			meta.Put(formatKey, []byte(strconv.Itoa(format))),
			meta.Put(idKey, []byte(of.id)),
			meta.Put(begunByKey, []byte(of.begunBy)))
	})
}

// SyncFolder returns when what was made, renamed or removed in a folder is so on the disk.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func damaged(path string, why any) error {
	return catalog.Errorf(catalog.Invalid, "%s is damaged (%s): restore a backup; the file was not touched", path, oneLine(why))
}

func missing(path string) error {
	return catalog.Errorf(catalog.Invalid, "%s is missing, but other files of its store are there: restore a backup", path)
}

// examine reads a file without changing it and says whether it is whole (see
// checkPages), unless it is known to be, of this store's kind, and of a format that is known.
func examine(path string, whole bool) (found about, err error) {
	if !whole {
		if err := checkFile(path); err != nil {
			return about{}, err
		}
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		return about{}, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if meta == nil {
			return damaged(path, "it is no store of the Clearinghouse")
		}
		switch n, err := strconv.Atoi(string(meta.Get(formatKey))); {
		case err != nil || n < 1:
			return damaged(path, "it does not say its format")
		case n > format:
			return catalog.Errorf(catalog.Invalid, "%s was made by a newer version of the Clearinghouse (format %d, this one knows %d): run that version", path, n, format)
		}
		found = about{id: string(meta.Get(idKey)), begunBy: string(meta.Get(begunByKey))}
		found.format, _ = strconv.Atoi(string(meta.Get(formatKey)))
		if filepath.Base(path) != catalogueFile || found.format < format {
			return nil
		}
		for _, name := range catalogueBuckets {
			if tx.Bucket(name) == nil {
				return damaged(path, fmt.Sprintf("%s is missing in it", name))
			}
		}
		return nil
	})
	return found, err
}

// upgrade makes the layout of an older format the present one, in one
// transaction. Buckets that are new are made and filled from the others.
func (s *Store) upgrade(db *bolt.DB, buckets [][]byte, from int) error {
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if from < 4 && tx.Bucket(currentBucket) != nil { // it is the catalogue
			last, _ := tx.Bucket(logBucket).Cursor().Last()
			w := &writer{taxonomy: s.taxonomy, time: time.Now().UTC(), head: seqOf(last)}
			if err := errors.Join(w.run(tx, (*writer).mergeAnew), pairAnew(tx), partRuns(tx)); err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Put(formatKey, []byte(strconv.Itoa(format)))
	})
}

// checkFile is checkPages for a path; the error names it.
func checkFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return missing(path)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return damaged(path, "it is not a file")
	}
	if err := checkPages(f, info.Size()); err != nil {
		return damaged(path, err)
	}
	return nil
}
