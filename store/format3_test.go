package store

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"clearinghouse/catalog"
)

// format3 opens a store that a program with format 3 made: with entries merged by
// their page, by hand, and by a source; with some whose first or all records have
// gone; with a pair that was told apart; and with a record that waits.
func format3(t *testing.T) *Store {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{catalogueFile, peopleFile} {
		packed, err := os.Open(filepath.Join("testdata", "format3", name+".gz"))
		check(t, err)
		defer packed.Close()
		unpacked, err := gzip.NewReader(packed)
		check(t, err)
		data, err := io.ReadAll(unpacked)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	return open(t, dir)
}

// TestFormat3: what was merged stays so, for as long as nothing says otherwise, and
// what led to a record that nobody sees leads nowhere.
func TestFormat3(t *testing.T) {
	s := format3(t)
	want := []string{
		"a:1 published +a:1 +b:1", "b:1 merged a:1", "c:1 published +c:1 +d:1", "d:1 merged c:1", "e:1 merged f:1", "f:1 published +f:1",
		"g:1 withdrawn", "h:1 withdrawn", "i:1 published +i:1 +k:1 +l:1", "j:1 published", "k:1 merged i:1", "l:1 merged i:1",
		"u:1 submitted", "x:1 published +x:1 +y:1", "y:1 merged x:1",
	}
	wantStates(t, s, want...)
	if r := entryOf(t, s, "a:1").Record; r.Status != "ongoing" {
		t.Errorf("the edit is lost: %s", r.JSON())
	}
	head := s.Head()
	check(t, s.update(t.Context(), day(30), func(w *writer) error {
		for _, line := range want {
			w.touch(line[:3])
		}
		return w.settle()
	}))
	s = reopen(t, s)
	wantStates(t, s, want...)
	if s.Head() != head {
		t.Errorf("settling all goes on from %d to %d", head, s.Head())
	}
	save(t, s, of(t, 31, "e:1", at("https://example.org/e")))
	save(t, s, of(t, 31, "h:1", at("https://example.org/g")))
	save(t, s, of(t, 31, "d:1", at("https://example.org/p"))) // a:1 is not c:1, said an editor
	save(t, s, fromHub(31, map[string]string{}, of(t, 31, "y:1", nil)))
	restored, err := s.Unmerge(t.Context(), "i:1", catalog.Edit{}, day(32))
	if err != nil || !slices.Equal(restored, []string{"k:1", "l:1"}) {
		t.Errorf("%q, %v", restored, err)
	}
	wantStates(t, s,
		"a:1 published +a:1 +b:1", "b:1 merged a:1", "c:1 published +c:1 +d:1", "d:1 merged c:1", "e:1 merged f:1", "f:1 published +f:1 +e:1",
		"g:1 withdrawn", "h:1 published", "i:1 published", "j:1 published", "k:1 published", "l:1 published",
		"u:1 submitted", "x:1 published", "y:1 published")
}
