package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// changesPath is where a Clearinghouse says what has changed in it.
const changesPath = "/api/v1/changes"

// changesLimit is how many changes are asked for at once.
const changesLimit = 500

// maxMark is how long the mark of an entry of a log may be, in bytes: it is kept.
const maxMark = 100

// changes follows another Clearinghouse. A mark is the place in its log up to
// which all is seen, as a decimal number, and the mark that the other gives the
// entry of its log there, with a space between.
type changes struct {
	address *url.URL
	sources []string // of records; none: all
}

func isChanges(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), changesPath)
}

func newChanges(addresses, sources []string) (format.Format, error) {
	if len(addresses) != 1 {
		return nil, catalog.Errorf(catalog.Invalid, "a source follows one Clearinghouse: give each its own source file")
	}
	u, err := url.Parse(addresses[0])
	if err != nil {
		return nil, catalog.Errorf(catalog.Invalid, "%s is not an address", addresses[0])
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), changesPath) + changesPath
	for _, s := range sources {
		if id, _, ok := catalog.SplitID(s + ":x"); !ok || id != s {
			return nil, catalog.Errorf(catalog.Invalid, "jsonl.sources: %q is not the id of a source", s)
		}
	}
	return &changes{address: u, sources: sources}, nil
}

// Follows says that the records keep their ids.
func (c *changes) Follows() bool { return true }

// Start asks for what has changed since the mark.
func (c *changes) Start(mark string) []format.Request {
	place, entry, _ := strings.Cut(mark, " ")
	since, _ := strconv.ParseUint(place, 10, 64) // without one, all
	return []format.Request{c.since(since, entry)}
}

// since asks for what has changed after a place in the log. The kind of the request
// is the mark that the entry there is expected to have, "" if it is not known.
func (c *changes) since(n uint64, mark string) format.Request {
	u := *c.address
	query := u.Query()
	query.Set("since", strconv.FormatUint(n, 10))
	query.Set("limit", strconv.Itoa(changesLimit))
	u.RawQuery = query.Encode()
	return format.Request{Kind: mark, Variants: []format.Variant{{URL: u.String()}}, Required: true}
}

// sinceOf is the place in the log that an address asks from.
func sinceOf(address string) (uint64, error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(u.Query().Get("since"), 10, 64)
}

// answer is one of a Clearinghouse; what else it says is not needed here.
type answer struct {
	Items []struct {
		ID         string          `json:"id"`
		Deleted    bool            `json:"deleted"`
		MergedInto string          `json:"merged_into"`
		Record     json.RawMessage `json:"record"`
	} `json:"items"`
	Next      *string `json:"next"`
	Head      *uint64 `json:"head"`
	SinceMark string  `json:"since_mark"`
	Mark      string  `json:"mark"`
}

// Parse yields the changes in an answer; Skip counts them. The last result asks
// for the next answer or, if this was the last, has the mark. If the log is another
// one now, as after a backup was restored, all is asked for.
func (c *changes) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		name := responses[0].URL
		var a answer
		since, err := sinceOf(name)
		if err == nil {
			err = json.NewDecoder(responses[0].Body).Decode(&a)
		}
		switch {
		case err != nil:
		case a.Items == nil || a.Head == nil:
			err = errors.New("it has no items and head")
		case len(a.Mark) > maxMark:
			err = fmt.Errorf("its mark is longer than %d bytes", maxMark)
		}
		if err != nil {
			yield(format.Result{}, fmt.Errorf("%s is not the answer of a Clearinghouse: %w", name, err))
			return
		}
		if *a.Head < since || r.Kind != "" && a.SinceMark != r.Kind {
			yield(format.Result{Next: []format.Request{c.since(0, "")}}, nil)
			return
		}
		last := format.Result{Mark: strings.TrimSpace(strconv.FormatUint(*a.Head, 10) + " " + a.Mark)}
		if a.Next != nil {
			next, err := sinceOf(*a.Next)
			if err != nil || next <= since {
				yield(format.Result{}, fmt.Errorf("%s does not go on: its next is %.100q", name, *a.Next))
				return
			}
			last.Mark, last.Next = "", []format.Request{c.since(next, a.Mark)}
		}
		page := format.Result{}
		var part format.Part
		for i := min(r.Skip, len(a.Items)); i < len(a.Items); i++ {
			item := a.Items[i]
			c.add(&page, item.ID, item.Deleted, item.MergedInto, item.Record, name)
			if part.Full(len(item.Record)) {
				page.Skip = i + 1
				if !yield(page, nil) {
					return
				}
				page = format.Result{}
			}
		}
		page.Mark, page.Next = last.Mark, last.Next
		yield(page, nil)
	}
}

// add reads one change into the page.
func (c *changes) add(page *format.Result, id string, deleted bool, into string, record []byte, where string) {
	source, _, ok := catalog.SplitID(id)
	switch {
	case !ok:
		page.Refused = append(page.Refused, format.Refuse("", where, "id", "bad_id", fmt.Sprintf("%.60q is not the id of a record", id)))
		return
	case len(c.sources) > 0 && !slices.Contains(c.sources, source):
		return
	}
	// Of several changes of one record the last counts.
	page.Items = slices.DeleteFunc(page.Items, func(i format.Item) bool { return i.Record.ID == id })
	page.Withdrawn = slices.DeleteFunc(page.Withdrawn, func(w string) bool { return w == id })
	delete(page.Merged, id)
	switch {
	case deleted && into != "" && len(record) > 0:
		if page.Merged == nil {
			page.Merged = map[string]string{}
		}
		page.Merged[id] = into
	case deleted: // also what has gone from the entry that it lived on in
		page.Withdrawn = append(page.Withdrawn, id)
		return
	}
	r, err := catalog.DecodeRecord(record)
	switch {
	case len(record) == 0:
		err = errors.New("the record is missing, and is not said to be deleted")
	case err == nil && r.ID != id:
		err = fmt.Errorf("the record calls itself %.60q", r.ID)
	}
	if err != nil {
		page.Refused = append(page.Refused, format.Refuse(id, where, "", "not_a_record", err.Error()))
		return
	}
	page.Items = append(page.Items, format.Item{Record: r, Where: where})
}
