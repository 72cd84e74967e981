package format

import (
	"strings"
	"unicode"

	"clearinghouse/catalog"
)

// offices are the words of e-mail addresses that belong to an office and to no
// person.
var offices = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`
		info information contact contacts contactus office mail email post postbox mailbox hello hi welcome ask
		press media news newsroom newsletter communication communications comms pr editor editors editorial redaction
		secretariat secretary admin administration administrator webmaster web postmaster hostmaster support help helpdesk service services
		enquiries enquiry inquiries inquiry question questions feedback general reception headquarters hq main desk us team staff
		project projects programme programmes program programs training trainings course courses education school schools youth research library
		publications events event conference registration register apply application applications admissions grants grant awards award fund
		jobs job careers hr recruitment volunteer volunteers volunteering donate donations membership members partners partnerships outreach
		legal privacy dpo data gdpr security abuse noreply no reply do not international global regional national public affairs relations
		finance accounts procurement sales shop orders bookings booking visits museum
		presse bureau accueil bonjour secretaire secretariatgeneral direction formation actualites redac siege association equipe
		contacto contactos correo prensa oficina secretaria hola informacion comunicacion administracion direccion redaccion consultas formacion
		kontakt buero poststelle presseamt redaktion sekretariat infos postfach segreteria informazioni
		iati opendata transparency
		pressa redakcia priemnaya kancelaria kontakty`) {
		out[w] = true
	}
	return out
}()

// IsOffice reports whether the name before the @ of an e-mail address is that of
// an office and of no person: each word of it is an office's, or too short to be
// a name.
func IsOffice(name string) bool {
	office := false
	for _, w := range strings.FieldsFunc(catalog.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch {
		case offices[w]:
			office = true
		case len(w) > 2:
			return false
		}
	}
	return office
}
