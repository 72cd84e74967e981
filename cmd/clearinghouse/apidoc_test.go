package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tasks of docs/api.md are code in these languages: how each is run, and what must be there for it.
var taskLanguages = map[string]struct{ run, needs []string }{
	"sh":     {[]string{"sh", "-eu"}, []string{"curl", "--version"}},
	"r":      {[]string{"Rscript", "--vanilla"}, []string{"Rscript", "-e", "library(jsonlite); library(curl); library(openssl)"}},
	"python": {[]string{"python3"}, []string{"python3", "--version"}},
}

var taskCode = regexp.MustCompile("(?s)```(sh|r|python)\n(.*?)```")

// TestAPIDocument runs the tasks of docs/api.md in each language that is on the machine: all print
// the same.
func TestAPIDocument(t *testing.T) {
	s := starterSite(t)
	document := readFile(t, root+"/docs/api.md")
	said := map[string]string{} // by task, what the first language printed
	ran := map[string]int{}
	missing := map[string]bool{}
	for name, language := range taskLanguages {
		if err := exec.Command(language.needs[0], language.needs[1:]...).Run(); err != nil {
			missing[name] = true
			t.Logf("skipped in %s, which is not here", name)
		}
	}
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
			dir := t.TempDir()
			file := filepath.Join(dir, "task")
			code := strings.ReplaceAll(block[2], "https://clearinghouse.example", s.url)
			if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
				t.Fatal(err)
			}
			run := taskLanguages[block[1]].run
			command := exec.Command(run[0], append(run[1:], file)...)
			command.Dir = dir
			var complaints strings.Builder
			command.Stderr = &complaints
			out, err := command.Output()
			have := strings.TrimSpace(string(out))
			if err != nil || have == "" || have == "0" {
				t.Errorf("%s in %s: %v %s\n%s", task, block[1], err, have, complaints.String())
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
