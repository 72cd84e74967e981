package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clearinghouse/catalog"
)

// child starts this test binary as another process that does mode in dir.
func child(t *testing.T, mode, dir string) (*exec.Cmd, *bufio.Scanner, io.Closer) {
	t.Helper()
	path, err := os.Executable()
	check(t, err)
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), childEnv+"="+mode, childDirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewScanner(out), in
}

func childStore(dir string) *Store {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	must(err)
	s, err := Open(dir, "import", taxonomy)
	must(err)
	return s
}

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

// childOpen holds the store until its standard input ends.
func childOpen(dir string) {
	s := childStore(dir)
	fmt.Println("open")
	io.Copy(io.Discard, os.Stdin)
	must(s.Close())
}

func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	cmd, lines, in := child(t, "open", dir)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatal(lines.Text())
	}
	_, err := Open(dir, "serve", taxonomy(t)) // returns while the other process has the folder
	refused(t, err, catalog.Conflict, dir, fmt.Sprintf("process %d", cmd.Process.Pid))
	check(t, in.Close())
	check(t, cmd.Wait())
	sound(t, open(t, dir))
}

// What a page of childSave holds: new records, and one that changes with each.
const (
	newPerPage = 4
	changing   = "s:changing"
)

func childPage(n int) catalog.Page {
	p := catalog.Page{Source: "s", Run: 1, State: catalog.Published, Time: day(0), Cursor: []byte(strconv.Itoa(n))}
	add := func(id string) {
		p.Records = append(p.Records, &catalog.Record{
			ID: id, Kind: "initiative", Title: catalog.Text{"en": strconv.Itoa(n)},
			Body:       catalog.Text{"en": strings.Repeat("text ", n%1000)},
			Provenance: catalog.Provenance{Source: "s"},
		})
	}
	add(changing)
	for i := range newPerPage {
		add(fmt.Sprintf("s:%d-%d", n, i))
	}
	return p
}

// childSave saves pages from where the cursor stands, for ever, and prints the
// number of each when it is saved.
func childSave(dir string) {
	fmt.Println("begun")
	s := childStore(dir)
	cursor, err := s.Cursor("s")
	must(err)
	n, _ := strconv.Atoi(string(cursor))
	for {
		n++
		_, err := s.Save(context.Background(), childPage(n))
		must(err)
		fmt.Println(n)
	}
}

// TestKill kills a process that saves pages, at random moments, the making of
// the store among them. After each kill nothing that was reported is missing,
// at most the page under way is there besides, and nothing is twice. 5 kills;
// 200 with CLEARINGHOUSE_SOAK set.
func TestKill(t *testing.T) {
	kills := 5
	if os.Getenv("CLEARINGHOUSE_SOAK") != "" {
		kills = 200
	}
	random := random(t)
	dir := t.TempDir()
	total := 0
	for range kills {
		reported := killed(t, random, dir)
		s := open(t, dir)
		total = saved(t, s, max(total, reported))
		check(t, s.Close())
	}
	t.Logf("%d pages in %d processes", total, kills)
}

// killed lets a process save a random number of pages, kills it within a few
// milliseconds of the last and returns the number of the last it reported.
func killed(t *testing.T, random *rand.Rand, dir string) (reported int) {
	cmd, lines, _ := child(t, "save", dir)
	read := func() bool {
		if !lines.Scan() {
			return false
		}
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			reported = n
		} else if lines.Text() != "begun" {
			t.Fatal(lines.Text())
		}
		return true
	}
	for range 1 + random.IntN(30) {
		read()
	}
	// A sleep would be rounded to the scheduler's ticks; spinning is not.
	for until := time.Now().Add(time.Duration(random.IntN(8_000)) * time.Microsecond); time.Now().Before(until); {
	}
	check(t, cmd.Process.Kill())
	for read() { // what it printed before it died
	}
	cmd.Wait()
	return reported
}

// saved checks a store that was left by killed and returns how many pages it holds.
func saved(t *testing.T, s *Store, reported int) int {
	t.Helper()
	sound(t, s)
	cursor, err := s.Cursor("s")
	check(t, err)
	pages, _ := strconv.Atoi(string(cursor))
	if pages < reported || pages > reported+1 {
		t.Fatalf("%d pages are there, %d were reported", pages, reported)
	}
	stats, err := s.Stats()
	check(t, err)
	if pages == 0 {
		if stats.Versions != 0 {
			t.Fatalf("no page is there, but %+v", stats)
		}
		return 0
	}
	if stats.Entries != newPerPage*pages+1 || stats.Versions != (newPerPage+1)*pages {
		t.Fatalf("%d pages are there, but %+v", pages, stats)
	}
	history, err := s.History(changing)
	check(t, err)
	if len(history) != pages {
		t.Fatalf("%s has %d versions, want %d", changing, len(history), pages)
	}
	for n := 1; n <= pages; n++ {
		for _, r := range childPage(n).Records {
			have := &history[n-1]
			if r.ID != changing {
				have = get(t, s, strings.TrimPrefix(r.ID, "s:"))
			}
			if have.Record.ContentHash() != r.ContentHash() {
				t.Fatalf("%s is not what was saved as page %d", r.ID, n)
			}
		}
	}
	return pages
}

// childFull saves pages under a limit of the size of files, which fails as a
// full disk does, until it is reached, and says what came of it.
func childFull(dir string) {
	s := childStore(dir)
	signal.Ignore(syscall.SIGXFSZ)
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}))
	var err error
	n := 0
	for err == nil {
		n++
		_, err = s.Save(context.Background(), childPage(n))
	}
	fmt.Println(err)
	fmt.Println(catalog.CodeOf(err))
	problems, err := s.Verify(context.Background(), nil)
	must(err)
	stats, err := s.Stats()
	must(err)
	fmt.Println(len(problems), stats.Versions == (newPerPage+1)*(n-1))
	must(s.Close())
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	cmd, lines, _ := child(t, "full", dir)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	check(t, cmd.Wait())
	if len(said) != 3 || !strings.Contains(said[0], "is full") || !strings.Contains(said[0], dir) || said[1] != string(catalog.Unavailable) || said[2] != "0 true" {
		t.Errorf("%q", said)
	}
	s := open(t, dir)
	sound(t, s)
	n, err := s.Cursor("s")
	check(t, err)
	next, _ := strconv.Atoi(string(n))
	save(t, s, childPage(next+1)) // there is room again
	sound(t, s)
}
