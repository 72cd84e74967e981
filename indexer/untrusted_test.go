package indexer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
)

// This file asks what a followed Clearinghouse can do that is not trusted.

// hub serves what answer holds as the changes of a Clearinghouse, and returns the
// source that follows it.
func hub(t *testing.T, answer *string) *indexer.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, *answer)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	file := "id: hub\nname: Hub\nformat: jsonl\naddress: " + server.URL + "\nprivate_addresses: true\njsonl: {changes: true}\n"
	if err := os.WriteFile(filepath.Join(dir, "hub.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	sources, err := indexer.LoadSources(dir, taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	return sources[0]
}

// TestUntrusted: what is here from elsewhere it can neither replace nor withdraw,
// and nothing of its own becomes public, in whatever order it says what.
func TestUntrusted(t *testing.T) {
	good := func(id, title string) string {
		return fmt.Sprintf(`{"id":%q,"record":%s}`, id, recordLine(id, title, ""))
	}
	const (
		unreadable = `{"id":"imp:1","record":{}},{"id":"imp:2","record":{}}`
		deleted    = `{"id":"%s","deleted":true}`
		merged     = `{"id":"far:1","deleted":true,"merged_into":"imp:1","record":%s}`
	)
	for name, answers := range map[string][]string{
		"as its own":               {good("imp:1", "Taken over")},
		"refused first":            {unreadable, good("imp:1", "Taken over") + `,` + fmt.Sprintf(deleted, "imp:2")},
		"deleted":                  {fmt.Sprintf(deleted, "imp:2")},
		"merged":                   {good("far:1", "New"), fmt.Sprintf(merged, recordLine("far:1", "New", ""))},
		"merged and unreadable":    {good("far:1", "New"), fmt.Sprintf(deleted, "far:1"), fmt.Sprintf(merged, "{}"), good("far:1", "Newer")},
		"merged into what is here": {`{"id":"imp:2","deleted":true,"merged_into":"imp:1","record":` + recordLine("imp:2", "Mine too", "") + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStore(t)
			put(t, st, recordLine("imp:1", "Mine", ""), recordLine("imp:2", "Mine too", ""))
			want := public(t, st, "none")
			answer := ""
			s := hub(t, &answer)
			for i, items := range answers {
				answer = fmt.Sprintf(`{"items":[%s],"head":%d}`, items, i+1)
				pull(t, st, s)
			}
			if have := public(t, st, "none"); have != want {
				t.Errorf("readers see\n%s\nwant\n%s", have, want)
			}
		})
	}
}

// TestUntrustedReturn: what it deleted and has again waits again.
func TestUntrustedReturn(t *testing.T) {
	st := newStore(t)
	answer := ""
	s := hub(t, &answer)
	for i, items := range []string{
		`{"id":"far:1","record":` + recordLine("far:1", "One", "") + `}`,
		`{"id":"far:1","deleted":true}`,
		`{"id":"far:1","record":` + recordLine("far:1", "One", "") + `}`,
	} {
		answer = fmt.Sprintf(`{"items":[%s],"head":%d}`, items, i+1)
		pull(t, st, s)
	}
	if e, err := st.Get("far:1"); err != nil || e.Envelope.State != catalog.Submitted {
		t.Errorf("%+v, %v, want it waiting", e, err)
	}
}
