package search

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// TestWords compares how texts are understood with testdata/words.golden.
func TestWords(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct {
		text   string
		typing bool
	}{
		{"Media-literacy for the young", false}, {"l'éducation aux médias", false}, {"las escuelas", false},
		{"образованию детей", false}, {"الحوار بين الأديان", false}, {"媒体素养教育 水", false}, {"UNESCO تعليم 2007", false},
		{"COVID疫情", false}, {"diálogo DIÁLOGO", false}, {"… ?! 🎉", false}, {"한국 こんにちは", false},
		{"human rig", true}, {"media l", true}, {"the", true}, {"媒体", true}, {"e\u0301cole", false},
	} {
		fmt.Fprintf(&b, "%s (typing %t)\n", c.text, c.typing)
		for _, w := range readWords(parse(c.text), c.typing) {
			fmt.Fprintf(&b, "\t%s optional=%t\n", w.text, w.optional)
			for _, f := range w.forms {
				fmt.Fprintf(&b, "\t\t%s", f.language)
				for _, t := range f.tokens {
					fmt.Fprintf(&b, " %s/%s", t.Exact, t.Stem)
				}
				if f.joined != nil {
					fmt.Fprintf(&b, " or %s/%s", f.joined.Exact, f.joined.Stem)
				}
				if f.prefix != "" {
					fmt.Fprintf(&b, " %s*", f.prefix)
				}
				b.WriteByte('\n')
			}
		}
	}
	golden(t, "words.golden", b.String())
}

// TestFragments compares cuts of texts with testdata/fragments.golden.
func TestFragments(t *testing.T) {
	log := newLog("store")
	long := strings.Repeat("Nothing of interest stands in this sentence. ", 12)
	for i, text := range []catalog.Text{
		{"en": "A short text with zebras."},
		{"en": long + "Here zebras are met by lions. " + long},
		{"en": "Zebras at the very beginning. " + long + long + "And lions at the very end."},
		{"en": long + "One zebra. " + long + "Two zebras and a lion. " + long},
		{"fr": strings.Repeat("Rien d’intéressant dans cette phrase. ", 9) + "Des zebras\n\net des lions."},
		{"zh": strings.Repeat("这句话里没有什么特别的内容。", 20) + "斑马在草原上。" + strings.Repeat("这句话里没有什么特别的内容。", 20)},
		{"ar": strings.Repeat("لا شيء هنا يهم أحدا. ", 20) + "حمارٌ مُخَطَّطٌ زيبرا zebras"},
		{"en": strings.Repeat("👩‍👩‍👧", 150) + " zebras " + strings.Repeat("👩🏽‍🚀e\u0301\u0302", 150)},
		{"en": "zebra" + strings.Repeat("\u0301", 5000) + " zebra " + strings.Repeat("x\u0301\u0302", 500)},
	} {
		e := entry(numbered(i), catalog.Text{"en": "title"})
		e.Record.Summary = text
		log.put(e)
	}
	x, _ := openIndex(t, t.TempDir(), log)
	r, err := x.Search(t.Context(), catalog.Query{Text: "zebra lions 斑马", Language: "en", Limit: 100, Sort: "newest"})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Relaxed) != 3 {
		t.Errorf("relaxed are %v", r.Relaxed)
	}
	var b strings.Builder
	for _, h := range r.Hits {
		for _, m := range h.Matches {
			fmt.Fprintf(&b, "%s %s %s: ", h.ID, m.Field, m.Language)
			length := 0
			for _, f := range m.Fragments {
				length += utf8.RuneCountInString(f.Text)
				if f.Text == "" || !utf8.ValidString(f.Text) {
					t.Errorf("%s has the fragment %q", h.ID, f.Text)
				}
				if first, _ := utf8.DecodeRuneInString(f.Text); unicode.Is(unicode.M, first) || first == '\u200d' {
					t.Errorf("%s has a fragment that begins within a character: %q", h.ID, f.Text)
				}
				if f.Hit {
					fmt.Fprintf(&b, "[%s]", f.Text)
				} else {
					b.WriteString(f.Text)
				}
			}
			if length > 3*fragmentSize {
				t.Errorf("%s has %d characters of fragments", h.ID, length)
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "fragments.golden", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); see whether that is meant, then run with -update:\n%s", name, diff)
	}
}

// TestHostile indexes and finds records with texts that no one would write.
func TestHostile(t *testing.T) {
	log := newLog("store")
	for i, s := range []string{
		strings.Repeat("a", 200_000), strings.Repeat("字", 60_000), strings.Repeat("ع", 100_000), strings.Repeat("щ", 100_000),
		strings.Repeat("l'", 100_000), strings.Repeat("\u0301", 100_000), strings.Repeat("ｶﾞ", 50_000), "\x00\x01\ufffd", strings.Repeat("a b ", 20_000),
		"<script>alert(1)</script>", "\u202eabc\u202c", strings.Repeat("👩‍👩‍👧", 10_000), string([]byte{0xff, 0xfe, 'a', 0xc3}),
	} {
		text := catalog.Text{}
		for _, l := range append(slices.Clone(catalog.Languages), "th") {
			text[l] = s + " zebras зебра 斑马"
		}
		e := entry(numbered(i), catalog.Text{"en": "zebras"})
		e.Record.Body, e.Record.Organizations = text, []catalog.OrganizationRef{{Name: text}}
		log.put(e)
	}
	x, _ := openIndex(t, t.TempDir(), newLog("store"))
	x.log = log
	batches := 0
	if err := x.Sync(t.Context(), func(uint64, uint64) { batches++ }); err != nil {
		t.Fatal(err)
	}
	if batches < 2 {
		t.Errorf("long texts were indexed in %d batch", batches)
	}
	for _, text := range []string{"zebras", "斑马", "script", strings.Repeat("a", 500), strings.Repeat("字", 500), "ガ"} {
		if _, err := x.Search(t.Context(), catalog.Query{Text: text, Language: "en", Limit: 100}); err != nil {
			t.Errorf("searching %.20q: %v", text, err)
		}
	}
	mustAgree(t, x)
}

// costly are the texts that took the longest of all that were tried: words that are none,
// each to be corrected; as many pairs of characters and as many phrases as fit in.
func costly() []string {
	mistyped, phrases := "", ""
	for i := range 50 {
		mistyped += fmt.Sprintf("%c%crestinla ", 'a'+i%26, 'a'+i*7%26)
		phrases += fmt.Sprintf(`"w%d" `, i)
	}
	return []string{mistyped[:catalog.MaxQuery], phrases, strings.Repeat("媒体素养教育项目为青年", 45), strings.Repeat("媒", catalog.MaxQuery), strings.Repeat("ab-", 166), strings.Repeat("title:media ", 41)}
}

// FuzzSearch asks for any text; nothing may fail or come back broken.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"", "media literacy", "الحوار بين الأديان", "媒体素养", "l'école", "диалог", "UNESCO تعليم", "\"a\" -b (c) d:e~2^3 *?", "\x00\xff", "ｶﾞﾊﾟ", "e\u0301\u0302", "👩‍👩‍👧 🏳️‍🌈",
		"a' b' '", "한국어", "ไทย", "İıſß", "٢٠٠٧", "ـــ", "\u200f\u202e",
	} {
		f.Add(s, true, "en")
		f.Add(s, false, "ar")
	}
	for _, s := range costly() {
		f.Add(s, true, "en")
		f.Add(s, false, "zh")
	}
	entries := generate(f, 60)
	for i, text := range []catalog.Text{{"ar": "حمارٌ مُخَطَّطٌ"}, {"ja": "ｶﾞﾊﾟ こんにちは"}, {"zh": "ｶﾞ字ｶﾞ"}, {"en": "it's e\u0301\u0302 👩‍👩‍👧"}, {"fr": "l'l'école"}, {"th": "ภาษาไทย"}} {
		entries = append(entries, entry(fmt.Sprintf("t:x%d", i), text))
	}
	x, _ := openIndex(f, f.TempDir(), newLog("store", entries...))
	f.Fuzz(func(t *testing.T, text string, typing bool, language string) {
		r, err := x.Search(t.Context(), catalog.Query{Text: text, Typing: typing, Language: language, Limit: 100, Facets: []string{"theme"}})
		if utf8.RuneCountInString(text) > catalog.MaxQuery {
			if catalog.CodeOf(err) != catalog.Invalid {
				t.Errorf("a text that is too long gave %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Hits) != min(r.Total, 100) {
			t.Errorf("%d hits of %d", len(r.Hits), r.Total)
		}
		suggested, err := x.Suggest(t.Context(), catalog.Query{Text: text, Language: language}, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range suggested.Of {
			if s.ID == "" || !slices.Contains(catalog.SuggestionKinds, s.Kind) {
				t.Errorf("suggested is %+v", s)
			}
		}
		for _, h := range r.Hits {
			for _, m := range h.Matches {
				for _, fragment := range m.Fragments {
					if fragment.Text == "" || !utf8.ValidString(fragment.Text) {
						t.Errorf("%s has the fragment %q", h.ID, fragment.Text)
					}
				}
			}
		}
	})
}
