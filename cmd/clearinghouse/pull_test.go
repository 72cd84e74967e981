package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPullSite takes the README's small site in six languages in, as it says:
// tried, pulled, listed, found.
func TestPullSite(t *testing.T) {
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
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/api/v1/admin/pull"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
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
