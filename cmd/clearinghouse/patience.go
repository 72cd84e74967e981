package main

import (
	"net/http"
	"time"
)

// Limits of one client. A whole answer may take as long as it needs, as an export
// over a slow line does, as long as it goes on.
const (
	stallTimeout = 30 * time.Second // without the next chunk of an answer being taken, or a request's body being there
	maxBody      = 1 << 20          // bytes of a request's body; nothing here needs one yet
	chunk        = 16 << 10         // bytes of an answer that must get through within stallTimeout
)

// patient serves with h as long as the client takes the answer, chunk by chunk.
// One that stalls finds its connection closed, and h a failed Write. Server's
// ReadTimeout is no help for bodies: it would also end the context of a request
// whose answer takes longer.
func patient(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &patientWriter{w, http.NewResponseController(w)}
		if r.Body != http.NoBody {
			_ = p.control.SetReadDeadline(time.Now().Add(stallTimeout))
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		h.ServeHTTP(p, r)
		p.extend() // for what the server still holds
	})
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (p *patientWriter) extend() {
	_ = p.control.SetWriteDeadline(time.Now().Add(stallTimeout)) // TCP connections have deadlines
}

// Unwrap lets a ResponseController reach the server's own writer.
func (p *patientWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *patientWriter) Write(data []byte) (n int, err error) {
	for {
		p.extend()
		part := data[n:min(len(data), n+chunk)]
		wrote, err := p.ResponseWriter.Write(part)
		if n += wrote; err != nil || n == len(data) {
			return n, err
		}
	}
}
