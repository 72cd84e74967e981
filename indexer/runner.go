// Package indexer pulls records from many sources into the store. It decides
// when and in what order sources are asked; what their answers mean is the
// business of the formats, and talking to servers that of package fetch.
package indexer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer/fetch"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/starter"
)

// Store is what the runner needs of the store. Its methods may be called by
// several goroutines; for one source the runner calls them one at a time.
type Store interface {
	// Save stores a page in one transaction, its cursor with it.
	Save(context.Context, catalog.Page) (catalog.Outcome, error)
	// Get is the current version of a record, a NotFound error if there never was one.
	Get(id string) (*catalog.Entry, error)
	// Cursor is that of the page of the source that was saved last, nil if
	// there is none.
	Cursor(source string) ([]byte, error)
	// Notes are what the pages of the source have kept beside it, by their keys.
	Notes(source string) (map[string][]byte, error)
	// StartRun gives a new run of the source its number.
	StartRun(source string, now time.Time) (catalog.Run, error)
	// FinishRun stores the report of a run, in place of an earlier report of the
	// same number. After a complete run it withdraws the records of the source
	// that the last `absences` complete runs did not save, and counts them in
	// the report that it returns.
	FinishRun(ctx context.Context, run catalog.Run, absences int) (catalog.Run, error)
	// LastRun is the last report of the source, nil if there is none.
	LastRun(source string) (*catalog.Run, error)
	// LastSummary is LastRun without what was refused and left out.
	LastSummary(source string) (*catalog.Run, error)
}

// Fetcher gets what is at an address; fetch.Client.Fetch says which errors it
// returns and who retries.
type Fetcher interface {
	Fetch(context.Context, fetch.Request) (*fetch.Response, error)
}

// Options are what a Runner may be told. The zero value is usable.
type Options struct {
	Fetch fetch.Options // how to name ourselves to servers
	Log   *slog.Logger
	// Progress is called as a source is pulled: done of total steps, where total
	// grows as more is found; for an import done counts records and total is 0.
	// It is called by the goroutine that pulls.
	Progress func(source string, done, total int)
	// Wait is called before each request and returns when the harvest may go on, or
	// with the error of ctx.
	Wait func(ctx context.Context) error
	Now  func() time.Time
}

// Runner pulls sources into the store. Its methods may be called by several
// goroutines; each source is pulled by one at a time.
type Runner struct {
	store    Store
	taxonomy *catalog.Taxonomy
	client   *fetch.Client
	folder   string             // for files while they are read; "" is the system's
	fetchers map[string]Fetcher // by the scheme of an address
	log      *slog.Logger
	progress func(source string, done, total int)
	wait     func(context.Context) error
	now      func() time.Time

	mu    sync.Mutex
	locks map[string]*sync.Mutex // by source
}

// NewRunner makes a runner; the caller closes it.
func NewRunner(store Store, t *catalog.Taxonomy, o Options) *Runner {
	client := fetch.NewClient(o.Fetch)
	r := &Runner{
		store: store, taxonomy: t, client: client, folder: o.Fetch.Folder, log: o.Log, progress: o.Progress, wait: o.Wait, now: o.Now,
		fetchers: map[string]Fetcher{"http": client, "https": client, starter.Scheme: starter.Fetcher{}},
		locks:    map[string]*sync.Mutex{},
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.progress == nil {
		r.progress = func(string, int, int) {}
	}
	if r.wait == nil {
		r.wait = func(ctx context.Context) error { return ctx.Err() }
	}
	if r.now == nil {
		r.now = time.Now
	}
	return r
}

// Close drops idle connections.
func (r *Runner) Close() { r.client.Close() }

// lock makes sure that a source's pages are saved by one caller at a time.
func (r *Runner) lock(source string) (unlock func()) {
	r.mu.Lock()
	l := r.locks[source]
	if l == nil {
		l = new(sync.Mutex)
		r.locks[source] = l
	}
	r.mu.Unlock()
	l.Lock()
	return l.Unlock
}

// Wish is what one pull may be told. The zero value is the usual.
type Wish struct {
	Full  bool // begin afresh and ask for everything, not only for what has changed
	Fewer bool // the source may have lost half of its records or more
}

// Pull harvests a source, or goes on with a harvest that was cut off, and
// stores what it finds page by page. What could not be taken is in the report;
// Run.Error says why the source was not seen whole. The error is that of the
// store or of ctx; what was saved before it stays, and the next Pull goes on
// from there.
func (r *Runner) Pull(ctx context.Context, s *Source, wish Wish) (catalog.Run, error) {
	defer r.lock(s.ID)()
	if err := ctx.Err(); err != nil {
		return catalog.Run{Source: s.ID}, err
	}
	h, err := r.begin(s, wish)
	if err != nil {
		return catalog.Run{Source: s.ID}, err
	}
	if err := r.reopen(ctx, h.state.Run); err != nil {
		return catalog.Run{Source: s.ID}, err
	}
	log := r.log.With(slog.String("source", s.ID), slog.Uint64("run", h.state.Run.Number))
	log.Info("pull begins", slog.Int("requests", h.queue.length()))
	err = h.all(ctx)
	run, err := h.finish(ctx, err)
	log.Info("pull ends", slog.Bool("complete", run.Complete), slog.Int("new", run.New), slog.Int("changed", run.Changed),
		slog.Int("unchanged", run.Unchanged), slog.Int("withdrawn", run.Withdrawn), slog.Int("refused", run.Refused), slog.String("error", run.Error))
	return run, err
}

// reopen makes it known of a run that is gone on with that it is under way again.
func (r *Runner) reopen(ctx context.Context, run catalog.Run) error {
	last, err := r.store.LastSummary(run.Source)
	if err == nil && last != nil && last.Number == run.Number && !last.Finished.IsZero() {
		_, err = r.store.FinishRun(ctx, run, 0)
	}
	if err != nil {
		return fmt.Errorf("go on with a run of %s: %w", run.Source, err)
	}
	return nil
}

// retryAfter is how long a source is left alone that did not answer.
const retryAfter = 15 * time.Minute

// Due are those of the sources that should be pulled now: that never were, whose
// file, or what this program makes of it, has changed, whose last run was cut off,
// or began at least Source.Every ago. What has been due for longest comes first. The
// error is of sources that cannot be told; the others are returned all the same.
func (r *Runner) Due(sources ...*Source) ([]*Source, error) {
	var out []*Source
	var problems []error
	since := map[*Source]time.Time{}
	for _, s := range sources {
		at, is, err := r.dueSince(s)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("when %s is due: %w", s.ID, err))
		case is:
			out, since[s] = append(out, s), at
		}
	}
	slices.SortStableFunc(out, func(a, b *Source) int { return since[a].Compare(since[b]) })
	return out, errors.Join(problems...)
}

// dueSince is since when a source is due, the zero time if it was never pulled.
func (r *Runner) dueSince(s *Source) (since time.Time, due bool, err error) {
	last, err := r.store.LastSummary(s.ID)
	if err != nil {
		return time.Time{}, false, err
	}
	state, err := r.state(s)
	switch {
	case err != nil:
		return time.Time{}, false, err
	case last == nil:
		return time.Time{}, true, nil
	case state == nil:
		return last.Started, true, nil
	case state.Over && (last.Finished.IsZero() || last.Number != state.Run.Number):
		return last.Started, true, nil // it was killed before what is gone was withdrawn
	case !state.Over && (last.Finished.IsZero() || !last.Started.Equal(state.Run.Started)):
		return last.Started, true, nil // it was killed
	case state.Over && s.Every == 0:
		return time.Time{}, false, nil
	}
	since = last.Started.Add(retryAfter)
	if state.Over {
		since = last.Started.Add(s.Every)
	}
	return since, !since.After(r.now()), nil
}

// state reads where the source's last harvest stands; nil if it has none that
// was made with the same source file, vocabulary, collection and cleaning.
func (r *Runner) state(s *Source) (*state, error) {
	data, err := r.store.Cursor(s.ID)
	if err != nil || data == nil {
		return nil, err
	}
	var st state
	if err := json.Unmarshal(data, &st); err != nil || st.Version != s.version {
		return nil, nil // of another version of the program or of the file: starting afresh is right
	}
	return &st, nil
}

// fetch gets one address of a source.
func (r *Runner) fetch(ctx context.Context, s *Source, address string, known fetch.Validators) (*fetch.Response, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, catalog.Errorf(catalog.Invalid, "%s is not an address", address)
	}
	fetcher := r.fetchers[u.Scheme]
	if fetcher == nil || u.Scheme == starter.Scheme && s.ID != starter.ID {
		return nil, catalog.Errorf(catalog.Invalid, "%s cannot be fetched: only https:// and http:// can", address)
	}
	wanted := fetch.Request{URL: address, PrivateHosts: s.privateHosts, MaxBytes: s.maxBytes, Validators: known}
	if f, is := s.format.(format.Answerer); is {
		wanted.Answers = f.Answers
	}
	return fetcher.Fetch(ctx, wanted)
}

// nothing is why a source failed that answers as it should.
const nothing = "the source has no record that could be taken: compare its file with what its address shows"

// Test harvests the first n records of a source and stores nothing. It returns
// them as they would be stored, and a report of what would be refused or left out
// on the way. It is an error if there is no record.
func (r *Runner) Test(ctx context.Context, s *Source, n int) ([]*catalog.Record, catalog.Run, error) {
	var records []*catalog.Record
	h := &harvest{Runner: r, source: s, state: &state{Version: s.version, Run: catalog.Run{Source: s.ID}}, queue: newQueue(s.format.Start(""))}
	h.save = func(_ context.Context, page catalog.Page) (catalog.Outcome, error) {
		records = append(records, page.Records...)
		if len(records) >= n {
			records = records[:n]
			return catalog.Outcome{}, errEnough
		}
		return catalog.Outcome{}, nil
	}
	err := h.all(ctx)
	run := h.state.Run
	run.New = len(records)
	switch {
	case err == errUnreachable:
		err = h.stopped
	case err == errEnough:
		err = nil
	case err == nil && len(records) == 0 && run.Error != "":
		err = catalog.Errorf(catalog.Unavailable, "%s", run.Error)
	case err == nil && len(records) == 0 && run.PassedOver == 0:
		err = catalog.Errorf(catalog.Invalid, nothing)
	}
	return records, run, err
}

var errEnough = errors.New("enough records were seen")
