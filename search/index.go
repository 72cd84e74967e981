// Package search answers queries from an index that can be thrown away: all it
// holds was read from the log of the store and can be read again. It is the
// only package that knows Bleve.
package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"
	"github.com/gofrs/flock"

	"clearinghouse/catalog"
)

// Log is the store as the index sees it.
type Log interface {
	// ID names the store: an index belongs to one.
	ID() string
	// Head is the place of the last change, 0 if there is none.
	Head() uint64
	// Changes are at most limit changes after a place, in log order. The Entry of
	// a change is nil if a later one has replaced it.
	Changes(ctx context.Context, after uint64, limit int) ([]catalog.Change, error)
	// Wait returns when Head is beyond after, or with the error of ctx.
	Wait(ctx context.Context, after uint64) error
	// Get is the current version of an entry, or a NotFound error.
	Get(id string) (*catalog.Entry, error)
}

// Index is a search index of what is public in a store. Its methods may be
// called at the same time.
type Index struct {
	dir        string
	log        Log
	taxonomy   *catalog.Taxonomy
	vocabulary func() *vocabulary // made when it is first asked for, which takes a moment
	lock       *flock.Flock

	rebuild sync.Mutex // held by the one Rebuild
	writing sync.Mutex // held while the live generation is written to or replaced
	docs    *documents // under writing

	known  known
	latest atomic.Int64 // when it was asked last, in seconds since 1970

	mu   sync.RWMutex // guards live
	live *generation  // nil when closed
}

// generation is one index on disk.
type generation struct {
	name    string
	index   bleve.Index
	users   sync.WaitGroup // searches that run on it
	columns columns
	cache   cache
}

// Open opens the index in the folder dir, which it makes if it is not there. An
// index that is missing, damaged, of another version or of another store is
// replaced by an empty one, for Sync or Follow to fill; note then says why in
// one line. An index that another process uses is a Conflict error.
func Open(dir string, log Log, t *catalog.Taxonomy) (x *Index, note string, err error) {
	return openAt(dir, log, t, false)
}

// OpenUnchanged is Open for files that are known to be as Close left them: they are not
// read through.
func OpenUnchanged(dir string, log Log, t *catalog.Taxonomy) (x *Index, note string, err error) {
	return openAt(dir, log, t, true)
}

func openAt(dir string, log Log, t *catalog.Taxonomy, unchanged bool) (x *Index, note string, err error) {
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		if err := os.Remove(dir); err != nil {
			return nil, "", fmt.Errorf("the folder of the search index: %w", err)
		}
	}
	if x, err = lock(dir, log, t); err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			err = remedy(dir, err)
			_ = x.lock.Unlock()
		}
	}()
	var why error
	if x.live, why = present(dir, log, unchanged); why != nil {
		if x.live, err = create(dir, log.ID()); err != nil {
			return nil, "", err
		}
		if err := setCurrent(dir, x.live.name); err != nil {
			_ = x.live.index.Close()
			return nil, "", fmt.Errorf("the search index: %w", err)
		}
		if why != errNone || log.Head() > 0 {
			note, _, _ = strings.Cut("the search index is built again from the store: "+why.Error(), "\n") // Bleve quotes files
		}
	}
	if err := removeOthers(dir, x.live.name); err != nil {
		_ = x.live.index.Close()
		return nil, "", fmt.Errorf("removing an old search index: %w", err)
	}
	return x, note, nil
}

// asked reports whether somebody has searched a moment ago.
func (x *Index) asked() bool { return time.Now().Unix()-x.latest.Load() < 2 }

// Prepare makes what the first search would have to wait for: the names of concepts, and the
// columns and the order that browsing needs. If it fails, whoever asks is told.
func (x *Index) Prepare(ctx context.Context) {
	x.vocabulary()
	_ = guarded(func() error {
		v, err := x.view()
		if err != nil {
			return err
		}
		defer v.close()
		all := catalog.FacetNames(func(catalog.Facet) bool { return true })
		_, err = x.search(ctx, v, catalog.Query{Language: catalog.DefaultLanguage, Limit: 1, Facets: all, FacetLimit: 1})
		return err
	})
}

// OpenAsIs opens the index as it is, to look at it: nothing is replaced. One that
// is missing or of another version is a NotFound error, one that is damaged or of
// another store an Invalid one, one in use a Conflict.
func OpenAsIs(dir string, log Log, t *catalog.Taxonomy) (*Index, error) {
	x, err := lock(dir, log, t)
	if err != nil {
		return nil, err
	}
	if x.live, err = present(dir, log, false); err == nil {
		return x, nil
	}
	_ = x.lock.Unlock()
	code := catalog.Invalid
	if errors.Is(err, errNone) || errors.Is(err, errVersion) {
		code = catalog.NotFound
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return nil, catalog.Errorf(code, "%s", line)
}

// lock makes an Index that nobody else has, without a live generation.
func lock(dir string, log Log, t *catalog.Taxonomy) (*Index, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the folder of the search index: %w", err)
	}
	x := &Index{dir: dir, log: log, taxonomy: t, vocabulary: sync.OnceValue(func() *vocabulary { return newVocabulary(t) }), docs: newDocuments(t), lock: flock.New(filepath.Join(dir, "lock"))}
	locked, err := x.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the search index: %w", err)
	}
	if !locked {
		return nil, catalog.Errorf(catalog.Conflict, "the search index %s is in use by another process: stop it first", dir)
	}
	return x, nil
}

var (
	errNone    = errors.New("there is none")
	errVersion = errors.New("it has another version than this program needs")
)

// present opens the generation that CURRENT names. Its error says what is wrong
// with it.
func present(dir string, log Log, unchanged bool) (*generation, error) {
	name, err := current(dir)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, errNone
	}
	return open(dir, name, log, unchanged)
}

// Close ends the use of the index after the searches that run. Follow, Sync and
// Rebuild must have returned.
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	old := x.swap(nil)
	if old == nil {
		return nil
	}
	err := old.close()
	if uerr := x.lock.Unlock(); err == nil {
		err = uerr
	}
	return err
}

// swap makes g the live generation and returns the one before.
func (x *Index) swap(g *generation) *generation {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.live
	x.live = g
	return old
}

// close closes g when its last search is done.
func (g *generation) close() error {
	g.users.Wait()
	return g.index.Close()
}

// Mark is the place in the log up to which the index is complete.
func (x *Index) Mark() uint64 {
	v, err := x.view()
	if err != nil {
		return 0
	}
	defer v.close()
	return v.mark
}

// Snapshot names the present state of the index, as Results.Snapshot does; "" once
// it is closed.
func (x *Index) Snapshot() string {
	v, err := x.view()
	if err != nil {
		return ""
	}
	defer v.close()
	return v.snapshot
}

// CaughtUp reports whether the index holds all that the store has.
func (x *Index) CaughtUp() bool { return x.Mark() >= x.log.Head() }

// view is one state of the index, which stays while it is used.
type view struct {
	reader   index.IndexReader
	leaves   []leaf
	columns  *columns
	cache    *cache
	mark     uint64
	snapshot string // names the state
	passing  bool   // see sets
	arena    arena
	release  func()
}

// view opens the present state of the index. The caller closes it.
func (x *Index) view() (*view, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.live == nil {
		return nil, errClosed
	}
	x.live.users.Add(1)
	v, err := x.live.view()
	if err != nil {
		x.live.users.Done()
		return nil, err
	}
	v.release = x.live.users.Done
	return v, nil
}

var errClosed = catalog.Errorf(catalog.Unavailable, "the search index is closed: try again when the server has started again")

func (g *generation) view() (*view, error) {
	advanced, err := g.index.Advanced()
	if err != nil {
		return nil, fmt.Errorf("the search index: %w", err)
	}
	reader, err := advanced.Reader()
	if err != nil {
		return nil, fmt.Errorf("reading the search index: %w", err)
	}
	v := &view{reader: reader, columns: &g.columns, cache: &g.cache, release: func() {}}
	if v.leaves, err = leaves(reader); err != nil {
		_ = reader.Close()
		return nil, err
	}
	g.columns.keep(v.leaves)
	g.cache.keep(reader, v.leaves)
	data, err := reader.GetInternal(markKey)
	if err == nil {
		v.mark, err = strconv.ParseUint(string(data), 10, 64)
	}
	if err != nil {
		_ = reader.Close()
		return nil, fmt.Errorf("the mark of the search index: %w", err)
	}
	v.snapshot = fmt.Sprintf("%s-%d", g.name[len(g.name)-12:], v.mark)
	return v, nil
}

func (v *view) close() {
	v.arena.release()
	_ = v.reader.Close()
	v.release()
}
