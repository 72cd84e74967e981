package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// TestSkip reads terms of many and of few documents, in chunks of all sizes, for random ones of
// the documents: each posting must be what reading one after the other gives.
func TestSkip(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	x, err := bleve.NewUsing(t.TempDir(), bleve.NewIndexMapping(), scorch.Name, scorch.Name, config())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	batch := x.NewBatch()
	for i := range 9000 {
		text := "all"
		for every := 2; every < 3000; every *= 3 {
			for range random.IntN(3) {
				if random.IntN(every) == 0 {
					text += fmt.Sprintf(" of%d", every)
				}
			}
		}
		if err := batch.Index(fmt.Sprintf("%05d", i), map[string]string{"text": text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Batch(batch); err != nil {
		t.Fatal(err)
	}
	advanced, err := x.Advanced()
	if err != nil {
		t.Fatal(err)
	}
	r, err := advanced.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := leaves(r)
	if err != nil || len(all) != 1 {
		t.Fatalf("there are %d segments, %v", len(all), err)
	}
	dictionary, err := all[0].segment.Dictionary("text")
	if err != nil {
		t.Fatal(err)
	}
	skipped := 0
	for _, term := range []string{"all", "of2", "of6", "of18", "of54", "of162", "of486", "of1458"} {
		for _, places := range []bool{false, true} {
			postings, err := dictionary.PostingsList([]byte(term), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := map[uint64]string{}
			var have []uint64
			for it := postings.Iterator(true, true, places, nil); ; {
				p, err := it.Next()
				if err != nil {
					t.Fatal(err)
				}
				if p == nil {
					break
				}
				want[p.Number()] = shownPosting(p)
				have = append(have, p.Number())
			}
			for range 200 {
				some := all[0].skip(postings, places)
				if some.own != nil {
					skipped++
				}
				step := 1 + random.Uint64N(4000)
				for d := random.Uint64N(step); d < uint64(all[0].size); d += 1 + random.Uint64N(step) {
					p, err := some.to(d)
					if err != nil {
						t.Fatal(err)
					}
					at, _ := slices.BinarySearch(have, d)
					if at == len(have) {
						if p != nil {
							t.Fatalf("%s: after %d there is %s", term, d, shownPosting(p))
						}
						break
					}
					if p == nil || shownPosting(p) != want[have[at]] {
						t.Fatalf("%s: from %d on there is %v, not %s", term, d, p, want[have[at]])
					}
					d = p.Number()
				}
			}
		}
	}
	if skipped == 0 {
		t.Error("nothing was skipped: has the form of the segments changed?")
	}
}

func shownPosting(p segment.Posting) string {
	out := fmt.Sprint(p.Number(), p.Frequency(), p.Norm())
	for _, l := range p.Locations() {
		out += fmt.Sprint(" ", l.Pos())
	}
	return out
}
