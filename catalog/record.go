package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Record is one entry of the catalogue, of any kind. Its JSON form, in this
// order of keys, is what sources deliver, the store keeps and exports give out;
// docs/design.md section 3 explains each field.
type Record struct {
	ID             string                 `json:"id"`                      // "<source>:<native>", stable for ever; see NewID
	Kind           string                 `json:"kind"`                    // taxonomy "kind"
	Original       string                 `json:"original,omitempty"`      // BCP 47 language the record was written in
	Title          Text                   `json:"title"`                   //
	Summary        Text                   `json:"summary,omitempty"`       //
	Body           Text                   `json:"body,omitempty"`          // paragraphs separated by a blank line
	Translations   map[string]Translation `json:"translations,omitempty"`  // language -> where the translation comes from
	Fields         []string               `json:"fields,omitempty"`        // taxonomy "field"
	Themes         []string               `json:"themes,omitempty"`        // taxonomy "theme"
	Assigned       []Assigned             `json:"assigned,omitempty"`      // codes given by rule, with the reason
	Countries      []string               `json:"countries,omitempty"`     // ISO 3166-1 alpha-2
	Regions        []string               `json:"regions,omitempty"`       // UN M49 subregions, derived from Countries where there are any
	Scope          string                 `json:"scope,omitempty"`         // taxonomy "scope"
	Places         []Place                `json:"places,omitempty"`        //
	Audiences      []string               `json:"audiences,omitempty"`     // taxonomy "audience"
	Languages      []string               `json:"languages,omitempty"`     // BCP 47 languages of the activity
	Organizations  []OrganizationRef      `json:"organizations,omitempty"` //
	Status         string                 `json:"status,omitempty"`        // taxonomy "status", or absent
	Start          string                 `json:"start,omitempty"`         // YYYY[-MM[-DD]]
	End            string                 `json:"end,omitempty"`           // YYYY[-MM[-DD]]
	Deadline       string                 `json:"deadline,omitempty"`      // YYYY[-MM[-DD]]
	Practice       map[string]Text        `json:"practice,omitempty"`      // taxonomy "part" -> text
	Cost           *Cost                  `json:"cost,omitempty"`          //
	DurationMonths int                    `json:"duration_months,omitempty"`
	Reach          int                    `json:"reach,omitempty"`         // people
	Evidence       string                 `json:"evidence,omitempty"`      // taxonomy "evidence"
	AllianceRole   string                 `json:"alliance_role,omitempty"` // taxonomy "alliance_role"
	Criteria       []Criterion            `json:"criteria,omitempty"`
	Links          []Link                 `json:"links,omitempty"`
	Contact        *Contact               `json:"contact,omitempty"` // an organisation's published contact, never a person's
	Related        []Relation             `json:"related,omitempty"`
	URL            string                 `json:"url,omitempty"` // the page people should visit
	Provenance     Provenance             `json:"provenance"`
}

// Translation says who made the text in one language and from what.
type Translation struct {
	Origin string   `json:"origin"`       // author, editor or machine
	Parts  []string `json:"parts"`        // the fields of the record it covers, as in "title", "practice.results"
	Of     string   `json:"of,omitempty"` // Record.SourceHash of those parts when the translation was made
}

// Assigned is a code that a rule gave the record.
type Assigned struct {
	Code string `json:"code"`
	Why  string `json:"why"`
}

// Place is a named point; Lat and Lon are WGS 84 degrees.
type Place struct {
	Name Text     `json:"name"`
	Lat  *float64 `json:"lat,omitempty"`
	Lon  *float64 `json:"lon,omitempty"`
}

// OrganizationRef names an organisation's part in an activity. ID is set when
// the organisation has a record of its own.
type OrganizationRef struct {
	ID   string `json:"id,omitempty"`
	Name Text   `json:"name"`
	URL  string `json:"url,omitempty"`
	Role string `json:"role,omitempty"` // taxonomy "role"
}

// Cost is an amount of money. Amount is a decimal number as text, so that no
// digit is lost; Currency is ISO 4217.
type Cost struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Per      string `json:"per,omitempty"` // "year", "project", "participant" …
	Year     string `json:"year,omitempty"`
}

// Criterion is a verdict on one of the Alliance's criteria. Without Review it
// is a claim of By and is shown as one.
type Criterion struct {
	Code     string `json:"code"`    // taxonomy "criterion"
	Verdict  string `json:"verdict"` // taxonomy "verdict"
	By       string `json:"by,omitempty"`
	Review   bool   `json:"review"`
	Evidence string `json:"evidence,omitempty"` // address of a page
	Date     string `json:"date,omitempty"`
}

// Link is a page about the record; Parts are the fields that it supports.
type Link struct {
	Rel      string   `json:"rel"` // taxonomy "rel"
	URL      string   `json:"url"`
	Title    Text     `json:"title,omitempty"`
	Language string   `json:"language,omitempty"`
	Parts    []string `json:"parts,omitempty"`
}

// Contact is an organisation's published contact.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Relation points to another record; Rel is of taxonomy "relation".
type Relation struct {
	Rel string `json:"rel"`
	ID  string `json:"id"`
}

// Provenance says where the record came from. Hash is Record.ContentHash.
type Provenance struct {
	Source    string `json:"source"`
	URL       string `json:"url,omitempty"`
	Retrieved string `json:"retrieved,omitempty"` // RFC 3339, UTC
	Licence   string `json:"licence,omitempty"`   // SPDX identifier or the address of a licence
	Hash      string `json:"hash,omitempty"`
}

// spdxForm is the form of the SPDX identifiers of licences, nearly all of which have a
// hyphen or a digit in them; lettersOnly are those of the others that are widely used.
var (
	spdxForm    = regexp.MustCompile(`^[A-Za-z0-9.+-]*[0-9-][A-Za-z0-9.+-]*$`)
	lettersOnly = []string{"ISC", "MIT", "NLPL", "OGTSL", "Unlicense", "WTFPL"}
)

// IsSPDX reports whether s has the form of an SPDX identifier of a licence.
func IsSPDX(s string) bool { return slices.Contains(lettersOnly, s) || spdxForm.MatchString(s) }

// LicenceAddress is where a licence can be read that is given by an SPDX identifier or by its
// address; "" for any other name.
func LicenceAddress(licence string) string {
	switch {
	case strings.HasPrefix(licence, "https://"), strings.HasPrefix(licence, "http://"):
		return licence
	case IsSPDX(licence):
		return "https://spdx.org/licenses/" + licence + ".html"
	}
	return ""
}

// JSON is the canonical form of r: one line of UTF-8 JSON in the order of the
// struct, map keys sorted, nothing escaped for HTML, no line end.
func (r *Record) JSON() []byte {
	data, err := marshal(r)
	if err != nil {
		panic("catalog: a record is always valid JSON: " + err.Error()) // floats are checked by Validate
	}
	return data
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ContentHash is "sha256:" and the hexadecimal SHA-256 of the canonical record
// without its provenance: two harvests of the same content have the same.
func (r *Record) ContentHash() string {
	bare := *r
	bare.Provenance = Provenance{}
	return hash(bare.JSON())
}

// SourceHash is the hash of the original's text in the given parts ("title",
// "summary", "body", "practice.<part>"): what a translation was made of. A
// translation whose Of differs from it is stale.
func (r *Record) SourceHash(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p)
		b.WriteByte(0)
		b.WriteString(r.Part(p)[r.Original])
		b.WriteByte(0)
	}
	return hash([]byte(b.String()))
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Stale lists the languages, in the order of Text.Languages, whose translation
// was made of a text that has since changed.
func (r *Record) Stale() []string {
	tags := Text{}
	for l, t := range r.Translations {
		if t.Of != "" && t.Of != r.SourceHash(t.Parts) {
			tags[l] = "stale"
		}
	}
	return tags.Languages()
}

// PracticeParts are the texts of a practice in the order in which they are read.
var PracticeParts = []string{"problem", "approach", "results", "evaluation", "lessons", "replication", "resources"}

// TextParts are the names of the parts that have text in languages, in the order of
// the record.
var TextParts = func() []string {
	out := []string{"title", "summary", "body"}
	for _, part := range PracticeParts {
		out = append(out, "practice."+part)
	}
	return out
}()

// Part is the text of a named part: "title", "summary", "body" or
// "practice.<part>". Anything else has no text.
func (r *Record) Part(name string) Text {
	switch name {
	case "title":
		return r.Title
	case "summary":
		return r.Summary
	case "body":
		return r.Body
	}
	if p, ok := strings.CutPrefix(name, "practice."); ok {
		return r.Practice[p]
	}
	return nil
}

// InOriginal is a name in the language of the record, or else in the one that a reader of that
// language is shown.
func (r *Record) InOriginal(name Text) string {
	s, _ := name.Choose(r.Original, r.Original)
	return s
}

// Best reports whether a review found all four of the Alliance's criteria met.
func (r *Record) Best(t *Taxonomy) bool {
	if r.Kind != "initiative" {
		return false
	}
	met := map[string]bool{}
	for _, c := range r.Criteria {
		if c.Review {
			met[c.Code] = c.Verdict == "met"
		}
	}
	for _, c := range t.Terms("criterion") {
		if !met[c.Code] {
			return false
		}
	}
	return true
}

// Year is the year of Start, 0 if it is not known.
func (r *Record) Year() int {
	year := 0
	if len(r.Start) < 4 {
		return 0
	}
	for _, c := range r.Start[:4] {
		if c < '0' || c > '9' {
			return 0
		}
		year = year*10 + int(c-'0')
	}
	return year
}

var (
	sourceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	nativeForm = regexp.MustCompile(`^[A-Za-z0-9._~:-]{1,200}$`)
	// mailInNative is an e-mail address in a native id.
	mailInNative = regexp.MustCompile(`(?i)[\pL\pN](?:[@＠]|\s?[\[(]\s?at\s?[\])]\s?|(?-i:\sAT\s))[\pL\pN]`)
	notNative    = regexp.MustCompile(`[^A-Za-z0-9._~:-]+`)
)

// NewID makes the id of a source's record. A native id in the allowed form
// ([A-Za-z0-9._~:-]{1,200}) stays as it is; in any other, runs of other
// characters become "-" and a short hash of the native id is appended. Of one
// with an e-mail address in it, which may be a person's, only a hash is shown.
func NewID(source, native string) string {
	if !nativeForm.MatchString(native) {
		sum := sha256.Sum256([]byte(native))
		if mailInNative.MatchString(native) {
			return source + ":" + hex.EncodeToString(sum[:10])
		}
		clean := strings.Trim(notNative.ReplaceAllString(native, "-"), "-")
		if len(clean) > 180 {
			clean = clean[:180]
		}
		native = strings.Trim(clean+"-"+hex.EncodeToString(sum[:5]), "-")
	}
	return source + ":" + native
}

// SplitID is the reverse of NewID; ok is false if id has not the form of one.
func SplitID(id string) (source, native string, ok bool) {
	source, native, ok = strings.Cut(id, ":")
	return source, native, ok && sourceForm.MatchString(source) && nativeForm.MatchString(native)
}
