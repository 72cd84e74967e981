package ui

import (
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// TestLogicalStyles keeps styles free of what would stay on the wrong side in
// Arabic.
func TestLogicalStyles(t *testing.T) {
	physical := regexp.MustCompile(`(?i)\b(left|right)\b|(^|[^-])\b(top|bottom)\s*:|margin-(top|bottom)|padding-(top|bottom)|border-(top|bottom)`)
	for name, css := range read(t, "static/css/*.css") {
		for i, line := range strings.Split(comment.ReplaceAllString(css, ""), "\n") {
			if physical.MatchString(line) {
				t.Errorf("%s:%d is not logical: %s", name, i+1, line)
			}
		}
	}
}

// variables are the colours of a colour scheme.
func variables(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	css := read(t, "static/css/base.css")["static/css/base.css"]
	parse := func(css string) map[string]string {
		out := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	at := strings.Index(css, "@media screen and (prefers-color-scheme: dark)")
	light = parse(css[:at])
	dark = parse(css[at : at+strings.Index(css[at:], "\n}\n")])
	return light, dark
}

// contrast is the ratio of WCAG 2.2, 1 to 21.
func contrast(a, b string) float64 {
	luminance := func(colour string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	light, dark := variables(t)
	if diff := cmp.Diff(keys(light), keys(dark)); diff != "" {
		t.Fatalf("the schemes have different colours:\n%s", diff)
	}
	for scheme, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		for name := range colours {
			var on []string
			least := 4.5
			switch {
			case name == "line", name == "paper", name == "raised", name == "mark", name == "note": // what others stand on, and hair lines
				continue
			case strings.HasSuffix(name, "-ink"):
				on = []string{strings.TrimSuffix(name, "-ink")}
			case strings.HasPrefix(name, "heat-"):
				continue
			case name == "edge":
				on, least = []string{"paper", "raised"}, 3 // borders of controls and lines of pictures
			case name == "ink":
				on = []string{"paper", "raised", "mark", "note"}
			case name == "accent":
				on = []string{"paper", "raised", "note"}
			default:
				on = []string{"paper", "raised"}
			}
			for _, ground := range on {
				if have := contrast(colours[name], colours[ground]); have < least {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, name, ground, have, least)
				}
			}
		}
	}
}

// TestPolicy keeps out of the pages what the content security policy would
// stop, and any other host.
func TestPolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\s(style|on\w+)=|<style|<script(?:[^>]*)>[^<]|javascript:`)
	for name, page := range read(t, "static/p*/*.html") {
		if found := inline.FindString(page); found != "" {
			t.Errorf("%s has %s", name, found)
		}
	}
	for _, pattern := range []string{"static/p*/*.html", "static/css/*.css", "static/js/*.js", "static/*.svg"} {
		for name, data := range read(t, pattern) {
			data = strings.ReplaceAll(data, `xmlns="http://www.w3.org/2000/svg"`, "")
			if found := regexp.MustCompile(`https?://\w[^\s"]*|url\(["']?//`).FindString(data); found != "" {
				t.Errorf("%s names %s", name, found)
			}
		}
	}
}

func TestScripts(t *testing.T) {
	lines := 0
	sinks := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|\.style\b`)
	for name, js := range read(t, "static/js/*.js") {
		lines += strings.Count(js, "\n")
		if found := sinks.FindString(js); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
	}
	if lines > 2000 {
		t.Errorf("the scripts have %d lines; 2,000 are enough", lines)
	}
}

// TestFormatters finds every formatter of a region in the script, and no other
// there; and no formatter here that nothing uses.
func TestFormatters(t *testing.T) {
	s := &site{pages: map[string]*html.Node{}, locales: locales(t)}
	if err := s.loadPages(); err != nil {
		t.Fatal(err)
	}
	regions, all := map[string]bool{}, map[string]bool{}
	var walk func(n *html.Node, inside bool)
	walk = func(n *html.Node, inside bool) {
		inside = inside || n.DataAtom == atom.Template && region(n)
		for _, a := range n.Attr {
			if !strings.HasPrefix(a.Key, "data-") {
				continue
			}
			for _, expr := range strings.Fields(a.Val) {
				for _, call := range strings.Split(expr, "|")[1:] {
					name, _, _ := strings.Cut(call, ":")
					all[name] = true
					if inside {
						regions[name] = true
					}
				}
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child, inside)
		}
	}
	for _, page := range s.pages {
		walk(page, false)
	}
	js := read(t, "static/js/format.js")["static/js/format.js"]
	_, table, _ := strings.Cut(js, "export const formatters = {")
	var script []string
	for _, m := range regexp.MustCompile(`(?m)^  (\w+)[:,]`).FindAllStringSubmatch(table, -1) {
		script = append(script, m[1])
	}
	sort.Strings(script)
	if diff := cmp.Diff(keys(regions), script); diff != "" {
		t.Errorf("formatters of regions (-) and of the script (+):\n%s", diff)
	}
	for name := range formatters {
		if !all[name] {
			t.Errorf("no page uses the formatter %s", name)
		}
	}
	if !slices.Contains(script, "list") {
		t.Error("the table of formatters was not found")
	}
}
