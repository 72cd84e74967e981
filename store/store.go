// Package store is the truth on disk: every version of every record, the log of
// changes, what each source's harvest left behind, and the edits of editors. It
// is the only user of bbolt. What it reads and writes is of package catalog.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"clearinghouse/catalog"
)

// The files of a data folder that are the store's.
const (
	catalogueFile = "catalogue.db"
	peopleFile    = "people.db"
	lockFile      = "lock"
)

// Store is the open store of one data folder. All methods may be called at the
// same time by several goroutines; writes follow one another. Errors that a
// person can act on are of type *catalog.Error.
type Store struct {
	dir      string
	id       string
	begunBy  string
	taxonomy *catalog.Taxonomy
	lock     *flock.Flock
	db       *bolt.DB
	people   *People

	writing sync.Mutex // held by the one writer, and by Verify
	head    atomic.Uint64

	waiting sync.Mutex
	moved   chan struct{} // closed and replaced when head moves
	closing sync.Once
	closed  chan struct{}
}

var errClosed = catalog.Errorf(catalog.Unavailable, "the store is closed: try again when the server has started again")

// Exists reports whether dir holds a store. It creates nothing.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, catalogueFile))
	return err == nil
}

// Open opens the store of the data folder dir and owns it until Close; the
// folder and its files are made if there are none. begunBy names the command
// that makes a store ("serve", "import", "pull" …) and is kept for good;
// taxonomy is what the results of edits are cleaned and validated by.
//
// The error is Conflict, at once, if another process owns the folder, Invalid
// if a file is damaged, missing or of a newer version (no byte of it is
// touched then) or the folder cannot be written, and Unavailable if the disk
// is full.
func Open(dir, begunBy string, taxonomy *catalog.Taxonomy) (*Store, error) {
	return openStore(dir, begunBy, taxonomy, false)
}

// OpenUnchanged is Open for files that are known to be as Close left them: they are not
// read through.
func OpenUnchanged(dir, begunBy string, taxonomy *catalog.Taxonomy) (*Store, error) {
	return openStore(dir, begunBy, taxonomy, true)
}

func openStore(dir, begunBy string, taxonomy *catalog.Taxonomy, unchanged bool) (*Store, error) {
	s := &Store{dir: dir, taxonomy: taxonomy, moved: make(chan struct{}), closed: make(chan struct{})}
	if err := s.open(begunBy, unchanged); err != nil {
		return nil, errors.Join(explain(dir, err), s.release())
	}
	return s, nil
}

func (s *Store) open(begunBy string, unchanged bool) error {
	if err := makeFolder(s.dir); err != nil {
		return err
	}
	if err := s.own(); err != nil {
		return err
	}
	if !Exists(s.dir) {
		if err := create(s.dir, begunBy); err != nil {
			return err
		}
	}
	catalogue, people := filepath.Join(s.dir, catalogueFile), filepath.Join(s.dir, peopleFile)
	about, err := examine(catalogue, unchanged)
	if err != nil {
		return err
	}
	theirs, err := examine(people, unchanged)
	if err != nil {
		return err
	}
	if theirs.id != about.id {
		return catalog.Errorf(catalog.Invalid, "%s and %s are of two different stores: restore both from one backup", catalogue, people)
	}
	s.id, s.begunBy = about.id, about.begunBy
	if s.db, err = openFile(catalogue); err != nil {
		return err
	}
	if s.people, err = openPeople(people); err != nil {
		return err
	}
	if about.format < format {
		if err := errors.Join(s.upgrade(s.people.db, peopleBuckets, about.format), s.upgrade(s.db, catalogueBuckets, about.format)); err != nil {
			return err
		}
	}
	return s.db.View(func(tx *bolt.Tx) error {
		if k, _ := tx.Bucket(logBucket).Cursor().Last(); k != nil {
			s.head.Store(seqOf(k))
		}
		return nil
	})
}

// own takes the lock of the folder and leaves the process id in it.
func (s *Store) own() error {
	path := filepath.Join(s.dir, lockFile)
	s.lock = flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o640))
	got, err := s.lock.TryLock()
	if err != nil {
		return err
	}
	if got {
		return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o640)
	}
	owner := "another process"
	if text, err := os.ReadFile(path); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			owner = fmt.Sprintf("process %d", pid)
		}
	}
	return catalog.Errorf(catalog.Conflict, "the data folder %s is in use by %s: stop it first", s.dir, owner)
}

// Close waits for the transactions under way, ends every Wait and gives up the
// folder. Other methods fail afterwards; closing again does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.closed) })
	return s.release()
}

func (s *Store) release() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.people != nil {
		errs = append(errs, s.people.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

// ID is a random name that the store got when it was made. An index that
// remembers another belongs to another store.
func (s *Store) ID() string { return s.id }

// BegunBy is the command that made the store.
func (s *Store) BegunBy() string { return s.begunBy }

// Head is the sequence number of the last change, 0 if there was none.
func (s *Store) Head() uint64 { return s.head.Load() }

// People is the door to what is kept about persons, apart from the catalogue.
func (s *Store) People() *People { return s.people }

// openFile opens a file that examine found whole. The free list is synced, so
// that opening needs no scan to find it (versions are never deleted: the list
// stays short). The file grows without reserve, see examine.
func openFile(path string) (*bolt.DB, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, Timeout: lockTimeout})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.AllocSize = 0
	return db, nil
}

// lockTimeout is how long to wait for bbolt's own lock on a file. The lock of
// the folder was taken before, so that only a foreign program can hold it.
const lockTimeout = 50 * time.Millisecond

// explain turns the failures that an operator can mend into errors that say how.
func explain(dir string, err error) error {
	var known *catalog.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case isAny(err, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG):
		return catalog.Errorf(catalog.Unavailable, "the disk of the data folder %s is full (%s): make room and try again; what was stored before is safe", dir, oneLine(err))
	case errors.Is(err, fs.ErrPermission) || isAny(err, syscall.EROFS):
		return catalog.Errorf(catalog.Invalid, "the data folder %s cannot be used (%s): let this user read and write it, or name another with --data", dir, oneLine(err))
	case isAny(err, syscall.ENOTDIR):
		return catalog.Errorf(catalog.Invalid, "%s is not a folder: name another data folder with --data", dir)
	case errors.Is(err, bolterrors.ErrTimeout):
		return catalog.Errorf(catalog.Conflict, "a file of the data folder %s is held by another program: stop it and try again", dir)
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return errClosed
	}
	return fmt.Errorf("store %s: %w", dir, err)
}

// isAny also looks into the text, since bbolt does not wrap all it passes on.
func isAny(err error, codes ...syscall.Errno) bool {
	for _, code := range codes {
		if errors.Is(err, code) || strings.Contains(err.Error(), code.Error()) {
			return true
		}
	}
	return false
}

func oneLine(v any) string { return strings.Join(strings.Fields(fmt.Sprint(v)), " ") }
