package indexer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
)

// TestReadSKOS reads each file of testdata/skos and compares what it is taken for with
// the golden file beside it.
func TestReadSKOS(t *testing.T) {
	files, err := filepath.Glob("testdata/skos/labels.*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			v, report, err := indexer.ReadSKOS(bytes.NewReader(data), indexer.SKOSOptions{Name: file})
			if err != nil {
				t.Fatal(err)
			}
			have, err := json.MarshalIndent(map[string]any{"vocabulary": v, "report": report}, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimPrefix(file, "testdata/")+".golden", append(have, '\n'))
		})
	}
}

func TestReadSKOSOptions(t *testing.T) {
	const one = `<https://a.example/x> <http://www.w3.org/2004/02/skos/core#prefLabel> "fair" ; a <http://www.w3.org/2004/02/skos/core#Concept> .`
	v, _, err := indexer.ReadSKOS(strings.NewReader(one), indexer.SKOSOptions{Name: "mine.ttl", Language: "en"})
	if err != nil || v.ID != "mine" || len(v.Concepts) != 1 || v.Concepts[0].Labels["en"] != "fair" {
		t.Errorf("%+v, %v", v, err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"untagged.ttl": {one, "--language en"},
		"none.ttl":     {`<https://a.example/x> a <https://a.example/Y> .`, "has no concept"},
		"foreign.ttl":  {strings.Replace(one, `"fair"`, `"rua"@pt`, 1), "none of the 1 concepts"},
		"broken.ttl":   {"<https://a.example/x> a", "line 1"},
		"words.txt":    {"fair, stall", "ending .ttl"},
		"page.html":    {"<!DOCTYPE html><html>", "ending .ttl"},
	} {
		_, _, err := indexer.ReadSKOS(strings.NewReader(c.text), indexer.SKOSOptions{Name: name})
		if catalog.CodeOf(err) != catalog.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestThesaurus reads the UNESCO Thesaurus, where it lies beside the project.
func TestThesaurus(t *testing.T) {
	const file = "../../shared/data/unesco_thesaurus/unesco-thesaurus-2021-ar-en-es-fr-ru.ttl"
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the UNESCO Thesaurus is not beside this checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, report, err := indexer.ReadSKOS(f, indexer.SKOSOptions{Name: file})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Concepts) != 4433 || v.ID != "http://vocabularies.unesco.org/thesaurus" || v.Title["ar"] != "مكنز اليونسكو" || v.Licence == "" || report != (indexer.SKOSReport{}) {
		t.Errorf("%d concepts of %s %v, licence %s, %+v", len(v.Concepts), v.ID, v.Title, v.Licence, report)
	}
	own, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	with := own.With([]catalog.Vocabulary{v})
	talent, ok := with.Concept("http://vocabularies.unesco.org/thesaurus/concept1000")
	if !ok || talent.Labels["ru"] != "Талант" {
		t.Errorf("talent: %+v", talent)
	}
	literacy, _ := with.Concept("theme:media-literacy")
	if before, _ := own.Concept("theme:media-literacy"); len(literacy.Sources) <= len(before.Sources) {
		t.Errorf("media literacy is no concept of both: %+v", literacy.Sources)
	}
}

// FuzzSKOS: whatever a file says, a vocabulary has names that can be shown, and an error
// says what to do.
func FuzzSKOS(f *testing.F) {
	files, _ := filepath.Glob("testdata/skos/labels.*")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, ".golden") {
			f.Add(filepath.Ext(file), data)
		}
	}
	f.Fuzz(func(t *testing.T, ending string, data []byte) {
		v, _, err := indexer.ReadSKOS(bytes.NewReader(data), indexer.SKOSOptions{Name: "x" + ending, Language: "fr"})
		if err != nil {
			if catalog.CodeOf(err) != catalog.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		if v.ID == "" || len(v.Concepts) == 0 {
			t.Errorf("%+v", v)
		}
		for _, c := range v.Concepts {
			for _, l := range catalog.Languages {
				for i, name := range c.Names(l) {
					if name == "" && c.Labels[l] != "" || !utf8.ValidString(name) || strings.ContainsAny(name, "\n\x00") || i > 0 && name == c.Labels[l] {
						t.Errorf("%s has the name %q", c.ID, name)
					}
				}
			}
		}
	})
}
