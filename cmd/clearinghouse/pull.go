package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/indexer/fetch"
	"clearinghouse/indexer/starter"

	"github.com/spf13/pflag"
)

func setupPull(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	var wish indexer.Wish
	flags.BoolVar(&wish.Full, "full", false, "begin afresh and ask for everything, not only for what has changed")
	flags.BoolVar(&wish.Fewer, "fewer", false, "take it that a source has lost half of its records or more")
	return func(ctx context.Context, p *program, args []string) error {
		t, err := taxonomy()
		if err != nil {
			return err
		}
		sources, wrong := p.sources(t)
		if sources, err = chosen(sources, args, t); err != nil {
			return errors.Join(wrong, err)
		}
		if wrong != nil && len(args) == 0 {
			fmt.Fprintf(p.stderr, "left out: %s\n", oneLine(wrong))
		}
		if len(sources) == 0 {
			if wrong != nil {
				return wrong
			}
			return catalog.Errorf(catalog.NotFound, "there is no source file in %s: docs/sources.md shows how to write one", p.sourcesFolder())
		}
		h, err := p.open("pull")
		if catalog.CodeOf(err) == catalog.Conflict {
			return catalog.Errorf(catalog.Conflict, "%v. A server pulls by itself what is due; to pull now, ask it with a key (clearinghouse keys): curl -X POST -H 'Authorization: Bearer KEY' 'http://%s/api/v1/admin/pull%s'",
				err, p.config.Addr, address(args))
		}
		if err != nil {
			return err
		}
		defer h.close()
		bars := newBars(p.stderr)
		bySource := map[string]*bar{}
		for _, s := range sources {
			bySource[s.ID] = bars.add(s.ID)
		}
		runner := p.runner(h, indexer.Options{Progress: func(source string, done, total int) { bySource[source].set(done, total) }})
		defer runner.Close()
		var runs []catalog.Run
		for _, s := range sources {
			run, e := runner.Pull(ctx, s, wish)
			bySource[s.ID].end()
			if runs = append(runs, run); e != nil && err == nil {
				err = fmt.Errorf("pull %s: %w", s.ID, e)
			}
			if ctx.Err() != nil {
				break
			}
		}
		for _, b := range bySource {
			b.end()
		}
		bars.wait()
		failed := 0
		for _, run := range runs {
			report(p, run)
			if run.Error != "" {
				failed++
			}
		}
		if err != nil {
			return err
		}
		if err := p.sync(ctx, h); err != nil {
			return err
		}
		if err := h.store.FindPairs(ctx, time.Now()); err != nil {
			return err
		}
		if failed > 0 {
			return catalog.Errorf(catalog.Unavailable, "%d of %d sources could not be seen whole; the report says why, and the next pull goes on from there", failed, len(sources))
		}
		if len(args) == 0 {
			return wrong
		}
		return nil
	}
}

// address are the parameters that ask a server for sources.
func address(sources []string) string {
	if len(sources) == 0 {
		return ""
	}
	return "?" + url.Values{"source": sources}.Encode()
}

func (p *program) sourcesFolder() string { return filepath.Join(p.data, "sources") }

// sources are the configured ones.
func (p *program) sources(t *catalog.Taxonomy) ([]*indexer.Source, error) {
	return indexer.LoadSources(p.sourcesFolder(), t)
}

// chosen are the sources named, or all of them. The collection in the binary is
// pulled only if it is named.
func chosen(sources []*indexer.Source, names []string, t *catalog.Taxonomy) ([]*indexer.Source, error) {
	if len(names) == 0 {
		return sources, nil
	}
	var out []*indexer.Source
	for _, name := range names {
		i := slices.IndexFunc(sources, func(s *indexer.Source) bool { return s.ID == name })
		switch {
		case i >= 0:
			out = append(out, sources[i])
		case name == starter.ID:
			s, err := indexer.Starter(t)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		default:
			known := []string{starter.ID}
			for _, s := range sources {
				known = append(known, s.ID)
			}
			return nil, usagef("there is no source %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return out, nil
}

// runner makes what pulls sources into the house.
func (p *program) runner(h *house, o indexer.Options) *indexer.Runner {
	o.Fetch = fetch.Options{Version: version(), Contact: p.config.Contact, Project: p.config.BaseURL}
	if h.store != nil { // without, there is no data folder yet
		o.Fetch.Folder = p.data
	}
	return indexer.NewRunner(h.store, h.taxonomy, o)
}

// report prints what a run did, one line and a line for each refusal kept.
func report(p *program, run catalog.Run) {
	fmt.Fprintf(p.stdout, "%s: %d new, %d changed, %d unchanged, %d withdrawn, %d refused\n",
		run.Source, run.New, run.Changed, run.Unchanged, run.Withdrawn, run.Refused)
	for _, refusal := range run.Refusals {
		fmt.Fprintf(p.stdout, "  refused %s\n", problem(refusal))
	}
	if n := run.Refused - len(run.Refusals); n > 0 {
		fmt.Fprintf(p.stdout, "  and %d more\n", n)
	}
	for _, left := range run.LeftOut {
		fmt.Fprintf(p.stdout, "  left out of %s\n", problem(left))
	}
	if n := run.TakenInPart - len(run.LeftOut); n > 0 {
		fmt.Fprintf(p.stdout, "  and of %d more\n", n)
	}
	if run.Error != "" {
		fmt.Fprintf(p.stdout, "  not seen whole: %s\n", run.Error)
	}
}

// problem says where something was not taken, and why.
func problem(r catalog.Refusal) string {
	reasons := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		reasons[i] = reason.Message
	}
	return fmt.Sprintf("%s: %s", strings.TrimSpace(r.Where+" "+r.ID), strings.Join(reasons, "; "))
}
