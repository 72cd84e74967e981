package store

import (
	"fmt"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// BenchmarkSave stores pages of records of some 3 KB each, with two pages by which
// they can be known, in a store of 10,000 of them: new ones, known ones with
// another content, and known ones as they are.
func BenchmarkSave(b *testing.B) {
	for _, size := range []int{100, 500} {
		for _, mode := range []string{"new", "changed", "unchanged"} {
			b.Run(fmt.Sprintf("%s/%d", mode, size), func(b *testing.B) {
				s := benchStore(b)
				template := benchRecord(b)
				saved := 0
				for b.Loop() {
					from := saved % benchRecords
					switch mode {
					case "new":
						from = benchRecords + saved
					case "changed":
						template.Summary = catalog.Text{"en": fmt.Sprint("Changed ", saved)}
					}
					outcome := save(b, s, benchPage(template, from, size))
					if have := map[string]int{"new": outcome.New, "changed": outcome.Changed, "unchanged": outcome.Unchanged}[mode]; have != size {
						b.Fatalf("%+v", outcome)
					}
					saved += size
				}
				b.ReportMetric(float64(saved)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

// benchRecords is how many records the store of a benchmark has.
const benchRecords = 10_000

func benchRecord(b *testing.B) *catalog.Record {
	r := record(b, "x", "title", day(0))
	r.Body = catalog.Text{"en": strings.Repeat("The same words over and over. ", 90)}
	return r
}

// benchPage has ids in an order that is not that of the store's keys, as real
// ones are.
func benchPage(template *catalog.Record, from, size int) catalog.Page {
	p := catalog.Page{Source: "s", Run: 1, State: catalog.Published, Time: day(0), Cursor: []byte("next")}
	for n := from; n < from+size; n++ {
		r := *template
		r.ID = fmt.Sprintf("s:%05d-%d", n*7919%100_003, n)
		r.URL = fmt.Sprintf("https://www.example.org/programmes/%d?lang=en", n)
		r.Links = []catalog.Link{{Rel: "homepage", URL: fmt.Sprintf("https://programme-%d.example.org/about", n)}}
		p.Records = append(p.Records, &r)
	}
	return p
}

func BenchmarkOpen(b *testing.B) {
	s := benchStore(b)
	dir := s.dir
	check(b, s.Close())
	taxonomy := taxonomy(b)
	for b.Loop() {
		s, err := Open(dir, "serve", taxonomy)
		check(b, err)
		check(b, s.Close())
	}
}

func BenchmarkAll(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		n := 0
		for _, err := range s.All(b.Context(), s.Head()) {
			check(b, err)
			n++
		}
		if n != benchRecords {
			b.Fatal(n)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		sound(b, s)
	}
}

func benchStore(b *testing.B) *Store {
	s := open(b, b.TempDir())
	template := benchRecord(b)
	for n := 0; n < benchRecords; n += 500 {
		save(b, s, benchPage(template, n, 500))
	}
	return s
}
