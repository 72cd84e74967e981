package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"
	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// overlay is what was done to a record here, beside the record as it was last
// harvested. What is published is the base, united with the records that live on
// in it, with the edits of editors applied in order.
type overlay struct {
	Base    catalog.Record `json:"base"`
	Members []string       `json:"members,omitempty"` // ids, in the order in which they were first published
	Edits   []edit         `json:"edits"`
}

type edit struct {
	catalog.Edit
	Time time.Time `json:"time"`
}

// maxReasons is how many reasons an error message names.
const maxReasons = 5

// Edit changes a record by a JSON merge patch (RFC 7396) of its JSON form. The
// patch comes on top of earlier ones, and all are applied again to what later
// harvests deliver. The patch null takes all edits of the record away.
//
// The error is NotFound if there is no such record or edit, Conflict if the
// record is a tombstone, and Invalid with the reasons if the patch is none, if
// it touches id or provenance, or if the record would not be valid.
func (s *Store) Edit(ctx context.Context, id string, change catalog.Edit, now time.Time) error {
	remove := len(change.Patch) == 0 || bytes.Equal(bytes.TrimSpace(change.Patch), []byte("null"))
	if err := checkID(id); err != nil {
		return notFound(id)
	}
	return s.update(ctx, now, func(w *writer) error {
		before, err := w.current(id)
		if err != nil {
			return err
		}
		if before == nil {
			return notFound(id)
		}
		if state := before.Envelope.State; state == catalog.Withdrawn || state == catalog.Merged {
			return catalog.Errorf(catalog.Conflict, "the record %s is %s and cannot be edited", id, state)
		}
		over, err := w.overlay(id)
		if err != nil {
			return err
		}
		after := *before
		if over == nil {
			over = &overlay{Base: before.Record}
		}
		switch {
		case remove && len(over.Edits) == 0:
			return catalog.Errorf(catalog.NotFound, "the record %s has no edits that could be taken away", id)
		case remove:
			over.Edits = nil
		default:
			over.Edits = append(over.Edits, edit{change, w.time})
		}
		if after.Record, _, err = over.shown(w.tx, w.taxonomy); err != nil && !remove {
			return err
		}
		if err := w.putOverlay(id, over); err != nil {
			return err
		}
		w.touch(id)
		return errors.Join(w.put(opEdit, after, before, change), w.settle())
	})
}

// livesOn reports whether the record into lists id among its members.
func livesOn(tx *bolt.Tx, id, into string) bool {
	var o overlay
	raw := tx.Bucket(overlaysBucket).Get([]byte(into))
	return raw != nil && json.Unmarshal(raw, &o) == nil && slices.Contains(o.Members, id)
}

// united is the base with what its members add to it, and the provenance of all
// of them. A member whose version is damaged adds nothing until it is delivered
// again; nor does one with which the record would be too large.
func (o *overlay) united(tx *bolt.Tx, taxonomy *catalog.Taxonomy) (catalog.Record, []catalog.Member) {
	if len(o.Members) == 0 {
		return o.Base, nil
	}
	record := o.Base
	provenances := []catalog.Member{{ID: record.ID, Provenance: record.Provenance}}
	for _, id := range o.Members {
		entry := readEntry(tx, id)
		if entry == nil {
			continue
		}
		listed, adds := o.has(tx, id)
		if listed {
			provenances = append(provenances, catalog.Member{ID: id, Provenance: entry.Record.Provenance})
		}
		if !adds {
			continue
		}
		// Clean writes into the record that it cleans, and both may share lists.
		more, err := catalog.DecodeRecord(record.JSON())
		if err != nil {
			continue
		}
		more.Unite(&entry.Record, o.Members)
		more.Clean(taxonomy)
		if len(more.Validate(taxonomy)) == 0 && len(more.JSON()) <= catalog.MaxRecordBytes {
			record = *more
		}
	}
	return record, provenances
}

// has reports whether a member is listed in the entry, and whether it adds anything to
// it. One that has gone is not listed, nor one that lives on in a record that is not
// here; what its source has merged itself adds nothing.
func (o *overlay) has(tx *bolt.Tx, id string) (listed, adds bool) {
	w := &writer{tx: tx}
	words, err := w.words(id)
	if err != nil || !isThere(id, catalog.Merged, words) {
		return false, false
	}
	listed, adds = true, true
	for _, x := range words {
		if !x.said(id) || isApart(words, x.other) {
			continue
		}
		if x.other == o.Base.ID || slices.Contains(o.Members, x.other) {
			adds = false
		} else if n, err := w.load(x.other); err != nil || n == nil {
			return false, false
		}
	}
	return listed, adds
}

// shown is the record that is published and, if it is a merged one, whose records
// it is. If an edit does not fit, which is an Invalid error, it is shown without
// the edits.
func (o *overlay) shown(tx *bolt.Tx, taxonomy *catalog.Taxonomy) (catalog.Record, []catalog.Member, error) {
	record, members := o.united(tx, taxonomy)
	if len(o.Edits) == 0 {
		return record, members, nil
	}
	edited, err := o.apply(record, taxonomy)
	if err != nil {
		return record, members, err
	}
	return *edited, members, nil
}

// apply makes the edits in a record. The error is Invalid.
func (o *overlay) apply(to catalog.Record, taxonomy *catalog.Taxonomy) (*catalog.Record, error) {
	doc := to.JSON()
	for _, e := range o.Edits {
		var err error
		if doc, err = mergePatch(doc, e.Patch); err != nil {
			return nil, err
		}
	}
	record, err := catalog.DecodeRecord(doc)
	if err != nil {
		return nil, cannotEdit(o.Base.ID, err.Error())
	}
	if record.ID != to.ID || record.Provenance != to.Provenance {
		return nil, cannotEdit(o.Base.ID, "id and provenance belong to the source; leave them out of the patch")
	}
	record.Clean(taxonomy)
	reasons := record.Validate(taxonomy)
	if len(reasons) == 0 {
		return record, nil
	}
	var messages []string
	for _, r := range reasons[:min(len(reasons), maxReasons)] {
		messages = append(messages, r.Message)
	}
	if more := len(reasons) - maxReasons; more > 0 {
		messages = append(messages, fmt.Sprintf("and %d more", more))
	}
	return nil, cannotEdit(o.Base.ID, strings.Join(messages, "; "))
}

func mergePatch(doc, patch []byte) ([]byte, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(patch, &object); err != nil {
		return nil, catalog.Errorf(catalog.Invalid, "an edit must be a JSON merge patch (RFC 7396), as in {\"status\": \"completed\"}: %s", oneLine(err))
	}
	merged, err := jsonpatch.MergePatch(doc, patch)
	if err != nil {
		return nil, catalog.Errorf(catalog.Invalid, "the merge patch cannot be applied: %s", oneLine(err))
	}
	return merged, nil
}

func cannotEdit(id, why string) error {
	return catalog.Errorf(catalog.Invalid, "the record %s cannot be edited so: %s", id, why)
}

// overlay reads the edits of a record, nil if there are none.
func (w *writer) overlay(id string) (*overlay, error) {
	raw := w.bucket(overlaysBucket).Get([]byte(id))
	if raw == nil {
		return nil, nil
	}
	var o overlay
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, unreadable("the edits of "+id, err)
	}
	return &o, nil
}

// base is a record as last harvested, without what was done to it here.
func (w *writer) base(entry *catalog.Entry) (catalog.Record, error) {
	over, err := w.overlay(entry.Record.ID)
	if err != nil || over == nil {
		return entry.Record, err
	}
	return over.Base, nil
}

// putOverlay keeps what was done to a record, if anything is left of it.
func (w *writer) putOverlay(id string, o *overlay) error {
	if len(o.Edits) == 0 && len(o.Members) == 0 {
		return w.bucket(overlaysBucket).Delete([]byte(id))
	}
	raw, err := encode(o)
	if err != nil {
		return err
	}
	return w.bucket(overlaysBucket).Put([]byte(id), raw)
}
