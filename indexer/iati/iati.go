package iati

import (
	"errors"
	"fmt"
	"io"
	"iter"

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
// passed, wanted or not. Of several with one identifier the first is taken. A file
// that is cut off or broken yields what stands before, then the error.
func (f *files) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		in := newReader(responses[0])
		var page format.Result
		begin := int64(0)
		known := format.IDs{}
		for number := 1; ; number++ {
			start, err := in.next()
			line := in.Line()
			var a *activity
			if err == nil {
				a, err = in.activity(start)
			}
			var why unfit
			switch {
			case errors.As(err, &why):
				page.Refused = append(page.Refused, format.Refuse("", in.at(line), "", why.code, why.message+": it cannot be taken"))
			case err != nil:
				if len(page.Items)+len(page.Refused) > 0 && !yield(page, nil) {
					return
				}
				if err != io.EOF {
					yield(format.Result{}, fmt.Errorf("%s: %w", in.at(in.Line()), err))
				}
				return
			case f.wanted(a):
				f.add(&page, a, known, line, in)
			}
			if number <= r.Skip {
				page, begin = format.Result{}, in.Offset()
				continue
			}
			page.Skip = number
			taken := len(page.Items) + len(page.Refused)
			if offset := in.Offset(); taken >= pageActivities || taken > 0 && offset-begin >= pageBytes {
				if !yield(page, nil) {
					return
				}
				page, begin = format.Result{}, offset
			}
		}
	}
}

// add puts an activity into the page, or why it is refused.
func (f *files) add(page *format.Result, a *activity, known format.IDs, line int, in *reader) {
	id, where := format.Line(a.ID), in.at(line)
	if id == "" {
		page.Refused = append(page.Refused, format.Refuse("", where, "", "no_id", "the activity has no iati-identifier"))
	} else if first, twice := known.Add(id, line); twice {
		page.Refused = append(page.Refused, format.Refuse(id, where, "id", format.SameID,
			fmt.Sprintf("the activity has the iati-identifier of the one in line %d, which is taken: ask its publisher to give each its own", first)))
	} else {
		page.Items = append(page.Items, f.adapt(a, id, in.lang, where))
	}
}
