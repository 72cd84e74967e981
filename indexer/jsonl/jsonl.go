// Package jsonl reads records from JSON lines: on each line one record in the
// form of docs/design.md section 3, or a tombstone {"id":"…","deleted":true}. It
// also follows another Clearinghouse by what that says has changed.
package jsonl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// lines is the format. It counts lines in Request.Skip.
type lines struct {
	addresses []string
	whole     bool // tombstones need the source in front of the id
}

// section is that of a source file.
type section struct {
	Changes bool     `yaml:"changes"` // the address is another Clearinghouse, which is followed
	Sources []string `yaml:"sources"` // only records of these; without, of all
}

// New makes the format.
func New(c format.Config) (format.Format, error) {
	var s section
	if err := c.Section(&s); err != nil {
		return nil, err
	}
	if s.Changes || slices.ContainsFunc(c.Addresses, isChanges) {
		return newChanges(c.Addresses, s.Sources)
	}
	if len(s.Sources) > 0 {
		return nil, catalog.Errorf(catalog.Invalid, "jsonl.sources chooses from another Clearinghouse: write changes: true beside it, or remove it")
	}
	return &lines{addresses: c.Addresses}, nil
}

// Import makes the format of a file with records of any source: there is
// nothing to Start with, and what is deleted is named by its whole id.
func Import() format.Format { return &lines{whole: true} }

// Start asks for each file.
func (l *lines) Start(string) []format.Request {
	return format.Ask(l.addresses)
}

// Parse yields the records in pages. Lines that hold no record are refused one
// by one; empty ones are skipped.
func (l *lines) Parse(r format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		name := responses[0].URL
		in := bufio.NewReaderSize(responses[0].Body, 64<<10)
		page := format.Result{}
		var part format.Part
		for number := 1; ; number++ {
			line, tooLong, err := readLine(in, number <= r.Skip)
			if err != nil && err != io.EOF {
				yield(format.Result{}, fmt.Errorf("%s:%d: %w", name, number, err))
				return
			}
			if number == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			full := false
			if line = bytes.TrimSpace(line); number > r.Skip && (len(line) > 0 || tooLong) {
				where := fmt.Sprintf("%s:%d", name, number)
				if tooLong {
					page.Refused = append(page.Refused, format.Refuse("", where, "", "too_long",
						fmt.Sprintf("the line is longer than %d bytes: shorten the texts of the record", catalog.MaxRecordBytes)))
				} else {
					l.add(&page, line, where)
				}
				full = part.Full(len(line))
			}
			page.Skip = number
			last := err == io.EOF
			if full || last && part.Items > 0 {
				if !yield(page, nil) {
					return
				}
				page = format.Result{}
			}
			if last {
				return
			}
		}
	}
}

// add reads one line into the page. Of the lines about one record that is
// deleted in between the last counts, since a page has no order of the two.
func (l *lines) add(page *format.Result, line []byte, where string) {
	if id, ok := tombstone(line); ok {
		if _, _, whole := catalog.SplitID(id); id == "" || l.whole && !whole {
			page.Refused = append(page.Refused, format.Refuse(id, where, "id", "bad_id", "a deleted record needs its whole id, as in starter:abraham-path"))
			return
		}
		page.Items = slices.DeleteFunc(page.Items, func(i format.Item) bool { return i.Record.ID == id })
		page.Withdrawn = append(page.Withdrawn, id)
		return
	}
	record, err := catalog.DecodeRecord(line)
	if err != nil {
		var known struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(line, &known) // as far as it goes: only to name the record
		path := ""
		var problem *catalog.Error
		if errors.As(err, &problem) {
			path = problem.Param
		}
		page.Refused = append(page.Refused, format.Refuse(known.ID, where, path, "not_a_record", err.Error()))
		return
	}
	page.Withdrawn = slices.DeleteFunc(page.Withdrawn, func(id string) bool { return id == record.ID })
	page.Items = append(page.Items, format.Item{Record: record, Where: where})
}

// tombstone reads {"id":"…","deleted":true}; the id may be missing.
func tombstone(line []byte) (id string, ok bool) {
	if !bytes.Contains(line, []byte(`"deleted"`)) {
		return "", false
	}
	var t struct {
		ID      string `json:"id"`
		Deleted bool   `json:"deleted"`
	}
	err := catalog.Decode(line, &t)
	return t.ID, err == nil && t.Deleted
}

// readLine reads up to and without the line's end. Of a line that is too long,
// or not wanted, the text is thrown away. The last line comes with io.EOF.
func readLine(in *bufio.Reader, unwanted bool) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !unwanted && !tooLong {
			line = append(line, part...)
			if len(bytes.TrimRight(line, "\r\n")) > catalog.MaxRecordBytes {
				line, tooLong = nil, true
			}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}
