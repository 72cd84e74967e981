package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"strings"
)

// Body is what an address holds, decompressed. It can be read from anywhere, by
// one goroutine at a time. A small one is in memory, a large one in a file that
// nobody else sees and that is gone with Close.
type Body struct {
	io.ReadSeeker
	io.ReaderAt
	Size int64
	Hash [sha256.Size]byte
	file *os.File
}

// inMemory is the size of a body, in bytes, from which on it is kept in a file.
const inMemory = 1 << 20

// NewBody is a Body of data in memory.
func NewBody(data []byte) *Body {
	in := bytes.NewReader(data)
	return &Body{ReadSeeker: in, ReaderAt: in, Size: int64(len(data)), Hash: sha256.Sum256(data)}
}

// Close gives up the file, if there is one.
func (b *Body) Close() error {
	if b.file == nil {
		return nil
	}
	err := b.file.Close()
	_ = os.Remove(b.file.Name()) // where an open file cannot be removed before
	return err
}

// errTooLarge is what keep returns for more bytes than allowed.
var errTooLarge = errors.New("larger than allowed")

// keep reads in to its end and keeps it: what is beyond inMemory in a file of
// the folder dir, or of the system's for such files if dir is "".
func keep(in io.Reader, most int64, dir string) (*Body, error) {
	in = io.LimitReader(in, most+1)
	sum := sha256.New()
	var head bytes.Buffer
	size, err := io.CopyN(io.MultiWriter(&head, sum), in, inMemory)
	switch {
	case err == io.EOF:
		if size > most {
			return nil, errTooLarge
		}
		return NewBody(head.Bytes()), nil
	case err != nil:
		return nil, err
	}
	file, err := os.CreateTemp(dir, ".fetched-*")
	if err != nil {
		return nil, diskError{err}
	}
	_ = os.Remove(file.Name()) // its data stay until it is closed, and no crash leaves it behind
	b := &Body{ReadSeeker: file, ReaderAt: file, file: file}
	if err := b.fill(&head, in, sum); err != nil {
		b.Close()
		return nil, err
	}
	if b.Size > most {
		b.Close()
		return nil, errTooLarge
	}
	return b, nil
}

// fill writes what was read, and the rest, into the file.
func (b *Body) fill(head *bytes.Buffer, rest io.Reader, sum hash.Hash) error {
	out := bufio.NewWriterSize(b.file, 256<<10)
	size, err := io.Copy(diskWriter{out}, io.MultiReader(head, io.TeeReader(rest, sum)))
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return diskError{err}
	}
	b.Size = size
	sum.Sum(b.Hash[:0])
	_, err = b.file.Seek(0, io.SeekStart)
	return err
}

// diskError tells a failure of the disk from one of the server.
type diskError struct{ error }

func (e diskError) Unwrap() error { return e.error }

type diskWriter struct{ io.Writer }

func (w diskWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = diskError{err}
	}
	return n, err
}

// unpack decompresses a file that is gzip by itself, as sitemap.xml.gz is: by its
// name or type, and by its first bytes. What the connection compresses is
// unpacked by net/http.
func unpack(in io.Reader, u *url.URL, contentType string) (io.Reader, error) {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	if !strings.HasSuffix(strings.ToLower(u.Path), ".gz") && kind != "application/gzip" && kind != "application/x-gzip" {
		return in, nil
	}
	peeked := bufio.NewReader(in)
	if magic, err := peeked.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return peeked, nil
	}
	z, err := gzip.NewReader(peeked)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return z, nil
}
