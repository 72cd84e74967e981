package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer"

	"github.com/spf13/pflag"
)

func setupImport(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	source := flags.String("source", "import", "the `id` of the source that the rows of a table are of, where their own ids name none")
	return func(ctx context.Context, p *program, args []string) error {
		if len(args) == 0 {
			return usagef("name a file: clearinghouse import records.jsonl, or - for standard input")
		}
		for _, name := range args {
			if name == "" {
				return usagef("a file's name is empty: name a .jsonl, .csv or .xlsx file, or - for standard input")
			}
			if name != "-" && !isTable(name) && filepath.Ext(name) != ".jsonl" {
				return usagef("%s: only .jsonl files (one record a line), .csv and .xlsx files (clearinghouse template writes an empty one) can be imported", name)
			}
		}
		if _, _, ok := catalog.SplitID(*source + ":x"); !ok {
			return usagef("--source %q must be letters, digits and . _ - and begin with a letter or digit", *source)
		}
		inputs, closeAll, err := p.inputs(ctx, args)
		if err != nil {
			return err
		}
		defer closeAll()
		h, err := p.open("import")
		if err != nil {
			return err
		}
		defer h.close()
		stop := syncBeside(ctx, h)
		defer stop()
		var all catalog.Run
		for i, in := range inputs {
			bar := p.progress(args[i])
			runner := p.runner(h, indexer.Options{Progress: func(_ string, done, total int) { bar.set(done, max(done, total)) }})
			var run catalog.Run
			var e error
			if isTable(args[i]) {
				run, e = runner.ImportTable(ctx, args[i], reading(ctx, in), *source)
			} else {
				run, e = runner.Import(ctx, args[i], reading(ctx, in))
			}
			runner.Close()
			bar.end()
			if e != nil && ctx.Err() != nil {
				run.Error, e = "cut off, import it again for the rest", ctx.Err()
			}
			report(p.stdout, run)
			all.Add(run.Outcome)
			all.Refused += run.Refused
			if e != nil {
				return e
			}
		}
		stop()
		if err := p.sync(ctx, h); err != nil {
			return err
		}
		if all.Refused > 0 && all.New+all.Changed+all.Unchanged+all.Withdrawn == 0 {
			return catalog.Errorf(catalog.Invalid, "nothing could be taken: the report says why for each record")
		}
		return nil
	}
}

// isTable reports a file with rows to be taken as records, by its name.
func isTable(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".csv" || ext == ".xlsx"
}

// open opens a file for reading. A named pipe that nobody writes to is waited for
// until ctx ends.
func open(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, catalog.Errorf(catalog.NotFound, "cannot read %s: %v", name, o.err)
		}
		return o.file, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reading is what can be read from in until ctx ends, whose error Read returns
// then. A read that still waits for a writer is left behind: nothing else ends
// one of a terminal or of a pipe that was inherited.
func reading(ctx context.Context, in io.Reader) io.Reader {
	out, pipe := io.Pipe()
	go func() {
		_, err := io.Copy(pipe, in)
		pipe.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) })
	return out
}

// inputs opens all files before anything is stored.
func (p *program) inputs(ctx context.Context, names []string) (inputs []io.Reader, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range names {
		if name == "-" {
			inputs = append(inputs, p.stdin)
			continue
		}
		f, err := open(ctx, name)
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		files = append(files, f)
		inputs = append(inputs, f)
	}
	return inputs, closeAll, nil
}
