package search

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestDocument fails when what the index holds of a record changes without
// indexVersion going up.
func TestDocument(t *testing.T) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, indexVersion)
	for _, e := range searchtest.Entries(t, taxonomy) {
		doc, _ := newDocuments(taxonomy).document(e)
		fmt.Fprintf(&b, "%s\n", doc.ID())
		for _, f := range doc.Fields {
			f.Analyze()
			terms := slices.Sorted(maps.Keys(f.AnalyzedTokenFrequencies()))
			fmt.Fprintf(&b, "\t%s %v %s %s\n", f.Name(), f.ArrayPositions(), f.Options(), strings.Join(terms, " "))
		}
	}
	golden(t, "documents.golden", b.String())
}

func TestFollow(t *testing.T) {
	log := newLog("store", entry("t:a", catalog.Text{"en": "Zebras"}), entry("t:b", catalog.Text{"en": "Giraffes"}))
	x, _ := openIndex(t, t.TempDir(), log)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Follow(ctx) }()
	caughtUp := func() string {
		t.Helper()
		for !x.CaughtUp() { // Follow runs: it cannot take for ever
			if err := x.Sync(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		mustAgree(t, x)
		r, err := x.Search(t.Context(), catalog.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Snapshot
	}
	before := caughtUp()

	log.put(entry("t:a", catalog.Text{"en": "Lions"}))
	after := caughtUp()
	if after == before {
		t.Error("the snapshot has the same name after a change")
	}
	if diff := cmp.Diff([]string{}, found(t, x, "zebra")); diff != "" {
		t.Errorf("an updated record is found by its old words:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"t:a"}, found(t, x, "lion")); diff != "" {
		t.Errorf("an updated record is not found:\n%s", diff)
	}

	gone := entry("t:a", catalog.Text{"en": "Lions"})
	gone.Envelope.State = catalog.Withdrawn
	log.put(gone)
	waiting := entry("t:c", catalog.Text{"en": "Lions too"})
	waiting.Envelope.State = catalog.Submitted
	log.put(waiting)
	caughtUp()
	if diff := cmp.Diff([]string{}, found(t, x, "lion")); diff != "" {
		t.Errorf("what is not public is found:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"t:b"}, found(t, x, "")); diff != "" {
		t.Errorf("all that is public:\n%s", diff)
	}

	log.put(entry("t:a", catalog.Text{"en": "Lions again"}))
	caughtUp()
	if diff := cmp.Diff([]string{"t:a"}, found(t, x, "lion")); diff != "" {
		t.Errorf("a record that came back is not found:\n%s", diff)
	}

	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow gave %v", err)
	}
}

// TestReopen checks that an index goes on where it was.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	log := newLog("store", generate(t, 2000)...)
	x, _ := openIndex(t, dir, log)
	var steps []uint64
	if err := x.Rebuild(t.Context(), func(done, total uint64) {
		if total != 2000 {
			t.Errorf("total is %d", total)
		}
		steps = append(steps, done)
	}); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 2 || !slices.IsSorted(steps) || steps[len(steps)-1] != 2000 {
		t.Errorf("progress is %d", steps)
	}
	name := x.live.name
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	log.put(entry("t:new", catalog.Text{"en": "Zebras"}))
	again, note := openIndex(t, dir, log)
	if note != "" || again.live.name != name {
		t.Errorf("a sound index was not used: %s", note)
	}
	mustAgree(t, again)
	if diff := cmp.Diff([]string{"t:new"}, found(t, again, "zebras")); diff != "" {
		t.Error(diff)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := again.Search(t.Context(), catalog.Query{})
	if catalog.CodeOf(err) != catalog.Unavailable {
		t.Errorf("searching a closed index gave %v", err)
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	log := newLog("store")
	openIndex(t, dir, log)
	_, _, err := Open(dir, log, taxonomy(t))
	if catalog.CodeOf(err) != catalog.Conflict {
		t.Errorf("a second owner got %v", err)
	}
}

// TestUnfit opens folders that hold no index of the store as it is.
func TestUnfit(t *testing.T) {
	entries := searchtest.Entries(t, taxonomy(t))
	for _, c := range []struct {
		name, note string
		prepare    func(t *testing.T, dir string)
	}{
		{"missing", "there is none", func(*testing.T, string) {}},
		{"of another store", "another store", func(t *testing.T, dir string) { closed(t, dir, newLog("other", entries...)) }},
		{"ahead of the store", "ahead of the store", func(t *testing.T, dir string) {
			closed(t, dir, newLog("store", append(entries, entry("t:more", catalog.Text{"en": "More"}))...))
		}},
		{"of another version", "version", func(t *testing.T, dir string) {
			x, _ := openIndex(t, dir, newLog("store", entries...))
			if err := x.live.index.SetInternal(versionKey, []byte("0")); err != nil {
				t.Fatal(err)
			}
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
		}},
		{"CURRENT names a folder that is not there", "is missing", func(t *testing.T, dir string) { write(t, dir, currentFile, "generation-0123456789ab") }},
		{"CURRENT leads out of the folder", "CURRENT is damaged", func(t *testing.T, dir string) { write(t, dir, currentFile, "../../etc") }},
		{"files of something else", "cannot be opened", func(t *testing.T, dir string) {
			write(t, dir, currentFile, "generation-0123456789ab")
			write(t, dir, "generation-0123456789ab/index_meta.json", "\x00\x01")
			write(t, dir, "readme.txt", "not ours")
		}},
		{"an index of another kind", "", func(t *testing.T, dir string) {
			write(t, dir, currentFile, "generation-0123456789ab")
			write(t, dir, "generation-0123456789ab/index_meta.json", `{"storage":"gtreap","index_type":"upside_down"}`)
		}},
		{"interrupted rebuild", "", func(t *testing.T, dir string) {
			closed(t, dir, newLog("store", entries...))
			write(t, dir, "generation-0123456789ab/index_meta.json", "{}")
			write(t, dir, "CURRENT.123", "generation-")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.prepare(t, dir)
			x, note := openIndex(t, dir, newLog("store", entries...))
			if !strings.Contains(note, c.note) || strings.Contains(note, "\n") {
				t.Errorf("the note is %q", note)
			}
			mustAgree(t, x)
			generations, err := filepath.Glob(filepath.Join(dir, "generation-*"))
			if err != nil || len(generations) != 1 {
				t.Errorf("left are %v", generations)
			}
			if _, err := os.Stat(filepath.Join(dir, "readme.txt")); err != nil && c.name == "files of something else" {
				t.Error("a file that is not the index's was deleted")
			}
		})
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// closed leaves an index of the log in dir.
func closed(t *testing.T, dir string, log Log) {
	t.Helper()
	x, _ := openIndex(t, dir, log)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDamaged deletes, cuts and overwrites each file of an index in turn.
func TestDamaged(t *testing.T) {
	sound := t.TempDir()
	log := newLog("store", generate(t, 40)...)
	closed(t, sound, log)
	log.put(entry("t:new", catalog.Text{"en": "Zebras"}))
	closed(t, sound, log) // a second segment
	var files []string
	err := filepath.WalkDir(sound, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			files = append(files, strings.TrimPrefix(path, sound))
		}
		return err
	})
	if err != nil || len(files) < 5 {
		t.Fatalf("an index of %d files: %v, %v", len(files), files, err)
	}
	for _, file := range files {
		info, err := os.Stat(filepath.Join(sound, file))
		if err != nil {
			t.Fatal(err)
		}
		damages := map[string]func(path string) error{
			"deleted": os.Remove,
			"zeroed":  func(path string) error { return os.WriteFile(path, make([]byte, info.Size()), 0o600) },
		}
		for size := int64(0); size < info.Size(); size += max(1, info.Size()/4) {
			damages["cut to "+strconv.FormatInt(size, 10)] = func(path string) error { return os.Truncate(path, size) }
		}
		damages["one byte short"] = func(path string) error { return os.Truncate(path, info.Size()-1) }
		if filepath.Ext(file) == ".zap" {
			damages["changed in the middle"] = func(path string) error {
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				data[len(data)/2] ^= 1
				return os.WriteFile(path, data, 0o600)
			}
		}
		for name, damage := range damages {
			t.Run(filepath.Base(file)+" "+name, func(t *testing.T) {
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(sound)); err != nil {
					t.Fatal(err)
				}
				if err := damage(filepath.Join(dir, file)); err != nil {
					t.Fatal(err)
				}
				x, note := openIndex(t, dir, log)
				if strings.Contains(note, "\n") || name == "changed in the middle" && !strings.Contains(note, "is damaged") {
					t.Errorf("the note is %q", note)
				}
				mustAgree(t, x)
				if diff := cmp.Diff([]string{"t:new"}, found(t, x, "zebras")); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestSwap searches and writes while the index is rebuilt again and again.
func TestSwap(t *testing.T) {
	dir := t.TempDir()
	log := newLog("store", searchtest.Entries(t, taxonomy(t))...)
	x, _ := openIndex(t, dir, log)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = x.Follow(ctx) })
	for range 3 {
		work.Go(func() {
			for ctx.Err() == nil {
				r, err := x.Search(t.Context(), catalog.Query{Text: "\"students\"", Language: "en", Limit: 20, Facets: []string{"theme", "country"}})
				if err != nil || r.Total != 2 || len(r.Hits) != 2 {
					t.Errorf("during a swap: %d of %d, %v", len(r.Hits), r.Total, err)
					return
				}
			}
		})
	}
	for i := range 5 {
		log.put(entry(numbered(i), catalog.Text{"en": "Zebras"}))
		if err := x.Rebuild(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	cancel()
	work.Wait()
	if !x.CaughtUp() {
		t.Error("the rebuilt index is behind")
	}
	mustAgree(t, x)

	name := x.live.name
	if err := x.Rebuild(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a rebuild that was cancelled gave %v", err)
	}
	if x.live.name != name {
		t.Error("a rebuild that was cancelled has replaced the index")
	}
	generations, err := filepath.Glob(filepath.Join(dir, "generation-*"))
	if err != nil || len(generations) != 1 {
		t.Errorf("left are %v", generations)
	}
}

// TestCheck makes the index disagree with the store.
func TestCheck(t *testing.T) {
	log := newLog("store", entry("t:a", catalog.Text{"en": "A"}), entry("t:b", catalog.Text{"en": "B"}), entry("t:c", catalog.Text{"en": "C"}))
	x, _ := openIndex(t, t.TempDir(), log)
	old := entry("t:b", catalog.Text{"en": "B"})
	old.Envelope.Seq = 1
	batch := x.live.index.NewBatch()
	batch.Delete("t:a")
	for _, e := range []*catalog.Entry{old, entry("t:d", catalog.Text{"en": "D"})} {
		doc, _ := x.docs.document(e)
		if err := batch.IndexAdvanced(doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.live.index.Batch(batch); err != nil {
		t.Fatal(err)
	}
	log.put(entry("t:e", catalog.Text{"en": "E"})) // behind is no problem
	log.put(entry("t:c", catalog.Text{"en": "C changed"}))
	got, err := x.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"t:a is missing from the search index",
		"t:b is in the search index as of change 1, in the store as of 2",
		"t:d is in the search index, but not public",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
