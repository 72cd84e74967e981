package format_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"clearinghouse/indexer/format"
)

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "",
		"plain text":                             "plain text",
		"one\n\ntwo":                             "one\n\ntwo",
		"<p>one</p><p>two &amp; three</p>":       "one\n\ntwo & three",
		"a<br>b<br><br>c":                        "a\nb\n\nc",
		"x < y & y > z":                          "x < y & y > z",
		"<script>alert(1)</script>shown":         "shown",
		"<ul><li>eins</li><li>zwei</li></ul>":    "eins\n\nzwei",
		"المرأة&nbsp;والسلام":                    "المرأة\u00a0والسلام",
		"<b>half <i>open":                        "half open",
		"<p hidden>no</p><p>yes</p><!-- no -->":  "yes",
		strings.Repeat("<div>", 600) + "deep":    "deep",
		opened(100) + strings.Repeat("<p>x", 60): strings.Repeat("x", 60),
		strings.Repeat("<b>x</b><p>", 500):       strings.TrimSpace(strings.Repeat("x\n\n", 500)),
		strings.Repeat("<b><p>x</p>", 100):       strings.TrimSpace(strings.Repeat("x\n\n", 100)),
	} {
		if have := format.PlainText(in); have != want {
			t.Errorf("%q is %q, want %q", in, have, want)
		}
	}
}

// opened are formatting elements that are not closed.
func opened(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<b a%d>", i)
	}
	return b.String()
}

// TestGrows reads pages that HTML itself would make many times as large in time that
// grows with their size.
func TestGrows(t *testing.T) {
	const most = 40 << 20 // bytes of memory for each of the pages
	for name, page := range map[string]string{
		"left open":                 "<p>" + opened(400) + strings.Repeat("<p>x", 50_000),
		"left open around a cell":   "<p>" + opened(400) + "<table><td>" + strings.Repeat("</b>", 400) + "</table>" + strings.Repeat("<p>x", 50_000),
		"ends of other elements":    "<p>" + opened(400) + strings.Repeat("</i>", 400) + strings.Repeat("<p>x", 50_000),
		"closing themselves":        "<p>" + strings.ReplaceAll(opened(400), ">", "/>") + strings.Repeat("<p>x", 50_000),
		"elements":                  strings.Repeat("<p>", 1_000_000),
		"attributes":                strings.Repeat("<p a b c d e>", 200_000),
		"attributes of many bodies": strings.Repeat("<body a b c>", 50_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := format.OpenPage(format.Response{Body: strings.NewReader(page)}, "", "")
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; err == nil || !strings.Contains(err.Error(), "cannot be read as HTML") || taken > most {
			t.Errorf("%s: %v, %d bytes of memory; want an error", name, err, taken)
		}
	}
	for _, unit := range []string{"<p>x", "<p>"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text := format.PlainText("<p>" + opened(480) + strings.Repeat(unit, 100_000))
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > most || strings.Contains(text, "<") {
			t.Errorf("a text of %q: %d bytes of memory, %.100q", unit, taken, text)
		}
	}
	old := "<p>" + opened(10) + strings.Repeat("<table><tr><td><font size=2>text</td></tr></table><p>x", 1_000)
	if _, err := format.OpenPage(format.Response{Body: strings.NewReader(old)}, "", ""); err != nil {
		t.Errorf("a page that leaves a few elements open: %v", err)
	}
}
