package ui

import (
	"net/http/httptest"
	"testing"
)

// TestSignpost: a header is ASCII, whatever the address is, and one address stays one.
func TestSignpost(t *testing.T) {
	for address, want := range map[string]string{
		"":                          "",
		"https://example.org/a?b=c": `<https://example.org/a?b=c>; rel="author"`,
		"https://مثال.إختبار:8080/حوار":    `<https://xn--mgbh0fb.xn--kgbechtv:8080/%D8%AD%D9%88%D8%A7%D8%B1>; rel="author"`,
		`https://example.org/?q="><b> x`:   `<https://example.org/?q=%22%3E%3Cb%3E%20x>; rel="author"`,
		"https://example.org/a\nLink: <x>": "",
	} {
		w := httptest.NewRecorder()
		signpost(w, address, "author", "")
		if have := w.Header().Get("Link"); have != want {
			t.Errorf("%q: %s, want %s", address, have, want)
		}
	}
}
