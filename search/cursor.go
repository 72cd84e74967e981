package search

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"github.com/blevesearch/bleve/v2/search"

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

func encodeCursor(q catalog.Query, keys []string) string {
	data, err := json.Marshal(cursor{queryHash(q), keys})
	if err != nil {
		panic("search: strings are always valid JSON: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// decodeCursor is the sort keys in the cursor of q, nil if it has none.
func decodeCursor(q catalog.Query, order search.SortOrder) ([]string, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	var c cursor
	data, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil || c.Query != queryHash(q) || !validKeys(c.Keys, order) {
		return nil, &catalog.Error{Code: catalog.Invalid, Param: "cursor", Message: "this cursor does not belong to this query: leave it out to begin at the first page"}
	}
	return c.Keys, nil
}
