package catalog

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parseQuery(t *testing.T, raw string) Query {
	t.Helper()
	values, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatal(err)
	}
	q, err := ParseQuery(values, embedded(t))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return q
}

func TestQueryRoundTrip(t *testing.T) {
	for _, raw := range []string{
		"",
		"q=محو+الأمية+الإعلامية&lang=ar",
		"theme=dialogue&theme=media-literacy&not_country=FR&country=jo&year_from=2001&year_to=2010",
		"best=true&complete=false&criterion=replicable&language=pt-br",
		"sort=title&limit=0&cursor=abc&facets=theme,region&facet_limit=300&facet_prefix=Jo&typing=true&explain=true",
		"facets=none", "facets=theme&facets=country", "facets=all", "facets=,", "q=+++", "theme=",
	} {
		q := parseQuery(t, raw)
		again, err := ParseQuery(q.Values(), embedded(t))
		if err != nil {
			t.Errorf("%s: its own form %s is refused: %v", raw, q.Values().Encode(), err)
			continue
		}
		if diff := cmp.Diff(q, again); diff != "" {
			t.Errorf("%s (-first +again):\n%s", raw, diff)
		}
	}
}

func TestQueryRefusals(t *testing.T) {
	for _, c := range []struct{ raw, param, says string }{
		{"colour=red", "colour", "there is no parameter"},
		{"theme=cooking", "theme", "dialogue, regional-forums"},
		{"country=XX", "country", "ISO 3166-1"},
		{"lang=de", "lang", "ar, zh, en, fr, ru, es"},
		{"limit=1000", "limit", "from 0 to 100"},
		{"limit=ten", "limit", "whole number"},
		{"sort=price", "sort", "relevance"},
		{"q=a&q=b", "q", "once"},
		{"typing=yes", "typing", "true or false"},
		{"year_from=2010&year_to=2001", "year_from", "exchange"},
		{"facets=prices", "facets", "all, none"},
		{"facets=theme,none", "facets", "none stand alone"},
		{"facets=all&facets=theme", "facets", "all stand alone"},
		{"q=" + strings.Repeat("a", 501), "q", "500"},
		{"q=%ff", "q", "UTF-8"},
	} {
		values, _ := url.ParseQuery(c.raw)
		_, err := ParseQuery(values, embedded(t))
		e, ok := err.(*Error)
		if !ok || e.Code != Invalid || e.Param != c.param || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %#v, want param %s and %q", c.raw, err, c.param, c.says)
		}
	}
}

func TestFilterRefusesListParameters(t *testing.T) {
	if _, err := ParseFilter(url.Values{"limit": {"5"}}, embedded(t)); CodeOf(err) != Invalid {
		t.Errorf("limit is no filter, but: %v", err)
	}
	if _, err := ParseFilter(url.Values{"theme": {"dialogue"}, "lang": {"fr"}}, embedded(t)); err != nil {
		t.Error(err)
	}
}

func TestToggle(t *testing.T) {
	for _, c := range []struct{ raw, facet, value, want string }{
		{"", "theme", "dialogue", "theme=dialogue"},
		{"theme=dialogue", "theme", "dialogue", ""},
		{"theme=dialogue&cursor=x&not_theme=media-literacy", "theme", "human-rights-education", "not_theme=media-literacy&theme=dialogue&theme=human-rights-education"},
		{"country=JO", "kind", "event", "country=JO&kind=event"},
		{"", "year", "2008", "year_from=2008&year_to=2008"},
		{"year_from=2008&year_to=2008", "year", "2008", ""},
		{"year_from=2001&year_to=2008", "year", "2008", "year_from=2008&year_to=2008"},
	} {
		q := parseQuery(t, c.raw)
		toggled := q.Toggle(c.facet, c.value)
		if have := toggled.Values().Encode(); have != c.want {
			t.Errorf("%q with %s %s: %q, want %q", c.raw, c.facet, c.value, have, c.want)
		}
		if diff := cmp.Diff(toggled, parseQuery(t, c.want)); diff != "" {
			t.Errorf("%q: not the value its URL gives:\n%s", c.raw, diff)
		}
		if diff := cmp.Diff(parseQuery(t, c.raw), q); diff != "" {
			t.Errorf("%q: Toggle changed its receiver:\n%s", c.raw, diff)
		}
	}
}

func FuzzQuery(f *testing.F) {
	taxonomy := embedded(f)
	for _, raw := range []string{"q=a&theme=dialogue", "facets=,none,theme", "country=jo&country=JO", "q=%e2%80%ae", "year_from=0001", "language=EN&organization=a:b"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := ParseQuery(values, taxonomy)
		if err != nil {
			if CodeOf(err) != Invalid {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		again, err := ParseQuery(q.Values(), taxonomy)
		if err != nil {
			t.Fatalf("%q: its own form is refused: %v", raw, err)
		}
		if diff := cmp.Diff(q, again); diff != "" {
			t.Fatalf("%q (-first +again):\n%s", raw, diff)
		}
	})
}
