package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
)

// TestMain lets tests run this binary again as another process: childEnv names
// what it does then.
func TestMain(m *testing.M) {
	if child := os.Getenv(childEnv); child != "" {
		children[child](os.Getenv(childDirEnv))
		return
	}
	os.Exit(m.Run())
}

const (
	childEnv    = "STORE_TEST_CHILD"
	childDirEnv = "STORE_TEST_DIR"
)

var children = map[string]func(dir string){
	"open": childOpen,
	"save": childSave,
	"full": childFull,
}

// day is the time of tests, in days after the first.
func day(n int) time.Time {
	return time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC).AddDate(0, 0, n)
}

func taxonomy(t testing.TB) *catalog.Taxonomy {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return taxonomy
}

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, "import", taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func reopen(t testing.TB, s *Store) *Store {
	t.Helper()
	check(t, s.Close())
	return open(t, s.dir)
}

// record makes a clean record of source "s" whose id, title and retrieval time
// are given.
func record(t testing.TB, native, title string, retrieved time.Time) *catalog.Record {
	t.Helper()
	r := &catalog.Record{
		ID: "s:" + native, Kind: "initiative", Title: catalog.Text{"en": title}, Summary: catalog.Text{"ar": "ملخص <b>"},
		Themes: []string{"dialogue"}, Countries: []string{"JO"},
		Provenance: catalog.Provenance{Source: "s", Retrieved: retrieved.Format(time.RFC3339), Licence: "CC0-1.0"},
	}
	taxonomy := taxonomy(t)
	r.Clean(taxonomy)
	if reasons := r.Validate(taxonomy); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	return r
}

// page is a page of source "s" with the records of the given natives, all with
// one title.
func page(t testing.TB, at int, title string, natives ...string) catalog.Page {
	t.Helper()
	p := catalog.Page{Source: "s", Time: day(at), State: catalog.Published}
	for _, native := range natives {
		p.Records = append(p.Records, record(t, native, title, p.Time))
	}
	return p
}

func save(t testing.TB, s *Store, p catalog.Page) catalog.Outcome {
	t.Helper()
	outcome, err := s.Save(t.Context(), p)
	check(t, err)
	return outcome
}

func get(t testing.TB, s *Store, native string) *catalog.Entry {
	t.Helper()
	entry, err := s.Get("s:" + native)
	check(t, err)
	return entry
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sound fails if Verify finds a problem.
func sound(t testing.TB, s *Store) {
	t.Helper()
	problems, err := s.Verify(t.Context(), nil)
	check(t, err)
	for _, p := range problems {
		t.Error(p)
	}
}

// refused fails unless err is one line of the given code that holds all words.
func refused(t testing.TB, err error, code catalog.ErrorCode, words ...string) {
	t.Helper()
	if err == nil || catalog.CodeOf(err) != code || strings.Contains(err.Error(), "\n") {
		t.Fatalf("%q is a %s error, want one line that is %s", fmt.Sprint(err), catalog.CodeOf(err), code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "data")
	if Exists(dir) {
		t.Error("there is a store before it is made")
	}
	s, err := Open(dir, "serve", taxonomy(t))
	check(t, err)
	id := s.ID()
	if !Exists(dir) || id == "" || s.BegunBy() != "serve" || s.Head() != 0 || s.People() == nil {
		t.Errorf("made %+v", s)
	}
	sound(t, s)
	save(t, s, page(t, 0, "one", "a", "b"))
	check(t, s.Close())
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o027 != 0 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}

	s = open(t, dir) // begun by "import" now
	if s.ID() != id || s.BegunBy() != "serve" || s.Head() != 2 {
		t.Errorf("opened again: %s, %s, head %d; want %s, serve, head 2", s.ID(), s.BegunBy(), s.Head(), id)
	}
	sound(t, s)
	if other := open(t, t.TempDir()); other.ID() == id {
		t.Error("two stores have one id")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a file for a folder", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		check(t, os.WriteFile(path, []byte("x"), 0o600))
		_, err := Open(path, "serve", taxonomy(t))
		refused(t, err, catalog.Invalid, path, "not a folder")
	})
	t.Run("a folder that cannot be written", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root can write anywhere")
		}
		dir := t.TempDir()
		check(t, os.Chmod(dir, 0o500))
		_, err := Open(dir, "serve", taxonomy(t))
		refused(t, err, catalog.Invalid, dir, "cannot be used")
		_, err = Open(filepath.Join(dir, "below"), "serve", taxonomy(t))
		refused(t, err, catalog.Invalid, dir, "cannot be used")
	})
	t.Run("a second owner in this process", func(t *testing.T) {
		s := open(t, t.TempDir())
		_, err := Open(s.dir, "serve", taxonomy(t))
		refused(t, err, catalog.Conflict, s.dir, fmt.Sprintf("process %d", os.Getpid()))
	})
	t.Run("after Close", func(t *testing.T) {
		s := open(t, t.TempDir())
		save(t, s, page(t, 0, "one", "a"))
		check(t, s.Close())
		_, err := s.Get("s:a")
		refused(t, err, catalog.Unavailable, "closed")
		_, err = s.Save(t.Context(), page(t, 0, "two", "a"))
		refused(t, err, catalog.Unavailable, "closed")
		refused(t, s.Wait(t.Context(), 5), catalog.Unavailable, "closed")
	})
}

// TestCreateInterrupted stops the making of a store at each of its steps: the
// next Open makes it anew, and never takes a half of it for a store.
func TestCreateInterrupted(t *testing.T) {
	whole := t.TempDir()
	check(t, open(t, whole).Close())
	catalogue, people := filepath.Join(whole, catalogueFile), filepath.Join(whole, peopleFile)
	for name, files := range map[string]map[string]string{
		"first file begun":  {catalogueFile + unfinished: ""},
		"first file made":   {catalogueFile + unfinished: catalogue},
		"second file begun": {catalogueFile + unfinished: catalogue, peopleFile + unfinished: ""},
		"second file made":  {catalogueFile + unfinished: catalogue, peopleFile + unfinished: people},
		"one file renamed":  {catalogueFile + unfinished: catalogue, peopleFile: people},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for to, from := range files {
				var data []byte
				if from != "" {
					var err error
					data, err = os.ReadFile(from)
					check(t, err)
				}
				check(t, os.WriteFile(filepath.Join(dir, to), data, 0o600))
			}
			if Exists(dir) {
				t.Error("half a store counts as one")
			}
			s := open(t, dir)
			save(t, s, page(t, 0, "one", "a"))
			s = reopen(t, s)
			sound(t, s)
			left, err := filepath.Glob(filepath.Join(dir, "*"+unfinished))
			if err != nil || len(left) > 0 {
				t.Errorf("left over: %v, %v", left, err)
			}
		})
	}
}

// random is a source of random numbers that a failing test can be run with again.
func random(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
