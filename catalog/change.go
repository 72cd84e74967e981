package catalog

import (
	"encoding/json"
	"slices"
	"time"
)

// The states of an entry. Only Published is public.
const (
	Published = "published"
	Submitted = "submitted" // waits for an editor
	Withdrawn = "withdrawn" // a tombstone: it was there
	Merged    = "merged"    // a tombstone: it lives on in MergedInto
)

// Envelope is what the store knows about a record beyond its content.
type Envelope struct {
	Seq        uint64    `json:"seq"`     // place in the log of the version
	Version    int       `json:"version"` // 1 for the first
	State      string    `json:"state" enum:"published submitted withdrawn merged"`
	Added      time.Time `json:"added"`   // first stored
	Updated    time.Time `json:"updated"` // last change of content
	Members    []Member  `json:"members,omitempty"`
	MergedInto string    `json:"merged_into,omitempty"`
}

// Member is one of the records that a merged entry stands for.
type Member struct {
	ID         string     `json:"id"`
	Provenance Provenance `json:"provenance"`
}

// Entry is one version of a record with its envelope.
type Entry struct {
	Record   Record   `json:"record"`
	Envelope Envelope `json:"envelope"`
}

// Origins are where an entry is from: of a merged one, where each of its members is.
func (e *Entry) Origins() []Provenance {
	if len(e.Envelope.Members) == 0 {
		return []Provenance{e.Record.Provenance}
	}
	out := make([]Provenance, len(e.Envelope.Members))
	for i, m := range e.Envelope.Members {
		out[i] = m.Provenance
	}
	return out
}

// Licences are those of all its origins, each once.
func (e *Entry) Licences() (out []string) {
	for _, origin := range e.Origins() {
		if origin.Licence != "" && !slices.Contains(out, origin.Licence) {
			out = append(out, origin.Licence)
		}
	}
	return out
}

// Public reports whether readers may see the entry.
func (e *Entry) Public() bool { return e.Envelope.State == Published }

// The classes of a change.
const (
	Content    = "content"    // what readers see changed; feeds and harvesters follow these
	Annotation = "annotation" // bookkeeping: link checks, counters
)

// Change is one line of the store's log. Entry is the version it made; it is
// nil when a later change has replaced that version.
type Change struct {
	Seq   uint64    `json:"seq"`
	ID    string    `json:"id"`
	Class string    `json:"class"`
	Time  time.Time `json:"time"`
	Entry *Entry    `json:"-"`
}

// Edit is an editor's change to a harvested record: a JSON merge patch (RFC
// 7396) of the record's JSON form, which is applied again after each harvest.
type Edit struct {
	Patch json.RawMessage `json:"patch"`
	By    string          `json:"by"`
	Why   string          `json:"why,omitempty"`
}

// Pair is two records that may be the same, for an editor to decide.
type Pair struct {
	A       string    `json:"a"` // ids, A before B
	B       string    `json:"b"`
	Score   float64   `json:"score"` // from 0 to 1, see Likeness
	Reasons []string  `json:"reasons"`
	Time    time.Time `json:"time"`
}
