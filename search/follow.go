package search

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"clearinghouse/catalog"
)

// What is indexed at once: so many changes, and of long texts so many bytes, as
// Bleve holds all of a batch in memory, some fifty times over if the words are
// different ones. A single record has no more than that.
const (
	batchSize    = 1000
	maxBatchText = 2 << 20
)

// Follow brings the index up to date with the store and keeps it so until ctx
// ends, whose error it returns. It is the only way from the store to the index,
// with Sync and Rebuild, which are steps of it. A full disk is an Unavailable error
// of each of them; they go on where they were when they are called again.
func (x *Index) Follow(ctx context.Context) error {
	for {
		if err := x.Sync(ctx, nil); err != nil {
			return err
		}
		if err := x.log.Wait(ctx, x.Mark()); err != nil {
			return err
		}
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

// advance indexes the next changes in g, up to batchSize of them.
func (x *Index) advance(ctx context.Context, g *generation, docs *documents, progress func(done, total uint64)) (more bool, err error) {
	defer unreadable(&err)
	v, err := g.view()
	if err != nil {
		return false, err
	}
	mark := v.mark
	v.close()
	changes, err := x.log.Changes(ctx, mark, batchSize)
	if err != nil {
		return false, fmt.Errorf("reading the log after %d: %w", mark, err)
	}
	more = len(changes) > 0
	for len(changes) > 0 {
		if ctx.Err() != nil {
			break
		}
		batch := g.index.NewBatch()
		taken, err := docs.addTo(batch, changes)
		if err != nil {
			return false, err
		}
		if err := g.index.Batch(batch); err != nil {
			return false, fmt.Errorf("writing the search index: %w", err)
		}
		mark = changes[taken-1].Seq
		changes = changes[taken:]
		if progress != nil {
			progress(mark, max(mark, x.log.Head()))
		}
	}
	return more, ctx.Err()
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
