package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/indexer/fetch"
	"clearinghouse/indexer/starter"

	"github.com/spf13/pflag"
)

func setupPull(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	var wish indexer.Wish
	flags.BoolVar(&wish.Full, "full", false, "begin afresh and ask for everything, not only for what has changed")
	flags.BoolVar(&wish.Fewer, "fewer", false, "take it that a source has lost half of its records or more; they are withdrawn when two more complete pulls lack them")
	return func(ctx context.Context, p *program, args []string) error {
		t, err := taxonomy()
		if err != nil {
			return err
		}
		sources, wrong := p.sources(t)
		if sources, err = chosen(sources, wrong, args, t); err != nil {
			return err
		}
		switch {
		case len(sources) == 0 && wrong != nil:
			return wrong
		case len(sources) == 0:
			return catalog.Errorf(catalog.NotFound, "there is no source file in %s: docs/sources.md shows how to write one", p.sourcesFolder())
		case wrong != nil && len(args) == 0:
			fmt.Fprintf(p.stderr, "left out: %s\n", oneLine(wrong))
		}
		h, err := p.open("pull")
		if catalog.CodeOf(err) == catalog.Conflict {
			return catalog.Errorf(catalog.Conflict, "%v; a server pulls by itself what is due, and at once when it is asked with a key (the first of clearinghouse keys add, while it is stopped): curl -X POST -H 'Authorization: Bearer KEY' '%s/api/v1/admin/pull%s'",
				err, p.serverAddress(), parameters(args, wish))
		}
		if err != nil {
			return err
		}
		defer h.close()
		runs, err := p.pullNow(ctx, h, sources, wish)
		failed := 0
		for _, run := range runs {
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
		if err := p.findPairs(ctx, h); err != nil {
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

// fewerTaken is what a pull with --fewer leaves to be said.
const fewerTaken = "--fewer withdraws nothing by itself: records that the source no longer has are withdrawn when two more complete pulls have not brought them either"

// pullNow pulls sources and reports each: as it ends, or on a terminal below the
// bars of all. The error is the first that is none of a source.
func (p *program) pullNow(ctx context.Context, h *house, sources []*indexer.Source, wish indexer.Wish) ([]catalog.Run, error) {
	bars := newBars(p.stderr)
	bySource, width := map[string]*bar{}, 0
	for _, s := range sources {
		bySource[s.ID] = &bar{bars: bars, name: s.ID}
		width = max(width, len(s.ID))
	}
	progress := func(source string, done, total int) { bySource[source].set(done, total) }
	pulls := p.pulls(h, indexer.Options{Progress: progress}, func(used, limit uint64) {
		bars.say("waiting for memory: %d MB are used, pull.memory in clearinghouse.yaml is %d MB", used/1_000_000, limit/1_000_000)
	})
	defer pulls.close()
	var mu sync.Mutex
	var runs []catalog.Run
	for _, s := range sources {
		pulls.group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			b := bySource[s.ID]
			b.begin(width)
			run, err := pulls.pull(ctx, s, wish)
			b.end()
			mu.Lock()
			defer mu.Unlock()
			if wish.Fewer && run.Complete && !run.Partial && run.Withdrawn == 0 {
				run.Warning = strings.TrimPrefix(run.Warning+"; "+fewerTaken, "; ")
			}
			if runs = append(runs, run); !bars.drawn() {
				report(p.stdout, run)
			}
			if err != nil {
				return fmt.Errorf("pull %s: %w", s.ID, err)
			}
			return nil
		})
	}
	err := pulls.group.Wait()
	bars.wait()
	if bars.drawn() {
		for _, run := range runs {
			report(p.stdout, run)
		}
	}
	return runs, err
}

// parameters ask a server for the sources named, or all, to be pulled as wished.
func parameters(sources []string, wish indexer.Wish) string {
	values := url.Values{}
	if len(sources) > 0 {
		values["source"] = sources
	}
	for name, set := range map[string]bool{"full": wish.Full, "fewer": wish.Fewer} {
		if set {
			values.Set(name, "true")
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

func (p *program) sourcesFolder() string { return filepath.Join(p.data, "sources") }

// sources are the configured ones.
func (p *program) sources(t *catalog.Taxonomy) ([]*indexer.Source, error) {
	return indexer.LoadSources(p.sourcesFolder(), t)
}

// chosen are the sources named, or all of them. The collection in the binary is
// pulled only if it is named. For one whose file is wrong the error is that of the file.
func chosen(sources []*indexer.Source, wrong error, names []string, t *catalog.Taxonomy) ([]*indexer.Source, error) {
	if len(names) == 0 {
		return sources, nil
	}
	var out []*indexer.Source
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
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
			var files indexer.WrongFiles
			errors.As(wrong, &files)
			for _, f := range files {
				if f.ID == name || f.File == name {
					return nil, f.Err
				}
			}
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

// report prints what a run did, one line and a line for each thing that is kept of
// what it did not.
func report(w io.Writer, run catalog.Run) {
	fmt.Fprintf(w, "%s: %d new, %d changed, %d unchanged, %d withdrawn, %d refused\n",
		run.Source, run.New, run.Changed, run.Unchanged, run.Withdrawn, run.Refused)
	for _, refusal := range run.Refusals {
		fmt.Fprintf(w, "  refused %s\n", problem(refusal))
	}
	if n := run.Refused - len(run.Refusals); n > 0 {
		fmt.Fprintf(w, "  and %d more\n", n)
	}
	for _, left := range run.LeftOut {
		fmt.Fprintf(w, "  left out of %s\n", problem(left))
	}
	if n := run.TakenInPart - len(run.LeftOut); n > 0 {
		fmt.Fprintf(w, "  and of %d more\n", n)
	}
	if run.PassedOver > 0 {
		fmt.Fprintf(w, "  passed over: %d of sources that are pulled here themselves\n", run.PassedOver)
	}
	if run.Warning != "" {
		fmt.Fprintf(w, "  warning: %s\n", run.Warning)
	}
	if run.Error != "" {
		fmt.Fprintf(w, "  not seen whole: %s\n", run.Error)
	}
}

// problem says where something was not taken, and why. A reason that names the place
// itself, as those of failed requests do, is enough.
func problem(r catalog.Refusal) string {
	var reasons []string
	for _, reason := range r.Reasons {
		if !slices.Contains(reasons, reason.Message) {
			reasons = append(reasons, reason.Message)
		}
	}
	text := strings.Join(reasons, "; ")
	if rest, named := strings.CutPrefix(text, r.Where); r.ID == "" && named && rest != "" && strings.ContainsAny(rest[:1], " :,") {
		return text
	}
	return fmt.Sprintf("%s: %s", strings.TrimSpace(r.Where+" "+r.ID), text)
}
