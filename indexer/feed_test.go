package indexer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWindow: what is no longer in a feed stays, however few items it shows.
func TestWindow(t *testing.T) {
	items := ""
	for i := range 20 {
		items += fmt.Sprintf("<item><title>News %d</title><guid>%d</guid></item>", i, i)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>News</title>%s</channel></rss>`, items)
	}))
	defer server.Close()
	store, s := newMemory(), source(t, "id: news\nname: News\nformat: feed\nlanguage: en\nprivate_addresses: true\naddress: "+server.URL+"\n")
	if run := pull(t, store, s); !run.Complete || !run.Partial || run.New != 20 || run.Error != "" {
		t.Errorf("report %+v, want 20 new, complete but partial", run)
	}
	for _, items = range []string{"<item><title>Later</title><guid>20</guid></item>", "", "", ""} {
		if run := pull(t, store, s); !run.Complete || !run.Partial || run.Withdrawn != 0 || run.Error != "" {
			t.Errorf("report %+v, want complete but partial, and none withdrawn", run)
		}
	}
	if len(store.records) != 21 {
		t.Errorf("%d records, want 21", len(store.records))
	}
	items = strings.Repeat("<", 10)
	if run := pull(t, store, s); run.Complete || !strings.Contains(run.Error, "cannot be read") {
		t.Errorf("report %+v, want an error", run)
	}
}
