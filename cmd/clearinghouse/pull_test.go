package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
