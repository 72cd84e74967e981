package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"clearinghouse/indexer"
	"clearinghouse/store"
)

// TestPullSite takes the README's small site in six languages in, as it says:
// tried, pulled, listed, found.
func TestPullSite(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.FileServerFS(os.DirFS(root + "/indexer/testdata/site")))
	defer server.Close()
	data := filepath.Join(t.TempDir(), "data")
	sourceFile(t, data, "site.yaml", server.URL)
	if out := must(t, "sources", "test", "site", "--data", data); !strings.Contains(out, `"id":"site:`) || !strings.Contains(out, `"ar":`) {
		t.Errorf("sources test: %s", out)
	}
	if _, err := os.Stat(filepath.Join(data, "catalogue.db")); err == nil {
		t.Error("sources test began a store")
	}
	first := must(t, "pull", "site", "--data", data)
	if !strings.Contains(first, "site: 3 new, 0 changed, 0 unchanged, 0 withdrawn, 7 refused") || !strings.Contains(first, "gone.html is not there (HTTP 404)") {
		t.Errorf("pull: %s", first)
	}
	if again := must(t, "pull", "--data", data); !strings.Contains(again, "0 new, 0 changed, 3 unchanged") {
		t.Errorf("pull again: %s", again)
	}
	if out := must(t, "sources", "--data", data); !strings.Contains(out, "site") || !strings.Contains(out, "starter") || strings.Contains(out, "cut off") {
		t.Errorf("sources: %s", out)
	}
	if out := must(t, "export", "jsonl", "--data", data, "--query", "theme=dialogue&lang=ar"); strings.Count(out, "\n") != 3 {
		t.Errorf("export: %s", out)
	}
	server.Close()
	c := call("pull", "--data", data)
	out, err := c.CombinedOutput()
	if err == nil || c.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "not seen whole") {
		t.Errorf("the site is down, but: %v %s", err, out)
	}
}

// TestPullAsked: a running server pulls what whoever has a key asks for, and the
// command says how.
func TestPullAsked(t *testing.T) {
	files := httptest.NewServer(http.FileServerFS(os.DirFS(root + "/indexer/testdata/site")))
	defer files.Close()
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", root+"/indexer/testdata/import.jsonl", "--data", data)
	made := strings.Fields(must(t, "keys", "add", "a test", "--data", data))
	secret := made[len(made)-1]
	if out := must(t, "keys", "--data", data); !strings.Contains(out, "a test") || strings.Contains(out, secret) {
		t.Errorf("keys: %s", out)
	}
	site := serveSite(t, data).url
	sourceFile(t, data, "site.yaml", files.URL)

	c := call("pull", "site", "--data", data)
	out, err := c.CombinedOutput()
	if err == nil || c.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "/api/v1/admin/pull?source=site") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("pull beside the server: %v %s", err, out)
	}
	ask := func(key, query string) int {
		t.Helper()
		status, _ := asAdmin(t, site, key, "POST", "pull"+query)
		return status
	}
	for _, c := range []struct {
		key, query string
		want       int
	}{{"", "", 401}, {secret + "x", "", 401}, {secret, "?source=none", 404}, {secret, "?color=red", 400}, {secret, "?source=site", 202}} {
		if have := ask(c.key, c.query); have != c.want {
			t.Errorf("%s with %q: %d, want %d", c.query, c.key, have, c.want)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if apiAnswer(t, site, "/api/v1/records?source=site&facets=none")["total"] == 3.0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing was pulled: %v", apiAnswer(t, site, "/api/v1/sources"))
		}
	}
}

// TestPullFull: what cannot be stored, as on a full disk, is not pulled again before the
// server looks for what is due, whatever else ends or is asked for meanwhile.
func TestPullFull(t *testing.T) {
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for n := range 500 {
			fmt.Fprintf(w, `{"id":"%d","kind":"resource","title":{"en":"No. %d"},"body":{"en":%q},"provenance":{"source":""}}`+"\n", n, n, strings.Repeat(fmt.Sprint(n, " "), fullAt/2000)) // in memory, but not in the store
		}
	}))
	defer files.Close()
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", root+"/indexer/testdata/import.jsonl", "--data", data)
	made := strings.Fields(must(t, "keys", "add", "a test", "--data", data))
	lineSource(t, data, "a", files.URL)
	c := call("serve", "--addr", "127.0.0.1:0", "--data", data)
	c.Args[0] = "clearinghouse-full"
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	logged, begun := bufio.NewScanner(stderr), 0
	next := func() bool {
		more := logged.Scan()
		if strings.Contains(logged.Text(), `msg="pull begins" source=a `) {
			begun++
		}
		return more
	}
	until := func(pattern string) (match string) {
		t.Helper()
		for next() {
			if m := regexp.MustCompile(pattern).FindStringSubmatch(logged.Text()); m != nil {
				return m[len(m)-1]
			}
		}
		t.Fatalf("the log ends without %s", pattern)
		return ""
	}
	site := until(`msg=serving address=(\S+)`)
	until(`level=ERROR msg=pull source=a error=.* full`)
	for _, other := range []string{"b", "c"} {
		lineSource(t, data, other, files.URL)
		if status, body := asAdmin(t, site, made[len(made)-1], "POST", "pull?source="+other); status != 202 {
			t.Errorf("%d %s", status, body)
		}
		until(`level=ERROR msg=pull source=` + other + ` error=.* full`)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for next() {
	}
	if err := c.Wait(); err != nil || begun != 1 {
		t.Errorf("it was pulled %d times, %v", begun, err)
	}
}

// TestPullFewer: --fewer says what is still to come, and that comes; ids that change are
// warned of, in the report and in the list.
func TestPullFewer(t *testing.T) {
	var ids atomic.Value // []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, id := range ids.Load().([]string) {
			fmt.Fprintf(w, `{"id":%q,"kind":"resource","title":{"en":%[1]q},"provenance":{"source":""}}`+"\n", id)
		}
	}))
	defer server.Close()
	data := filepath.Join(t.TempDir(), "data")
	lineSource(t, data, "s", server.URL)
	numbered := func(prefix string) (out []string) {
		for n := range 12 {
			out = append(out, fmt.Sprint(prefix, n))
		}
		return out
	}
	const later = "  warning: --fewer withdraws nothing by itself"
	for _, step := range []struct {
		args string
		ids  []string
		exit int
		want string // in the output, or not with a !
	}{
		{"pull s", numbered("a"), exitDone, "s: 12 new"},
		{"pull s", numbered("a")[:3], exitFailed, "3 records instead of 12"},
		{"pull s --fewer", numbered("a")[:3], exitDone, "s: 0 new, 0 changed, 3 unchanged, 0 withdrawn, 0 refused\n" + later},
		{"pull s", numbered("a")[:3], exitDone, "0 withdrawn"},
		{"pull s", numbered("a")[:3], exitDone, "9 withdrawn"},
		{"pull s", numbered("b"), exitDone, "12 new"},
		{"sources", nil, exitDone, "!warning"},
		{"pull s", numbered("c"), exitDone, "  warning: 12 of the 12 records are new, and 12 of the 12 of before are missing"},
		{"sources", nil, exitDone, "warning: 12 of the 12 records are new"},
	} {
		if step.ids != nil {
			ids.Store(step.ids)
		}
		c := call(append(strings.Fields(step.args), "--data", data)...)
		out, _ := c.CombinedOutput()
		want, not := strings.CutPrefix(step.want, "!")
		if c.ProcessState.ExitCode() != step.exit || strings.Contains(string(out), want) == not || !strings.Contains(step.args, "--fewer") && strings.Contains(string(out), later) {
			t.Errorf("%s with %d: exit status %d\n%swant %d and %q", step.args, len(ids.Load().([]string)), c.ProcessState.ExitCode(), out, step.exit, step.want)
		}
	}
}

// asAdmin asks a server for what needs a key.
func asAdmin(t *testing.T, site, key, method, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, site+"/api/v1/admin/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestKeysAsked: a running server makes a key for whoever has one, which is good at once
// and until it is revoked; its secret is shown once.
func TestKeysAsked(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", root+"/indexer/testdata/import.jsonl", "--data", data)
	made := strings.Fields(must(t, "keys", "add", "a test", "--data", data))
	first := made[len(made)-1]
	site := serveSite(t, data).url
	status, body := asAdmin(t, site, first, "POST", "keys?name=Amal")
	var key struct {
		Key    struct{ ID, Name string }
		Secret string
	}
	if err := json.Unmarshal([]byte(body), &key); err != nil || status != 201 || key.Key.Name != "Amal" || key.Secret == "" {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	if status, body := asAdmin(t, site, key.Secret, "GET", "keys"); status != 200 || !strings.Contains(body, `"id":"`+key.Key.ID+`"`) || strings.Contains(body, key.Secret) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := asAdmin(t, site, first, "DELETE", "keys/"+key.Key.ID); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	if status, body := asAdmin(t, site, key.Secret, "GET", "keys"); status != 401 {
		t.Errorf("revoked: %d %s", status, body)
	}
	if status, body := asAdmin(t, site, first, "GET", "keys"); status != 200 || strings.Count(body, `"revoked":null`) != 1 {
		t.Errorf("%d %s", status, body)
	}
}

// TestWishes: of two wishes for a source the stronger counts, in whatever order they come.
func TestWishes(t *testing.T) {
	have := wishes{}
	have.add(wishes{"a": {Full: true}, "b": {}})
	have.add(wishes{"a": {}, "b": {Fewer: true}, "c": {}})
	if want := (wishes{"a": {Full: true}, "b": {Fewer: true}, "c": {}}); !maps.Equal(have, want) {
		t.Errorf("%v, want %v", have, want)
	}
}

// TestPullAtOnce: the command pulls as many sources at once as the configuration
// says, no more, and reports each in a line.
func TestPullAtOnce(t *testing.T) {
	var mu sync.Mutex
	underWay, most := 0, 0
	two := make(chan struct{})
	data := filepath.Join(t.TempDir(), "data")
	for _, id := range []string{"a", "b", "c", "d"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			mu.Lock()
			if underWay++; underWay == 2 && most < 2 {
				close(two)
			}
			most = max(most, underWay)
			mu.Unlock()
			select {
			case <-two:
			case <-r.Context().Done():
			}
			mu.Lock()
			underWay--
			mu.Unlock()
			fmt.Fprintf(w, `{"id":"1","kind":"resource","title":{"en":"Of %s"},"provenance":{"source":""}}`, id)
		}))
		defer server.Close()
		lineSource(t, data, id, server.URL)
	}
	if err := os.WriteFile(filepath.Join(data, "clearinghouse.yaml"), []byte("pull: {at_once: 2}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := must(t, "pull", "a", "b", "a", "c", "d", "--data", data)
	for _, id := range []string{"a", "b", "c", "d"} {
		if strings.Count(out, id+": 1 new, 0 changed, 0 unchanged, 0 withdrawn, 0 refused\n") != 1 {
			t.Errorf("not one line of %s in\n%s", id, out)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if most != 2 {
		t.Errorf("%d sources were pulled at once, want 2", most)
	}
}

// lineSource puts a source of JSON lines into a data folder.
func lineSource(t testing.TB, data, id, address string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := "id: " + id + "\nname: " + id + "\nlicence: CC0-1.0\nformat: jsonl\naddress: " + address + "/" + id + ".jsonl\nlanguage: en\nprivate_addresses: true\n"
	if err := os.WriteFile(filepath.Join(data, "sources", id+".yaml"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPullLimits: a pull whose time is over ends with a report that says so, and is
// no failure of the command; one waits while more memory is used than allowed.
func TestPullLimits(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	p := &program{data: filepath.Join(t.TempDir(), "data"), config: defaults()}
	lineSource(t, p.data, "slow", server.URL)
	h, err := p.open("pull")
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	sources, err := p.sources(h.taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	p.config.Pull.Time = 100 * time.Millisecond
	pulls := p.pulls(h, indexer.Options{}, func(used, limit uint64) { t.Errorf("it waits for memory: %d of %d", used, limit) })
	defer pulls.close()
	if run, err := pulls.pull(t.Context(), sources[0], indexer.Wish{}); err != nil || run.Complete || !strings.Contains(run.Error, errTurnOver.Error()) {
		t.Errorf("%+v, %v", run, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := waitForMemory(ctx, math.MaxUint64, func(_, _ uint64) { t.Error("it waits") }); err != nil {
		t.Error(err)
	}
	if err := waitForMemory(ctx, 1, func(_, _ uint64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it to wait until its context ends", err)
	}
}

// TestWrongFileKept: a source whose file has gone wrong is shown as it was, also by a
// server that never saw it right.
func TestWrongFileKept(t *testing.T) {
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"id":"1","kind":"resource","title":{"en":"One"},"provenance":{"source":""}}`)
	}))
	defer files.Close()
	data := filepath.Join(t.TempDir(), "data")
	lineSource(t, data, "kept", files.URL)
	file := filepath.Join(data, "sources", "kept.yaml")
	right, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	right = append(bytes.Replace(right, []byte("name: kept"), []byte("name: The ministry"), 1), "trusted: true\n"...)
	put := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shown := func(s *site, format string) {
		t.Helper()
		s.readSources()
		items := apiAnswer(t, s.url, "/api/v1/sources")["items"].([]any)
		have := items[0].(map[string]any)
		if len(items) != 1 || have["id"] != "kept" || have["name"] != "The ministry" || have["state"] != "fresh" || have["records"] != 1.0 || format != "" && have["format"] != format {
			t.Errorf("%v", items)
		}
	}
	put(right)
	must(t, "pull", "--data", data)
	s := serveSite(t, data)
	shown(s, "jsonl")
	put(append(right, "trustd: true\n"...))
	shown(s, "jsonl")
	s.end()
	shown(serveSite(t, data), "")
}

// TestWrongFileOnce: what is wrong with source files is logged once, and again when
// it changes.
func TestWrongFileOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", root+"/indexer/testdata/import.jsonl", "--data", data)
	lineSource(t, data, "right", "https://right.example")
	s := serveSite(t, data)
	file := filepath.Join(data, "sources", "wrong.yaml")
	logged := func(text string, want int) {
		t.Helper()
		for range 3 {
			if sources := s.readSources(); len(sources) != 1 {
				t.Errorf("%d sources, want the one that is right", len(sources))
			}
		}
		if n := strings.Count(s.logged.String(), text); n != want {
			t.Errorf("%q is logged %d times, want %d:\n%s", text, n, want, s.logged)
		}
	}
	write := func(text string) {
		t.Helper()
		unfinished := filepath.Join(data, "wrong.yaml") // nobody is to read a part of it
		if err := errors.Join(os.WriteFile(unfinished, []byte(text), 0o644), os.Rename(unfinished, file)); err != nil {
			t.Fatal(err)
		}
	}
	write("id: wrong\n")
	logged("wrong.yaml:1:1: name is missing", 1)
	write("id: wrong\nname: Wrong\nformat: gopher\n")
	logged("wrong.yaml:3:9: format", 1)
	logged("wrong.yaml:1:1: name is missing", 1)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	logged("source files are right again", 1)
	write("id: wrong\n")
	logged("wrong.yaml:1:1: name is missing", 2)
}

// TestBusy: what cannot be done beside a server says in one line what to do instead.
func TestBusy(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	lineSource(t, data, "a", "https://a.example")
	terms, err := taxonomy()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(data, "test", terms)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for args, want := range map[string]string{
		"pull":              "'http://127.0.0.1:8080/api/v1/admin/pull'",
		"pull a --full":     "'http://127.0.0.1:8080/api/v1/admin/pull?full=true&source=a'",
		"keys":              "at /api/v1/admin/keys",
		"keys add somebody": "at /api/v1/admin/keys",
		"merge":             "entries are merged while no server runs",
		"merge a:1 b:1":     "entries are merged while no server runs",
		"unmerge a:1":       "entries are taken apart while no server runs",
		"sources waiting a": "what waits for an editor is listed while no server runs",
		"export jsonl":      "stop it first",
		"reindex":           "stop it first",
		"import " + root + "/indexer/testdata/import.jsonl": "stop it first",
	} {
		c := call(append(strings.Fields(args), "--data", data)...)
		out, err := c.CombinedOutput()
		if err == nil || c.ProcessState.ExitCode() != exitFailed || strings.Count(string(out), "\n") != 1 ||
			!strings.Contains(string(out), fmt.Sprintf("%s is in use by process %d: stop it first", data, os.Getpid())) || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%swant %s", args, err, out, want)
		}
	}
}

// sourceFile puts a source file of the indexer's tests into a data folder, with
// the address at which the test serves it.
func sourceFile(t testing.TB, data, name, address string) {
	t.Helper()
	text, err := os.ReadFile(root + "/indexer/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	text = localAddress.ReplaceAll(text, []byte(address))
	if err := os.WriteFile(filepath.Join(data, "sources", name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}
