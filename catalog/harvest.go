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
	// Twice, if it is not nil, is told of each record that is not taken because the
	// run has delivered another one under its id. Without, the last one counts.
	Twice func(id string)
	// Foreign, if it is not nil, is told of each record that is not taken because it
	// is here from another source. Without, whoever delivers a record replaces it.
	Foreign func(id string)
	// Spare, if it is not nil, is asked whether so many records, of those that are
	// Withdrawn and still here, may go; if not, none of them does.
	Spare func(n int) (may bool)
	// Stay says that the Records were not had whole: those that are here already
	// stay as they are.
	Stay bool
	// Merged are the ids that the source itself says live on in another. It is nil
	// where a source does not speak of that; if it does, its other Records stand for
	// themselves, even where it said otherwise before.
	Merged map[string]string
	Cursor []byte // where the source goes on from; nil clears it
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
	Again     int `json:"-"` // of these records, the run had delivered so many before
}

// Add adds up outcomes.
func (o *Outcome) Add(p Outcome) {
	o.New += p.New
	o.Changed += p.Changed
	o.Unchanged += p.Unchanged
	o.Withdrawn += p.Withdrawn
	o.Again += p.Again
}

// Refusal is a record that was not taken, or not all of it, and why.
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
	Refused int `json:"refused"`
	// Refusals are the first MaxRefusals of them. A record whose page (provenance.url)
	// is the Where of one is not absent, unless the code is NotFound: its source has it,
	// and it could not be read.
	Refusals []Refusal `json:"refusals,omitempty"`
	// TakenInPart counts records of which something was left out, LeftOut says what,
	// for MaxRefusals of them.
	TakenInPart int       `json:"taken_in_part"`
	LeftOut     []Refusal `json:"left_out,omitempty"`
	// PassedOver counts records of another Clearinghouse whose own sources are pulled here.
	PassedOver int `json:"passed_over,omitempty"`

	Complete bool   `json:"complete"`          // everything that was asked for was seen
	Partial  bool   `json:"partial,omitempty"` // only what changed since an earlier run was asked for, or the source shows only its latest
	Error    string `json:"error,omitempty"`   // why it stopped early
	Warning  string `json:"warning,omitempty"` // what looks wrong of a run that is not, as sentences for an operator

	Unmodified bool `json:"unmodified,omitempty"` // the source says that nothing has changed since the last complete run
}

// SourceInfo is what everybody may know of a source.
type SourceInfo struct {
	ID        string
	Name      string
	Homepage  string
	Licence   string
	Format    string
	Addresses []string
	Every     time.Duration // between the starts of two pulls; 0: not by itself
	Trusted   bool          // its records are published; else they wait for an editor
	Private   bool          // it may lie in a private network: of its addresses nothing is told
	Origins   []string      // ids of the sources that its records are of, if that is not the source itself
	Last      *Run          // nil if it never ran; without what was refused and left out
}

// The states of a source in Freshness.
const (
	Fresh    = "fresh"   // seen whole, within twice its rhythm if it has one
	Late     = "late"    // seen whole last time, but longer ago
	Failing  = "failing" // not seen whole last time
	Running  = "running" // it is pulled now, or was cut off
	NeverRun = "never"   // not pulled yet
)

// Freshness says how current what came from the source is.
func (s SourceInfo) Freshness(now time.Time) string {
	switch {
	case s.Last == nil:
		return NeverRun
	case s.Last.Finished.IsZero():
		return Running
	case s.Last.Error != "":
		return Failing
	case s.Every > 0 && now.Sub(s.Last.Started) > 2*s.Every:
		return Late
	}
	return Fresh
}
