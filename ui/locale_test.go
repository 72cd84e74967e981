package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// pluralForms are the categories of whole numbers that CLDR has and the texts
// tell apart (French and Spanish have "many" too, for millions, like "other").
var pluralForms = map[string][]string{
	"ar": {"few", "many", "one", "other", "two", "zero"}, "zh": {"other"}, "en": {"one", "other"},
	"fr": {"one", "other"}, "ru": {"few", "many", "one", "other"}, "es": {"one", "other"},
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

var lineComment = regexp.MustCompile(`(?m)^\s*//.*$`)

func placeholders(s string) []string {
	out := placeholder.FindAllString(s, -1)
	sort.Strings(out)
	return slices.Compact(out)
}

func locales(t *testing.T) map[string]*locale {
	t.Helper()
	out := map[string]*locale{}
	for _, code := range catalog.Languages {
		data, err := files.ReadFile("locales/" + code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if out[code], err = parseLocale(code, data); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestLocales(t *testing.T) {
	all := locales(t)
	english := all["en"].messages
	for code, l := range all {
		for key := range l.messages {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not in en.json", code, key)
			}
		}
		for key, model := range english {
			m, ok := l.messages[key]
			if !ok {
				t.Errorf("%s: %s is missing", code, key)
				continue
			}
			_, single := m[""]
			if _, want := model[""]; single != want {
				t.Errorf("%s: %s has plural forms in one language only", code, key)
				continue
			}
			all := model[""] + model["other"]
			for form, s := range m {
				have, want := placeholders(s), placeholders(all)
				if form != "" && form != "other" { // one, two and none may be said without a number
					have, want = without(have, "{n}"), without(want, "{n}")
				}
				if !slices.Equal(have, want) {
					t.Errorf("%s: %s %s has the placeholders %v, want %v", code, key, form, have, want)
				}
				if strings.TrimSpace(s) == "" && !strings.HasSuffix(key, ".separator") {
					t.Errorf("%s: %s is empty", code, key)
				}
			}
			if forms := keys(m); !single && !slices.Equal(forms, pluralForms[code]) {
				t.Errorf("%s: %s has the forms %v, want %v", code, key, forms, pluralForms[code])
			}
		}
		for _, key := range []string{"months", "months.alone"} {
			if n := len(strings.Split(l.messages[key][""], "|")); n != 12 {
				t.Errorf("%s: %s has %d months", code, key, n)
			}
		}
	}
}

func without(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == word })
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// TestKeys finds every text that is asked for and no other in the locales.
func TestKeys(t *testing.T) {
	used := map[string]bool{}
	find := func(source string, patterns ...string) {
		for _, pattern := range patterns {
			for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(source, -1) {
				used[found[1]] = true
			}
		}
	}
	for _, pattern := range []string{"static/p*/*.html", "static/js/*.js", "*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			find(lineComment.ReplaceAllString(string(data), ""), `data-t(?:-[\w-]+)?="([^"]+)"`, `(?:\.text|message)\((?:view, )?"([\w.]+)"`, `messages(?:\[|\.get\()"([\w.]+)"`)
		}
	}
	for _, key := range []string{"home.example.1", "home.example.2", "home.example.3", "date.day", "date.month", "date.year", "months", "months.alone", "record.summary"} {
		used[key] = true // chosen by a variable
	}
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range taxonomy.Codes("kind") {
		used["count."+kind] = true
	}
	for _, per := range []string{"year", "project", "participant"} {
		used["cost.per."+per] = true
	}
	for _, state := range []string{catalog.Fresh, catalog.Late, catalog.Failing, catalog.Running, catalog.NeverRun, "followed", "imported"} {
		used["state."+state] = true
	}
	for _, format := range []string{"feed", "html", "iati", "jsonapi", "jsonld", "jsonl", "oaipmh", "table"} {
		used["format."+format] = true
	}
	delete(used, "state.")
	delete(used, "format.")
	delete(used, "count.")
	delete(used, "cost.per.")
	delete(used, "problem.")
	have := locales(t)["en"].messages
	for key := range used {
		if _, ok := have[key]; !ok {
			t.Errorf("%s is used but stands in no locale", key)
		}
	}
	for key := range have {
		if !used[key] {
			t.Errorf("%s stands in the locales but is not used", key)
		}
	}
}

func TestDate(t *testing.T) {
	all := locales(t)
	for _, c := range []struct{ lang, date, want string }{
		{"en", "", ""},
		{"en", "2003", "2003"},
		{"en", "2003-05", "May 2003"},
		{"en", "2003-05-07", "7 May 2003"},
		{"en", "2026-11-23T10:00:00Z", "23 November 2026"},
		{"en", "2003-13", "2003-13"},
		{"en", "nonsense", "nonsense"},
		{"ru", "2003", "2003 г."},
		{"zh", "2003", "2003年"},
		{"ru", "2003-05", "май 2003 г."},
		{"ru", "2003-05-07", "7 мая 2003 г."},
		{"es", "2003-05-07", "7 de mayo de 2003"},
		{"zh", "2003-05-07", "2003年5月7日"},
		{"ar", "2003-05-07", "7 أيار/مايو 2003"},
	} {
		if have := all[c.lang].date(c.date); have != c.want {
			t.Errorf("%s: date(%q) = %q, want %q", c.lang, c.date, have, c.want)
		}
	}
}

// read is all files of a pattern by name.
func read(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names, err := fs.Glob(files, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	out := map[string]string{}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(data)
	}
	return out
}
