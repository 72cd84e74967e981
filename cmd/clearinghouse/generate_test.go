package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"clearinghouse/catalog"
)

// generator makes records in the six languages for tests of size and speed: the
// words are those of the starter collection, drawn by a Zipf distribution, so
// that lengths, inflections and frequencies are those of real text. The same
// seed gives the same records.
type generator struct {
	taxonomy *catalog.Taxonomy
	words    map[string][]string // language -> its words in order of appearance
	rand     *rand.Rand
	zipf     map[string]*rand.Zipf
}

func newGenerator(tb testing.TB, seed uint64) *generator {
	tb.Helper()
	t, err := taxonomy()
	if err != nil {
		tb.Fatal(err)
	}
	g := &generator{t, map[string][]string{}, rand.New(rand.NewPCG(seed, 1)), map[string]*rand.Zipf{}}
	seen := map[string]bool{}
	for _, r := range starterRecords(tb) {
		for _, text := range []catalog.Text{r.Title, r.Summary, r.Body} {
			for _, l := range catalog.Languages {
				for _, w := range wordsOf(text[l], l) {
					if !seen[l+w] {
						seen[l+w] = true
						g.words[l] = append(g.words[l], w)
					}
				}
			}
		}
	}
	for _, l := range catalog.Languages {
		if len(g.words[l]) < 100 {
			tb.Fatalf("the starter collection has only %d words in %s", len(g.words[l]), l)
		}
		g.zipf[l] = rand.NewZipf(g.rand, 1.07, 8, uint64(len(g.words[l])-1))
	}
	return g
}

func starterRecords(tb testing.TB) []*catalog.Record {
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

func (g *generator) text(language string, n int) string {
	separator := " "
	if language == "zh" {
		separator = ""
	}
	words := make([]string, n)
	for i := range words {
		words[i] = g.words[language][g.zipf[language].Uint64()]
	}
	return strings.Join(words, separator)
}

func (g *generator) some(dimension string, most int) []string {
	codes := g.taxonomy.Codes(dimension)
	out := make([]string, 1+g.rand.IntN(most))
	for i := range out {
		out[i] = codes[g.rand.IntN(len(codes))]
	}
	return out
}

func (g *generator) record(i int) *catalog.Record {
	original := catalog.Languages[g.rand.IntN(len(catalog.Languages))]
	languages := []string{original}
	if g.rand.IntN(3) == 0 {
		languages = append(languages, catalog.Languages[g.rand.IntN(len(catalog.Languages))])
	}
	r := &catalog.Record{
		ID: fmt.Sprintf("generated:%07d", i), Kind: g.some("kind", 1)[0], Original: original,
		Title: catalog.Text{}, Summary: catalog.Text{}, Body: catalog.Text{},
		Fields: g.some("field", 2), Themes: g.some("theme", 3), Countries: g.some("country", 3), Audiences: g.some("audience", 2),
		Languages: languages, Status: g.some("status", 1)[0], Evidence: g.some("evidence", 1)[0], Scope: g.some("scope", 1)[0],
		Start:         fmt.Sprintf("%d", 1990+g.rand.IntN(36)),
		Organizations: []catalog.OrganizationRef{{Name: catalog.Text{original: g.text(original, 3)}, URL: "https://example.org/", Role: "lead"}},
		Links:         []catalog.Link{{Rel: "example", URL: fmt.Sprintf("https://example.org/%d", i)}},
		URL:           fmt.Sprintf("https://example.org/%d", i),
		Provenance:    catalog.Provenance{Source: "generated"},
	}
	for _, l := range languages {
		r.Title[l] = g.text(l, 4+g.rand.IntN(5))
		r.Summary[l] = g.text(l, 30+g.rand.IntN(30))
		r.Body[l] = g.text(l, 60+g.rand.IntN(80))
	}
	return r
}

// write makes a JSON lines file of n records.
func (g *generator) write(tb testing.TB, file string, n int) {
	tb.Helper()
	f, err := os.Create(file)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range n {
		w.Write(g.record(i).JSON())
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}
