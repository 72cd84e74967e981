package iati

import (
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// wanted reports whether one of the activity's sectors is among those that the
// source file names.
func (f *files) wanted(a *activity) bool {
	if len(f.section.OnlySectors) == 0 {
		return true
	}
	return slices.ContainsFunc(a.sectors(), func(sector string) bool {
		return slices.ContainsFunc(f.section.OnlySectors, func(p prefix) bool { return strings.HasPrefix(sector, string(p)) })
	})
}

// sectors are the activity's codes in the list of the OECD DAC.
func (a *activity) sectors() []string {
	all := a.Sectors
	if len(all) == 0 {
		for _, t := range a.Transactions {
			all = append(all, t.Sectors...)
		}
	}
	var out []string
	for _, s := range all {
		switch strings.TrimSpace(s.Vocabulary) {
		case "", "1", "2", "DAC", "DAC-3":
			out = appendNew(out, strings.TrimSpace(s.Code))
		}
	}
	return out
}

// setTopics gives the themes and fields that the source file has for sectors.
func (d *adaption) setTopics(sectors map[prefix]topics) {
	r := d.record
	for _, sector := range d.sectors() {
		for length := 2; length <= len(sector); length++ {
			t := sectors[prefix(sector[:length])]
			for _, list := range []struct {
				codes []format.Code
				into  *[]string
			}{{t.Themes, &r.Themes}, {t.Fields, &r.Fields}} {
				for _, c := range list.codes {
					if !slices.Contains(*list.into, c.Value) {
						*list.into = append(*list.into, c.Value)
						r.Assigned = append(r.Assigned, catalog.Assigned{Code: c.Value, Why: "sector " + sector + " of the OECD DAC"})
					}
				}
			}
		}
	}
}
