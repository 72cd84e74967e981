package api_test

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/store"

	"github.com/google/go-cmp/cmp"
)

// oaiAnswer is what a harvester reads of an answer.
type oaiAnswer struct {
	Date  string `xml:"responseDate"`
	Fault struct {
		Code string `xml:"code,attr"`
		Text string `xml:",chardata"`
	} `xml:"error"`
	Sets []struct {
		Spec string `xml:"setSpec"`
	} `xml:"ListSets>set"`
	Formats []struct {
		Prefix string `xml:"metadataPrefix"`
	} `xml:"ListMetadataFormats>metadataFormat"`
	Headers []oaiHeader `xml:"ListIdentifiers>header"`
	Records []struct {
		Header   oaiHeader `xml:"header"`
		Metadata *struct {
			XML string `xml:",innerxml"`
		} `xml:"metadata"`
	} `xml:"ListRecords>record"`
	Got struct {
		Header   oaiHeader `xml:"header"`
		Metadata *struct {
			XML string `xml:",innerxml"`
		} `xml:"metadata"`
	} `xml:"GetRecord>record"`
	Token struct {
		Cursor string `xml:"cursor,attr"`
		Text   string `xml:",chardata"`
	} `xml:"ListIdentifiers>resumptionToken"`
	Identify struct {
		Earliest string `xml:"earliestDatestamp"`
		Deleted  string `xml:"deletedRecord"`
		Admin    string `xml:"adminEmail"`
	}
}

type oaiHeader struct {
	Status string   `xml:"status,attr"`
	ID     string   `xml:"identifier"`
	Date   string   `xml:"datestamp"`
	Sets   []string `xml:"setSpec"`
}

func (f *fixture) oai(t testing.TB, query string) (answer oaiAnswer) {
	t.Helper()
	r := f.get("/oai?" + query)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Fatalf("%s: %d %s", query, r.StatusCode, r.Header.Get("Content-Type"))
	}
	if err := xml.NewDecoder(r.Body).Decode(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

// TestOAIFaults: each mistake has the code that the protocol gives it, and says what to do.
func TestOAIFaults(t *testing.T) {
	f := newFixture(t)
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"p":"oai_dc","a":1,"h":4,"t":1}`))
	for query, code := range map[string]string{
		"": "badVerb", "verb=": "badVerb", "verb=Delete": "badVerb", "verb=Identify&verb=Identify": "badVerb",
		"verb=Identify&set=theme": "badArgument", "verb=GetRecord&identifier=oai:example.com:s:path": "badArgument", "verb=ListRecords": "badArgument",
		"verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=mods": "badArgument", "verb=ListRecords&metadataPrefix=": "badArgument", "verb=ListRecords&metadataPrefix=%zz": "badArgument",
		"verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x": "badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=yesterday": "badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-30T10:00:00.5Z": "badArgument",
		"verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-30&until=2026-11-30T10:00:00Z": "badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-12-01&until=2026-11-30": "badArgument",
		"verb=ListRecords&metadataPrefix=marc21": "cannotDisseminateFormat", "verb=GetRecord&metadataPrefix=marc21&identifier=oai:example.com:s:path": "cannotDisseminateFormat",
		"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:example.com:s:none": "idDoesNotExist", "verb=GetRecord&metadataPrefix=oai_dc&identifier=s:path": "idDoesNotExist", "verb=ListMetadataFormats&identifier=x": "idDoesNotExist",
		"verb=ListRecords&metadataPrefix=oai_dc&set=theme:none": "noRecordsMatch", "verb=ListRecords&metadataPrefix=oai_dc&from=2099-01-01": "noRecordsMatch", "verb=ListRecords&metadataPrefix=oai_dc&until=2001-01-01": "noRecordsMatch",
		"verb=ListRecords&resumptionToken=x": "badResumptionToken", "verb=ListRecords&resumptionToken=" + token: "badResumptionToken", "verb=ListSets&resumptionToken=x": "badResumptionToken",
	} {
		if fault := f.oai(t, query).Fault; fault.Code != code || len(fault.Text) < 10 {
			t.Errorf("%s: %q %q, want %s", query, fault.Code, fault.Text, code)
		}
	}
}

// TestOAI: formats, sets, dates of both granularities and deleted records are as the protocol has
// them, also after a merge, whose heir names what it stands for.
func TestOAI(t *testing.T) {
	f := newFixture(t)
	f.options.Contact = "office@example.org"
	f.open(t)
	if have := f.oai(t, "verb=Identify").Identify; have.Earliest != "2026-11-24T10:00:00Z" || have.Deleted != "persistent" || have.Admin != "office@example.org" {
		t.Errorf("%+v", have)
	}
	if have := f.oai(t, "verb=ListMetadataFormats&identifier=oai:example.com:s:path").Formats; len(have) != 2 {
		t.Errorf("%+v", have)
	}
	list := func(query string) (out []string) {
		for _, h := range f.oai(t, "verb=ListIdentifiers&metadataPrefix=oai_dc"+query).Headers {
			_, id, _ := strings.Cut(h.ID, "oai:example.com:")
			out = append(out, strings.TrimSpace(id+" "+h.Status))
		}
		slices.Sort(out)
		return out
	}
	all := []string{"s:gone deleted", "s:news", "s:path", "s:walkers"}
	for query, want := range map[string][]string{
		"": all, "&from=2026-11-24": all, "&until=2026-11-24": all, "&from=2026-11-24T10:00:00Z&until=2026-11-24T10:00:00Z": all, "&from=2026-11-24&until=2026-11-24": all,
		"&from=2026-11-24T10:00:01Z": nil, "&until=2026-11-24T09:59:59Z": nil, "&from=1970-01-01": all, "&from=1900-01-01T00:00:00Z": all, "&until=1969-12-31": nil, "&from=1960-01-01&until=1969-12-31": nil,
		"&set=theme": {"s:news", "s:path"}, "&set=theme:dialogue": {"s:path"}, "&set=region:142": {"s:path"}, "&set=kind:organization": {"s:walkers"}, "&set=field:media": {"s:news"},
		"&set=kind:resource": {"s:gone deleted"},
	} {
		if diff := cmp.Diff(want, list(query)); diff != "" {
			t.Errorf("%s (-want +have):\n%s", query, diff)
		}
	}
	got := f.oai(t, "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:example.com:s:path").Got
	for _, want := range []string{`<dc:title xml:lang="ar">مسار ثلاثة أديان</dc:title>`, "<dc:creator", "<dc:identifier>http://example.com/en/records/s:path</dc:identifier>", `<dc:coverage xml:lang="en">Jordan</dc:coverage>`} {
		if got.Metadata == nil || !strings.Contains(got.Metadata.XML, want) {
			t.Fatalf("no %s in %+v", want, got.Metadata)
		}
	}
	if gone := f.oai(t, "verb=GetRecord&metadataPrefix=mods&identifier=oai:example.com:s:gone").Got; gone.Header.Status != "deleted" || gone.Metadata != nil {
		t.Errorf("%+v", gone)
	}
	before := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	f.merged(t)
	if diff := cmp.Diff([]string{"s:path", "t:path deleted"}, list("&from="+before)); diff != "" { // the heir names what it stands for
		t.Errorf("after a merge (-want +have):\n%s", diff)
	}
	for _, prefix := range []string{"oai_dc", "mods"} {
		if heir := f.oai(t, "verb=GetRecord&metadataPrefix="+prefix+"&identifier=oai:example.com:s:path").Got; !strings.Contains(heir.Metadata.XML, "oai:example.com:t:path") {
			t.Errorf("%s: the heir does not name what it stands for: %s", prefix, heir.Metadata.XML)
		}
	}
}

// TestOAIMoved: what gets a new line in the log while a list is read, and no new date, is still in
// the list: no later one would have it.
func TestOAIMoved(t *testing.T) {
	f := newFixture(t)
	s := f.options.Store.(*store.Store)
	page := catalog.Page{Source: "n", State: catalog.Published, Time: time.Now()}
	for i := range 150 {
		page.Records = append(page.Records, &catalog.Record{ID: fmt.Sprintf("n:%04d", i), Kind: "resource", Original: "en", Title: catalog.Text{"en": fmt.Sprint("Paper ", i)}, Provenance: catalog.Provenance{Source: "n"}})
	}
	if _, err := s.Save(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	f.merged(t)
	first := f.oai(t, "verb=ListIdentifiers&metadataPrefix=oai_dc")
	other := &catalog.Record{ID: "t:path", Kind: "initiative", Original: "en", Title: catalog.Text{"en": "Another name of the path"}, Provenance: catalog.Provenance{Source: "t"}}
	if _, err := s.Save(t.Context(), catalog.Page{Source: "t", State: catalog.Published, Time: time.Now(), Records: []*catalog.Record{other}}); err != nil {
		t.Fatal(err)
	}
	rest := f.oai(t, "verb=ListIdentifiers&resumptionToken="+url.QueryEscape(first.Token.Text))
	n := 0
	for _, h := range append(first.Headers, rest.Headers...) {
		if h.ID == "oai:example.com:t:path" && h.Status == "deleted" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the deleted record comes %d times", n)
	}
}

// TestOAIResumption: a long list comes in pages, each record once and of the state of the
// beginning, by GET and by POST; a token holds when the program was started anew and records have
// changed.
func TestOAIResumption(t *testing.T) {
	f := newFixture(t)
	s := f.options.Store.(*store.Store)
	save := func(from, to int, title string) {
		page := catalog.Page{Source: "n", State: catalog.Published, Time: time.Now()}
		for i := from; i < to; i++ {
			page.Records = append(page.Records, &catalog.Record{ID: fmt.Sprintf("n:%04d", i), Kind: "resource", Original: "en", Title: catalog.Text{"en": fmt.Sprint(title, i)}, Provenance: catalog.Provenance{Source: "n"}})
		}
		if _, err := s.Save(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	save(0, 350, "first ")
	seen := map[string]int{}
	query := "verb=ListIdentifiers&metadataPrefix=mods&set=kind:resource"
	pages := 0
	for ; query != ""; pages++ {
		a := f.oai(t, query)
		if a.Fault.Code != "" || len(a.Headers) > 100 {
			t.Fatalf("%s: %+v, %d headers", query, a.Fault, len(a.Headers))
		}
		for _, h := range a.Headers {
			seen[h.ID]++
		}
		if a.Token.Cursor != fmt.Sprint(100*pages) {
			t.Errorf("page %d begins at %s", pages, a.Token.Cursor)
		}
		save(300, 320, fmt.Sprint("changed ", pages, " ")) // while it is read
		f.open(t)
		if query = ""; a.Token.Text != "" {
			query = "verb=ListIdentifiers&resumptionToken=" + url.QueryEscape(a.Token.Text)
		}
	}
	if len(seen) != 331 || pages != 4 { // those that change are in the next list
		t.Errorf("%d records in %d pages", len(seen), pages)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s comes %d times", id, n)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/oai", strings.NewReader("verb=ListIdentifiers&metadataPrefix=oai_dc&set=kind:resource"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "<resumptionToken cursor=\"0\">") {
		t.Errorf("by POST: %.500s", w.Body.String())
	}
}

// FuzzOAI: whatever is asked, the answer is XML of the protocol.
func FuzzOAI(f *testing.F) {
	for _, q := range []string{"verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-24", "verb=GetRecord&metadataPrefix=mods&identifier=oai:example.com:s:path", "verb=ListSets&resumptionToken=e30"} {
		f.Add(q)
	}
	x := newFixture(f)
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/oai", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		x.handler.ServeHTTP(w, r)
		var a oaiAnswer
		if err := xml.NewDecoder(w.Body).Decode(&a); err != nil || w.Code != http.StatusOK {
			t.Errorf("%q: %d %v", query, w.Code, err)
		}
	})
}
