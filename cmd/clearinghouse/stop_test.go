package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStopImport: an import that waits for a writer who says nothing ends when
// it is asked to, keeps what was saved and gives the folder free.
func TestStopImport(t *testing.T) {
	for _, from := range []string{"-", "fifo.jsonl"} {
		for _, stop := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(from+" "+stop.String(), func(t *testing.T) {
				dir := t.TempDir()
				data, name := filepath.Join(dir, "data"), from
				if from != "-" {
					name = filepath.Join(dir, from)
					if err := syscall.Mkfifo(name, 0o600); err != nil {
						t.Fatal(err)
					}
					writer, err := os.OpenFile(name, os.O_RDWR, 0) // which a reader need not wait for
					if err != nil {
						t.Fatal(err)
					}
					defer writer.Close()
				}
				c := call("import", "--data", data, "testdata/hostile.jsonl", name)
				var said bytes.Buffer
				c.Stderr = &said
				stdin, err := c.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				stdout, err := c.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				timer := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
				defer timer.Stop()
				lines := bufio.NewReader(stdout)
				if first, err := lines.ReadString('\n'); err != nil || !strings.Contains(first, "3 new") {
					t.Fatalf("%q, %v", first, err)
				}
				c.Process.Signal(stop)
				rest, _ := io.ReadAll(lines)
				err = c.Wait()
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
					t.Errorf("it ended with %v: %s", err, &said)
				}
				if !strings.Contains(said.String(), "stopped; what was stored so far is kept") || !strings.Contains(string(rest), "not seen whole: cut off") {
					t.Errorf("it says %q and reports %q", &said, rest)
				}
				if out := must(t, "check", "--data", data); !strings.Contains(out, "store: 3 entries") {
					t.Errorf("check: %s", out)
				}
			})
		}
	}
}

// TestAddressTaken: no store is begun where the address is another's.
func TestAddressTaken(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	data := filepath.Join(t.TempDir(), "data")
	out, err := call("serve", "--data", data, "--addr", other.Addr().String()).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(string(out), "choose another address with --addr") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a data folder was made")
	}
}

// TestDamagedRecord: check names each record that cannot be read although the
// index cannot be compared then; importing the records again mends the store.
func TestDamagedRecord(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "--data", data, "testdata/hostile.jsonl")
	file := filepath.Join(data, "catalogue.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := whole
	for _, id := range []string{"h:last", "h:bidi"} {
		spoilt = bytes.ReplaceAll(spoilt, []byte(`{"record":{"id":"`+id), []byte(`{"record":{"id"."`+id))
	}
	if err := os.WriteFile(file, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"check"}, []string{"damage: h:last, version ", "damage: h:bidi, version ", "restore a backup", "index: it cannot be compared"}},
		{[]string{"export", "jsonl"}, []string{"of h:bidi in catalogue.db", "restore a backup, or import the record again"}},
		{[]string{"reindex"}, []string{"in catalogue.db", "restore a backup, or import the record again"}},
	} {
		out, err := call(append(c.args, "--data", data)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
			t.Errorf("%v: %v", c.args, err)
		}
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v does not say %q: %s", c.args, want, out)
			}
		}
	}
	if out := must(t, "import", "--data", data, "testdata/hostile.jsonl"); !strings.Contains(out, "2 changed, 1 unchanged") {
		t.Errorf("import: %s", out)
	}
	if n := strings.Count(must(t, "export", "jsonl", "--data", data), "\n"); n != 3 {
		t.Errorf("%d records are exported, want 3", n)
	}
	must(t, "reindex", "--data", data)
}
