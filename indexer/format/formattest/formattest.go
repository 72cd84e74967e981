// Package formattest runs the golden cases of a format: pairs of an input and of
// what the format makes of it.
package formattest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Cases runs test for each file testdata/*.yaml, which has the form of C. name is
// the path of the file without .yaml: the input and the golden file stand beside it
// under the same name.
func Cases[C any](t *testing.T, test func(t *testing.T, name string, c C)) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".yaml")
		t.Run(filepath.Base(name), func(t *testing.T) {
			var c C
			if err := yaml.UnmarshalWithOptions(Read(t, file), &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			test(t, name, c)
		})
	}
}

// Read is what a file holds.
func Read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Section decodes a format's own section of a case, as format.Config.Section does;
// there may be none.
func Section(node ast.Node) func(v any) error {
	return func(v any) error {
		if node == nil {
			return nil
		}
		return yaml.NodeToValue(node, v, yaml.Strict())
	}
}

// Golden parses the responses to a request and compares the results, as JSON, and
// the error with the file golden, which -update writes.
func Golden(t *testing.T, golden string, f format.Format, r format.Request, responses ...format.Response) {
	t.Helper()
	var have bytes.Buffer
	out := json.NewEncoder(&have)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	for result, err := range f.Parse(r, responses) {
		if err != nil {
			fmt.Fprintf(&have, "error: %v\n", err)
		} else if err := out.Encode(result); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		if err := os.WriteFile(golden, have.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(Read(t, golden)), have.String()); diff != "" {
		t.Errorf("%s differs (run with -update if that is right):\n%s", golden, diff)
	}
}
