package main

import (
	"path/filepath"

	"clearinghouse/catalog"
	"clearinghouse/search"
	"clearinghouse/store"
)

// house is an opened data folder.
type house struct {
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
	s, err := store.Open(p.data, begunBy, t)
	if err != nil {
		return nil, err
	}
	index, note, err := search.Open(filepath.Join(p.data, "index"), s, t)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &house{t, s, index, note}, nil
}

// mustExist is for commands that make no sense without a store.
func (p *program) mustExist() error {
	if !store.Exists(p.data) {
		return catalog.Errorf(catalog.NotFound, "there is no store in %s: begin one with clearinghouse serve, import or pull, or name another folder with --data", p.data)
	}
	return nil
}

func (h *house) close() error {
	err := h.index.Close()
	if e := h.store.Close(); err == nil {
		err = e
	}
	return err
}
