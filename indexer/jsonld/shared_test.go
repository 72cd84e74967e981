package jsonld

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clearinghouse/indexer/format"

	"github.com/google/go-cmp/cmp"
)

// sharedData holds real pages with the extraction that is expected of them, and
// real sitemaps; they are not part of the project.
const sharedData = "../../../shared/data/"

// differ are the pages of which that tool expects other than what is read here,
// and why.
var differ = map[string]string{
	"SearchAction.001.html": "the input fields of an action are no properties of a thing",
	"microdata.5.3.html":    "by the standard, properties are in the order of the page",
	"product-ref.html":      "by the standard, itemref to another thing does not take over its properties",
	"microdata.7.1.html":    "addresses are made absolute only where a record takes them",
	"microdata.object.html": "addresses are made absolute only where a record takes them",
}

// addresses is how many some of the sitemaps have.
var addresses = map[string]int{"sitemap.badns.xml": 2, "sitemap.ns.xml": 2, "sitemap.txt": 2, "sitemap-with-bom.txt": 2, "xmlSitemap.gz": 5, "sitemap.txt.gz": 5,
	"sitemap-links.xml": 3, "atom.xml": 2, "sitemap-videos-tvshow.xml": 1}

// TestSitemaps reads real sitemaps, each with the number of its addresses.
func TestSitemaps(t *testing.T) {
	if _, err := os.Stat(sharedData + "robots_sitemaps"); err != nil {
		t.Skipf("%v; testdata has sitemaps of the same kinds", err)
	}
	files, err := filepath.Glob(sharedData + "robots_sitemaps/sitemaps/*.*")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(sharedData + "robots_sitemaps/sitemaps/extension/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(append(files, more...), sharedData+"robots_sitemaps/rss/feed.rss", sharedData+"robots_sitemaps/robots/sitemap-robots.txt") {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		in, err := unpack(bytes.NewReader(body))
		if err == nil {
			for _, e := range readSitemap(in, &url.URL{}) {
				if found++; e != nil {
					err = e
				}
			}
		}
		t.Logf("%s: %d %v", filepath.Base(file), found, err)
		if want, listed := addresses[filepath.Base(file)]; err != nil && want > 0 || listed && found != want || !listed && found == 0 {
			t.Errorf("%s: %d addresses, want %d: %v", file, found, want, err)
		}
	}
}

// TestExpected compares the structured data of real pages with what is expected
// of them.
func TestExpected(t *testing.T) {
	if _, err := os.Stat(sharedData + "jsonld"); err != nil {
		t.Skipf("%v; testdata has pages of the same kinds", err)
	}
	passed, all := 0, 0
	for _, folder := range []string{"schema.org", "schema.org.invalid", "custom.invalid", "misc", "w3c"} {
		files, err := filepath.Glob(filepath.Join(sharedData, "jsonld", folder, "*.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			base := strings.TrimSuffix(file, ".html")
			wantJSON, isLD := base+".jsonld", true
			if _, err := os.Stat(wantJSON); err != nil {
				wantJSON, isLD = base+".json", false
			}
			want, err := os.ReadFile(wantJSON)
			if err != nil {
				continue
			}
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			page, err := format.OpenPage(format.Response{Final: "https://site.example/", Body: bytes.NewReader(body)}, "", "")
			if err != nil {
				t.Fatal(err)
			}
			var have any
			if isLD {
				var list []any
				for _, text := range scripts(page.Root) {
					documents, err := decodeJSON(text, new(format.Tree))
					if err != nil {
						t.Errorf("%s: %v", file, err)
					}
					for _, d := range documents {
						if more, ok := d.([]any); ok {
							list = append(list, more...)
						} else {
							list = append(list, d)
						}
					}
				}
				have = list
			} else if bytes.Contains(want, []byte(`"properties": {`)) || bytes.Contains(want, []byte(`"properties":{`)) {
				if !bytes.Contains(body, []byte("itemscope")) {
					continue // microformats and Open Graph are not read
				}
				things := []any{}
				for _, one := range microdata(page.Root) {
					things = append(things, plain(one))
				}
				have = things
			} else {
				continue
			}
			var wanted any
			if err := json.Unmarshal(want, &wanted); err != nil {
				t.Fatal(err)
			}
			encoded, err := json.Marshal(have)
			if err != nil {
				t.Fatal(err)
			}
			var again any
			if err := json.Unmarshal(encoded, &again); err != nil {
				t.Fatal(err)
			}
			all++
			diff := cmp.Diff(simple(wanted), simple(again))
			switch why := differ[filepath.Base(file)]; {
			case diff == "":
				passed++
			case why == "":
				t.Errorf("%s: %s", file, diff)
			}
		}
	}
	t.Logf("%d of %d pages as expected", passed, all)
}

// plain is a thing in the form of the expected extractions.
func plain(t *thing) any {
	properties := map[string]any{}
	for _, p := range t.props {
		for _, name := range p.names {
			var v any = p.text
			if p.thing != nil {
				v = plain(p.thing)
			}
			list, _ := properties[name].([]any)
			properties[name] = append(list, v)
		}
	}
	out := map[string]any{"properties": properties}
	if len(t.types) > 0 {
		out["type"] = t.types
	}
	if t.id != "" {
		out["id"] = t.id
	}
	return out
}

// simple makes equal what differs in white space and in lists of one only, and
// leaves out what that tool adds.
func simple(v any) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, one := range v {
			if one != nil {
				out = append(out, simple(one))
			}
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, one := range v {
			if slices.Contains([]string{"_nodeId_", "textContent"}, key) {
				continue
			}
			if _, list := one.([]any); !list {
				one = []any{one}
			}
			out[key] = simple(one)
		}
		return out
	case string:
		return strings.Join(strings.Fields(v), " ")
	}
	return v
}
