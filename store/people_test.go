package store

import (
	"strings"
	"testing"

	"clearinghouse/catalog"
)

// TestKeys: a key is good until it is revoked, and its secret is nowhere kept.
func TestKeys(t *testing.T) {
	s := open(t, t.TempDir())
	first, secret, err := s.People().AddKey(" a program ", day(0))
	check(t, err)
	second, other, err := s.People().AddKey("an editor", day(1))
	check(t, err)
	if first.ID == second.ID || secret == other || first.Name != "a program" {
		t.Errorf("%+v %+v", first, second)
	}
	s = reopen(t, s)
	if key, err := s.People().KeyOf(secret); err != nil || key.ID != first.ID {
		t.Errorf("%+v, %v", key, err)
	}
	check(t, s.People().RevokeKey(first.ID, day(2)))
	check(t, s.People().RevokeKey(first.ID, day(3)))
	for _, wrong := range []string{secret, "", other + "x", strings.ToLower(other)} {
		if _, err := s.People().KeyOf(wrong); catalog.CodeOf(err) != catalog.Unauthorized {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	keys, err := s.People().Keys()
	check(t, err)
	if len(keys) != 2 || keys[0].ID != first.ID || !keys[0].Revoked.Equal(day(2)) || !keys[1].Revoked.IsZero() {
		t.Errorf("%+v", keys)
	}
	refused(t, s.People().RevokeKey("none", day(4)), catalog.NotFound, "keys list")
	_, _, err = s.People().AddKey("  ", day(5))
	refused(t, err, catalog.Invalid, "name")
	for _, key := range keys {
		if raw, err := encode(key); err != nil || strings.Contains(string(raw), secret) {
			t.Errorf("%s, %v", raw, err)
		}
	}
}
