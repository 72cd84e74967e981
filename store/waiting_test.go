package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clearinghouse/catalog"
)

// TestWaiting: what waits of what one source delivered, over several batches, and
// neither what is public nor what is gone, whatever its texts say.
func TestWaiting(t *testing.T) {
	s := open(t, t.TempDir())
	waiting := func(source string) (ids []string) {
		t.Helper()
		for e, err := range s.Waiting(t.Context(), source) {
			check(t, err)
			ids = append(ids, e.Record.ID)
		}
		return ids
	}
	submit := func(native ...string) {
		t.Helper()
		p := page(t, 0, "one", native...)
		p.State, p.Run = catalog.Submitted, 1
		save(t, s, p)
	}
	var all, want []string
	for i := range 2*batchEntries + 7 {
		all = append(all, fmt.Sprintf("%05d", i))
		want = append(want, "s:"+all[i])
	}
	submit(all...)
	public := page(t, 0, `"state":"submitted"`, "public")
	public.Run = 1
	save(t, s, public)
	gone := page(t, 1, "")
	gone.Withdrawn = []string{"s:00003"}
	save(t, s, gone)
	if diff := cmp.Diff(append(want[:3:3], want[4:]...), waiting("s")); diff != "" {
		t.Errorf("waiting (-want +have):\n%s", diff)
	}
	if ids := waiting("r"); ids != nil { // before it
		t.Errorf("of another source: %v", ids)
	}
	followed := of(t, 0, "unesco:1", nil)
	followed.Source, followed.Run, followed.State, followed.Merged = "hub", 1, catalog.Submitted, map[string]string{}
	save(t, s, followed)
	if ids := waiting("hub"); len(ids) != 1 || ids[0] != "unesco:1" {
		t.Errorf("of a source whose records keep their ids: %v", ids)
	}
	for _, err := range s.Waiting(t.Context(), "s:") {
		refused(t, err, catalog.Invalid)
	}
}
