package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	index "github.com/blevesearch/bleve_index_api"
	diff "github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// TestSameAsBleve asks random nodes of an index that changes the while and merges its
// segments, by bitmaps, columns and scorers as by Bleve's searchers, collector and doc
// values: both must find the same documents with the same scores in the same order and
// count the same values, whatever segments there are and what of them is deleted.
func TestSameAsBleve(t *testing.T) {
	pruned, sample, walked := prunedFrom, leastSample, walkedFrom
	defer func() { prunedFrom, leastSample, walkedFrom = pruned, sample, walked }()
	prunedFrom, leastSample, walkedFrom = 50, 20, 20
	random := rand.New(rand.NewPCG(1, 2))
	log := newLog("store")
	x, _ := openIndex(t, t.TempDir(), log)
	words := []string{"zebra", "lion", "giraffe", "elephant", "peace", "media", "школа", "диалог", "حوار", "媒体"}
	themes := taxonomy(t).Codes("theme")
	languages := []string{"en", "en", "en", "fr", "ru", "ar", "zh"}
	change := func() error {
		for range 1 + random.IntN(60) {
			text := ""
			for range 1 + random.IntN(6) {
				text += words[random.IntN(len(words))] + " "
			}
			e := entry(numbered(random.IntN(400)), catalog.Text{languages[random.IntN(len(languages))]: text}, themes[random.IntN(len(themes))], themes[random.IntN(len(themes))])
			e.Envelope.Added = time.Date(2020, 1, 1+random.IntN(100), 0, 0, 0, 0, time.UTC)
			if random.IntN(5) == 0 {
				e.Envelope.State = catalog.Withdrawn
			}
			for i := range random.IntN(4) {
				e.Record.Organizations = append(e.Record.Organizations, catalog.OrganizationRef{ID: fmt.Sprintf("t:o%d", random.IntN(200)), Name: catalog.Text{"en": fmt.Sprint("Office ", i)}})
			}
			log.put(e)
		}
		return x.Sync(t.Context(), nil)
	}
	for round := range 40 {
		changed := make(chan error)
		asked := rand.New(rand.NewPCG(uint64(round), 3))
		go func() {
			err := change()
			if round%10 == 9 {
				x.tidy(t.Context())
			}
			changed <- err
		}()
		sameAsBleve(t, x, round, func() node { return randomNode(asked, words, themes, 3) })
		if err := <-changed; err != nil {
			t.Fatal(err)
		}
	}
}

func sameAsBleve(t *testing.T, x *Index, round int, random func() node) {
	t.Helper()
	v, err := x.view()
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	for i := range 50 {
		n := random()
		if i%4 == 0 {
			sameHits(t, v, n)
		}
		want, err := numbers(t.Context(), v.reader, n)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.documents(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if !want.Equals(got) {
			t.Fatalf("round %d, node %d, %#v: by searcher %v, by sets %v", round, i, n, want, got)
		}
		for _, field := range []string{facetField("theme"), facetField("organization"), facetField("country")} {
			counts := map[string]int{}
			if err := v.tally(t.Context(), v.selection(got), field, counts); err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(byDocValues(t, v, n, field), counts); d != "" {
				t.Fatalf("round %d, node %d: %s of %#v (-doc values +columns):\n%s", round, i, field, n, d)
			}
		}
	}
}

// sameHits compares the hits of a node, page by page, with those of Bleve's collector: in
// each order the same ones, with scores that differ by no more than sums of the same
// numbers in another order do.
func sameHits(t *testing.T, v *view, n node) {
	t.Helper()
	all, err := v.selected(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	for o, byBleve := range map[order]search.SearchSort{
		byScore:                      &search.SortScore{Desc: true},
		{name: "newest"}:             &search.SortField{Field: addedField, Type: search.SortFieldAsString, Desc: true},
		{name: "title", title: "en"}: &search.SortField{Field: titleKeyField("en"), Type: search.SortFieldAsString},
	} {
		s, err := n.searcher(t.Context(), v.reader, search.SearcherOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.SetQueryNorm(1)
		collect := collector.NewTopNCollector(1000, 0, search.SortOrder{byBleve, &search.SortDocID{}})
		if err := collect.Collect(t.Context(), s, v.reader); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want := collect.Results()
		var got []placed
		var after *placed
		for {
			page, err := v.top(t.Context(), n, all, o, after, 17)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if len(page) < 17 {
				break
			}
			var ok bool
			if after, ok = o.at(o.key(&page[16]), page[16].id); !ok {
				t.Fatalf("%s: %+v cannot be gone on after", o.name, page[16])
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d hits, by Bleve %d, of %#v", o.name, len(got), len(want), n)
		}
		score := func(d *search.DocumentMatch) float64 { return d.Score }
		if o.scored() { // those of about the same score may be in another order
			near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(a, b) }
			slices.SortFunc(want, func(a, b *search.DocumentMatch) int {
				if near(score(a), score(b)) {
					return cmp.Compare(a.ID, b.ID)
				}
				return cmp.Compare(score(b), score(a))
			})
			slices.SortFunc(got, func(a, b placed) int {
				if near(a.score(), b.score()) {
					return cmp.Compare(a.id, b.id)
				}
				return cmp.Compare(b.score(), a.score())
			})
			for i := range got {
				if !near(got[i].score(), score(want[i])) {
					t.Fatalf("%s has the score %v, by Bleve %v, in %#v", got[i].id, got[i].score(), score(want[i]), n)
				}
			}
		}
		for i := range got {
			if got[i].id != want[i].ID {
				t.Fatalf("%s: hit %d is %s, by Bleve %s, of %#v", o.name, i, got[i].id, want[i].ID, n)
			}
		}
	}
}

// numbers are the documents that Bleve's searcher finds.
func numbers(ctx context.Context, r index.IndexReader, n node) (*roaring.Bitmap, error) {
	of := roaring.New()
	err := each(ctx, r, n, unscored, func(d *search.DocumentMatch) (bool, error) {
		of.Add(uint32(d.IndexInternalID.Value()))
		return true, nil
	})
	return of, err
}

func byDocValues(t *testing.T, v *view, n node, field string) map[string]int {
	t.Helper()
	reader, err := v.reader.DocValueReader([]string{field})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	err = each(context.Background(), v.reader, n, unscored, func(d *search.DocumentMatch) (bool, error) {
		return true, reader.VisitDocValues(d.IndexInternalID, func(_ string, value []byte) { counts[string(value)]++ })
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// randomNode is a node of at most so many levels.
func randomNode(random *rand.Rand, words, themes []string, levels int) node {
	several := func() (out []node) {
		for range 1 + random.IntN(4) {
			out = append(out, randomNode(random, words, themes, levels-1))
		}
		return out
	}
	word := func() string { return words[random.IntN(len(words))] }
	kinds := 10
	if levels > 1 {
		kinds = 18
	}
	switch random.IntN(kinds) {
	case 0:
		return everything{}
	case 1:
		return filter{term{facetField("theme"), themes[random.IntN(len(themes))], 1}} // no scores without norms
	case 2:
		return beginning{exactField("title", "en"), word()[:1+random.IntN(2)]}
	case 3:
		return between{facetField("organization"), "t:o1", "t:o3"}
	case 4:
		switch a, b := (term{exactField("title", "en"), word(), 1}), (term{exactField("title", "en"), word(), 1}); random.IntN(3) {
		case 0:
			return phrase{a.field, []string{a.text, b.text}, 1}
		case 1:
			n := near{[]term{a, b}, random.IntN(3)}
			return constant{remembered{func() node { return n }, fmt.Sprint(random.Uint64())}, random.Float64(), "near"}
		default:
			return constant{sequence{a, b, a}, random.Float64(), "one after the other"}
		}
	case 5:
		return constant{term{facetField("theme"), themes[random.IntN(len(themes))], 1}, random.Float64(), "it has the theme"}
	case 6, 7, 8, 9:
		language := catalog.Languages[random.IntN(len(catalog.Languages))]
		return term{exactField("title", language), word(), 0.5 + random.Float64()}
	case 10:
		return every(several()...)
	case 11:
		return anyOf(fieldTie, several()...)
	case 12:
		of := several()
		return someOf{of: of, least: 1 + random.IntN(len(of)), tie: 1}
	case 13:
		of := several()
		return someOf{of: of, least: 1 + random.IntN(len(of)), tie: 1, coordination: coordination}
	case 14:
		return lesser{randomNode(random, words, themes, levels-1), randomNode(random, words, themes, levels-1), organizationShare, "less"}
	case 15:
		return without{randomNode(random, words, themes, levels-1), randomNode(random, words, themes, levels-1)}
	case 16:
		return filter{randomNode(random, words, themes, levels-1)}
	default:
		return preferring{randomNode(random, words, themes, levels-1), randomNode(random, words, themes, levels-1)}
	}
}

// TestTidy merges segments of an index while it answers.
func TestTidy(t *testing.T) {
	log := newLog("store")
	x, _ := openIndex(t, t.TempDir(), log)
	for i, e := range generate(t, 60) {
		log.put(e)
		if i%10 == 9 {
			if err := x.Sync(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	before, err := x.view()
	if err != nil {
		t.Fatal(err)
	}
	defer before.close()
	if len(before.leaves) <= maxLarge {
		t.Skipf("Bleve has merged them already, into %d", len(before.leaves))
	}
	x.tidy(t.Context())
	v, err := x.view()
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	if len(v.leaves) != 1 {
		t.Errorf("there are %d segments", len(v.leaves))
	}
	mustAgree(t, x)
	everywhere, err := before.selected(t.Context(), everything{})
	if err != nil || everywhere.size() != 60 {
		t.Errorf("a search that began before has %d documents: %v", everywhere.size(), err)
	}
}

// TestNameStands looks for the name of a concept in a title.
func TestNameStands(t *testing.T) {
	far := "media " + strings.Repeat("and more of it ", 4) + "literacy" // 12 other words
	for _, c := range []struct {
		language, name, title string
		stands                bool
	}{
		{"en", "media literacy", "Literacy in the media", true},
		{"en", "media literacy", far, false},
		{"en", "training of trainers", "How we train trainers", true},
		{"en", "training of trainers", "Training for journalists", false},
		{"en", "out of work", "People who are out of work", true},
		{"en", "out of work", "Out of the works of a painter", false},
		{"es", "no violencia", "Por la no violencia", true},
		{"es", "no violencia", "La violencia no es la respuesta", false},
		{"fr", "camp d’été", "Des camps d'été", true},
		{"ar", "بين الأديان", "حوار بين الأديان", true},
		{"zh", "媒体素养", "青年媒体素养教育", true},
	} {
		x, _ := openIndex(t, t.TempDir(), newLog("store", entry("t:a", catalog.Text{c.language: c.title})))
		if err := x.Sync(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		v, err := x.view()
		if err != nil {
			t.Fatal(err)
		}
		found, err := v.count(t.Context(), newName(0, c.language, c.name).node("title", c.language))
		v.close()
		if err != nil || found > 0 != c.stands {
			t.Errorf("%s: %q is found %d times in %q: %v", c.language, c.name, found, c.title, err)
		}
	}
}
