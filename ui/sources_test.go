package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSourcesFinding: what the page of sources says of them above all.
func TestSourcesFinding(t *testing.T) {
	all := locales(t)
	marks := strings.NewReplacer("\u2068", "", "\u2069", "")
	for _, c := range []struct {
		lang           string
		total, sources int
		finding, lead  string
	}{
		{"en", 0, 0, "Nothing has been collected yet", "Each source will be listed here"},
		{"en", 122, 1, "122 entries from 1 source", "So far, everything in the collection comes from this source."},
		{"en", 1, 2, "1 entry from 2 sources", "Everything in the collection comes from these sources."},
		{"ru", 1200, 21, "1\u00a0200 записей из 21 источника", "Всё, что есть в собрании, взято из этих источников."},
		{"zh", 122, 3, "来自 3 个来源的 122 条资料", "资料库中的一切内容都来自以下来源。"},
		{"ar", 122, 2, "122 مادة من مصدرين", "كل ما في المجموعة مأخوذ من هذه المصادر."},
	} {
		finding, lead := sourcesFinding(all[c.lang], c.total, c.sources)
		if marks.Replace(finding) != c.finding || !strings.HasPrefix(lead, c.lead) {
			t.Errorf("%s: %d of %d sources: %q, %q; want %q, %q", c.lang, c.total, c.sources, finding, lead, c.finding, c.lead)
		}
	}
}

// TestTally: each state that there is, with its number, those that want attention
// last.
func TestTally(t *testing.T) {
	have := tally(locales(t)["en"], map[string]int{"failing": 2, "never": 1, "fresh": 21, "late": 0})
	want := []any{
		map[string]any{"state": "fresh", "name": "Current", "n": 21.0},
		map[string]any{"state": "never", "name": "Not read yet", "n": 1.0},
		map[string]any{"state": "failing", "name": "Last reading failed", "n": 2.0},
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestAgo(t *testing.T) {
	all := locales(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lang   string
		passed time.Duration
		want   string
	}{
		{"en", -time.Hour, "just now"}, // another clock
		{"en", 59 * time.Second, "just now"},
		{"en", time.Minute, "1 minute ago"},
		{"fr", 59 * time.Minute, "il y a 59 minutes"},
		{"ar", 2*time.Hour + time.Minute, "قبل ساعتين"},
		{"ru", 22 * time.Hour, "22 часа назад"},
		{"zh", 30 * 24 * time.Hour, "30 天前"},
		{"es", 31 * 24 * time.Hour, "24 de octubre de 2026"},
	} {
		if have := all[c.lang].ago(now.Add(-c.passed), now); have != c.want {
			t.Errorf("%s: %v: %q, want %q", c.lang, c.passed, have, c.want)
		}
	}
}

func TestRhythm(t *testing.T) {
	l := locales(t)["en"]
	for _, c := range []struct {
		source map[string]any
		want   string
	}{
		{map[string]any{"every_seconds": 60.0}, "every 1 minute"},
		{map[string]any{"every_seconds": 100.0}, "every 2 minutes"},
		{map[string]any{"every_seconds": 3600.0}, "every hour"},
		{map[string]any{"every_seconds": 36000.0}, "every 10 hours"},
		{map[string]any{"every_seconds": 86400.0}, "every day"},
		{map[string]any{"every_seconds": 7 * 86400.0}, "every week"},
		{map[string]any{"every_seconds": 30 * 86400.0}, "every 30 days"},
		{map[string]any{"id": "s"}, "only when asked for"},
		{map[string]any{"id": "starter"}, "with each version of the program"},
		{map[string]any{"id": "s", "state": "imported"}, ""},
	} {
		if have := rhythm(l, c.source); have != c.want {
			t.Errorf("%v: %q, want %q", c.source, have, c.want)
		}
	}
}
