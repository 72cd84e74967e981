package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// benchRecords is how many records the measurements use; BENCH_N sets it.
func benchRecords(b *testing.B) int {
	if s := os.Getenv("BENCH_N"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 100 {
			b.Fatalf("BENCH_N is %q, but must be a number of records from 100", s)
		}
		return n
	}
	return 10_000
}

// BenchmarkStart measures from the start of the built program on an empty
// folder to readiness and to the first page with results.
func BenchmarkStart(b *testing.B) {
	binary := buildProgram(b)
	for _, name := range []string{"empty", "filled"} {
		b.Run(name, func(b *testing.B) {
			data := filepath.Join(b.TempDir(), "data")
			for range b.N {
				if name == "empty" {
					data = filepath.Join(b.TempDir(), "data")
				} else {
					startAndStop(b, binary, data)
				}
				page, ready := startAndStop(b, binary, data)
				b.ReportMetric(page.Seconds(), "s-to-page")
				b.ReportMetric(ready.Seconds(), "s-to-ready")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

func buildProgram(b *testing.B) (binary string) {
	b.Helper()
	binary = filepath.Join(b.TempDir(), "clearinghouse")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return binary
}

// startProgram starts the program as a server of site, until stop is called.
func startProgram(b *testing.B, binary, data, site string) (process int, stop func()) {
	b.Helper()
	c := exec.Command(binary, "serve", "--data", data, "--addr", strings.TrimPrefix(site, "http://"))
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	return c.Process.Pid, func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
	}
}

// startAndStop starts the program, waits for a page with results, and stops it.
func startAndStop(b *testing.B, binary, data string) (page, ready time.Duration) {
	b.Helper()
	const site = "http://127.0.0.1:18099"
	began := time.Now()
	_, stop := startProgram(b, binary, data, site)
	defer stop()
	for time.Since(began) < 30*time.Second {
		if page == 0 {
			if text, status := fetchText(site + "/en/?q=media"); status == http.StatusOK && strings.Contains(text, `href="/en/records/starter:`) {
				page = time.Since(began)
			}
		}
		if _, status := fetchText(site + "/readyz"); status == http.StatusOK && page > 0 {
			return page, time.Since(began)
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.Fatal("no page with results within 30 s")
	return 0, 0
}

func fetchText(address string) (string, int) {
	r, err := http.Get(address)
	if err != nil {
		return "", 0
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return string(text), r.StatusCode
}

// BenchmarkImport measures from a file to a searchable record.
func BenchmarkImport(b *testing.B) {
	n := benchRecords(b)
	file := filepath.Join(b.TempDir(), "generated.jsonl")
	searchtest.NewGenerator(b, root, 1).WriteFile(b, file, n)
	b.ResetTimer()
	for range b.N {
		importGenerated(b, filepath.Join(b.TempDir(), "data"), file)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
}

func importGenerated(b *testing.B, data, file string) {
	b.Helper()
	if code := run(context.Background(), []string{"import", "--data", data, file}, nil, io.Discard, os.Stderr); code != exitDone {
		b.Fatalf("import: exit %d", code)
	}
}

// BenchmarkServe starts the built program on imported records, asks it, and measures how
// long it takes from its start to readiness and to the first answer, how much memory of its
// own it then has, and how long the costliest things to type take.
func BenchmarkServe(b *testing.B) {
	n := benchRecords(b)
	dir := b.TempDir()
	binary, data, file := buildProgram(b), filepath.Join(dir, "data"), filepath.Join(dir, "generated.jsonl")
	g := searchtest.NewGenerator(b, root, 1)
	g.WriteFile(b, file, n)
	importGenerated(b, data, file)
	var onDisk int64
	if err := filepath.WalkDir(filepath.Join(data, "index"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			onDisk += info.Size()
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(onDisk)/1e6, "MB-on-disk")
	const site = "http://127.0.0.1:18098"
	began := time.Now()
	process, stop := startProgram(b, binary, data, site)
	defer stop()
	for {
		if _, status := fetchText(site + "/readyz"); status == http.StatusOK {
			break
		}
		if time.Since(began) > time.Minute {
			b.Fatal("not ready within a minute")
		}
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s-to-ready")
	ask := func(lang, text string) time.Duration {
		asked := time.Now()
		if answer, status := fetchText(site + "/api/v1/records?lang=" + lang + "&q=" + url.QueryEscape(text)); status != http.StatusOK {
			b.Fatalf("%s: %d %s", text, status, answer)
		}
		return time.Since(asked)
	}
	ask("en", "peace education")
	b.ReportMetric(time.Since(began).Seconds(), "s-to-answer")
	for range 2000 {
		l := catalog.Languages[g.IntN(len(catalog.Languages))]
		ask(l, g.Words(l, 1+g.IntN(3)))
	}
	b.ReportMetric(float64(anonymous(process))/1e6, "MB")
	var worst time.Duration
	for _, text := range costliest(g) {
		worst = max(worst, ask("en", text))
	}
	b.ReportMetric(worst.Seconds()*1000, "ms-costliest")
	b.ReportMetric(0, "ns/op")
}

// costliest are texts that ask for as much as a text can.
func costliest(g *searchtest.Generator) []string {
	fit := func(s string) string { return string([]rune(s)[:min(len([]rune(s)), catalog.MaxQuery)]) }
	var begins []string
	for c := 'a'; c <= 'z'; c++ {
		begins = append(begins, string(c))
	}
	return []string{
		fit(g.Words("en", 200)), fit(g.Words("ar", 200)), fit(g.Words("zh", 400)), fit(g.Text("fr", 200)),
		fit(strings.Repeat("the of and ", 60)), fit(strings.Join(begins, " ")), fit(strings.Join([]string{g.Words("en", 30), g.Words("ar", 30), g.Words("ru", 30)}, " ")),
		fit(`"` + g.Text("en", 4) + `" -` + g.Words("en", 30)), "educatoin meida yuoth dialgoue migraton", "a* b* c*", "education media youth dialogue migration",
	}
}

// BenchmarkTyping measures, in a browser, from a key press to the painted results of it, with
// the pause in typing that is waited for.
func BenchmarkTyping(b *testing.B) {
	n := benchRecords(b)
	dir := b.TempDir()
	binary, data, file := buildProgram(b), filepath.Join(dir, "data"), filepath.Join(dir, "generated.jsonl")
	g := searchtest.NewGenerator(b, root, 1)
	g.WriteFile(b, file, n)
	importGenerated(b, data, file)
	const site = "http://127.0.0.1:18097"
	_, stop := startProgram(b, binary, data, site)
	defer stop()
	if err := waitReady(site); err != nil {
		b.Fatal(err)
	}
	r := browse(b, site, desk)
	r.open("/en/")
	var took []float64
	for range 60 {
		typed := []rune(g.Words("en", 1+g.IntN(2)))
		took = append(took, eval[float64](r, fmt.Sprintf(`new Promise((done) => {
			const [q, results] = [document.getElementById("q"), document.getElementById("results")];
			q.value = %q;
			const began = performance.now();
			const watched = new MutationObserver(() => {
				watched.disconnect();
				requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
			});
			watched.observe(results, {childList: true, subtree: true, characterData: true});
			q.dispatchEvent(new Event("input", {bubbles: true}));
			setTimeout(() => done(-1), 5000);
		})`, string(typed[:max(2, len(typed)-g.IntN(4))])), chromedp.EvalAwaitPromise))
	}
	took = slices.DeleteFunc(took, func(ms float64) bool { return ms < 0 }) // the same results as before
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "ms-p50")
	b.ReportMetric(took[len(took)*95/100], "ms-p95")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLighthouse has Lighthouse look at a search and at a record, as on a phone with a slow line.
func BenchmarkLighthouse(b *testing.B) {
	tool, err := filepath.Abs(filepath.Join(root, "testdata", "soak", "node_modules", ".bin", "lighthouse"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil || chromium() == "" {
		b.Skip("skipped: no Lighthouse or no Chromium; testdata/setup.sh soak installs them")
	}
	s := starterSite(b)
	for name, path := range map[string]string{"search": "/en/?q=media+literacy", "search-ar": "/ar/?q=" + url.QueryEscape(questions["ar"]), "record": "/en/records/starter:seeds-of-peace-camp", "coverage": "/ar/coverage", "start": "/fr/start?theme=dialogue"} {
		b.Run(name, func(b *testing.B) {
			c := exec.Command(tool, s.url+path, "--quiet", "--output=json", "--chrome-flags=--headless --no-sandbox")
			c.Env = append(os.Environ(), "CHROME_PATH="+chromium())
			out, err := c.Output()
			if err != nil {
				b.Fatal(err)
			}
			var report struct {
				Categories map[string]struct {
					Score float64 `json:"score"`
				} `json:"categories"`
			}
			if err := json.Unmarshal(out, &report); err != nil {
				b.Fatal(err)
			}
			for name, category := range report.Categories {
				b.ReportMetric(100*category.Score, name)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// mostBytes is how much the first search page may weigh over the wire, in all.
const mostBytes = 60_000

// BenchmarkSlowLine measures from the call of a search to its first result on the screen, with an
// empty cache, on a line of 400 kbit/s and 400 ms there and back: what WebPageTest calls slow 3G.
func BenchmarkSlowLine(b *testing.B) {
	s := starterSite(b)
	for _, lang := range []string{"en", "ar"} {
		b.Run(lang, func(b *testing.B) {
			for range b.N {
				r := browse(b, s.url, phone)
				send(r, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Latency: 400, DownloadThroughput: 50_000, UploadThroughput: 50_000}}})
				r.open("/" + lang + "/?q=" + url.QueryEscape(questions[lang]))
				r.until(`document.querySelectorAll("#results .card").length > 0`)
				b.ReportMetric(eval[float64](r, `performance.getEntriesByName("first-contentful-paint")[0].startTime`), "ms-painted")
				b.ReportMetric(eval[float64](r, `new Promise((done) => new PerformanceObserver((all) => done(all.getEntries().at(-1).startTime)).observe({type: "largest-contentful-paint", buffered: true}))`, chromedp.EvalAwaitPromise), "ms-largest")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// TestPageWeight: the first page of results is light in every language.
func TestPageWeight(t *testing.T) {
	s := starterSite(t)
	for _, lang := range catalog.Languages {
		for _, path := range []string{"/" + lang + "/", "/" + lang + "/?q=" + url.QueryEscape(questions[lang])} {
			if n := weigh(t, s.url, path); n > mostBytes {
				t.Errorf("%s weighs %d bytes, more than %d", path, n, mostBytes)
			}
		}
	}
}

// BenchmarkPageWeight measures what a browser loads over the wire, compressed:
// each page with the styles, scripts, icons and texts that it names.
func BenchmarkPageWeight(b *testing.B) {
	s := starterSite(b)
	for name, path := range map[string]string{"home": "/en/", "search": "/ar/?q=%D8%A7%D9%84%D8%A5%D8%B9%D9%84%D8%A7%D9%85", "record": "/en/records/starter:seeds-of-peace-camp", "coverage": "/en/coverage"} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.ReportMetric(float64(weigh(b, s.url, path))/1000, "kB")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// weigh adds up the bytes of a page and of all under /assets/ that it, its
// styles and its scripts name.
func weigh(b testing.TB, site, path string) int {
	b.Helper()
	total, seen, queue := 0, map[string]bool{}, []string{path}
	locale := "/locales/" + path[1:3] + ".json"
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		request, err := http.NewRequest(http.MethodGet, site+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			b.Fatal(err)
		}
		counted := &countingReader{Reader: answer.Body}
		var in io.Reader = counted
		if answer.Header.Get("Content-Encoding") == "gzip" {
			if in, err = gzip.NewReader(counted); err != nil {
				b.Fatal(err)
			}
		}
		text, err := io.ReadAll(in)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			b.Fatalf("%s: %d %v", path, answer.StatusCode, err)
		}
		total += counted.n
		for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune("\"'() \n#", r) }) {
			switch {
			case strings.HasPrefix(word, "/assets/"):
				queue = append(queue, word)
			case word == "`../locales/${lang}.json`,": // as search.js asks for it
				queue = append(queue, path[:strings.LastIndex(path, "/js/")]+locale)
			case strings.HasPrefix(word, "./") && strings.HasSuffix(word, ".js"):
				queue = append(queue, path[:strings.LastIndex(path, "/")+1]+word[2:])
			}
		}
	}
	return total
}

type countingReader struct {
	io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}
