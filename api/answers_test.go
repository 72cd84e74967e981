package api_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"clearinghouse/search"
)

// TestAnswersKept asks the same again: the answer is the very same, took_ms and all, in the
// coding that the client takes, until the index changes.
func TestAnswersKept(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/api/v1/records?q=walkers", "/api/v1/suggest?q=media", "/api/v1/coverage", "/api/v1/coverage?rows=field"} {
		first := f.get(path)
		plain := body(t, first)
		if again := f.get(path); body(t, again) != plain || again.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("%s is not the same again", path)
		}
		if r := f.get(path, "If-None-Match", first.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
			t.Errorf("%s gave %d to a client that knows it", path, r.StatusCode)
		}
		for _, coding := range []string{"gzip", "br;q=1, GZIP; q=0.5", "gzip;q=0", "identity"} {
			r := f.get(path, "Accept-Encoding", coding)
			data, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			packed := r.Header.Get("Content-Encoding") == "gzip"
			if takes := coding[0] == 'g' && coding != "gzip;q=0" || coding[0] == 'b'; packed != (takes && len(plain) >= 1024) {
				t.Errorf("%s of %d bytes for %q: packed is %v", path, len(plain), coding, packed)
			}
			if packed {
				unpack, err := gzip.NewReader(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				if data, err = io.ReadAll(unpack); err != nil {
					t.Fatal(err)
				}
			}
			if string(data) != plain {
				t.Errorf("%s for %q is another answer", path, coding)
			}
			if r.Header.Get("Vary") == "" {
				t.Errorf("%s for %q does not say that it varies", path, coding)
			}
		}
	}
	before := body(t, f.get("/api/v1/records?q=faiths"))
	f.merged(t)
	if err := f.options.Engine.(*search.Index).Sync(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if after := body(t, f.get("/api/v1/records?q=faiths")); after == before {
		t.Error("an answer outlives its state of the index")
	}
}
