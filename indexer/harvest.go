package indexer

import (
	"cmp"
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
	minYield    = 10      // records of a source from which on a drop by half is held back
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
	Again   bool        `json:"again,omitempty"`   // a body had changed and is read again: ids may come a second time
	Gone    int         `json:"gone,omitempty"`    // Missing, and records that the source itself says are gone, those held back too
	Over    bool        `json:"over,omitempty"`    // the run has ended
	Since   string      `json:"since,omitempty"`   // the mark that the run began with
	Mark    string      `json:"mark,omitempty"`    // that the next one may begin with
	Full    time.Time   `json:"full,omitzero"`     // start of the last complete run that asked for everything
	Yield   int         `json:"yield,omitempty"`   // records of that run
	Missing int         `json:"missing,omitempty"` // of them, withdrawn by runs since then that were not complete
	Fewer   bool        `json:"fewer,omitempty"`   // the source may have lost half of them
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
	bodies    []*fetch.Body
	queue     *queue
	report    catalog.Run      // up to, and with, the page that was saved last
	part      bool             // of the present request not all variants could be read
	answered  bool             // something was
	failures  int              // since then, of a kind that may pass
	stopped   error            // the last of them
	validated fetch.Validators // of the last answer
}

// begin starts a run of s or goes on with the one that was cut off.
func (r *Runner) begin(s *Source, wish Wish) (*harvest, error) {
	h := &harvest{Runner: r, source: s, save: r.store.Save}
	last, err := r.state(s)
	if err != nil {
		return nil, fmt.Errorf("read the cursor of %s: %w", s.ID, err)
	}
	if last != nil && !last.Over && !wish.Full {
		notes, err := r.store.Notes(s.ID)
		if err != nil {
			return nil, fmt.Errorf("read the notes of %s: %w", s.ID, err)
		}
		if h.queue, err = resumed(notes, &last.Run); err != nil {
			return nil, err
		}
		lost := last.Run.Error
		if report, err := r.store.LastRun(s.ID); err == nil && report != nil && report.Number == last.Run.Number && counted(*report) >= counted(last.Run) {
			last.Run = *report // unlike the cursor, it counts the last page too
		}
		last.Fewer = last.Fewer || wish.Fewer
		last.Run.Started, last.Run.Finished, last.Run.Error = r.now().UTC(), time.Time{}, lost
		h.state, h.report = last, last.Run
		return h, nil
	}
	if last != nil && last.Over {
		h.known = *last
	}
	if h.known.Yield, h.known.Missing, err = r.yield(s); err != nil {
		return nil, err
	}
	run, err := r.store.StartRun(s.ID, r.now().UTC())
	if err != nil {
		return nil, fmt.Errorf("start a run of %s: %w", s.ID, err)
	}
	since := h.known.Mark
	if wish.Full || run.Started.Sub(h.known.Full) >= s.fullEvery {
		since, h.known.Validators = "", fetch.Validators{}
	}
	run.Partial = since != ""
	h.report = run
	h.state = &state{Version: s.version, Run: run, Since: since, Full: h.known.Full, Yield: h.known.Yield, Missing: h.known.Missing, Gone: h.known.Missing, Fewer: wish.Fewer}
	h.queue = newQueue(s.format.Start(since))
	return h, nil
}

// counted is how many records a report speaks of.
func counted(r catalog.Run) int { return r.New + r.Changed + r.Unchanged + r.Withdrawn + r.Refused }

// yield is how many records the last complete run brought that asked for
// everything, whatever the source file was then, and how many of them were withdrawn
// since; 0 if there was none.
func (r *Runner) yield(s *Source) (yield, missing int, err error) {
	data, err := r.store.Cursor(s.ID)
	if err != nil || data == nil {
		return 0, 0, err
	}
	var st state
	_ = json.Unmarshal(data, &st) // of another version of the program: then it is not known
	return st.Yield, st.Missing, nil
}

// errUnreachable stops a run whose source does not answer.
var errUnreachable = errors.New("the source does not answer")

// errUnmodified ends a run whose source says that nothing has changed.
var errUnmodified = errors.New("the source is not modified")

// all works through what is pending.
func (h *harvest) all(ctx context.Context) error {
	for h.queue.length() > 0 {
		h.tell()
		if err := h.wait(ctx); err != nil {
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
	defer h.release()
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
// not there, and translations that cannot be had, are left out and reported. With the
// latter a record that is stored stays as it is.
func (h *harvest) ask(ctx context.Context, p *pending) ([]format.Response, error) {
	var out []format.Response
	var missing []catalog.Refusal
	h.part = false
	for i, v := range p.Variants {
		answer, err := h.fetch(ctx, h.source, v.URL, h.validators(*p))
		code := catalog.CodeOf(err)
		if code == catalog.NotFound && !p.Required || code == catalog.Invalid && i > 0 {
			h.part = h.part || code == catalog.Invalid
			missing = append(missing, catalog.Refusal{Where: v.URL, Reasons: []catalog.Reason{{Code: string(code), Message: err.Error()}}})
			continue
		}
		if err != nil {
			return nil, err
		}
		h.bodies = append(h.bodies, answer.Body)
		h.validated = answer.Validators
		body := mark(string(answer.Body.Hash[:]))
		if p.Skip > 0 && body != h.state.Partial {
			p.Skip = 0 // it has changed since it was read in part
			h.state.Again = true
		}
		h.state.Partial = body
		out = append(out, format.Response{Variant: v, Final: answer.URL, ContentType: answer.ContentType, Links: answer.Links, Body: answer.Body, Folder: h.folder})
	}
	h.refuse(missing...)
	return out, nil
}

// release closes the bodies of the present step.
func (h *harvest) release() {
	for _, b := range h.bodies {
		_ = b.Close() // it was only read
	}
	h.bodies = nil
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

// lose reports a request whose answer could not be had or read. Without it the
// source was not seen whole, unless it is a page of one item that makes no sense
// to ask for again: then the report names the page, and its record is not taken for
// absent (see catalog.Run). If there is no room to name it, the source was not seen
// whole either.
func (h *harvest) lose(p pending, err error) {
	if p.Required || catalog.CodeOf(err) == catalog.Unavailable || len(h.state.Run.Refusals) >= catalog.MaxRefusals {
		if h.state.Lost++; h.state.Lost == 1 {
			h.state.Run.Error = err.Error()
		}
	}
	h.refuse(catalog.Refusal{Where: p.Variants[0].URL, Reasons: []catalog.Reason{{Code: "not_read", Message: err.Error()}}})
}

// refuse puts a refusal into the report.
func (h *harvest) refuse(refusals ...catalog.Refusal) {
	run := &h.state.Run
	for _, refusal := range refusals {
		run.Refused++
		refusal = impersonal(refusal)
		if n := len(run.Refusals); n < catalog.MaxRefusals {
			run.Refusals = append(run.Refusals, refusal)
			h.queue.note(fmt.Sprintf("%s%03d", refusalNote, n), refusal)
		}
	}
}

// leaveOut puts into the report what was left out of a record.
func (h *harvest) leaveOut(refusal catalog.Refusal) {
	run := &h.state.Run
	run.TakenInPart++
	refusal = impersonal(refusal)
	if n := len(run.LeftOut); n < catalog.MaxRefusals {
		run.LeftOut = append(run.LeftOut, refusal)
		h.queue.note(fmt.Sprintf("%s%03d", leftOutNote, n), refusal)
	}
}

// take saves a result with the cursor after it.
func (h *harvest) take(ctx context.Context, result format.Result) error {
	page := catalog.Page{Source: h.source.ID, Run: h.state.Run.Number, State: catalog.Submitted, Time: h.now().UTC(), Stay: h.part}
	if h.source.Trusted {
		page.State = catalog.Published
	}
	refused := result.Refused
	adapt := h.adapt
	if h.source.follows {
		adapt = h.adopt
	}
	taken := map[string]string{} // where, by id
	for _, item := range result.Items {
		if h.passesOver(item.Record) {
			h.state.Run.PassedOver++
			continue
		}
		if refusal := adapt(&item, page.Time); refusal != nil {
			refused = append(refused, *refusal)
			continue
		}
		if _, is := taken[item.Record.ID]; is {
			refused = append(refused, *refusal(&item, twice))
			continue
		}
		taken[item.Record.ID] = item.Where
		page.Records = append(page.Records, item.Record)
		if len(item.LeftOut) > 0 {
			h.leaveOut(catalog.Refusal{ID: item.Record.ID, Where: item.Where, Reasons: item.LeftOut})
		}
	}
	for _, r := range refused {
		if id := h.storedID(r.ID); id != "" {
			page.Seen = append(page.Seen, id)
		}
	}
	h.refuse(refused...)
	for _, id := range result.Withdrawn {
		if id = h.storedID(id); id != "" {
			page.Withdrawn = append(page.Withdrawn, id)
		}
	}
	if h.source.follows {
		page.Merged = map[string]string{}
	}
	for id, into := range result.Merged {
		if h.adopted(id) {
			page.Merged[id] = into
		}
	}
	gone := 0
	if !h.source.follows {
		page.Spare = func(n int) bool {
			gone = n
			return !h.fewer(h.state.Yield - h.state.Gone - n)
		}
	}
	h.state.Records += len(page.Records)
	var again []catalog.Refusal
	not := func(why catalog.Reason) func(string) {
		return func(id string) {
			again = append(again, catalog.Refusal{ID: id, Where: taken[id], Reasons: []catalog.Reason{why}})
		}
	}
	if !h.state.Again && !h.source.follows { // a log may name a record again
		page.Twice = not(twice)
	}
	if h.source.follows && !h.source.Trusted {
		page.Foreign = not(foreign)
	}
	if result.Mark != "" {
		h.state.Mark = result.Mark
	}
	if result.Window {
		h.state.Run.Partial = true
	}
	outcome, err := h.put(ctx, page)
	// The next page's notes and cursor will say so.
	h.state.Gone += gone
	h.state.Records -= len(again) + outcome.Again
	h.refuse(again...)
	if err == nil {
		h.report = h.state.Run
	}
	return err
}

// put saves a page with the state as its cursor and what changed in the queue as
// notes.
func (h *harvest) put(ctx context.Context, page catalog.Page) (outcome catalog.Outcome, err error) {
	cursor := *h.state
	cursor.Run.Refusals, cursor.Run.LeftOut = nil, nil // they are notes
	if page.Cursor, err = json.Marshal(cursor); err != nil {
		return outcome, err
	}
	page.Notes, page.Forget = h.queue.changes()
	outcome, err = h.save(ctx, page)
	if err != nil {
		if err != errEnough && ctx.Err() == nil {
			err = fmt.Errorf("save a page of %s: %w", h.source.ID, err)
		}
		return outcome, err
	}
	h.queue.saved()
	h.state.Run.Add(outcome)
	return outcome, nil
}

// twice is why a record is refused whose id another one of the run had.
var twice = catalog.Reason{Path: "id", Code: "id_twice", Message: "another record of the source has the same id: give each its own"}

// foreign is why a source that is not trusted cannot deliver a record that is here
// from elsewhere.
var foreign = catalog.Reason{Path: "id", Code: "foreign_id", Message: "the record is here from another source, and this one is not trusted to replace it"}

// because is why ctx ended, if that is what err says.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return cause
	}
	return err
}

// fewer reports a source that had at least minYield records and has n now, half of
// them or less: more likely a fault than the truth. What the collection in the
// program leaves out is meant.
func (h *harvest) fewer(n int) bool {
	return !h.state.Fewer && h.source.absences > 1 && h.state.Yield >= minYield && 2*n <= h.state.Yield
}

// renewed warns of a source that has hardly a record under the id of before, as one
// does that numbers them anew each time; "" of others.
func (h *harvest) renewed() string {
	before, now, fresh := h.state.Yield, h.state.Records, h.state.Run.New
	missing := before - (now - fresh)
	if fresh < minYield || missing < minYield || 2*fresh < now || 2*missing < before {
		return ""
	}
	return fmt.Sprintf("%d of the %d records are new, and %d of the %d of before are missing: if they are the same ones, the ids have changed; take as id what stays", fresh, now, missing, before)
}

// finish ends the run. When all was worked through the cursor is cleared of
// what was pending; after an interruption it stays. The report is stored even if
// ctx is over.
func (h *harvest) finish(ctx context.Context, err error) (catalog.Run, error) {
	cutOff, ctx := ctx, context.WithoutCancel(ctx)
	run := h.state.Run
	switch {
	case err == nil, err == errUnmodified:
		over := &state{Version: h.source.version, Over: true, Mark: cmp.Or(h.known.Mark, h.state.Since), Full: h.state.Full, Yield: h.state.Yield,
			Missing: h.state.Missing + run.Withdrawn}
		full := !run.Partial
		switch {
		case err == errUnmodified:
			run.Unmodified, run.Unchanged = true, h.known.Records
			over.Validators, over.Records = h.known.Validators, h.known.Records
		case h.state.Lost > 1:
			run.Error = fmt.Sprintf("%d requests failed, first: %s", h.state.Lost, run.Error)
		case h.state.Lost == 1:
		case full && h.state.Records == 0 && run.PassedOver == 0:
			run.Error = nothing + " (sources test)"
		case full && h.fewer(h.state.Records):
			run.Error = fmt.Sprintf("the source has %d records instead of %d: nothing is withdrawn; if that is right, pull it once with --fewer (fewer=true, where the server is asked)", h.state.Records, h.state.Yield)
		case h.fewer(h.state.Yield-h.state.Gone) && !h.source.follows:
			run.Error = fmt.Sprintf("the source says that %d of its %d records are gone: not all are withdrawn; if that is right, pull it once with --fewer (fewer=true, where the server is asked)", h.state.Gone, h.state.Yield)
		default:
			run.Complete, over.Missing = true, h.state.Missing
			over.Mark = cmp.Or(h.state.Mark, h.state.Since)
			if h.state.Since == "" {
				over.Full = h.state.Run.Started
			}
			if full {
				run.Warning = h.renewed()
				over.Yield = h.state.Records
			}
			if h.queue.asked() == 1 {
				over.Validators, over.Records = h.validated, h.state.Records
			}
		}
		over.Run.Number = run.Number
		h.state, h.queue = over, newQueue(nil)
		_, err = h.put(ctx, catalog.Page{Source: h.source.ID, Run: run.Number, Time: h.now().UTC()})
	case err == errUnreachable:
		run.Error = "the source does not answer, the next pull goes on from here: " + h.stopped.Error()
		_, err = h.put(ctx, catalog.Page{Source: h.source.ID, Run: run.Number, Time: h.now().UTC()})
	}
	if err != nil { // what came after the last page comes again
		run = h.report
		run.Complete, run.Error = false, "cut off, the next pull goes on from here: "+because(cutOff, err).Error()
	}
	run.Finished = h.now().UTC()
	stored, finishErr := h.store.FinishRun(ctx, run, h.source.absences)
	if finishErr != nil {
		return run, errors.Join(err, fmt.Errorf("store the report of %s: %w", h.source.ID, finishErr))
	}
	return stored, err
}
