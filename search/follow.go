package search

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	"golang.org/x/sync/errgroup"

	"clearinghouse/catalog"
)

// What is indexed at once: so many batches of so many changes, and of long texts so many
// bytes, as Bleve holds all of a batch in memory, some fifty times over if the words are
// different ones. A single record has no more than that.
const (
	batchesAtOnce = 2
	batchSize     = 1000
	maxText       = 2800 << 10
)

// idle is how long nothing must have changed before segments are merged and what will be
// asked is found out.
const idle = 5 * time.Second

// Follow brings the index up to date with the store and keeps it so until ctx
// ends, whose error it returns. It is the only way from the store to the index,
// with Sync and Rebuild, which are steps of it. A full disk is an Unavailable error
// of each of them; they go on where they were when they are called again.
func (x *Index) Follow(ctx context.Context) error {
	var tidying sync.WaitGroup
	var busy atomic.Bool
	defer tidying.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		if err := x.Sync(ctx, nil); err != nil {
			return err
		}
		mark := x.Mark()
		quiet, done := context.WithTimeout(ctx, idle)
		err := x.log.Wait(quiet, mark)
		done()
		if err != nil && ctx.Err() == nil {
			if busy.CompareAndSwap(false, true) {
				tidying.Go(func() {
					defer busy.Store(false)
					x.tidy(ctx)
					_ = guarded(func() error { return x.warm(ctx) }) // if it fails, whoever asks waits
				})
			}
			err = x.log.Wait(ctx, mark)
		}
		if err != nil {
			return err
		}
	}
}

// tidy makes searches faster; they go on meanwhile. If it fails, they are as they were. The
// memory that merging takes is given back: it would stay for minutes.
func (x *Index) tidy(ctx context.Context) {
	x.mu.RLock()
	g := x.live
	x.mu.RUnlock()
	if g == nil {
		return
	}
	merged := false
	_ = guarded(func() (err error) { merged, err = g.tidy(ctx); return err })
	if merged {
		debug.FreeOSMemory()
	}
}

// Sync brings the index up to the head of the log and returns. progress, if not
// nil, is told how far it is after each batch, as places in the log.
func (x *Index) Sync(ctx context.Context, progress func(done, total uint64)) error {
	for {
		more, err := x.step(ctx, progress)
		if err != nil || !more {
			return remedy(x.dir, err)
		}
	}
}

// step indexes one batch of changes; more is false if there was none.
func (x *Index) step(ctx context.Context, progress func(done, total uint64)) (more bool, err error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.live == nil {
		return false, errClosed
	}
	return x.advance(ctx, x.live, x.docs, progress)
}

// advance indexes the next changes in g, some batches of them.
func (x *Index) advance(ctx context.Context, g *generation, docs *documents, progress func(done, total uint64)) (more bool, err error) {
	defer unreadable(&err)
	v, err := g.view()
	if err != nil {
		return false, err
	}
	mark := v.mark
	v.close()
	changes, err := x.log.Changes(ctx, mark, batchesAtOnce*batchSize)
	if err != nil {
		return false, fmt.Errorf("reading the log after %d: %w", mark, err)
	}
	more = len(changes) > 0
	var batches []*bleve.Batch
	size := 0
	write := func() error {
		if err := g.write(batches, mark); err != nil {
			return fmt.Errorf("writing the search index: %w", err)
		}
		batches, size = nil, 0
		if progress != nil {
			progress(mark, max(mark, x.log.Head()))
		}
		return nil
	}
	for len(changes) > 0 && ctx.Err() == nil {
		began := time.Now()
		batch := g.index.NewBatch()
		taken, text, err := docs.addTo(batch, changes)
		if err != nil {
			return false, err
		}
		if len(batches) == batchesAtOnce || len(batches) > 0 && size+text > maxText {
			if err := write(); err != nil {
				return false, err
			}
		}
		batches, size = append(batches, batch), size+text
		mark, changes = changes[taken-1].Seq, changes[taken:]
		if len(changes) > 0 && x.asked() { // leave the processors to searches for as long again
			if err := write(); err != nil {
				return false, err
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Since(began)):
			}
		}
	}
	if len(batches) > 0 {
		if err := write(); err != nil {
			return false, err
		}
	}
	return more, ctx.Err()
}

// write writes batches at the same time: Bleve makes most of a segment in one thread. The
// mark comes with a single one, and else after all are on disk; until then they would be
// written once more.
func (g *generation) write(batches []*bleve.Batch, mark uint64) error {
	last := batches[0]
	if len(batches) > 1 {
		last = g.index.NewBatch()
		var writing errgroup.Group
		for _, batch := range batches {
			writing.Go(func() (err error) {
				defer unreadable(&err)
				return g.index.Batch(batch)
			})
		}
		if err := writing.Wait(); err != nil {
			return err
		}
	}
	last.SetInternal(markKey, strconv.AppendUint(nil, mark, 10))
	return g.index.Batch(last)
}

// Rebuild makes the index anew beside the present one, which answers searches
// meanwhile, and puts it in its place. progress is as in Sync. If it fails or
// ctx ends, the present index stays. A second Rebuild at the same time is a
// Conflict error.
func (x *Index) Rebuild(ctx context.Context, progress func(done, total uint64)) (err error) {
	defer func() { err = remedy(x.dir, err) }()
	if !x.rebuild.TryLock() {
		return catalog.Errorf(catalog.Conflict, "the search index is being rebuilt already: wait until that is done")
	}
	defer x.rebuild.Unlock()
	g, err := create(x.dir, x.log.ID())
	if err != nil {
		return err
	}
	docs := newDocuments(x.taxonomy)
	old, err := x.replace(ctx, g, docs, progress)
	if err != nil {
		_ = g.index.Close()
		_ = os.RemoveAll(filepath.Join(x.dir, g.name))
		return err
	}
	if err := old.close(); err != nil {
		return fmt.Errorf("closing the old search index: %w", err)
	}
	return removeOthers(x.dir, g.name)
}

// replace fills g and makes it the live generation. It returns the one before.
func (x *Index) replace(ctx context.Context, g *generation, docs *documents, progress func(done, total uint64)) (old *generation, err error) {
	fill := func() error {
		for {
			if more, err := x.advance(ctx, g, docs, progress); err != nil || !more {
				return err
			}
		}
	}
	if err := fill(); err != nil {
		return nil, err
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.live == nil {
		return nil, errClosed
	}
	if err := fill(); err != nil { // what was stored since
		return nil, err
	}
	if err := setCurrent(x.dir, g.name); err != nil {
		return nil, fmt.Errorf("the new search index: %w", err)
	}
	return x.swap(g), nil
}
