package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// withdrawPage is how many tombstones FinishRun makes in one transaction.
const withdrawPage = 500

// Cursor returns what the source's last page left to go on from, nil if there
// is nothing.
func (s *Store) Cursor(source string) ([]byte, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	var cursor []byte
	err := s.view(func(tx *bolt.Tx) error {
		cursor = bytes.Clone(tx.Bucket(cursorsBucket).Get([]byte(source)))
		return nil
	})
	return cursor, err
}

// Notes are those that the pages of the source have kept, by their keys.
func (s *Store) Notes(source string) (map[string][]byte, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	notes := map[string][]byte{}
	err := s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(notesBucket).Bucket([]byte(source))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			notes[string(k)] = bytes.Clone(v)
			return nil
		})
	})
	return notes, err
}

// StartRun begins a pull of a source: it numbers the run, from 1, and stores
// it as unfinished. Two runs of one source must not overlap.
func (s *Store) StartRun(source string, now time.Time) (catalog.Run, error) {
	if err := checkSource(source); err != nil {
		return catalog.Run{}, err
	}
	run := catalog.Run{Source: source, Started: now.UTC()}
	err := s.update(context.Background(), now, func(w *writer) error {
		last, _ := lastUpTo(w.bucket(runsBucket).Cursor(), source, math.MaxUint64)
		_, number := splitNumbered(last)
		run.Number = number + 1
		return w.putRun(run)
	})
	return run, err
}

// FinishRun stores the report of a run. If the run is not Partial, and Complete or
// Unmodified, records that the source's last `absences` such runs, this one included, did not
// deliver become tombstones, in several transactions if they are many, and are
// added to Withdrawn; with absences 0 none do. It returns the run as stored.
func (s *Store) FinishRun(ctx context.Context, run catalog.Run, absences int) (catalog.Run, error) {
	if err := checkSource(run.Source); err != nil {
		return run, err
	}
	run.Started, run.Finished = run.Started.UTC(), run.Finished.UTC()
	if tells(run) && absences > 0 {
		absent, err := s.absent(run, absences)
		if err != nil {
			return run, err
		}
		for ids := range slices.Chunk(absent, withdrawPage) {
			var outcome catalog.Outcome
			err := s.update(ctx, run.Finished, func(w *writer) error {
				outcome = catalog.Outcome{}
				for _, id := range ids {
					counted, err := w.withdraw(run.Source, id)
					if err != nil {
						return err
					}
					outcome.Add(counted)
				}
				return w.settle()
			})
			if err != nil {
				return run, err
			}
			run.Outcome.Add(outcome)
		}
	}
	err := s.update(ctx, run.Finished, func(w *writer) error {
		return errors.Join(w.putRun(run), w.shorten(run.Source, run.Number))
	})
	return run, err
}

// detailedRuns is how many runs of a source keep what they refused, and what they
// left out of records, besides its count.
const detailedRuns = 10

// shorten takes the details away of the run that is the last one to have none.
func (w *writer) shorten(source string, latest uint64) error {
	if latest <= detailedRuns {
		return nil
	}
	return w.bucket(detailsBucket).Delete(numbered(source, latest-detailedRuns))
}

// absent lists the ids of a source that none of its last runs, run being the
// last, has delivered. Only complete runs that asked for everything count, and
// those that found the source unmodified, which stand for the complete one before.
func (s *Store) absent(run catalog.Run, runs int) ([]string, error) {
	var ids []string
	err := s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(runsBucket).Cursor()
		counts, oldest := 0, uint64(0) // the earliest run that delivers what the source had then
		for key, raw := lastUpTo(c, run.Source, run.Number); oldest == 0; key, raw = c.Prev() {
			if !bytes.HasPrefix(key, named(run.Source)) {
				return nil // too few runs to tell
			}
			earlier := run
			if _, number := splitNumbered(key); number < run.Number {
				earlier = catalog.Run{}
				if err := json.Unmarshal(raw, &earlier); err != nil {
					return unreadableRun(key, err)
				}
			}
			if tells(earlier) {
				counts++
			}
			if counts >= runs && earlier.Complete && !earlier.Partial {
				oldest = earlier.Number
			}
		}
		pages := map[string]bool{}
		for _, r := range run.Refusals {
			if len(r.Reasons) > 0 && r.Reasons[0].Code != string(catalog.NotFound) {
				pages[catalog.PageKey(r.Where)] = true
			}
		}
		refused := func(entry *catalog.Entry) bool {
			key := ""
			if entry != nil {
				key = catalog.PageKey(entry.Record.Provenance.URL)
			}
			return key != "" && pages[key]
		}
		prefix := named(run.Source)
		c = tx.Bucket(seenBucket).Cursor()
		for k, last := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, last = c.Next() {
			if seqOf(last) < oldest && !refused(readEntry(tx, string(k[len(prefix):]))) {
				ids = append(ids, string(k[len(prefix):]))
			}
		}
		return nil
	})
	return ids, err
}

// tells reports whether a run tells which records a source no longer has.
func tells(run catalog.Run) bool { return !run.Partial && (run.Complete || run.Unmodified) }

// details are the parts of a catalog.Run that are long, by its keys.
type details struct {
	Refusals []catalog.Refusal `json:"refusals,omitempty"`
	LeftOut  []catalog.Refusal `json:"left_out,omitempty"`
}

// putRun keeps a run, its details apart: most who ask want to know only how it went.
func (w *writer) putRun(run catalog.Run) error {
	key := numbered(run.Source, run.Number)
	long := details{run.Refusals, run.LeftOut}
	run.Refusals, run.LeftOut = nil, nil
	raw, err := encode(run)
	if err != nil {
		return err
	}
	if err := w.bucket(runsBucket).Put(key, raw); err != nil {
		return err
	}
	if len(long.Refusals)+len(long.LeftOut) == 0 {
		return w.bucket(detailsBucket).Delete(key)
	}
	if raw, err = encode(long); err != nil {
		return err
	}
	return w.bucket(detailsBucket).Put(key, raw)
}

// partRuns does so with the runs of a catalogue that kept both together.
func partRuns(tx *bolt.Tx) error {
	w := &writer{tx: tx}
	runs := tx.Bucket(runsBucket)
	var keys [][]byte
	err := runs.ForEach(func(key, _ []byte) error {
		keys = append(keys, bytes.Clone(key))
		return nil
	})
	for _, key := range keys {
		var run catalog.Run
		if json.Unmarshal(runs.Get(key), &run) != nil {
			continue // Verify names it
		}
		err = errors.Join(err, w.putRun(run))
	}
	return err
}

// LastRun returns the latest run of a source, nil if it never ran. A run whose
// Finished is zero goes on, or was interrupted.
func (s *Store) LastRun(source string) (*catalog.Run, error) {
	return s.lastRun(source, runsBucket, detailsBucket)
}

// LastSummary is LastRun without Refusals and LeftOut, which are much to read.
func (s *Store) LastSummary(source string) (*catalog.Run, error) {
	return s.lastRun(source, runsBucket)
}

// lastRun gathers the latest run of a source from buckets; the first has it.
func (s *Store) lastRun(source string, buckets ...[]byte) (*catalog.Run, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	var run *catalog.Run
	err := s.view(func(tx *bolt.Tx) error {
		key, _ := lastUpTo(tx.Bucket(buckets[0]).Cursor(), source, math.MaxUint64)
		for _, name := range buckets {
			raw := tx.Bucket(name).Get(key)
			if raw == nil {
				continue
			}
			if err := json.Unmarshal(raw, &run); err != nil {
				return unreadableRun(key, err)
			}
		}
		return nil
	})
	return run, err
}

func unreadableRun(key []byte, why error) error {
	source, number := splitNumbered(key)
	return unreadable(fmt.Sprintf("run %d of %s", number, source), why)
}
