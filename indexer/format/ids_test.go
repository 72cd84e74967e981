package format_test

import (
	"testing"

	"clearinghouse/indexer/format"
)

// TestIDs knows where an id stood first.
func TestIDs(t *testing.T) {
	ids := format.IDs{}
	for _, c := range []struct {
		id          string
		line, first int
		twice       bool
	}{{"a", 2, 0, false}, {"b", 3, 0, false}, {"a", 4, 2, true}, {"a", 5, 2, true}} {
		if first, twice := ids.Add(c.id, c.line); first != c.first || twice != c.twice {
			t.Errorf("%s in line %d: %d %v, want %d %v", c.id, c.line, first, twice, c.first, c.twice)
		}
	}
}
