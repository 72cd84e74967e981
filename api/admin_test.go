package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"clearinghouse/catalog"
)

type oneKey struct {
	asked       []string
	full, fewer bool
}

func (oneKey) Who(secret string) (string, error) {
	if secret != "right" {
		return "", catalog.Errorf(catalog.Unauthorized, "this key is not valid: ask the operator for one")
	}
	return "an editor", nil
}

func (k *oneKey) Pull(ids []string, full, fewer bool) ([]string, error) {
	k.asked, k.full, k.fewer = ids, full, fewer
	return ids, nil
}

// TestAdmin: nothing is done for whoever has no key, and only by POST.
func TestAdmin(t *testing.T) {
	f := newFixture(t)
	ask := func(method, authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/api/v1/admin/pull?source=a&source=b", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	if w := ask(http.MethodPost, "Bearer right"); w.Code != 401 {
		t.Errorf("without any keys: %d", w.Code)
	}
	keys := &oneKey{}
	f.options.Admin = keys
	f.open(t)
	for _, wrong := range []string{"", "Bearer", "Bearer wrong", "Basic right", "right"} {
		w := ask(http.MethodPost, wrong)
		var p struct{ Code string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 401 || p.Code != "unauthorized" || w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: %d %s", wrong, w.Code, w.Body)
		}
	}
	if w := ask(http.MethodGet, "Bearer right"); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
	if keys.asked != nil {
		t.Fatalf("asked for %v", keys.asked)
	}
	if w := ask(http.MethodPost, "bearer right"); w.Code != 202 || len(keys.asked) != 2 || keys.full || keys.fewer {
		t.Errorf("%d %s, asked for %+v", w.Code, w.Body, keys)
	}
	for query, want := range map[string]int{"fewer=true&full=false": 202, "fewer=1": 400, "full=true&full=true": 400, "color=red": 400} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/admin/pull?"+query, nil)
		r.Header.Set("Authorization", "Bearer right")
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		if w.Code != want || want == 202 && (!keys.fewer || keys.full) {
			t.Errorf("%s: %d, asked for %+v", query, w.Code, keys)
		}
	}
}
