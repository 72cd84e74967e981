package indexer_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"clearinghouse/catalog"
)

// memory keeps what the runner stores, in memory: the contract of
// indexer.Store in its shortest form.
type memory struct {
	mu       sync.Mutex
	records  map[string]*catalog.Record // current ones, by id
	states   map[string]string          // of new records
	seen     map[string]uint64          // run that saved a record last
	cursors  map[string][]byte
	notes    map[string]map[string][]byte
	runs     map[string][]catalog.Run
	pages    int
	kept     int // bytes of cursors and notes that were saved
	failFrom int // Save fails from this page on, if above zero
}

func newMemory() *memory {
	return &memory{records: map[string]*catalog.Record{}, states: map[string]string{}, seen: map[string]uint64{},
		cursors: map[string][]byte{}, notes: map[string]map[string][]byte{}, runs: map[string][]catalog.Run{}}
}

func (m *memory) Get(id string) (*catalog.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.records[id]; r != nil {
		return &catalog.Entry{Record: *r}, nil
	}
	return nil, catalog.Errorf(catalog.NotFound, "there is no record %s", id)
}

var errFull = errors.New("the disk is full")

func (m *memory) Save(ctx context.Context, page catalog.Page) (catalog.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out catalog.Outcome
	if err := ctx.Err(); err != nil {
		return out, err
	}
	if m.pages++; m.failFrom > 0 && m.pages >= m.failFrom {
		return out, errFull
	}
	for _, r := range page.Records {
		old := m.records[r.ID]
		if page.Twice != nil && old != nil && m.seen[r.ID] == page.Run && old.ContentHash() != r.ContentHash() {
			page.Twice(r.ID)
			continue
		}
		switch {
		case old == nil:
			out.New++
			m.states[r.ID] = page.State
		case old.ContentHash() != r.ContentHash():
			out.Changed++
		default:
			out.Unchanged++
		}
		m.records[r.ID] = r
		m.seen[r.ID] = page.Run
	}
	for _, id := range page.Withdrawn {
		if m.records[id] != nil {
			delete(m.records, id)
			out.Withdrawn++
		}
	}
	m.cursors[page.Source] = page.Cursor
	m.kept += len(page.Cursor)
	for key, note := range page.Notes {
		m.kept += len(key) + len(note)
	}
	if page.Forget || m.notes[page.Source] == nil {
		m.notes[page.Source] = map[string][]byte{}
	}
	for key, note := range page.Notes {
		if m.notes[page.Source][key] = note; note == nil {
			delete(m.notes[page.Source], key)
		}
	}
	return out, nil
}

func (m *memory) Cursor(source string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursors[source], nil
}

func (m *memory) Notes(source string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.notes[source]), nil
}

func (m *memory) StartRun(source string, now time.Time) (catalog.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run := catalog.Run{Source: source, Number: uint64(len(m.runs[source]) + 1), Started: now}
	m.runs[source] = append(m.runs[source], run)
	return run, nil
}

func (m *memory) FinishRun(_ context.Context, run catalog.Run, absences int) (catalog.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs := m.runs[run.Source]
	runs[run.Number-1] = run
	var complete []uint64 // the last ones, newest first
	for i := len(runs) - 1; i >= 0 && len(complete) < absences; i-- {
		if runs[i].Complete && !runs[i].Partial {
			complete = append(complete, runs[i].Number)
		}
	}
	if run.Complete && !run.Partial && len(complete) == absences {
		for id := range m.records {
			source, _, _ := catalog.SplitID(id)
			if source == run.Source && m.seen[id] < complete[absences-1] {
				delete(m.records, id)
				run.Withdrawn++
			}
		}
		runs[run.Number-1] = run
	}
	return run, nil
}

func (m *memory) LastSummary(source string) (*catalog.Run, error) {
	run, err := m.LastRun(source)
	if run != nil {
		run.Refusals, run.LeftOut = nil, nil
	}
	return run, err
}

func (m *memory) LastRun(source string) (*catalog.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs := m.runs[source]
	if len(runs) == 0 {
		return nil, nil
	}
	last := runs[len(runs)-1]
	return &last, nil
}
