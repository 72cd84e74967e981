package indexer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer"

	"github.com/google/go-cmp/cmp"
)

// TestSourceFiles reads each file of testdata/sources and compares the source,
// or the error with its place, with the golden file beside it.
func TestSourceFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/sources/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := indexer.ParseSource(filepath.Base(file), data, taxonomy(t))
			have := ""
			if err != nil {
				have = "error: " + err.Error() + "\n"
			} else {
				have = fmt.Sprintf("id %s\nname %s\nhomepage %s\nlicence %s\nformat %s\naddresses %v\nevery %s\ntrusted %v\n",
					s.ID, s.Name, s.Homepage, s.Licence, s.Format, s.Addresses, s.Every, s.Trusted)
			}
			golden(t, filepath.Join("sources", strings.TrimSuffix(filepath.Base(file), ".yaml")+".golden"), []byte(have))
		})
	}
}

// TestLoadSources returns the good sources beside what is wrong with others.
func TestLoadSources(t *testing.T) {
	dir := t.TempDir()
	if s, err := indexer.LoadSources(filepath.Join(dir, "missing"), taxonomy(t)); len(s) != 0 || err != nil {
		t.Errorf("a missing folder: %v, %v", s, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := indexer.LoadSources(file, taxonomy(t)); err == nil || !strings.Contains(err.Error(), file+" cannot be read") {
		t.Errorf("a file for the folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "0.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	const good = "id: a\nname: A\nformat: jsonl\naddress: https://a.example/\n"
	for name, text := range map[string]string{"1.yaml": good, "2.yaml": good, "3.yaml": "id: three\nname: 'The third' # one\nfield: [", "4.yml": strings.Replace(good, "id: a", "id: b", 1), "5.yaml": good + strings.Repeat("#", 128<<10), "notes.txt": "no source"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := indexer.LoadSources(dir, taxonomy(t))
	if len(sources) != 2 || sources[0].ID != "a" || sources[1].ID != "b" {
		t.Errorf("%d sources", len(sources))
	}
	for _, want := range []string{"0.yaml cannot be read (it is no regular file)", "pipe.yaml cannot be read (it is no regular file)", "2.yaml: the id \"a\" is taken by", "3.yaml:3:", "5.yaml:1:1: the file is larger than 131072 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	var wrong indexer.WrongFiles
	if !errors.As(err, &wrong) || catalog.CodeOf(err) != catalog.Invalid {
		t.Fatalf("%T", err)
	}
	var have []string
	for _, f := range wrong {
		have = append(have, f.File+" "+f.ID+" "+f.Name)
	}
	if diff := cmp.Diff([]string{"0  ", "2 a A", "3 three The third", "5 a A", "pipe  "}, have); diff != "" {
		t.Errorf("wrong files (-want +have):\n%s", diff)
	}
}

// TestPrivateInfo: whoever tells others of a source knows whether its addresses may
// be told.
func TestPrivateInfo(t *testing.T) {
	const file = "id: x\nname: X\nformat: jsonl\naddress: http://intranet.example/x.jsonl\n"
	for text, want := range map[string]bool{file: false, file + "private_addresses: true\n": true} {
		if have := source(t, text).Info(nil).Private; have != want {
			t.Errorf("private %v, want %v:\n%s", have, want, text)
		}
	}
}

// FuzzParseSource never panics; every error names the file and a place.
func FuzzParseSource(f *testing.F) {
	files, err := filepath.Glob("testdata/sources/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/handbook.yaml", "testdata/site.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	terms := taxonomy(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := indexer.ParseSource("x.yaml", data, terms)
		if err != nil && !strings.HasPrefix(err.Error(), "x.yaml:") {
			t.Errorf("the error has no place: %v", err)
		}
		if err == nil && (s.ID == "" || len(s.Addresses) == 0) {
			t.Errorf("a source without id or address: %+v", s)
		}
	})
}
