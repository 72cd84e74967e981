package searchtest

import (
	"bufio"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"clearinghouse/catalog"
)

// Generator makes records in the six languages for tests of size and speed, of some 200
// words each. The words are those of the starter collection, from the most frequent one
// on, and as many again put together from two of them; they are drawn by a Zipf
// distribution, so that lengths, inflections and frequencies are about those of real
// text. The same seed gives the same records.
type Generator struct {
	*rand.Rand
	taxonomy *catalog.Taxonomy
	words    map[string][]string // language -> its words
	zipf     map[string]*rand.Zipf
}

// NewGenerator reads the words of the collection in the checkout whose top folder is root.
func NewGenerator(tb testing.TB, root string, seed uint64) *Generator {
	tb.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		tb.Fatal(err)
	}
	g := &Generator{rand.New(rand.NewPCG(seed, 1)), taxonomy, map[string][]string{}, map[string]*rand.Zipf{}}
	times := map[string]map[string]int{}
	for _, l := range catalog.Languages {
		times[l] = map[string]int{}
	}
	for _, r := range StarterRecords(tb, root) {
		for _, text := range []catalog.Text{r.Title, r.Summary, r.Body} {
			for _, l := range catalog.Languages {
				for _, w := range wordsOf(text[l], l) {
					times[l][w]++
				}
			}
		}
	}
	for _, l := range catalog.Languages {
		for w := range times[l] {
			g.words[l] = append(g.words[l], w)
		}
		real := len(g.words[l])
		if real < 1000 {
			tb.Fatalf("the starter collection has only %d words in %s", real, l)
		}
		slices.SortFunc(g.words[l], func(a, b string) int { return cmp.Or(cmp.Compare(times[l][b], times[l][a]), cmp.Compare(a, b)) })
		for i := range real {
			g.words[l] = append(g.words[l], g.words[l][real-1-i]+g.words[l][(i*7919)%real])
		}
		g.zipf[l] = rand.NewZipf(g.Rand, 1.07, 8, uint64(len(g.words[l])-1))
	}
	return g
}

// StarterRecords are those of the starter collection in the checkout whose top folder is root.
func StarterRecords(tb testing.TB, root string) []*catalog.Record {
	tb.Helper()
	files, err := filepath.Glob(root + "/indexer/starter/collection/*.jsonl")
	if err != nil || len(files) == 0 {
		tb.Fatal("no starter collection", err)
	}
	var out []*catalog.Record
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			r, err := catalog.DecodeRecord([]byte(line))
			if err != nil {
				tb.Fatalf("%s: %v", file, err)
			}
			out = append(out, r)
		}
	}
	return out
}

// wordsOf takes a text apart; Chinese, which has no blanks, by two characters.
func wordsOf(s, language string) []string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
	if language != "zh" {
		return words
	}
	var out []string
	for _, w := range words {
		runes := []rune(w)
		for i := 0; i+2 <= len(runes); i += 2 {
			out = append(out, string(runes[i:i+2]))
		}
	}
	return out
}

// Text is a text of n words, frequent ones more often.
func (g *Generator) Text(language string, n int) string {
	return g.text(language, n, g.zipf[language].Uint64)
}

// Words are n words as people look for: frequent and rare ones alike.
func (g *Generator) Words(language string, n int) string {
	return g.text(language, n, func() uint64 {
		return uint64(math.Pow(float64(len(g.words[language])), g.Float64())) - 1
	})
}

func (g *Generator) text(language string, n int, draw func() uint64) string {
	separator := " "
	if language == "zh" {
		separator = ""
	}
	words := make([]string, n)
	for i := range words {
		words[i] = g.words[language][draw()]
	}
	return strings.Join(words, separator)
}

// Some are from one to most codes of a dimension, each as often as the others.
func (g *Generator) Some(dimension string, most int) []string {
	codes := g.taxonomy.Codes(dimension)
	out := make([]string, 1+g.IntN(most))
	for i := range out {
		out[i] = codes[g.IntN(len(codes))]
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Record is a record with the id generated:i.
func (g *Generator) Record(i int) *catalog.Record {
	original := catalog.Languages[g.IntN(len(catalog.Languages))]
	languages := []string{original}
	if g.IntN(3) == 0 {
		languages = append(languages, catalog.Languages[g.IntN(len(catalog.Languages))])
	}
	r := &catalog.Record{
		ID: fmt.Sprintf("generated:%07d", i), Kind: g.Some("kind", 1)[0], Original: original,
		Title: catalog.Text{}, Summary: catalog.Text{}, Body: catalog.Text{},
		Fields: g.Some("field", 2), Themes: g.Some("theme", 3), Countries: g.Some("country", 3), Audiences: g.Some("audience", 2),
		Languages: languages, Status: g.Some("status", 1)[0], Evidence: g.Some("evidence", 1)[0], Scope: g.Some("scope", 1)[0],
		Start:         fmt.Sprintf("%d", 1990+g.IntN(36)),
		Organizations: []catalog.OrganizationRef{{Name: catalog.Text{original: g.Text(original, 3)}, URL: "https://example.org/", Role: "lead"}},
		Links:         []catalog.Link{{Rel: "example", URL: fmt.Sprintf("https://example.org/%d", i)}},
		URL:           fmt.Sprintf("https://example.org/%d", i),
		Provenance:    catalog.Provenance{Source: "generated"},
	}
	r.Regions = g.taxonomy.Subregions(r.Countries, nil)
	for _, l := range languages {
		r.Title[l] = g.Text(l, 4+g.IntN(5))
		r.Summary[l] = g.Text(l, 30+g.IntN(30))
		r.Body[l] = g.Text(l, 60+g.IntN(80))
	}
	return r
}

// WriteFile makes a JSON lines file of n records.
func (g *Generator) WriteFile(tb testing.TB, file string, n int) {
	tb.Helper()
	f, err := os.Create(file)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range n {
		w.Write(g.Record(i).JSON())
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}
