package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
)

// generate makes n records with texts of 130 words in one of the six languages
// and a translation of the title in some. Words have Zipf's frequencies; the
// facets have values as a real collection has, several at a time.
func generate(tb testing.TB, n int) []*catalog.Entry {
	tax := taxonomy(tb)
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.07, 8, 19_999)
	syllables := map[string][]string{
		"ar": strings.Fields("با تع لم حو را دي نا شب كت مد سل قر"), "zh": strings.Fields("教 育 媒 体 青 年 文 化 对 话 移 民 项 目"),
		"en": strings.Fields("ed uca tion me dia li ter acy you th pro ject"), "fr": strings.Fields("é du ca tion mé dia jeu nes se pro jet dia"),
		"ru": strings.Fields("об ра зо ва ние мо ло дё жь ди а лог"), "es": strings.Fields("e du ca ción me dios jó ve nes pro yec to di"),
	}
	text := func(l string, words int) string {
		var b strings.Builder
		s := syllables[l]
		for range words {
			if b.Len() > 0 && l != "zh" {
				b.WriteByte(' ')
			}
			for w := zipf.Uint64() + 1; w > 0; w /= uint64(len(s)) {
				b.WriteString(s[w%uint64(len(s))])
			}
		}
		return b.String()
	}
	some := func(dimension string, most int) []string {
		codes := tax.Codes(dimension)
		var out []string
		for range r.IntN(most + 1) {
			out = append(out, codes[int(float64(len(codes))*r.Float64()*r.Float64())])
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	entries := make([]*catalog.Entry, n)
	for i := range entries {
		l := catalog.Languages[r.IntN(6)]
		e := entry(numbered(i), catalog.Text{l: text(l, 8)})
		rec := &e.Record
		rec.Original, rec.Summary, rec.Body = l, catalog.Text{l: text(l, 30)}, catalog.Text{l: text(l, 90)}
		if i%4 == 0 {
			rec.Title["en"] = text("en", 8)
		}
		rec.Themes, rec.Fields, rec.Countries, rec.Audiences = some("theme", 3), some("field", 2), some("country", 3), some("audience", 3)
		rec.Regions = tax.Subregions(rec.Countries, nil)
		rec.Start = fmt.Sprint(1995 + r.IntN(30))
		rec.Status, rec.Scope, rec.Evidence = tax.Codes("status")[r.IntN(3)], tax.Codes("scope")[r.IntN(4)], tax.Codes("evidence")[r.IntN(4)]
		rec.Languages = []string{l}
		rec.Organizations = []catalog.OrganizationRef{{ID: fmt.Sprintf("t:org-%d", r.IntN(300)), Name: catalog.Text{l: text(l, 3)}}}
		e.Envelope.Added = start.Add(time.Duration(r.IntN(1e6)) * time.Minute)
		e.Envelope.Updated = e.Envelope.Added
		entries[i] = e
	}
	return entries
}

// BenchmarkSearch asks 10,000 records for the first 20 hits and all facets.
func BenchmarkSearch(b *testing.B) {
	entries := generate(b, 10_000)
	log := newLog("store", entries...)
	began := time.Now()
	x, _ := openIndex(b, b.TempDir(), log)
	b.Logf("indexed at %.0f records/s", float64(len(entries))/time.Since(began).Seconds())
	all := catalog.FacetNames(func(catalog.Facet) bool { return true })
	word := func(i, n int) string {
		for _, t := range entries[i].Record.Title {
			if words := strings.Fields(t); len(words) >= n {
				return strings.Join(words[:n], " ")
			}
			runes := []rune(t)
			return string(runes[:min(len(runes), 2*n)])
		}
		return ""
	}
	kinds := []struct {
		name string
		q    func(i int) catalog.Query
	}{
		{"browse", func(int) catalog.Query { return catalog.Query{} }},
		{"word", func(i int) catalog.Query { return catalog.Query{Text: word(i, 1)} }},
		{"words", func(i int) catalog.Query { return catalog.Query{Text: word(i, 3)} }},
		{"typing", func(i int) catalog.Query {
			w := []rune(word(i, 1))
			return catalog.Query{Text: string(w[:min(len(w), 2)]), Typing: true}
		}},
		{"filters", func(i int) catalog.Query {
			return catalog.Query{Filters: []catalog.Filter{{Facet: "theme", Values: []string{"dialogue", "media-literacy"}}, {Facet: "field", Values: []string{"media"}}}}
		}},
		{"words and filters", func(i int) catalog.Query {
			return catalog.Query{Text: word(i, 1), YearFrom: 2005, Filters: []catalog.Filter{{Facet: "theme", Values: []string{"dialogue"}}}}
		}},
	}
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			var took []time.Duration
			for i := range b.N {
				q := k.q(i % len(entries))
				q.Language, q.Limit, q.Facets, q.FacetLimit = catalog.Languages[i%6], 20, all, 20
				began := time.Now()
				if _, err := x.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			report(b, took)
		})
	}
	b.Run("matrix", func(b *testing.B) {
		var took []time.Duration
		for range b.N {
			began := time.Now()
			if _, err := x.Matrix(b.Context(), catalog.Query{}, "theme", "country"); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		report(b, took)
	})
}

// report adds the median and the 95th percentile in milliseconds.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 95} {
		b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
}
