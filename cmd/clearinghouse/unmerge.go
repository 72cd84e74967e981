package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clearinghouse/catalog"

	"github.com/spf13/pflag"
)

func setupUnmerge(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	why := flags.String("why", "", "the `reason`, for the log")
	return func(ctx context.Context, p *program, args []string) error {
		if len(args) != 1 {
			return usagef("name one record: clearinghouse unmerge ID, of the entry that stayed to undo all of it, or of one of the others")
		}
		if err := p.mustExist(); err != nil {
			return err
		}
		h, err := p.open("unmerge")
		if err != nil {
			return err
		}
		defer h.close()
		restored, err := h.store.Unmerge(ctx, args[0], catalog.Edit{By: atTheCommandLine, Why: *why}, time.Now())
		if err != nil {
			return err
		}
		if len(restored) == 0 {
			fmt.Fprintf(p.stdout, "%s is told apart, but nothing is restored: its source has withdrawn it\n", args[0])
		} else {
			fmt.Fprintf(p.stdout, "restored: %s\n", strings.Join(restored, ", "))
		}
		return p.sync(ctx, h)
	}
}
