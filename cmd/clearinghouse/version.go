package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
)

func setupVersion(*pflag.FlagSet) func(context.Context, *program, []string) error {
	return func(_ context.Context, p *program, args []string) error {
		if err := noArguments("version", args); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "clearinghouse %s (%s)\n", version(), runtime.Version())
		return nil
	}
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}
