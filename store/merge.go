package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"clearinghouse/catalog"
)

// This file is what editors say is one entry, and what is not.

// Merge makes one entry of several records and all that lives on in them. The id
// that was first published stays and is returned; the others are found under it,
// and what their sources deliver goes on to be shown there. by says who does it
// and why; its patch is not looked at.
//
// The error is NotFound if there is no such record, Conflict if one is not
// published or all are one entry already, and Invalid if they are of several
// kinds.
func (s *Store) Merge(ctx context.Context, ids []string, by catalog.Edit, now time.Time) (survivor string, err error) {
	err = s.update(ctx, now, func(w *writer) error {
		places, kind := []string{}, ""
		for _, id := range ids {
			entry, err := w.known(id)
			if err != nil {
				return err
			}
			in := place(entry)
			if in == "" {
				return catalog.Errorf(catalog.Conflict, "the record %s is %s and cannot be merged: only published ones can", id, entry.Envelope.State)
			}
			if kind = cmp.Or(kind, entry.Record.Kind); entry.Record.Kind != kind {
				return catalog.Errorf(catalog.Invalid, "%s is of kind %s and %s of kind %s: only records of one kind can be merged", ids[0], kind, id, entry.Record.Kind)
			}
			if !slices.Contains(places, in) {
				places = append(places, in)
			}
		}
		if len(places) < 2 {
			return catalog.Errorf(catalog.Conflict, "%s are one entry already: name records of two at least", strings.Join(ids, " and "))
		}
		for i, one := range places {
			for _, other := range places[i+1:] {
				if err := w.decideAll(one, other, by); err != nil {
					return err
				}
			}
		}
		if err := w.settle(); err != nil {
			return err
		}
		entry, err := w.known(places[0])
		survivor = place(entry)
		return err
	})
	return survivor, err
}

// decideAll keeps it that the records of two entries are the same.
func (w *writer) decideAll(one, other string, by catalog.Edit) error {
	some, err := w.inEntry(one)
	if err != nil {
		return err
	}
	others, err := w.inEntry(other)
	if err != nil {
		return err
	}
	for _, a := range some {
		for _, b := range others {
			if err := w.decide(a, b, false, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unmerge undoes a merge: of the record in which others live on, all of it; of
// one of the others, only its own. It returns the ids that stand by themselves
// again, as they were last harvested and with their own edits: not those that
// their source has withdrawn since. What was told apart so is not merged by itself
// again.
//
// The error is NotFound if there is no such record, and Conflict if it is not
// merged.
func (s *Store) Unmerge(ctx context.Context, id string, by catalog.Edit, now time.Time) (restored []string, err error) {
	err = s.update(ctx, now, func(w *writer) error {
		entry, err := w.known(id)
		if err != nil {
			return err
		}
		into := cmp.Or(entry.Envelope.MergedInto, id)
		all, err := w.inEntry(into)
		if err != nil {
			return err
		}
		if len(all) < 2 {
			return catalog.Errorf(catalog.Conflict, "the record %s is not merged with another", id)
		}
		apart := all[1:]
		if id != into {
			apart = []string{id}
		}
		for _, one := range apart {
			for _, other := range all {
				if one != other {
					if err := w.decide(one, other, true, by); err != nil {
						return err
					}
				}
			}
		}
		if err := w.settle(); err != nil {
			return err
		}
		for _, one := range apart {
			entry, err := w.known(one)
			if err != nil {
				return err
			}
			if place(entry) == one {
				restored = append(restored, one)
			}
		}
		return nil
	})
	return restored, err
}

// place is the id of the record under which a record is found, "" if readers do not
// see it.
func place(entry *catalog.Entry) string {
	switch entry.Envelope.State {
	case catalog.Merged:
		return entry.Envelope.MergedInto
	case catalog.Published:
		return entry.Record.ID
	}
	return ""
}

// inEntry is a record and those that live on in it.
func (w *writer) inEntry(id string) ([]string, error) {
	over, err := w.overlay(id)
	if err != nil || over == nil {
		return []string{id}, err
	}
	return append([]string{id}, over.Members...), nil
}
