package api_test

import (
	"net/http"
	"strings"
	"testing"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/google/go-cmp/cmp"
)

// TestExports: each format answers with a file of a telling name and says beforehand how many
// entries it has, to HEAD as well.
func TestExports(t *testing.T) {
	f := newFixture(t)
	exports := answer[listing](t, f.get("/api/v1/records?theme=dialogue")).Exports
	for _, format := range export.Formats {
		path := exports[format.Name]
		if path == "" {
			t.Errorf("a search does not say where its %s is", format.Name)
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			r := f.do(method, path)
			have := []string{r.Header.Get("X-Total-Count"), r.Header.Get("Content-Type")}
			if diff := cmp.Diff([]string{"1", format.MIME}, have); diff != "" {
				t.Errorf("%s %s (-want +have):\n%s", method, path, diff)
			}
			name := r.Header.Get("Content-Disposition")
			if !strings.HasPrefix(name, `attachment; filename="clearinghouse-theme-dialogue-20`) || !strings.HasSuffix(name, "."+format.Name+`"`) {
				t.Errorf("%s: the file is %s", path, name)
			}
			text := body(t, r)
			if (method == http.MethodHead) != (text == "") {
				t.Errorf("%s %s: %d bytes", method, path, len(text))
			}
			if method == http.MethodGet && !format.Packed && !strings.Contains(text, "Three Faiths") && !strings.Contains(text, "path") {
				t.Errorf("%s has not what was asked for: %.300s", path, text)
			}
		}
	}
	for _, format := range export.Formats {
		if coding := f.get("/api/v1/records."+format.Name, "Accept-Encoding", "gzip").Header.Get("Content-Encoding"); format.Packed && coding != "" {
			t.Errorf("%s, which is compressed by itself, comes with %s", format.Name, coding)
		}
	}
	for _, c := range []struct{ path, param string }{{"/api/v1/records.csv?form=tall", "form"}, {"/api/v1/records.xlsx?form=long", "form"}, {"/api/v1/records.parquet?limit=3", "limit"}, {"/api/v1/records.atom?sort=title", "sort"}} {
		checkProblem(t, f.get(c.path), 400, catalog.Invalid, c.param)
	}
	if text := body(t, f.get("/api/v1/records.csv?form=long&theme=dialogue")); !strings.HasPrefix(text, "\ufeffid,field,language,position,value\r\n") {
		t.Errorf("the long form begins %.80q", text)
	}
}
