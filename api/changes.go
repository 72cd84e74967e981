package api

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// Store is where the catalogue is. Its methods may be called at the same time.
type Store interface {
	export.Store
	// Changes are up to limit lines of the log after a sequence number, in its
	// order; none means that it is the head.
	Changes(ctx context.Context, after uint64, limit int) ([]catalog.Change, error)
}

// The number of lines of the log in an answer. Those whose record has changed
// again since are left out of it.
const (
	defaultChanges = 100
	maxChanges     = 500
)

// changesAnswer is the answer of GET /api/v1/changes. With next absent, all up to
// head has been seen, and a client may ask again with since=head. A since beyond
// head is of another log: the catalogue was restored, and a client begins anew.
type changesAnswer struct {
	Items []change `json:"items"`
	Next  *string  `json:"next"`
	Head  uint64   `json:"head"`
}

// change is the present state of a record, in the place of its last change. One
// that is no longer there is deleted; if it lives on in another, merged_into says
// in which.
type change struct {
	Seq        uint64           `json:"seq"`
	ID         string           `json:"id"`
	Class      string           `json:"class"` // content, or annotation if readers see no difference
	Time       time.Time        `json:"time"`
	Deleted    bool             `json:"deleted"`
	MergedInto string           `json:"merged_into,omitempty"`
	Members    []catalog.Member `json:"members,omitempty"` // of a merged entry: the records that it stands for
	Record     *catalog.Record  `json:"record,omitempty"`  // as in an export
}

func changesParams() []catalog.Param {
	return []catalog.Param{
		{Name: "since", Type: "integer", Max: 1<<53 - 1, Default: "0", Doc: "Changes after this one, by its seq; 0 is all"},
		{Name: "limit", Type: "integer", Min: 1, Max: maxChanges, Default: strconv.Itoa(defaultChanges), Doc: "Changes that are looked at; those that another has followed are left out"},
	}
}

func (a *api) changes(c *gin.Context) {
	values, err := parameters(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	numbers, err := wholeNumbers(values, changesParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	since, limit := uint64(numbers["since"]), numbers["limit"]
	head := a.Store.Head()
	if a.notModified(c, "changes", strconv.FormatUint(since, 10), strconv.Itoa(limit), strconv.FormatUint(head, 10)) {
		return
	}
	answer := changesAnswer{Items: []change{}, Head: head}
	if since >= head {
		a.json(c, answer)
		return
	}
	lines, err := a.Store.Changes(c.Request.Context(), since, limit)
	if err != nil {
		a.fail(c, err)
		return
	}
	for _, line := range lines {
		if item, ok := changeOf(line); ok {
			answer.Items = append(answer.Items, item)
		}
		since = line.Seq
	}
	answer.Head = max(head, since)
	if since < head {
		next := address("/api/v1/changes", url.Values{"since": {strconv.FormatUint(since, 10)}, "limit": {strconv.Itoa(limit)}})
		answer.Next = &next
	}
	a.json(c, answer)
}

// changeOf is what everybody may know of a change; ok is false if that is nothing.
func changeOf(line catalog.Change) (item change, ok bool) {
	if line.Entry == nil {
		return change{}, false
	}
	item = change{Seq: line.Seq, ID: line.ID, Class: line.Class, Time: line.Time}
	switch envelope := line.Entry.Envelope; envelope.State {
	case catalog.Published:
		item.Record, item.Members = &line.Entry.Record, envelope.Members
	case catalog.Merged:
		item.Deleted, item.MergedInto = true, envelope.MergedInto
	case catalog.Withdrawn:
		item.Deleted = true
	default: // it waits for an editor
		return change{}, false
	}
	return item, true
}

// wholeNumbers reads a request whose parameters are whole numbers, all given at
// most once.
func wholeNumbers(values url.Values, params []catalog.Param) (map[string]int, error) {
	out := map[string]int{}
	allowed := make([]string, 0, len(params))
	for _, p := range params {
		allowed = append(allowed, p.Name)
		text := p.Default
		if given := values[p.Name]; len(given) > 0 {
			text = given[len(given)-1]
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < p.Min || n > p.Max || len(values[p.Name]) > 1 {
			return nil, &catalog.Error{Code: catalog.Invalid, Param: p.Name, Message: p.Name + " must be given once, as a whole number from " + strconv.Itoa(p.Min) + " to " + strconv.Itoa(p.Max)}
		}
		out[p.Name] = n
	}
	for name := range values {
		if _, known := out[name]; !known {
			return nil, &catalog.Error{Code: catalog.Invalid, Param: name, Allowed: allowed, Message: "there is no parameter " + strconv.Quote(name) + " here: remove it"}
		}
	}
	return out, nil
}
