package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestClosed: files are not looked at again only if nothing has touched them since they were
// closed.
func TestClosed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	note := filepath.Join(data, closedFile)
	catalogue := filepath.Join(data, "catalogue.db")
	must(t, "import", "--data", data, "testdata/hostile.jsonl")
	p := &program{data: data}
	if !p.unchanged() {
		t.Error("files that were closed in order are not known as they are")
	}
	if p.unchanged() {
		t.Error("the note is there after it was read")
	}
	must(t, "export", "jsonl", "--data", data)
	if _, err := os.Stat(note); err != nil {
		t.Errorf("no note after a command: %v", err)
	}
	must(t, "keys", "add", "one", "--data", data) // opens the store alone
	if _, err := os.Stat(note); err == nil {
		t.Error("a note after a command that has not closed the index")
	}
	must(t, "export", "jsonl", "--data", data)
	whole, err := os.ReadFile(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(whole) / 2; at < len(whole); at++ {
		whole[at] ^= 0xff
	}
	if err := os.WriteFile(catalogue, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" { // a restored time does not hide it
		if err := os.Chtimes(catalogue, time.Time{}, before.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := call("export", "jsonl", "--data", data).CombinedOutput(); err == nil || !strings.Contains(string(out), "catalogue.db") {
		t.Errorf("a file that was changed: %v, %s", err, out)
	}
}
