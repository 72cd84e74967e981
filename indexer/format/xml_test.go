package format_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"clearinghouse/indexer/format"
)

// TestXMLText makes UTF-8 of what servers send.
func TestXMLText(t *testing.T) {
	for _, c := range []struct{ body, contentType, given, want string }{
		{body: "<a>x</a>", want: "<a>x</a>"},
		{body: "\ufeff\n<a>\ufeffx</a>", want: "\n<a>x</a>"},
		{body: "\xff\xfe<\x00a\x00>\x001\x04", want: "<a>б"},
		{body: "\xfe\xff\x00<\x00a\x00>\x041", want: "<a>б"},
		{body: "<\x00a\x00>\x001\x04", want: "<a>б"},
		{body: "{\x00\"\x001\x04\"\x00}\x00", want: `{"б"}`},
		{body: "\n<?xml version='1.0' encoding='windows-1251'?><a>\xe1</a>", contentType: "text/xml; charset=utf-8", want: "\n<?xml version='1.0' encoding='windows-1251'?><a>б</a>"},
		{body: "<a>\xe1</a>", contentType: "text/xml; charset=windows-1251", want: "<a>б</a>"},
		{body: "<?xml encoding='utf-8'?><a>\xe1</a>", contentType: "text/xml; charset=windows-1251", want: "<?xml encoding='utf-8'?><a>б</a>"},
		{body: "<?xml encoding='windows-1252'?><a>\xe1</a>", given: "koi8-r", want: "<?xml encoding='windows-1252'?><a>А</a>"},
		{body: "<?xml encoding='windows-1251'?><a>мир</a>", given: "koi8-r", want: "<?xml encoding='windows-1251'?><a>мир</a>"},
		{body: "<?xml encoding='utf-16'?><a>x</a>", contentType: "text/xml; charset=utf-16", want: "<?xml encoding='utf-16'?><a>x</a>"},
		{body: "<?xml encoding='klingon'?><a>\xe9</a>", want: "<?xml encoding='klingon'?><a>é</a>"},
		{body: "<a>caf\xe9, café, caf\xe9</a>", want: "<a>café, café, café</a>"},
		{body: "a\x00b\x0bc\uffffd&#1;e&#x1F;f&#XFFFE;g&#0000000065;&#99999999999;&#x;&", want: "a b c d e f g&#0000000065; &#x;&"},
		{body: strings.Repeat("<p>é&#2;</p>", 20_000), want: strings.Repeat("<p>é </p>", 20_000)},
		{body: "", want: ""},
	} {
		name := format.XMLEncoding([]byte(c.body), c.contentType, c.given)
		have, err := io.ReadAll(format.XMLText(iotest.OneByteReader(strings.NewReader(c.body)), name))
		if err != nil || string(have) != c.want {
			t.Errorf("%.100q, %q, %q as %s: %.200q %v, want %.200q", c.body, c.contentType, c.given, name, have, err, c.want)
		}
	}
}

// tokens are those of a document, an error as the last.
func tokens(body io.Reader, alone string) string {
	x := format.OpenXML(format.Response{Body: body})
	x.Alone = alone
	var out strings.Builder
	for {
		t, err := x.Token()
		if err != nil {
			if err != io.EOF {
				fmt.Fprint(&out, " ", x.Line(), ": ", err)
			}
			return out.String()
		}
		switch t := t.(type) {
		case xml.StartElement:
			fmt.Fprintf(&out, "<%s %d>", t.Name.Local, len(x.Open))
		case xml.EndElement:
			fmt.Fprintf(&out, "</%s %d>", t.Name.Local, len(x.Open))
		case xml.CharData:
			fmt.Fprintf(&out, "%s", t)
		}
	}
}

// TestXML reads what is not well formed, and bounds what is hostile.
func TestXML(t *testing.T) {
	for body, want := range map[string]string{
		"<a><b>x</b></a>":                           "<a 1><b 2>x</b 1></a 0>",
		"<a><b>x<c></a>":                            "<a 1><b 2>x<c 3></c 2></b 1></a 0>",
		"<a>x</b></a>":                              "<a 1>x</a 0>",
		"<p:a></q:a></p:a>":                         "<a 1></a 0>",
		"<a>&nbsp; &lt; R&D &#65;</a>":              "<a 1>&nbsp; < R&D A</a 0>",
		`<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>`:  "<a 1>&e;</a 0>",
		"<a>\n<b>x":                                 "<a 1>\n<b 2>x 2: it breaks off within <b>",
		"<?xml version='1.0' encoding='latin1'?>\n": "\n",
		"<r/><r/>":                                  "<r 1></r 0><r 1></r 0>",
		"<r>\n<x><r>":                               "<r 1>\n<x 2> 2: one <r> stands in another that has no end",
		"":                                          "",
	} {
		if have := tokens(strings.NewReader(body), "r"); have != want {
			t.Errorf("%q: %q, want %q", body, have, want)
		}
	}
	for body, want := range map[string]string{
		strings.Repeat("<a>", format.MaxXMLDepth+1):              "more than 100 deep in one another",
		"<a>" + strings.Repeat("x", format.MaxXMLToken+1):        "larger than 16 MiB",
		"<a " + strings.Repeat("x='y' ", format.MaxXMLToken/5):   "larger than 16 MiB",
		"<!--" + strings.Repeat("x", format.MaxXMLToken) + "-->": "larger than 16 MiB",
	} {
		if have := tokens(strings.NewReader(body), ""); !strings.Contains(have, want) {
			t.Errorf("%.20q…: %.200q, want %q", body, have, want)
		}
	}
	broken := errors.New("the line is cut")
	if have := tokens(io.MultiReader(strings.NewReader("<a>x"), iotest.ErrReader(broken)), ""); have != "<a 1>x 1: the line is cut" {
		t.Error(have)
	}
}

// FuzzXML reads anything, each element once.
func FuzzXML(f *testing.F) {
	f.Add([]byte("<a><b>x<c></a>&#1;"), "text/xml; charset=gb18030")
	f.Add([]byte("\xff\xfe<\x00a\x00>\x001\x04"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		x := format.OpenXML(format.Response{ContentType: contentType, Body: strings.NewReader(string(body))})
		depth := 0
		for {
			token, err := x.Token()
			if err != nil {
				break
			}
			switch token.(type) {
			case xml.StartElement:
				depth++
			case xml.EndElement:
				depth--
			}
			if depth != len(x.Open) || depth < 0 || depth > format.MaxXMLDepth {
				t.Fatalf("%d elements open, %d begun", len(x.Open), depth)
			}
		}
	})
}
