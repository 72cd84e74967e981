package format_test

import (
	"strings"
	"testing"

	"clearinghouse/indexer/format"
)

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "",
		"plain text":                            "plain text",
		"one\n\ntwo":                            "one\n\ntwo",
		"<p>one</p><p>two &amp; three</p>":      "one\n\ntwo & three",
		"a<br>b<br><br>c":                       "a\nb\n\nc",
		"x < y & y > z":                         "x < y & y > z",
		"<script>alert(1)</script>shown":        "shown",
		"<ul><li>eins</li><li>zwei</li></ul>":   "eins\n\nzwei",
		"المرأة&nbsp;والسلام":                   "المرأة\u00a0والسلام",
		"<b>half <i>open":                       "half open",
		"<p hidden>no</p><p>yes</p><!-- no -->": "yes",
		strings.Repeat("<div>", 600) + "deep":   "deep",
	} {
		if have := format.PlainText(in); have != want {
			t.Errorf("%q is %q, want %q", in, have, want)
		}
	}
}
