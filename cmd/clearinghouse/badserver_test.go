package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// mishap is one way in which a server fails to give what it was asked for.
type mishap func(w http.ResponseWriter, r *http.Request, body []byte)

func slowly(w http.ResponseWriter, _ *http.Request, body []byte) {
	for part := range bytes.SplitAfterSeq(body, []byte("\n")) {
		w.Write(part)
		http.NewResponseController(w).Flush()
		time.Sleep(time.Millisecond)
	}
}

func tooMany(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusTooManyRequests)
}

func broken(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.WriteHeader(http.StatusInternalServerError)
}

// hungUp breaks off half-way.
func hungUp(w http.ResponseWriter, _ *http.Request, body []byte) {
	w.Write(body[:len(body)/2])
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// tooLong promises more than it gives.
func tooLong(w http.ResponseWriter, _ *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+100))
	w.Write(body)
}

func cutGzip(w http.ResponseWriter, _ *http.Request, body []byte) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(body)
	z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	w.Write(packed.Bytes()[:packed.Len()-8])
}

func inCircles(w http.ResponseWriter, r *http.Request, _ []byte) {
	http.Redirect(w, r, r.URL.String(), http.StatusFound)
}

// errorPage is HTML, with the status of success, instead of what was asked for.
func errorPage(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!doctype html><html lang=en><title>Sorry</title><h1>Sorry</h1><p>We are working on it.</html>")
}

// mislabelled names a charset that the body does not have.
func mislabelled(w http.ResponseWriter, _ *http.Request, body []byte) {
	w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
	w.Write(body)
}

// badServer serves pages that fail first, in the ways that are named for their
// path, one a request; a mishap in always happens each time.
type badServer struct {
	*httptest.Server
	pages  map[string][]byte // by path and query
	types  map[string]string
	first  map[string][]mishap
	always map[string]mishap

	mu    sync.Mutex
	asked map[string]int
}

func newBadServer(t testing.TB) *badServer {
	b := &badServer{pages: map[string][]byte{}, types: map[string]string{}, first: map[string][]mishap{}, always: map[string]mishap{}, asked: map[string]int{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

// put adds a page; {server} in it becomes the address of the server.
func (b *badServer) put(path, contentType, body string, first ...mishap) {
	b.pages[path], b.types[path], b.first[path] = []byte(strings.ReplaceAll(body, "{server}", b.URL)), contentType, first
}

// afresh lets everything fail again that failed first.
func (b *badServer) afresh() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.asked)
}

// repair ends what fails for ever.
func (b *badServer) repair() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.always)
}

// times are the arguments of OAI-PMH that differ from pull to pull.
var times = regexp.MustCompile(`&(from|until)=[^&]*`)

func (b *badServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := times.ReplaceAllString(r.URL.RequestURI(), "")
	b.mu.Lock()
	n := b.asked[path]
	b.asked[path]++
	always := b.always[path]
	b.mu.Unlock()
	body, there := b.pages[path]
	do := always
	if first := b.first[path]; n < len(first) {
		do = first[n]
	}
	if there {
		w.Header().Set("Content-Type", b.types[path])
	}
	switch {
	case do != nil:
		do(w, r, body)
	case there:
		w.Write(body)
	default:
		http.NotFound(w, r)
	}
}
