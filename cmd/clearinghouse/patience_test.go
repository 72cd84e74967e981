package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience: time is that of a synctest bubble, the connection is a pipe that
// holds nothing, so that each write waits for the client.
func TestPatience(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KiB
	answers := func(written *error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(5 * stallTimeout) // finding the answer may take long
			w.Header().Set("Content-Length", "262144")
			if _, *written = w.Write(long); *written == nil {
				*written = r.Context().Err()
			}
		}
	}
	for name, c := range map[string]struct {
		request string
		read    func(*testing.T, io.Reader) // what the client does after it
		want    error                       // of the handler's write
	}{
		"never reads": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(*testing.T, io.Reader) {
			time.Sleep(time.Hour)
		}, os.ErrDeadlineExceeded},
		"reads some": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(t *testing.T, in io.Reader) {
			if _, err := io.CopyN(io.Discard, in, 100_000); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour)
		}, os.ErrDeadlineExceeded},
		"reads slowly": {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", func(t *testing.T, in io.Reader) {
			answer, err := http.ReadResponse(bufio.NewReaderSize(slow{in}, chunk), nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(body, long) {
				t.Errorf("%d bytes came, %v", len(body), err)
			}
		}, nil},
		"never sends its body": {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", func(t *testing.T, in io.Reader) {
			if _, err := io.Copy(io.Discard, in); err != nil {
				t.Error(err)
			}
		}, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var written error
				s := newHTTPServer(slog.New(slog.DiscardHandler), answers(&written))
				client, connection := net.Pipe()
				one := &listener{make(chan net.Conn, 1)}
				one.conns <- connection
				served := make(chan error, 1)
				go func() { served <- s.Serve(one) }()
				if _, err := io.WriteString(client, c.request); err != nil {
					t.Fatal(err)
				}
				c.read(t, client)
				if _, err := io.Copy(io.Discard, client); err != nil { // until the server has closed it
					t.Error(err)
				}
				synctest.Wait()
				if !errors.Is(written, c.want) {
					t.Errorf("the handler's write: %v, want %v", written, c.want)
				}
				s.Close()
				<-served
			})
		})
	}
}

// slow takes a piece of an answer at a time, with a pause before each.
type slow struct{ in io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(stallTimeout / 2)
	return s.in.Read(p)
}

// listener accepts the connections it holds.
type listener struct{ conns chan net.Conn }

func (l *listener) Accept() (net.Conn, error) {
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *listener) Close() error {
	close(l.conns)
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }
