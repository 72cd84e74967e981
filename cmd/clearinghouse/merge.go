package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clearinghouse/catalog"

	"github.com/spf13/pflag"
)

// atTheCommandLine is who merges here, for the log.
const atTheCommandLine = "command line"

func setupMerge(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	not := flags.Bool("not", false, "the two records are not the same: do not propose or merge them again")
	why := flags.String("why", "", "the `reason`, for the log")
	return func(ctx context.Context, p *program, args []string) error {
		switch {
		case *not && len(args) != 2:
			return usagef("name two records that are not the same: clearinghouse merge --not ID ID")
		case len(args) == 1:
			return usagef("name two records or more: clearinghouse merge ID ID…, or none to list the pairs that may be the same")
		}
		if err := p.mustExist(); err != nil {
			return err
		}
		h, err := p.open("merge")
		if err != nil {
			return err
		}
		defer h.close()
		by := catalog.Edit{By: atTheCommandLine, Why: *why}
		switch {
		case len(args) == 0:
			return p.listPairs(ctx, h)
		case *not:
			if err := h.store.Dismiss(ctx, args[0], args[1], by, time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s and %s are not the same\n", args[0], args[1])
			return nil
		}
		apart, err := h.store.ToldApart(args)
		if err != nil {
			return err
		}
		survivor, err := h.store.Merge(ctx, args, by, time.Now())
		if err != nil {
			return err
		}
		entry, err := h.store.Get(survivor)
		if err != nil {
			return err
		}
		var members []string
		for _, m := range entry.Envelope.Members {
			members = append(members, m.ID)
		}
		for _, pair := range apart {
			fmt.Fprintf(p.stdout, "%s and %s had been told apart: that no longer counts\n", pair[0], pair[1])
		}
		fmt.Fprintf(p.stdout, "%s now shows %s\n", survivor, strings.Join(members, ", "))
		return p.sync(ctx, h)
	}
}

// listPairs prints the pairs that may be the same, the likeliest first.
func (p *program) listPairs(ctx context.Context, h *house) error {
	if err := p.findPairs(ctx, h); err != nil {
		return err
	}
	none := true
	for pair, err := range h.store.Pairs(ctx) {
		if err != nil {
			return err
		}
		none = false
		fmt.Fprintf(p.stdout, "%.2f %s %s: %s\n", pair.Score, pair.A, pair.B, strings.Join(pair.Reasons, "; "))
		for _, id := range []string{pair.A, pair.B} {
			entry, err := h.store.Get(id)
			if err != nil {
				return err
			}
			title, _ := entry.Record.Title.Choose(catalog.DefaultLanguage, entry.Record.Original)
			fmt.Fprintf(p.stdout, "     %s\n", strings.Join(strings.Fields(title), " "))
		}
	}
	if none {
		fmt.Fprintln(p.stdout, "no two records of different sources are alike enough to be proposed")
	}
	return nil
}

// findPairs brings the proposals up to date, with a bar.
func (p *program) findPairs(ctx context.Context, h *house) error {
	bar := p.progress("comparing records")
	defer bar.end()
	return h.store.FindPairs(ctx, time.Now(), bar.set)
}
