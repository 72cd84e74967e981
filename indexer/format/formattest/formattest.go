// Package formattest compares what a format makes of an input with a golden file.
package formattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/indexer/format"
)

// Golden parses the response to a request and compares its results, as JSON, and
// its error with the file golden, which update writes.
func Golden(t *testing.T, golden string, update bool, f format.Format, r format.Request, response format.Response) {
	t.Helper()
	var have bytes.Buffer
	out := json.NewEncoder(&have)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	for result, err := range f.Parse(r, []format.Response{response}) {
		if err != nil {
			fmt.Fprintf(&have, "error: %v\n", err)
		} else if err := out.Encode(result); err != nil {
			t.Fatal(err)
		}
	}
	if update {
		if err := os.WriteFile(golden, have.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), have.String()); diff != "" {
		t.Errorf("%s differs (run with -update if that is right):\n%s", golden, diff)
	}
}
