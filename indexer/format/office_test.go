package format_test

import (
	"testing"

	"clearinghouse/indexer/format"
)

func TestIsOffice(t *testing.T) {
	for name, want := range map[string]bool{
		"info": true, "Press-Office": true, "hr.uk": true, "opendata": true, "secrétaire": true, "info2": true,
		"maria": false, "info.maria": false, "m.lopez": false, "jd": false, "": false,
	} {
		if have := format.IsOffice(name); have != want {
			t.Errorf("%q: %v, want %v", name, have, want)
		}
	}
}
