package main

import (
	"context"
	"fmt"

	"clearinghouse/catalog"
	"clearinghouse/store"

	"github.com/spf13/pflag"
)

func setupCheck(*pflag.FlagSet) func(context.Context, *program, []string) error {
	return func(ctx context.Context, p *program, args []string) error {
		if err := noArguments("check", args); err != nil {
			return err
		}
		if !store.Exists(p.data) {
			fmt.Fprintf(p.stdout, "no store in %s yet: clearinghouse serve, import or pull begins one\n", p.data)
			return nil
		}
		h, err := p.open("check")
		if err != nil {
			return err
		}
		defer h.close()
		bar := p.progress("verifying the store")
		problems, err := h.store.Verify(ctx, func(done, total int) { bar.set(done, total) })
		bar.end()
		if err != nil {
			return err
		}
		stats, err := h.store.Stats()
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "store: %d entries, %d published, %d versions, %d changes\n", stats.Entries, stats.Published, stats.Versions, stats.Head)
		if h.note != "" {
			fmt.Fprintf(p.stdout, "index: %s\n", h.note)
		}
		if mark := h.index.Mark(); mark < stats.Head {
			fmt.Fprintf(p.stdout, "index: %d of %d changes behind; clearinghouse serve or reindex brings it up to date\n", stats.Head-mark, stats.Head)
		} else {
			found, err := h.index.Check(ctx)
			if err != nil {
				return err
			}
			problems = append(problems, found...)
			fmt.Fprintf(p.stdout, "index: up to date with change %d\n", mark)
		}
		for _, problem := range problems {
			fmt.Fprintf(p.stdout, "damage: %s\n", problem)
		}
		if len(problems) > 0 {
			return catalog.Errorf(catalog.Internal, "%d problems were found: restore a backup of the store, or run clearinghouse reindex if only the index is named", len(problems))
		}
		fmt.Fprintln(p.stdout, "no damage found")
		return nil
	}
}
