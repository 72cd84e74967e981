package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// tenth is one of the ten sources: the server that misbehaves, what its source
// file says besides, and what a pull tells of it. {server} is the server's
// address.
type tenth struct {
	*badServer
	id, file string
	report   string // of the first pull, after "id: "
	again    string // of the second
	state    string // in the list of sources
}

// text is a string of this server.
func (s *tenth) text(in string) string { return strings.ReplaceAll(in, "{server}", s.URL) }

// tenSources are sources of all formats, at servers that misbehave as real ones
// do. Most fail at first only; those that fail for ever are named by the report,
// and all else of them is there.
func tenSources(t testing.TB) []*tenth {
	t.Helper()
	var sites []*tenth
	add := func(id, file, report, again, state string) *tenth {
		s := &tenth{newBadServer(t), id, file, report, again, state}
		sites = append(sites, s)
		return s
	}
	all := func(n int) (report, again, state string) {
		return fmt.Sprintf("%d new, 0 changed, 0 unchanged, 0 withdrawn, 0 refused\n", n),
			fmt.Sprintf("0 new, 0 changed, %d unchanged, 0 withdrawn, 0 refused\n", n),
			fmt.Sprintf("fresh .* 0 +0 +%d +0 +0 +0 +0 *$", n)
	}
	whole := func(id, file string, records int) *tenth {
		report, again, state := all(records)
		return add(id, file, report, again, state)
	}

	// JSON lines in several pages of the harvest; the server hangs up half-way.
	lines := ""
	for n := range 1_200 {
		lines += fmt.Sprintf(`{"id": "lines:%d", "kind": "resource", "original": "en", "title": {"en": "Handbook %d"}, "provenance": {"source": "lines"}}`+"\n", n, n)
	}
	whole("lines", "format: jsonl\naddress: {server}/records.jsonl\n", 1_200).put("/records.jsonl", "application/jsonl", lines, hungUp)

	// Two list pages, of which the second fails at first. One page is slow, one for
	// ever another page than it should be, one for ever an error.
	gone := "  refused {server}/5.html 5.html: html.fields.title finds nothing: compare the selector with the page, or give html.not_found if the page says that it is not there\n" +
		"  refused {server}/3.html failed (HTTP 500)\n" +
		"  not seen whole: {server}/3.html failed (HTTP 500)\n"
	pages := add("pages", "format: html\naddress: {server}/list.html\nlanguage: en\nconstants: {kind: resource}\n"+
		"html:\n  item: li a\n  next: a[rel=next]\n  fields: {title: article h1, summary: article p}\n",
		"4 new, 0 changed, 0 unchanged, 0 withdrawn, 2 refused\n"+gone, "0 new, 0 changed, 4 unchanged, 0 withdrawn, 2 refused\n"+gone,
		`failing .* 0 +0 +4 +0 +2 +0 +0 +\S+/3.html failed \(HTTP 500\)$`)
	page := func(n int, mishaps ...mishap) {
		pages.put(fmt.Sprintf("/%d.html", n), "text/html; charset=utf-8", fmt.Sprintf("<!doctype html><html lang=en><title>x</title><article><h1>Project %d</h1>\n<p>Neighbours\nmeet.</p></article></html>", n), mishaps...)
	}
	pages.put("/list.html", "text/html", "<!doctype html><ul><li><a href=1.html>1</a><li><a href=2.html>2</a><li><a href=3.html>3</a></ul><a rel=next href=list2.html>more</a>")
	pages.put("/list2.html", "text/html", "<!doctype html><ul><li><a href=4.html>4</a><li><a href=5.html>5</a><li><a href=6.html>6</a></ul>", broken)
	for n := range 6 {
		page(n + 1)
	}
	page(4, slowly)
	pages.always["/3.html"], pages.always["/5.html"] = broken, errorPage

	// Structured data that two sitemaps lead to, of which one redirects in circles.
	circle := "  refused {server}/new.xml redirects more than 5 times\n  not seen whole: {server}/new.xml redirects more than 5 times\n"
	structured := add("structured", "format: jsonld\naddress: {server}/sitemap.xml\nlanguage: en\n",
		"2 new, 0 changed, 0 unchanged, 0 withdrawn, 1 refused\n"+circle, "0 new, 0 changed, 2 unchanged, 0 withdrawn, 1 refused\n"+circle,
		`failing .* 0 +0 +2 +0 +1 +0 +0 +\S+/new.xml redirects more than 5 times$`)
	sitemap := func(path, of, element string, pages ...string) {
		list := "<" + of + ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
		for _, page := range pages {
			list += "<" + element + "><loc>{server}" + page + "</loc></" + element + ">\n"
		}
		structured.put(path, "application/xml", list+"</"+of+">")
	}
	sitemap("/sitemap.xml", "sitemapindex", "sitemap", "/old.xml", "/new.xml")
	sitemap("/old.xml", "urlset", "url", "/p/1", "/p/2")
	sitemap("/new.xml", "urlset", "url", "/p/3")
	structured.always["/new.xml"] = inCircles
	for n := range 3 {
		path := fmt.Sprintf("/p/%d", n+1)
		structured.put(path, "text/html; charset=utf-8", fmt.Sprintf(`<!doctype html><html lang="en"><title>x</title><script type="application/ld+json">
{"@context": "https://schema.org", "@type": "ResearchProject", "@id": "{server}%s", "url": "{server}%s", "name": "Shared classrooms %d", "description": "Pupils of two schools meet."}
</script></html>`, path, path, n+1))
	}

	// A feed whose server names another charset than it has.
	rss := whole("rss", "format: feed\naddress: {server}/feed\nlanguage: en\nconstants: {kind: resource}\n", 2)
	rss.put("/feed", "", `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>أخبار</title><language>ar</language>
<item><title>حوار الجيران</title><guid isPermaLink="false">1</guid><description>يلتقي الجيران كل شهر.</description></item>
<item><title>قراءة الأخبار معًا</title><guid isPermaLink="false">2</guid><description>يتعلم الناس التحقق مما يقرؤون.</description></item></channel></rss>`)
	rss.always["/feed"] = mislabelled

	// A JSON feed that is asked for too often.
	whole("jsonfeed", "format: feed\naddress: {server}/feed.json\nlanguage: es\nconstants: {kind: resource}\n", 2).
		put("/feed.json", "application/feed+json", `{"version": "https://jsonfeed.org/version/1.1", "title": "Noticias", "language": "es", "items": [
{"id": "1", "title": "Vecinos", "content_text": "Los vecinos se encuentran cada mes."}, {"id": "2", "title": "Leer juntos", "content_html": "<p>Se aprende a comprobar las noticias.</p>"}]}`, tooMany)

	// A repository whose list goes over three pages; on the way it fails, and hangs
	// up.
	repository := whole("repository", "format: oaipmh\naddress: {server}/oai\nlanguage: en\n", 6)
	oai := func(query, body string, mishaps ...mishap) {
		repository.put("/oai?verb="+query, "text/xml; charset=utf-8", `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-11-24T10:00:00Z</responseDate><request verb="`+strings.SplitN(query, "&", 2)[0]+`">{server}/oai</request>`+body+`</OAI-PMH>`, mishaps...)
	}
	oai("Identify", `<Identify><repositoryName>Repository</repositoryName><baseURL>{server}/oai</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>office@repository.example</adminEmail>
<earliestDatestamp>2024-05-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>`)
	for n, query := range []string{"ListRecords&metadataPrefix=oai_dc", "ListRecords&resumptionToken=second", "ListRecords&resumptionToken=third"} {
		list := ""
		for i := 2*n + 1; i <= 2*n+2; i++ {
			list += fmt.Sprintf(`<record><header><identifier>oai:repository.example:%d</identifier><datestamp>2024-05-03T08:00:00Z</datestamp></header>
<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A reader, volume %d</dc:title>
<dc:description>Texts for classes in which pupils of several faiths learn together.</dc:description></oai_dc:dc></metadata></record>`, i, i)
		}
		oai(query, "<ListRecords>"+list+"<resumptionToken>"+[]string{"second", "third", ""}[n]+"</resumptionToken></ListRecords>", [][]mishap{nil, {broken}, {hungUp}}[n]...)
	}

	// Two files, of which the second is for ever a page that says sorry.
	sorry := "  refused {server}/b.xml:1: it is an HTML page, not an IATI file"
	aid := add("aid", "format: iati\naddress: [\"{server}/a.xml\", \"{server}/b.xml\"]\nlanguage: en\n",
		"2 new, 0 changed, 0 unchanged, 0 withdrawn, 1 refused\n"+sorry, "0 new, 0 changed, 2 unchanged, 0 withdrawn, 1 refused\n"+sorry,
		`failing .* 0 +0 +2 +0 +1 +0 +0 +\S+/b.xml`)
	activity := func(n int) string {
		return fmt.Sprintf(`<iati-activity xml:lang="en"><iati-identifier>XX-EX-%d</iati-identifier><title><narrative>Teaching human rights %d</narrative></title>
<description type="1"><narrative>Teachers of forty schools learn from one another.</narrative></description><activity-status code="2"/></iati-activity>`, n, n)
	}
	aid.put("/a.xml", "application/xml", `<iati-activities version="2.03">`+activity(1)+activity(2)+`</iati-activities>`)
	aid.put("/b.xml", "application/xml", `<iati-activities version="2.03">`+activity(3)+`</iati-activities>`)
	aid.always["/b.xml"] = errorPage

	// A table that comes compressed and cut, and one that is shorter than promised.
	columns := "language: en\nconstants: {kind: initiative}\ntable: {id: No., columns: {title: Project, summary: What is done, countries: Country}}\n"
	rows := [][]string{{"No.", "Project", "What is done", "Country"}, {"1", "Reading the news together", "Pupils check what they read.", "Jordan"},
		{"2", "Neighbours at table", "Families of two faiths cook for each other.", "Tunisia"}, {"3", "Open doors", "Houses of prayer open on one day.", "Morocco"}}
	csv, book := "", excelize.NewFile()
	defer book.Close()
	for i, row := range rows {
		csv += strings.Join(row, ";") + "\r\n"
		row[0], row[1] = strings.Replace(row[0], "1", "one", 1), row[1]+" at school"
		if i == 0 {
			row[1] = "Project"
		}
		if err := book.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var workbook bytes.Buffer
	if err := book.Write(&workbook); err != nil {
		t.Fatal(err)
	}
	whole("csv", "format: table\naddress: {server}/projects.csv\n"+columns, 3).put("/projects.csv", "text/csv", csv, cutGzip)
	whole("xlsx", "format: table\naddress: {server}/projects.xlsx\n"+columns, 3).
		put("/projects.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.String(), tooLong)

	// An API that answers in pages, slowly.
	api := whole("api", "format: jsonapi\naddress: {server}/api/projects\nlanguage: en\nconstants: {kind: initiative}\n"+
		"jsonapi:\n  items: $.data\n  id: $.id\n  fields: {title: $.name, summary: $.text}\n  next: $.next\n", 6)
	for n := range 3 {
		next := []string{`"{server}/api/projects?page=2"`, `"{server}/api/projects?page=3"`, "null"}[n]
		path := []string{"/api/projects", "/api/projects?page=2", "/api/projects?page=3"}[n]
		api.put(path, "application/json", fmt.Sprintf(`{"data": [{"id": %d, "name": "Circle %d", "text": "Neighbours talk."},
{"id": %d, "name": "Circle %d", "text": "Neighbours listen."}], "next": %s}`, 2*n+1, 2*n+1, 2*n+2, 2*n+2, next), slowly)
	}
	return sites
}

// writeSources puts the source files of sites into a data folder.
func writeSources(t testing.TB, data string, sites []*tenth) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, s := range sites {
		file := "id: " + s.id + "\nname: Source " + s.id + "\nlicence: CC0-1.0\ntrusted: true\nprivate_addresses: true\n" + s.text(s.file)
		if err := os.WriteFile(filepath.Join(data, "sources", fmt.Sprintf("%02d.yaml", i)), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// pullAll pulls all sources, of which some cannot be seen whole.
func pullAll(t *testing.T, data, failed string) string {
	t.Helper()
	out, err := call("pull", "--data", data).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(string(out), failed+" sources could not be seen whole") {
		t.Fatalf("pull: %v\n%s", err, out)
	}
	return string(out)
}

// TestTenSources pulls ten sources of all formats from servers that misbehave:
// the report is right for each, all good records are in, and a second pull
// changes nothing. Once the servers are whole, all is there.
func TestTenSources(t *testing.T) {
	t.Parallel() // it waits most of its time
	sites := tenSources(t)
	data := filepath.Join(t.TempDir(), "data")
	writeSources(t, data, sites)
	expect := func(pull, out string, want func(*tenth) string) {
		t.Helper()
		for _, s := range sites {
			if line := s.text(s.id + ": " + want(s)); !strings.Contains("\n"+out, "\n"+line) {
				t.Errorf("%s pull: the report does not have\n%sbut\n%s", pull, line, out)
			}
		}
	}
	began := time.Now()
	expect("first", pullAll(t, data, "3 of 10"), func(s *tenth) string { return s.report })
	t.Logf("the first pull took %v", time.Since(began).Round(time.Millisecond))
	undamaged(t, data)
	catalogue := exported(t, data)
	for _, title := range []string{"حوار الجيران", "Se aprende a comprobar las noticias.", "A reader, volume 6", "Open doors at school", "Teaching human rights 2"} {
		if !strings.Contains(catalogue, title) {
			t.Errorf("the export does not have %q", title)
		}
	}
	expect("second", pullAll(t, data, "3 of 10"), func(s *tenth) string { return s.again })
	if exported(t, data) != catalogue {
		t.Error("the second pull changed the catalogue")
	}
	list := must(t, "sources", "--data", data)
	for _, s := range sites {
		if !regexp.MustCompile("(?m)^" + s.id + " +.*" + s.state).MatchString(list) {
			t.Errorf("no %s: %s in\n%s", s.id, s.state, list)
		}
	}
	for _, s := range sites {
		s.repair()
	}
	repaired := must(t, "pull", "--data", data)
	for id, want := range map[string]string{"pages": "2 new, 0 changed, 4 unchanged", "structured": "1 new, 0 changed, 2 unchanged", "aid": "1 new, 0 changed, 2 unchanged"} {
		if line := id + ": " + want + ", 0 withdrawn, 0 refused\n"; !strings.Contains(repaired, line) || strings.Contains(repaired, "not seen whole") {
			t.Errorf("the servers are whole, but there is no\n%sin\n%s", line, repaired)
		}
	}
}

// TestKillDuringTen kills that pull at random moments.
func TestKillDuringTen(t *testing.T) {
	t.Parallel() // it waits most of its time
	sites := tenSources(t)
	for _, s := range sites {
		if s.id == "pages" {
			delete(s.always, "/3.html") // it is tried again for ten seconds
		}
	}
	fresh := func(data string) {
		writeSources(t, data, sites)
		for _, s := range sites {
			s.afresh()
		}
	}
	dir := t.TempDir()
	undisturbed := filepath.Join(dir, "undisturbed")
	fresh(undisturbed)
	began := time.Now()
	pullAll(t, undisturbed, "2 of 10")
	killUntilEnough(t, dir, exported(t, undisturbed), time.Since(began), cuts(3, 30), fresh, "pull")
}
