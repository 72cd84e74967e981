package analyze

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// stem is that of a word, or those of its parts.
func stem(language, word string) string {
	var stems []string
	for _, t := range Words(language, word) {
		if n := len(stems); n == 0 || t.Position != 1 {
			stems = append(stems, t.Stem)
		}
		if t.End == len(word) && t.Start == 0 {
			return t.Stem
		}
	}
	return strings.Join(stems, " ")
}

// TestPairs: words that must meet have the same stems, and words that must not have
// others. Each language has a table in testdata/pairs: same or apart, two words, why.
// testdata/pairs.golden says how many are right and which are not.
func TestPairs(t *testing.T) {
	var table, wrong strings.Builder
	for _, l := range Languages {
		if l == Other {
			continue
		}
		body, err := os.ReadFile(filepath.Join("testdata", "pairs", l+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		all, right := map[string]int{}, map[string]int{}
		for line := range strings.Lines(string(body)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if len(f) != 4 || f[0] != "same" && f[0] != "apart" {
				t.Fatalf("%s: %q must be same or apart, two words and a reason", l, line)
			}
			all[f[0]]++
			if a, b := stem(l, f[1]), stem(l, f[2]); (a == b) == (f[0] == "same") {
				right[f[0]]++
			} else {
				fmt.Fprintf(&wrong, "%s %s %s %s (%s): %s, %s\n", l, f[1], f[0], f[2], f[3], a, b)
			}
		}
		fmt.Fprintf(&table, "%s same %d of %d, apart %d of %d\n", l, right["same"], all["same"], right["apart"], all["apart"])
	}
	golden(t, "pairs.golden", table.String()+"\n"+wrong.String())
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update if it is better:\n%s", name, diff)
	}
}

// TestArabicStems compares with a corpus of Arabic words and their stems (Lakhdar
// Benzahia, BSD 2-Clause) if it lies beside the project: of the pairs of words with one
// stem there, how many have one here (recall), and of those with one here, how many there
// (precision).
func TestArabicStems(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "arabic_stems", "golden_corpus_arabic.json"))
	if os.IsNotExist(err) {
		t.Skip("the corpus ../shared/data/arabic_stems is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	var words []struct{ Root, Stem, Word string }
	if err := json.Unmarshal(body, &words); err != nil {
		t.Fatal(err)
	}
	var there, here, both float64
	for i, a := range words {
		for _, b := range words[:i] {
			if Fold(a.Word) == Fold(b.Word) {
				continue
			}
			same, ours := a.Stem == b.Stem, stem("ar", a.Word) == stem("ar", b.Word)
			if same {
				there++
			}
			if ours {
				here++
			}
			if same && ours {
				both++
			}
		}
	}
	golden(t, "arabic_stems.golden", fmt.Sprintf("words %d\nrecall %.3f\nprecision %.3f\n", len(words), both/there, both/here))
}

// FuzzWords: any text is divided, and every token lies in it.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"inter-faith l’éducation", "وبالإعلام", "媒體Ａ２素養", "мoлoдёжь O.N.U.", "a\xffb-c", "\u0301", "１２－３"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range Languages {
			last := 0
			for _, token := range Words(l, text) {
				if token.Exact == "" || token.Start < 0 || token.Start >= token.End || token.End > token.StemEnd || token.StemEnd > len(text) || token.Position < last {
					t.Fatalf("%s: %+v of %q", l, token, text)
				}
				last = token.Position
				if again := Fold(token.Exact); again != token.Exact {
					t.Fatalf("%s: %q folds to %q", l, token.Exact, again)
				}
			}
		}
	})
}
