package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is where the program of the browser is; "" where there
// is none.
var chromium = sync.OnceValue(func() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
})

// site is the program serving a data folder on a free port.
type site struct {
	*server
	url    string
	logged *notes
	end    func() // stops it; the test's end does so too
}

// notes is a log that may be written and read at the same time.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// serveSite serves data, filled from the starter collection if it is new, until
// the test ends, and waits until it is ready.
func serveSite(t testing.TB, data string) *site {
	t.Helper()
	s, end, err := startSite(data)
	if err != nil {
		t.Fatal(err)
	}
	s.end = sync.OnceFunc(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.end)
	return s
}

// startSite serves data until end is called.
func startSite(data string) (s *site, end func() error, err error) {
	logged := &notes{}
	p := &program{data: data, stdout: logged, stderr: logged}
	if p.config, err = readConfig(data, ""); err != nil {
		return nil, nil, err
	}
	p.config.Addr = "127.0.0.1:0"
	server, err := p.newServer()
	if err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	end = func() error {
		stop()
		return errors.Join(<-done, server.Close())
	}
	if err := waitReady(server.URL()); err != nil {
		return nil, nil, errors.Join(err, end())
	}
	return &site{server: server, url: server.URL(), logged: logged}, end, nil
}

// waitReady asks /readyz until it is content, for at most five minutes: under the race
// detector on a busy machine the first filling takes one.
func waitReady(address string) error {
	deadline := time.Now().Add(5 * time.Minute)
	for {
		r, err := http.Get(address + "/readyz")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// reader is one tab of the browser. Whatever a page must never do is noted in
// faults and fails the test at its end.
type reader struct {
	t      testing.TB
	ctx    context.Context
	site   string
	mu     sync.Mutex
	faults []string
	wanted map[string]bool // failed requests that are meant, by path
}

type look struct {
	width    int
	dark     bool
	noScript bool
	forced   bool // the colours of the system, as for those who need strong contrasts
	large    bool // text of twice the size, as by the settings of the browser
}

var (
	phone = look{width: 375}
	desk  = look{width: 1280}
)

// running are the browsers of all tests: to start one takes longer than most journeys. Each
// journey has a profile of its own in it.
var running browsers

type browsers struct{ usual, large browser }

type browser struct {
	sync.Once
	browser context.Context
	end     func() // nil if it was not started
	err     error
}

// with is the browser with text of the usual size or of twice the size, started once.
func (b *browsers) with(large bool) *browser {
	out := &b.usual
	if large {
		out = &b.large
	}
	out.Do(func() {
		dir, err := os.MkdirTemp("", "clearinghouse-browser")
		if err != nil {
			out.err = err
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(chromium()), chromedp.UserDataDir(dir),
			chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
		if large {
			options = append(options, chromedp.Flag("blink-settings", "defaultFontSize=32"))
		}
		allocated, release := chromedp.NewExecAllocator(context.Background(), options...)
		started, closeAll := chromedp.NewContext(allocated)
		out.browser = started
		out.end = func() {
			closeAll()
			release()
			os.RemoveAll(dir)
		}
		_, out.err = chromedp.Call(started, log.Enable, cdp.Empty{})
	})
	return out
}

func (b *browsers) close() {
	for _, one := range []*browser{&b.usual, &b.large} {
		if one.end != nil {
			one.end()
		}
	}
}

// browse opens a tab on the site.
func browse(t testing.TB, site string, l look) *reader {
	t.Helper()
	if chromium() == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium, and CI must not skip the browser tests: testdata/setup.sh installs it")
		}
		t.Skip("skipped: no Chromium; make test installs it as root on Debian and says how elsewhere")
	}
	started := running.with(l.large)
	if started.err != nil {
		t.Fatal(started.err)
	}
	r := &reader{t: t, site: site, wanted: map[string]bool{}}
	tab, closeTab := chromedp.NewContext(started.browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(r.watch))
	r.ctx = tab
	t.Cleanup(func() {
		closeTab()
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, fault := range r.faults {
			t.Error(fault)
		}
	})
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	send(r, network.Enable, network.EnableParams{})
	send(r, log.Enable, cdp.Empty{})
	send(r, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(l.width), Height: 900, DeviceScaleFactor: 1, Mobile: l.width < 600})
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	if l.forced {
		features = append(features, &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
	}
	send(r, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	send(r, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
	return r
}

func send[P, R any](r *reader, c cdp.Command[P, R], params P) {
	r.t.Helper()
	if _, err := chromedp.Call(r.ctx, c, params); err != nil {
		r.t.Fatal(err)
	}
}

// watch notes requests to other hosts, script errors, and what the content
// security policy had to stop.
func (r *reader) watch(event any) {
	fault := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && r.site != u.Scheme+"://"+u.Host {
			fault = "a request to another host: " + e.Request.URL
		}
	case *network.EventResponseReceived:
		if u, err := url.Parse(e.Response.URL); err == nil && e.Response.Status >= 400 && !r.wanted[u.Path] && u.Path != "/favicon.ico" {
			fault = fmt.Sprintf("%s answered %d", e.Response.URL, e.Response.Status)
		}
	case *runtime.EventExceptionThrown:
		fault = "a script failed: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			fault += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			fault = "the browser complains: " + e.Entry.Text
		}
	}
	if fault != "" {
		r.mu.Lock()
		r.faults = append(r.faults, fault)
		r.mu.Unlock()
	}
}

func (r *reader) do(actions ...chromedp.Action[chromedp.Void]) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		r.t.Fatal(err)
	}
}

// open goes to a path of the site.
func (r *reader) open(path string) {
	r.t.Helper()
	r.do(chromedp.Navigate(r.site + path))
}

// eval is the value of a JavaScript expression in the page.
func eval[T any](r *reader, expression string, options ...chromedp.EvaluateOption) T {
	r.t.Helper()
	v, err := chromedp.Run(r.ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		r.t.Fatalf("%s: %v", expression[:min(len(expression), 200)], err)
	}
	return v
}

// script carries out JavaScript that has no value.
func (r *reader) script(statements string) {
	r.t.Helper()
	eval[bool](r, "(() => {"+statements+"; return true})()")
}

// until waits for a JavaScript condition, for at most 10 seconds. It asks from
// outside, because the pages forbid scripts made of text; while a page is being
// left there is nobody to ask.
func (r *reader) until(condition string) {
	r.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		is, err := chromedp.Run(r.ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err == nil && is {
			return
		}
		if time.Now().After(deadline) {
			text, _ := chromedp.Run(r.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
			r.t.Fatalf("never came true: %s (%v)\n%s", condition, err, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// shot keeps a picture of the window in build/screenshots, for a person to look
// at.
func (r *reader) shot(name string) {
	r.t.Helper()
	folder := filepath.Join(root, "build", "screenshots")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		r.t.Fatal(err)
	}
	png, err := chromedp.Run(r.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// axe runs axe-core on the page and fails for each violation of WCAG 2.2 A and
// AA and of its best practices, but for the rules named.
func (r *reader) axe(name string, without ...string) {
	r.t.Helper()
	source, err := os.ReadFile(root + "/node_modules/axe-core/axe.min.js")
	if errors.Is(err, os.ErrNotExist) {
		r.t.Skip("skipped: no axe-core; run npm ci")
	}
	if err != nil {
		r.t.Fatal(err)
	}
	eval[int](r, string(source)+";0")
	var rules strings.Builder
	for _, rule := range without {
		fmt.Fprintf(&rules, "%q: {enabled: false},", rule)
	}
	result := eval[struct {
		Violations []struct {
			ID     string `json:"id"`
			Impact string `json:"impact"`
			Help   string `json:"help"`
			Nodes  []struct {
				HTML           string `json:"html"`
				FailureSummary string `json:"failureSummary"`
			} `json:"nodes"`
		} `json:"violations"`
		Passes []struct {
			ID string `json:"id"`
		} `json:"passes"`
	}](r, `axe.run(document, {resultTypes: ["violations"], rules: {`+rules.String()+`}}).then(r => ({violations: r.violations, passes: r.passes.map(p => ({id: p.id}))}))`, chromedp.EvalAwaitPromise)
	if len(result.Passes) == 0 {
		r.t.Errorf("%s: axe looked at nothing", name)
	}
	for _, v := range result.Violations {
		for _, n := range v.Nodes {
			r.t.Errorf("%s: axe %s (%s): %s\n%s\n%s", name, v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

// apiAnswer asks the site's API.
func apiAnswer(t testing.TB, site, path string) map[string]any {
	t.Helper()
	r, err := http.Get(site + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", path, r.StatusCode, err)
	}
	return v
}

// shared is one site with the starter collection for all tests that only read.
var shared struct {
	sync.Once
	site *site
	end  func() error
	dir  string
	err  error
}

// starterSite is the shared site.
func starterSite(t testing.TB) *site {
	t.Helper()
	shared.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "clearinghouse-starter"); shared.err == nil {
			shared.site, shared.end, shared.err = startSite(filepath.Join(shared.dir, "data"))
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.site
}

// endShared ends it, if there is one, and the browsers.
func endShared() error {
	running.close()
	if shared.end == nil {
		return os.RemoveAll(shared.dir)
	}
	return errors.Join(shared.end(), os.RemoveAll(shared.dir))
}
