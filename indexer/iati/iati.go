package iati

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// A result holds at most pageActivities and ends once it has pageBytes of them.
const (
	pageActivities = 200
	pageBytes      = 8 << 20
)

// Start asks for each file.
func (f *files) Start(string) []format.Request { return format.Ask(f.config.Addresses) }

// Parse yields the activities of a file in pages; Skip counts those that were
// passed, wanted or not. A file that is cut off or broken yields what stands
// before, then the error.
func (f *files) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		in := newReader(responses[0])
		var page format.Result
		begin := int64(0)
		for number := 1; ; number++ {
			start, err := in.next()
			where := in.where()
			if err == nil && number <= r.Skip {
				if err = in.CloseTo(len(in.Open) - 1); err == nil {
					continue
				}
			}
			var a *activity
			if err == nil {
				a, err = in.activity(start)
			}
			var much tooMuch
			taken := len(page.Items) + len(page.Refused)
			switch {
			case errors.As(err, &much):
				page.Refused = append(page.Refused, refusal("", where, "too_long", much.Error()+": it cannot be taken"))
			case err != nil:
				if taken > 0 && !yield(page, nil) {
					return
				}
				if err != io.EOF {
					yield(format.Result{}, fmt.Errorf("%s: %w", in.where(), err))
				}
				return
			case f.wanted(a):
				f.add(&page, a, in.lang, where)
			}
			page.Skip = number
			taken = len(page.Items) + len(page.Refused)
			if offset := in.Offset(); taken >= pageActivities || taken > 0 && offset-begin >= pageBytes {
				if !yield(page, nil) {
					return
				}
				page, begin = format.Result{}, offset
			}
		}
	}
}

func (f *files) add(page *format.Result, a *activity, language, where string) {
	id := format.Line(a.ID)
	if id == "" {
		page.Refused = append(page.Refused, refusal("", where, "no_id", "the activity has no iati-identifier"))
		return
	}
	page.Items = append(page.Items, f.adapt(a, id, language, where))
}

func refusal(id, where, code, message string) catalog.Refusal {
	return catalog.Refusal{ID: id, Where: where, Reasons: []catalog.Reason{{Code: code, Message: message}}}
}
