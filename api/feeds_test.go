package api_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
)

// nextPages are what a feed says of its next page.
var nextPages = map[string]*regexp.Regexp{
	"atom": regexp.MustCompile(`<link rel="next" href="https?://[^/"]+([^"]+)"`), "jsonfeed": regexp.MustCompile(`"next_url":"https?://[^/"]+([^"]+)"`),
}

// TestFeeds: a library that reads feeds takes all of a search in the order of its changes, page by
// page.
func TestFeeds(t *testing.T) {
	f := newFixture(t)
	var want []string
	for _, item := range answer[listing](t, f.get("/api/v1/records?lang=ar&sort=updated")).Items {
		want = append(want, item.ID)
	}
	for name, next := range nextPages {
		var have []string
		pages := 0
		for path := "/api/v1/records." + name + "?lang=ar&limit=2"; path != ""; pages++ {
			text := body(t, f.get(path))
			feed, err := gofeed.NewParser().ParseString(text)
			if err != nil || feed.FeedLink == "" || feed.Title != "Clearinghouse" || pages > 3 {
				t.Fatalf("%s: %v %+v", path, err, feed)
			}
			for _, item := range feed.Items {
				_, id, _ := strings.Cut(item.Link, "/ar/records/")
				have = append(have, id)
				if item.UpdatedParsed == nil || item.PublishedParsed == nil || item.Title == "" || !strings.HasSuffix(item.GUID, "/api/v1/records/"+id) {
					t.Errorf("%s: %+v", path, item)
				}
			}
			path = ""
			if found := next.FindStringSubmatch(text); found != nil {
				path = html.UnescapeString(found[1])
			}
		}
		if diff := cmp.Diff(want, have); diff != "" || pages != 2 {
			t.Errorf("%s, %d pages (-want +have):\n%s", name, pages, diff)
		}
	}
	const search = "/api/v1/records.atom?theme=dialogue&not_country=FR&year_from=1990&q=path"
	r := f.get(search)
	if text := body(t, r); !strings.Contains(text, "<title>Clearinghouse: “path”, Intercultural and interfaith dialogue, ≠ France, 1990–</title>") {
		t.Errorf("the feed is called %.600s", text)
	}
	if again := f.get(search, "If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again, the answer is %d", again.StatusCode)
	}
}
