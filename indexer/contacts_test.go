package indexer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"clearinghouse/catalog"
)

// contactCases are texts and what stays of them; "=" is all.
var contactCases = []struct{ in, want string }{
	// Phone numbers.
	{"Call +962 6 123 4567 today.", "Call today."},
	{"Tel: +33 1 23 45 67 89", ""},
	{"Tel.: (06) 123 45 67, Amman", "Amman"},
	{"Write to us or phone: 020 7946 0958.", "Write to us or."},
	{"Office (tel. 020-7946-0958) in London", "Office in London"},
	{"Fax +44 20 7946 0958 ext. 12", ""},
	{"WhatsApp +20 100 123 4567 for details", "for details"},
	{"Our line 00962 6 123 4567 is open", "Our line is open"},
	{"Mobile 079-123-4567", ""},
	{"Tél. : 01 23 45 67 89", ""},
	{"Téléphone : +212 5 37 12 34 56, Rabat", "Rabat"},
	{"Teléfono: 91 123 45 67", ""},
	{"Móvil +34 612 345 678", ""},
	{"Тел.: +7 (495) 123-45-67", ""},
	{"Телефон 8 (495) 123-45-67 для справок", "для справок"},
	{"факс: 123-45-67", ""},
	{"هاتف: ٠٦١٢٣٤٥٦٧", ""},
	{"هاتف: +962 6 1234567 عمّان", "عمّان"},
	{"للتواصل: +٩٦٢ ٧٩ ١٢٣ ٤٥٦٧", "للتواصل:"},
	{"الجوال 0791234567", ""},
	{"电话：010-12345678", ""},
	{"手机13812345678", ""},
	{"传真: +86 10 1234 5678。", "。"},
	{"Ask Ms. Khan, tel. +962 6 123 4567, a.khan@example.org, or info@example.org.", "Ask Ms. Khan, or info@example.org."},
	{"Tel. no.: 123-45-67", ""},
	{"Tel./Fax: 123 45 67", ""},
	{"Tel. & Fax 020 7946 0958, London", "London"},
	{"тел./факс: 123-45-67", ""},
	{"هاتف/فاكس: ٠٦١٢٣٤٥٦٧", ""},
	{"Ph: 0791234567", ""},
	{"M. 079 123 45 67 or come by", "or come by"},
	{"T: +41 22 123 45 67", ""},
	{"Call (555) 123-4567 now", "Call now"},
	{"Call (020) 7946 0958 now", "Call now"},
	{"Ms. Anna Berg, 08-123 45 67", "Ms. Anna Berg"},
	{"écrire ou appeler 01 23 45 67 89.", "écrire ou appeler."},
	{"Марина, 079-1234567", "Марина"},
	// What is no phone number.
	{"M. Dupont, 2003-2004, pH: 7.2, T. 1200", "="},
	{"ISSN 0028-0836, ISBN 0-19-852663-6 and 0198526636", "="},
	{"grant no. 01-123 45 67", "="},
	{"from 01-02-2003 to 05-03-2004, 01/02/2003, 09-12 2003", "="},
	{"(2003) 123-4567 and (12) 345 678 and 100 000-200 000", "="},
	{"0.5 0.25 01 02 03 04 05 06 07 08", "="},
	{"open 08-12 and 13-17", "="},
	{"In 2007-2009 the mobile 2007-2009 unit", "="},
	{"Telephone survey of 1,200 people in 2003", "="},
	{"a phone survey 2003-2005", "="},
	{"Mobile 100 000 citizens", "="},
	{"+15 000 000 people", "="},
	{"It grew by +12.5% to 1 234 567 890", "="},
	{"ISBN 978-92-3-100109-8", "="},
	{"ISSN 1234-5678", "="},
	{"31.9539, 35.9106 and +31.9539 +35.9106", "="},
	{"On 12.03.2003 and 2003-03-12, 10:00-12:30", "="},
	{"Tel Aviv 1948, 432 892 inhabitants", "="},
	{"between 1999 and 2003, 25 000 to 30 000 pupils", "="},
	{"https://example.org/tel/0123456789?id=+962612345678", "="},
	{"https://example.org/a.tel.0123456789/x", "="},
	{"https://example.org/x,079-1234567", "="},
	{"https://example.org/.+962-6-1234567 or tel. 020 7946 0958", "https://example.org/.+962-6-1234567 or"},
	{"网址https://example.cn/，电话：010-12345678", "网址https://example.cn/，"},
	{"budget 1 200 000 EUR (2014)", "="},
	{"grant no. 2016-1-TR01-KA201-034591", "="},
	{"هاتفية شملت ١٢٠٠ شخص عام ٢٠٠٧", "="},
	{"电话调查了1200人", "="},
	{"resolution 61/221 of 20 December 2006", "="},
	{"phone 12.03.2003", "="},
	{"doi 10.1007/978-3-319-12345-6", "="},
	// E-mail addresses.
	{"Write to maria.garcia@example.org.", "Write to."},
	{"E-mail: jsmith@example.org, or info@example.org", "or info@example.org"},
	{"info@example.org", "="},
	{"contact-us@example.org", "="},
	{"press.office@example.org", "="},
	{"secretariat@example.int", "="},
	{"info.jo@example.org", "="},
	{"Contact A. Khan (akhan[at]example[dot]org) for more", "Contact A. Khan for more"},
	{"a (at) sign and dot.com", "="},
	{"Write to jane.doe＠example.org today", "Write to today"},
	{"info＠example.org", "="},
	{"jane AT example DOT org", ""},
	{"MEET AT NOON, THE DOT ON THE MAP", "="},
	{"راسلوا ahmad@مثال.org اليوم", "راسلوا اليوم"},
	{"ahmad@مثال.شبكة", ""},
	{"иван@пример.рф", ""},
	{"请联系zhangsan@example.cn。", "请联系。"},
	{"请联系info@example.cn。", "="},
	{"press.smith@example.org wrote", "wrote"},
	{"ahmed_99@example.com <ahmed@example.com>", ""},
	{"mailto:ahmed@example.com", ""},
	{"البريد الإلكتروني: ahmad.ali@example.jo", ""},
	{"электронная почта: ivanov@example.ru и info@example.ru", "и info@example.ru"},
	{"Correo electrónico: juan.perez@example.es", ""},
	{"Courriel : jean.dupont@example.fr", ""},
	{"邮箱：zhangsan@example.cn", ""},
	{"follow @someone@social.example", "="},
	{"https://example.org/@maria/people", "="},
	{"https://user@example.org/x", "="},
	{"nothing here", "="},
	{"", "="},
}

func TestWithoutPersons(t *testing.T) {
	for _, c := range contactCases {
		want := c.want
		if want == "=" {
			want = c.in
		}
		have, taken := withoutPersons(c.in)
		if have != want {
			t.Errorf("%q becomes %q, want %q", c.in, have, want)
		}
		if (len(taken) > 0) != (have != c.in) {
			t.Errorf("%q becomes %q, said to be without %v", c.in, have, taken)
		}
	}
}

// TestOfficeOf: of a contact's name stays what is an office's.
func TestOfficeOf(t *testing.T) {
	organizations := []catalog.OrganizationRef{{Name: catalog.Text{"en": "Alpha, Beta & Sons", "ar": "نادي ألف"}}}
	for name, want := range map[string]string{
		"Press Office": "=", "Jane Doe": "", "Jane Doe, Press Office": "Press Office", "Ministry of Education (Ms. Berg)": "Ministry of Education",
		"alpha, beta & sons": "=", "نادي ألف": "=", "مكتب الإعلام": "=", "أحمد علي": "", "Пресс-служба": "=", "Отдел печати": "=", "Иван Петров": "",
		"秘书处": "=", "张三": "", "教育部": "=", "Secrétariat général": "=", "Mme Dupont – Secrétariat": "Secrétariat", "Do Thi Lan": "", "": "",
	} {
		if want == "=" {
			want = name
		}
		if have := officeOf(name, organizations); have != want {
			t.Errorf("%q becomes %q, want %q", name, have, want)
		}
	}
}

// TestImpersonal: a report does not keep what the record may not.
func TestImpersonal(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"url: “mailto:jane.doe@x.org” is no address of a page", "url: “…” is no address of a page"},
		{"contact.email: “jane.doe@x” is no e-mail address", "contact.email: “…” is no e-mail address"},
		{"summary: “Ask Jane, tel. +962 6 123 4567” is a second text", "summary: “Ask Jane, …” is a second text"},
		{"“write to jane.doe@exam…” is no country", "“write to …” is no country"},
		{"countries: “Atlantis” is no country in any of the six languages", "="},
		{"https://example.org/@maria/people: not found", "="},
		{"line 1200: 2003-2004", "="},
	} {
		want := c.want
		if want == "=" {
			want = c.in
		}
		in := catalog.Refusal{ID: "Alpha jane@x.org", Where: "https://x.example/?page=2", Reasons: []catalog.Reason{{Message: c.in}}}
		have := impersonal(in)
		if have.Reasons[0].Message != want || have.ID != "Alpha …" || have.Where != in.Where || in.Reasons[0].Message != c.in {
			t.Errorf("%q becomes %q, want %q (%+v)", c.in, have.Reasons[0].Message, want, have)
		}
	}
}

// FuzzWithoutPersons only ever takes away, and leaves no half characters.
func FuzzWithoutPersons(f *testing.F) {
	for _, c := range contactCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\ufffd")
		have, taken := withoutPersons(s)
		if len(taken) == 0 && have != s {
			t.Errorf("%q becomes %q, but nothing is said to be taken", s, have)
		}
		if len(have) > len(s) {
			t.Errorf("%q becomes longer: %q", s, have)
		}
		if utf8.ValidString(s) && !utf8.ValidString(have) {
			t.Errorf("%q becomes %q", s, have)
		}
		rest := s
		for _, r := range have {
			i := strings.IndexRune(rest, r)
			if i < 0 {
				t.Fatalf("%q becomes %q, which has something else", s, have)
			}
			rest = rest[i:]
			_, n := utf8.DecodeRuneInString(rest)
			rest = rest[n:]
		}
	})
}
