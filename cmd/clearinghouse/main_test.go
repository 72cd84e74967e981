package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the program itself when it is called by the
// name of it: scripts and the tests that kill it run the real thing.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"clearinghouse": main, "clearinghouse-full": onFullDisk})
}

// tests are all of the package.
type tests struct{ *testing.M }

func (m tests) Run() int {
	code := m.M.Run()
	if err := endShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// fullAt is how long a file may be for onFullDisk, in bytes.
const fullAt = 768 << 10

// onFullDisk is the program where the disk is full, as far as it can tell.
func onFullDisk() {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: fullAt, Max: fullAt}); err != nil {
		panic(err)
	}
	main()
}

// TestScripts runs the calls in testdata/script, one story a file.
func TestScripts(t *testing.T) {
	collection, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("CHECKOUT", collection)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// status runs a program and demands an exit status: status 2 clearinghouse …
func status(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("status: %v", err)
	}
	have := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		have = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if have != want {
		ts.Fatalf("exit status %d, want %d", have, want)
	}
}
