package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/table"

	"github.com/spf13/pflag"
)

func setupTemplate(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	out := flags.String("out", "", "write to this `file` and not to standard output")
	lang := flags.String("lang", "en", "the `language` of headings, lists and explanations")
	return func(_ context.Context, p *program, args []string) error {
		if len(args) != 1 || args[0] != "csv" && args[0] != "xlsx" {
			return usagef("name the format: clearinghouse template csv, or clearinghouse template xlsx")
		}
		if !slices.Contains(catalog.Languages, *lang) {
			return usagef("--lang %q: there are templates in %s", *lang, strings.Join(catalog.Languages, ", "))
		}
		t, err := taxonomy()
		if err != nil {
			return err
		}
		err = writeTo(*out, p.raw, func(w io.Writer) error {
			if args[0] == "csv" {
				return table.WriteCSV(w, *lang)
			}
			return table.WriteXLSX(w, *lang, t)
		})
		if err == nil && *out != "" {
			fmt.Fprintf(p.stderr, "the template is written to %s: fill it in, then clearinghouse import %s\n", *out, *out)
		}
		return err
	}
}
