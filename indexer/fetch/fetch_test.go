package fetch

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clearinghouse/catalog"

	"github.com/google/go-cmp/cmp"
)

// begin is when the clocks of the tests start.
var begin = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// waits is a clock that only waiting moves.
type waits struct {
	mu  sync.Mutex
	now time.Time
	all []time.Duration
}

func (w *waits) client() *Client {
	c := NewClient(Options{Version: "1.2", Project: "https://clearinghouse.example", Contact: "ops@clearinghouse.example"})
	c.now = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}
	c.sleep = func(ctx context.Context, d time.Duration) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now = w.now.Add(d)
		w.all = append(w.all, d)
		return ctx.Err()
	}
	return c
}

func serve(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *waits, *Client) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w := &waits{now: begin}
	c := w.client()
	t.Cleanup(c.Close)
	return server, w, c
}

// allow is a request for an address of the test server.
func allow(server *httptest.Server, path string) Request {
	return Request{URL: server.URL + path, PrivateHosts: []string{strings.TrimPrefix(server.URL, "http://")}}
}

func read(t testing.TB, answer *Response) string {
	t.Helper()
	data, err := io.ReadAll(answer.Body)
	if err == nil {
		err = answer.Body.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFetch(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", DefaultMaxBytes/16)
	robots := "User-agent: clearinghouse\nDisallow: /private\nAllow: /private/open\n\nUser-agent: *\nDisallow: /\n"
	server, w, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, robots)
		case "/page":
			fmt.Fprint(w, r.UserAgent())
		case "/private/open", "/private/closed":
			fmt.Fprint(w, "in")
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "plain")
			z.Close()
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, big+"!")
			z.Close()
		case "/full":
			io.WriteString(w, big)
		case "/sitemap.xml.gz":
			z := gzip.NewWriter(w)
			io.WriteString(z, "<urlset/>")
			z.Close()
		case "/bomb.gz":
			z := gzip.NewWriter(w)
			io.WriteString(z, big+"!")
			z.Close()
		case "/named.gz":
			io.WriteString(w, "not compressed")
		case "/moved":
			http.Redirect(w, r, "page?x=1#part", http.StatusMovedPermanently)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/closed":
			http.Redirect(w, r, "/private/closed", http.StatusFound)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/login":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			http.NotFound(w, r)
		}
	})
	for _, c2 := range []struct {
		path, body, final string
		code              catalog.ErrorCode
		message           string
	}{
		{path: "/page", body: "Clearinghouse/1.2 (+https://clearinghouse.example; ops@clearinghouse.example)"},
		{path: "/private/open", body: "in"},
		{path: "/private/closed", code: catalog.Invalid, message: "robots.txt"},
		{path: "/closed", code: catalog.Invalid, message: "robots.txt"},
		{path: "/gzip", body: "plain"},
		{path: "/full", body: big},
		{path: "/bomb", code: catalog.Invalid, message: "larger than 32 MB: raise max_size"},
		{path: "/sitemap.xml.gz", body: "<urlset/>"},
		{path: "/bomb.gz", code: catalog.Invalid, message: "larger than 32 MB"},
		{path: "/named.gz", body: "not compressed"},
		{path: "/moved", body: "Clearinghouse/1.2 (+https://clearinghouse.example; ops@clearinghouse.example)", final: "/page?x=1"},
		{path: "/loop", code: catalog.Invalid, message: "redirects more than 5 times"},
		{path: "/file", code: catalog.Invalid, message: "file:///etc/passwd is not an address"},
		{path: "/nowhere", code: catalog.Invalid, message: "redirects to nowhere"},
		{path: "/metadata", code: catalog.Invalid, message: "169.254.169.254:80 is a private address"},
		{path: "/gone", code: catalog.NotFound, message: "HTTP 410"},
		{path: "/missing", code: catalog.NotFound, message: "HTTP 404"},
		{path: "/login", code: catalog.Invalid, message: "needs a login"},
	} {
		answer, err := c.Fetch(t.Context(), allow(server, c2.path))
		if code := catalog.CodeOf(err); code != c2.code || err != nil && !strings.Contains(err.Error(), c2.message) {
			t.Errorf("%s: %s %v, want %s %q", c2.path, code, err, c2.code, c2.message)
			continue
		}
		if err == nil {
			if body := read(t, answer); body != c2.body {
				t.Errorf("%s: %.80q, want %.80q", c2.path, body, c2.body)
			}
		}
		if err == nil && c2.final != "" && answer.URL != server.URL+c2.final {
			t.Errorf("%s: ended at %s, want %s", c2.path, answer.URL, c2.final)
		}
	}
	if len(w.all) != 0 {
		t.Errorf("waited %v for a private host and lasting errors", w.all)
	}
}

// TestPrivate refuses what the source does not allow, by number and by name.
func TestPrivate(t *testing.T) {
	server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the server was reached") })
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"} {
		_, err := c.Fetch(t.Context(), Request{URL: "http://" + host + port + "/"})
		if err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	_, err := c.Fetch(t.Context(), Request{URL: server.URL})
	if catalog.CodeOf(err) != catalog.Invalid || !strings.Contains(err.Error(), "private_addresses: true") {
		t.Errorf("%v, want an error that says how to allow it", err)
	}
	for address, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"100.64.0.1": false, "169.254.1.1": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "0.1.2.3": false,
		"fe80::1": false, "fc00::1": false, "ff02::1": false, "::": false, "::ffff:10.0.0.1": false, "::7f00:1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:db8::1": false,
	} {
		if have := isPublic(netip.MustParseAddr(address)); have != want {
			t.Errorf("%s public: %v", address, have)
		}
	}
}

// TestRetry tries again what is temporary, after growing delays or those that
// the server asks for.
func TestRetry(t *testing.T) {
	for _, c2 := range []struct {
		name    string
		answers []func(w http.ResponseWriter)
		waits   []time.Duration
		code    catalog.ErrorCode
	}{
		{"500 then ok", answers(500), []time.Duration{time.Second}, ""},
		{"500 twice then ok", answers(500, 502), []time.Duration{time.Second, 4 * time.Second}, ""},
		{"500 three times", answers(500, 500, 500), []time.Duration{time.Second, 4 * time.Second}, catalog.Unavailable},
		{"429 with seconds", answers("7"), []time.Duration{7 * time.Second}, ""},
		{"429 with a date", answers(begin.Add(30 * time.Second).Format(http.TimeFormat)), []time.Duration{30 * time.Second}, ""},
		{"429 with nonsense", answers("soon"), []time.Duration{time.Minute}, ""},
		{"429 for an hour", answers("3600"), nil, catalog.Unavailable},
		{"cut off", answers(0), []time.Duration{time.Second}, ""},
	} {
		t.Run(c2.name, func(t *testing.T) {
			var n atomic.Int32
			server, w, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					http.NotFound(w, r)
					return
				}
				if i := int(n.Add(1)) - 1; i < len(c2.answers) {
					c2.answers[i](w)
					return
				}
				fmt.Fprint(w, "ok")
			})
			_, err := c.Fetch(t.Context(), allow(server, "/"))
			if catalog.CodeOf(err) != c2.code {
				t.Errorf("%v, want code %q", err, c2.code)
			}
			// After a 429 the host's pace may add a wait of its own.
			if diff := cmp.Diff(c2.waits, w.all[:min(len(w.all), len(c2.waits))]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// answers are statuses, 0 to break off, or the Retry-After of a 429.
func answers(list ...any) []func(http.ResponseWriter) {
	var out []func(http.ResponseWriter)
	for _, a := range list {
		out = append(out, func(w http.ResponseWriter) {
			switch a := a.(type) {
			case int:
				if a == 0 {
					w.Header().Set("Content-Length", "100")
					fmt.Fprint(w, "only this")
					w.(http.Flusher).Flush()
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(a)
			case string:
				w.Header().Set("Retry-After", a)
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})
	}
	return out
}

// visit enters a public host.
func visit(t *testing.T, c *Client, name string) *host {
	t.Helper()
	h, err := c.enter(t.Context(), &url.URL{Scheme: "https", Host: name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestPace keeps a second between requests to a public host, more after it
// asked to slow down, and comes back to a second.
func TestPace(t *testing.T) {
	w := &waits{now: begin}
	c := w.client()
	defer c.Close()
	h := visit(t, c, "public.example")
	step := func() time.Duration {
		before := w.now
		if err := h.pace(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		return w.now.Sub(before).Round(time.Millisecond)
	}
	var have []time.Duration
	have = append(have, step(), step(), step())
	h.slowDown(c.now(), 0)
	have = append(have, step())
	for range 10 {
		h.slowDown(c.now(), 0)
	}
	step()
	have = append(have, step())
	for range 100 {
		h.speedUp(c.now())
	}
	step()
	have = append(have, step())
	want := []time.Duration{0, time.Second, time.Second, 2 * time.Second, maxPace, time.Second}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

// TestLeftAlone does not ask a host for anything that asked to be left alone
// for an hour, and does again after it.
func TestLeftAlone(t *testing.T) {
	var asked atomic.Int32
	server, w, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			answers("3600")[0](w)
		case "/page":
			asked.Add(1)
		}
	})
	if _, err := c.Fetch(t.Context(), allow(server, "/busy")); catalog.CodeOf(err) != catalog.Unavailable {
		t.Fatalf("%v, want unavailable", err)
	}
	if _, err := c.Fetch(t.Context(), allow(server, "/page")); catalog.CodeOf(err) != catalog.Unavailable || asked.Load() != 0 {
		t.Errorf("%v, asked %d times within the hour", err, asked.Load())
	}
	w.now = w.now.Add(time.Hour)
	if _, err := c.Fetch(t.Context(), allow(server, "/page")); err != nil || asked.Load() != 1 {
		t.Errorf("%v, asked %d times after the hour", err, asked.Load())
	}
}

// TestOneAtATime never has two requests at one host, whoever asks.
func TestOneAtATime(t *testing.T) {
	var now, most atomic.Int32
	server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		fmt.Fprint(w, "ok")
		now.Add(-1)
	})
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			if _, err := c.Fetch(context.Background(), allow(server, fmt.Sprintf("/%d", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if most.Load() != 1 {
		t.Errorf("%d requests at once", most.Load())
	}
}

// TestConditional answers ErrNotModified while the server has the same.
func TestConditional(t *testing.T) {
	server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "x", begin, strings.NewReader("body"))
	})
	r := allow(server, "/")
	answer, err := c.Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := Validators{URL: r.URL, ETag: `"v1"`, LastModified: begin.Format(http.TimeFormat)}
	if diff := cmp.Diff(want, answer.Validators); diff != "" {
		t.Fatal(diff)
	}
	for _, v := range []Validators{want, {URL: r.URL, ETag: want.ETag}, {URL: r.URL, LastModified: want.LastModified}} {
		r.Validators = v
		if _, err := c.Fetch(t.Context(), r); !errors.Is(err, ErrNotModified) {
			t.Errorf("with %+v: %v, want ErrNotModified", v, err)
		}
	}
	r.Validators = Validators{URL: r.URL, ETag: `"v0"`}
	if _, err := c.Fetch(t.Context(), r); err != nil {
		t.Errorf("with another version: %v", err)
	}
	r.Validators = want
	r.URL += "login"
	if _, err := c.Fetch(t.Context(), r); err != nil {
		t.Errorf("at another address: %v", err)
	}
}

// TestRobots: 4xx allows all, 5xx nothing for now; a broken file is used as far
// as it can be read.
func TestRobots(t *testing.T) {
	var asked atomic.Int32
	status, body := 404, ""
	server, w, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked.Add(1)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
		fmt.Fprint(w, "ok")
	})
	for _, c2 := range []struct {
		status int
		body   string
		code   catalog.ErrorCode
	}{
		{404, "", ""},
		{403, "", ""},
		{200, "", ""},
		{503, "", catalog.Unavailable},
		{200, "User-agent: *\nDisallow: /page", catalog.Invalid},
		{200, "\ufeffUser-agent: *\r\nDisallow: /page\r\n", catalog.Invalid},
		{200, "User-agent: *\nCrawl-delay: much\nDisallow: /page", catalog.Invalid},
		{200, "<html>Welcome</html>", ""},
		{200, "User-agent: *\nDisallow: /page\n" + strings.Repeat("# and more\n", DefaultMaxBytes/10), catalog.Invalid},
		{200, "User-agent: *\nDisallow: /page\nAllow: /page$", ""},
	} {
		status, body = c2.status, c2.body
		w.now = w.now.Add(robotsKept + time.Minute)
		before := asked.Load()
		for range 2 {
			if _, err := c.Fetch(t.Context(), allow(server, "/page")); catalog.CodeOf(err) != c2.code {
				t.Errorf("%d %q: %v, want code %q", c2.status, c2.body, err, c2.code)
			}
		}
		want := int32(1)
		if c2.status == 503 {
			want = maxTries
		}
		if n := asked.Load() - before; n != want {
			t.Errorf("%d %q: robots.txt was asked for %d times, want %d", c2.status, c2.body, n, want)
		}
	}
}

// TestCancel ends at once with the context, also while waiting for one's turn.
func TestCancel(t *testing.T) {
	server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Fetch(ctx, allow(server, "/")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that of the context", err)
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.enter(t.Context(), u, allow(server, "/").PrivateHosts)
	if err != nil {
		t.Fatal(err)
	}
	defer c.leave(h)
	if _, err := c.enter(ctx, u, allow(server, "/").PrivateHosts); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that of the context", err)
	}
}

// TestAnswers: the document that comes with a status of 400 to 499 is an answer if
// whoever asks says so, it is small and of XML or JSON, and the server does not ask
// to come back later.
func TestAnswers(t *testing.T) {
	const document = "<OAI-PMH><error code=\"badResumptionToken\"/></OAI-PMH>"
	status, kind, body := 0, "", ""
	server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
	oai := func(document []byte) bool { return strings.Contains(string(document), "<OAI-PMH") }
	for _, c2 := range []struct {
		name     string
		status   int
		kind     string
		body     string
		answers  func([]byte) bool
		answered bool
	}{
		{"document", 400, "text/xml; charset=utf-8", document, oai, true},
		{"not found", 404, "application/oai+xml", document, oai, true},
		{"json", 422, "application/problem+json", "{\"of\": \"<OAI-PMH\"}", oai, true},
		{"page", 400, "text/html", document, oai, false},
		{"unnamed", 400, "", document, oai, false},
		{"other document", 400, "text/xml", "<error/>", oai, false},
		{"too large", 400, "text/xml", document + strings.Repeat(" ", maxDocument), oai, false},
		{"failed", 500, "text/xml", document, oai, false},
		{"later", 429, "text/xml", document, oai, false},
		{"nobody asks", 400, "text/xml", document, nil, false},
	} {
		status, kind, body = c2.status, c2.kind, c2.body
		r := allow(server, "/oai")
		r.Answers = c2.answers
		answer, err := c.Fetch(t.Context(), r)
		if c2.answered != (err == nil) {
			t.Errorf("%s: %v, want an answer %v", c2.name, err, c2.answered)
		}
		if err == nil {
			if have := read(t, answer); have != c2.body || answer.ContentType != c2.kind {
				t.Errorf("%s: %s %q", c2.name, answer.ContentType, have)
			}
		}
	}
}

// TestForget: hosts are forgotten that were not used for a day, and the one that
// was not used for longest if there are too many; never one that is in use or
// wants to be left alone.
func TestForget(t *testing.T) {
	w := &waits{now: begin}
	c := w.client()
	defer c.Close()
	known := func(name string) bool { return c.hosts["https://"+name] != nil }
	alone, held := visit(t, c, "alone.example"), visit(t, c, "held.example")
	c.leave(alone)
	c.leave(visit(t, c, "quiet.example"))
	w.now = w.now.Add(hostKept - time.Minute)
	alone.slowDown(w.now, time.Hour)
	c.leave(visit(t, c, "later.example"))
	if !known("quiet.example") {
		t.Error("a host is forgotten within a day")
	}
	w.now = w.now.Add(time.Minute)
	c.leave(visit(t, c, "trigger.example"))
	if known("quiet.example") || !known("alone.example") || !known("held.example") || !known("later.example") {
		t.Errorf("after a day %d hosts are known", len(c.hosts))
	}
	for n := range maxHosts + 100 {
		w.now = w.now.Add(time.Millisecond)
		c.leave(visit(t, c, fmt.Sprintf("%d.example", n)))
	}
	if n := len(c.hosts); n != maxHosts {
		t.Errorf("%d hosts are known, want %d", n, maxHosts)
	}
	if !known("alone.example") || !known("held.example") || known("later.example") || known("0.example") || !known(fmt.Sprintf("%d.example", maxHosts+99)) {
		t.Error("the wrong hosts were forgotten")
	}
	c.leave(held)
	w.now = w.now.Add(2 * hostKept)
	c.leave(visit(t, c, "last.example"))
	if len(c.hosts) != 1 {
		t.Errorf("%d hosts are known after two days, want one", len(c.hosts))
	}
}
