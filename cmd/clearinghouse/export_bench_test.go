package main

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
)

// tally counts what is written.
type tally struct{ n int }

func (c *tally) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

// BenchmarkExport writes all of the generated records in each format: MB/s, how many times as
// long it takes as reading the store alone, over HTTP the time to the first byte, and how much
// memory of its own a process takes for it.
func BenchmarkExport(b *testing.B) {
	n := benchRecords(b)
	dir := b.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "generated.jsonl")
	searchtest.NewGenerator(b, root, 1).WriteFile(b, file, n)
	importGenerated(b, data, file)
	b.Run("memory", func(b *testing.B) {
		for range b.N {
			for _, f := range export.Formats {
				c := exec.Command(buildProgram(b), "export", f.Name, "--data", data, "--out", filepath.Join(dir, "out."+f.Name))
				peak, err := anonymousPeak(c)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(peak)/1e6, f.Name+"-MB")
			}
			b.ReportMetric(0, "ns/op")
		}
	})
	s := serveSite(b, data)
	q := catalog.Query{Language: "en"}
	var reading time.Duration
	for range 2 { // the first time the file is not in memory
		began := time.Now()
		for entry, err := range s.house.store.All(b.Context(), s.house.store.Head()) {
			if err != nil || entry.Record.ID == "" {
				b.Fatal(err)
			}
		}
		reading = time.Since(began)
	}
	for _, f := range export.Formats {
		b.Run(f.Name, func(b *testing.B) {
			for range b.N {
				set, err := export.Select(b.Context(), s.house.store, s.house.index, q)
				if err != nil {
					b.Fatal(err)
				}
				set.Time, set.Taxonomy = time.Now(), s.house.taxonomy
				out := &tally{}
				began := time.Now()
				if err := f.Write(out, set); err != nil || set.Total != n {
					b.Fatal(set.Total, err)
				}
				took := time.Since(began)
				asked := time.Now()
				r, err := http.Get(s.url + "/api/v1/records." + f.Name)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(r.Body, make([]byte, 1)); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(time.Since(asked).Microseconds())/1000, "ms-first-byte")
				r.Body.Close()
				b.ReportMetric(float64(out.n)/1e6/took.Seconds(), "MB/s")
				b.ReportMetric(took.Seconds()/reading.Seconds(), "x-reading")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}
