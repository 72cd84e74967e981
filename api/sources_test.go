package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// TestSources: what is configured, how current it is, and what came by import.
func TestSources(t *testing.T) {
	f := newFixture(t)
	now := time.Now().UTC()
	run := func(ago time.Duration, err string) *catalog.Run {
		r := &catalog.Run{Number: 2, Started: now.Add(-ago), Finished: now.Add(-ago).Add(time.Minute), Complete: err == "", Error: err}
		r.New = 3
		return r
	}
	cut := run(time.Hour, "")
	cut.Finished = time.Time{}
	f.options.Sources = func() ([]catalog.SourceInfo, error) {
		return []catalog.SourceInfo{
			{ID: "s", Name: "A ministry", Homepage: "https://ministry.example", Licence: "CC-BY-4.0", Format: "table", Addresses: []string{"https://ministry.example/p.csv"}, Every: 24 * time.Hour, Trusted: true, Last: run(time.Hour, "")},
			{ID: "old", Name: "Old", Every: time.Hour, Last: run(3*time.Hour, "")},
			{ID: "bad", Name: "Bad", Every: time.Hour, Last: run(time.Minute, "it does not answer")},
			{ID: "cut", Name: "Cut", Last: cut},
			{ID: "new", Name: "New"},
		}, nil
	}
	f.open(t)
	resp := f.get("/api/v1/sources?lang=fr")
	body, _ := io.ReadAll(resp.Body)
	var have struct {
		Total int
		Items []struct {
			ID, State, Href string
			Records         int
			Every           int `json:"every_seconds"`
			Run             *struct{ New int }
		}
	}
	if err := json.Unmarshal(body, &have); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s: %v", resp.StatusCode, body, err)
	}
	states := map[string]string{}
	for _, s := range have.Items {
		states[s.ID] = s.State
	}
	want := map[string]string{"s": "fresh", "old": "late", "bad": "failing", "cut": "running", "new": "never"}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states (-want +have):\n%s", diff)
	}
	if s := have.Items[0]; s.Records != have.Total || s.Records == 0 || s.Every != 86400 || s.Run == nil || s.Run.New != 3 || s.Href != "/api/v1/records?source=s" {
		t.Errorf("%+v of %d", s, have.Total)
	}
	if again := f.get("/api/v1/sources?lang=fr", "If-None-Match", resp.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %d", again.StatusCode)
	}

	f.options.Sources = func() ([]catalog.SourceInfo, error) { return nil, nil }
	f.open(t)
	body, _ = io.ReadAll(f.get("/api/v1/sources").Body)
	if err := json.Unmarshal(body, &have); err != nil || len(have.Items) != 1 || have.Items[0].State != "imported" {
		t.Errorf("imported records: %s, %v", body, err)
	}
}

// TestFollowed: a source that follows another Clearinghouse has the records of the
// sources of that, which say by whom they are brought; what is pulled here itself is
// not among them.
func TestFollowed(t *testing.T) {
	f := newFixture(t)
	f.options.Sources = func() ([]catalog.SourceInfo, error) {
		return []catalog.SourceInfo{{ID: "b", Name: "Instance B", Origins: []string{"s", "gone"}}, {ID: "c", Name: "C", Origins: []string{"s"}}}, nil
	}
	f.open(t)
	type item struct {
		ID, State, Via, Href string
		Records              int
	}
	type listed struct {
		Total int
		Items []item
	}
	have := answer[listed](t, f.get("/api/v1/sources"))
	want := []item{
		{"b", "never", "", "/api/v1/records?source=s", have.Total},
		{"c", "never", "", "/api/v1/records?source=s", have.Total},
		{"s", "followed", "b", "/api/v1/records?source=s", have.Total},
	}
	if diff := cmp.Diff(want, have.Items); diff != "" || have.Total == 0 {
		t.Errorf("(-want +have):\n%s", diff)
	}
	f.options.Sources = func() ([]catalog.SourceInfo, error) {
		return []catalog.SourceInfo{{ID: "b", Name: "Instance B", Origins: []string{"s"}}, {ID: "s", Name: "S", Last: &catalog.Run{Finished: time.Now(), Warning: "ids have changed"}}}, nil
	}
	f.open(t)
	have = answer[listed](t, f.get("/api/v1/sources"))
	want = []item{{"b", "never", "", "/api/v1/records?source=b", 0}, {"s", "fresh", "", "/api/v1/records?source=s", have.Total}}
	if diff := cmp.Diff(want, have.Items); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	warned := answer[struct {
		Items []struct{ Run *struct{ Warning string } }
	}](t, f.get("/api/v1/sources")).Items[1]
	if warned.Run == nil || warned.Run.Warning != "ids have changed" {
		t.Errorf("%+v", warned.Run)
	}
}

// TestRunsAreNotRead: only who asks about sources has their runs read, and once; the
// names of sources are there all the same.
func TestRunsAreNotRead(t *testing.T) {
	f := newFixture(t)
	read := 0
	f.options.Sources = func() ([]catalog.SourceInfo, error) {
		read++
		return []catalog.SourceInfo{{ID: "s", Name: "A ministry"}}, nil
	}
	f.open(t)
	for path, facet := range map[string]bool{
		"/api/v1/records?limit=1": true, "/api/v1/records?source=s": true, "/api/v1/records/s:path": false, "/api/v1/coverage?source=s": false,
	} {
		have := answer[listing](t, f.get(path))
		if name := have.Labels["source"]["s"]; !facet && name != "A ministry" {
			t.Errorf("%s: the source is called %q", path, name)
		}
		if values := have.Facets["source"]; facet && (len(values) != 1 || values[0].Label != "A ministry") {
			t.Errorf("%s: %+v", path, values)
		}
	}
	if read != 0 {
		t.Errorf("the runs of all sources were read %d times", read)
	}
	if f.get("/api/v1/sources"); read != 1 {
		t.Errorf("the runs of all sources were read %d times for the list of them", read)
	}
}

// TestSecrets: what everybody is told of a source has neither keys nor anything of
// a private network in it.
func TestSecrets(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		info      catalog.SourceInfo
		addresses []string
		err       string
	}{
		{catalog.SourceInfo{Addresses: []string{"https://a.example/list?api_key=s3cret&page=1", "http://amal:s3cret@b.example:8080/x#s3cret", "starter:collection"},
			Last: &catalog.Run{Error: `https://a.example/list?api_key=s3cret: Get "https://amal:s3cret@a.example/list?key=s3cret": lookup a.example on 10.0.0.53:53: no such host (https://a.example/?s3cret), asked again`}},
			[]string{"https://a.example/list", "http://b.example:8080/x", "starter:collection"},
			`https://a.example/list: Get "https://a.example/list": lookup a.example on (address): no such host (https://a.example/), asked again`},
		{catalog.SourceInfo{Addresses: []string{"https://a.example/3.1"}, Last: &catalog.Run{Error: "https://a.example/3.1?v=1.2: [fe80::1%eth0]:443 is a private address, HTTP 1.1, 10:30:00"}},
			[]string{"https://a.example/3.1"}, "https://a.example/3.1: (address) is a private address, HTTP 1.1, 10:30:00"},
		{catalog.SourceInfo{Private: true, Addresses: []string{"http://intranet.corp/s3cret"}, Last: &catalog.Run{Error: "http://intranet.corp/s3cret failed (HTTP 500)"}},
			[]string{}, "the log of the program says why"},
		{catalog.SourceInfo{Private: true, Addresses: []string{"http://intranet.corp/s3cret"}, Last: &catalog.Run{}}, []string{}, ""},
	} {
		c.info.ID, c.info.Last.Number, c.info.Last.Finished = "x", 1, time.Now()
		f.options.Sources = func() ([]catalog.SourceInfo, error) { return []catalog.SourceInfo{c.info}, nil }
		f.open(t)
		have := answer[struct {
			Items []struct {
				Addresses []string
				Run       struct{ Error string }
			}
		}](t, f.get("/api/v1/sources")).Items[0]
		if diff := cmp.Diff(c.addresses, have.Addresses); diff != "" {
			t.Errorf("addresses (-want +have):\n%s", diff)
		}
		if diff := cmp.Diff(c.err, have.Run.Error); diff != "" {
			t.Errorf("error (-want +have):\n%s", diff)
		}
	}
}
