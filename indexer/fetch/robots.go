package fetch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// This file reads robots.txt and decides by it, as RFC 9309 says. The libraries
// that are to be had decide otherwise where a rule has a wildcard or a character
// stands percent-encoded, which would let a page be fetched that its owner forbids.

// maxCrawlDelay is the longest Crawl-delay that is kept; whoever asks for more gets
// this.
const maxCrawlDelay = time.Hour

// robots is what a robots.txt says to one crawler. None allows everything.
type robots struct {
	rules []robotsRule
	delay time.Duration // between two requests; 0 if it does not say
}

// robotsRule is a path pattern in the normal form of robotsPath.
type robotsRule struct {
	pattern string
	allow   bool
}

// parseRobots reads what a robots.txt says to the crawler with the product token
// agent: the rules of all groups that name it, else of all for everybody. What is
// no rule is passed over.
func parseRobots(body []byte, agent string) robots {
	text, _, _ := transform.Bytes(unicode.BOMOverride(transform.Nop), body) // UTF-16 too, against the RFC
	var own, everybody robots
	var named bool       // the agent has a group of its own
	var groups []*robots // that the lines belong to
	ruled := true        // the group has rules: the next user agent begins another
	for _, line := range strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, value := robotsLine(line)
		switch key {
		case "user-agent", "useragent", "user agent":
			if ruled {
				groups, ruled = nil, false
			}
			switch token := productToken(value); {
			case value == "*":
				groups = append(groups, &everybody)
			case strings.EqualFold(token, agent):
				named = true
				groups = append(groups, &own)
			}
		case "allow", "disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw": // as Google's parser reads them
			ruled = true
			if value == "" {
				continue // an empty path matches nothing
			}
			if value[0] != '/' && value[0] != '*' {
				value = "/" + value
			}
			for _, g := range groups {
				g.rules = append(g.rules, robotsRule{robotsPath(value, true), key == "allow"})
			}
		case "crawl-delay": // not of the RFC, which leaves room for it
			for _, g := range groups {
				g.delay = max(g.delay, crawlDelay(value))
			}
		}
	}
	if named {
		return own
	}
	return everybody
}

// robotsLine takes a line apart, without its comment. Between name and value a
// space may stand for the colon.
func robotsLine(line string) (key, value string) {
	line, _, _ = strings.Cut(line, "#")
	line = strings.Trim(line, " \t\x00")
	at := strings.IndexByte(line, ':')
	if at < 0 {
		at = strings.IndexAny(line, " \t")
	}
	if at < 0 {
		return "", ""
	}
	return strings.ToLower(strings.TrimRight(line[:at], " \t")), strings.Trim(line[at+1:], " \t")
}

// productToken is what of a user-agent line names the crawler: "Clearinghouse" of
// "Clearinghouse/1.0".
func productToken(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '-' || r == '_')
	})
	if end < 0 {
		end = len(value)
	}
	return value[:end]
}

// crawlDelay reads seconds, 0 if they are none.
func crawlDelay(value string) time.Duration {
	seconds, err := strconv.ParseFloat(strings.TrimRight(value, " s"), 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	if seconds >= maxCrawlDelay.Seconds() {
		return maxCrawlDelay
	}
	return time.Duration(seconds * float64(time.Second))
}

// allows reports whether a path with its query may be fetched: the longest
// pattern that matches decides, of two as long the one that allows.
func (r robots) allows(path string) bool {
	path = robotsPath(path, false)
	if path == "/robots.txt" {
		return true
	}
	longest, allowed := -1, true
	for _, rule := range r.rules {
		if n := len(rule.pattern); (n > longest || n == longest && rule.allow) && matchRobots(rule.pattern, path) {
			longest, allowed = n, rule.allow
		}
	}
	return allowed
}

// matchRobots reports whether a pattern matches the beginning of a path, or all of
// it if it ends in $. A * stands for any characters.
func matchRobots(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(path, parts[0])
	if !ok || len(parts) == 1 {
		return ok && (!whole || rest == "")
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	if whole {
		return strings.HasSuffix(rest, parts[last])
	}
	return strings.Contains(rest, parts[last])
}

// robotsPath brings a path, or a pattern, into the form in which they are
// compared (RFC 9309 section 2.2.2): what need not be percent-encoded is not, and
// everything else is, in upper case. In a pattern * and a $ at the end keep their
// meaning; a path has them encoded.
func robotsPath(s string, pattern bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, encoded := s[i], false
		if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, encoded, i = byte(n), true, i+2
			}
		}
		special := c == '*' || c == '$' && (i == len(s)-1 || !pattern)
		switch {
		case isUnreserved(c),
			!encoded && special && pattern,
			!encoded && !special && strings.IndexByte("/?#[]@!&'()+,;=:%", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// isUnreserved reports whether RFC 3986 section 2.3 calls a character so.
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
