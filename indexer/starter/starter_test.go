package starter

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"clearinghouse/catalog"
)

var update = flag.Bool("update", false, "write what the translations were made of into the collection")

// factsFolder holds the facts that the records were written from; it is not
// part of the project.
const factsFolder = "../../../shared/facts"

// entry is a line of the collection.
type entry struct {
	where  string
	record *catalog.Record
}

func (e entry) String() string { return e.where + " " + e.record.ID }

// load decodes and cleans the collection.
func load(t *testing.T) ([]entry, *catalog.Taxonomy) {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	var out []entry
	for _, file := range Files() {
		body, err := read(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) {
			where := fmt.Sprintf("%s:%d", strings.TrimPrefix(file, Scheme+":"), i+1)
			record, err := catalog.DecodeRecord(line)
			if err != nil {
				t.Errorf("%s: %v", where, err)
				continue
			}
			record.Clean(taxonomy)
			out = append(out, entry{where, record})
		}
	}
	return out, taxonomy
}

// TestRecords checks each record by itself.
func TestRecords(t *testing.T) {
	entries, taxonomy := load(t)
	for _, e := range entries {
		r := e.record
		for _, reason := range r.Validate(taxonomy) {
			t.Errorf("%s: %s", e, reason.Message)
		}
		for _, reason := range r.Incomplete() {
			t.Errorf("%s is incomplete: %s", e, reason.Message)
		}
		if r.Provenance.Source != ID || r.Provenance.Licence == "" || r.Provenance.Retrieved == "" || r.Provenance.URL == "" {
			t.Errorf("%s: provenance %+v must have source %s, an address, a time and a licence", e, r.Provenance, ID)
		}
		for _, l := range append(r.Title.Languages(), r.Summary.Languages()...) {
			if _, marked := r.Translations[l]; l != r.Original && !marked {
				t.Errorf("%s: the text in %s is not marked in translations", e, l)
			}
		}
		if n := len(words(r.Summary["en"])); r.Kind == "initiative" && (n < 40 || n > 90) {
			t.Errorf("%s: the English summary has %d words, want 40 to 90", e, n)
		}
		seen := map[string]bool{}
		for _, l := range r.Links {
			if seen[l.URL] {
				t.Errorf("%s: %s is linked twice", e, l.URL)
			}
			seen[l.URL] = true
			for _, tracking := range []string{"utm_", "fbclid", "gclid"} {
				if strings.Contains(l.URL, tracking) {
					t.Errorf("%s: %s tracks its readers: remove %s", e, l.URL, tracking)
				}
			}
		}
	}
}

// TestRelations checks that both ends of each relation exist.
func TestRelations(t *testing.T) {
	entries, _ := load(t)
	kinds := map[string]string{}
	for _, e := range entries {
		if kinds[e.record.ID] != "" {
			t.Errorf("%s: the id stands twice", e)
		}
		kinds[e.record.ID] = e.record.Kind
	}
	for _, e := range entries {
		for _, o := range e.record.Organizations {
			if o.ID != "" && kinds[o.ID] != "organization" {
				t.Errorf("%s: %s is no organisation of the collection", e, o.ID)
			}
			if o.Role == "lead" && o.ID == "" && e.record.Kind == "initiative" {
				t.Errorf("%s: the lead organisation %q has no record", e, o.Name["en"])
			}
		}
		for _, rel := range e.record.Related {
			if kinds[rel.ID] == "" || rel.ID == e.record.ID {
				t.Errorf("%s: %s %s leads nowhere", e, rel.Rel, rel.ID)
			}
		}
	}
}

// TestDifferent checks that no two initiatives are the same: by their page,
// the page that their facts are from, or the words of a title.
func TestDifferent(t *testing.T) {
	entries, _ := load(t)
	pages, titles := map[string]entry{}, map[string]entry{}
	for _, e := range entries {
		if e.record.Kind != "initiative" {
			continue
		}
		if other, twice := pages[sameAddress(e.record.URL)]; twice {
			t.Errorf("%s has the page of %s", e, other)
		}
		pages[sameAddress(e.record.URL)] = e
		for language, title := range e.record.Title {
			key := language + " " + strings.Join(slices.Compact(slices.Sorted(slices.Values(words(title)))), " ")
			if other, twice := titles[key]; twice {
				t.Errorf("%s has the title of %s", e, other)
			}
			titles[key] = e
		}
	}
	initiatives := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.record.Kind != "initiative" })
	for i, a := range initiatives {
		for _, b := range initiatives[:i] {
			if overlap(words(a.record.Title["en"]), words(b.record.Title["en"])) >= 0.8 {
				t.Errorf("the titles of %s and %s are almost the same", a, b)
			}
		}
	}
}

// sameAddress leaves out what does not tell pages apart.
func sameAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.Path, "/") + "?" + u.RawQuery
}

// overlap is the share of the words of both that both have (Jaccard).
func overlap(a, b []string) float64 {
	both, all := 0, map[string]bool{}
	for _, w := range append(slices.Clone(a), b...) {
		all[w] = true
	}
	for w := range all {
		if slices.Contains(a, w) && slices.Contains(b, w) {
			both++
		}
	}
	return float64(both) / float64(max(len(all), 1))
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’' && r != '-'
	})
}

// TestCoverage checks how much there is of what.
func TestCoverage(t *testing.T) {
	entries, taxonomy := load(t)
	initiatives, six := 0, 0
	count := map[string]map[string]int{"theme": {}, "field": {}, "region": {}}
	for _, e := range entries {
		r := e.record
		all := true
		for _, l := range catalog.Languages {
			all = all && r.Title[l] != "" && r.Summary[l] != ""
		}
		if r.Kind != "initiative" {
			continue
		}
		initiatives++
		if all {
			six++
		}
		for facet, codes := range map[string][]string{"theme": r.Themes, "field": r.Fields, "region": r.Regions} {
			for _, c := range codes {
				count[facet][c]++
			}
		}
	}
	if initiatives < 42 {
		t.Errorf("%d initiatives, want 42", initiatives)
	}
	if six < 12 {
		t.Errorf("%d initiatives in all six languages, want 12", six)
	}
	for _, theme := range taxonomy.Codes("theme") {
		if count["theme"][theme] < 6 {
			t.Errorf("%d initiatives of theme %s, want 6", count["theme"][theme], theme)
		}
	}
	for _, field := range taxonomy.Codes("field") {
		if count["field"][field] == 0 {
			t.Errorf("no initiative of field %s", field)
		}
	}
	if len(count["region"]) < 5 {
		t.Errorf("initiatives in %d subregions, want 5", len(count["region"]))
	}
	t.Logf("%d records, %d initiatives, %d in six languages, themes %v, fields %v, %d subregions", len(entries), initiatives, six, count["theme"], count["field"], len(count["region"]))
}

// TestTranslations checks that each translation was made of the text as it now
// stands. With -update it writes that into the files, whose lines take the
// canonical form; whoever does so says that the translations are right.
func TestTranslations(t *testing.T) {
	if *update {
		writeSources(t)
		t.Skip("the collection was written anew: run the tests again")
	}
	entries, _ := load(t)
	for _, e := range entries {
		for _, l := range slices.Sorted(maps.Keys(e.record.Translations)) {
			tr := e.record.Translations[l]
			if want := e.record.SourceHash(tr.Parts); tr.Of != want {
				t.Errorf("%s: the translation into %s is of %q, the text is %s: bring it up to date, then run this test with -update", e, l, tr.Of, want)
			}
		}
	}
}

func writeSources(t *testing.T) {
	t.Helper()
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range Files() {
		name := strings.TrimPrefix(file, Scheme+":")
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		for i, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
			record, err := catalog.DecodeRecord(line)
			if err != nil {
				t.Fatalf("%s:%d: %v", name, i+1, err)
			}
			cleaned, err := catalog.DecodeRecord(line)
			if err != nil {
				t.Fatal(err)
			}
			cleaned.Clean(taxonomy)
			for l, tr := range record.Translations {
				tr.Of = cleaned.SourceHash(tr.Parts)
				record.Translations[l] = tr
			}
			out.Write(record.JSON())
			out.WriteByte('\n')
		}
		if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shared is the length of a run of words that a record must not share with the
// facts that it was written from.
const shared = 9

// TestOwnWords checks that the records are in their own words.
func TestOwnWords(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(factsFolder, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("%s is not on this machine: the wording is not compared with the facts", factsFolder)
	}
	runs := map[string]bool{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(body, []byte("\n")) {
			var about struct {
				Facts []struct {
					Fact string `json:"fact"`
				} `json:"facts"`
				Checked string `json:"checked"`
			}
			if len(line) == 0 {
				continue
			}
			if err := json.Unmarshal(line, &about); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for run := range wordRuns(about.Checked) {
				runs[run] = true
			}
			for _, f := range about.Facts {
				for run := range wordRuns(f.Fact) {
					runs[run] = true
				}
			}
		}
	}
	entries, _ := load(t)
	for _, e := range entries {
		texts := map[string]catalog.Text{"title": e.record.Title, "summary": e.record.Summary, "body": e.record.Body}
		for part, text := range e.record.Practice {
			texts["practice."+part] = text
		}
		for part, text := range texts {
			for run := range wordRuns(text["en"]) {
				if runs[run] {
					t.Errorf("%s: %s shares with the facts: %s", e, part, run)
				}
			}
		}
	}
}

func wordRuns(s string) map[string]bool {
	out := map[string]bool{}
	for w := words(s); len(w) >= shared; w = w[1:] {
		out[strings.Join(w[:shared], " ")] = true
	}
	return out
}

// TestSource checks that what the binary says of its collection hangs together.
func TestSource(t *testing.T) {
	if files := Files(); len(files) == 0 || !strings.HasPrefix(files[0], "starter:collection/") {
		t.Errorf("files %v", files)
	}
	if v := Version(); v != Version() || !strings.HasPrefix(v, "sha256:") {
		t.Errorf("version %s", v)
	}
	if _, err := read("starter:collection/../starter.go"); err == nil {
		t.Error("a file outside the collection was read")
	}
}
