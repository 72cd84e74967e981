// Command clearinghouse harvests, keeps, searches and serves a catalogue of
// what works between cultures. One binary, one data folder.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"

	"github.com/spf13/pflag"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one row of the table of commands.
type command struct {
	name    string
	args    string // what follows the name, for the usage line
	summary string
	// setup declares the command's flags and returns what runs it.
	setup func(flags *pflag.FlagSet) func(context.Context, *program, []string) error
}

// commands is the table of what the program does, in the order of its help.
func commands() []command {
	return []command{
		{"serve", "", "serve the catalogue, filled from the starter collection if it is new", setupServe},
		{"pull", "[SOURCE…]", "pull the sources now, all or those named", setupPull},
		{"sources", "[list | test SOURCE | waiting SOURCE]", "show the sources, try one without storing anything, or list what waits for an editor", setupSources},
		{"import", "FILE…", "take records from .jsonl, .csv and .xlsx files; - is standard input, as .jsonl", setupImport},
		{"template", "csv | xlsx", "write an empty table to fill in and import", setupTemplate},
		{"export", "FORMAT", "write records out: csv, xlsx, jsonl, json, parquet, ris or bib", setupExport},
		{"merge", "[ID ID… | --not ID ID]", "make one entry of several records, or list pairs that may be the same", setupMerge},
		{"unmerge", "ID", "undo a merge", setupUnmerge},
		{"vocabulary", "[list | import FILE | remove ID]", "thesauri in SKOS (.ttl, .rdf, .jsonld) whose names searches understand", setupVocabulary},
		{"check", "", "verify the store and the index", setupCheck},
		{"reindex", "", "build the index anew", setupReindex},
		{"keys", "[list | add NAME | revoke KEY]", "keys for what is asked of a running server under /api/v1/admin/", setupKeys},
		{"version", "", "say which version this is", setupVersion},
	}
}

// program is what every command gets: where its data lie and where it speaks.
type program struct {
	data           string // the data folder
	config         config
	stdin          io.Reader
	raw            io.Writer // standard output for what is no text
	stdout, stderr io.Writer // for lines, see lines
}

// usageError is a call that cannot be carried out as it was typed.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func main() {
	log.SetOutput(io.Discard) // libraries tell errors by returning them; serve has a log of its own
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run carries out one call of the program and returns its exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &output{name: "standard output", to: stdout}
	stderr = lines{stderr}
	p := &program{stdin: stdin, raw: out, stdout: lines{out}, stderr: stderr}
	err := p.run(ctx, args)
	if err == nil {
		err = out.err
	}
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "clearinghouse: %s\n", oneLine(err))
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(stderr, "clearinghouse: stopped; what was stored so far is kept")
		return exitFailed
	}
	fmt.Fprintf(stderr, "clearinghouse: %s\n", oneLine(err))
	return exitFailed
}

// output remembers that it could not be written to, so that not every command
// has to ask.
type output struct {
	name string
	to   io.Writer
	err  error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil {
		o.err = catalog.Errorf(catalog.Unavailable, "cannot write to %s (%v): make room there, or send it elsewhere", o.name, err)
		return n, o.err
	}
	return n, nil
}

// lines writes text in which control characters and others that a terminal obeys are
// escaped as in JSON: what a source says must not move its cursor or write its title.
// A character must not be split between two calls.
type lines struct{ to io.Writer }

func (l lines) Write(p []byte) (int, error) {
	var out []byte
	for rest := p; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && n == 1:
			out = fmt.Appendf(out, `\x%02x`, rest[0])
		case r != '\n' && r != '\t' && unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	if _, err := l.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func (p *program) run(ctx context.Context, args []string) error {
	name, err := nameIn(args)
	asks := func(flags ...string) bool {
		return name == "" && slices.ContainsFunc(args, func(a string) bool { return slices.Contains(flags, a) })
	}
	switch {
	case name == "help" || asks("-h", "--help"):
		p.help(p.stdout)
		return nil
	case asks("--version"):
		name, args = "version", []string{"version"}
	case err != nil:
		return usagef("%v: see clearinghouse help", err)
	case name == "":
		if len(args) == 0 {
			p.help(p.stdout)
		}
		return usagef("name a command, as in: clearinghouse serve")
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		data, configFile := globalFlags(flags)
		runCommand := c.setup(flags)
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, pflag.ErrHelp) {
				fmt.Fprintf(p.stdout, "usage: clearinghouse %s\n\n%s.\n\n%s", strings.TrimSpace(c.name+" "+c.args), c.summary, flags.FlagUsages())
				return nil
			}
			return usagef("%v: see clearinghouse %s --help", err, c.name)
		}
		if f := emptyIn(flags); f != "" {
			return usagef("--%s is empty: give it a value, or leave it out", f)
		}
		p.data = firstOf(*data, os.Getenv("CLEARINGHOUSE_DATA"), "data")
		if info, err := os.Stat(p.data); errors.Is(err, syscall.ENOTDIR) || err == nil && !info.IsDir() {
			return catalog.Errorf(catalog.Invalid, "%s is not a folder: name another data folder with --data", p.data)
		}
		if p.config, err = readConfig(p.data, *configFile); err != nil {
			return err
		}
		return runCommand(ctx, p, flags.Args()[1:])
	}
	return usagef("there is no command %q: see clearinghouse help", name)
}

func globalFlags(flags *pflag.FlagSet) (data, configFile *string) {
	return flags.String("data", "", "the data `folder` (default ./data, or $CLEARINGHOUSE_DATA)"),
		flags.String("config", "", "the configuration `file` (default clearinghouse.yaml in the data folder)")
}

// emptyIn names a flag that was given without a value, "" if there is none. A
// query may be empty: it finds all.
func emptyIn(flags *pflag.FlagSet) (name string) {
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.String() == "" && f.Name != "query" {
			name = f.Name
		}
	})
	return name
}

// nameIn finds the command's name, which flags of any command may stand before.
// It is "" if there is none; then err says which flag is wrong, if one is.
func nameIn(args []string) (name string, err error) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.SetOutput(io.Discard)
	all.ParseErrorsAllowlist.UnknownFlagsHandling = pflag.IgnoreUnknownFlag
	globalFlags(all)
	for _, c := range commands() {
		own := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.setup(own)
		all.AddFlagSet(own)
	}
	if err = all.Parse(args); err == nil || errors.Is(err, pflag.ErrHelp) {
		return all.Arg(0), nil
	}
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return a, nil
		}
	}
	return "", err
}

func (p *program) help(w io.Writer) {
	fmt.Fprint(w, "usage: clearinghouse COMMAND [--data DIR] [--config FILE] …\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-30s %s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	fmt.Fprint(w, "\nclearinghouse COMMAND --help lists the flags of a command.\nExit status: 0 done, 1 failed, 2 wrong usage.\n")
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// noArguments is for commands that take none.
func noArguments(command string, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, but got %q", command, args[0])
	}
	return nil
}

// taxonomy is the vocabulary that ships with the program.
func taxonomy() (*catalog.Taxonomy, error) {
	t, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		return nil, fmt.Errorf("the vocabulary in the program: %w", err)
	}
	return t, nil
}
