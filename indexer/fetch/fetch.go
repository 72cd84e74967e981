// Package fetch is the one client with which the Clearinghouse reads other
// people's servers, politely: it names itself, keeps to robots.txt, asks each
// host one thing at a time and not too often, and never reaches into a private
// network unless the source allows it. Nobody else dials out.
package fetch

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"clearinghouse/catalog"
)

// Request is one thing to fetch.
type Request struct {
	URL string
	// PrivateHosts are the hosts ("name" or "name:port", as in addresses) that
	// may lie in a private network or on this machine.
	PrivateHosts []string
	// MaxBytes bounds the body, after decompression; DefaultMaxBytes if it is 0.
	MaxBytes int64
	// Answers reports whether the XML or JSON document that a server has sent with
	// a status of 400 to 499 is an answer all the same; nil: none is.
	Answers func(document []byte) bool
	// Validators of an earlier response: with them, Fetch answers ErrNotModified
	// while the server still has the same.
	Validators
}

// Validators identify a version of what is at an address. They are sent nowhere
// else: where a redirect leads now, something else may be that has not changed.
type Validators struct {
	URL          string `json:"url,omitempty"` // after redirects
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Response is a successful answer.
type Response struct {
	URL         string // after redirects
	ContentType string
	Links       []string // Link headers (RFC 8288)
	Body        *Body    // the caller closes it
	Validators
}

// ErrNotModified says that the server still has what the validators identify.
var ErrNotModified = errors.New("not modified")

// Options name the client to the servers that it visits.
type Options struct {
	Version string // of the program
	Project string // address of a page that says what the program is
	Contact string // an e-mail address or page of whoever runs it, if known
	Folder  string // for files of large bodies while they are used; "" is the system's
}

// The client's manners.
const (
	// DefaultMaxBytes is the largest body that is taken, after decompression.
	DefaultMaxBytes = 32_000_000

	maxDocument  = 64 << 10 // of what comes with an error, in bytes
	maxRobots    = 512 << 10
	maxRedirects = 5
	maxTries     = 3
	tryTimeout   = time.Minute      // of one try, but for a body that goes on at minRate
	minRate      = 4 << 10          // bytes a second
	pace         = time.Second      // between two requests to one public host
	maxPace      = 30 * time.Second // after a host asked to slow down, again and again
	maxWait      = 2 * time.Minute  // the longest Retry-After that is waited for
	maxAlone     = 24 * time.Hour   // the longest Retry-After that is kept to
	maxHosts     = 4_000            // that are remembered, besides those that want to be left alone
	hostKept     = 24 * time.Hour   // of one that is not used
	robotsKept   = 24 * time.Hour
	robotsRetry  = 5 * time.Minute // after robots.txt could not be read
	// Agent is the name that robots.txt knows the client by.
	Agent = "Clearinghouse"
)

// Client is the polite client. It may be used by several goroutines.
type Client struct {
	agent, folder   string
	public, private *http.Client
	now             func() time.Time
	sleep           func(context.Context, time.Duration) error

	mu    sync.Mutex
	hosts map[string]*host
}

// NewClient makes a client that names itself as o says.
func NewClient(o Options) *Client {
	var about []string
	if o.Project != "" {
		about = append(about, "+"+o.Project)
	}
	if o.Contact != "" {
		about = append(about, o.Contact)
	}
	agent := strings.TrimSuffix(Agent+"/"+o.Version, "/")
	if len(about) > 0 {
		agent += " (" + strings.Join(about, "; ") + ")"
	}
	return &Client{
		agent:   agent,
		folder:  o.Folder,
		public:  newHTTPClient(refusePrivate),
		private: newHTTPClient(nil),
		now:     time.Now,
		sleep:   sleep,
		hosts:   map[string]*host{},
	}
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close drops idle connections.
func (c *Client) Close() {
	c.public.CloseIdleConnections()
	c.private.CloseIdleConnections()
}

// Fetch gets r.URL and follows up to five redirects, each checked like the
// first address. It retries what is temporary, three times in all. Errors are
// ErrNotModified, that of ctx, or a catalog.Error: NotFound (404 and 410),
// Invalid (it makes no sense to ask again: robots.txt forbids it, the address is
// private, the answer too large), Unavailable (later perhaps).
func (c *Client) Fetch(ctx context.Context, r Request) (*Response, error) {
	var err error
	for try := range maxTries {
		var answer *Response
		var wait time.Duration
		if answer, wait, err = c.follow(ctx, r); err == nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if wait == 0 || wait > maxWait || try == maxTries-1 {
			break
		}
		if err := c.sleep(ctx, max(wait, time.Second<<(2*try))); err != nil {
			return nil, err
		}
	}
	return nil, err
}

// follow is one try, with its redirects. A wait above zero says after how long
// another try makes sense.
func (c *Client) follow(ctx context.Context, r Request) (answer *Response, wait time.Duration, err error) {
	address := r.URL
	for range maxRedirects + 1 {
		u, err := url.Parse(address)
		if err != nil || !catalog.IsWebAddress(address) {
			return nil, 0, catalog.Errorf(catalog.Invalid, "%s is not an address that begins with https:// or http://", address)
		}
		h, err := c.enter(ctx, u, r.PrivateHosts)
		if err != nil {
			return nil, 0, err
		}
		answer, next, wait, err := c.visit(ctx, h, u, r)
		c.leave(h)
		if next == "" {
			return answer, wait, err
		}
		address = next
	}
	return nil, 0, catalog.Errorf(catalog.Invalid, "%s redirects more than %d times", r.URL, maxRedirects)
}

// visit asks h once for u, if robots.txt allows it; the caller has entered h.
// next is where a redirect leads to.
func (c *Client) visit(ctx context.Context, h *host, u *url.URL, r Request) (answer *Response, next string, wait time.Duration, err error) {
	if wait, err := c.checkRobots(ctx, h, u, r.PrivateHosts); err != nil {
		return nil, "", wait, err
	}
	status, header, body, err := c.get(ctx, h, u, r, limit{bytes: cmp.Or(r.MaxBytes, DefaultMaxBytes)})
	if err != nil {
		if catalog.CodeOf(err) == catalog.Unavailable {
			wait = max(time.Second, h.until.Sub(c.now()))
		}
		return nil, "", wait, err
	}
	switch {
	case status == http.StatusNotModified && r.Validators.URL == u.String():
		return nil, "", 0, ErrNotModified
	case body != nil:
		h.speedUp(c.now())
		return &Response{
			URL: u.String(), ContentType: header.Get("Content-Type"), Links: header.Values("Link"), Body: body,
			Validators: Validators{u.String(), header.Get("ETag"), header.Get("Last-Modified")},
		}, "", 0, nil
	case isRedirect(status):
		to, err := u.Parse(header.Get("Location"))
		if err != nil || header.Get("Location") == "" {
			return nil, "", 0, catalog.Errorf(catalog.Invalid, "%s redirects to nowhere", u)
		}
		to.Fragment = ""
		return nil, to.String(), 0, nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return nil, "", 0, catalog.Errorf(catalog.NotFound, "%s is not there (HTTP %d)", u, status)
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		wait = retryAfter(header.Get("Retry-After"), c.now())
		h.slowDown(c.now(), wait)
		return nil, "", wait, catalog.Errorf(catalog.Unavailable, "%s asks to come back in %s (HTTP %d)", u, wait, status)
	case status >= 500, status == http.StatusRequestTimeout:
		h.strain(c.now())
		return nil, "", time.Second, catalog.Errorf(catalog.Unavailable, "%s failed (HTTP %d)", u, status)
	}
	if status == http.StatusForbidden { // as some answer to whom they find too fast
		h.strain(c.now())
	}
	return nil, "", 0, catalog.Errorf(catalog.Invalid, "%s answers HTTP %d: check the address, and whether it needs a login", u, status)
}

// isDocument reports an answer of XML or JSON that says that the request was wrong, not
// that it came too early.
func isDocument(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests &&
		(strings.HasSuffix(kind, "xml") || strings.HasSuffix(kind, "json"))
}

func isRedirect(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

// retryAfter reads the header of RFC 9110 section 10.2.3, seconds or a date; a
// second at least, and a minute if it says something that cannot be read.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	wait := time.Second
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && !math.IsNaN(seconds) {
		wait = time.Duration(math.Ceil(min(seconds, maxAlone.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now).Round(time.Second)
	} else if at, err := time.Parse(time.RFC1123Z, value); err == nil {
		wait = at.Sub(now).Round(time.Second)
	} else if value != "" {
		wait = time.Minute
	}
	return max(wait, time.Second)
}

// limit is how many bytes a body may have, and whether one with more is cut there
// or refused.
type limit struct {
	bytes int64
	cut   bool
}

// get makes one request in h's pace and keeps the body of an answer up to a limit;
// there is none otherwise. Its errors are temporary, but for a refused
// address and a body that is too large.
func (c *Client) get(ctx context.Context, h *host, u *url.URL, r Request, most limit) (int, http.Header, *Body, error) {
	if err := h.pace(ctx, c); err != nil {
		return 0, nil, nil, err
	}
	try, cancel := context.WithCancel(ctx)
	defer cancel()
	slow := newPatience(cancel)
	defer slow.timer.Stop()
	req, err := http.NewRequestWithContext(try, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, nil, nil, catalog.Errorf(catalog.Invalid, "%s: %v", u, err)
	}
	req.Header.Set("User-Agent", c.agent)
	if r.ETag != "" && r.Validators.URL == u.String() {
		req.Header.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" && r.Validators.URL == u.String() {
		req.Header.Set("If-Modified-Since", r.LastModified)
	}
	client := c.public
	if h.private {
		client = c.private
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, c.failure(ctx, u, slow, err)
	}
	defer resp.Body.Close()
	slow.in = resp.Body
	if resp.StatusCode != http.StatusOK {
		document, err := io.ReadAll(io.LimitReader(slow, maxDocument)) // also lets the connection be used again
		if err == nil && len(document) < maxDocument && r.Answers != nil && isDocument(resp) && r.Answers(document) {
			return resp.StatusCode, resp.Header, NewBody(document), nil
		}
		return resp.StatusCode, resp.Header, nil, nil
	}
	in, err := unpack(slow, u, resp.Header.Get("Content-Type"))
	var body *Body
	if most.cut {
		in = io.LimitReader(in, most.bytes)
	}
	if err == nil {
		body, err = keep(in, most.bytes, c.folder)
	}
	switch {
	case errors.Is(err, errTooLarge):
		return 0, nil, nil, catalog.Errorf(catalog.Invalid, "%s is larger than %d MB: raise max_size in the source file, or ask its owner for smaller pages", u, most.bytes/1_000_000)
	case err != nil:
		return 0, nil, nil, c.failure(ctx, u, slow, err)
	}
	return resp.StatusCode, resp.Header, body, nil
}

// patience ends a try that takes too long: tryTimeout, and so much longer as
// minRate needs for what of the body has come.
type patience struct {
	in    io.Reader
	began time.Time
	timer *time.Timer
	taken int64
	over  atomic.Bool
}

func newPatience(cancel func()) *patience {
	p := &patience{began: time.Now()}
	p.timer = time.AfterFunc(tryTimeout, func() {
		p.over.Store(true)
		cancel()
	})
	return p
}

func (p *patience) Read(data []byte) (int, error) {
	n, err := p.in.Read(data)
	if p.taken += int64(n); n > 0 && !p.over.Load() {
		p.timer.Reset(tryTimeout + time.Duration(p.taken)*time.Second/minRate - time.Since(p.began))
	}
	return n, err
}

// failure says in a person's words why no answer came.
func (c *Client) failure(ctx context.Context, u *url.URL, slow *patience, err error) error {
	var refused *catalog.Error
	var disk diskError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return catalog.Errorf(refused.Code, "%s: %s", u, refused.Message)
	case slow.over.Load():
		return catalog.Errorf(catalog.Unavailable, "%s did not answer within %s, or too slowly", u, tryTimeout)
	case errors.As(err, &disk):
		return catalog.Errorf(catalog.Unavailable, "%s cannot be kept while it is read (%v): make room, or let this user write there", u, disk)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return catalog.Errorf(catalog.Unavailable, "%s ended before its end, or was damaged on the way", u)
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return catalog.Errorf(catalog.Unavailable, "%s cannot be reached: %v", u, err)
}
