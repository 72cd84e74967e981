package iati

import (
	"cmp"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// setTime takes status and dates; an actual date wins over a planned one. An
// activity that is cancelled or suspended has no status here.
func (d *adaption) setTime() {
	r := d.record
	r.Status = map[string]string{"1": "planned", "2": "ongoing", "3": "completed", "4": "completed"}[strings.TrimSpace(d.Status.Code)]
	dates := map[string]string{}
	for _, t := range d.Dates {
		kind := strings.ToLower(strings.TrimSpace(t.Type))
		dates[kind] = cmp.Or(dates[kind], t.iso())
	}
	r.Start = cmp.Or(dates["2"], dates["start-actual"], dates["1"], dates["start-planned"])
	r.End = cmp.Or(dates["4"], dates["end-actual"], dates["3"], dates["end-planned"])
	if catalog.IsDate(r.Start) && catalog.IsDate(r.End) {
		if n := min(len(r.Start), len(r.End)); r.End[:n] < r.Start[:n] {
			d.leave("end", "end_before_start", "end %s lies before start %s", r.End, r.Start)
			r.End = ""
		}
	}
}

// iso is the day, or what stands in its place.
func (t date) iso() string {
	s := format.Line(cmp.Or(strings.TrimSpace(t.ISO), t.Text))
	if len(s) > 10 && catalog.IsDate(s[:10]) {
		return s[:10] // of a time
	}
	return s
}
