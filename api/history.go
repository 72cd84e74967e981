package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// historyAnswer is the answer of GET /api/v1/records/{id}/history.
type historyAnswer struct {
	ID    string    `json:"id"`
	Items []version `json:"items"` // the newest first
}

// version is one that has been public, or that the record was withdrawn with.
type version struct {
	Version int       `json:"version"`
	State   string    `json:"state"`
	Time    time.Time `json:"time"`
	Changed []string  `json:"changed"` // keys of the record that are not as in the version before; none of the first one
}

func (a *api) history(c *gin.Context) {
	if _, err := given(c, a.langParam()); err != nil {
		a.fail(c, err)
		return
	}
	entry := a.published(c, c.Param("id"), "/history")
	if entry == nil {
		return
	}
	id := entry.Record.ID
	if a.notModified(c, "history", id, strconv.FormatUint(entry.Envelope.Seq, 10)) {
		return
	}
	versions, err := a.Store.History(id)
	if err != nil {
		a.fail(c, err)
		return
	}
	answer := historyAnswer{ID: id, Items: []version{}}
	var before map[string]json.RawMessage
	for _, e := range versions {
		if state := e.Envelope.State; state != catalog.Published && (state != catalog.Withdrawn || before == nil) {
			continue // what waits, or waited until it was withdrawn, is nobody's business
		}
		var now map[string]json.RawMessage
		if err := json.Unmarshal(e.Record.JSON(), &now); err != nil {
			a.fail(c, err)
			return
		}
		v := version{Version: e.Envelope.Version, State: e.Envelope.State, Time: e.Envelope.Updated, Changed: []string{}}
		if before != nil {
			v.Changed = changedKeys(before, now)
		}
		answer.Items = append(answer.Items, v)
		before = now
	}
	slices.Reverse(answer.Items)
	a.json(c, answer)
}

// changedKeys are those of which the values differ, but for when a record was retrieved.
func changedKeys(before, now map[string]json.RawMessage) []string {
	out := []string{}
	for key := range now {
		if key != "provenance" && !bytes.Equal(before[key], now[key]) {
			out = append(out, key)
		}
	}
	for key := range before {
		if _, still := now[key]; !still {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}
