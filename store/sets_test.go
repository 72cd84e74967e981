package store

import (
	"testing"

	"clearinghouse/catalog"

	"github.com/google/go-cmp/cmp"
)

// TestSets: a frozen set is kept as it was first, in the file, and of a removed one what it was.
func TestSets(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	set := catalog.FrozenSet{ID: "abc", Query: "theme=dialogue", Count: 2, Seq: 7, Created: day(1), Hash: "h", IDs: []string{"s:a", "s:b"}}
	_, err := s.SaveSet(t.Context(), set)
	check(t, err)
	later := set
	later.Created, later.Seq = day(2), 9
	kept, err := s.SaveSet(t.Context(), later)
	check(t, err)
	if kept.Seq != 7 || !kept.Created.Equal(day(1)) {
		t.Errorf("kept anew: %+v", kept)
	}
	empty := catalog.FrozenSet{ID: "none", Created: day(1)}
	_, err = s.SaveSet(t.Context(), empty)
	check(t, err)
	check(t, s.Close())
	s = open(t, dir)
	have, err := s.FrozenSet("abc")
	check(t, err)
	if diff := cmp.Diff(set, have); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
	if have, err := s.FrozenSet("none"); err != nil || have.IDs != nil {
		t.Errorf("%v %v", have, err)
	}
	_, err = s.RemoveSet(t.Context(), "abc", "asked for", day(3))
	check(t, err)
	_, err = s.RemoveSet(t.Context(), "abc", "again", day(4))
	check(t, err)
	all, err := s.FrozenSets()
	check(t, err)
	if len(all) != 2 || all[0].Removed == nil || !all[0].Removed.Equal(day(3)) || all[0].Why != "asked for" || all[0].Hash != "h" {
		t.Errorf("%+v", all)
	}
	if have, err := s.FrozenSet("abc"); err != nil || have.IDs != nil || have.Removed == nil {
		t.Errorf("%+v %v", have, err)
	}
	for _, id := range []string{"", "other", "none\x00ids"} {
		if _, err := s.FrozenSet(id); catalog.CodeOf(err) != catalog.NotFound {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := s.RemoveSet(t.Context(), id, "", day(1)); catalog.CodeOf(err) != catalog.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
	sound(t, s)
}
