package ui

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// locale is the text of the user interface in one language.
type locale struct {
	code     string
	tag      language.Tag
	messages map[string]message
}

// message is a text with {placeholders}: under "" if it is one for any number,
// else by the plural categories of CLDR.
type message map[string]string

func (m *message) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*m = message{"": one}
		return nil
	}
	return json.Unmarshal(data, (*map[string]string)(m))
}

func parseLocale(code string, data []byte) (*locale, error) {
	l := &locale{code: code, tag: language.Make(code)}
	if err := json.Unmarshal(data, &l.messages); err != nil {
		return nil, fmt.Errorf("locales/%s.json: %w", code, err)
	}
	return l, nil
}

var categories = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// text is the message of key with its placeholders filled: numbers in the way
// of the language, other words isolated from the direction of what is around
// them. The argument n chooses the plural form.
func (l *locale) text(key string, args map[string]any) string {
	m := l.messages[key]
	s, ok := m[""]
	if !ok {
		category := categories[plural.Cardinal.MatchPlural(l.tag, number(args["n"]), 0, 0, 0, 0)]
		if s, ok = m[category]; !ok {
			s = m["other"]
		}
	}
	if !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, 2*len(args))
	for name, value := range args {
		if n, ok := value.(float64); ok {
			pairs = append(pairs, "{"+name+"}", l.number(int(n)))
		} else {
			pairs = append(pairs, "{"+name+"}", "\u2068"+text(value)+"\u2069")
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// number writes n with the digits 0 to 9 in every language, as the texts of
// the catalogue do, and the language's separator of thousands.
func (l *locale) number(n int) string {
	digits := strconv.Itoa(n)
	if from, _ := strconv.Atoi(l.messages["number.from"][""]); n < from {
		return digits
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + l.messages["number.separator"][""] + digits[i:]
	}
	return digits
}

// ago says how long before now at was; of what is more than a month ago it says
// the date.
func (l *locale) ago(at, now time.Time) string {
	passed := now.Sub(at)
	n := func(unit time.Duration) map[string]any { return map[string]any{"n": float64(passed / unit)} }
	const day = 24 * time.Hour
	switch {
	case passed < time.Minute:
		return l.text("ago.now", nil)
	case passed < time.Hour:
		return l.text("ago.minutes", n(time.Minute))
	case passed < day:
		return l.text("ago.hours", n(time.Hour))
	case passed < 31*day:
		return l.text("ago.days", n(day))
	}
	return l.date(at.Format(time.DateOnly))
}

// year writes the year of a date.
func (l *locale) year(s string) string {
	if s == "" {
		return ""
	}
	return strings.ReplaceAll(l.messages["date.year"][""], "{year}", s[:min(4, len(s))])
}

// since writes a date to stand after a word such as since: without its day, and
// with the form that the month has there.
func (l *locale) since(s string) string {
	return l.write(s[:min(7, len(s))], "months")
}

// date writes YYYY, YYYY-MM, YYYY-MM-DD or a longer form of RFC 3339 with the
// precision it has; anything else stays as it is.
func (l *locale) date(s string) string {
	return l.write(s, "months.alone")
}

func (l *locale) write(s, names string) string {
	if len(s) > 10 {
		s = s[:10]
	}
	parts := strings.Split(s, "-")
	if len(parts) == 1 {
		if _, err := strconv.Atoi(s); err != nil {
			return s
		}
		return l.year(s)
	}
	key := "date.month"
	if len(parts) == 3 {
		key, names = "date.day", "months"
	}
	month, err := strconv.Atoi(parts[1])
	months := strings.Split(l.messages[names][""], "|")
	if err != nil || month < 1 || month > len(months) {
		return s
	}
	day := strings.TrimPrefix(parts[len(parts)-1], "0")
	return strings.NewReplacer("{year}", parts[0], "{month}", months[month-1], "{day}", day).Replace(l.messages[key][""])
}
