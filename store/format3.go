package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"clearinghouse/catalog"
)

// This file takes over what catalogues up to format 3 kept of merged records.

// mergeAnew makes words of the pairs that were told apart and of the reasons in
// merged entries, and keeps anew by what records are known. What is merged stays so,
// until something changes that lets it follow from less; only what leads to a record
// that nobody sees is settled.
func (w *writer) mergeAnew() error {
	if err := w.pairsOfFormat3(); err != nil {
		return err
	}
	overlays := map[string][]byte{}
	err := w.bucket(overlaysBucket).ForEach(func(id, raw []byte) error {
		overlays[string(id)] = bytes.Clone(raw)
		return nil
	})
	for id, raw := range overlays {
		err = errors.Join(err, w.membersOfFormat3(id, raw))
	}
	if err := errors.Join(err, w.identifyAll()); err != nil {
		return err
	}
	clear(w.dirty)
	clear(w.touched)
	for id := range overlays {
		if entry := readEntry(w.tx, id); entry != nil && entry.Envelope.State == catalog.Withdrawn {
			w.touch(id)
		}
	}
	return w.settle()
}

func (w *writer) pairsOfFormat3() error {
	pairs := w.bucket(pairsBucket)
	if pairs == nil {
		return nil
	}
	err := pairs.ForEach(func(_, raw []byte) error {
		var p struct {
			A, B, By, Why string
			Dismissed     bool
			Time          time.Time
		}
		if json.Unmarshal(raw, &p) != nil || !p.Dismissed {
			return nil
		}
		return w.say(p.A, p.B, byEditor, word{Apart: true, By: p.By, Why: p.Why, Time: p.Time})
	})
	return errors.Join(err, w.tx.DeleteBucket(pairsBucket))
}

// membersOfFormat3 takes over the members of a merged entry. Why they are was the
// identity that both had, "source " and the name of the source that had merged them,
// or nothing if a person had.
func (w *writer) membersOfFormat3(id string, raw []byte) error {
	var old struct {
		overlay
		Members []struct {
			ID, Why string
			Gone    bool
		} `json:"members"`
	}
	if json.Unmarshal(raw, &old) != nil || len(old.Members) == 0 {
		return nil // Verify names it
	}
	o := overlay{Base: old.Base, Edits: old.Edits}
	for _, m := range old.Members {
		entry := readEntry(w.tx, m.ID)
		if entry == nil {
			continue
		}
		o.Members = append(o.Members, m.ID)
		since := entry.Envelope.Updated
		var err error
		if m.Why == "" {
			err = w.say(m.ID, id, byEditor, word{Time: since})
		}
		if m.Gone {
			err = errors.Join(err, w.say(m.ID, id, byStore+m.ID, word{Time: since}))
		} else if strings.HasPrefix(m.Why, bySource) {
			err = errors.Join(err, w.say(m.ID, id, m.Why, word{Of: m.ID, Time: since}))
		}
		if err != nil {
			return err
		}
	}
	return w.putOverlay(id, &o)
}
