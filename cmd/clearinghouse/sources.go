package main

import (
	"context"
	"errors"
	"fmt"
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
			return p.listSources()
		case len(args) == 2 && args[0] == "test":
			return p.testSource(ctx, args[1])
		}
		return usagef("write clearinghouse sources, or clearinghouse sources test SOURCE")
	}
}

func (p *program) listSources() error {
	t, err := taxonomy()
	if err != nil {
		return err
	}
	sources, wrong := p.sources(t)
	builtIn, err := indexer.Starter(t)
	if err != nil {
		return err
	}
	last := func(string) (*catalog.Run, error) { return nil, nil }
	if store.Exists(p.data) {
		s, err := store.Open(p.data, "sources", t)
		if err != nil {
			return err
		}
		defer s.Close()
		last = s.LastRun
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tFORMAT\tEVERY\tLAST RUN\tNEW\tCHANGED\tUNCHANGED\tWITHDRAWN\tREFUSED\t")
	for _, s := range append([]*indexer.Source{builtIn}, sources...) {
		every := "with the program"
		if s.Every > 0 {
			every = s.Every.String()
		}
		run, err := last(s.ID)
		if err != nil {
			return err
		}
		if run == nil {
			fmt.Fprintf(w, "%s\t%s\t%s\tnever\t\t\t\t\t\t\n", s.ID, s.Format, every)
			continue
		}
		outcome := run.Error
		switch {
		case run.Unmodified:
			outcome = "not modified"
		case outcome == "" && !run.Complete:
			outcome = "cut off"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", s.ID, s.Format, every, run.Started.Format(time.DateTime),
			run.New, run.Changed, run.Unchanged, run.Withdrawn, run.Refused, outcome)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return wrong
}

// testSource shows the first records that a source yields and stores nothing.
func (p *program) testSource(ctx context.Context, name string) error {
	t, err := taxonomy()
	if err != nil {
		return err
	}
	sources, wrong := p.sources(t)
	if sources, err = chosen(sources, []string{name}, t); err != nil {
		return errors.Join(wrong, err)
	}
	runner := p.runner(&house{taxonomy: t}, nil, nil)
	defer runner.Close()
	records, refusals, err := runner.Test(ctx, sources[0], testRecords)
	for _, r := range records {
		fmt.Fprintf(p.stdout, "%s\n", r.JSON())
	}
	report(&program{stdout: p.stderr}, catalog.Run{Source: name, Outcome: catalog.Outcome{New: len(records)}, Refused: len(refusals), Refusals: refusals})
	return err
}
