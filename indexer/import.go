package indexer

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/jsonl"
	"clearinghouse/indexer/table"
)

// Import takes records of any source, trusted and published, from JSON lines;
// name is that of the file, for the report. The records stay what their own
// sources say they are. Pages are saved as they are read: after an error what
// was saved before it stays, and importing the file again finds it unchanged.
// The report is Complete when the file was read to its end.
func (r *Runner) Import(ctx context.Context, name string, in io.Reader) (catalog.Run, error) {
	return r.importFile(ctx, name, in, jsonl.Import(), nil)
}

// ImportTable is Import for a filled template, as CSV or XLSX. The rows become
// records of source, unless their ids name another.
func (r *Runner) ImportTable(ctx context.Context, name string, in io.Reader, source string) (catalog.Run, error) {
	return r.importFile(ctx, name, in, table.Import(source, r.taxonomy), newNormaliser(r.taxonomy))
}

// importFile takes a file of a format; n makes records of a source's words, nil for
// records as they are.
func (r *Runner) importFile(ctx context.Context, name string, in io.Reader, f format.Format, n *normaliser) (catalog.Run, error) {
	h := &harvest{Runner: r, queue: newQueue(nil), state: &state{Run: catalog.Run{Source: name, Started: r.now().UTC()}}}
	run := &h.state.Run
	err := h.importAll(ctx, name, in, f, n)
	run.Complete, run.Finished = err == nil, r.now().UTC()
	if err != nil {
		run.Error = err.Error()
	}
	r.log.Info("import ends", slog.String("file", name), slog.Bool("complete", run.Complete), slog.Int("new", run.New), slog.Int("changed", run.Changed),
		slog.Int("unchanged", run.Unchanged), slog.Int("withdrawn", run.Withdrawn), slog.Int("refused", run.Refused), slog.String("error", run.Error))
	return *run, err
}

func (h *harvest) importAll(ctx context.Context, name string, in io.Reader, f format.Format, n *normaliser) error {
	taken := newTaken()
	file := []format.Response{{Variant: format.Variant{URL: name}, Body: in, Folder: h.folder}}
	for result, err := range f.Parse(format.Request{}, file) {
		if err != nil {
			return catalog.Errorf(catalog.Unavailable, "read %v", err)
		}
		h.refuse(result.Refused...)
		pages, err := h.pagesOf(result, n, taken)
		if err != nil {
			return err
		}
		for _, page := range pages {
			if err := h.saveBeside(ctx, page); err != nil {
				return err
			}
		}
		h.progress(name, h.state.Records, 0)
	}
	return ctx.Err()
}

// pagesOf splits what was read by source, each in the order of the file.
func (h *harvest) pagesOf(result format.Result, n *normaliser, taken *taken) ([]*catalog.Page, error) {
	entries := &normaliser{taxonomy: h.taxonomy, whole: true, serials: true, contacts: true} // of what was exported: it has been checked
	var pages []*catalog.Page
	bySource := map[string]*catalog.Page{}
	page := func(id string) *catalog.Page {
		source, _, _ := catalog.SplitID(id)
		if bySource[source] == nil {
			bySource[source] = &catalog.Page{Source: source, State: catalog.Published, Time: h.now().UTC()}
			pages = append(pages, bySource[source])
		}
		return bySource[source]
	}
	for _, item := range result.Items {
		h.state.Records++
		if source, _, ok := catalog.SplitID(item.Record.ID); ok && item.Record.Provenance.Source == "" {
			item.Record.Provenance.Source = source
		}
		switch {
		case item.Keep != nil:
			if err := h.complete(item); err != nil {
				return nil, err
			}
			entries.normalise(&item)
		case n != nil:
			n.normalise(&item)
			n.assign(item.Record)
		}
		if refusal := finish(&item, h.now(), h.taxonomy); refusal != nil {
			h.refuse(*refusal)
			continue
		}
		if taken.other(item.Record) {
			h.refuse(*refusal(&item, twice))
			continue
		}
		p := page(item.Record.ID)
		p.Records = append(p.Records, item.Record)
		if len(item.LeftOut) > 0 {
			h.leaveOut(catalog.Refusal{ID: item.Record.ID, Where: item.Where, Reasons: item.LeftOut})
		}
	}
	for _, id := range result.Withdrawn {
		p := page(id)
		p.Withdrawn = append(p.Withdrawn, id)
	}
	return pages, nil
}

// complete gives a record that was exported what its entry, if there is one, has beyond the file.
func (h *harvest) complete(item format.Item) error {
	known, err := h.store.Get(item.Record.ID)
	switch {
	case catalog.CodeOf(err) == catalog.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", item.Record.ID, err)
	}
	if !known.Record.Title.Empty() { // as of what has been removed
		item.Keep(&known.Record)
	}
	return nil
}

// taken knows the records of a file by hashes of 8 bytes: files have millions.
type taken struct {
	seed maphash.Seed
	hash map[uint64]uint64 // of the content, by that of the id
}

func newTaken() *taken { return &taken{maphash.MakeSeed(), map[uint64]uint64{}} }

// other reports whether the file had another record with the id of this one.
func (t *taken) other(r *catalog.Record) bool {
	id, content := maphash.String(t.seed, r.ID), maphash.String(t.seed, r.ContentHash())
	first, is := t.hash[id]
	if !is {
		t.hash[id] = content
	}
	return is && first != content
}

// saveBeside saves a page without touching where the source's own harvest
// stands.
func (h *harvest) saveBeside(ctx context.Context, page *catalog.Page) error {
	defer h.lock(page.Source)()
	var err error
	if page.Cursor, err = h.store.Cursor(page.Source); err != nil {
		return fmt.Errorf("read the cursor of %s: %w", page.Source, err)
	}
	outcome, err := h.store.Save(ctx, *page)
	if err != nil {
		return fmt.Errorf("save a page of %s: %w", page.Source, err)
	}
	h.state.Run.Add(outcome)
	return nil
}
