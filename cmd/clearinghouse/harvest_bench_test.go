package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/search/searchtest"
)

// BenchmarkHarvest measures ten times BENCH_N records (100,000 without it) of
// each of the formats that large sources speak, from a server on this machine:
// how many a second are harvested, stored and can be found, what share of the
// time parsing (with fetching), storing and indexing take, and how much anonymous memory the
// program takes at most, beside that for a tenth of the records.
func BenchmarkHarvest(b *testing.B) {
	n := 10 * benchRecords(b)
	for _, format := range []string{"jsonl", "oaipmh", "table"} {
		b.Run(format, func(b *testing.B) {
			few, _ := served(b, format, n/10)
			file, source := served(b, format, n)
			for range b.N {
				h, err := (&program{data: filepath.Join(b.TempDir(), "data")}).open("pull")
				if err != nil {
					b.Fatal(err)
				}
				store := &timed{Store: h.store}
				harvest := harvestInto(b, source, store)
				began := time.Now()
				if err := h.index.Sync(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
				index := time.Since(began)
				if err := h.close(); err != nil {
					b.Fatal(err)
				}
				all := harvest + index
				b.ReportMetric(float64(n)/all.Seconds(), "records/s")
				for name, part := range map[string]time.Duration{"parse-%": harvest - store.saving, "store-%": store.saving, "index-%": index} {
					b.ReportMetric(100*part.Seconds()/all.Seconds(), name)
				}
				small, large := pullPeak(b, few), pullPeak(b, file)
				b.ReportMetric(float64(large)/1e6, "MB-anon")
				b.ReportMetric(float64(large)/float64(small), "anon-ratio-10x")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// timed adds up how long its store takes to save.
type timed struct {
	indexer.Store
	saving time.Duration
}

func (t *timed) Save(ctx context.Context, p catalog.Page) (catalog.Outcome, error) {
	began := time.Now()
	defer func() { t.saving += time.Since(began) }()
	return t.Store.Save(ctx, p)
}

func harvestInto(b *testing.B, s *indexer.Source, store indexer.Store) time.Duration {
	b.Helper()
	t, err := taxonomy()
	if err != nil {
		b.Fatal(err)
	}
	r := indexer.NewRunner(store, t, indexer.Options{})
	defer r.Close()
	began := time.Now()
	if run, err := r.Pull(b.Context(), s, indexer.Wish{}); err != nil || !run.Complete {
		b.Fatalf("%+v, %v", run, err)
	}
	return time.Since(began)
}

// pullPeak pulls in a process of its own and returns the most anonymous memory
// that it was seen to have, in bytes.
func pullPeak(b *testing.B, file string) int {
	b.Helper()
	data := filepath.Join(b.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "sources", "bench.yaml"), []byte(file), 0o644); err != nil {
		b.Fatal(err)
	}
	c := call("pull", "--data", data)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	peak, err := anonymousPeak(c)
	if err != nil {
		b.Fatalf("%v: %s", err, out.Bytes())
	}
	return peak
}

func anonymousPeak(c *exec.Cmd) (peak int, err error) {
	if err := c.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	for {
		select {
		case err := <-done:
			return peak, err
		case <-time.After(50 * time.Millisecond):
			peak = max(peak, anonymous(c.Process.Pid))
		}
	}
}

// anonymous is how much memory of its own a process has, in bytes: without the files that
// are mapped into it. It is 0 where the system does not tell.
func anonymous(process int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(line, "RssAnon:"); is {
			kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return kib * 1024
		}
	}
	return 0
}

// served is a source of n generated records: its file and what it describes.
func served(b *testing.B, format string, n int) (file string, s *indexer.Source) {
	b.Helper()
	var handler http.HandlerFunc
	switch format {
	case "jsonl":
		name := filepath.Join(b.TempDir(), "generated.jsonl")
		searchtest.NewGenerator(b, root, 1).WriteFile(b, name, n)
		handler = func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }
	case "table":
		name := filepath.Join(b.TempDir(), "generated.csv")
		writeTable(b, name, n)
		handler = func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }
	case "oaipmh":
		handler = repository(b, n)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		handler(w, r)
	}))
	b.Cleanup(server.Close)
	file = fmt.Sprintf("id: generated\nname: Generated\nformat: %s\naddress: %s/%s\nlanguage: en\ntrusted: true\nprivate_addresses: true\nmax_size: 4GB\nconstants: {kind: initiative}\n", format, server.URL, format)
	if format == "table" {
		file += "table:\n  id: id\n  columns: {title: title, summary: summary, body: body, countries: countries, themes: themes, start: start, url: url, organizations.lead: organisation}\n"
	}
	t, err := taxonomy()
	if err != nil {
		b.Fatal(err)
	}
	if s, err = indexer.ParseSource("bench.yaml", []byte(file), t); err != nil {
		b.Fatal(err)
	}
	return file, s
}

func writeTable(b *testing.B, name string, n int) {
	b.Helper()
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	g := searchtest.NewGenerator(b, root, 1)
	w := csv.NewWriter(f)
	w.Write([]string{"id", "title", "summary", "body", "countries", "themes", "start", "url", "organisation"})
	for i := range n {
		r := g.Record(i)
		l := r.Original
		w.Write([]string{strconv.Itoa(i), r.Title[l], r.Summary[l], r.Body[l], strings.Join(r.Countries, ";"), strings.Join(r.Themes, ";"), r.Start, r.URL, r.Organizations[0].Name[l]})
	}
	if w.Flush(); w.Error() != nil {
		b.Fatal(w.Error())
	}
}

const recordsPerPage = 100

// repository answers OAI-PMH requests with n generated records.
func repository(b *testing.B, n int) http.HandlerFunc {
	g := searchtest.NewGenerator(b, root, 1)
	const stamp = "2026-11-24T10:00:00Z"
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		out := bufio.NewWriter(w)
		defer out.Flush()
		fmt.Fprintf(out, `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>%s</responseDate>`, stamp)
		defer io.WriteString(out, "</OAI-PMH>")
		if r.FormValue("verb") == "Identify" {
			fmt.Fprintf(out, `<request verb="Identify">x</request><Identify><repositoryName>Generated</repositoryName><baseURL>http://%s/oaipmh</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>a@b.example</adminEmail><earliestDatestamp>2026-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>`, r.Host)
			return
		}
		from, _ := strconv.Atoi(r.FormValue("resumptionToken"))
		io.WriteString(out, `<request verb="ListRecords">x</request><ListRecords>`)
		to := min(n, from+recordsPerPage)
		for i := from; i < to; i++ {
			record := g.Record(i)
			l := record.Original
			fmt.Fprintf(out, `<record><header><identifier>oai:generated:%d</identifier><datestamp>%s</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">`, i, stamp)
			for name, value := range map[string]string{"title": record.Title[l], "description": record.Summary[l] + "\n\n" + record.Body[l], "date": record.Start, "language": l, "identifier": record.URL, "publisher": record.Organizations[0].Name[l]} {
				fmt.Fprintf(out, "<dc:%s>", name)
				xml.EscapeText(out, []byte(value))
				fmt.Fprintf(out, "</dc:%s>", name)
			}
			io.WriteString(out, `</oai_dc:dc></metadata></record>`)
		}
		if to < n {
			fmt.Fprintf(out, `<resumptionToken completeListSize="%d" cursor="%d">%d</resumptionToken>`, n, from, to)
		} else {
			io.WriteString(out, `<resumptionToken/>`)
		}
		io.WriteString(out, `</ListRecords>`)
	}
}
