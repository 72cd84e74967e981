package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/store"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// frozen is what a client reads of a frozen set.
type frozen struct {
	ID, Query, Title, Href, Citation, Why string
	Count                                 int
	Seq                                   uint64
	Hash                                  string `json:"sha256"`
	Licences                              []catalog.SourceLicence
	Removed                               *time.Time
	Files                                 map[string]string
}

func (f *fixture) freeze(t *testing.T, query string, want int) (set frozen) {
	t.Helper()
	r := f.do(http.MethodPost, "/api/v1/sets?"+query)
	text := body(t, r)
	if err := json.Unmarshal([]byte(text), &set); err != nil || r.StatusCode != want || r.Header.Get("Location") != "/api/v1/sets/"+set.ID {
		t.Fatalf("%s: %d %v %s", query, r.StatusCode, err, text)
	}
	return set
}

// TestFrozenSets: a set stays what it was while records change and go; the same answer is the same
// set, another one is not; one that was removed says what it was.
func TestFrozenSets(t *testing.T) {
	f := newFixture(t)
	set := f.freeze(t, "theme=dialogue&lang=ar", http.StatusCreated)
	if set.Count != 1 || set.Query != "theme=dialogue" || set.Licences[0].Records != 1 || !strings.Contains(set.Citation, set.Hash) || !strings.Contains(set.Citation, set.Href) {
		t.Errorf("%+v", set)
	}
	lines := body(t, f.get(set.Files["records.jsonl"]))
	if sum := sha256.Sum256([]byte(lines)); hex.EncodeToString(sum[:]) != set.Hash || lines != body(t, f.get("/api/v1/records.jsonl?theme=dialogue")) {
		t.Errorf("the records have another hash than %s: %s", set.Hash, lines)
	}
	if again := f.freeze(t, "lang=fr&theme=dialogue", http.StatusOK); again.ID != set.ID {
		t.Errorf("the same answer is the set %s, not %s", again.ID, set.ID)
	}
	arabic := answer[frozen](t, f.get("/api/v1/sets/"+set.ID+"?lang=ar"))
	if arabic.Title == "" || arabic.Title != set.Title || arabic.Citation != set.Citation {
		t.Errorf("in the reader's language it is called %q and cited as %q", arabic.Title, arabic.Citation)
	}
	english := answer[frozen](t, f.get("/api/v1/sets/"+set.ID))
	if english.Title == arabic.Title || !strings.Contains(set.Citation, english.Title) {
		t.Errorf("the set is called %q, cited as %q", english.Title, set.Citation)
	}
	for accept, want := range map[string]int{"": 200, "*/*": 200, "application/json": 200, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8": 303} {
		if r := f.get("/api/v1/sets/"+set.ID, "Accept", accept); r.StatusCode != want || want == 303 && r.Header.Get("Location") != "/sets/"+set.ID {
			t.Errorf("Accept: %s: %d %s", accept, r.StatusCode, r.Header.Get("Location"))
		}
	}
	all := f.freeze(t, "", http.StatusCreated)
	if all.ID == set.ID || all.Count != 3 {
		t.Errorf("%+v", all)
	}
	s := f.options.Store.(*store.Store)
	entry, err := s.Get("s:path")
	if err != nil {
		t.Fatal(err)
	}
	changed := entry.Record
	changed.Title = catalog.Text{"en": "Another title"}
	for _, page := range []catalog.Page{{Source: "s", State: catalog.Published, Time: time.Now(), Records: []*catalog.Record{&changed}}, {Source: "s", Time: time.Now(), Withdrawn: []string{"s:news"}}} {
		if _, err := s.Save(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	f.sync(t)
	if have := body(t, f.get(set.Files["records.jsonl"])); have != lines {
		t.Errorf("after a change the set is %s", have)
	}
	if other := f.freeze(t, "theme=dialogue", http.StatusCreated); other.ID == set.ID {
		t.Error("another answer is the same set")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body(t, f.get(all.Files["records.csv"])), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Errorf("%d rows: %v", len(rows), err)
	}
	var described struct {
		Resources []struct {
			Path, Hash string
			Schema     struct{ Fields []struct{ Name string } }
		}
	}
	if err := json.Unmarshal([]byte(body(t, f.get(all.Files["datapackage.json"]))), &described); err != nil || described.Resources[1].Hash != "sha256:"+all.Hash {
		t.Errorf("%v %+v", err, described)
	}
	var names []string
	for _, field := range described.Resources[0].Schema.Fields {
		names = append(names, field.Name)
	}
	if diff := cmp.Diff(rows[0], names); diff != "" {
		t.Errorf("the data package names other columns (-file +package):\n%s", diff)
	}
	var citation map[string]any
	if err := yaml.Unmarshal([]byte(body(t, f.get(all.Files["CITATION.cff"]))), &citation); err != nil || citation["url"] != all.Href || citation["cff-version"] != "1.2.0" {
		t.Errorf("%v %v", err, citation)
	}
	var croissant struct {
		Distribution []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal([]byte(body(t, f.get(all.Files["croissant.json"]))), &croissant); err != nil || len(croissant.Distribution) != 2 {
		t.Errorf("%v %+v", err, croissant)
	}
	for _, file := range croissant.Distribution {
		if sum := sha256.Sum256([]byte(body(t, f.get(all.Files[file.Name])))); hex.EncodeToString(sum[:]) != file.SHA256 {
			t.Errorf("%s has another hash than Croissant says", file.Name)
		}
	}
	for _, name := range []string{"codebook.csv", "records.parquet"} {
		if r := f.get(all.Files[name]); r.StatusCode != http.StatusOK || len(body(t, r)) < 500 {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	checkProblem(t, f.get("/api/v1/sets/"+all.ID+"/other"), 404, catalog.NotFound, "")
	checkProblem(t, f.get("/api/v1/sets/none"), 404, catalog.NotFound, "")
	checkProblem(t, f.do(http.MethodPost, "/api/v1/sets?colour=red"), 400, catalog.Invalid, "colour")
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/sets", strings.NewReader("theme=dialogue")))
	checkProblem(t, w.Result(), 400, catalog.Invalid, "")
	checkProblem(t, f.do(http.MethodPost, "/api/v1/sets", "Sec-Fetch-Site", "cross-site"), 401, catalog.Unauthorized, "")

	f.options.Admin = &oneKey{}
	f.open(t)
	checkProblem(t, f.do(http.MethodDelete, "/api/v1/admin/sets/"+set.ID), 401, catalog.Unauthorized, "")
	if r := f.do(http.MethodDelete, "/api/v1/admin/sets/"+set.ID+"?why=A+person+asked", "Authorization", "Bearer right"); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, body(t, r))
	}
	for _, path := range []string{"/api/v1/sets/" + set.ID, set.Files["records.jsonl"]} {
		r := f.get(path)
		var gone frozen
		if err := json.Unmarshal([]byte(body(t, r)), &gone); err != nil || r.StatusCode != http.StatusGone || gone.Hash != set.Hash || gone.Removed == nil || gone.Why != "A person asked" || len(gone.Files) > 0 {
			t.Errorf("%s: %d %v %+v", path, r.StatusCode, err, gone)
		}
	}
	var list struct{ Total int }
	if err := json.Unmarshal([]byte(body(t, f.get("/api/v1/sets"))), &list); err != nil || list.Total != 3 {
		t.Errorf("%d sets: %v", list.Total, err)
	}
}

// TestSetLicences: of a merged entry each source counts with its licence.
func TestSetLicences(t *testing.T) {
	f := newFixture(t)
	s := f.options.Store.(*store.Store)
	record := &catalog.Record{ID: "t:path", Kind: "initiative", Original: "en", Title: catalog.Text{"en": "A path"}, Provenance: catalog.Provenance{Source: "t", Licence: "CC-BY-NC-4.0"}}
	if _, err := s.Save(t.Context(), catalog.Page{Source: "t", State: catalog.Published, Time: time.Now(), Records: []*catalog.Record{record}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(t.Context(), []string{"s:path", "t:path"}, catalog.Edit{By: "Amal"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	f.sync(t)
	set := f.freeze(t, "theme=dialogue", http.StatusCreated)
	want := []catalog.SourceLicence{{Source: "s", Records: 1}, {Source: "t", Licence: "CC-BY-NC-4.0", Records: 1}}
	if diff := cmp.Diff(want, set.Licences); diff != "" {
		t.Errorf("licences (-want +have):\n%s", diff)
	}
	if text := body(t, f.get("/api/v1/records/s:path.ris")); !strings.Contains(text, "CC-BY-NC-4.0") {
		t.Errorf("the reference says nothing of the licence: %s", text)
	}
}

// sync has the index catch up with the store.
func (f *fixture) sync(t *testing.T) {
	t.Helper()
	if err := f.options.Engine.(interface {
		Sync(ctx context.Context, progress func(done, total uint64)) error
	}).Sync(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// TestQuota: an address makes only so many sets a day, and finds those that are there all the same.
func TestQuota(t *testing.T) {
	f := newFixture(t)
	f.freeze(t, "", http.StatusCreated)
	ask := func(query, address, forwarded string) int {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/sets?"+query, nil)
		r.RemoteAddr = address
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w.Code
	}
	made := 0
	for i := range 40 {
		if ask(fmt.Sprint("year_from=", 1900+i), "203.0.113.1:1", fmt.Sprint("198.51.100.", i)) == http.StatusCreated { // which anybody can say
			made++
		}
	}
	if made != 20 {
		t.Errorf("%d sets were made from one address", made)
	}
	if have := ask("", "203.0.113.1:1", ""); have != http.StatusOK {
		t.Errorf("a set that is there: %d", have)
	}
	if have := ask("year_from=1950", "127.0.0.1:1", "203.0.113.2"); have != http.StatusCreated {
		t.Errorf("by a proxy on this machine: %d", have)
	}
	if have := ask("year_from=1951", "127.0.0.1:1", "203.0.113.1"); have != http.StatusTooManyRequests {
		t.Errorf("by a proxy, from the address that has had enough: %d", have)
	}
}
