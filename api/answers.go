package api

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzip"
)

// To encode and to compress an answer takes longer than to find what is in it, and many ask
// for the same: the first pages, the filters of a link that goes round. answers keeps them
// encoded, as long as the index stays as it is.
type answers struct {
	mu       sync.Mutex
	snapshot string
	of       map[string]*encoded // by address
	size     int
}

const (
	// maxAnswers is how many bytes are kept.
	maxAnswers = 16 << 20
	// compressed is from how many bytes on an answer is compressed; fewer fit into one packet.
	compressed = 1024
)

// encoded is an answer as it is sent.
type encoded struct {
	tag        string // entity tag
	json, gzip []byte
}

func (e *encoded) size(address string) int { return 200 + len(address) + len(e.json) + len(e.gzip) }

// get is the answer to an address, nil if it is not kept.
func (s *answers) get(snapshot, address string) *encoded {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot != snapshot {
		s.snapshot, s.of, s.size = snapshot, map[string]*encoded{}, 0
	}
	return s.of[address]
}

// put keeps an answer if the index is as it was. Others go for it, in the order in which Go
// goes through a map, which is random: what many ask for is soon there again.
func (s *answers) put(snapshot, address string, e *encoded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot != snapshot || s.of[address] != nil || e.size(address) > maxAnswers {
		return
	}
	s.of[address] = e
	s.size += e.size(address)
	for address, other := range s.of {
		if s.size <= maxAnswers {
			return
		}
		s.size -= other.size(address)
		delete(s.of, address)
	}
}

// kept answers as before what was asked before in the same state of the index, and lets
// handle answer all else, by way of answer. Nothing but the address says what is asked.
func (a *api) kept(handle gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		e := a.answers.get(a.Engine.Snapshot(), c.Request.URL.RequestURI())
		if e == nil {
			handle(c)
		} else if !a.knows(c, e.tag) {
			send(c, e)
		}
	}
}

// answer answers with what find finds. The parts tell all that it depends on.
func (a *api) answer(c *gin.Context, find func() (any, error), parts ...string) {
	snapshot := a.Engine.Snapshot()
	tag := a.tag(append(parts, snapshot)...)
	if a.knows(c, tag) {
		return
	}
	v, err := find()
	if err != nil {
		a.fail(c, err)
		return
	}
	e := &encoded{tag: tag, json: marshal(v)}
	if len(e.json) >= compressed {
		e.gzip = compress(e.json)
	}
	if a.Engine.Snapshot() == snapshot {
		a.answers.put(snapshot, c.Request.URL.RequestURI(), e)
	}
	send(c, e)
}

func send(c *gin.Context, e *encoded) {
	body := e.json
	if e.gzip != nil && acceptsGzip(c.Request.Header) {
		c.Header("Content-Encoding", "gzip")
		body = e.gzip
	}
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Data(http.StatusOK, jsonType, body)
}

var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // no error: the level is one
	return w
}}

func compress(data []byte) []byte {
	var out bytes.Buffer
	w := compressors.Get().(*gzip.Writer)
	defer compressors.Put(w)
	w.Reset(&out)
	_, _ = w.Write(data) // a buffer takes all
	_ = w.Close()
	return out.Bytes()
}

// acceptsGzip reports whether a client has said that it takes gzip (RFC 9110, section
// 12.5.3).
func acceptsGzip(h http.Header) bool {
	for _, list := range h.Values("Accept-Encoding") {
		for one := range strings.SplitSeq(list, ",") {
			coding, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			_, q, has := strings.Cut(weight, "=")
			share, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !has || err == nil && share > 0
		}
	}
	return false
}
