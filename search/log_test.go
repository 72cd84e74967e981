package search

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/search/searchtest"
)

// memoryLog is a Log in memory, the smallest store there can be.
type memoryLog struct {
	id string

	mu      sync.Mutex
	changes []catalog.Change
	current map[string]*catalog.Entry
	grown   chan struct{} // closed by the next change
}

func newLog(id string, entries ...*catalog.Entry) *memoryLog {
	l := &memoryLog{id: id, current: map[string]*catalog.Entry{}, grown: make(chan struct{})}
	for _, e := range entries {
		l.put(e)
	}
	return l
}

// put stores a new version of an entry.
func (l *memoryLog) put(e *catalog.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	copied := *e
	copied.Envelope.Seq = uint64(len(l.changes) + 1)
	l.changes = append(l.changes, catalog.Change{Seq: copied.Envelope.Seq, ID: copied.Record.ID, Class: catalog.Content, Entry: &copied})
	l.current[copied.Record.ID] = &copied
	close(l.grown)
	l.grown = make(chan struct{})
}

func (l *memoryLog) ID() string { return l.id }

func (l *memoryLog) Head() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.changes))
}

func (l *memoryLog) Changes(ctx context.Context, after uint64, limit int) ([]catalog.Change, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []catalog.Change
	for i := after; i < uint64(len(l.changes)) && len(out) < limit; i++ {
		c := l.changes[i]
		if l.current[c.ID] != c.Entry {
			c.Entry = nil
		}
		out = append(out, c)
	}
	return out, ctx.Err()
}

func (l *memoryLog) Wait(ctx context.Context, after uint64) error {
	for {
		l.mu.Lock()
		head, grown := uint64(len(l.changes)), l.grown
		l.mu.Unlock()
		if head > after {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

func (l *memoryLog) Get(id string) (*catalog.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.current[id]; ok {
		return e, nil
	}
	return nil, catalog.Errorf(catalog.NotFound, "there is no %s", id)
}

func taxonomy(t testing.TB) *catalog.Taxonomy {
	t.Helper()
	tax, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// openIndex opens an index and brings it up to date; it is closed at the end.
func openIndex(t testing.TB, dir string, log Log) (*Index, string) {
	t.Helper()
	x, note, err := Open(dir, log, taxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := x.Sync(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return x, note
}

func mustAgree(t testing.TB, x *Index) {
	t.Helper()
	problems, err := x.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

func TestEngine(t *testing.T) {
	searchtest.Run(t, func(t *testing.T, entries []*catalog.Entry) searchtest.Engine {
		x, note := openIndex(t, t.TempDir(), newLog("store", entries...))
		mustAgree(t, x)
		if note == "" {
			t.Error("nothing is said of the index that was missing")
		}
		return x
	})
}

// TestEngineAfterChanges asks an index in which each record replaced another
// and as many were deleted, over several segments.
func TestEngineAfterChanges(t *testing.T) {
	searchtest.Run(t, func(t *testing.T, entries []*catalog.Entry) searchtest.Engine {
		log := newLog("store")
		x, _ := openIndex(t, t.TempDir(), log)
		sync := func() {
			t.Helper()
			if err := x.Sync(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		for i := range entries {
			other, extra := *entries[len(entries)-1-i], *entries[i]
			other.Record.ID, other.Envelope.State = entries[i].Record.ID, catalog.Published
			extra.Record.ID, extra.Envelope.State = numbered(i), catalog.Published
			log.put(&other)
			log.put(&extra)
			if i%5 == 0 {
				sync()
			}
		}
		sync()
		for i, e := range entries {
			gone := *e
			gone.Record.ID, gone.Envelope.State = numbered(i), catalog.Withdrawn
			log.put(&gone)
			log.put(e)
			if i%7 == 0 {
				sync()
			}
		}
		sync()
		mustAgree(t, x)
		return x
	})
}

// entry is a published record with a title and a theme.
func entry(id string, title catalog.Text, themes ...string) *catalog.Entry {
	return &catalog.Entry{
		Record:   catalog.Record{ID: id, Kind: "initiative", Title: title, Themes: themes, Provenance: catalog.Provenance{Source: "t"}},
		Envelope: catalog.Envelope{State: catalog.Published, Version: 1},
	}
}

func found(t testing.TB, x *Index, text string) []string {
	t.Helper()
	r, err := x.Search(t.Context(), catalog.Query{Text: text, Language: "en", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return out
}

func numbered(n int) string { return fmt.Sprintf("t:%05d", n) }
