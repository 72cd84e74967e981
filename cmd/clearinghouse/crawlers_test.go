package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// fetched is what the site answers, which must be 200.
func fetched(t testing.TB, address string) (string, http.Header) {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", address, r.StatusCode, err)
	}
	return string(data), r.Header
}

// TestCrawlers goes a crawler's way: from robots.txt to the site map, and to pages of every kind,
// which are there in all languages and say so.
func TestCrawlers(t *testing.T) {
	t.Parallel()
	s := starterSite(t)
	robots, _ := fetched(t, s.url+"/robots.txt")
	_, index, ok := strings.Cut(robots, "Sitemap: ")
	if index = strings.TrimSpace(index); !ok || index != s.url+"/sitemap.xml" {
		t.Fatalf("robots.txt says %q", robots)
	}
	var files struct {
		Files []string `xml:"sitemap>loc"`
	}
	text, _ := fetched(t, index)
	if err := xml.Unmarshal([]byte(text), &files); err != nil || len(files.Files) < 2 {
		t.Fatalf("%v %v", err, files)
	}
	pages, records := map[string]int{}, 0
	for _, file := range files.Files {
		var list struct {
			Pages []struct {
				Address string `xml:"loc"`
				Others  []struct {
					Language string `xml:"hreflang,attr"`
					Address  string `xml:"href,attr"`
				} `xml:"link"`
			} `xml:"url"`
		}
		text, _ := fetched(t, file)
		if err := xml.Unmarshal([]byte(text), &list); err != nil || len(list.Pages) == 0 || len(list.Pages) > 50_000 {
			t.Fatalf("%s: %v, %d pages", file, err, len(list.Pages))
		}
		for _, page := range list.Pages {
			pages[page.Address]++
			if len(page.Others) != len(catalog.Languages)+1 {
				t.Errorf("%s is in %d languages", page.Address, len(page.Others)-1)
			}
			for _, other := range page.Others {
				language := other.Language
				if language == "x-default" { // for readers of none of the six
					language = catalog.DefaultLanguage
				}
				if want := s.url + "/" + language + "/" + page.Address[len(s.url)+len("/en/"):]; other.Address != want {
					t.Errorf("%s: in %s it is %s, not %s", page.Address, other.Language, other.Address, want)
				}
			}
			if strings.Contains(page.Address, "/records/") {
				records++
			}
		}
	}
	total := int(apiAnswer(t, s.url, "/api/v1/records?limit=0")["total"].(float64))
	if records != total*len(catalog.Languages) {
		t.Errorf("%d pages of %d records", records, total)
	}
	looked := 0
	for address, times := range pages {
		if times > 1 {
			t.Errorf("%s stands there %d times", address, times)
		}
		if path := address[len(s.url):]; strings.Contains(path, "/en/countries/") || strings.Contains(path, "/ar/") && !strings.Contains(path, "/records/a") || strings.HasPrefix(path, "/fr/records/starter:a") {
			fetched(t, address)
			looked++
		}
	}
	if looked < 100 {
		t.Errorf("only %d pages were looked at", looked)
	}
	for _, lang := range catalog.Languages {
		description, header := fetched(t, s.url+"/opensearch.xml?lang="+lang)
		var search struct {
			ShortName string
			Urls      []struct {
				Type     string `xml:"type,attr"`
				Template string `xml:"template,attr"`
			} `xml:"Url"`
		}
		if err := xml.Unmarshal([]byte(description), &search); err != nil || len([]rune(search.ShortName)) > 16 || search.ShortName == "" || !strings.HasPrefix(header.Get("Content-Type"), "application/opensearchdescription+xml") {
			t.Errorf("%s: %v %+v", lang, err, search)
		}
		for _, u := range search.Urls {
			if answer, header := fetched(t, strings.Replace(u.Template, "{searchTerms}", url.QueryEscape(questions[lang]), 1)); !strings.HasPrefix(header.Get("Content-Type"), u.Type) || answer == "" {
				t.Errorf("%s is %s, not %s", u.Template, header.Get("Content-Type"), u.Type)
			}
		}
	}
}

// TestSignposts: from the page of a record a program finds all that describes it, and from each of
// these back to the page.
func TestSignposts(t *testing.T) {
	s := starterSite(t)
	const page = "/fr/records/starter:seeds-of-peace-camp"
	_, header := fetched(t, s.url+page)
	found := map[string]int{}
	for _, value := range header.Values("Link") {
		address, rest, _ := strings.Cut(strings.TrimPrefix(value, "<"), ">")
		_, rel, _ := strings.Cut(rest, `rel="`)
		rel, rest, _ = strings.Cut(rel, `"`)
		found[rel]++
		switch rel {
		case "cite-as":
			if address != s.url+"/en/records/starter:seeds-of-peace-camp" { // the language that it was written in
				t.Errorf("it is cited as %s", address)
			}
		case "describedby":
			_, mime, _ := strings.Cut(rest, `type="`)
			text, described := fetched(t, s.url+address)
			if mime = strings.TrimSuffix(mime, `"`); !strings.HasPrefix(described.Get("Content-Type"), mime) || text == "" {
				t.Errorf("%s is %s, not %s", address, described.Get("Content-Type"), mime)
			}
			if back := described.Get("Link"); !strings.Contains(back, "<"+s.url+page+`>; rel="describes"`) {
				t.Errorf("%s leads back to %q", address, back)
			}
		}
	}
	if found["describedby"] != 6 || found["cite-as"] != 1 || found["type"] != 2 || found["license"] != 1 || found["author"] == 0 {
		t.Errorf("%v", found)
	}
	var set frozenSet
	if err := json.Unmarshal([]byte(post(t, s.url+"/api/v1/sets?theme=dialogue&country=JO")), &set); err != nil {
		t.Fatal(err)
	}
	_, header = fetched(t, s.url+"/ar/sets/"+set.ID)
	links := strings.Join(header.Values("Link"), "\n")
	for _, want := range []string{"<" + set.Href + `>; rel="cite-as"`, `/records.csv>; rel="item"; type="text/csv"`, `/datapackage.json>; rel="describedby"; type="application/json"`} {
		if !strings.Contains(links, want) {
			t.Errorf("the page of a set has no %s in\n%s", want, links)
		}
	}
}
