package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"clearinghouse/search/searchtest"
)

// kills is how often each of the long stories is cut off.
func kills() int { return cuts(2, 150) }

// cuts is how often a story is cut off, or how long it is, usually and in make soak.
func cuts(usually, soak int) int {
	if os.Getenv("CLEARINGHOUSE_SOAK") != "" {
		return soak
	}
	return usually
}

// call is the program as a process of its own.
func call(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return &exec.Cmd{Path: self, Args: append([]string{"clearinghouse"}, args...), Env: os.Environ()}
}

// killed runs the program and kills it after a while, unless it ends before;
// then killed reports false. A pull ends even if a source could not be seen
// whole.
func killed(t *testing.T, after time.Duration, args ...string) bool {
	t.Helper()
	c := call(args...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { c.Process.Signal(syscall.SIGKILL) })
	defer timer.Stop()
	err := c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
		return true
	}
	if err != nil && !strings.Contains(out.String(), "could not be seen whole") {
		t.Fatalf("%v: %v\n%s", args, err, &out)
	}
	return false
}

// must runs the program to its end and returns what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := call(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// undamaged demands that check finds nothing wrong.
func undamaged(t *testing.T, data string) {
	t.Helper()
	if out := must(t, "check", "--data", data); strings.Contains(out, "damage:") {
		t.Fatal(out)
	}
}

// exported is what export jsonl gives, without the time at which each record
// was retrieved.
func exported(t *testing.T, data string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(must(t, "export", "jsonl", "--data", data)) {
		before, after, found := strings.Cut(line, `"retrieved":"`)
		if found {
			_, after, _ = strings.Cut(after, `"`)
			line = before + after
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestKillDuringImport kills an import of 2,000 records, in make soak of 8,000, at random moments. What
// is there after each kill is whole; in the end everything is there once.
func TestKillDuringImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "generated.jsonl")
	searchtest.NewGenerator(t, root, 1).WriteFile(t, file, cuts(2_000, 8_000))
	began := time.Now()
	must(t, "import", "--data", filepath.Join(dir, "undisturbed"), file)
	took := time.Since(began)
	want := exported(t, filepath.Join(dir, "undisturbed"))

	killUntilEnough(t, dir, want, took, kills(), nil, "import", file)
}

// killUntilEnough calls the program again and again and kills it so many times
// at random moments. After each kill nothing may be damaged; whenever a call
// came to its end, the catalogue must be the wanted one, and the next call begins
// with an empty folder that prepare fills.
func killUntilEnough(t *testing.T, dir, want string, took time.Duration, kills int, prepare func(data string), args ...string) {
	t.Helper()
	fresh := func(n int) string {
		data := filepath.Join(dir, fmt.Sprint("killed", n))
		if prepare != nil {
			prepare(data)
		}
		return data
	}
	data, calls := fresh(0), 0
	for cut := 0; cut < kills; calls++ {
		moment := time.Duration(rand.Int64N(int64(took)))
		whole := !killed(t, moment, append(args, "--data", data)...)
		if !whole {
			cut++
		}
		undamaged(t, data)
		if last := cut == kills; last && !whole {
			whole = !killed(t, 10*time.Minute, append(args, "--data", data)...)
			undamaged(t, data)
		}
		if whole {
			if have := exported(t, data); have != want {
				t.Fatalf("after %d kills the catalogue differs from an undisturbed one: %d bytes, want %d", cut, len(have), len(want))
			}
			data = fresh(calls + 1)
		}
		if calls > 20*kills {
			t.Fatalf("only %d of %d calls could be killed", cut, calls)
		}
	}
	t.Logf("%d kills in %d calls of what takes %v", kills, calls, took.Round(time.Millisecond))
}

// handbook serves the six-language handbook from the shared data beside the
// checkout as a web site would.
func handbook(t testing.TB) *httptest.Server {
	t.Helper()
	archive := root + "/../shared/data/debian_handbook_html/debian-handbook-6lang-html.tar.xz"
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: the handbook is not beside this checkout")
	}
	unpack := exec.Command("xz", "--decompress", "--stdout", archive)
	stdout, err := unpack.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := unpack.Start(); err != nil {
		t.Skipf("skipped: xz is missing: %v", err)
	}
	pages := map[string][]byte{}
	for in := tar.NewReader(stdout); ; {
		head, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Typeflag == tar.TypeReg {
			data, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			pages["/"+strings.TrimPrefix(head.Name, "./")] = data
		}
	}
	if err := unpack.Wait(); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/xhtml+xml")
		w.Write(page)
	}))
	t.Cleanup(s.Close)
	return s
}

// localAddress is where the source files of the tests say that their site is.
var localAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// TestKillDuringPull kills the pull of a real web site in six languages at
// random moments.
func TestKillDuringPull(t *testing.T) {
	t.Parallel()
	site := handbook(t)
	dir := t.TempDir()
	undisturbed := filepath.Join(dir, "undisturbed")
	sourceFile(t, undisturbed, "handbook.yaml", site.URL)
	began := time.Now()
	t.Log(must(t, "pull", "--data", undisturbed))
	took := time.Since(began)
	want := exported(t, undisturbed)
	if n := strings.Count(want, "\n"); n < 100 {
		t.Fatalf("the handbook has only %d pages", n)
	}
	if again := must(t, "pull", "--data", undisturbed); !strings.Contains(again, "0 new, 0 changed") {
		t.Errorf("a second pull: %s", again)
	}
	killUntilEnough(t, dir, want, took, kills(), func(data string) { sourceFile(t, data, "handbook.yaml", site.URL) }, "pull")
}

// TestKillServer kills serve while it fills an empty store, and starts it again.
func TestKillServer(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for range cuts(2, 40) {
		c := call("serve", "--data", data, "--addr", "127.0.0.1:0")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(400 * time.Millisecond))))
		c.Process.Signal(syscall.SIGKILL)
		c.Wait()
		undamaged(t, data)
	}
	s := serveSite(t, data)
	if total := apiAnswer(t, s.url, "/api/v1/records?limit=1")["total"].(float64); int(total) != len(searchtest.StarterRecords(t, root)) {
		t.Errorf("%v records of %d are there", total, len(searchtest.StarterRecords(t, root)))
	}
}

// TestOwner: a second process is told at once that the folder has an owner.
func TestOwner(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	serveSite(t, data)
	for _, args := range [][]string{{"check"}, {"import", "testdata/hostile.jsonl"}, {"serve", "--addr", "127.0.0.1:0"}, {"export", "jsonl"}, {"reindex"}} {
		out, err := call(append(args, "--data", data)...).CombinedOutput() // ends while the server goes on
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(string(out), "in use by process") || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}

// TestDamagedStore: a damaged store file is refused in one line and not touched.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "--data", data, "testdata/hostile.jsonl")
	file := filepath.Join(data, "catalogue.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	garbage := bytes.Repeat([]byte("garbage "), len(whole)/8)
	for name, content := range map[string][]byte{"empty": {}, "half": whole[:len(whole)/2], "a page short": whole[:len(whole)-4096], "garbage": garbage, "text": []byte("hello")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"check"}, {"serve", "--addr", "127.0.0.1:0"}, {"import", "testdata/hostile.jsonl"}} {
			out, err := call(append(args, "--data", data)...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "catalogue.db") {
				t.Errorf("%s, %v: %v: %s", name, args, err, out)
			}
		}
		if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s: the file was touched", name)
		}
	}
}

// TestDamagedIndex: an index that is missing, cut, emptied or foreign is built
// anew by itself.
func TestDamagedIndex(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, other := filepath.Join(dir, "data"), filepath.Join(dir, "other")
	must(t, "import", "--data", data, "testdata/hostile.jsonl")
	searchtest.NewGenerator(t, root, 2).WriteFile(t, filepath.Join(dir, "other.jsonl"), 50)
	must(t, "import", "--data", other, filepath.Join(dir, "other.jsonl"))
	index := filepath.Join(data, "index")
	for name, damage := range map[string]func() error{
		"missing": func() error { return os.RemoveAll(index) },
		"foreign": func() error {
			if err := os.RemoveAll(index); err != nil {
				return err
			}
			return os.CopyFS(index, os.DirFS(filepath.Join(other, "index")))
		},
		"cut": func() error {
			return filepath.WalkDir(index, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				info, err := d.Info()
				if err != nil {
					return err
				}
				return os.Truncate(path, info.Size()/2)
			})
		},
		"garbage": func() error {
			return filepath.WalkDir(index, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				return os.WriteFile(path, []byte("garbage"), 0o600)
			})
		},
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		out, err := call("check", "--data", data).CombinedOutput()
		if damaged := name != "missing"; damaged != (err != nil) || damaged != strings.Contains(string(out), "damage: the search index") {
			t.Errorf("%s: check: %v: %s", name, err, out)
		}
		s := serveSite(t, data)
		if total := apiAnswer(t, s.url, "/api/v1/records?q=hostile")["total"].(float64); total != 3 {
			t.Errorf("%s: %v records are found, want 3", name, total)
		}
		if !strings.Contains(s.logged.String(), "index") || s.house.note == "" {
			t.Errorf("%s: the log does not say that the index was built anew", name)
		}
		s.end()
		undamaged(t, data)
	}
}
