package rdf

import (
	"fmt"
	"strings"
)

// parts are those of an address by RFC 3986, appendix B, with their delimiters.
type parts struct{ scheme, authority, path, query, fragment string }

func split(s string) (p parts) {
	s, p.fragment = cutBefore(s, "#")
	s, p.query = cutBefore(s, "?")
	if n := schemeLength(s); n > 0 {
		p.scheme, s = s[:n], s[n:]
	}
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		host, path := cutBefore(rest, "/")
		p.authority, s = "//"+host, path
	}
	p.path = s
	return p
}

func cutBefore(s, separator string) (before, rest string) {
	if i := strings.Index(s, separator); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// schemeLength is that of what s begins with, as in "https:", 0 without a scheme.
func schemeLength(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && c == ':':
			return i + 1
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return 0
		}
	}
	return 0
}

func absolute(s string) bool { return schemeLength(s) > 0 }

// illFormed is a character that must not stand in an address, "" if there is none.
func illFormed(s string) string {
	for _, c := range s {
		if c <= ' ' || strings.ContainsRune("<>\"{}|^`\\", c) {
			return string(c)
		}
	}
	return ""
}

func percent(s string) string { return fmt.Sprintf("%%%02X", s) }

// resolve makes a relative reference absolute by RFC 3986, section 5.2; net/url
// would escape the letters that an IRI may have.
func resolve(base, reference string) string {
	b, r := split(base), split(reference)
	switch {
	case r.authority != "":
		r.path = withoutDots(r.path)
	case r.path == "":
		r.authority, r.path = b.authority, b.path
		if r.query == "" {
			r.query = b.query
		}
	case r.path[0] == '/':
		r.authority, r.path = b.authority, withoutDots(r.path)
	default:
		folder := b.path[:strings.LastIndexByte(b.path, '/')+1]
		if folder == "" && b.authority != "" {
			folder = "/"
		}
		r.authority, r.path = b.authority, withoutDots(folder+r.path)
	}
	return b.scheme + r.authority + r.path + r.query + r.fragment
}

// withoutDots resolves the segments . and .. of a path.
func withoutDots(path string) string {
	if !strings.Contains(path, ".") {
		return path
	}
	segments := strings.Split(path, "/")
	out := segments[:0]
	first := 0
	if path[0] == '/' {
		out, first = append(out, ""), 1
	}
	for i, s := range segments[first:] {
		last := i == len(segments)-first-1
		switch s {
		case "..":
			out = out[:max(first, len(out)-1)]
		case ".":
		default:
			out = append(out, s)
			last = false
		}
		if last {
			out = append(out, "")
		}
	}
	return strings.Join(out, "/")
}
