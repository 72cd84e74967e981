package catalog

import "time"

// Page is what one step of a harvest yields. It is stored in one transaction:
// all of it or nothing.
type Page struct {
	Source    string
	Run       uint64    // number of the run, from the store's StartRun
	Records   []*Record // cleaned and valid
	Withdrawn []string  // ids that the source itself says are gone
	Seen      []string  // ids that the source still has, in a form that cannot be taken: what is stored of them stays
	Cursor    []byte    // where the source goes on from; nil clears it
	// Notes are what the harvest keeps beside its cursor, where that would be long
	// to write with each page: those to set, by their keys, and with nil to remove.
	Notes  map[string][]byte
	Forget bool   // removes the notes of before first
	State  string // Published or Submitted, for records that are new
	Time   time.Time
}

// Outcome counts what storing did.
type Outcome struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Withdrawn int `json:"withdrawn"`
}

// Add adds up outcomes.
func (o *Outcome) Add(p Outcome) {
	o.New += p.New
	o.Changed += p.Changed
	o.Unchanged += p.Unchanged
	o.Withdrawn += p.Withdrawn
}

// Refusal is a record that was not taken and why.
type Refusal struct {
	ID      string   `json:"id,omitempty"`    // if it got that far
	Where   string   `json:"where,omitempty"` // file and line, or address
	Reasons []Reason `json:"reasons"`
}

// MaxRefusals is how many refusals a Run keeps; Refused counts all of them.
const MaxRefusals = 100

// Run is the report of one pull of a source.
type Run struct {
	Source   string    `json:"source"`
	Number   uint64    `json:"number"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Outcome
	Refused  int       `json:"refused"`
	Refusals []Refusal `json:"refusals,omitempty"`
	Complete bool      `json:"complete"`        // everything the source has was seen
	Error    string    `json:"error,omitempty"` // why it stopped early

	Unmodified bool `json:"unmodified,omitempty"` // the source says that nothing has changed since the last complete run
}
