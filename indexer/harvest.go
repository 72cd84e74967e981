package indexer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer/fetch"
	"clearinghouse/indexer/format"
)

// The bounds of one run.
const (
	maxRequests = 100_000 // a site with endless "next" links ends here
	maxTries    = 2       // of a request; the fetcher retries each by itself
	maxFailures = 5       // requests in a row that fail before the source is left alone for now
	maxStops    = 2       // times in a row that it is left alone before requests are given up
)

// state is where a harvest stands. As JSON it is the source's cursor, saved
// with each page, so that a run which was cut off goes on where it stopped; what
// is still to be asked for is in the notes beside it. When the run is over only
// what the next one needs remains.
type state struct {
	Version string      `json:"version"`           // of the source; another version starts afresh
	Run     catalog.Run `json:"run"`               // the report up to, and without, the page saved with this
	Done    int         `json:"done,omitempty"`    // steps, for the progress
	Records int         `json:"records,omitempty"` // taken in the run
	Lost    int         `json:"lost,omitempty"`    // requests that were given up; Run.Error says why the first was
	Stops   int         `json:"stops,omitempty"`   // times that the source was left alone since it last answered
	Partial string      `json:"partial,omitempty"` // mark of the body that the first request is in the middle of
	Over    bool        `json:"over,omitempty"`    // the run has ended
	// Validators of the one address that a source consists of.
	Validators fetch.Validators `json:"validators,omitzero"`
}

// mark is a short hash of a request's key.
func mark(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// harvest is one run of a source.
type harvest struct {
	*Runner
	source    *Source
	state     *state
	save      func(context.Context, catalog.Page) (catalog.Outcome, error)
	known     state // what the last run left
	queue     *queue
	answered  bool             // something was
	failures  int              // since then, of a kind that may pass
	stopped   error            // the last of them
	validated fetch.Validators // of the last answer
}

// begin starts a run of s or goes on with the one that was cut off.
func (r *Runner) begin(s *Source) (*harvest, error) {
	h := &harvest{Runner: r, source: s, save: r.store.Save}
	last, err := r.state(s)
	if err != nil {
		return nil, fmt.Errorf("read the cursor of %s: %w", s.ID, err)
	}
	if last != nil && !last.Over {
		notes, err := r.store.Notes(s.ID)
		if err != nil {
			return nil, fmt.Errorf("read the notes of %s: %w", s.ID, err)
		}
		if h.queue, last.Run.Refusals, err = resumed(notes); err != nil {
			return nil, err
		}
		lost := last.Run.Error
		if report, err := r.store.LastRun(s.ID); err == nil && report != nil && report.Started.Equal(last.Run.Started) && !report.Finished.IsZero() {
			last.Run = *report // unlike the cursor, it counts the last page too
		}
		last.Run.Started, last.Run.Finished, last.Run.Error = r.now().UTC(), time.Time{}, lost
		h.state = last
		return h, nil
	}
	if last != nil {
		h.known = *last
	}
	run, err := r.store.StartRun(s.ID, r.now().UTC())
	if err != nil {
		return nil, fmt.Errorf("start a run of %s: %w", s.ID, err)
	}
	h.state, h.queue = &state{Version: s.version, Run: run}, newQueue(s.format.Start())
	return h, nil
}

// errUnreachable stops a run whose source does not answer.
var errUnreachable = errors.New("the source does not answer")

// errUnmodified ends a run whose source says that nothing has changed.
var errUnmodified = errors.New("the source is not modified")

// all works through what is pending.
func (h *harvest) all(ctx context.Context) error {
	for h.queue.length() > 0 {
		h.tell()
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := h.step(ctx, h.queue.first()); err != nil {
			return err
		}
	}
	h.tell()
	return nil
}

func (h *harvest) tell() {
	h.progress(h.source.ID, h.state.Done, h.state.Done+h.queue.length())
}

// step makes the first pending request and saves what it brings.
func (h *harvest) step(ctx context.Context, p pending) error {
	responses, err := h.ask(ctx, &p)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fetch.ErrNotModified):
		return errUnmodified
	case err != nil:
		return h.failed(p, err)
	}
	h.answered, h.failures, h.state.Stops = true, 0, 0
	h.queue.drop()
	if len(responses) > 0 {
		for result, err := range h.source.format.Parse(p.Request, responses) {
			if err != nil {
				h.lose(p, err)
				break
			}
			h.fresh(p, result.Next)
			p.Skip = result.Skip
			if p.Skip > 0 { // without, the format has no way to go on after it: it was all
				h.queue.putFirst(p)
			}
			h.state.Done++
			if err := h.take(ctx, result); err != nil {
				return err
			}
			h.tell()
			if p.Skip > 0 {
				h.queue.drop()
			}
		}
	}
	h.state.Partial = ""
	return nil
}

// ask fetches the variants of a request, one after the other. Those that are
// not there are left out and reported.
func (h *harvest) ask(ctx context.Context, p *pending) ([]format.Response, error) {
	var out []format.Response
	var missing []catalog.Refusal
	for _, v := range p.Variants {
		answer, err := h.fetch(ctx, h.source, v.URL, h.validators(*p))
		if catalog.CodeOf(err) == catalog.NotFound {
			if p.Required {
				return nil, err
			}
			missing = append(missing, catalog.Refusal{Where: v.URL, Reasons: []catalog.Reason{{Code: "not_found", Message: err.Error()}}})
			continue
		}
		if err != nil {
			return nil, err
		}
		h.validated = answer.Validators
		body := mark(string(answer.Body))
		if p.Skip > 0 && body != h.state.Partial {
			p.Skip = 0 // it has changed since it was read in part
		}
		h.state.Partial = body
		out = append(out, format.Response{Variant: v, Final: answer.URL, ContentType: answer.ContentType, Body: bytes.NewReader(answer.Body)})
	}
	h.refuse(missing...)
	return out, nil
}

// validators are those of the last run for a source that consists of one
// address, so that it need not send again what has not changed.
func (h *harvest) validators(p pending) fetch.Validators {
	if p.Skip > 0 || h.state.Records > 0 {
		return fetch.Validators{}
	}
	return h.known.Validators
}

// fresh puts those requests first that were not asked before; p led to them.
func (h *harvest) fresh(p pending, next []format.Request) {
	for _, r := range slices.Backward(next) {
		if len(r.Variants) > 0 && !h.queue.add(r) {
			h.lose(p, fmt.Errorf("the source leads to more than %d pages: narrow its selectors", maxRequests))
			break
		}
	}
}

// failed puts a request off, or gives it up if it fails again while the source
// answers others. A source that answers nothing is left alone for now.
func (h *harvest) failed(p pending, err error) error {
	h.log.Warn("request failed", slog.String("source", h.source.ID), slog.String("address", p.Variants[0].URL), slog.String("error", err.Error()))
	h.queue.drop()
	p.Tries++
	passing := catalog.CodeOf(err) == catalog.Unavailable
	if up := h.answered && h.failures == 0; !passing || p.Tries >= maxTries && (up || h.state.Stops >= maxStops) {
		h.lose(p, err)
		h.state.Done++
		return nil
	}
	h.queue.putLast(p)
	if h.failures++; h.failures < min(maxFailures, h.queue.length()) {
		return nil
	}
	h.state.Stops++
	h.stopped = err
	return errUnreachable
}

// lose reports a request whose answer could not be had or read.
func (h *harvest) lose(p pending, err error) {
	if h.state.Lost++; h.state.Lost == 1 {
		h.state.Run.Error = err.Error()
	}
	h.refuse(catalog.Refusal{Where: p.Variants[0].URL, Reasons: []catalog.Reason{{Code: "not_read", Message: err.Error()}}})
}

// refuse puts a refusal into the report.
func (h *harvest) refuse(refusals ...catalog.Refusal) {
	run := &h.state.Run
	for _, refusal := range refusals {
		run.Refused++
		if n := len(run.Refusals); n < catalog.MaxRefusals {
			run.Refusals = append(run.Refusals, refusal)
			h.queue.note(fmt.Sprintf("%s%03d", refusalNote, n), refusal)
		}
	}
}

// take saves a result with the cursor after it.
func (h *harvest) take(ctx context.Context, result format.Result) error {
	page := catalog.Page{Source: h.source.ID, Run: h.state.Run.Number, State: catalog.Submitted, Time: h.now().UTC()}
	if h.source.Trusted {
		page.State = catalog.Published
	}
	refused := result.Refused
	for _, item := range result.Items {
		if refusal := h.adapt(item, page.Time); refusal != nil {
			refused = append(refused, *refusal)
		} else {
			page.Records = append(page.Records, item.Record)
		}
	}
	for _, r := range refused {
		if r.ID != "" {
			page.Seen = append(page.Seen, h.ownID(r.ID))
		}
	}
	h.refuse(refused...)
	for _, id := range result.Withdrawn {
		page.Withdrawn = append(page.Withdrawn, h.ownID(id))
	}
	h.state.Records += len(page.Records)
	return h.put(ctx, page)
}

// put saves a page with the state as its cursor and what changed in the queue as
// notes.
func (h *harvest) put(ctx context.Context, page catalog.Page) error {
	var err error
	cursor := *h.state
	cursor.Run.Refusals = nil // they are notes
	if page.Cursor, err = json.Marshal(cursor); err != nil {
		return err
	}
	page.Notes, page.Forget = h.queue.changes()
	outcome, err := h.save(ctx, page)
	if err != nil {
		if err != errEnough && ctx.Err() == nil {
			err = fmt.Errorf("save a page of %s: %w", h.source.ID, err)
		}
		return err
	}
	h.queue.saved()
	h.state.Run.Add(outcome)
	return nil
}

// finish ends the run. When all was worked through the cursor is cleared of
// what was pending; after an interruption it stays. The report is stored even if
// ctx is over.
func (h *harvest) finish(ctx context.Context, err error) (catalog.Run, error) {
	ctx = context.WithoutCancel(ctx)
	run := h.state.Run
	switch {
	case err == nil, err == errUnmodified:
		over := &state{Version: h.source.version, Over: true}
		switch {
		case err == errUnmodified:
			run.Unmodified, run.Unchanged = true, h.known.Records
			over.Validators, over.Records = h.known.Validators, h.known.Records
		case h.state.Lost > 1:
			run.Error = fmt.Sprintf("%d requests failed, first: %s", h.state.Lost, run.Error)
		case h.state.Lost == 0 && h.state.Records == 0:
			run.Error = "the source has no record that could be taken: compare its file with what its address shows (sources test)"
		case h.state.Lost == 0:
			run.Complete = true
			if h.queue.asked() == 1 {
				over.Validators, over.Records = h.validated, h.state.Records
			}
		}
		over.Run.Number = run.Number
		h.state, h.queue = over, newQueue(nil)
		err = h.put(ctx, catalog.Page{Source: h.source.ID, Run: run.Number, Time: h.now().UTC()})
	case err == errUnreachable:
		run.Error = "the source does not answer, the next pull goes on from here: " + h.stopped.Error()
		err = h.put(ctx, catalog.Page{Source: h.source.ID, Run: run.Number, Time: h.now().UTC()})
	}
	if err != nil {
		run.Complete, run.Error = false, "cut off, the next pull goes on from here: "+err.Error()
	}
	run.Finished = h.now().UTC()
	stored, finishErr := h.store.FinishRun(ctx, run, h.source.absences)
	if finishErr != nil {
		return run, errors.Join(err, fmt.Errorf("store the report of %s: %w", h.source.ID, finishErr))
	}
	return stored, err
}
