package catalog

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateLikeness = flag.Bool("update-likeness", false, "write testdata/likeness.golden anew")

// TestLikeness measures pairs of which a person has said whether they are the
// same: variants of titles as other sources write them, and pairs that only look
// alike.
func TestLikeness(t *testing.T) {
	data, err := os.ReadFile("testdata/likeness.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	type pair struct {
		Same  bool   `json:"same"`
		Case  string `json:"case"`
		A, B  Record
		score float64
	}
	var pairs []pair
	for line := range strings.Lines(string(data)) {
		var p pair
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		p.A.Kind, p.B.Kind = "initiative", "initiative"
		var reasons []string
		p.score, reasons = Likeness(&p.A, &p.B)
		if back, _ := Likeness(&p.B, &p.A); back != p.score {
			t.Errorf("%v and %v: %v one way, %v the other", p.A.Title, p.B.Title, p.score, back)
		}
		if len(reasons) == 0 {
			t.Errorf("%v and %v: no reason", p.A.Title, p.B.Title)
		}
		pairs = append(pairs, p)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%d pairs\nfrom  found  right  precision  recall\n", len(pairs))
	for _, from := range []float64{0.4, 0.5, 0.55, ProposeFrom, 0.6, 0.65, 0.7, 0.8, 0.9} {
		same, found, right := 0, 0, 0
		for _, p := range pairs {
			if p.Same {
				same++
			}
			if p.score >= from {
				found++
				if p.Same {
					right++
				}
			}
		}
		fmt.Fprintf(&out, "%.2f  %5d  %5d  %9.2f  %6.2f\n", from, found, right, float64(right)/float64(found), float64(right)/float64(same))
	}
	cases := map[string][2]int{}
	for _, p := range pairs {
		c := cases[p.Case]
		if c[1]++; (p.score >= ProposeFrom) == p.Same {
			c[0]++
		}
		cases[p.Case] = c
	}
	var lines []string
	for name, c := range cases {
		lines = append(lines, fmt.Sprintf("%-13s %d of %d right", name, c[0], c[1]))
	}
	slices.Sort(lines)
	fmt.Fprintf(&out, "\nfrom %.2f\n%s\n\nwrong\n", ProposeFrom, strings.Join(lines, "\n"))
	for _, p := range pairs {
		if (p.score >= ProposeFrom) != p.Same {
			fmt.Fprintf(&out, "%.2f %s: %s | %s\n", p.score, p.Case, anyTitle(p.A), anyTitle(p.B))
		}
	}
	if *updateLikeness {
		if err := os.WriteFile("testdata/likeness.golden", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/likeness.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("testdata/likeness.golden differs (run with -update-likeness if that is right):\n%s", diff)
	}
}

func anyTitle(r Record) string {
	title, _ := r.Title.Choose("en", "")
	return title
}
