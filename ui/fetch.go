package ui

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
)

// answer is what the API said to a request.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// problem is why a page cannot be shown.
type problem struct {
	status int
	code   string // of the API's problem documents
	param  string
	moved  string // where to, in the API, if it is elsewhere for good
}

// get asks the API, in the reader's language.
func (s *site) get(r *request, path string, query url.Values) (map[string]any, *problem) {
	data, _, p := s.ask(r, http.MethodGet, path, query)
	return data, p
}

// ask is get with another method, and tells the status of the answer.
func (s *site) ask(r *request, method, path string, query url.Values) (data map[string]any, status int, p *problem) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("lang", r.locale.code)
	internal := &problem{status: http.StatusInternalServerError, code: "internal"}
	inner, err := http.NewRequestWithContext(r.Context(), method, path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, 0, internal
	}
	inner.RemoteAddr, inner.Host = r.RemoteAddr, r.Host
	if method != http.MethodGet { // by whom, and from which site
		for _, name := range []string{"X-Forwarded-For", "Origin", "Sec-Fetch-Site"} {
			inner.Header[name] = r.Header[name]
		}
	}
	a := &answer{header: http.Header{}, status: http.StatusOK}
	s.API.ServeHTTP(a, inner)
	if a.status == http.StatusMovedPermanently {
		return nil, 0, &problem{status: a.status, moved: a.header.Get("Location")}
	}
	if err := json.Unmarshal(a.body.Bytes(), &data); err != nil || data == nil {
		return nil, 0, internal
	}
	if a.header.Get("Content-Type") == "application/problem+json" {
		return nil, 0, &problem{status: a.status, code: text(data["code"]), param: text(data["param"])}
	}
	return data, a.status, nil
}

// fail shows the page of a problem.
func (s *site) fail(w http.ResponseWriter, r *request, p *problem) {
	switch p.code {
	case "not_found", "invalid", "unavailable", "too_many":
	default:
		p.code = "internal"
	}
	s.write(w, r, "error", p.status, r.locale.text("problem."+p.code, nil), "", map[string]any{
		"problem": map[string]any{"code": p.code, "param": p.param},
	})
}

func (s *site) notFound(w http.ResponseWriter, r *request) {
	s.fail(w, r, &problem{status: http.StatusNotFound, code: "not_found"})
}
