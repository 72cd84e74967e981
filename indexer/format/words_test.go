package format_test

import (
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
)

// TestWords reads a source's words and makes codes of what they mean.
func TestWords(t *testing.T) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ field, words, word, want, err string }{
		{field: "themes", words: `{Inter  Faith: dialogue}`, word: " inter faith", want: "dialogue"},
		{field: "themes", words: `{éducation: dialogue}`, word: "Éducation", want: "dialogue"},
		{field: "themes", words: `{x: Media literacy}`, word: "X", want: "media-literacy"},
		{field: "themes", words: `{x: ""}`, word: "x", want: ""},
		{field: "countries", words: `{a: Jordanie, b: JO}`, word: "a", want: "JO"},
		{field: "languages", words: `{English: en-US, x: arabe}`, word: "x", want: "ar"},
		{field: "languages", words: `{x: zh-Hant}`, word: "x", want: "zh-Hant"},
		{field: "title", words: `{x: anything}`, word: "x", want: "anything"},
		{field: "reach", words: `{true: 1}`, word: "true", want: "1"},
		{field: "themes", words: `{a: dialogue, x: diologue}`, err: `[1:18] theme "diologue" is not known; it may be dialogue, `},
		{field: "countries", words: `{x: Atlantis}`, err: `[1:5] country "Atlantis" is not known; give its code, or`},
		{field: "themes", words: `{a: dialogue, A : dialogue}`, err: `[1:15] "A" is there twice`},
		{field: "themes", words: `[a]`, err: "[1:1] map must be a map"},
		{field: "themes", words: `{a: [dialogue]}`, err: "cannot unmarshal"},
	} {
		var words format.Words
		err := yaml.UnmarshalWithOptions([]byte(c.words), &words, yaml.Strict())
		if err == nil {
			err = words.Resolve(taxonomy, c.field)
		}
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %s: %v, want %q", c.field, c.words, err, c.err)
			}
			continue
		}
		if have, ok := words.Get(c.word); err != nil || !ok || have != c.want {
			t.Errorf("%s: %s: %q %v %v, want %q", c.field, c.words, have, ok, err, c.want)
		}
		if _, ok := words.Get("no such word"); ok {
			t.Error("a word that is not there")
		}
	}
}
