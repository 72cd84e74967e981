package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"clearinghouse/store"
)

// closedFile is a note of the files of a data folder as they were when its store and its
// index were last closed in order. To read them all and compare their checksums takes most
// of a start (BenchmarkServe), and shows nothing where they are as they were left. The note
// is gone while the folder is in use: after a crash everything is looked at.
const closedFile = "closed.json"

// fileState is what changes with a file, by its path in the data folder.
type fileState struct {
	Size     int64 `json:"size"`
	Modified int64 `json:"modified"` // nanoseconds since 1970
	Changed  int64 `json:"changed"`  // its content, its name or its times; 0 where the system does not say
}

// states are those of the files of the store and the index.
func (p *program) states() (map[string]fileState, error) {
	out := map[string]fileState{}
	for _, top := range []string{"catalogue.db", "people.db", "index"} {
		err := filepath.WalkDir(filepath.Join(p.data, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			name, err := filepath.Rel(p.data, path)
			out[filepath.ToSlash(name)] = fileState{info.Size(), info.ModTime().UnixNano(), changed(info)}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unchanged reports whether the files are as they were closed. It removes the note.
func (p *program) unchanged() bool {
	path := filepath.Join(p.data, closedFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var closed map[string]fileState
	err = json.Unmarshal(data, &closed)
	now, e := p.states()
	same := err == nil && e == nil && maps.Equal(closed, now)
	// it must not come back after a loss of power, which may bring back old times too
	return os.Remove(path) == nil && store.SyncFolder(p.data) == nil && same
}

// noteClosed leaves the note, when nothing more will be written to the files. Without it the
// next start only takes longer.
func (p *program) noteClosed() {
	states, err := p.states()
	if err != nil {
		return
	}
	data, err := json.MarshalIndent(states, "", "\t")
	if err == nil {
		_ = os.WriteFile(filepath.Join(p.data, closedFile), data, 0o640)
	}
}
