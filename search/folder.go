package search

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/index/scorch/mergeplan"
	zap "github.com/blevesearch/zapx/v17"
	"golang.org/x/sync/errgroup"

	"clearinghouse/catalog"
)

// The folder of the index holds one folder for each generation of it, usually
// one, and the file CURRENT, which names the one that is in use.
const currentFile = "CURRENT"

var generationForm = regexp.MustCompile(`^generation-[0-9a-f]{12}$`)

// lockTimeout is how long Bleve waits for its file if another process holds it.
const lockTimeout = "1s"

// tune sets what Bleve has no setting for: the buffer of a new segment has room
// for as many documents as the one before had, not for 100 more, which would be
// gigabytes for long ones.
var tune = sync.OnceFunc(func() { zap.NewSegmentBufferNumResultsBump = 0 })

// config has Bleve's settings: a batch has returned when it is on disk.
func config() map[string]any {
	tune()
	return map[string]any{"bolt_timeout": lockTimeout, "unsafe_batch": false}
}

// whole merges all segments into one.
var whole = mergeplan.MergePlanOptions{
	MaxSegmentsPerTier: 1, TierGrowth: 1, SegmentsPerMergeTask: 1000,
	MaxSegmentSize: 1 << 30, FloorSegmentSize: 1 << 30, MaxSegmentFileSize: 1 << 40, FloorSegmentFileSize: 1 << 40,
}

// Segments are merged when there are more than maxLarge with more than one in largeShare of
// the documents: a search asks each of them.
const (
	maxLarge   = 2
	largeShare = 20
)

// tidy merges the segments if that pays and there is room on the disk.
func (g *generation) tidy(ctx context.Context) (merged bool, err error) {
	v, err := g.view()
	if err != nil {
		return false, err
	}
	live, large := 0, 0
	for _, l := range v.leaves {
		live += l.live()
	}
	for _, l := range v.leaves {
		if l.live() > live/largeShare {
			large++
		}
	}
	v.close()
	if large <= maxLarge {
		return false, nil
	}
	advanced, err := g.index.Advanced()
	if err != nil {
		return false, err
	}
	s, ok := advanced.(*scorch.Scorch)
	if !ok {
		return false, fmt.Errorf("it is of the kind %T", advanced)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // Bleve would try again and again
		failed := func() uint64 { n, _ := s.StatsMap()["TotFileMergeLoopErr"].(uint64); return n }
		for before := failed(); ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
			if failed() > before {
				cancel()
			}
		}
	}()
	return true, s.ForceMerge(ctx, &whole)
}

// current is the generation that CURRENT names, "" if there is none.
func current(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name := string(data)
	if !generationForm.MatchString(name) {
		return "", errors.New("the file CURRENT is damaged")
	}
	return name, nil
}

// setCurrent makes name the generation in use, in one step.
func setCurrent(dir, name string) error {
	f, err := os.CreateTemp(dir, currentFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(name)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, currentFile))
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// removeOthers deletes all generations but keep, and what setCurrent left when
// it was interrupted. Files that are not ours stay.
func removeOthers(dir, keep string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		left, _ := filepath.Match(currentFile+".*", e.Name())
		if left || generationForm.MatchString(e.Name()) && e.Name() != keep {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// create makes an empty generation for a store.
func create(dir, store string) (*generation, error) {
	name := make([]byte, 6)
	rand.Read(name) // never fails
	g := &generation{name: "generation-" + hex.EncodeToString(name)}
	var err error
	g.index, err = bleve.NewUsing(filepath.Join(dir, g.name), noMapping(), scorch.Name, bleve.Config.DefaultKVStore, config())
	if err != nil {
		return nil, fmt.Errorf("making the search index in %s: %w", dir, err)
	}
	batch := g.index.NewBatch()
	batch.SetInternal(versionKey, strconv.AppendInt(nil, indexVersion, 10))
	batch.SetInternal(storeKey, []byte(store))
	batch.SetInternal(markKey, []byte("0"))
	if err := g.index.Batch(batch); err != nil {
		_ = g.index.Close()
		return nil, fmt.Errorf("making the search index in %s: %w", dir, err)
	}
	return g, nil
}

// open opens a generation that was made from the log. Any reason why it cannot
// be used is an error, damaged files among them, which are not looked for if it is known to
// be whole.
func open(dir, name string, log Log, whole bool) (*generation, error) {
	path := filepath.Join(dir, name)
	if !whole {
		if err := inspect(path); err != nil {
			return nil, err
		}
	}
	var g *generation
	err := guarded(func() error {
		index, err := bleve.OpenUsing(path, config())
		if err == nil {
			g = &generation{name: name, index: index}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("it cannot be opened (%w)", err)
	}
	if err := g.fits(log); err != nil {
		_ = g.index.Close()
		return nil, err
	}
	return g, nil
}

// fits tells why g is not an index of the log.
func (g *generation) fits(log Log) error {
	version, err := g.index.GetInternal(versionKey)
	if err != nil {
		return err
	}
	if string(version) != strconv.Itoa(indexVersion) {
		return fmt.Errorf("%w: it has %q, this program needs %d", errVersion, version, indexVersion)
	}
	store, err := g.index.GetInternal(storeKey)
	if err != nil {
		return err
	}
	if string(store) != log.ID() {
		return errors.New("it belongs to another store")
	}
	v, err := g.view()
	if err != nil {
		return err
	}
	defer v.close()
	if head := log.Head(); v.mark > head {
		return fmt.Errorf("it is ahead of the store: it ends at change %d, the store at %d", v.mark, head)
	}
	return nil
}

// inspect reads all of a generation that is not in use. Bleve maps its files
// into memory and trusts them; one that was cut would end the process in the
// middle of a search. Opened for reading only, nothing of it runs in the
// background meanwhile.
func inspect(path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("its folder %s is missing", filepath.Base(path))
	}
	return guarded(func() error {
		readOnly := config()
		readOnly["read_only"] = true
		index, err := bleve.OpenUsing(path, readOnly)
		if err != nil {
			return fmt.Errorf("it cannot be opened (%w)", err)
		}
		defer index.Close()
		advanced, err := index.Advanced()
		if err != nil {
			return err
		}
		reader, err := advanced.Reader()
		if err != nil {
			return err
		}
		defer reader.Close()
		snapshot, ok := reader.(*scorch.IndexSnapshot)
		if !ok {
			return fmt.Errorf("it is of the kind %T", reader)
		}
		var files errgroup.Group
		files.SetLimit(4)
		for _, s := range snapshot.Segments() {
			if file, ok := s.Segment().(interface{ Path() string }); ok {
				files.Go(func() error { return checksum(file.Path()) })
			}
		}
		return files.Wait()
	})
}

// checksum compares the CRC-32 (IEEE) in the last four bytes of a segment file
// with its content, as the zap format has it.
func checksum(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	var want [4]byte
	if _, err = io.Copy(sum, io.LimitReader(f, info.Size()-4)); err == nil {
		_, err = io.ReadFull(f, want[:])
	}
	if err != nil || binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return fmt.Errorf("its file %s is damaged", filepath.Base(path))
	}
	return nil
}

// remedy says of an error that comes from a full disk what to do. Bleve does not
// wrap all it passes on, so that the text of the error counts too.
func remedy(dir string, err error) error {
	var known *catalog.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	for _, code := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, code) || strings.Contains(err.Error(), code.Error()) {
			return catalog.Errorf(catalog.Unavailable, "the disk with the search index %s is full (%s): make room; a server that runs then goes on by itself, any other command must be run again", dir, strings.Join(strings.Fields(err.Error()), " "))
		}
	}
	return err
}

// guarded turns a panic of f into an error, also one from memory that is mapped
// to a part of a file that is no more.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its files are damaged: %v", r)
		}
	}()
	return f()
}
