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

// about is what is known of an initiative.
type about struct {
	Slug      string   `json:"slug"`
	Countries []string `json:"countries"`
	Facts     []struct {
		Fact string `json:"fact"`
	} `json:"facts"`
	Checked string `json:"checked"`
}

// facts reads them; there are none where the folder is not.
func facts(t *testing.T) (out []about) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(factsFolder, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(body) {
			var a about
			if err := json.Unmarshal(line, &a); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			out = append(out, a)
		}
	}
	return out
}

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
		for part, text := range map[string]catalog.Text{"title": r.Title, "summary": r.Summary} {
			for _, l := range text.Languages() {
				if l != r.Original && !slices.Contains(r.Translations[l].Parts, part) {
					t.Errorf("%s: the %s in %s is not marked in translations", e, part, l)
				}
			}
			for l, tr := range r.Translations {
				if slices.Contains(tr.Parts, part) && text[l] == "" {
					t.Errorf("%s: the %s in %s is marked in translations and is not there", e, part, l)
				}
			}
		}
		for _, l := range r.Summary.Languages() {
			if n, want := len([]rune(r.Summary[l])), length(r.Summary["en"], l); n < want/2 || n > 2*want {
				t.Errorf("%s: the summary in %s has %d characters, about %d are to be expected", e, l, n, want)
			}
		}
		if n := len(words(r.Summary["en"])); r.Kind == "initiative" && (n < 40 || n > 90) {
			t.Errorf("%s: the English summary has %d words, want 40 to 90", e, n)
		}
		seen, supported := map[string]bool{}, []string{}
		for _, l := range r.Links {
			supported = append(supported, l.Parts...)
			if seen[l.URL] {
				t.Errorf("%s: %s is linked twice", e, l.URL)
			}
			seen[l.URL] = true
			if u, err := url.Parse(l.URL); err != nil || !strings.Contains(u.Hostname(), ".") || u.User != nil || u.Port() == "0" {
				t.Errorf("%s: %s is no address of a page", e, l.URL)
			}
			for _, tracking := range []string{"utm_", "fbclid", "gclid"} {
				if strings.Contains(l.URL, tracking) {
					t.Errorf("%s: %s tracks its readers: remove %s", e, l.URL, tracking)
				}
			}
		}
		for _, part := range parts(r) {
			if r.Kind == "initiative" && !slices.Contains(supported, part) {
				t.Errorf("%s: no link says that its page supports %s", e, part)
			}
		}
	}
}

// parts are those of a record with text of its own.
func parts(r *catalog.Record) []string {
	out := []string{"summary"}
	if !r.Body.Empty() {
		out = append(out, "body")
	}
	return slices.AppendSeq(out, maps.Keys(r.Practice))
}

// length is how many characters a text is about to have in another language. Of
// those here only Chinese is much shorter.
func length(english, language string) int {
	n := len([]rune(english))
	if language == "zh" {
		return n * 3 / 10
	}
	return n
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

// TestDifferent checks that no two initiatives, and no two organisations, are the
// same: by their page or the words of a title.
func TestDifferent(t *testing.T) {
	entries, _ := load(t)
	pages, titles := map[string]entry{}, map[string]entry{}
	for i, e := range entries {
		r := e.record
		if r.URL != "" {
			page := r.Kind + " " + sameAddress(r.URL)
			if other, twice := pages[page]; twice {
				t.Errorf("%s has the page of %s", e, other)
			}
			pages[page] = e
		}
		for language, title := range r.Title {
			key := r.Kind + " " + language + " " + strings.Join(slices.Compact(slices.Sorted(slices.Values(words(title)))), " ")
			if other, twice := titles[key]; twice {
				t.Errorf("%s has the title of %s", e, other)
			}
			titles[key] = e
		}
		for _, other := range entries[:i] {
			if r.Kind == "initiative" && other.record.Kind == r.Kind && overlap(words(r.Title["en"]), words(other.record.Title["en"])) >= 0.8 {
				t.Errorf("the titles of %s and %s are almost the same", e, other)
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
	n := count(entries)
	if n.initiatives < 350 {
		t.Errorf("%d initiatives, want 350", n.initiatives)
	}
	if n.six < 150 {
		t.Errorf("%d initiatives in all six languages, want 150", n.six)
	}
	for _, theme := range taxonomy.Codes("theme") {
		if n.of["theme"][theme] < 40 {
			t.Errorf("%d initiatives of theme %s, want 40", n.of["theme"][theme], theme)
		}
	}
	for _, field := range taxonomy.Codes("field") {
		if n.of["field"][field] == 0 {
			t.Errorf("no initiative of field %s", field)
		}
	}
	for _, f := range facts(t) {
		for _, region := range taxonomy.Subregions(f.Countries, nil) {
			if n.of["region"][region] == 0 {
				t.Errorf("no initiative of region %s, where the facts have %s", region, f.Slug)
			}
		}
	}
}

// spoken are the countries whose main language is one of the six; of several, the
// one in which records of the country are to be read besides English.
var spoken = map[string]string{
	"ar": "AE BH DJ DZ EG IQ JO KM KW LB LY MA MR OM PS QA SA SD SY TN YE",
	"es": "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PY SV UY VE",
	"fr": "BF BI BJ CD CF CG CI CM FR GA GN HT MC MG ML NE SN TD TG",
	"ru": "BY KG KZ RU",
	"zh": "CN HK MO TW",
}

// TestPlaces checks that initiatives are told in the main language of their place.
func TestPlaces(t *testing.T) {
	entries, _ := load(t)
	for _, e := range entries {
		r := e.record
		for language, countries := range spoken {
			elsewhere := slices.ContainsFunc(r.Countries, func(c string) bool { return !strings.Contains(countries, c) })
			if r.Kind == "initiative" && len(r.Countries) > 0 && !elsewhere && (r.Title[language] == "" || r.Summary[language] == "") {
				t.Errorf("%s is about %v and has no title and summary in %s", e, r.Countries, language)
			}
		}
	}
}

// counts are how many initiatives there are of what.
type counts struct {
	initiatives, six int
	of               map[string]map[string]int // dimension -> code -> initiatives
	others           map[string]int            // other kinds
}

func count(entries []entry) counts {
	n := counts{of: map[string]map[string]int{}, others: map[string]int{}}
	for _, e := range entries {
		r := e.record
		if r.Kind != "initiative" {
			n.others[r.Kind]++
			continue
		}
		n.initiatives++
		decade := "unknown"
		if len(r.Start) >= 4 {
			decade = r.Start[:3] + "0"
		}
		all := true
		for _, l := range catalog.Languages {
			all = all && r.Title[l] != "" && r.Summary[l] != ""
		}
		if all {
			n.six++
		}
		for dimension, codes := range map[string][]string{
			"theme": r.Themes, "field": r.Fields, "region": r.Regions, "country": r.Countries, "evidence": {r.Evidence},
			"language": r.Summary.Languages(), "year": {decade},
		} {
			if n.of[dimension] == nil {
				n.of[dimension] = map[string]int{}
			}
			for _, c := range codes {
				n.of[dimension][c]++
			}
		}
	}
	return n
}

// page is where the collection is described, made by TestPage with -update.
const page = "../../docs/collection.md"

// TestPage checks that the tables of docs/collection.md are those of the
// collection; with -update it writes them.
func TestPage(t *testing.T) {
	entries, taxonomy := load(t)
	n := count(entries)
	var b strings.Builder
	fmt.Fprintf(&b, "Initiatives: %d, from %d countries; %d of them have title and summary in all six languages. Organisations: %d. Events: %d. Resources: %d.\n",
		n.initiatives, len(n.of["country"]), n.six, n.others["organization"], n.others["event"], n.others["resource"])
	table := func(heading, dimension string, codes []string, label func(string) string) {
		fmt.Fprintf(&b, "\n| %s | initiatives |\n|---|---:|\n", heading)
		for _, c := range codes {
			fmt.Fprintf(&b, "| %s | %d |\n", label(c), n.of[dimension][c])
		}
	}
	named := func(dimension string) func(string) string {
		return func(c string) string { return taxonomy.Label(dimension, c, "en") }
	}
	table("theme", "theme", taxonomy.Codes("theme"), named("theme"))
	table("field", "field", taxonomy.Codes("field"), named("field"))
	table("region", "region", slices.DeleteFunc(taxonomy.Codes("region"), func(c string) bool { return n.of["region"][c] == 0 }), named("region"))
	table("language of the summary", "language", catalog.Languages, named("language"))
	table("evidence", "evidence", taxonomy.Codes("evidence"), named("evidence"))
	table("begun in the decade from", "year", slices.Sorted(maps.Keys(n.of["year"])), func(c string) string { return c })

	const begin, end = "<!-- counts -->\n", "<!-- end of counts -->\n"
	body, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(body), begin)
	_, after, too := strings.Cut(rest, end)
	if !ok || !too {
		t.Fatalf("%s has no part between %q and %q", page, begin, end)
	}
	want := before + begin + b.String() + end + after
	if want == string(body) {
		return
	}
	if !*update {
		t.Fatalf("%s does not tell what is in the collection: run this test with -update", page)
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
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
	known := facts(t)
	if len(known) == 0 {
		t.Skipf("%s is not on this machine: the wording is not compared with the facts", factsFolder)
	}
	runs := map[string]bool{}
	for _, f := range known {
		for run := range wordRuns(f.Checked) {
			runs[run] = true
		}
		for _, fact := range f.Facts {
			for run := range wordRuns(fact.Fact) {
				runs[run] = true
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
