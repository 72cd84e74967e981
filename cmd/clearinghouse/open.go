package main

import (
	"path/filepath"

	"clearinghouse/catalog"
	"clearinghouse/search"
	"clearinghouse/store"
)

// house is an opened data folder.
type house struct {
	program  *program
	taxonomy *catalog.Taxonomy
	store    *store.Store
	index    *search.Index
	note     string // what was done to the index on opening it, "" if nothing
}

// open opens the data folder's store, which begunBy makes if there is none, and
// its index.
func (p *program) open(begunBy string) (*house, error) {
	t, err := taxonomy()
	if err != nil {
		return nil, err
	}
	s, unchanged, err := p.openStore(begunBy, t)
	if err != nil {
		return nil, err
	}
	vocabularies, err := s.Vocabularies()
	if err != nil {
		s.Close()
		return nil, err
	}
	t = t.With(vocabularies)
	openIndex := search.Open
	if unchanged {
		openIndex = search.OpenUnchanged
	}
	index, note, err := openIndex(filepath.Join(p.data, "index"), s, t)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &house{p, t, s, index, note}, nil
}

// whileStopped says of what needs the store and cannot be asked of a server when
// it is done, by its command.
var whileStopped = map[string]string{
	"keys":       "a running server lists, makes and revokes keys for whoever has one, at /api/v1/admin/keys (docs/sources.md shows how); the first is made while none runs",
	"merge":      "entries are merged while no server runs, and shown so when it starts again",
	"unmerge":    "entries are taken apart while no server runs, and shown so when it starts again",
	"vocabulary": "vocabularies are listed, imported and removed while no server runs, and understood when it starts again",
	"sources":    "what waits for an editor is listed while no server runs",
}

// openStore opens the store for a command, which makes it if there is none. unchanged says
// that the files, also those of the index, are as they were closed.
func (p *program) openStore(command string, t *catalog.Taxonomy) (s *store.Store, unchanged bool, err error) {
	open := store.Open
	if unchanged = p.unchanged(); unchanged {
		open = store.OpenUnchanged
	}
	s, err = open(p.data, command, t)
	if why := whileStopped[command]; why != "" && catalog.CodeOf(err) == catalog.Conflict {
		return nil, false, catalog.Errorf(catalog.Conflict, "%v; %s", err, why)
	}
	return s, unchanged, err
}

// serverAddress is where a server of this configuration is reached.
func (p *program) serverAddress() string { return firstOf(p.config.BaseURL, "http://"+p.config.Addr) }

// mustExist is for commands that make no sense without a store.
func (p *program) mustExist() error {
	if !store.Exists(p.data) {
		return catalog.Errorf(catalog.NotFound, "there is no store in %s: begin one with clearinghouse serve, import or pull, or name another folder with --data", p.data)
	}
	return nil
}

func (h *house) close() error {
	err := h.index.Close()
	if err == nil {
		h.program.noteClosed() // before the folder is given free
	}
	if e := h.store.Close(); err == nil {
		err = e
	}
	return err
}
