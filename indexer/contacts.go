package indexer

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

const (
	domainLabel = `[\pL\pN](?:[\pL\pN\pM-]*[\pL\pN\pM])?`
	// callLabel is a word for a telephone that stands before its number.
	callLabel = `(?:\b(?:tels?|t[ée]l[ée]?phones?|tél|teléfonos?|phones?|mobiles?|mob|cell(?:phone)?s?|fax|whatsapp|viber|hotline|portable|móvil|celular|télécopie)\b` +
		`|телефоны?|тел|факс|моб(?:ильный)?|(?:ال)?(?:هاتف|هواتف|تلفون|تليفون|جوال|موبايل|محمول|فاكس|واتساب)` +
		`|电话|電話|手机|手機|传真|联系方式)`
)

var (
	address = regexp.MustCompile(`(?i)[\pL\pN][\pL\pN\pM._%+'-]*(?:[@＠]|\s?[\[(]\s?at\s?[\])]\s?)` + domainLabel +
		`(?:(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)` + domainLabel + `)*(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)` +
		`(?:xn--[a-z0-9-]+|[a-z]{2,24}|[\p{Arabic}\p{Cyrillic}\pM]{2,24}|中国|中文网|公司|网络)`)
	// spelled is an address in words: NAME AT DOMAIN DOT ORG.
	spelled = regexp.MustCompile(`[\pL\pN][\pL\pN._%+'-]*\sAT\s[\pL\pN-]+(?:\sDOT\s[\pL\pN-]+)+`)
	at      = regexp.MustCompile(`(?i)[@＠]|\s?[\[(]\s?at\s?[\])]\s?|(?-i:\sAT\s)`)
	// mailLabel is a word for an address that stands before one.
	mailLabel = regexp.MustCompile(`(?i)(?:e-?mails?|courriel|mél|correo(?: electrónico)?|эл\. ?почта|электронная почта|почта|البريد(?: الإلكتروني)?|电邮|电子邮箱|邮箱|电子邮件)\s*[:：]?\s*$`)
	called    = regexp.MustCompile(`(?i)(` + callLabel + `(?:\.?\s*(?:[/&,|+]|and|et|y|и|و)\s*` + callLabel + `)*)` +
		`((?:\s*\([^()\d]{0,20}\))?[\s.]{0,3}(?:n[o°º]\.?|№|numbers?)?[\s.:：/]{0,6})` +
		`([+＋]?[(]?\d(?:[\d\x1f\s().\-/–‑]*\d)+\x1f{0,3})((?:\s*(?:ext|poste|доб|تحويلة|转)\.?\s*\d{1,5})?)`)
	// initial is one letter or two for a label, before a number in full.
	initial = regexp.MustCompile(`(?:\b(?:[Pp]h|PH|[TMFP])\s?[.:]{1,2}|☎|📞)\s*([+＋(]{0,2}\d(?:[\d\x1f\s().\-/–‑]*\d)+\x1f{0,3})`)
	// national is a number without a label that begins as those in a country do:
	// 08-123 45 67, (020) 7946 0958, (555) 123-4567.
	national = regexp.MustCompile(`\(\d{3}\)\s?\d{3}[-. ]\d{4}|(?:\(0[1-9]\d{0,3}\)\s?|0[1-9]\d{0,3}[-–/ ])\d{2,8}(?:[- ]\d{2,4}){0,4}`)
	// numbered is a word after which a number is that of a thing.
	numbered      = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:isbn|issn|doi|ids?|refs?|reference|code|grants?|contract|project|n[or°º]|№|#)[\s.:：]*$`)
	writtenDay    = regexp.MustCompile(`\d{1,2}[-–/ ]\d{1,2}[-–/ ](?:1[5-9]|20)\d\d`)
	international = regexp.MustCompile(`[+＋]\s?\(?\d(?:[\d\x1f\s().\-/–‑]*\d)+\x1f{0,3}`)
	zeroZero      = regexp.MustCompile(`\b00[1-9]\d{0,2}[\s.\-]\d(?:[\d\s.\-]*\d)+`)
	years         = regexp.MustCompile(`^\(?(?:1[5-9]|20)\d\d\)?\s*[-–/.\s]\s*\(?(?:(?:1[5-9]|20)\d\d|\d\d)\)?$`)
	dayOrYear     = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|^\d{4}[./-]\d{1,2}[./-]\d{1,2}$`)
	grouped       = regexp.MustCompile(`^[+＋]?\s?\d{1,3}(?:[\s.]\d{3})+$`)
	emptied       = regexp.MustCompile(`[ \t]*[\[(（][\s,;:/|–-]*[\])）]|[ \t]+([,.;])`)
	repeated      = regexp.MustCompile(`([,;])(?:[ \t]*[,;])+`)
)

// leastDigits is how many a phone number has.
const leastDigits = 6

// withoutPersons takes the phone numbers and the e-mail addresses of persons out
// of a text, with the label before them; addresses of an office stay. It says
// what it took: "a phone number", "an e-mail address".
func withoutPersons(s string) (out string, taken []string) {
	s = strings.ToValidUTF8(s, "\ufffd")
	parts := strings.Split(s, "\n\n") // most have neither, and the patterns are slow
	cut := func(may func(string) bool, find func(string) []span) (some bool) {
		for i, part := range parts {
			if may(part) {
				parts[i] = takeOut(part, "", find)
				some = some || parts[i] != part
			}
		}
		return some
	}
	if cut(hasAt, withoutAddress) {
		taken = append(taken, "an e-mail address")
	}
	if cut(hasNumber, withoutPhone) {
		taken = append(taken, "a phone number")
	}
	if taken == nil {
		return s, nil
	}
	out = repeated.ReplaceAllString(emptied.ReplaceAllString(strings.Join(parts, "\n\n"), "$1"), "$1")
	return strings.TrimSpace(strings.Trim(out, " \t,;")), taken
}

// hasAt reports whether a text has one of the signs of at, without which it holds
// no address.
func hasAt(s string) bool {
	return hasSign(s) || (strings.Contains(s, "AT") || hasBracketedAt(s)) && at.MatchString(s)
}

func hasSign(s string) bool { return strings.Contains(s, "@") || strings.Contains(s, "＠") }

// hasBracketedAt reports a bracket with at behind it.
func hasBracketedAt(s string) bool {
	for i := range len(s) {
		if s[i] != '(' && s[i] != '[' {
			continue
		}
		if next := strings.TrimLeft(s[i+1:min(len(s), i+4)], " \t\n\f\r"); len(next) > 1 && next[0]|0x20 == 'a' && next[1]|0x20 == 't' {
			return true
		}
	}
	return false
}

// anyAddress is what may be an e-mail address, or what was left of one when it was
// cut short.
var anyAddress = regexp.MustCompile(`(?:mailto:)?[\pL\pN][\pL\pN\pM._%+'-]*[@＠][\pL\pN\pM.-]*[…]?`)

// impersonal is a refusal as a report may keep it: what it quotes of the source
// is without phone numbers and e-mail addresses.
func impersonal(r catalog.Refusal) catalog.Refusal {
	without := func(s string) string {
		if hasAt(s) {
			s = takeOut(s, "…", withoutAddress)
		}
		s = takeOut(s, "…", func(s string) []span {
			var out []span
			if !hasSign(s) {
				return nil
			}
			for _, m := range anyAddress.FindAllStringIndex(s, -1) {
				if !inAddress(s, m[0]) {
					out = append(out, span{m[0], m[1]})
				}
			}
			return out
		})
		if !hasNumber(s) {
			return s
		}
		return takeOut(s, "…", withoutPhone)
	}
	r.ID, r.Where = without(r.ID), without(r.Where)
	r.Reasons = slices.Clone(r.Reasons)
	for i := range r.Reasons {
		r.Reasons[i].Message = without(r.Reasons[i].Message)
	}
	return r
}

// hasNumber reports whether a text has a row of digits, with what may stand between
// those of a phone number, that is long enough for one.
func hasNumber(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', r > 0x7f && unicode.Is(unicode.Nd, r):
			if n++; n >= leastDigits {
				return true
			}
		case n > 0 && !strings.ContainsRune(" \t\n\f\r\x1f().-/–‑", r):
			n = 0
		}
	}
	return false
}

// tailOf is the end of a text of at most n bytes, in whole characters.
func tailOf(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for s != "" && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return s
}

// takeOut puts instead in the place of the spans that next finds; of those that
// overlap of the first.
func takeOut(s, instead string, next func(string) []span) string {
	var b strings.Builder
	last := 0
	for _, cut := range next(s) {
		if cut.from < last {
			continue
		}
		head := s[last:cut.from]
		if rest := s[cut.to:]; instead == "" && (rest == "" || strings.ContainsRune(" \n\t,.;)", rune(rest[0]))) {
			head = strings.TrimRight(head, " \t")
		}
		b.WriteString(head)
		b.WriteString(instead)
		last = cut.to
	}
	b.WriteString(s[last:])
	return b.String()
}

// span is a piece of a text, in bytes.
type span struct{ from, to int }

func withoutAddress(s string) []span {
	var out []span
	for _, m := range append(address.FindAllStringIndex(s, -1), spelled.FindAllStringIndex(s, -1)...) {
		m[0] = afterChinese(s, m[0], m[1])
		if isOffice(s[m[0]:m[1]]) || inAddress(s, m[0]) {
			continue
		}
		before := tailOf(s[:m[0]], 100)
		if label := mailLabel.FindStringIndex(before); label != nil {
			m[0] -= len(before) - label[0]
		} else {
			m[0] -= len(s[:m[0]]) - len(strings.TrimSuffix(s[:m[0]], "mailto:"))
		}
		if m[0] > 0 && m[1] < len(s) && s[m[0]-1] == '<' && s[m[1]] == '>' {
			m[0], m[1] = m[0]-1, m[1]+1
		}
		out = append(out, span{m[0], m[1]})
	}
	slices.SortStableFunc(out, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return out
}

// afterChinese is where the address s[from:to] begins if Chinese text runs into
// it, as in 请联系zhangsan@example.cn.
func afterChinese(s string, from, to int) int {
	local := s[from : from+at.FindStringIndex(s[from:to])[0]]
	last := strings.LastIndexFunc(local, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	if last < 0 {
		return from
	}
	_, n := utf8.DecodeRuneInString(local[last:])
	if rest := strings.TrimLeft(local[last+n:], "._%+'-"); rest != "" {
		return from + len(local) - len(rest)
	}
	return from
}

// inAddress reports whether what begins at i belongs to a web address or is the
// name of an account, as in @name@server.
func inAddress(s string, i int) bool {
	before := tailOf(s[:i], catalog.MaxURL)
	word := before[strings.LastIndexAny(before, " \n\t(<")+1:]
	return strings.Contains(word, "://") || strings.HasSuffix(word, "@") || strings.HasSuffix(word, "/")
}

// inURL reports whether what begins at i is a part of a web address, whatever
// stands before it there.
func inURL(s string, i int) bool {
	before := tailOf(s[:i], catalog.MaxURL)
	end := strings.LastIndexFunc(before, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' || r == '"' })
	return strings.Contains(before[end+1:], "://")
}

// isOffice reports an e-mail address of an office, as format.IsOffice.
func isOffice(email string) bool { return format.IsOffice(at.Split(email, 2)[0]) }

func withoutPhone(text string) []span {
	s := sameLength(text)
	var out []span
	add := func(from, to int) {
		if !inURL(s, from) {
			out = append(out, span{from, to})
		}
	}
	if hasCallLabel(s) {
		for _, m := range called.FindAllStringSubmatchIndex(s, -1) {
			number, between := s[m[6]:m[7]], s[m[4]:m[5]]
			if isPhone(number, strings.ContainsAny(between, ":：")) && !continues(s[:m[0]]) && apart(s, m[0], m[7]) {
				add(m[0], m[1])
			}
		}
	}
	if strings.Contains(s, "+") || strings.Contains(s, "＋") {
		for _, m := range international.FindAllStringIndex(s, -1) {
			if isPhone(s[m[0]:m[1]], false) && digitsIn(s[m[0]:m[1]]) >= 8 && apart(s, m[0], m[1]) {
				add(m[0], m[1])
			}
		}
	}
	if strings.Contains(s, "00") {
		for _, m := range zeroZero.FindAllStringIndex(s, -1) {
			if n := digitsIn(s[m[0]:m[1]]); n >= 11 && n <= 17 && apart(s, m[0], m[1]) {
				add(m[0], m[1])
			}
		}
	}
	for _, m := range initial.FindAllStringSubmatchIndex(s, -1) {
		number := s[m[2]:m[3]]
		if lead := strings.TrimLeft(number, "(＋+"); isPhone(number, true) && digitsIn(number) >= 8 && (lead != number || lead[0] == '0') && apart(s, m[0], m[3]) {
			add(m[0], m[1])
		}
	}
	for _, m := range national.FindAllStringIndex(s, -1) {
		number := s[m[0]:m[1]]
		if n := digitsIn(number); n >= 9 && n <= 12 && !writtenDay.MatchString(number) && !numbered.MatchString(tailOf(s[:m[0]], 40)) && alone(s, m[0], m[1]) {
			add(m[0], m[1])
		}
	}
	slices.SortStableFunc(out, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return out
}

// callWords are the beginnings of the words of callLabel, in lower case.
var callWords = []string{
	"tel", "tél", "phone", "mob", "cel", "fax", "what", "viber", "hotline", "portable", "móvil", "тел", "факс", "моб",
	"هاتف", "هواتف", "تلفون", "تليفون", "جوال", "موبايل", "محمول", "فاكس", "واتساب", "电话", "電話", "手机", "手機", "传真", "联系方式",
}

// hasCallLabel reports whether a text may have a word for a telephone.
func hasCallLabel(s string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(callWords, func(w string) bool { return strings.Contains(s, w) })
}

// sameLength writes the digits of other scripts in ASCII, each filled up with U+001F
// so that every byte stays where it is.
func sameLength(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f && unicode.Is(unicode.Nd, r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r > 0x7f && unicode.Is(unicode.Nd, r) {
			d := catalog.Fold(string(r))
			b.WriteString(d)
			b.WriteString(strings.Repeat("\x1f", max(len(string(r))-len(d), 0)))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func digitsIn(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// isPhone reports whether a number is one to call: of 6 to 15 digits, and no
// years, date or grouped amount, which may stand behind a label without a colon
// too.
func isPhone(s string, colon bool) bool {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\x1f", ""))
	n := digitsIn(s)
	switch {
	case n < leastDigits || n > 15 || strings.Contains(s, "\n\n"):
		return false
	case years.MatchString(s), dayOrYear.MatchString(s):
		return false
	case grouped.MatchString(s) && n <= 9 && !colon:
		return false
	}
	return true
}

// continues reports that what follows s is the rest of a word.
func continues(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.In(r, unicode.Latin, unicode.Cyrillic)
}

// apart reports that s[from:to] is no part of a longer number, word or address.
func apart(s string, from, to int) bool {
	if from > 0 && (isWordByte(s[from-1]) || strings.ContainsRune("/=&?%#_", rune(s[from-1]))) {
		return false
	}
	return to >= len(s) || !isWordByte(s[to]) && s[to] != '%'
}

// alone reports that s[from:to] is no part of a row of numbers either.
func alone(s string, from, to int) bool {
	before, after := strings.TrimRight(s[:from], " "), strings.TrimLeft(s[to:], " ")
	if before != "" && strings.ContainsRune("0123456789.-+", rune(before[len(before)-1])) {
		return false
	}
	if after != "" && (after[0] >= '0' && after[0] <= '9' || after[0] == '-' || len(after) > 1 && after[0] == '.' && after[1] >= '0' && after[1] <= '9') {
		return false
	}
	return apart(s, from, to)
}

// officeWords are words of the name of an office or an organisation, in lower
// case and without accents; in Chinese they stand within the name.
var officeWords = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`
		office department division unit team desk helpdesk hotline secretariat ministry centre center institute university college
		academy association foundation council commission committee agency network school service services section directorate embassy
		library press organization organisation society federation alliance union museum bank fund authority bureau board company programme project
		departement equipe ministere institut universite fondation conseil comite agence reseau ecole direction ambassade bibliotheque presse
		societe union fonds mairie projet accueil
		oficina departamento equipo secretaria ministerio centro instituto universidad asociacion fundacion consejo comision comite agencia
		red escuela servicio servicios direccion embajada biblioteca prensa organizacion sociedad alianza museo fondo ayuntamiento programa proyecto
		отдел департамент управление секретариат министерство центр институт университет ассоциация фонд совет комиссия комитет агентство
		сеть школа служба секция посольство библиотека организация общество федерация союз музеи бюро приемная дирекция проект программа
		مكتب اداره قسم وحده فريق امانه وزاره مركز معهد جامعه كليه اكاديميه جمعيه موسسه مجلس لجنه وكاله شبكه مدرسه خدمه سفاره مكتبه منظمه
		اتحاد متحف صندوق هييه مشروع برنامج`) {
		out[catalog.Fold(w)] = true
	}
	return out
}()

var officeInChinese = regexp.MustCompile(`办公室|秘书处|委员会|协会|基金会|中心|研究所|研究院|学院|大学|学校|部门|[部处局科]$|组织|机构|大使馆|图书馆|博物馆|网络|公司|项目`)

// officeOf is what of a contact's name is that of an office: the parts, between
// commas and the like, that have one of the officeWords or are an organisation of
// the record. The rest is taken for a person's name.
func officeOf(name string, organizations []catalog.OrganizationRef) string {
	isOne := func(part string) bool {
		return isOrganization(part, organizations) || officeInChinese.MatchString(part) || slices.ContainsFunc(strings.Fields(catalog.Fold(part)), func(w string) bool {
			return officeWords[w] || officeWords[strings.TrimPrefix(w, "ال")]
		})
	}
	if name = strings.TrimSpace(name); name == "" || isOrganization(name, organizations) {
		return name
	}
	var kept []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(",;،；，()|/–—", r) }) {
		if part = strings.TrimSpace(part); isOne(part) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ", ")
}

// isOrganization reports whether a name is that of an organisation of the record.
func isOrganization(name string, organizations []catalog.OrganizationRef) bool {
	name = catalog.Fold(name)
	return slices.ContainsFunc(organizations, func(o catalog.OrganizationRef) bool {
		for _, s := range o.Name {
			if name == catalog.Fold(s) {
				return true
			}
		}
		return false
	})
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
