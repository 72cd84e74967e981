package oaipmh

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"clearinghouse/catalog"
)

// A page of a list has pageSize records; the log is read lines at a time.
const (
	pageSize = 100
	lines    = 200
)

// position is where a list goes on, and what it is of: the resumption token, which says all by
// itself and holds as long as the log is the same.
type position struct {
	Prefix string `json:"p"`
	From   int64  `json:"f,omitempty"` // Unix time, inclusive; 0: from the beginning
	Until  int64  `json:"u,omitempty"` // Unix time, exclusive; 0: to the end
	Set    string `json:"s,omitempty"`
	After  uint64 `json:"a"` // sequence number
	Head   uint64 `json:"h"` // of the log when the list began
	Began  int64  `json:"b"` // time of the line Head, in nanoseconds
	Time   int64  `json:"t"` // of the line After, in nanoseconds: another log has another
	Count  int    `json:"n"` // records given so far
}

func (p position) token() string {
	data, _ := json.Marshal(p) // numbers and texts
	return base64.RawURLEncoding.EncodeToString(data)
}

// begin is the position that the arguments ask for.
func (c *call) begin() (position, error) {
	p := position{Prefix: c.args.Get("metadataPrefix"), Set: c.args.Get("set"), Head: c.Store.Head()}
	if formatOf(p.Prefix) == nil {
		return p, noFormat(p.Prefix)
	}
	if p.Set != "" && !slices.ContainsFunc(sets(c.Taxonomy), func(s set) bool { return s.Spec == p.Set }) {
		return p, faultf(noRecordsMatch, "there is no set "+quoted(p.Set)+": ListSets lists them")
	}
	if p.Head > 0 {
		last, err := c.Store.Changes(c.ctx, p.Head-1, 1)
		if err != nil {
			return p, err
		}
		if len(last) == 1 {
			p.Began = last[0].Time.UnixNano()
		}
	}
	var days, given [2]bool
	for i, name := range []string{"from", "until"} {
		text := c.args.Get(name)
		if text == "" {
			continue
		}
		when, err := time.Parse(time.DateOnly, text)
		if days[i] = err == nil; err != nil {
			when, err = time.Parse(seconds, text)
		}
		if err != nil || len(text) != len(time.DateOnly) && len(text) != len("2026-11-30T10:00:00Z") {
			return p, faultf(badArgument, name+" is "+quoted(text)+": write it as in 2026-11-30 or 2026-11-30T10:00:00Z")
		}
		given[i] = true
		if name == "from" {
			p.From = max(0, when.Unix()) // there is nothing older
		} else if days[i] {
			p.Until = when.AddDate(0, 0, 1).Unix()
		} else {
			p.Until = when.Unix() + 1
		}
	}
	if given[0] && given[1] {
		if days[0] != days[1] {
			return p, faultf(badArgument, "from and until must be of the same granularity")
		}
		if p.From >= p.Until && p.Until > 0 {
			return p, faultf(badArgument, "from is after until: exchange them")
		}
	}
	if given[1] && p.Until <= 0 {
		return p, faultf(noRecordsMatch, "there is nothing that old")
	}
	if p.From > 0 {
		var err error
		if p.After, err = c.Store.Before(time.Unix(p.From, 0)); err != nil {
			return p, err
		}
	}
	return p, nil
}

// resume is the position that a token says.
func (c *call) resume(text string) (position, error) {
	var p position
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err == nil && p.After > 0 && formatOf(p.Prefix) != nil {
		here, err := c.Store.Changes(c.ctx, p.After-1, 1)
		if err != nil {
			return p, err
		}
		if len(here) == 1 && here[0].Seq == p.After && here[0].Time.UnixNano() == p.Time {
			return p, nil
		}
	}
	return p, faultf(badResumptionToken, "this token was not made here, or the repository was restored since: begin the list anew")
}

// list answers ListRecords and ListIdentifiers: the records in the order of their last line in the
// log. What changes while a list is read is in the next one, by its new date; but what gets a new
// line and no new date is still in this one.
func (c *call) list() error {
	resumed := c.args.Get("resumptionToken")
	p, err := c.resume(resumed)
	if resumed == "" {
		p, err = c.begin()
	}
	if err != nil {
		return err
	}
	f := formatOf(p.Prefix)
	var found []*catalog.Entry
	next, more := p, false
	for after := p.After; !more; {
		changes, err := c.Store.Changes(c.ctx, after, lines)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			break
		}
		for _, change := range changes {
			after = change.Seq
			if change.Seq > p.Head && (change.Entry == nil || change.Entry.Envelope.Updated.UnixNano() > p.Began) || !c.matches(change.Entry, p) {
				continue
			}
			if len(found) == pageSize {
				more = true
				break
			}
			found = append(found, change.Entry)
			next.After, next.Time = change.Seq, change.Time.UnixNano()
		}
	}
	if len(found) == 0 {
		return faultf(noRecordsMatch, "nothing has changed in that time, or nothing is in that set")
	}
	next.Count += len(found)
	out := &list{}
	switch {
	case more:
		out.Token = &token{Cursor: p.Count, Text: next.token()}
	case resumed != "":
		out.Token = &token{Cursor: p.Count} // an empty one: the list is complete
	}
	for _, entry := range found {
		if c.args.Get("verb") == "ListIdentifiers" {
			out.Headers = append(out.Headers, c.header(entry))
		} else {
			out.Records = append(out.Records, c.record(entry, f))
		}
	}
	if c.args.Get("verb") == "ListIdentifiers" {
		c.answer.Identifiers = out
	} else {
		c.answer.Records = out
	}
	return nil
}

func (c *call) matches(entry *catalog.Entry, p position) bool {
	if entry == nil || entry.Envelope.State == catalog.Submitted {
		return false
	}
	at := entry.Envelope.Updated.Unix()
	return at >= p.From && (p.Until == 0 || at < p.Until) && in(entry, p.Set, c.Taxonomy)
}
