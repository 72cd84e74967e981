package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/spf13/pflag"
)

func setupExport(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	out := flags.String("out", "", "write to this `file` and not to standard output")
	query := flags.String("query", "", "only the records of this search, as in 'theme=dialogue&country=JO'")
	return func(ctx context.Context, p *program, args []string) error {
		names := []string{}
		for _, f := range export.Formats {
			names = append(names, f.Name)
		}
		if len(args) != 1 {
			return usagef("name one format: clearinghouse export jsonl; there are %s", strings.Join(names, ", "))
		}
		format, ok := export.FormatByName(args[0])
		if !ok {
			return usagef("there is no format %q: name one of %s", args[0], strings.Join(names, ", "))
		}
		if err := p.mustExist(); err != nil {
			return err
		}
		t, err := taxonomy()
		if err != nil {
			return err
		}
		values, err := url.ParseQuery(*query)
		if err != nil {
			return usagef("--query %q is not a query: write it as 'theme=dialogue&country=JO'", *query)
		}
		q, options, err := format.Parse(values, t)
		if err != nil {
			return usagef("--query: %v", err)
		}
		h, err := p.open("export")
		if err != nil {
			return err
		}
		defer h.close()
		if err := p.sync(ctx, h); err != nil {
			return err
		}
		set, err := export.Select(ctx, h.store, h.index, q)
		if err != nil {
			return err
		}
		set.Time, set.Taxonomy, set.BaseURL, set.Options = time.Now(), t, p.config.BaseURL, options
		err = writeTo(*out, p.raw, func(w io.Writer) error { return format.Write(w, set) })
		if err == nil && *out != "" {
			fmt.Fprintf(p.stderr, "%d records written to %s\n", set.Total, *out)
		}
		return err
	}
}

// writeTo gives write standard output, or a file that appears under its name
// only when it is whole.
func writeTo(name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" {
		w := bufio.NewWriter(stdout)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return catalog.Errorf(catalog.Invalid, "%s is a folder: name a file in it", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return catalog.Errorf(catalog.Invalid, "cannot write %s: %v", name, err)
	}
	defer os.Remove(f.Name())
	err = write(&output{name: name, to: f})
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}
