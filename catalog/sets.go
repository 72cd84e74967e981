package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// FrozenSet is the answer to a query as of one state of the store, kept so that exactly it can be
// had again. Its records are the versions that were current at Seq.
type FrozenSet struct {
	ID       string          `json:"id"`    // follows from Query and Hash, see NewSetID
	Query    string          `json:"query"` // parameters of a search, in the form of Query.Values
	Count    int             `json:"count"`
	Seq      uint64          `json:"seq"`
	Created  time.Time       `json:"created"`
	Hash     string          `json:"sha256"` // hexadecimal, of the records as JSON Lines, by id
	Licences []SourceLicence `json:"licences"`
	Removed  *time.Time      `json:"removed"`       // an operator took it away
	Why      string          `json:"why,omitempty"` // what she said of it
	IDs      []string        `json:"-"`             // of the records, sorted
}

// SourceLicence says how many records of a set come from a source under a licence.
type SourceLicence struct {
	Source  string `json:"source"`
	Licence string `json:"licence"` // SPDX identifier or address, "" if the source states none
	Records int    `json:"records"`
}

// NewSetID is the id of the set with a query and a hash: the same answer to the same question has
// the same.
func NewSetID(query, hash string) string {
	sum := sha256.Sum256([]byte(query + "\n" + hash))
	return hex.EncodeToString(sum[:10])
}
