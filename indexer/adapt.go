package indexer

import (
	"encoding/json"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// ownID is the id that a record of the source is kept under.
func (h *harvest) ownID(id string) string {
	if source, _, ok := catalog.SplitID(id); ok && source == h.source.ID {
		return id
	}
	return catalog.NewID(h.source.ID, id)
}

// storedID is the id under which what the source calls id is kept, "" if it is
// none of its own.
func (h *harvest) storedID(id string) string {
	switch {
	case id == "" || h.source.follows && !h.adopted(id):
		return ""
	case h.source.follows:
		return id
	}
	return h.ownID(id)
}

// adapt makes an item the source's record: with its id, constants, licence and
// provenance, cleaned. It returns why the record cannot be taken, nil if it can.
func (h *harvest) adapt(item *format.Item, now time.Time) *catalog.Refusal {
	r, s := item.Record, h.source
	if r.ID == "" {
		return refusal(item, catalog.Reason{Path: "id", Code: "no_id", Message: "the record has no id of its own"})
	}
	r.ID = h.ownID(r.ID)
	s.normaliser.normalise(item)
	if s.constants != nil {
		if err := json.Unmarshal(s.constants, r); err != nil {
			return refusal(item, catalog.Reason{Code: "bad_constants", Message: err.Error()})
		}
	}
	s.normaliser.assign(r)
	p := &r.Provenance
	p.Source = s.ID
	if p.URL == "" {
		p.URL = r.URL
	}
	if p.Licence == "" {
		p.Licence = s.Licence
	}
	return finish(item, now, h.taxonomy)
}

// passesOver reports whether a record of another Clearinghouse is of a source that
// is pulled here itself.
func (h *harvest) passesOver(r *catalog.Record) bool {
	source, _, ok := catalog.SplitID(r.ID)
	return ok && h.source.follows && h.source.local[source]
}

// adopt takes an item's record as the record of the source that it has come from.
// It returns why that cannot be, nil if it can.
func (h *harvest) adopt(item *format.Item, now time.Time) *catalog.Refusal {
	if p := &item.Record.Provenance; p.Source == "" {
		p.Source, _, _ = catalog.SplitID(item.Record.ID)
	}
	return finish(item, now, h.taxonomy)
}

// adopted reports whether a whole id is one that is taken of another Clearinghouse.
func (h *harvest) adopted(id string) bool {
	source, _, ok := catalog.SplitID(id)
	return ok && !h.source.local[source]
}

// finish cleans and validates an item's record.
func finish(item *format.Item, now time.Time, t *catalog.Taxonomy) *catalog.Refusal {
	if p := &item.Record.Provenance; p.Retrieved == "" {
		p.Retrieved = now.UTC().Format(time.RFC3339)
	}
	item.Record.Clean(t)
	if reasons := item.Record.Validate(t); len(reasons) > 0 {
		return refusal(item, reasons...)
	}
	return nil
}

func refusal(item *format.Item, reasons ...catalog.Reason) *catalog.Refusal {
	return &catalog.Refusal{ID: item.Record.ID, Where: item.Where, Reasons: reasons}
}
