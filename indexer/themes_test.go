package indexer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

func embedded(t testing.TB) *catalog.Taxonomy {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return taxonomy
}

// measure counts how well codes are found again.
type measure struct{ n, given, right int }

func (m *measure) add(want, have []string, code string) {
	w, h := slices.Contains(want, code), slices.Contains(have, code)
	if w {
		m.n++
	}
	if h {
		m.given++
	}
	if w && h {
		m.right++
	}
}

func (m measure) String() string {
	ratio := func(a, b int) string {
		if b == 0 {
			return "   –"
		}
		return fmt.Sprintf("%.2f", float64(a)/float64(b))
	}
	return fmt.Sprintf("%4d %s %s", m.n, ratio(m.right, m.given), ratio(m.right, m.n))
}

// labelled are records with the codes that are to be found again.
type labelled struct {
	*catalog.Record
	themes, fields []string
}

// measured gives the figures of the rules on texts, for all languages together and for English
// alone.
func measured(taxonomy *catalog.Taxonomy, records []labelled) []byte {
	themes := newThemer(taxonomy)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-24s %-16s %-16s\n%-24s %4s %4s %4s  %4s %4s %4s\n", "", "all languages", "English", "", "n", "prec", "rec", "n", "prec", "rec")
	for _, dimension := range []string{"theme", "field"} {
		var sum, sumEnglish measure
		per := map[string]*[2]measure{}
		for _, code := range taxonomy.Codes(dimension) {
			per[code] = &[2]measure{}
		}
		for _, r := range records {
			for _, l := range catalog.Languages {
				if r.Title[l] == "" || r.Summary[l] == "" {
					continue
				}
				one := &catalog.Record{Title: catalog.Text{l: r.Title[l]}, Summary: catalog.Text{l: r.Summary[l]}, Body: catalog.Text{l: r.Body[l]}, Practice: map[string]catalog.Text{}}
				for part, text := range r.Practice {
					one.Practice[part] = catalog.Text{l: text[l]}
				}
				themes.assign(one)
				want, have := r.themes, one.Themes
				if dimension == "field" {
					want, have = r.fields, one.Fields
				}
				for _, code := range taxonomy.Codes(dimension) {
					per[code][0].add(want, have, code)
					sum.add(want, have, code)
					if l == "en" {
						per[code][1].add(want, have, code)
						sumEnglish.add(want, have, code)
					}
				}
			}
		}
		for _, code := range taxonomy.Codes(dimension) {
			fmt.Fprintf(&b, "%-24s %s  %s\n", code, per[code][0], per[code][1])
		}
		fmt.Fprintf(&b, "%-24s %s  %s\n\n", "every "+dimension, sum, sumEnglish)
	}
	return b.Bytes()
}

// TestThemes measures the rules on the starter collection: each language of each
// record that has themes is a text of its own. Names and rules are tuned on one
// half of the records only, so that the other says how they do on texts that
// nobody looked at.
func TestThemes(t *testing.T) {
	taxonomy := embedded(t)
	files, err := filepath.Glob("starter/collection/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no collection", err)
	}
	var records []labelled
	for _, file := range files {
		eachLine(t, file, func(line []byte) {
			r := &catalog.Record{}
			if err := json.Unmarshal(line, r); err != nil {
				t.Fatal(err)
			}
			if len(r.Themes) > 0 {
				records = append(records, labelled{r, r.Themes, r.Fields})
			}
		})
	}
	var out []byte
	for _, half := range []struct {
		title string
		rest  uint32
	}{{"The half that names and rules were tuned on: the FNV-1a hash of the id is even", 0}, {"The half that was held out: it is odd", 1}} {
		out = fmt.Appendf(out, "%s\n", half.title)
		out = append(out, measured(taxonomy, slices.DeleteFunc(slices.Clone(records), func(r labelled) bool { return hashOf(r.ID)%2 != half.rest }))...)
	}
	out = append(append(out, "Both\n"...), measured(taxonomy, records)...)
	compareGolden(t, "themes.golden", append(out, unrelated(t, taxonomy)...))
}

func hashOf(id string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()
}

// unrelated counts the texts of testdata/unrelated.tsv, which are about other
// things, that get a theme all the same, and lists them with the reason.
func unrelated(t *testing.T, taxonomy *catalog.Taxonomy) []byte {
	themes := newThemer(taxonomy)
	n, wrong := 0, 0
	var list bytes.Buffer
	eachLine(t, "testdata/unrelated.tsv", func(line []byte) {
		cells := strings.Split(string(line), "\t")
		if len(cells) != 3 {
			t.Fatalf("%q: want language, title and summary", line)
		}
		r := &catalog.Record{Title: catalog.Text{cells[0]: cells[1]}, Summary: catalog.Text{cells[0]: cells[2]}}
		themes.assign(r)
		n++
		if len(r.Themes) > 0 {
			wrong++
		}
		for _, a := range r.Assigned {
			if taxonomy.Has("theme", a.Code) {
				fmt.Fprintf(&list, "  %s: %s: %s\n", cells[1], a.Code, a.Why)
			}
		}
	})
	return append(fmt.Appendf(nil, "texts about other things: %d, with a theme: %d\n", n, wrong), list.Bytes()...)
}

// TestThemesOnFacts logs the figures for other texts, those on which the rules
// were tried while they were written.
func TestThemesOnFacts(t *testing.T) {
	taxonomy := embedded(t)
	files, _ := filepath.Glob("../../shared/facts/*.jsonl")
	if len(files) == 0 {
		t.Skip("the facts are not beside this checkout")
	}
	var records []labelled
	for _, file := range files {
		eachLine(t, file, func(line []byte) {
			var f struct {
				Name           catalog.Text
				Themes, Fields []string
				Facts          []struct{ About, Fact string }
			}
			if err := json.Unmarshal(line, &f); err != nil {
				t.Fatal(err)
			}
			var summary, body []string
			for i, fact := range f.Facts {
				if i < 3 {
					summary = append(summary, fact.Fact)
				} else {
					body = append(body, fact.Fact)
				}
			}
			if f.Name["en"] == "" || len(f.Themes) == 0 {
				return
			}
			records = append(records, labelled{&catalog.Record{
				Title: catalog.Text{"en": f.Name["en"]}, Summary: catalog.Text{"en": strings.Join(summary, ".\n")}, Body: catalog.Text{"en": strings.Join(body, ".\n")},
			}, f.Themes, f.Fields})
		})
	}
	t.Logf("\n%s", measured(taxonomy, records))
}

func eachLine(t testing.TB, file string, do func([]byte)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		do(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestClauses: the words of a name stand in one clause; names whose words are
// parted, as in a list, do not count.
func TestClauses(t *testing.T) {
	themes := newThemer(embedded(t))
	for _, c := range []struct {
		language, text string
		want           bool
	}{
		{"en", "It works on media education in schools", true}, {"en", "It works on youth, media, education and migration", false},
		{"en", "It works on media (education is another field)", false}, {"en", "media-education", true},
		{"ar", "التربية الإعلامية في المدارس", true}, {"ar", "التربية، الإعلامية", false}, {"zh", "青年媒介素养课", true}, {"zh", "媒介、素养", false},
	} {
		found := slices.ContainsFunc(themes.find(c.language, c.text), func(h hit) bool { return themes.signs[h.sign].ID == "theme:media-literacy" })
		if found != c.want {
			t.Errorf("media literacy in %q: %v", c.text, found)
		}
	}
}

// TestThemesAreShared: sources that are loaded together read the concepts once, and
// a source's own rules stay its own.
func TestThemesAreShared(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a": "themes: rules\n", "b": "themes: rules\n", "c": "themes: rules\nrules:\n  - words: [press card]\n    themes: [journalist-training]\n",
	} {
		file := "id: " + name + "\nname: X\nformat: jsonl\naddress: https://x.example/\n" + text
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := LoadSources(dir, embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	if sources[0].normaliser.themes() != sources[1].normaliser.themes() {
		t.Error("two sources have concepts of their own")
	}
	text := catalog.Text{"en": "Media literacy, and how to get a press card"}
	for i, want := range []int{1, 1, 2} {
		r := &catalog.Record{Title: text}
		if sources[i].normaliser.assign(r); len(r.Themes) != want {
			t.Errorf("%s gives %v", sources[i].ID, r.Assigned)
		}
	}
}

// FuzzThemer never panics, and gives a reason that quotes the text for every code.
func FuzzThemer(f *testing.F) {
	for _, s := range []string{"", "Media literacy, and how to get a press card", "محو الأمية الإعلامية والحوار بين الأديان", "跨文化对话与媒体素养", "\xff", "training training journalists journalists"} {
		for i := range catalog.Languages {
			f.Add(s, uint8(i))
		}
	}
	themes := newThemer(embedded(f))
	f.Fuzz(func(t *testing.T, s string, language uint8) {
		r := &catalog.Record{Summary: catalog.Text{catalog.Languages[int(language)%len(catalog.Languages)]: s}}
		themes.assign(r)
		if len(r.Assigned) != len(r.Themes)+len(r.Fields) {
			t.Errorf("%d codes, %d reasons", len(r.Themes)+len(r.Fields), len(r.Assigned))
		}
		for _, a := range r.Assigned {
			quoted, _, _ := strings.Cut(strings.TrimPrefix(a.Why, "“"), "”")
			if !strings.Contains(s, quoted) {
				t.Errorf("%s is given because of %s, which %q has not", a.Code, a.Why, s)
			}
		}
	})
}
