package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// Store is where the catalogue is. Its methods may be called at the same time.
type Store interface {
	export.Store
	Log
}

// Log is what has happened to the catalogue, in order.
type Log interface {
	// Head is the last sequence number.
	Head() uint64
	// Before is the last sequence number whose line is older than a time.
	Before(when time.Time) (uint64, error)
	// Changes are up to limit lines after a sequence number, in their
	// order; none means that it is the head.
	Changes(ctx context.Context, after uint64, limit int) ([]catalog.Change, error)
	// Wait returns nil when the head is beyond after, else the context's error when it ends.
	Wait(ctx context.Context, after uint64) error
	// History are all versions of a record, the oldest first; catalog.NotFound.
	History(id string) ([]catalog.Entry, error)
}

// The number of lines of the log in an answer. Those whose record has changed
// again since are left out of it.
const (
	defaultChanges = 100
	maxChanges     = 500
	maxWait        = 25 // seconds; servers between us and a client cut longer silences
)

// changesAnswer is the answer of GET /api/v1/changes. With next absent, all up to
// head has been seen, and a client may ask again with since=head. If since is beyond
// head then, or since_mark is not the mark that came with it, the log is another
// one: the catalogue was restored, and a client begins anew.
type changesAnswer struct {
	Items     []change `json:"items"`
	Next      *string  `json:"next"`
	Head      uint64   `json:"head"`
	SinceMark string   `json:"since_mark"` // of the entry of the log at since, "" if there is none
	Mark      string   `json:"mark"`       // of the last entry that the answer goes up to: that at the since of next or, without next, at head
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
	Record     *catalog.Record  `json:"record,omitempty"`  // as in an export; of a member of a merged entry, that of its own source
}

func changesParams() []catalog.Param {
	return []catalog.Param{
		{Name: "since", Type: "integer", Max: 1<<53 - 1, Default: "0", Doc: "Changes after this one, by its seq; 0 is all"},
		{Name: "limit", Type: "integer", Min: 1, Max: maxChanges, Default: strconv.Itoa(defaultChanges), Doc: "Changes that are looked at; those that another has followed are left out"},
		{Name: "wait", Type: "integer", Min: 0, Max: maxWait, Default: "0", Doc: "Seconds to wait for a change if there is none: an answer comes as soon as there is one"},
	}
}

// changes answers with a page of the log, as one document or as JSON lines: then the next page is
// in the header Link and the head in X-Head.
func (a *api) changes(c *gin.Context, asLines bool) {
	values, err := given(c, changesParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	since, _ := strconv.ParseUint(values.Get("since"), 10, 64)
	limit, _ := strconv.Atoi(values.Get("limit"))
	if seconds, _ := strconv.Atoi(values.Get("wait")); seconds > 0 && since == a.Store.Head() {
		waiting, done := context.WithTimeout(c.Request.Context(), time.Duration(seconds)*time.Second)
		defer done()
		defer context.AfterFunc(a.Stopping, done)()
		if err := a.Store.Wait(waiting, since); err != nil && waiting.Err() == nil {
			a.fail(c, err)
			return
		}
	}
	path := "/api/v1/changes"
	if asLines {
		path += ".jsonl"
	}
	head := a.Store.Head()
	sinceMark, err := a.markAt(c.Request.Context(), since)
	if err != nil {
		a.fail(c, err)
		return
	}
	headMark, err := a.markAt(c.Request.Context(), head)
	if err != nil {
		a.fail(c, err)
		return
	}
	if a.notModified(c, path, strconv.FormatUint(since, 10), sinceMark, strconv.Itoa(limit), strconv.FormatUint(head, 10), headMark) {
		return
	}
	answer := changesAnswer{Items: []change{}, Head: head, SinceMark: sinceMark, Mark: sinceMark}
	if since >= head {
		a.sendChanges(c, answer, asLines)
		return
	}
	lines, err := a.Store.Changes(c.Request.Context(), since, limit)
	if err != nil {
		a.fail(c, err)
		return
	}
	for _, line := range lines {
		item, ok, err := a.changeOf(line)
		if err != nil {
			a.fail(c, err)
			return
		}
		if ok {
			answer.Items = append(answer.Items, item)
		}
		since, answer.Mark = line.Seq, markOf(line)
	}
	answer.Head = max(head, since)
	if since < head {
		next := address(path, url.Values{"since": {strconv.FormatUint(since, 10)}, "limit": {strconv.Itoa(limit)}})
		answer.Next = &next
	}
	a.sendChanges(c, answer, asLines)
}

func (a *api) sendChanges(c *gin.Context, answer changesAnswer, asLines bool) {
	if !asLines {
		a.json(c, answer)
		return
	}
	if answer.Next != nil {
		c.Header("Link", "<"+*answer.Next+`>; rel="next"`)
	}
	c.Header("X-Head", strconv.FormatUint(answer.Head, 10))
	var b bytes.Buffer
	for _, item := range answer.Items {
		b.Write(marshal(item))
	}
	c.Data(http.StatusOK, "application/jsonl; charset=utf-8", b.Bytes())
}

// markAt is the mark of the entry of the log at a sequence number, "" if there is
// none.
func (a *api) markAt(ctx context.Context, seq uint64) (string, error) {
	if seq == 0 {
		return "", nil
	}
	lines, err := a.Store.Changes(ctx, seq-1, 1)
	if err != nil || len(lines) == 0 || lines[0].Seq != seq {
		return "", err
	}
	return markOf(lines[0]), nil
}

// markOf is a short hash of what stays the same of an entry of the log for good,
// so that another log has another one in its place.
func markOf(line catalog.Change) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s", line.Seq, line.ID, line.Class, line.Time.UTC().Format(time.RFC3339Nano)))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// changeOf is what everybody may know of a change; ok is false if that is nothing.
func (a *api) changeOf(line catalog.Change) (item change, ok bool, err error) {
	if line.Entry == nil {
		return change{}, false, nil
	}
	item = change{Seq: line.Seq, ID: line.ID, Class: line.Class, Time: line.Time}
	switch envelope := line.Entry.Envelope; envelope.State {
	case catalog.Published:
		item.Record, item.Members = &line.Entry.Record, envelope.Members
	case catalog.Merged:
		item.Deleted, item.MergedInto = true, envelope.MergedInto
		heir, err := a.Store.Get(item.MergedInto)
		if err != nil && catalog.CodeOf(err) != catalog.NotFound {
			return change{}, false, err
		}
		if heir != nil && slices.ContainsFunc(heir.Envelope.Members, func(m catalog.Member) bool { return m.ID == line.ID }) {
			item.Record = &line.Entry.Record
		}
	case catalog.Withdrawn:
		item.Deleted = true
	default: // it waits for an editor
		return change{}, false, nil
	}
	return item, true, nil
}
