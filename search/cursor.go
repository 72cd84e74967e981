package search

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"clearinghouse/catalog"
)

// cursor says where a page begins: after the hit with these sort keys. It holds
// no state of the index, so that it never expires.
type cursor struct {
	Query string   `json:"q"` // queryHash
	Keys  []string `json:"k"`
}

// queryHash names the list of hits that q asks for, whatever else is counted or
// shown of it.
func queryHash(q catalog.Query) string {
	q.Cursor, q.Limit, q.Facets, q.FacetLimit, q.FacetPrefix, q.FacetZero, q.Explain = "", 0, nil, 0, "", false, false
	sum := sha256.Sum256([]byte(q.Values().Encode()))
	return hex.EncodeToString(sum[:6])
}

// encodeCursor is where the page after the hit last begins.
func encodeCursor(q catalog.Query, o order, last *placed) string {
	data, err := json.Marshal(cursor{queryHash(q), []string{o.key(last), last.id}})
	if err != nil {
		panic("search: strings are always valid JSON: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// decodeCursor is the hit after which the page of q begins, nil if that is the first one.
func decodeCursor(q catalog.Query, o order) (*placed, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	var c cursor
	data, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err == nil && c.Query == queryHash(q) && len(c.Keys) == 2 {
		if after, ok := o.at(c.Keys[0], c.Keys[1]); ok {
			return after, nil
		}
	}
	return nil, &catalog.Error{Code: catalog.Invalid, Param: "cursor", Message: "this cursor does not belong to this query: leave it out to begin at the first page"}
}
