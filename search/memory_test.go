package search

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// apart runs the test t once more in a process of its own, with nothing else in
// its memory, and reports whether this is that process.
func apart(t *testing.T) bool {
	t.Helper()
	const variable = "CLEARINGHOUSE_TEST_APART"
	if os.Getenv(variable) != "" {
		return true
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), variable+"=1")
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

// large is a record with a body of 70,000 words in each language, none of which
// is in another record.
func large(n int) *catalog.Entry {
	letters := map[string][]rune{
		"ar": []rune("بتحدرسكملني"), "zh": []rune("教育媒体青年文化对话移"), "en": []rune("bcdfklmnprt"),
		"fr": []rune("bcdfghklmnr"), "ru": []rune("бвгдклмнпрт"), "es": []rune("bcdfklmnpqr"),
	}
	e := entry(numbered(n), catalog.Text{"en": "First"})
	e.Record.Body = catalog.Text{}
	for l, set := range letters {
		var b strings.Builder
		for i := range 70_000 {
			for w := 200_000 + n*70_000 + i; w > 0; w /= len(set) {
				b.WriteRune(set[w%len(set)])
			}
			b.WriteByte(' ')
		}
		e.Record.Body[l] = b.String() + "end"
	}
	return e
}

// TestMemory indexes records as large as they may be.
func TestMemory(t *testing.T) {
	if !apart(t) {
		return
	}
	log := newLog("store", large(0), large(1), large(2))
	x, _ := openIndex(t, t.TempDir(), log)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if most := uint64(450 << 20); m.HeapSys > most {
		t.Errorf("the heap had %d MiB, want %d at most", m.HeapSys>>20, most>>20)
	}

	// What Bleve keeps for the next segment must not make that one large. Nothing
	// is collected or taken by another thread, so that it is there.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	for _, e := range []*catalog.Entry{large(3), entry("t:small", catalog.Text{"en": "Small"})} {
		runtime.ReadMemStats(&m)
		before := m.TotalAlloc
		log.put(e)
		if err := x.Sync(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&m)
		if got, most := m.TotalAlloc-before, uint64(800<<20); got > most {
			t.Errorf("%s took %d MiB, want %d at most", e.Record.ID, got>>20, most>>20)
		}
	}
}

// TestLong looks for words where the text that is indexed ends.
func TestLong(t *testing.T) {
	filler := strings.Repeat("filler ", maxIndexed/7)
	within, beyond := entry("t:a", catalog.Text{"en": "A"}), entry("t:b", catalog.Text{"en": "B"})
	within.Record.Body = catalog.Text{"en": filler[:maxIndexed-20] + " zebras"}
	beyond.Record.Body = catalog.Text{"en": filler + " zebras", "fr": "Des lions"}
	beyond.Record.Practice = map[string]catalog.Text{"results": {"en": "Giraffes", "fr": "Des tigres"}}
	x, _ := openIndex(t, t.TempDir(), newLog("store", within, beyond))
	for word, want := range map[string][]string{"zebras": {"t:a"}, "giraffes": {}, "lions": {"t:b"}, "tigres": {"t:b"}, "filler": {"t:a", "t:b"}} {
		got := found(t, x, word)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", word, diff)
		}
	}
}

// TestBatches counts what is indexed at once.
func TestBatches(t *testing.T) {
	long := func(n int) *catalog.Entry {
		e := entry(numbered(n), catalog.Text{"en": "A"})
		e.Record.Body = catalog.Text{}
		for _, l := range catalog.Languages {
			e.Record.Body[l] = strings.Repeat("a ", maxIndexed)
		}
		return e
	}
	log := newLog("store", entry("t:a", catalog.Text{"en": "A"}), long(0), long(1), entry("t:b", catalog.Text{"en": "B"}))
	x, _, err := Open(t.TempDir(), log, taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	var marks []uint64
	if err := x.Sync(t.Context(), func(done, _ uint64) { marks = append(marks, done) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint64{2, 4}, marks); diff != "" {
		t.Errorf("ends of batches (-want +got):\n%s", diff)
	}
	mustAgree(t, x)
}

// TestFull indexes on a disk without room, here a limit to the size of files, and
// again when there is some.
func TestFull(t *testing.T) {
	if !apart(t) {
		return
	}
	log := newLog("store")
	x, _ := openIndex(t, t.TempDir(), log)
	for _, e := range generate(t, 400) {
		log.put(e)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 128 << 10, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	synced, rebuilt := x.Sync(t.Context(), nil), x.Rebuild(t.Context(), nil)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{synced, rebuilt} {
		if catalog.CodeOf(err) != catalog.Unavailable || !strings.Contains(err.Error(), "make room") {
			t.Errorf("a full disk gave %v", err)
		}
	}
	if err := x.Sync(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	mustAgree(t, x)
}
