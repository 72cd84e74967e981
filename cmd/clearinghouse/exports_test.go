package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
)

// exportSite serves n generated records.
func exportSite(t *testing.T, n int) (data string, s *site) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "generated.jsonl")
	searchtest.NewGenerator(t, root, 1).WriteFile(t, file, n)
	must(t, "import", "--data", data, file)
	return data, serveSite(t, data)
}

// change saves other titles of up to 1,000 of the generated records, withdraws up to 100 and adds one.
func change(t *testing.T, s *site) {
	t.Helper()
	page := catalog.Page{Source: "generated", State: catalog.Published, Time: time.Now()}
	n := 0
	for entry, err := range s.house.store.All(t.Context(), s.house.store.Head()) {
		if err != nil {
			t.Fatal(err)
		}
		record := entry.Record
		if n++; n%10 == 0 && len(page.Withdrawn) < 100 {
			page.Withdrawn = append(page.Withdrawn, record.ID)
		} else if n%2 == 0 && len(page.Records) < 1_000 {
			record.Title, record.Translations = catalog.Text{record.Original: fmt.Sprint("Changed after ", s.house.store.Head())}, nil
			page.Records = append(page.Records, &record)
		}
	}
	added := *page.Records[0]
	added.ID = "generated:added"
	page.Records = append(page.Records, &added)
	for _, record := range page.Records {
		record.Clean(s.house.taxonomy)
		record.Provenance.Hash = record.ContentHash()
	}
	if _, err := s.house.store.Save(t.Context(), page); err != nil {
		t.Fatal(err)
	}
}

// TestOneState: an export is of one state of the store, although records change, come and go while
// it is written.
func TestOneState(t *testing.T) {
	_, s := exportSite(t, 300)
	written := func(q catalog.Query, meanwhile func()) string {
		t.Helper()
		set, err := export.Select(t.Context(), s.house.store, s.house.index, q)
		if err != nil {
			t.Fatal(err)
		}
		entries := set.Entries
		set.Entries = func(yield func(*catalog.Entry, error) bool) {
			n := 0
			for entry, err := range entries {
				if n++; n == 10 {
					meanwhile()
				}
				if !yield(entry, err) {
					return
				}
			}
		}
		format, _ := export.FormatByName("jsonl")
		var out bytes.Buffer
		if err := format.Write(&out, set); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n != set.Total {
			t.Errorf("%d lines of %d entries", n, set.Total)
		}
		return out.String()
	}
	all := catalog.Query{Language: "en"}
	some := all
	some.Filters = []catalog.Filter{{Facet: "kind", Values: []string{"initiative"}}}
	for name, q := range map[string]catalog.Query{"all": all, "those of a search": some} {
		before := written(q, func() {})
		changed := written(q, func() { change(t, s) })
		if changed != before {
			t.Errorf("%s: the export is not what it was before the changes", name)
		}
		if err := s.house.index.Sync(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if written(q, func() {}) == before {
			t.Errorf("%s: nothing has changed", name)
		}
	}
}

// TestSoakExports: 100,000 records are exported in each format within 300 MB of memory; over HTTP in
// one state although records change; and who reads a byte a second is cut off and keeps nobody else
// from anything.
func TestSoakExports(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("skipped: make soak exports 100,000 records")
	}
	const limit = 300 << 20
	data, s := exportSite(t, 100_000)
	s.end()
	whole := filepath.Join(t.TempDir(), "whole.jsonl")
	for _, f := range export.Formats {
		out := whole
		if f.Name != "jsonl" {
			out = filepath.Join(t.TempDir(), "out")
		}
		peak, err := anonymousPeak(call("export", f.Name, "--data", data, "--out", out))
		if err != nil || peak > limit {
			t.Errorf("%s: %d MB of memory, %v", f.Name, peak>>20, err)
		}
		t.Logf("%s: %d MB of memory", f.Name, peak>>20)
	}

	s = serveSite(t, data)
	trickle := aByteASecond(t, s, "/api/v1/records.jsonl")
	r, err := http.Get(s.url + "/api/v1/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	begin := make([]byte, 1<<20)
	if _, err := io.ReadFull(r.Body, begin); err != nil {
		t.Fatal(err)
	}
	change(t, s)
	rest, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if string(begin)+string(rest) != readFile(t, whole) {
		t.Error("the export is not of the state before the changes")
	}
	for end := time.Now().Add(10 * time.Minute); !strings.Contains(s.logged.String(), "export broke off"); {
		if time.Now().After(end) {
			t.Fatalf("who read %d bytes is still served", trickle.Load())
		}
		fetched(t, s.url+"/api/v1/records?q="+fmt.Sprint(time.Now().UnixNano()))
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("cut off after %d bytes were read", trickle.Load())
}

// aByteASecond asks for a path and reads a byte of the answer each second until the test ends; read
// counts them.
func aByteASecond(t *testing.T, s *site, path string) (read *atomic.Int64) {
	t.Helper()
	address := strings.TrimPrefix(s.url, "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address); err != nil {
		t.Fatal(err)
	}
	read = &atomic.Int64{}
	go func() {
		for b := make([]byte, 1); ; time.Sleep(time.Second) {
			if _, err := c.Read(b); err != nil {
				return
			}
			read.Add(1)
		}
	}()
	return read
}
