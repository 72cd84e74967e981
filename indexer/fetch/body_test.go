package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"clearinghouse/catalog"
)

// TestBody: a body is the same in memory and in a file, of which nothing is left.
func TestBody(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int{0, 1, inMemory - 1, inMemory, inMemory + 1, 3*inMemory + 7} {
		want := bytes.Repeat([]byte("01234567"), size/8+1)[:size]
		b, err := keep(iotest.HalfReader(bytes.NewReader(want)), 4*inMemory, dir)
		if err != nil {
			t.Fatal(err)
		}
		if (b.file != nil) != (size >= inMemory) || b.Size != int64(size) || b.Hash != sha256.Sum256(want) {
			t.Errorf("%d bytes: file %v, size %d", size, b.file != nil, b.Size)
		}
		for range 2 {
			if have, err := io.ReadAll(b); err != nil || !bytes.Equal(have, want) {
				t.Errorf("%d bytes: %d, %v", size, len(have), err)
			}
			if _, err := b.Seek(0, io.SeekStart); err != nil {
				t.Error(err)
			}
		}
		part := make([]byte, size/2)
		if _, err := b.ReadAt(part, int64(size-len(part))); err != nil && err != io.EOF || !bytes.Equal(part, want[size-len(part):]) {
			t.Errorf("%d bytes: the second half differs, %v", size, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, size := range []int64{10, inMemory - 1, inMemory, 2 * inMemory} {
		if _, err := keep(bytes.NewReader(make([]byte, size+1)), size, dir); !errors.Is(err, errTooLarge) {
			t.Errorf("a byte more than %d: %v", size, err)
		}
	}
	cut := io.MultiReader(bytes.NewReader(make([]byte, 2*inMemory)), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := keep(cut, 4*inMemory, dir); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a body that breaks off: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	var disk diskError
	if _, err := keep(bytes.NewReader(make([]byte, 2*inMemory)), 4*inMemory, dir+"/none"); !errors.As(err, &disk) || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no folder: %v", err)
	}
}

// TestBroken: what ends before its end is asked for again and then reported.
func TestBroken(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, strings.Repeat("text ", 10_000))
	z.Close()
	for path, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"/short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "ten bytes.")
		},
		"/cut.gz": func(w http.ResponseWriter, _ *http.Request) { w.Write(packed.Bytes()[:packed.Len()-20]) },
		"/cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed.Bytes()[:packed.Len()-20])
		},
		"/closed": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "a part")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		tries := 0
		server, _, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				http.NotFound(w, r)
				return
			}
			tries++
			answer(w, r)
		})
		_, err := c.Fetch(t.Context(), allow(server, path))
		if catalog.CodeOf(err) != catalog.Unavailable || !strings.Contains(err.Error(), "ended before its end") || tries != maxTries {
			t.Errorf("%s: %v after %d tries", path, err, tries)
		}
	}
}

// TestPatience: a body may take long as long as it goes on, but not for ever.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		rate int // bytes a second
		over time.Duration
	}{{1, tryTimeout + time.Second}, {minRate / 2, 3 * tryTimeout}, {2 * minRate, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := newPatience(cancel)
			defer p.timer.Stop()
			p.in = bytes.NewReader(make([]byte, c.rate*int(time.Hour/time.Second)))
			second := make([]byte, c.rate)
			for ctx.Err() == nil {
				if _, err := p.Read(second); err != nil {
					break
				}
				time.Sleep(time.Second)
			}
			if lasted := time.Since(p.began); lasted > c.over+time.Second || p.over.Load() != (c.over < time.Hour) {
				t.Errorf("%d bytes a second: over %v after %v", c.rate, p.over.Load(), lasted)
			}
		})
	}
}

func TestStrain(t *testing.T) {
	h := visit(t, (&waits{now: begin}).client(), "public.example")
	for range 10 {
		h.strain(begin)
	}
	if h.between != maxPace {
		t.Errorf("%v between requests after ten refusals", h.between)
	}
	for range 100 {
		h.speedUp(begin)
	}
	if h.between != pace {
		t.Errorf("%v between requests after a hundred answers", h.between)
	}
}
