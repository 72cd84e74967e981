package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/spf13/pflag"
)

func setupReindex(*pflag.FlagSet) func(context.Context, *program, []string) error {
	return func(ctx context.Context, p *program, args []string) error {
		if err := noArguments("reindex", args); err != nil {
			return err
		}
		if err := p.mustExist(); err != nil {
			return err
		}
		h, err := p.open("reindex")
		if err != nil {
			return err
		}
		defer h.close()
		bar := p.progress("indexing")
		err = h.index.Rebuild(ctx, func(done, total uint64) { bar.set(int(done), int(total)) })
		bar.end()
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "the index was built anew up to change %d\n", h.index.Mark())
		return nil
	}
}

// sync brings the index up to date, with a bar.
func (p *program) sync(ctx context.Context, h *house) error {
	bar := p.progress("indexing")
	defer bar.end()
	return h.index.Sync(ctx, func(done, total uint64) { bar.set(int(done), int(total)) })
}

// syncBeside brings the index up to date while records are stored, which leaves processors
// free, until stop is called. If it fails, sync will say so.
func syncBeside(ctx context.Context, h *house) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() {
		for h.index.Sync(ctx, nil) == nil && h.store.Wait(ctx, h.index.Mark()) == nil {
		}
	})
	return func() {
		cancel()
		working.Wait()
	}
}
