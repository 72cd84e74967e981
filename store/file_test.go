package store

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// storeFiles is a small store with all that one can hold, as bytes.
func storeFiles(t *testing.T) map[string][]byte {
	t.Helper()
	s := open(t, t.TempDir())
	run, err := s.StartRun("s", day(0))
	check(t, err)
	for n := range 12 {
		p := page(t, n, fmt.Sprint("title ", n), "a", "b", fmt.Sprint("only-", n))
		p.Run, p.Cursor = run.Number, []byte("next")
		save(t, s, p)
	}
	check(t, s.Edit(t.Context(), "s:a", catalog.Edit{Patch: []byte(`{"status":"ongoing"}`)}, day(13)))
	_, err = s.FinishRun(t.Context(), run, 1)
	check(t, err)
	sound(t, s)
	check(t, s.Close())
	files := map[string][]byte{}
	for _, name := range []string{catalogueFile, peopleFile} {
		files[name], err = os.ReadFile(filepath.Join(s.dir, name))
		check(t, err)
	}
	return files
}

// openDamaged opens a store of the given files, one of which is damaged, and
// checks that a refusal names it and leaves all bytes as they were.
func openDamaged(t *testing.T, files map[string][]byte, name string, damage []byte) (*Store, error) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	check(t, err)
	for file, data := range files {
		if file == name {
			data = damage
		}
		check(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
	}
	s, err := Open(dir, "serve", taxonomy(t))
	if err == nil {
		return s, nil
	}
	for file, data := range files {
		if file == name {
			data = damage
		}
		if now, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !bytes.Equal(now, data) {
			t.Fatalf("%s was touched, %v", file, err)
		}
	}
	refused(t, err, catalog.Invalid, filepath.Join(dir, name))
	if says := err.Error(); !strings.Contains(says, "restore a backup") && !strings.Contains(says, "from one backup") && !strings.Contains(says, "newer version") {
		t.Errorf("%q does not say what to do", says)
	}
	return nil, err
}

func TestTruncated(t *testing.T) {
	files := storeFiles(t)
	for name, whole := range files {
		lengths := []int{len(whole) - 1}
		for n := 0; n < len(whole); n += 997 {
			lengths = append(lengths, n)
		}
		for n := 0; n < len(whole); n += os.Getpagesize() {
			lengths = append(lengths, n)
		}
		for _, n := range lengths {
			if _, err := openDamaged(t, files, name, whole[:n]); err == nil {
				t.Errorf("%s was opened with %d bytes of %d", name, n, len(whole))
			}
		}
	}
}

func TestOverwritten(t *testing.T) {
	files := storeFiles(t)
	random := random(t)
	garbage := func(n int) []byte {
		out := make([]byte, n)
		for i := range out {
			out[i] = byte(random.Uint32())
		}
		return out
	}
	size := os.Getpagesize()
	for name, whole := range files {
		must := map[string][]byte{
			"garbage":         garbage(len(whole)),
			"a text":          []byte("This is no store.\n"),
			"zeros":           make([]byte, len(whole)),
			"a longer text":   bytes.Repeat([]byte("This is no store.\n"), 10_000),
			"first page zero": append(make([]byte, size), whole[size:]...),
			"second page":     append(append(bytes.Clone(whole[:size]), garbage(size)...), whole[2*size:]...),
			"magic":           append(append(bytes.Clone(whole[:16]), 1, 2, 3, 4), whole[20:]...),
		}
		for what, data := range must {
			if _, err := openDamaged(t, files, name, data); err == nil {
				t.Errorf("%s was opened with %s", name, what)
			}
		}
		// A page that is not in use may hold anything.
		for at := 0; at < len(whole); at += size {
			data := bytes.Clone(whole)
			copy(data[at:], garbage(size))
			if s, err := openDamaged(t, files, name, data); err == nil {
				sound(t, s)
				same(t, s)
				check(t, s.Close())
			}
		}
		// A changed byte within a text cannot be seen on opening, but Verify ends.
		for range 150 {
			data := bytes.Clone(whole)
			data[random.IntN(len(data))] ^= byte(1 + random.IntN(255))
			if s, err := openDamaged(t, files, name, data); err == nil {
				_, err := s.Verify(t.Context(), nil)
				check(t, err)
				check(t, s.Close())
			}
		}
	}
}

// same checks that s holds what storeFiles stored.
func same(t *testing.T, s *Store) {
	t.Helper()
	if stats, err := s.Stats(); err != nil || stats.Entries != 14 || stats.Versions != 37 || get(t, s, "a").Record.Status != "ongoing" {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestForeign(t *testing.T) {
	files := storeFiles(t)
	made := func(change func(*bolt.Tx) error) []byte {
		path := filepath.Join(t.TempDir(), "x.db")
		check(t, os.WriteFile(path, files[catalogueFile], 0o600))
		db, err := openFile(path)
		check(t, err)
		check(t, db.Update(change))
		check(t, db.Close())
		data, err := os.ReadFile(path)
		check(t, err)
		return data
	}
	for what, data := range map[string][]byte{
		"no description": made(func(tx *bolt.Tx) error { return tx.DeleteBucket(metaBucket) }),
		"no edits":       made(func(tx *bolt.Tx) error { return tx.DeleteBucket(overlaysBucket) }),
		"no format":      made(func(tx *bolt.Tx) error { return tx.Bucket(metaBucket).Delete(formatKey) }),
	} {
		if _, err := openDamaged(t, files, catalogueFile, data); err == nil {
			t.Errorf("a store with %s was opened", what)
		}
	}

	write := func(files map[string][]byte) string {
		dir := t.TempDir()
		for name, data := range files {
			check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		}
		return dir
	}
	newer := made(func(tx *bolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, []byte("99")) })
	_, err := Open(write(map[string][]byte{catalogueFile: newer, peopleFile: files[peopleFile]}), "serve", taxonomy(t))
	refused(t, err, catalog.Invalid, catalogueFile, "newer version")

	first := made(func(tx *bolt.Tx) error {
		check(t, tx.DeleteBucket(notesBucket))
		return tx.Bucket(metaBucket).Put(formatKey, []byte("1"))
	})
	s, err := Open(write(map[string][]byte{catalogueFile: first, peopleFile: files[peopleFile]}), "serve", taxonomy(t))
	check(t, err)
	same(t, s)
	s = reopen(t, s)
	p := page(t, 20, "noted", "n")
	p.Notes = map[string][]byte{"a": []byte("1")}
	save(t, s, p)
	sound(t, s)

	_, err = Open(write(map[string][]byte{catalogueFile: files[catalogueFile], peopleFile: storeFiles(t)[peopleFile]}), "serve", taxonomy(t))
	refused(t, err, catalog.Invalid, peopleFile, "different stores", "backup")

	for _, name := range []string{catalogueFile, peopleFile} {
		dir := write(map[string][]byte{name: files[name]})
		_, err = Open(dir, "serve", taxonomy(t))
		refused(t, err, catalog.Invalid, "is missing", "backup")
		if names, err := fs.Glob(os.DirFS(dir), "*.db*"); err != nil || len(names) != 1 {
			t.Errorf("%v, %v: something was made", names, err)
		}
	}
}
