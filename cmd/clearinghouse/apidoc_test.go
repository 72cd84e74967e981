package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// tasks of docs/api.md are code in these languages: how each is run, and what must be there for it.
var taskLanguages = map[string]struct{ run, needs []string }{
	"sh":     {[]string{"sh", "-eu"}, []string{"curl", "--version"}},
	"r":      {[]string{"Rscript", "--vanilla"}, []string{"Rscript", "-e", "library(jsonlite); library(curl); library(openssl)"}},
	"python": {[]string{"python3"}, []string{"python3", "--version"}},
}

var taskCode = regexp.MustCompile("(?s)```(sh|r|python)\n(.*?)```")

// missingLanguages are those that are not on this machine.
func missingLanguages(t *testing.T) map[string]bool {
	t.Helper()
	missing := map[string]bool{}
	for name, language := range taskLanguages {
		if err := exec.Command(language.needs[0], language.needs[1:]...).Run(); err != nil {
			missing[name] = true
			t.Logf("skipped in %s, which is not here", name)
		}
	}
	return missing
}

// carryOut runs code of a language and returns what it prints; an error has what it complained of.
func carryOut(t *testing.T, language, code string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "task")
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	run := taskLanguages[language].run
	command := exec.Command(run[0], append(run[1:], file)...)
	command.Dir = dir
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &complaints)
	}
	return strings.TrimSpace(string(out)), err
}

// TestAPIDocument runs the tasks of docs/api.md in each language that is on the machine: all print
// the same.
func TestAPIDocument(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	document := readFile(t, root+"/docs/api.md")
	said := map[string]string{} // by task, what the first language printed
	ran := map[string]int{}
	missing := missingLanguages(t)
	for _, section := range strings.Split(document, "\n## ")[1:] {
		task, _, _ := strings.Cut(section, "\n")
		blocks := taskCode.FindAllStringSubmatch(section, -1)
		if len(blocks) != 0 && len(blocks) != len(taskLanguages) {
			t.Errorf("%s is there in %d languages", task, len(blocks))
		}
		for _, block := range blocks {
			if missing[block[1]] {
				continue
			}
			have, err := carryOut(t, block[1], strings.ReplaceAll(block[2], "https://clearinghouse.example", s.url))
			if err != nil || have == "" || have == "0" {
				t.Errorf("%s in %s: %v %s", task, block[1], err, have)
				continue
			}
			if ran[block[1]]++; said[task] == "" {
				said[task] = have
			}
			if said[task] != have {
				t.Errorf("%s in %s prints %s, not %s", task, block[1], have, said[task])
			}
		}
	}
	for name := range taskLanguages {
		if !missing[name] && ran[name] != 5 {
			t.Errorf("%d tasks were done in %s", ran[name], name)
		}
	}
}

// TestDataExamples runs what the data page shows in each language: all find as many as the API says.
func TestDataExamples(t *testing.T) {
	s := starterSite(t)
	text, _ := fetched(t, s.url+"/en/data")
	page, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	missing := missingLanguages(t)
	want := fmt.Sprint(apiAnswer(t, s.url, "/api/v1/records?q=media+literacy&country=JO&limit=0")["total"])
	shown := page.Find("#api h3")
	if shown.Length() != len(taskLanguages) {
		t.Errorf("%d examples", shown.Length())
	}
	for _, h3 := range shown.EachIter() {
		language := map[string]string{"curl": "sh", "R": "r", "Python": "python"}[h3.Text()]
		if missing[language] {
			continue
		}
		if out, err := carryOut(t, language, h3.Next().Text()); err != nil || !regexp.MustCompile(`(^|\[1\] |"total":)`+want+`\b`).MatchString(out) {
			t.Errorf("%s: %v, no %s in %.500s", h3.Text(), err, want, out)
		}
	}
}
