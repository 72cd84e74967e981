package store

import (
	"fmt"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// BenchmarkSave stores pages of 100 new records of some 3 KB each, then the
// same again; BenchmarkOpen opens the result of 10,000.
func BenchmarkSave(b *testing.B) {
	for _, mode := range []string{"new", "unchanged"} {
		b.Run(mode, func(b *testing.B) {
			s := open(b, b.TempDir())
			template := record(b, "x", "title", day(0))
			template.Body = catalog.Text{"en": strings.Repeat("The same words over and over. ", 90)}
			saved := 0
			for b.Loop() {
				n := saved
				if mode == "unchanged" && saved > 0 {
					n = 0
				}
				if outcome := save(b, s, benchPage(template, n)); mode == "new" && outcome.New != benchPageSize {
					b.Fatal(outcome)
				}
				saved += benchPageSize
			}
			b.ReportMetric(float64(saved)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

const benchPageSize = 100

// benchPage has ids in an order that is not that of the store's keys, as real
// ones are.
func benchPage(template *catalog.Record, from int) catalog.Page {
	p := catalog.Page{Source: "s", Run: 1, State: catalog.Published, Time: day(0), Cursor: []byte("next")}
	for i := range benchPageSize {
		r := *template
		n := from + i
		r.ID = fmt.Sprintf("s:%05d-%d", n*7919%100_003, n)
		p.Records = append(p.Records, &r)
	}
	return p
}

func BenchmarkOpen(b *testing.B) {
	s := benchStore(b, 10_000)
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
	s := benchStore(b, 10_000)
	for b.Loop() {
		n := 0
		for _, err := range s.All(b.Context(), s.Head()) {
			check(b, err)
			n++
		}
		if n != 10_000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := benchStore(b, 10_000)
	for b.Loop() {
		sound(b, s)
	}
}

func benchStore(b *testing.B, records int) *Store {
	s := open(b, b.TempDir())
	template := record(b, "x", "title", day(0))
	template.Body = catalog.Text{"en": strings.Repeat("The same words over and over. ", 90)}
	for n := 0; n < records; n += benchPageSize {
		save(b, s, benchPage(template, n))
	}
	return s
}
