package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		text             Text
		reader, original string
		want             string
	}{
		{Text{"ar": "ا", "en": "a", "fr": "b"}, "fr", "ar", "fr"},
		{Text{"ar": "ا", "en": "a"}, "fr", "ar", "en"},
		{Text{"ar": "ا", "ru": "я"}, "fr", "ru", "ru"}, // never the alphabet's first
		{Text{"ar": "ا", "de": "d"}, "fr", "", "ar"},
		{Text{"sw": "s", "de": "d"}, "fr", "", "de"},
		{Text{"fr": "", "en": "a"}, "fr", "fr", "en"},
		{nil, "fr", "en", ""},
		{Text{"en-US": "a", "ar": "ا"}, "en", "ar", "en-US"},
		{Text{"en-GB": "a", "ar": "ا"}, "fr", "ar", "en-GB"},
		{Text{"zh-Hant": "字", "en": "a"}, "zh", "en", "zh-Hant"},
	} {
		if _, have := c.text.Choose(c.reader, c.original); have != c.want {
			t.Errorf("%v for %s, original %s: %q, want %q", c.text, c.reader, c.original, have, c.want)
		}
	}
}

func TestNewID(t *testing.T) {
	long := strings.Repeat("x", 300)
	seen := map[string]bool{}
	for native, want := range map[string]string{
		"abraham-path":         "s:abraham-path",
		"a:b~c.d_e":            "s:a:b~c.d_e",
		"Alpha jane.doe@x.org": "s:", "jane(at)x.org": "s:", "JANE AT X DOT ORG": "s:", "jane＠x.org": "s:", "a@b": "s:",
		"a b": "", "a-b": "s:a-b", "مبادرة": "", "": "", long: "", "/": "", "//": "",
	} {
		id := NewID("s", native)
		if want == "s:" { // nothing is shown of it
			if !regexp.MustCompile(`^s:[0-9a-f]{20}$`).MatchString(id) {
				t.Errorf("NewID(%q) = %q shows what it is made of", native, id)
			}
		} else if want != "" && id != want {
			t.Errorf("NewID(%q) = %q, want %q", native, id, want)
		}
		if source, _, ok := SplitID(id); !ok || source != "s" {
			t.Errorf("NewID(%q) = %q is not an id", native, id)
		}
		if seen[id] {
			t.Errorf("NewID(%q) = %q is another's", native, id)
		}
		seen[id] = true
	}
}

// TestRecords takes each file of testdata/records through decoding, cleaning
// and validation, and compares with the golden file beside it: the canonical
// record, or the reasons why it is refused, and what makes it incomplete.
func TestRecords(t *testing.T) {
	taxonomy := embedded(t)
	files, err := filepath.Glob("testdata/records/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var have strings.Builder
			r, err := DecodeRecord(data)
			if err != nil {
				have.WriteString("not decoded: " + err.Error() + "\n")
			} else {
				r.Clean(taxonomy)
				for _, reason := range r.Validate(taxonomy) {
					have.WriteString("refused: " + reason.Code + ": " + reason.Message + "\n")
				}
				for _, reason := range r.Incomplete() {
					have.WriteString("incomplete: " + reason.Code + "\n")
				}
				for _, l := range r.Stale() {
					have.WriteString("stale: " + l + "\n")
				}
				have.Write(r.JSON())
				have.WriteByte('\n')
			}
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(have.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), have.String()); diff != "" {
				t.Errorf("(-want +have):\n%s", diff)
			}
		})
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[string]string{"ar": "rtl", "ar-Latn": "ltr", "pa-Arab": "rtl", "pa": "ltr", "fa": "rtl", "he": "rtl", "ur": "rtl", "zh-Hant": "ltr", "en": "ltr", "": "ltr", "no tag": "ltr"} {
		if have := Direction(tag); have != want {
			t.Errorf("%q is written %s, want %s", tag, have, want)
		}
	}
}

// TestTooMuch: sizes that no file of cases should hold.
func TestTooMuch(t *testing.T) {
	taxonomy := embedded(t)
	base := func() *Record {
		return &Record{ID: "s:1", Kind: "resource", Title: Text{"en": "A"}, Provenance: Provenance{Source: "s"}}
	}
	for name, change := range map[string]func(*Record){
		"title":         func(r *Record) { r.Title["en"] = strings.Repeat("a", 1<<20) },
		"organizations": func(r *Record) { r.Organizations = make([]OrganizationRef, 50_000) },
		"audiences":     func(r *Record) { r.Audiences = strings.Split(strings.Repeat("students,", 10)+"x", ",") },
		"languages": func(r *Record) {
			for i := range 50_000 {
				r.Languages = append(r.Languages, strings.Repeat("q", i%40))
			}
		},
	} {
		r := base()
		change(r)
		r.Clean(taxonomy)
		reasons := r.Validate(taxonomy)
		if len(reasons) == 0 || len(reasons) > 2*MaxList {
			t.Errorf("%s: %d reasons", name, len(reasons))
		}
		for _, reason := range reasons {
			if len(reason.Message) > 2_000 {
				t.Errorf("%s: a reason of %d bytes", name, len(reason.Message))
			}
		}
	}
	if _, err := DecodeRecord(make([]byte, MaxRecordBytes+1)); CodeOf(err) != Invalid {
		t.Errorf("a record over the size: %v", err)
	}
}

func TestHashes(t *testing.T) {
	taxonomy := embedded(t)
	r := Record{ID: "s:1", Kind: "resource", Original: "en", Title: Text{"en": "A", "fr": "B"}, Provenance: Provenance{Source: "s", Retrieved: "2026-11-23T10:00:00Z"}}
	r.Translations = map[string]Translation{"fr": {Origin: "machine", Parts: []string{"title"}, Of: r.SourceHash([]string{"title"})}}
	r.Clean(taxonomy)
	before := r.Provenance.Hash
	r.Provenance.Retrieved = "2026-11-24T10:00:00Z"
	if r.Clean(taxonomy); r.Provenance.Hash != before {
		t.Error("the hash depends on when the record was retrieved")
	}
	if stale := r.Stale(); len(stale) != 0 {
		t.Errorf("stale before any change: %v", stale)
	}
	r.Title["en"] = "A changed title"
	if r.Clean(taxonomy); r.Provenance.Hash == before {
		t.Error("the hash does not depend on the title")
	}
	if stale := r.Stale(); !cmp.Equal(stale, []string{"fr"}) {
		t.Errorf("stale after a change: %v", stale)
	}
}

func FuzzRecord(f *testing.F) {
	taxonomy := embedded(f)
	files, _ := filepath.Glob("testdata/records/*.json")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeRecord(data)
		if err != nil {
			return
		}
		r.Clean(taxonomy)
		if len(r.Validate(taxonomy)) > 0 {
			return
		}
		first := r.JSON()
		if !json.Valid(first) {
			t.Fatalf("not JSON: %s", first)
		}
		again, err := DecodeRecord(first)
		if err != nil {
			t.Fatalf("its own form is refused: %v\n%s", err, first)
		}
		again.Clean(taxonomy)
		if diff := cmp.Diff(string(first), string(again.JSON())); diff != "" {
			t.Fatalf("cleaning twice differs from once:\n%s", diff)
		}
	})
}
