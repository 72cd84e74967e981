package main

import (
	"context"
	"errors"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"

	"golang.org/x/sync/errgroup"
)

// memoryCheck is how often pulls that wait for memory look again.
const memoryCheck = time.Second

// errTurnOver is why a pull ends that takes too long.
var errTurnOver = errors.New("its time was over, as pull.time in clearinghouse.yaml has it")

// pulls are pulls within the limits of clearinghouse.yaml: group has so many at
// once, each takes so long at most, and none asks for more while the program uses
// too much memory.
type pulls struct {
	runner *indexer.Runner
	group  errgroup.Group
	time   time.Duration
}

// pulls readies the pulls of a command, which closes them. waits is called by a pull
// that begins to wait for memory, of which so many bytes are used and allowed.
func (p *program) pulls(h *house, o indexer.Options, waits func(used, limit uint64)) *pulls {
	limit := p.config.Pull.memory
	o.Wait = func(ctx context.Context) error { return waitForMemory(ctx, limit, waits) }
	out := &pulls{runner: p.runner(h, o), time: p.config.Pull.Time}
	out.group.SetLimit(p.config.Pull.AtOnce)
	return out
}

// pull pulls one source. That its time was over is no error: its report says so,
// and the next pull goes on from there.
func (p *pulls) pull(ctx context.Context, source *indexer.Source, wish indexer.Wish) (catalog.Run, error) {
	turn, cancel := context.WithTimeoutCause(ctx, p.time, errTurnOver)
	defer cancel()
	run, err := p.runner.Pull(turn, source, wish)
	if run.Error != "" && turn.Err() != nil && ctx.Err() == nil {
		err = nil
	}
	return run, err
}

// close waits for the pulls of the group.
func (p *pulls) close() {
	_ = p.group.Wait() // whoever wants its error has waited before
	p.runner.Close()
}

// waitForMemory returns when the program uses no more memory than limit, in bytes,
// or with the error of ctx.
func waitForMemory(ctx context.Context, limit uint64, waits func(used, limit uint64)) error {
	for waiting := false; ; waiting = true {
		used := memoryInUse()
		if used <= limit {
			return ctx.Err()
		}
		if !waiting {
			waits(used, limit)
			debug.FreeOSMemory()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(memoryCheck):
		}
	}
}

// memoryInUse are the bytes that the Go runtime has of the system and holds.
func memoryInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}
