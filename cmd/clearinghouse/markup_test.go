package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// TestSoakMarkup gives every page in every language to the Nu HTML checker.
func TestSoakMarkup(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("skipped: make soak asks the Nu HTML checker")
	}
	checker := filepath.Join(root, "testdata", "soak", "node_modules", "vnu-jar", "build", "dist", "vnu.jar")
	if _, err := os.Stat(checker); err != nil {
		t.Skip("skipped: no Nu HTML checker; testdata/setup.sh soak installs it")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("skipped: no Java; testdata/setup.sh soak says how to install it")
	}
	s := starterSite(t)
	dir := t.TempDir()
	for _, lang := range catalog.Languages {
		for name, path := range pages(t, s, lang) {
			answer, err := http.Get(s.url + "/" + lang + path)
			if err != nil {
				t.Fatal(err)
			}
			page, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, lang+"-"+name+".html"), page, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := exec.Command(java, "-jar", checker, "--errors-only", "--skip-non-html", dir).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, strings.ReplaceAll(string(out), "file:"+dir, ""))
	}
}

// pages are one of each kind, and of what it can look like, by name: its address after the language.
func pages(t testing.TB, s *site, lang string) map[string]string {
	t.Helper()
	var set frozenSet
	if err := json.Unmarshal([]byte(post(t, s.url+"/api/v1/sets?theme=dialogue&country=JO")), &set); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"home": "/", "search": "/?q=" + url.QueryEscape(questions[lang]), "filtered": "/?theme=media-literacy&complete=true&not_country=FR&year_from=1999", "nothing": "/?q=qqqqqq&theme=dialogue",
		"record": "/records/starter:seeds-of-peace-camp", "organization": "/records/starter:alliance-of-civilizations", "coverage": "/coverage", "sources": "/sources",
		"coverage-filtered": "/coverage?theme=dialogue&best=false&q=a", "start": "/start", "ranked": "/start?country=JO&theme=dialogue&budget=50000",
		"compare": "/compare?id=starter:seeds-of-peace-camp&id=starter:civic-online-reasoning", "compare-none": "/compare", "theme": "/themes/dialogue", "country": "/countries/LB",
		"about": "/about", "data": "/data", "contribute": "/contribute", "offline": "/offline", "set": "/sets/" + set.ID,
	}
}
