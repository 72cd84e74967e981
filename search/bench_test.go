package search

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	index "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"

	"clearinghouse/api"
	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
	"clearinghouse/search/searchtest"
	"clearinghouse/store"
)

// generate makes n entries in the six languages.
func generate(tb testing.TB, n int) []*catalog.Entry {
	g := searchtest.NewGenerator(tb, "..", 1)
	entries := make([]*catalog.Entry, n)
	for i := range entries {
		added := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(g.IntN(1e6)) * time.Minute)
		entries[i] = &catalog.Entry{Record: *g.Record(i), Envelope: catalog.Envelope{State: catalog.Published, Version: 1, Added: added, Updated: added}}
	}
	return entries
}

// benchIndex opens the index of a store with so many generated records. They are those in
// the folder BENCH_DIR, if that is set: it is filled once, and kept.
func benchIndex(b *testing.B, n int) *Index {
	x, _ := benchStore(b, n)
	return x
}

func benchStore(b *testing.B, n int) (*Index, *store.Store) {
	b.Helper()
	dir := b.TempDir()
	if kept := os.Getenv("BENCH_DIR"); kept != "" {
		dir = filepath.Join(kept, fmt.Sprintf("index-%d", n))
	}
	s, err := store.Open(filepath.Join(dir, "data"), "bench", taxonomy(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	g := searchtest.NewGenerator(b, "..", 1)
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for from := int(s.Head()); from < n; from += batchSize {
		page := catalog.Page{Source: "generated", State: catalog.Published, Time: start.Add(time.Duration(from) * time.Minute), Cursor: []byte("x")}
		for i := from; i < min(n, from+batchSize); i++ {
			page.Records = append(page.Records, g.Record(i))
		}
		if _, err := s.Save(b.Context(), page); err != nil {
			b.Fatal(err)
		}
	}
	x, _ := openIndex(b, filepath.Join(dir, "data", "index"), s)
	x.Prepare(b.Context())
	x.tidy(b.Context())
	if err := x.warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	return x, s
}

func benchRecords(b *testing.B) int {
	s := os.Getenv("BENCH_N")
	if s == "" {
		return 10_000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 100 {
		b.Fatalf("BENCH_N is %q, but must be a number of records from 100", s)
	}
	return n
}

// engineQuery is what both engines are asked: without concepts, and nothing relaxed.
type engineQuery struct {
	kind string
	n    node
	like string // a word that is to be found with one wrong letter
	in   string // its language
}

// plainWord matches a word in the texts of a language.
func plainWord(l, text string) node {
	for _, w := range readWords([]part{{text: text}}, false) {
		for _, f := range w.forms {
			if f.language != l {
				continue
			}
			var tokens []node
			for _, t := range f.tokens {
				stem, field := t.Stem, stemField
				if stem == "" {
					stem, field = t.Exact, exactField
				}
				var fields []node
				for _, f := range textFields {
					fields = append(fields, term{field(f.name, l), stem, f.weight})
				}
				tokens = append(tokens, anyOf(fieldTie, fields...))
			}
			return every(tokens...)
		}
	}
	return nothing{}
}

// engineQueries are a mix: one to three words, some with a filter, filters alone, the
// beginning of a word, and a word with a wrong letter.
func engineQueries(g *searchtest.Generator, n int) []engineQuery {
	out := make([]engineQuery, n)
	filters := func() catalog.Query {
		return catalog.Query{Filters: []catalog.Filter{{Facet: []string{"theme", "country", "field", "audience"}[g.IntN(4)], Values: nil}}}
	}
	for i := range out {
		l := catalog.Languages[g.IntN(len(catalog.Languages))]
		words := func(n int) node {
			var all []node
			for range n {
				text := g.Words(l, 1)
				if len(readWords([]part{{text: text}}, false)) == 0 {
					continue
				}
				all = append(all, plainWord(l, text))
			}
			if len(all) == 0 {
				return everything{}
			}
			return every(all...)
		}
		filter := func(n node) node {
			q := filters()
			q.Filters[0].Values = g.Some(q.Filters[0].Facet, 2)
			return filtered(n, q)
		}
		switch k := i % 20; {
		case k < 6:
			out[i] = engineQuery{kind: "one word", n: words(1)}
		case k < 10:
			out[i] = engineQuery{kind: "two words", n: words(2)}
		case k < 13:
			out[i] = engineQuery{kind: "three words", n: words(3)}
		case k < 16:
			out[i] = engineQuery{kind: "word and filter", n: filter(words(1))}
		case k < 17:
			out[i] = engineQuery{kind: "browse", n: everything{}}
		case k < 18:
			out[i] = engineQuery{kind: "filter", n: filter(everything{})}
		case k < 19:
			begins := []rune(analyze.Fold(g.Words(l, 1)))
			out[i] = engineQuery{kind: "beginning", n: constant{beginning{exactField("body", l), string(begins[:min(3, len(begins))])}, 1, ""}}
		default:
			out[i] = engineQuery{kind: "wrong letter", like: analyze.Fold(g.Words("en", 1)) + "x", in: "en"}
		}
	}
	return out
}

// bleveQuery is a node as Bleve's own index takes it.
type bleveQuery struct{ node }

func (q bleveQuery) Searcher(ctx context.Context, r index.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	s, err := q.searcher(ctx, r, o)
	if err == nil {
		s.SetQueryNorm(1)
	}
	return s, err
}

var engineFacets = []string{"theme", "field", "country", "region", "audience", "language"}

// BenchmarkEngine asks plain Bleve, with its own facets, and this engine the same
// queries, each for the first 20 hits and exact counts of six facets, one after the other.
func BenchmarkEngine(b *testing.B) {
	x := benchIndex(b, benchRecords(b))
	g := searchtest.NewGenerator(b, "..", 7)
	warming, queries := engineQueries(g, 1000), engineQueries(g, 200)
	v, err := x.view()
	if err != nil {
		b.Fatal(err)
	}
	defer v.close()
	facets, err := facetsOf(catalog.Query{Facets: engineFacets})
	if err != nil {
		b.Fatal(err)
	}
	type times struct{ bleve, own []time.Duration }
	by := map[string]*times{"all": {}}
	for _, asked := range [][]engineQuery{warming, queries} {
		for i, q := range asked {
			began := time.Now()
			total, first, counts := askBleve(b, x, v, q)
			bleveTook := time.Since(began)
			began = time.Now()
			ownTotal, ownFirst, ownCounts := askOwn(b, v, q, facets)
			ownTook := time.Since(began)
			if total != ownTotal || !slices.Equal(first, ownFirst) {
				b.Fatalf("%s: %d %v and %d %v, of %#v", q.kind, total, first, ownTotal, ownFirst, q.n)
			}
			for name, of := range counts {
				for value, n := range of {
					if ownCounts[name][value] != n {
						b.Fatalf("%s: %d and %d are %s %s, of %#v", q.kind, n, ownCounts[name][value], name, value, q.n)
					}
				}
			}
			if &asked[i] == &warming[i] {
				continue
			}
			if by[q.kind] == nil {
				by[q.kind] = &times{}
			}
			for _, t := range []*times{by["all"], by[q.kind]} {
				t.bleve, t.own = append(t.bleve, bleveTook), append(t.own, ownTook)
			}
		}
	}
	out := &strings.Builder{}
	fmt.Fprintf(out, "%-16s %8s %24s %24s %8s\n", "", "queries", "Bleve p50/p95/p99 ms", "own p50/p95/p99 ms", "ratio")
	for _, kind := range []string{"one word", "two words", "three words", "word and filter", "filter", "browse", "beginning", "wrong letter", "all"} {
		t := by[kind]
		fmt.Fprintf(out, "%-16s %8d %24s %24s %8.1f\n", kind, len(t.own), percentiles(t.bleve), percentiles(t.own), ratio(t.bleve, t.own))
	}
	fmt.Printf("\n%d records, %d segments\n%s", benchRecords(b), len(v.leaves), out) // b.Log cuts it
	b.ReportMetric(ratio(by["all"].bleve, by["all"].own), "times-bleve")
}

func askBleve(b *testing.B, x *Index, v *view, q engineQuery) (total int, first []string, counts map[string]map[string]int) {
	b.Helper()
	n := q.n
	if q.like != "" {
		n = likeNode(b, v, q)
	}
	var by search.SearchSort = &search.SortScore{Desc: true}
	if q.kind == "browse" || q.kind == "filter" {
		by = &search.SortField{Field: addedField, Type: search.SortFieldAsString, Desc: true}
	}
	found, err := plainSearch(b.Context(), x, n, by, 20, engineFacets, 20)
	if err != nil {
		b.Fatal(err)
	}
	for _, hit := range found.Hits {
		first = append(first, hit.ID)
	}
	counts = map[string]map[string]int{}
	for name, f := range found.Facets {
		counts[name] = map[string]int{}
		for _, t := range f.Terms.Terms() {
			counts[name][t.Term] = t.Count
		}
	}
	return int(found.Total), first, counts
}

// plainSearch is Bleve's own: the first hits by an order and then by id, and its facets.
func plainSearch(ctx context.Context, x *Index, n node, by search.SearchSort, limit int, facets []string, values int) (*bleve.SearchResult, error) {
	r := bleve.NewSearchRequestOptions(bleveQuery{n}, limit, 0, false)
	r.SortByCustom(search.SortOrder{by, &search.SortDocID{}})
	for _, name := range facets {
		r.AddFacet(name, bleve.NewFacetRequest(facetField(name), values))
	}
	return x.live.index.SearchInContext(ctx, r)
}

func likeNode(b *testing.B, v *view, q engineQuery) node {
	b.Helper()
	var all []node
	field := exactField("body", q.in)
	if err := v.like(b.Context(), field, q.like, 1, func(text string, _ int) { all = append(all, term{field, text, 1}) }); err != nil {
		b.Fatal(err)
	}
	return anyOf(0, all...)
}

func askOwn(b *testing.B, v *view, q engineQuery, facets []catalog.Facet) (total int, first []string, counts map[string]map[string]int) {
	b.Helper()
	defer v.arena.release() // as at the end of a search
	n, o := q.n, byScore
	if q.like != "" {
		n = likeNode(b, v, q)
	}
	if q.kind == "browse" || q.kind == "filter" {
		o = order{name: "newest"}
	}
	all, err := v.selected(b.Context(), n)
	if err != nil {
		b.Fatal(err)
	}
	hits, counts, err := v.answer(b.Context(), n, n, all, o, nil, catalog.Query{Limit: 20}, facets)
	if err != nil {
		b.Fatal(err)
	}
	for _, hit := range hits[:min(20, len(hits))] {
		first = append(first, hit.id)
	}
	return all.size(), first, counts
}

// BenchmarkSearch asks as users do: with all languages, concepts, typing errors, marks and
// all facets.
func BenchmarkSearch(b *testing.B) {
	x := benchIndex(b, benchRecords(b))
	g := searchtest.NewGenerator(b, "..", 8)
	all := catalog.FacetNames(func(catalog.Facet) bool { return true })
	for _, kind := range []string{"words", "phrase of a text", "words and filter", "browse", "typing", "suggestions", "similar", "coverage"} {
		b.Run(kind, func(b *testing.B) {
			var took []time.Duration
			for i := range b.N * 700 {
				l := catalog.Languages[g.IntN(len(catalog.Languages))]
				q := catalog.Query{Language: l, Sort: "relevance", Limit: 20, FacetLimit: 20, Facets: all}
				switch kind {
				case "browse":
				case "phrase of a text":
					q.Text = g.Text(l, 2+g.IntN(5))
				default:
					q.Text = g.Words(l, 1+g.IntN(3))
				}
				if kind == "words and filter" || kind == "browse" && i%2 == 0 {
					q.Filters = []catalog.Filter{{Facet: "theme", Values: g.Some("theme", 1)}}
				}
				if kind == "typing" || kind == "suggestions" {
					q.Typing = true
					typed := []rune(q.Text)
					q.Text = string(typed[:1+g.IntN(len(typed))])
				}
				var err error
				began := time.Now()
				switch kind {
				case "suggestions":
					_, err = x.Suggest(b.Context(), q, 5)
				case "similar":
					_, err = x.Similar(b.Context(), fmt.Sprintf("generated:%07d", g.IntN(benchRecords(b))), l, 6)
				case "coverage":
					_, err = x.Matrix(b.Context(), q, "theme", "country")
				default:
					_, err = x.Search(b.Context(), q)
				}
				if err != nil {
					b.Fatal(err)
				}
				if i >= b.N*200 { // after some warming
					took = append(took, time.Since(began))
				}
			}
			fmt.Printf("%-20s p50/p95/p99 ms %s\n", kind, percentiles(took))
		})
	}
}

// BenchmarkLevers asks what users type, of each part of the engine with and without it.
func BenchmarkLevers(b *testing.B) {
	x := benchIndex(b, benchRecords(b))
	g := searchtest.NewGenerator(b, "..", 21)
	v, err := x.view()
	if err != nil {
		b.Fatal(err)
	}
	defer v.close()
	facets, err := facetsOf(catalog.Query{Facets: engineFacets})
	if err != nil {
		b.Fatal(err)
	}
	kept := v.cache
	type times struct{ with, without []time.Duration }
	of := map[string]*times{}
	measure := func(warm bool, name string, with, without func() error) {
		took := [2]time.Duration{}
		order := []int{0, 1}
		if g.IntN(2) == 0 {
			order = []int{1, 0}
		}
		for _, k := range order {
			began := time.Now()
			if err := []func() error{with, without}[k](); err != nil {
				b.Fatal(err)
			}
			took[k] = time.Since(began)
		}
		if of[name] == nil {
			of[name] = &times{}
		}
		if warm {
			of[name].with, of[name].without = append(of[name].with, took[0]), append(of[name].without, took[1])
		}
	}
	uncached := func(f func() error) func() error {
		return func() error {
			v.cache = &cache{}
			v.cache.keep(v.reader, v.leaves)
			v.cache.most = 0
			defer func() { v.cache = kept }()
			return f()
		}
	}
	ctx := b.Context()
	forgetting := func(f func() error) func() error {
		return func() error {
			found, segments, size := x.known.facts, kept.segments, kept.size
			x.known.facts, kept.segments = facts{map[int]float64{}, map[conceptIn]int{}}, map[uint64]*keptOf{}
			for id, of := range segments {
				kept.segments[id] = &keptOf{size: of.size, impacts: maps.Clone(of.impacts), names: map[string]*roaring.Bitmap{}}
			}
			defer func() { x.known.facts, kept.segments, kept.size = found, segments, size }()
			return f()
		}
	}
	for i := range 600 {
		v.arena.release()
		warm := i >= 200
		l := catalog.Languages[g.IntN(len(catalog.Languages))]
		typed := []rune(g.Words(l, 1))
		begun := catalog.Query{Language: l, Text: string(typed[:1+g.IntN(len(typed))])}
		suggesting := func() error { _, err := x.Suggest(ctx, begun, 5); return err }
		measure(warm, "concepts known, of suggestions", suggesting, forgetting(suggesting))
		q := catalog.Query{Language: l, Sort: "relevance", Limit: 20, Text: g.Words(l, 1+g.IntN(3))}
		var p plan
		planning := func() (err error) { p, err = x.plan(ctx, v, q); return err }
		if err := planning(); err != nil {
			b.Fatal(err)
		}
		measure(warm, "sets kept, of planning", planning, uncached(planning))
		all, err := v.selected(ctx, p.matching)
		if err != nil {
			b.Fatal(err)
		}
		n := practicesFirst(p.text)
		var hits []placed
		scoring := func() (err error) { hits, err = v.top(ctx, n, all, byScore, nil, 20); return err }
		if err := scoring(); err != nil {
			b.Fatal(err)
		}
		measure(warm, "postings kept, of scoring", scoring, uncached(scoring))
		measure(warm, "chunks skipped, of scoring", uncached(scoring), func() error {
			defer func(mode uint32) { chunkMode = mode }(chunkMode)
			chunkMode = 0
			return uncached(scoring)()
		})
		measure(warm, "pruning, of scoring", scoring, func() error { _, err := v.top(ctx, n, all, byScore, &placed{}, 20); return err })
		measure(warm, "scorers, of scoring", scoring, func() error { return bleveHits(ctx, v, n) })
		measure(warm, "columns, of six facets", func() error { _, err := v.facets(ctx, n, all, catalog.Query{}, facets); return err }, func() error {
			_, err := plainSearch(ctx, x, n, &search.SortScore{Desc: true}, 0, engineFacets, 20)
			return err
		})
		chosen, err := v.selected(ctx, filtered(everything{}, catalog.Query{Filters: []catalog.Filter{{Facet: "theme", Values: g.Some("theme", 1)}}}))
		if err != nil {
			b.Fatal(err)
		}
		browsing := func() error { _, err := v.top(ctx, everything{}, chosen, order{name: "newest"}, nil, 20); return err }
		measure(warm, "order known, of browsing", browsing, func() error {
			defer func(from int) { walkedFrom = from }(walkedFrom)
			walkedFrom = math.MaxInt
			return browsing()
		})
		want := x.vocabulary().wantedTerms(p.words, p.concepts)
		shown := roaring.New()
		for _, f := range hits {
			shown.Add(v.number(f))
		}
		marking := func(anywhere bool) func() error {
			return func() error {
				if err := x.stand(ctx, v, want, shown); err != nil {
					return err
				}
				for _, w := range want {
					for field := range w.standing {
						if anywhere {
							w.standing[field] = shown
						}
					}
				}
				for _, f := range hits {
					x.matches(f.id, v.number(f), p, want, l)
				}
				return nil
			}
		}
		measure(warm, "where words stand, of marks", marking(false), marking(true))
		for _, u := range p.concepts {
			name := x.vocabulary().concepts[u.concept].named("summary", l)
			measure(warm, "places, of finding names", uncached(func() error { _, err := v.documents(ctx, name); return err }), func() error { _, err := numbers(ctx, v.reader, name); return err })
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		t := of[name]
		fmt.Printf("%-30s with %24s without %24s times %6.1f\n", name, percentiles(t.with), percentiles(t.without), ratio(t.without, t.with))
	}
}

// bleveHits are the first hits as Bleve finds them.
func bleveHits(ctx context.Context, v *view, n node) error {
	s, err := n.searcher(ctx, v.reader, search.SearcherOptions{})
	if err != nil {
		return err
	}
	defer s.Close()
	s.SetQueryNorm(1)
	return collector.NewTopNCollector(20, 0, search.SortOrder{&search.SortScore{Desc: true}, &search.SortDocID{}}).Collect(ctx, s, v.reader)
}

// plainEngine answers with Bleve's collector and facets: what it is asked in the reader's
// language alone, or all that this engine understands of it.
type plainEngine struct {
	*Index
	whole bool
}

func (x plainEngine) Search(ctx context.Context, q catalog.Query) (catalog.Results, error) {
	text, err := x.text(ctx, q)
	if err != nil {
		return catalog.Results{}, err
	}
	found, err := plainSearch(ctx, x.Index, filtered(text, q), &search.SortScore{Desc: true}, q.Limit, q.Facets, q.FacetLimit)
	if err != nil {
		return catalog.Results{}, err
	}
	out := catalog.Results{Snapshot: x.Snapshot(), Total: int(found.Total), Facets: map[string][]catalog.FacetCount{}}
	for _, hit := range found.Hits {
		out.Hits = append(out.Hits, catalog.Hit{ID: hit.ID, Score: hit.Score})
	}
	for name, f := range found.Facets {
		for _, t := range f.Terms.Terms() {
			out.Facets[name] = append(out.Facets[name], catalog.FacetCount{Value: t.Term, Count: t.Count})
		}
	}
	return out, nil
}

func (x plainEngine) text(ctx context.Context, q catalog.Query) (node, error) {
	if x.whole {
		v, err := x.view()
		if err != nil {
			return nil, err
		}
		defer v.close()
		p, err := x.plan(ctx, v, q)
		return practicesFirst(p.text), err
	}
	var all []node
	for _, w := range strings.Fields(q.Text) {
		all = append(all, plainWord(q.Language, w))
	}
	return every(all...), nil
}

// BenchmarkHTTP asks the API over eight connections: different queries of plain Bleve, which
// marks nothing and corrects nothing, and of this engine, and one again and again.
func BenchmarkHTTP(b *testing.B) {
	x, s := benchStore(b, benchRecords(b))
	g := searchtest.NewGenerator(b, "..", 12)
	var queries []string
	for range 4000 {
		l := catalog.Languages[g.IntN(len(catalog.Languages))]
		queries = append(queries, "/api/v1/records?lang="+l+"&q="+url.QueryEscape(strings.Join(strings.Fields(g.Words(l, 1+g.IntN(3))), " ")))
	}
	rate := map[string]float64{}
	for _, of := range []struct {
		name    string
		engine  api.Engine
		queries []string
		times   int
	}{
		{"Bleve, one language", plainEngine{x, false}, queries[:400], 1},
		{"Bleve, the same", plainEngine{x, true}, queries[:200], 1},
		{"own", x, queries, 1},
		{"again", x, queries[:1], 40_000},
	} {
		h, err := api.New(api.Options{
			Store: s, Engine: of.engine, Taxonomy: x.taxonomy, Log: slog.New(slog.DiscardHandler), Version: "bench",
			Sources: func() ([]catalog.SourceInfo, error) { return nil, nil }, SourceName: func(string) string { return "" }, Ready: func() (bool, string) { return true, "" },
		})
		if err != nil {
			b.Fatal(err)
		}
		server := httptest.NewServer(h)
		var next atomic.Int64
		var took [8][]time.Duration
		var work errgroup.Group
		began := time.Now()
		for i := range took {
			work.Go(func() error {
				connection, err := net.Dial("tcp", server.Listener.Addr().String())
				if err != nil {
					return err
				}
				defer connection.Close()
				reader := bufio.NewReader(connection)
				for {
					n := int(next.Add(1)) - 1
					if n >= len(of.queries)*of.times {
						return nil
					}
					asked := time.Now()
					// Go's client takes as long as the server does for what it has kept
					if _, err := fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n", of.queries[n%len(of.queries)]); err != nil {
						return err
					}
					answer, err := http.ReadResponse(reader, nil)
					if err != nil {
						return err
					}
					_, err = io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
					if err != nil || answer.StatusCode != http.StatusOK {
						return fmt.Errorf("%s: %d %w", of.queries[n%len(of.queries)], answer.StatusCode, err)
					}
					took[i] = append(took[i], time.Since(asked))
				}
			})
		}
		if err := work.Wait(); err != nil {
			b.Fatal(err)
		}
		server.Close()
		rate[of.name] = float64(next.Load()) / time.Since(began).Seconds()
		fmt.Printf("%-20s %10.0f requests/s, p50/p95/p99 ms %s\n", of.name, rate[of.name], percentiles(slices.Concat(took[:]...)))
	}
	b.ReportMetric(rate["own"]/rate["Bleve, the same"], "times-bleve")
	b.ReportMetric(rate["own"]/rate["Bleve, one language"], "times-one-language")
	b.ReportMetric(rate["again"], "again/s")
}

// BenchmarkChange changes one record after another and measures until it is found.
func BenchmarkChange(b *testing.B) {
	x, s := benchStore(b, benchRecords(b))
	ctx, cancel := context.WithCancel(b.Context())
	following := make(chan error, 1)
	go func() { following <- x.Follow(ctx) }()
	g := searchtest.NewGenerator(b, "..", 13)
	var took []time.Duration
	for i := range 100 {
		r := g.Record(g.IntN(benchRecords(b)))
		r.Title = catalog.Text{"en": fmt.Sprintf("Unheard%dof%d", i, time.Now().UnixNano())} // another one in a folder that is kept
		r.Original = "en"
		began := time.Now()
		if _, err := s.Save(b.Context(), catalog.Page{Source: "generated", State: catalog.Published, Time: began, Cursor: []byte("x"), Records: []*catalog.Record{r}}); err != nil {
			b.Fatal(err)
		}
		for {
			found, err := x.Search(b.Context(), catalog.Query{Text: r.Title["en"], Language: "en", Limit: 1})
			if err != nil {
				b.Fatal(err)
			}
			if found.Total > 0 && found.Hits[0].ID == r.ID {
				break
			}
			if time.Since(began) > 10*time.Second {
				b.Fatalf("%s is not found", r.ID)
			}
		}
		took = append(took, time.Since(began))
	}
	cancel()
	<-following
	fmt.Printf("changed record found after p50/p95/p99 ms %s\n", percentiles(took))
}

// BenchmarkRebuild asks while the index is built anew beside, and without.
func BenchmarkRebuild(b *testing.B) {
	x := benchIndex(b, benchRecords(b))
	g := searchtest.NewGenerator(b, "..", 14)
	ask := func(while func() bool) (took []time.Duration) {
		for while() {
			l := catalog.Languages[g.IntN(len(catalog.Languages))]
			q := catalog.Query{Text: g.Words(l, 1+g.IntN(3)), Language: l, Limit: 20, FacetLimit: 20, Facets: engineFacets}
			began := time.Now()
			if _, err := x.Search(b.Context(), q); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
			time.Sleep(10 * time.Millisecond) // readers do not ask all the time
		}
		return took
	}
	left := 1500
	alone := ask(func() bool { left--; return left > 0 })
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- x.Rebuild(b.Context(), nil) }()
	var err error
	beside := ask(func() bool {
		select {
		case err = <-done:
			return false
		default:
			return true
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("rebuilt at %.0f records/s; searches alone p50/p95/p99 ms %s, beside %s\n", float64(benchRecords(b))/time.Since(began).Seconds(), percentiles(alone), percentiles(beside))
}

// percentiles are the 50th, 95th and 99th in milliseconds.
func percentiles(took []time.Duration) string {
	sorted := slices.Sorted(slices.Values(took))
	at := func(share float64) string {
		ms := float64(sorted[int(share*float64(len(sorted)-1))].Microseconds()) / 1000
		return strconv.FormatFloat(ms, 'g', 3, 64)
	}
	return at(0.5) + " " + at(0.95) + " " + at(0.99)
}

// ratio is the geometric mean of how many times as long the first took as the second.
func ratio(slow, fast []time.Duration) float64 {
	sum := 0.0
	for i := range slow {
		sum += math.Log(float64(slow[i]) / float64(fast[i]))
	}
	return math.Exp(sum / float64(len(slow)))
}
