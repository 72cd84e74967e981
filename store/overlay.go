package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"clearinghouse/catalog"
)

// overlay is what editors changed in a record, beside the record as it was last
// harvested. What is published is the base with the edits applied in order.
type overlay struct {
	Base  catalog.Record `json:"base"`
	Edits []edit         `json:"edits"`
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
		switch {
		case remove && over == nil:
			return catalog.Errorf(catalog.NotFound, "the record %s has no edits that could be taken away", id)
		case remove:
			after.Record = over.Base
			if err := w.bucket(overlaysBucket).Delete([]byte(id)); err != nil {
				return err
			}
		default:
			if over == nil {
				over = &overlay{Base: before.Record}
			}
			over.Edits = append(over.Edits, edit{change, w.time})
			edited, err := over.apply(w.taxonomy)
			if err != nil {
				return err
			}
			after.Record = *edited
			if err := w.putOverlay(id, over); err != nil {
				return err
			}
		}
		return w.put(opEdit, after, before, change)
	})
}

// apply makes the record that is published. The error is Invalid.
func (o *overlay) apply(taxonomy *catalog.Taxonomy) (*catalog.Record, error) {
	doc := o.Base.JSON()
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
	if record.ID != o.Base.ID || record.Provenance != o.Base.Provenance {
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

func (w *writer) putOverlay(id string, o *overlay) error {
	raw, err := encode(o)
	if err != nil {
		return err
	}
	return w.bucket(overlaysBucket).Put([]byte(id), raw)
}
