package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// This file keeps what is said of two records: by editors, by the source that has
// merged them, and by the store itself of a record that has gone.

// word is what one voice says of two records.
type word struct {
	Apart bool      `json:"apart,omitempty"` // of an editor: they are not the same; else they are
	Of    string    `json:"of,omitempty"`    // of a source: which of the two lives on in the other
	By    string    `json:"by,omitempty"`
	Why   string    `json:"why,omitempty"`
	Time  time.Time `json:"time"`

	other, voice string // from its key
}

// The voices. Of each the newest word about a pair counts.
const (
	byEditor = "editor"
	bySource = "source " // and its name: it has put into the one that stayed what it wants to show of the other
	byStore  = "gone "   // and the id of the one that has gone: they were one entry then
)

// said reports whether a source says that the record id lives on in the other.
func (x word) said(id string) bool { return x.Of == id && strings.HasPrefix(x.voice, bySource) }

// went reports whether the record id has gone from the entry that it had in common
// with the other.
func (x word) went(id string) bool { return x.voice == byStore+id }

// isApart reports whether an editor has told a record apart from the other.
func isApart(words []word, other string) bool {
	return slices.ContainsFunc(words, func(x word) bool { return x.Apart && x.other == other })
}

func wordKey(a, b, voice string) []byte { return append(append(named(a), named(b)...), voice...) }

// words are all that are about a record.
func (w *writer) words(id string) ([]word, error) {
	var out []word
	prefix := named(id)
	c := w.bucket(wordsBucket).Cursor()
	for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		x, err := decodeWord(k, raw)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func decodeWord(key, raw []byte) (word, error) {
	parts := strings.SplitN(string(key), "\x00", 3)
	x := word{}
	err := json.Unmarshal(raw, &x)
	if len(parts) != 3 {
		err = errors.New("its key is none")
	}
	if err != nil {
		return x, unreadable("what is said of "+strings.Join(parts, ", "), err)
	}
	x.other, x.voice = parts[1], parts[2]
	return x, nil
}

// say keeps a word about two records, in place of what the voice said of them.
func (w *writer) say(a, b, voice string, x word) error {
	raw, err := encode(x)
	if err != nil {
		return err
	}
	w.touch(a, b)
	words := w.bucket(wordsBucket)
	return errors.Join(words.Put(wordKey(a, b, voice), raw), words.Put(wordKey(b, a, voice), raw))
}

// unsay takes back the words about a record that are chosen, and reports whether there
// were any.
func (w *writer) unsay(id string, chosen func(word) bool) (some bool, err error) {
	all, err := w.words(id)
	if err != nil {
		return false, err
	}
	words := w.bucket(wordsBucket)
	for _, x := range all {
		if !chosen(x) {
			continue
		}
		some = true
		w.touch(id, x.other)
		err = errors.Join(err, words.Delete(wordKey(id, x.other, x.voice)), words.Delete(wordKey(x.other, id, x.voice)))
	}
	return some, err
}

// decide keeps it that an editor has said of two records that they are the same or,
// if apart, that they are not. They are no longer proposed as a pair.
func (w *writer) decide(a, b string, apart bool, by catalog.Edit) error {
	return errors.Join(w.say(a, b, byEditor, word{Apart: apart, By: by.By, Why: by.Why, Time: w.time}), w.unpropose(a, b))
}

// decided reports whether an editor has said anything of two records.
func (w *writer) decided(a, b string) bool {
	return w.bucket(wordsBucket).Get(wordKey(a, b, byEditor)) != nil
}

// ToldApart lists the pairs of records, of those with these ids, of which an editor
// has said that they are not the same.
func (s *Store) ToldApart(ids []string) (pairs [][2]string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		words := tx.Bucket(wordsBucket)
		for i, a := range ids {
			for _, b := range ids[i+1:] {
				key := wordKey(a, b, byEditor)
				raw := words.Get(key)
				if raw == nil {
					continue
				}
				said, err := decodeWord(key, raw)
				if err != nil {
					return err
				}
				if said.Apart {
					pairs = append(pairs, [2]string{a, b})
				}
			}
		}
		return nil
	})
	return pairs, err
}

// Dismiss keeps it for good that two records are not the same: they are neither
// proposed as a pair nor merged by themselves. Merge undoes it. The error is
// NotFound if there is no such record, and Conflict if they are merged.
func (s *Store) Dismiss(ctx context.Context, a, b string, by catalog.Edit, now time.Time) error {
	return s.update(ctx, now, func(w *writer) error {
		var places []string
		for _, id := range []string{a, b} {
			entry, err := w.known(id)
			if err != nil {
				return err
			}
			places = append(places, place(entry))
		}
		if a == b || places[0] != "" && places[0] == places[1] {
			return catalog.Errorf(catalog.Conflict, "%s and %s are one entry: take it apart with unmerge first", a, b)
		}
		return errors.Join(w.decide(a, b, true, by), w.settle())
	})
}

// hear keeps what the source of a page says it has merged, of records that are from
// there. What lives on so in a record that is not here is not shown.
func (w *writer) hear(page catalog.Page, id, into string) (catalog.Outcome, error) {
	entry, err := w.current(id)
	if err != nil || entry == nil || id == into || !w.sawEver(page.Source, id) {
		return catalog.Outcome{}, err
	}
	if entry.Envelope.State == catalog.Submitted || checkID(into) != nil {
		return w.withdraw(page.Source, id)
	}
	if entry.Envelope.State == catalog.Withdrawn && w.firstPublished(id) == math.MaxUint64 {
		return catalog.Outcome{}, nil // no editor let it in
	}
	voice := bySource + page.Source
	if err := w.standsAlone(page.Source, into); err != nil {
		return catalog.Outcome{}, err
	}
	words, err := w.words(id)
	if err != nil {
		return catalog.Outcome{}, err
	}
	if slices.ContainsFunc(words, func(x word) bool { return x.said(id) && x.voice == voice && x.other == into }) {
		return catalog.Outcome{}, w.saw(page, id)
	}
	base, err := w.base(entry)
	if err != nil {
		return catalog.Outcome{}, err
	}
	_, err = w.unsay(id, func(x word) bool { return x.went(id) || x.said(id) && x.voice == voice })
	return catalog.Outcome{}, errors.Join(err,
		w.say(id, into, voice, word{Of: id, Time: w.time}),
		w.identify(id, nil, base.Identities()),
		w.saw(page, id))
}

// standsAlone takes back what a source said before of a record that it now has as
// one of its own.
func (w *writer) standsAlone(source, id string) error {
	some, err := w.unsay(id, func(x word) bool { return x.said(id) && x.voice == bySource+source })
	if err != nil || !some {
		return err
	}
	n, err := w.load(id)
	if err != nil || n == nil || n.there {
		return err
	}
	return w.rearrange(n, opReturn, catalog.Published, "", nil, catalog.Edit{}) // it was shown nowhere
}
