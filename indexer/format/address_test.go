package format_test

import (
	"testing"

	"clearinghouse/indexer/format"
)

func TestUntracked(t *testing.T) {
	for in, want := range map[string]string{
		"https://x.example/p/1":                             "https://x.example/p/1",
		"https://x.example/p/1?utm_source=x":                "https://x.example/p/1",
		"https://x.example/p?b=2&fbclid=x&a=%D9%81&utm_a=1": "https://x.example/p?b=2&a=%D9%81",
		"https://x.example/p?gclid=1#top":                   "https://x.example/p#top",
		"https://x.example/p?":                              "https://x.example/p?",
	} {
		if have := format.Untracked(in); have != want {
			t.Errorf("%s is %s, want %s", in, have, want)
		}
		with, without := format.Request{Variants: []format.Variant{{URL: in}}}, format.Request{Variants: []format.Variant{{URL: want}}}
		if with.Key() != without.Key() || format.Native(in, want) != format.Native(want, want) {
			t.Errorf("%s and %s are two requests or ids", in, want)
		}
	}
}

func TestPublic(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:word@x.example:8080/a/b?key=secret#c": "https://x.example:8080/a/b",
		"https://x.example/a?":                              "https://x.example/a",
		"https://x.example/%D9%81":                          "https://x.example/%D9%81",
		"%":                                                 "",
	} {
		if have := format.Public(in); have != want {
			t.Errorf("%s is %s, want %s", in, have, want)
		}
	}
}
