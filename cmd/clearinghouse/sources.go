package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"

	"github.com/spf13/pflag"
)

// testRecords is how many records sources test shows.
const testRecords = 3

func setupSources(*pflag.FlagSet) func(context.Context, *program, []string) error {
	return func(ctx context.Context, p *program, args []string) error {
		switch {
		case len(args) == 0 || len(args) == 1 && args[0] == "list":
			return p.listSources(ctx)
		case len(args) == 2 && args[0] == "test":
			return p.testSource(ctx, args[1])
		case len(args) == 2 && args[0] == "waiting":
			return p.listWaiting(ctx, args[1])
		}
		return usagef("write clearinghouse sources, clearinghouse sources test SOURCE, or clearinghouse sources waiting SOURCE")
	}
}

// listSources shows what is configured and how each source's last run went. The
// runs are in the store: where a server has it, the list does without them.
func (p *program) listSources(ctx context.Context) error {
	t, err := taxonomy()
	if err != nil {
		return err
	}
	sources, wrong := p.sources(t)
	builtIn, err := indexer.Starter(t)
	if err != nil {
		return err
	}
	sources = append([]*indexer.Source{builtIn}, sources...)
	var s *store.Store
	if store.Exists(p.data) {
		switch s, err = store.Open(p.data, "sources", t); {
		case catalog.CodeOf(err) == catalog.Conflict:
			return errors.Join(p.listConfigured(sources), wrong)
		case err != nil:
			return err
		}
		defer s.Close()
	}
	now := time.Now()
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tFORMAT\tEVERY\tSTATE\tLAST RUN\tNEW\tCHANGED\tUNCHANGED\tWITHDRAWN\tREFUSED\tIN PART\tWAITING\t")
	for _, source := range sources {
		var run *catalog.Run
		waiting := 0
		if s != nil {
			if run, err = s.LastSummary(source.ID); err != nil {
				return err
			}
			for _, err := range s.Waiting(ctx, source.ID) {
				if err != nil {
					return err
				}
				waiting++
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t", source.ID, source.Format, every(source), source.Info(run).Freshness(now))
		if run == nil {
			fmt.Fprintf(w, "\t\t\t\t\t\t\t%d\t\n", waiting)
			continue
		}
		outcome := run.Error
		switch {
		case outcome == "" && run.Warning != "":
			outcome = "warning: " + run.Warning
		case run.Unmodified:
			outcome = "not modified"
		case run.Finished.IsZero():
			outcome = "not finished: the next pull goes on from there"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", run.Started.Format(time.DateTime),
			run.New, run.Changed, run.Unchanged, run.Withdrawn, run.Refused, run.TakenInPart, waiting, outcome)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return wrong
}

// listConfigured shows the sources without their runs.
func (p *program) listConfigured(sources []*indexer.Source) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tFORMAT\tEVERY")
	for _, source := range sources {
		fmt.Fprintf(w, "%s\t%s\t%s\n", source.ID, source.Format, every(source))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	address := p.serverAddress() + "/api/v1/sources"
	if p.config.BaseURL == "" {
		address += " or at its own --addr"
	}
	_, err := fmt.Fprintf(p.stdout, "the data folder is in use: the running server tells how each source ran, at %s\n", address)
	return err
}

// every is how often a source is pulled by itself.
func every(source *indexer.Source) string {
	if source.Every == 0 { // only the collection in the binary has no rhythm
		return "with the program"
	}
	return source.Every.String()
}

// listWaiting shows the records of a source that wait for an editor.
func (p *program) listWaiting(ctx context.Context, source string) error {
	if err := p.mustExist(); err != nil {
		return err
	}
	t, err := taxonomy()
	if err != nil {
		return err
	}
	s, _, err := p.openStore("sources", t)
	if err != nil {
		return err
	}
	defer s.Close()
	none := true
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for entry, err := range s.Waiting(ctx, source) {
		if err != nil {
			return err
		}
		title, _ := entry.Record.Title.Choose(entry.Record.Original, "")
		fmt.Fprintf(w, "%s\t%s\n", entry.Record.ID, strings.Join(strings.Fields(title), " "))
		none = false
	}
	if none {
		if err := p.isSource(s, source, t); err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "no record of %s waits for an editor\n", source)
	}
	return w.Flush()
}

// isSource is an error if a source is neither configured nor has ever been pulled.
func (p *program) isSource(s *store.Store, name string, t *catalog.Taxonomy) error {
	if last, err := s.LastSummary(name); err != nil || last != nil {
		return err
	}
	sources, wrong := p.sources(t)
	_, err := chosen(sources, wrong, []string{name}, t)
	return err
}

// testSource shows the first records that a source yields and stores nothing.
func (p *program) testSource(ctx context.Context, name string) error {
	t, err := taxonomy()
	if err != nil {
		return err
	}
	sources, wrong := p.sources(t)
	if sources, err = chosen(sources, wrong, []string{name}, t); err != nil {
		return err
	}
	runner := p.runner(&house{taxonomy: t}, indexer.Options{})
	defer runner.Close()
	records, run, err := runner.Test(ctx, sources[0], testRecords)
	for _, r := range records {
		fmt.Fprintf(p.stdout, "%s\n", r.JSON())
	}
	if err != nil {
		run.Error = "" // err says it
	}
	report(p.stderr, run)
	return err
}
