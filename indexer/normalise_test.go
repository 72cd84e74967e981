package indexer

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/google/go-cmp/cmp"
)

// compareGolden compares with a file of testdata, or writes it with -update.
func compareGolden(t *testing.T, name string, have []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(name, have, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("%s differs (run with -update if that is right) (-want +have):\n%s", name, diff)
	}
}

// TestNormalise makes a record of each file of testdata/normalise and compares
// it, and what was left out of it, with the golden file beside it.
func TestNormalise(t *testing.T) {
	n := newNormaliser(embedded(t))
	files, err := filepath.Glob("testdata/normalise/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			item := &format.Item{Record: &catalog.Record{}, Where: file}
			if err := json.Unmarshal(data, item.Record); err != nil {
				t.Fatal(err)
			}
			n.normalise(item)
			n.assign(item.Record)
			refused := finish(item, time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), n.taxonomy)
			item.Record.Provenance = catalog.Provenance{}
			var b bytes.Buffer
			if err := json.Indent(&b, item.Record.JSON(), "", "  "); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
			for _, reason := range item.LeftOut {
				fmt.Fprintf(&b, "left out: %s %s: %s\n", reason.Path, reason.Code, reason.Message)
			}
			if refused != nil {
				fmt.Fprintf(&b, "refused: %v\n", refused.Reasons)
			}
			compareGolden(t, strings.TrimPrefix(strings.TrimSuffix(file, ".json"), "testdata/")+".golden", b.Bytes())
		})
	}
}

// TestNormaliseWhole: records that are valid stay as they are where a format
// delivers whole records, but for the contacts of persons.
func TestNormaliseWhole(t *testing.T) {
	const file = "id: x\nname: X\nformat: jsonl\naddress: https://x.example/\n"
	s, err := ParseSource("x.yaml", []byte(file+"contacts: true\n"), embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	without, err := ParseSource("x.yaml", []byte(file), embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("starter/collection/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no collection", err)
	}
	lines := []string{`{"id":"x:1","kind":"resource","original":"und","title":{"und":"Call +962 6 123 4567, a.khan@example.org"},"languages":["en-GB","zh-Hant"],"contact":{"email":"a.khan@example.org"},"provenance":{"source":"x"}}`}
	for _, file := range files {
		eachLine(t, file, func(line []byte) { lines = append(lines, string(line)) })
	}
	for _, line := range lines {
		item := &format.Item{Record: &catalog.Record{}}
		if err := json.Unmarshal([]byte(line), item.Record); err != nil {
			t.Fatal(err)
		}
		before := string(item.Record.JSON())
		if strings.Contains(before, "a.khan@") {
			other := &format.Item{Record: &catalog.Record{}}
			if err := json.Unmarshal([]byte(line), other.Record); err != nil {
				t.Fatal(err)
			}
			without.normaliser.normalise(other)
			if r := other.Record; r.Title["und"] != "Call" || r.Contact != nil || len(other.LeftOut) != 1 {
				t.Errorf("%+v, left out %v", r, other.LeftOut)
			}
		}
		s.normaliser.normalise(item)
		s.normaliser.assign(item.Record)
		if diff := cmp.Diff(before, string(item.Record.JSON())); diff != "" || len(item.LeftOut) > 0 {
			t.Errorf("left out %v, changed (-before +after):\n%s", item.LeftOut, diff)
		}
	}
	item := &format.Item{Record: &catalog.Record{Kind: "Resource", Countries: []string{"Jordan", "Atlantis"}, Start: "March 2003"}}
	s.normaliser.normalise(item)
	if r := item.Record; r.Kind != "resource" || fmt.Sprint(r.Countries, item.LeftOut) != "[JO Atlantis] []" || r.Start != "2003-03" {
		t.Errorf("%+v", r)
	}
}

// TestStarterContacts: the collection of the program keeps the contacts that it has.
func TestStarterContacts(t *testing.T) {
	s, err := Starter(embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	item := &format.Item{Record: &catalog.Record{Contact: &catalog.Contact{Name: "Framingham Adult ESL Plus", Email: "framingham@example.org"}}}
	if s.normaliser.normalise(item); item.Record.Contact.Email == "" || len(item.LeftOut) > 0 {
		t.Errorf("left out %v", item.LeftOut)
	}
}

// TestNormaliseKeys reads the keys of a source file that say how its words are
// read.
func TestNormaliseKeys(t *testing.T) {
	const head = "id: x\nname: X\nformat: html\naddress: https://x.example/\nhtml: {item: a, fields: {title: h1}}\n"
	taxonomy := embedded(t)
	s, err := ParseSource("x.yaml", []byte(head+"dates: dmy\ncontacts: true\nthemes: none\nrules:\n  - words: [press card, بطاقة صحفية]\n    themes: [journalist-training]\n"), taxonomy)
	if err != nil {
		t.Fatal(err)
	}
	text := "How to get press cards: ask maria.garcia@example.org. Fact-checking and media literacy are taught."
	item := &format.Item{Record: &catalog.Record{Title: catalog.Text{"en": text}, Start: "12/03/2003"}}
	s.normaliser.normalise(item)
	s.normaliser.assign(item.Record)
	want := []catalog.Assigned{{Code: "journalist-training", Why: "“press cards” in the title"}}
	if r := item.Record; r.Start != "2003-03-12" || r.Title["en"] != text || len(item.LeftOut) > 0 || cmp.Diff(want, r.Assigned) != "" || len(r.Fields) > 0 {
		t.Errorf("%+v, left out %v", r, item.LeftOut)
	}
	arabic := &catalog.Record{Title: catalog.Text{"ar": "كيف تحصل على البطاقات"}, Summary: catalog.Text{"ar": "عن بطاقة صحفية للشباب"}}
	if s.normaliser.assign(arabic); len(arabic.Themes) != 1 {
		t.Errorf("the rule does not find %v: %+v", arabic.Summary, arabic.Assigned)
	}
	german := &catalog.Record{Title: catalog.Text{"de": "Die Press Card und mehr"}}
	if s.normaliser.assign(german); len(german.Themes) != 1 {
		t.Errorf("the rule does not find %v: %+v", german.Title, german.Assigned)
	}
	for _, c := range []struct{ file, want string }{
		{"dates: ymd\n", `x.yaml:6:8: dates "ymd" must be dmy (12/03/2003 is in March) or mdy (it is in December)`},
		{"themes: [dialogue]\n", "x.yaml:6:9: this must be text"},
		{"themes: all\n", `x.yaml:6:9: themes "all" must be rules`},
		{"contacts: maybe\n", "x.yaml:6:11: "},
		{"rules:\n  - words: []\n    themes: [dialogue]\n", "x.yaml:7:"},
		{"rules:\n  - words: [peace]\n", "x.yaml:7:"},
		{"rules:\n  - words: [peace]\n    themes: [dialogue, peas]\n", `x.yaml:8:24: theme "peas" is not known; it may be dialogue, `},
		{"rules:\n  - words: [peace]\n    fields: [peas]\n", `x.yaml:8:14: field "peas" is not known; it may be youth, `},
		{"rules:\n  - words: [peace]\n    theme: [dialogue]\n", "x.yaml:8:5: unknown field"},
	} {
		if _, err := ParseSource("x.yaml", []byte(head+c.file), taxonomy); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s is %v, want %s", c.file, err, c.want)
		}
	}
}

// FuzzNormalise never panics; what it makes of codes, dates and addresses is
// valid, and normalising again changes nothing.
func FuzzNormalise(f *testing.F) {
	files, err := filepath.Glob("testdata/normalise/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	n := newNormaliser(embedded(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		item := &format.Item{Record: &catalog.Record{}}
		if json.Unmarshal(data, item.Record) != nil {
			return
		}
		n.normalise(item)
		n.assign(item.Record)
		item.Record.Clean(n.taxonomy)
		for _, reason := range item.Record.Validate(n.taxonomy) {
			switch reason.Code {
			case "bad_date", "unknown_code", "bad_cost", "bad_email", "end_before_start":
				for _, own := range []string{"kind", "practice", "translations", "criteria", "links", "related"} {
					if strings.HasPrefix(reason.Path, own) {
						return
					}
				}
				t.Errorf("%s: %s", reason.Path, reason.Message)
			}
		}
	})
}
