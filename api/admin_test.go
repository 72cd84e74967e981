package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"clearinghouse/api"
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

func (oneKey) Keys() ([]api.Key, error) {
	revoked := time.Now()
	return []api.Key{{ID: "a", Name: "an editor", Created: time.Now()}, {ID: "b", Name: "another", Created: time.Now(), Revoked: &revoked}}, nil
}

func (oneKey) AddKey(name string) (api.Key, string, error) {
	if name == "" {
		return api.Key{}, "", catalog.Errorf(catalog.Invalid, "a key needs a name")
	}
	return api.Key{ID: "c", Name: name}, "s3cret", nil
}

func (oneKey) RevokeKey(id string) error {
	if id != "a" {
		return catalog.Errorf(catalog.NotFound, "there is no key %q", id)
	}
	return nil
}

// TestKeys: whoever has a key lists, makes and revokes keys; nobody else does.
func TestKeys(t *testing.T) {
	f := newFixture(t)
	f.options.Admin = &oneKey{}
	f.open(t)
	for _, c := range []struct {
		call string
		code int
		want string
	}{
		{"GET /api/v1/admin/keys", 200, `"name":"another"`},
		{"GET /api/v1/admin/keys?name=x", 400, `"param":"name"`},
		{"POST /api/v1/admin/keys?name=Amal", 201, `"secret":"s3cret"`},
		{"POST /api/v1/admin/keys", 400, "needs a name"},
		{"DELETE /api/v1/admin/keys/a", 200, `{"revoked":"a"}`},
		{"DELETE /api/v1/admin/keys/x", 404, "there is no key"},
		{"DELETE /api/v1/admin/keys", 405, "not possible here"},
	} {
		method, path, _ := strings.Cut(c.call, " ")
		ask := func(authorization string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Authorization", authorization)
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, r)
			return w
		}
		if w := ask("Bearer right"); w.Code != c.code || !strings.Contains(w.Body.String(), c.want) || c.code < 405 && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, want %d with %s", c.call, w.Code, w.Body, c.code, c.want)
		}
		if w := ask("Bearer wrong"); c.code != 405 && w.Code != 401 {
			t.Errorf("%s with a wrong key: %d %s", c.call, w.Code, w.Body)
		}
	}
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
