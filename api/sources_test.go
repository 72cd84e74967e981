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
