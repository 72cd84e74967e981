package search

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
)

// TestKilled kills a process that indexes, as soon as it has said so often that
// a batch is done; what it said must be there and the index be used.
func TestKilled(t *testing.T) {
	const dirVariable = "CLEARINGHOUSE_TEST_KILLED"
	entries := generate(t, 400)
	if dir := os.Getenv(dirVariable); dir != "" {
		log := newLog("store")
		x, _ := openIndex(t, dir, log)
		for i, e := range entries {
			log.put(e)
			if i%20 == 19 && log.Head() > x.Mark() {
				if err := x.Sync(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				os.Stdout.WriteString("done\n")
			}
		}
		return
	}
	for _, batches := range []int{1, 2, 5, 11, 17} {
		dir := t.TempDir()
		child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), dirVariable+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		for lines := bufio.NewScanner(out); said < batches && lines.Scan(); {
			if lines.Text() == "done" {
				said++
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		x, note, err := Open(dir, newLog("store", entries...), taxonomy(t))
		if err != nil {
			t.Fatal(err)
		}
		if note != "" || said != batches || x.Mark() < uint64(20*said) {
			t.Errorf("after %d of %d batches the mark is %d: %s", said, batches, x.Mark(), note)
		}
		mustAgree(t, x)
		if err := x.Sync(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		mustAgree(t, x)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
