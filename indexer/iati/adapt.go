package iati

import (
	"fmt"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// adaption makes a record of an activity.
type adaption struct {
	*activity
	taxonomy *catalog.Taxonomy
	record   *catalog.Record
	language string // of texts that do not say
	ownPage  string // of the activity, among its documents
	leftOut  []catalog.Reason
}

func (f *files) adapt(a *activity, id, fileLanguage, where string) format.Item {
	d := &adaption{activity: a, taxonomy: f.config.Taxonomy, record: &catalog.Record{ID: id, Kind: "initiative"}}
	for _, tag := range []string{a.Lang, fileLanguage, f.config.Language} {
		if l, ok := format.Language(strings.TrimSpace(tag)); ok {
			d.language = l
			break
		}
	}
	if titles := d.all(a.Titles...); d.language == "" && len(titles) > 0 {
		d.language = titles[0].language
	}
	d.setTexts()
	d.setPlaces()
	d.setTopics(f.section.Sectors)
	d.setOrganizations()
	d.setTime()
	d.setCost()
	d.setLinks()
	d.setContact()
	d.setRelated(f.config.Source)
	d.setAddresses(f.page(id), where)
	format.AddTranslations(d.record)
	return format.Item{Record: d.record, Where: where, LeftOut: d.leftOut}
}

// maxLeftOut bounds the reasons that are given for one record.
const maxLeftOut = 20

func (d *adaption) leave(path, code, message string, args ...any) {
	if len(d.leftOut) < maxLeftOut {
		d.leftOut = append(d.leftOut, catalog.Reason{Path: path, Code: code, Message: fmt.Sprintf(message, args...)})
	}
}

// bound cuts a list that is longer than a record may have.
func bound[T any](d *adaption, path string, list []T) []T {
	if len(list) > catalog.MaxList {
		d.leave(path, "too_many", "there are more than %d; the first are taken", catalog.MaxList)
		return list[:catalog.MaxList]
	}
	return list
}

// appendNew adds what is new to a list, which becomes one too long at most.
func appendNew(list []string, s string) []string {
	if s == "" || len(list) > catalog.MaxList || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
