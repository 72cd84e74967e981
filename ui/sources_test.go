package ui

import (
	"strings"
	"testing"
	"time"
)

// TestSourcesFinding: what the page of sources says of them above all.
func TestSourcesFinding(t *testing.T) {
	all := locales(t)
	marks := strings.NewReplacer("\u2068", "", "\u2069", "")
	type states = map[string]int
	for _, c := range []struct {
		lang           string
		total, sources int
		states         states
		want           string
	}{
		{"en", 0, 0, nil, "Nothing has been collected yet"},
		{"en", 122, 3, states{"fresh": 3}, "122 entries from 3 sources. All are current."},
		{"en", 1, 1, states{"imported": 1}, "1 entry from 1 source."},
		{"en", 5, 2, states{"imported": 1, "fresh": 1}, "5 entries from 2 sources. Those that are read regularly are all current."},
		{"en", 1200, 5, states{"fresh": 4, "failing": 1}, "1,200 entries from 5 sources. 1 of 5 could not be read whole last time."},
		{"en", 5, 6, states{"late": 2, "failing": 1, "never": 1, "running": 1, "fresh": 1}, "5 entries from 6 sources. 1 of 6 could not be read whole last time. 2 of 6 are overdue. 1 of 6 has not been read yet. 1 of 6 is being read."},
		{"ru", 122, 21, states{"fresh": 21}, "122 записи из 21 источника. Все данные актуальны."},
		{"zh", 122, 3, states{"fresh": 3}, "来自 3 个来源的 122 条资料。全部都是最新的。"},
		{"ar", 122, 2, states{"fresh": 1, "failing": 1}, "122 مادة من مصدرين. تعذرت قراءة مصدر واحد من أصل 2 كاملًا في المرة الأخيرة."},
	} {
		if have := marks.Replace(sourcesFinding(all[c.lang], c.total, c.sources, c.states)); have != c.want {
			t.Errorf("%s: %v\nhave %s\nwant %s", c.lang, c.states, have, c.want)
		}
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
