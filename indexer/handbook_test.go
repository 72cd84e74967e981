package indexer_test

import (
	"archive/tar"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"clearinghouse/indexer"
)

// handbookArchive is the real site of six languages; it is not part of the
// project.
const handbookArchive = "../../shared/data/debian_handbook_html/debian-handbook-6lang-html.tar.xz"

// TestHandbook pulls the real site with testdata/handbook.yaml.
func TestHandbook(t *testing.T) {
	site := unpack(t, handbookArchive)
	server := httptest.NewServer(http.FileServerFS(site))
	defer server.Close()
	store := newMemory()
	run := pull(t, store, handbookSource(t, server.URL))
	if !run.Complete || run.New != 127 || run.Refused != 0 {
		t.Fatalf("report %+v, want 127 new records", run)
	}
	for id, r := range store.records {
		if r.Kind != "resource" || len(r.Title) != 6 || len(r.Body) != 6 || r.Original != "en" {
			t.Errorf("%s: kind %s, original %s, title in %v, body in %v; want a resource in six languages", id, r.Kind, r.Original, r.Title.Languages(), r.Body.Languages())
		}
		for l, body := range r.Body {
			if strings.Contains(body, "Download the ebook") || strings.Contains(body, "<div") || !strings.Contains(body, "\n\n") {
				t.Errorf("%s: the text in %s has navigation, markup or no paragraphs", id, l)
			}
		}
	}
	r := store.records["handbook:sect.apt-cache.html"]
	if r == nil {
		t.Fatal("handbook:sect.apt-cache.html is missing")
	}
	for l, want := range map[string]string{"en": "6.3. The apt-cache Command", "ar": "6.3. الأمر apt-cache", "es": "6.3. La orden apt-cache",
		"fr": "6.3. Commande apt-cache", "ru": "6.3. Команда apt-cache", "zh": "6.3. The apt-cache 命令"} {
		if r.Title[l] != want {
			t.Errorf("title in %s %q, want %q", l, r.Title[l], want)
		}
	}
	if again := pull(t, store, handbookSource(t, server.URL)); again.Unchanged != 127 || again.New+again.Changed+again.Withdrawn != 0 {
		t.Errorf("pulled again: %+v, want 127 unchanged", again)
	}
}

// handbookSource is testdata/handbook.yaml with the test server for the
// operator's.
func handbookSource(t *testing.T, server string) *indexer.Source {
	t.Helper()
	data, err := os.ReadFile("testdata/handbook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return source(t, strings.ReplaceAll(string(data), "http://127.0.0.1:8000", server))
}

// unpack reads a tar.xz; the test is skipped where it is missing.
func unpack(t *testing.T, archive string) fstest.MapFS {
	t.Helper()
	path, err := filepath.Abs(archive)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not on this machine; testdata/site serves the same kind of test", path)
	}
	xz := exec.Command("xz", "--decompress", "--stdout", path)
	out, err := xz.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := xz.Start(); err != nil {
		t.Skipf("cannot unpack %s: %v; install xz-utils", path, err)
	}
	files := fstest.MapFS{}
	for in := tar.NewReader(out); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			data, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(header.Name, "./")] = &fstest.MapFile{Data: data}
		}
	}
	if err := xz.Wait(); err != nil {
		t.Fatal(err)
	}
	return files
}
