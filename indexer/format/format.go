// Package format holds what the runner and the formats of sources share. A
// format is pure: bytes in, records and further requests out; it knows no
// clock, no goroutine and no disk.
package format

import (
	"io"
	"iter"

	"clearinghouse/catalog"
)

// Format reads one kind of source. Its methods may be called by several
// goroutines.
type Format interface {
	// Start lists the requests that a harvest begins with: of everything, or with
	// the Mark that the last one left, of what has changed since.
	Start(mark string) []Request
	// Parse reads the responses to a request, one for each of its variants that
	// was there, in their order and never none. It yields one Result or, for
	// large bodies, several, each small enough to be held in memory and stored
	// in one transaction. An error ends the sequence: the body cannot be read
	// on from there.
	Parse(Request, []Response) iter.Seq2[Result, error]
}

// Follower is a format whose records may be of other sources, whose whole ids and
// provenance they keep.
type Follower interface {
	Format
	Follows() bool
}

// Answerer is a format whose servers answer some requests with a status of 400 to
// 499 and a document that says why.
type Answerer interface {
	Format
	// Answers reports whether such a document, XML or JSON and small, is one that
	// Parse reads like any other body.
	Answers(document []byte) bool
}

// Config is what a source file tells a format.
type Config struct {
	Source    string // its id, for ids of other records of it
	Addresses []string
	Language  string            // BCP 47, of pages that do not say; may be empty
	Kind      string            // of all records, by the constants; may be empty
	Taxonomy  *catalog.Taxonomy // to check codes of the section
	// Section decodes the format's own section of the source file into v, a
	// pointer to a struct; unknown keys are errors. Without a section v stays
	// as it is.
	Section func(v any) error
}

// Variant is one address of a request and the language that is expected there,
// "" if it is not known.
type Variant struct {
	Language string `json:"language,omitempty"`
	URL      string `json:"url"`
}

// Request is something to fetch: one address, or the same page in several
// languages, which are fetched one after the other and parsed together.
type Request struct {
	Kind     string    `json:"kind,omitempty"` // the format's own word for what it expects there
	Variants []Variant `json:"variants"`
	Required bool      `json:"required,omitempty"` // without it the source has not been seen whole
	Skip     int       `json:"skip,omitempty"`     // how much of the body was taken before, as in Result.Skip
	Before   Before    `json:"before,omitzero"`
}

// Before is what a format keeps of the pages of a list before the one that is asked
// for. It tells no requests apart, so that pages which lead in a circle come to an
// end.
type Before struct {
	Pages int    `json:"pages,omitempty"`
	Items int    `json:"items,omitempty"` // of all of them
	Last  int    `json:"last,omitempty"`  // of the last one
	Mark  string `json:"mark,omitempty"`  // of the ids of the last one
}

// Key tells requests apart: two with the same key ask for the same.
func (r Request) Key() string {
	if len(r.Variants) == 0 {
		return r.Kind
	}
	return r.Kind + " " + Untracked(r.Variants[0].URL)
}

// Response is the answer to one variant.
type Response struct {
	Variant
	Final       string   // the address after redirects, which relative links start from
	ContentType string   // as the server said
	Links       []string // its Link headers (RFC 8288)
	Body        io.Reader
	Folder      string // for what is unpacked of it; "" is the system's for such files
}

// Page is the address of the page that was answered: that after redirects, unless it
// is only another form of the one that was asked for.
func (r Response) Page() string {
	if r.Final == "" || catalog.PageKey(r.Final) == catalog.PageKey(r.URL) {
		return r.URL
	}
	return r.Final
}

// Item is a record as its source has it, not yet cleaned or validated. Its ID
// is the source's own, with or without the "<source>:" in front.
type Item struct {
	Record *catalog.Record
	Where  string // file:line or address
	// LeftOut says what of the record could not be taken over; it is taken
	// without.
	LeftOut []catalog.Reason `json:",omitempty"`
	// Keep completes Record by what the entry that it was exported from has and its form cannot
	// say. Nil for all that is no export.
	Keep func(known *catalog.Record) `json:"-"`
}

// Result is what a body, or a bounded part of it, holds.
type Result struct {
	Items     []Item
	Refused   []catalog.Refusal // what is there but cannot be read
	Withdrawn []string          // ids that the source says are gone, as in Item
	Merged    map[string]string `json:",omitempty"` // of a Follower: ids that live on in another
	Next      []Request
	Skip      int // with this in Request.Skip, Parse goes on after this result
	// Mark names the state of the source for Start, if the format can ask for
	// changes. The last one of a complete harvest counts.
	Mark string `json:",omitempty"`
	// Window says that the source shows only its latest records: one that is no
	// longer there is not gone.
	Window bool `json:",omitempty"`
}
