package indexer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clearinghouse/catalog"
)

// monthNames are the names of the months in the six languages, with the usual
// abbreviations; Arabic has those of the Maghreb, of Egypt and the Gulf, and of
// the Levant and Iraq. Russian and Spanish words stand in the forms that dates
// have.
var monthNames = [12]string{
	"january jan janvier janv enero ene январь января янв يناير كانون-الثاني جانفي",
	"february feb février févr fév febrero февраль февраля фев февр فبراير شباط فيفري",
	"march mar mars marzo март марта мар مارس آذار",
	"april apr avril avr abril abr апрель апреля апр أبريل ابريل إبريل نيسان أفريل",
	"may mai mayo май мая مايو أيار ماي",
	"june jun juin junio июнь июня июн يونيو حزيران جوان يونيه",
	"july jul juillet juil julio июль июля июл يوليو تموز جويلية يوليوز يوليه",
	"august aug août agosto ago август августа авг أغسطس آب أوت غشت",
	"september sep sept septembre septiembre setiembre сентябрь сентября сен сент سبتمبر أيلول شتنبر",
	"october oct octobre octubre октябрь октября окт أكتوبر تشرين-الأول",
	"november nov novembre noviembre ноябрь ноября ноя нояб نوفمبر تشرين-الثاني نونبر",
	"december dec décembre déc diciembre dic декабрь декабря дек ديسمبر كانون-الأول دجنبر",
}

// months finds a month by its folded name.
var months = func() map[string]int {
	out := map[string]int{}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			out[strings.ReplaceAll(catalog.Fold(name), " ", "-")] = i + 1
		}
	}
	return out
}()

// fillers are words beside a date that say no more than it does.
var fillers = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`
		c ca circa about around approx approximately since from in of the early mid late spring summer autumn fall winter year st nd rd th
		vers environ depuis en de du le la l er année an début fin milieu printemps été automne hiver
		hacia alrededor desde el del año años principios mediados finales primavera verano otoño invierno a
		около примерно с в г гг год года году начало конец весна лето осень зима
		حوالي نحو منذ في عام سنة من أوائل أواخر م
		约 大约 自 始于 年初 年底`) {
		out[catalog.Fold(w)] = true
	}
	return out
}()

// order is how a source writes dates in numbers.
type order string

const (
	dayFirst   order = "dmy"
	monthFirst order = "mdy"
)

var (
	isoForm     = regexp.MustCompile(`^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$`)
	yearFirst   = regexp.MustCompile(`^(\d{4})[./](\d{1,2})[./](\d{1,2})$`)
	compact     = regexp.MustCompile(`^((?:1[5-9]|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$`)
	numbersForm = regexp.MustCompile(`^(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4}|\d{2})(?:\s*г\.?)?$`)
	monthYear   = regexp.MustCompile(`^(\d{1,2})\s*[./-]\s*(\d{4})$`)
	quarter     = regexp.MustCompile(`\b(?:q[1-4]|[1-4]q|fy|tb[acd])(?:\b|(\d))`)
	serial      = regexp.MustCompile(`^([2-6]\d{4})(?:\.\d+)?$`)
	yearRange   = regexp.MustCompile(`^(\d{4})\s*(?:[-–—/~]|to|à|a|по|إلى|至)\s*(\d{4}|\d{2})$`)
	season      = regexp.MustCompile(`(\d{4})/(\d{1,2})$`) // July 2003/4
	clock       = regexp.MustCompile(`\b\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(am\b|pm\b|a\.m\.|p\.m\.|gmt|utc|z\b)?(\s*[+-][01]\d:?\d{2}\b)?|\b\d{1,2}(\.\d{2})?\s*(am\b|pm\b|a\.m\.|p\.m\.)|\b\d{1,2}\s?h(\s?\d{2})?\b`)
	isoClock    = regexp.MustCompile(`(\d)t\d{1,2}(?::?\d{2})*(?:[.,]\d+)?(?:z\b|[+-][01]\d:?\d{2}\b)?`)
	dottedClock = regexp.MustCompile(`(^|[\s,])([01]?\d|2[0-3])\.[0-5]\d([\s,]|$)`)
	noted       = regexp.MustCompile(`^(\d+[./-]\d+[./-]\d+),?\s*([(\pL].*)$`)
	another     = regexp.MustCompile(`\d{4}|\d[./-]\d`)
	otherEra    = regexp.MustCompile(`\d+\s*(هـ|ه(\s|$)|ah\b|bc\b|bce\b|до н)`)
	tuesday     = regexp.MustCompile(`^mar\.?,?\s+(\d{1,2}\s+(?:de\s+)?([\pL\pM]+).*)$`) // "mar." of mardi and martes, not of March
	isoInterval = regexp.MustCompile(`^(\d{4}-\d{2}[^/]*)/(\d{4}-\d{2}[^/]*)$`)
	rangeMark   = regexp.MustCompile(`\s+(?:to|until|till|through|au|jusqu'à|à|al|hasta|по|до|إلى|حتى)\s+|\s*[–—~至到]\s*|\s+-\s+`)
	openEnd     = regexp.MustCompile(`(?:` + rangeMark.String() + `|-)(?:the )?(?:present|now|ongoing|today|current|date|ce jour|aujourd'hui|présent|en cours|presente|la fecha|actualidad|hoy|настоящее время|наст\. время|сегодня|الآن|الان|اليوم|الحاضر|今|现在|今天)[\s.)]*$`)
	dateToken   = regexp.MustCompile(`\d+|[\pL\pM']+`)
	arabicPairs = strings.NewReplacer("كانون الثاني", "كانون-الثاني", "كانون الاول", "كانون-الاول", "تشرين الاول", "تشرين-الاول", "تشرين الثاني", "تشرين-الثاني")
	zhNumber    = regexp.MustCompile(`[〇零一二三四五六七八九十]+\s*[年月日号]`)
	zhTens      = regexp.MustCompile(`([一二三四五六七八九]?)十([一二三四五六七八九]?)`)
	zhSpan      = regexp.MustCompile(`(\d+)(\s*[-–—~至到]\s*\d+\s*)([年月日号])`)
	zhPart      = regexp.MustCompile(`(\d{4})\s*年|(\d{1,2})\s*月|(\d{1,2})\s*[日号]`)
	zhDigits    = strings.NewReplacer("〇", "0", "零", "0", "一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")
)

// maxDate bounds what is read as a date, in characters.
const maxDate = 100

// parseDate reads a date as people and programs write it, in the six languages
// and in digits of any script, and returns it with the precision that is given:
// YYYY, YYYY-MM or YYYY-MM-DD. Of a span it is the beginning, or with last the
// end. A date in numbers whose order is neither said nor plain gives the year
// alone. ok is false if it cannot be read.
func parseDate(s string, o order, last bool) (date string, ok bool) {
	s = strings.TrimSpace(s)
	if catalog.IsDate(s) {
		return s, true
	}
	if utf8.RuneCountInString(s) > maxDate {
		return "", false
	}
	s = strings.ToLower(asciiDigits(s))
	if catalog.IsDate(s) {
		return s, true
	}
	if otherEra.MatchString(s) || last && openEnd.MatchString(s) {
		return "", false
	}
	if m := tuesday.FindStringSubmatch(s); m != nil && months[catalog.Fold(m[2])] != 0 {
		s = m[1]
	}
	s = quarter.ReplaceAllString(clock.ReplaceAllString(isoClock.ReplaceAllString(s, "$1 "), " "), " $1")
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "()"))
	if date, ok := dateInNumbers(withoutNote(s), o, last); ok {
		return date, catalog.IsDate(date)
	}
	if strings.Contains(s, "年") {
		return chineseDate(s, last)
	}
	sides := rangeMark.Split(s, -1)
	if m := isoInterval.FindStringSubmatch(s); m != nil {
		sides = m[1:]
	}
	if len(sides) == 2 {
		first, second := sides[0], sides[1]
		if last {
			first, second = second, first
		}
		if date, ok := parseDate(first, o, last); ok {
			return date, true
		}
		if _, ok := parseDate(second, o, last); !ok {
			return "", false
		}
		if date, ok := dateInNumbers(withoutNote(second), o, last); ok { // what stands beside it is a place or a part of a date
			return date, catalog.IsDate(date) && !strings.ContainsAny(first, "0123456789") && !hasMonth(first)
		}
	}
	return dateInWords(s, last)
}

// serialDate reads the number of a day as spreadsheets count them, from 1899-12-30.
func serialDate(s string) (date string, ok bool) {
	m := serial.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return "", false
	}
	days, _ := strconv.Atoi(m[1])
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days).Format(time.DateOnly), true
}

// The years of dates. What lies outside is a date that is missing, as 0001-01-01 and
// 9999-12-31, or of another calendar.
const (
	firstYear = "1500"
	lastYear  = "2100"
)

func plausible(date string) bool { return date[:4] >= firstYear && date[:4] <= lastYear }

// withoutNote is a date in numbers without the words behind it, unless they may
// be another date.
func withoutNote(s string) string {
	m := noted.FindStringSubmatch(s)
	if m == nil || another.MatchString(m[2]) || hasMonth(m[2]) || rangeMark.MatchString(s) {
		return s
	}
	return m[1]
}

func hasMonth(s string) bool {
	return slices.ContainsFunc(tokens(s), func(w string) bool { return months[catalog.Fold(w)] != 0 })
}

// asciiDigits turns the digits of other scripts and full-width signs into ASCII.
func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if f := []rune(catalog.Fold(string(r))); len(f) == 1 && f[0] >= '0' && f[0] <= '9' && r > 0x7f {
			return f[0]
		}
		switch r {
		case '／':
			return '/'
		case '－', '‐', '‑':
			return '-'
		case '．':
			return '.'
		case '\u200e', '\u200f', '\u061c':
			return -1
		case '\u00a0', '\u202f':
			return ' '
		}
		return r
	}, s)
}

// join makes a date of its parts; what is 0, as in 2003-00-00, is not known.
func join(year, month, day int) string {
	switch {
	case month == 0:
		return fmt.Sprintf("%04d", year)
	case day == 0:
		return fmt.Sprintf("%04d-%02d", year, month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// dateInNumbers reads the forms that have no words; date may be off the
// calendar.
func dateInNumbers(s string, o order, last bool) (date string, ok bool) {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	if m := yearRange.FindStringSubmatch(s); m != nil {
		from, to := number(m[1]), number(m[2])
		if len(m[2]) == 2 {
			if to += from / 100 * 100; to <= from && (to%100 > 12 || strings.Contains(s, "-")) {
				return "", false // 2003-02 is a month, and read as one before; 2003/97 is nothing
			}
		}
		if !last || len(m[2]) == 2 && number(m[2]) <= 12 && to <= from {
			return join(from, 0, 0), true
		}
		return join(to, 0, 0), true
	}
	for _, form := range []*regexp.Regexp{isoForm, yearFirst, compact} {
		if m := form.FindStringSubmatch(s); m != nil {
			return join(number(m[1]), number(m[2]), number(m[3])), true
		}
	}
	if m := monthYear.FindStringSubmatch(s); m != nil {
		return join(number(m[2]), number(m[1]), 0), true
	}
	m := numbersForm.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	a, b, year := number(m[1]), number(m[2]), number(m[3])
	if len(m[3]) == 2 {
		if o == "" {
			return "", false
		}
		year = fullYear(year)
	}
	switch {
	case a > 12 || a == b || o == dayFirst && b <= 12:
		return join(year, b, a), true
	case b > 12 || o == monthFirst:
		return join(year, a, b), true
	}
	return join(year, 0, 0), true
}

// fullYear is the year of two digits, as spreadsheets read it.
func fullYear(y int) int {
	if y < 30 {
		return 2000 + y
	}
	return 1900 + y
}

// chineseDate reads a date with the signs for year, month and day. What the
// second date of a span leaves out is as in the first.
func chineseDate(s string, last bool) (string, bool) {
	s = zhNumber.ReplaceAllStringFunc(s, func(n string) string {
		return zhDigits.Replace(zhTens.ReplaceAllStringFunc(n, func(n string) string {
			tens, ones, _ := strings.Cut(n, "十")
			return cmp.Or(tens, "一") + cmp.Or(ones, "〇")
		}))
	})
	s = zhSpan.ReplaceAllString(s, "$1$3$2$3")
	var dates [][3]int // year, month, day
	for _, m := range zhPart.FindAllStringSubmatch(s, -1) {
		for i, digits := range m[1:] {
			if digits == "" {
				continue
			}
			n, _ := strconv.Atoi(digits)
			if len(dates) == 0 && i > 0 {
				return "", false
			}
			date := [3]int{}
			if k := len(dates) - 1; k >= 0 && i > 0 {
				date = dates[k]
				if date[i] == 0 && (i == 2 || date[2] == 0) {
					dates = dates[:k]
				} else if i == 1 && n < date[1] {
					date[0]++
				}
				clear(date[i:])
			}
			date[i] = n
			dates = append(dates, date)
		}
	}
	if len(dates) == 0 {
		return "", false
	}
	d := dates[0]
	if last {
		d = dates[len(dates)-1]
	}
	date := join(d[0], d[1], d[2])
	return date, catalog.IsDate(date)
}

// dateInWords reads a date with the name of a month, or a year alone among
// fillers. Of several days or months it takes the first, or with last the last.
func dateInWords(s string, last bool) (string, bool) {
	span := strings.ContainsRune(s, '-') || rangeMark.MatchString(s)
	s = dottedClock.ReplaceAllString(s, " ")
	if m := season.FindStringSubmatch(s); m != nil {
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if last && to == (from+1)%100 || last && to == (from+1)%10 {
			from++
		}
		s = strings.TrimSuffix(s, m[0]) + strconv.Itoa(from)
	}
	s = arabicPairs.Replace(strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا").Replace(s))
	year, years, yearAt, strange := 0, 0, 0, 0
	type part struct{ month, number int }
	var parts []part
	for _, w := range tokens(s) {
		n, err := strconv.Atoi(w)
		switch {
		case err == nil && len(w) == 4:
			if years++; years > 1 && !last {
				continue
			}
			year, yearAt = n, len(parts)
		case err == nil && len(w) <= 2:
			parts = append(parts, part{number: n})
		case err == nil:
			return "", false
		default:
			if m := months[catalog.Fold(w)]; m != 0 {
				parts = append(parts, part{month: m})
			} else if m := months[w]; m != 0 {
				parts = append(parts, part{month: m})
			} else if !fillers[catalog.Fold(w)] {
				strange++
			}
		}
	}
	month, at, named, firstMonth, lastMonth, lastAt := 0, -1, 0, 0, 0, 0
	for i, p := range parts {
		if p.month == 0 {
			continue
		}
		firstMonth, lastMonth, lastAt = cmp.Or(firstMonth, p.month), p.month, i
		if named++; at < 0 || last {
			month, at = p.month, i
		}
	}
	day := 0
	take := func(from, step int) {
		for i := from; i >= 0 && i < len(parts) && parts[i].month == 0; i += step {
			if day == 0 || step < 0 && !last || step > 0 && last {
				day = parts[i].number
			}
		}
	}
	if at >= 0 {
		if take(at-1, -1); day == 0 {
			take(at+1, 1)
		}
	}
	if year == 0 && named == 1 && len(parts) == 3 && parts[1].month != 0 && strange == 0 { // 12-Mar-03
		year, day = fullYear(parts[2].number), parts[0].number
	}
	if span && years == 1 && firstMonth > lastMonth { // over the turn of a year
		if after := yearAt > lastAt; after && !last {
			year--
		} else if !after && last {
			year++
		}
	}
	switch {
	case year == 0, strange > 2, month == 0 && (strange > 0 || len(parts) > 0):
		return "", false
	}
	date := join(year, month, day)
	return date, catalog.IsDate(date)
}

// tokens are the words and numbers of a date; the Arabic names of two words and
// the same month by two names are one.
func tokens(s string) []string {
	var out []string
	for _, field := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n,،./()·", r) }) {
		if months[field] != 0 {
			if n := len(out); n > 0 && months[out[n-1]] == months[field] {
				continue
			}
			out = append(out, field)
			continue
		}
		out = append(out, dateToken.FindAllString(field, -1)...)
	}
	return out
}
