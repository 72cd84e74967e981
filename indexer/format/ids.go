package format

import (
	"hash/fnv"
	"io"
)

// maxIDs is how many ids of a file are compared with those after them; a sheet has
// no more rows.
const maxIDs = 1 << 20

// IDs are the ids of a file, as hashes, and the lines that they stand in.
type IDs map[uint64]int

// Add adds an id, unless it is there: then it is twice, and first is where it stood
// before.
func (ids IDs) Add(id string, line int) (first int, twice bool) {
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, id)
	key := hash.Sum64()
	if first, twice = ids[key]; !twice && len(ids) < maxIDs {
		ids[key] = line
	}
	return first, twice
}
