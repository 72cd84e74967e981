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

// adapt makes an item the source's record: with its id, constants, licence and
// provenance, cleaned. It returns why the record cannot be taken, nil if it can.
func (h *harvest) adapt(item format.Item, now time.Time) *catalog.Refusal {
	r, s := item.Record, h.source
	if r.ID == "" {
		return refusal(item, catalog.Reason{Path: "id", Code: "no_id", Message: "the record has no id of its own"})
	}
	r.ID = h.ownID(r.ID)
	if s.constants != nil {
		if err := json.Unmarshal(s.constants, r); err != nil {
			return refusal(item, catalog.Reason{Code: "bad_constants", Message: err.Error()})
		}
	}
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

// finish cleans and validates an item's record.
func finish(item format.Item, now time.Time, t *catalog.Taxonomy) *catalog.Refusal {
	if p := &item.Record.Provenance; p.Retrieved == "" {
		p.Retrieved = now.UTC().Format(time.RFC3339)
	}
	item.Record.Clean(t)
	if reasons := item.Record.Validate(t); len(reasons) > 0 {
		return refusal(item, reasons...)
	}
	return nil
}

func refusal(item format.Item, reasons ...catalog.Reason) *catalog.Refusal {
	return &catalog.Refusal{ID: item.Record.ID, Where: item.Where, Reasons: reasons}
}
