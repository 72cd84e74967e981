package api

import (
	"flag"
	"os"
	"testing"

	"clearinghouse/catalog"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestOpenAPI compares the document with its golden file, so that a change of
// the interface shows as a diff.
func TestOpenAPI(t *testing.T) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	a := &api{Options: Options{Taxonomy: taxonomy, Version: "1"}, params: catalog.Params(taxonomy)}
	have, err := a.openAPI()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.golden.json"
	if *update {
		if err := os.WriteFile(golden, have, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("the OpenAPI document changed (-want +have); run with -update if that is meant:\n%s", diff)
	}
}
