package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"clearinghouse/catalog"
)

// TestAllows asks robots.txt files for what they allow and forbid: those of RFC
// 9309 and what sites have.
func TestAllows(t *testing.T) {
	for _, c := range []struct {
		name, robots       string
		allowed, forbidden string // paths
	}{
		{"nothing said", "", "/ /robots.txt", ""},
		{"no robots.txt", "<html><body>Disallow: /</body></html>", "/ /x", ""},
		{"all forbidden", "User-agent: *\nDisallow: /", "/robots.txt", "/ /x"},
		{"empty rule", "User-agent: *\nDisallow:", "/ /x", ""},
		{"own group only", "User-agent: *\nDisallow: /\nUser-agent: Clearinghouse\nDisallow: /x", "/ /y", "/x /xy /x/y"},
		{"name in any case, with version", "User-agent: CLEARINGHOUSE/1.0 (bot)\nDisallow: /x", "/", "/x"},
		{"name that begins alike", "User-agent: clearinghousebot\nDisallow: /x\nUser-agent: clearing\nDisallow: /", "/ /x", ""},
		{"groups of one name are one", "User-agent: clearinghouse\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n\nUser-agent: clearinghouse\nDisallow: /y", "/", "/x /y"},
		{"group of several names", "User-agent: a\nCrawl-delay: 5\nSitemap: https://a.example/s\n\nUser-agent: clearinghouse\nDisallow: /x", "/", "/x"},
		{"rules before any group", "Disallow: /\nUser-agent: b\nDisallow: /", "/ /x", ""},
		{"longest rule", "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/ok.gif", "/example/page/disallowed.gif"},
		{"two as long", "User-agent: *\nDisallow: /x\nAllow: /x", "/x /xy", ""},
		{"length of the pattern counts", "User-agent: *\nDisallow: /private/\nAllow: /*.html$", "/a.html", "/private/a.html"},
		{"wildcards", "User-agent: *\nDisallow: /a*b\nDisallow: *.pdf$\nDisallow: /q?*x=1", "/a /ba /c.pdf?x /q?y", "/ab /a/x/bc /c.pdf /q?x=1 /q?y&x=1"},
		{"end", "User-agent: *\nDisallow: /x$\nDisallow: /a$b", "/xy /x/ /a", "/x /a$b /a%24b"},
		{"overlapping parts", "User-agent: *\nDisallow: /ab*ba$", "/aba", "/abba /abxba"},
		{"percent-encoding", "User-agent: *\nDisallow: /%7Ejoe/\nDisallow: /b%c3%bcro\nDisallow: /räte\nDisallow: /a%2fb\nDisallow: /s%2Ar", "/a/b /sxr", "/~joe/ /%7ejoe/ /b%C3%BCro /büro /r%C3%A4te /a%2Fb /s*r /s%2ar"},
		{"bad encoding", "User-agent: *\nDisallow: /100%\nDisallow: /a%zz", "/100", "/100% /100%zz /a%zz"},
		{"no slash", "User-agent: *\nDisallow: private", "/", "/private"},
		{"typing errors", "useragent clearinghouse\nDissallow : /x\nDisallow /y", "/", "/x /y"},
		{"comments and line ends", "\ufeffUser-agent: * # all\r\rDisallow: /x # of it\r\n# Disallow: /\rDisallow:\t/y\t", "/", "/x /y"},
		{"UTF-16", "\xff\xfe" + utf16("User-agent: *\nDisallow: /x"), "/", "/x"},
		{"query", "User-agent: *\nDisallow: /*?", "/x", "/x? /x?a=b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules := parseRobots([]byte(c.robots), Agent)
			for path := range strings.FieldsSeq(c.allowed) {
				if !rules.allows(path) {
					t.Errorf("%s is forbidden", path)
				}
			}
			for path := range strings.FieldsSeq(c.forbidden) {
				if rules.allows(path) {
					t.Errorf("%s is allowed", path)
				}
			}
		})
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
		b.WriteByte(0)
	}
	return b.String()
}

func TestCrawlDelay(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.5": 500 * time.Millisecond, "120": 2 * time.Minute, "10s": 10 * time.Second,
		"much": 0, "-1": 0, "NaN": 0, "": 0, "Inf": time.Hour, "1e300": time.Hour, "86400": time.Hour,
	} {
		if have := parseRobots([]byte("User-agent: *\nCrawl-delay: "+value), Agent).delay; have != want {
			t.Errorf("Crawl-delay: %s is %s, want %s", value, have, want)
		}
	}
	// It belongs to those named before it.
	if have := parseRobots([]byte("User-agent: a\nCrawl-delay: 5\nUser-agent: *\nDisallow: /x"), Agent).delay; have != 0 {
		t.Errorf("the delay of another is taken over: %s", have)
	}
}

// TestRetryAfter reads seconds and dates in all the forms that servers send.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": time.Second, "0": time.Second, "-1": time.Second, "7200": 2 * time.Hour, " 3600.5 ": time.Hour + time.Second,
		"99999999999": maxAlone, "NaN": time.Minute, "soon": time.Minute,
		"Tue, 24 Nov 2026 12:00:00 GMT":   2 * time.Hour,
		"Tue, 24 Nov 2026 14:00:00 +0200": 2 * time.Hour,
		"Tuesday, 24-Nov-26 12:00:00 GMT": 2 * time.Hour,
		"Tue Nov 24 12:00:00 2026":        2 * time.Hour,
		"Tue, 24 Nov 2026 09:00:00 GMT":   time.Second,
	} {
		if have := retryAfter(value, now); have != want {
			t.Errorf("Retry-After: %s is %s, want %s", value, have, want)
		}
	}
}

// FuzzRobots: whatever a robots.txt is, a rule that is an address as it stands
// forbids it, and robots.txt may always be asked for.
func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nCrawl-delay: 3"), "/a/b")
	f.Add([]byte("User-agent: *\nDisallow: /"+strings.Repeat("*a", 200)), "/"+strings.Repeat("a", 400))
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		if r := parseRobots(body, Agent); !r.allows("/robots.txt") || r.delay < 0 || r.delay > maxCrawlDelay {
			t.Errorf("%q: %v", body, r)
		} else {
			r.allows(path)
		}
		plain := strings.Trim(path, " \t\x00")
		if plain != path || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "*$#\r\n") || strings.ToValidUTF8(path, "") != path || robotsPath(path, false) == "/robots.txt" {
			return
		}
		if parseRobots([]byte("User-agent: *\nDisallow: "+path), Agent).allows(path) {
			t.Errorf("%q is forbidden and allowed", path)
		}
	})
}

// TestRobotsElsewhere: the rules may lie on another host that the source allows.
func TestRobotsElsewhere(t *testing.T) {
	other, _, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "User-agent: *\nDisallow: /closed\n")
	})
	server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.Redirect(w, r, other.URL+"/robots.txt", http.StatusMovedPermanently)
			return
		}
		fmt.Fprint(w, "ok")
	})
	for path, code := range map[string]catalog.ErrorCode{"/open": "", "/closed": catalog.Invalid} {
		r := allow(server, path)
		r.PrivateHosts = append(r.PrivateHosts, strings.TrimPrefix(other.URL, "http://"))
		if _, err := c.Fetch(t.Context(), r); catalog.CodeOf(err) != code {
			t.Errorf("%s: %v, want code %q", path, err, code)
		}
	}
}
