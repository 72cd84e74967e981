package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"clearinghouse/catalog"

	"golang.org/x/time/rate"
)

// host is what the client remembers of one server. What is below turn is used only
// by whoever has entered, and by forget when nobody is in.
type host struct {
	name    string    // scheme://name:port
	private bool      // the source allows private addresses here
	guests  int       // that are in or wait for their turn; with used, guarded by Client.mu
	used    time.Time // when the last one left
	turn    chan struct{}

	limit   *rate.Limiter
	usual   time.Duration // between two requests, as long as the host does not ask to slow down
	between time.Duration // between two requests now
	until   time.Time     // when the host asked us to come back

	robots         robots
	robotsError    error // why it is not known; then the host is not asked
	robotsFailures int   // in a row
	robotsUntil    time.Time
}

// enter finds or makes the entry of u's server and waits for one's turn: a host
// is asked one thing at a time. Whether private addresses are allowed is part of
// its identity, so that a connection made with permission never serves a source
// without it.
func (c *Client) enter(ctx context.Context, u *url.URL, privateHosts []string) (*host, error) {
	private := slices.Contains(privateHosts, u.Host)
	key := u.Scheme + "://" + u.Host
	if private {
		key += " private"
	}
	c.mu.Lock()
	h := c.hosts[key]
	if h == nil {
		c.forget()
		h = &host{name: u.Scheme + "://" + u.Host, private: private, turn: make(chan struct{}, 1), limit: rate.NewLimiter(rate.Inf, 1)}
		if !private {
			h.usual = pace
		}
		h.setPace(c.now(), h.usual)
		c.hosts[key] = h
	}
	h.guests++
	c.mu.Unlock()
	select {
	case h.turn <- struct{}{}:
		return h, nil
	case <-ctx.Done():
		c.gone(h)
		return nil, ctx.Err()
	}
}

// leave ends one's turn.
func (c *Client) leave(h *host) {
	<-h.turn
	c.gone(h)
}

func (c *Client) gone(h *host) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.guests--
	h.used = c.now()
}

// forget drops the hosts that were not used for a day and, if there are too many
// to add one, the one that was not used for longest. One that is in use, or asked to be
// left alone and is still, is kept. The caller has locked c.mu.
func (c *Client) forget() {
	now := c.now()
	oldest := ""
	for key, h := range c.hosts {
		switch {
		case h.guests > 0 || h.until.After(now):
		case now.Sub(h.used) >= hostKept:
			delete(c.hosts, key)
		case oldest == "" || h.used.Before(c.hosts[oldest].used):
			oldest = key
		}
	}
	if len(c.hosts) >= maxHosts && oldest != "" {
		delete(c.hosts, oldest)
	}
}

// pace waits until the host may be asked again. It fails if the host asked to
// be left alone for longer than is waited for.
func (h *host) pace(ctx context.Context, c *Client) error {
	now := c.now()
	asked := h.until.Sub(now)
	if asked > maxWait {
		return catalog.Errorf(catalog.Unavailable, "%s asked to be left alone for %s more", h.name, asked.Round(time.Second))
	}
	if wait := max(asked, h.limit.ReserveN(now, 1).DelayFrom(now)); wait > 0 {
		return c.sleep(ctx, wait)
	}
	return ctx.Err()
}

func (h *host) setPace(now time.Time, between time.Duration) {
	h.between = between
	h.limit.SetLimitAt(now, rate.Every(between)) // without a limit for 0
}

// slowDown doubles the time between requests, up to maxPace, and leaves the
// host alone for the time that it asked for.
func (h *host) slowDown(now time.Time, wait time.Duration) {
	h.setPace(now, max(h.usual, min(max(2*h.between, pace), maxPace)))
	h.until = now.Add(min(wait, maxAlone))
}

// strain doubles the time between requests, up to maxPace, of a host that is kept
// to a pace.
func (h *host) strain(now time.Time) {
	h.setPace(now, max(h.between, min(2*h.between, maxPace)))
}

// speedUp goes back to the usual pace by and by.
func (h *host) speedUp(now time.Time) {
	if h.between > h.usual {
		h.setPace(now, max(h.between*9/10, h.usual))
	}
}

// checkRobots tells whether robots.txt (RFC 9309) lets the client ask h for u.
// A host without one (4xx) allows everything; one that fails to say is not
// asked for now. A wait above zero says after how long to try again.
func (c *Client) checkRobots(ctx context.Context, h *host, u *url.URL, privateHosts []string) (wait time.Duration, err error) {
	if now := c.now(); !now.Before(h.robotsUntil) {
		h.robots, h.robotsError = c.readRobots(ctx, h, privateHosts)
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case h.robotsError == nil:
			h.robotsFailures, h.robotsUntil = 0, now.Add(robotsKept)
		default:
			if h.robotsFailures++; h.robotsFailures >= maxTries {
				h.robotsUntil = now.Add(robotsRetry)
			}
			if catalog.CodeOf(h.robotsError) == catalog.Unavailable {
				wait = time.Second
			}
		}
	}
	if h.robotsError != nil {
		return wait, h.robotsError
	}
	if !h.robots.allows(u.RequestURI()) {
		return 0, catalog.Errorf(catalog.Invalid, "%s is forbidden to %s by %s/robots.txt: ask the site's owner, or remove the address", u, Agent, h.name)
	}
	return 0, nil
}

// readRobots fetches the robots.txt of a host, which may lead to another
// one's, and takes over its Crawl-delay.
func (c *Client) readRobots(ctx context.Context, of *host, privateHosts []string) (rules robots, err error) {
	h := of // whoever is asked
	u, err := url.Parse(h.name + "/robots.txt")
	if err != nil {
		return robots{}, err
	}
	for range maxRedirects + 1 {
		status, header, body, err := c.get(ctx, h, u, Request{}, limit{maxRobots, true})
		switch {
		case catalog.CodeOf(err) == catalog.Invalid:
			return robots{}, err
		case err != nil:
			return robots{}, catalog.Errorf(catalog.Unavailable, "not asked, because its robots.txt cannot be read: %v", err)
		case isRedirect(status):
			to, err := u.Parse(header.Get("Location"))
			if err != nil || !catalog.IsWebAddress(to.String()) {
				return robots{}, nil // as if there were none
			}
			if to.Scheme+"://"+to.Host != h.name { // RFC 9309 2.3.1.2: its rules are this host's too
				h = &host{name: to.Scheme + "://" + to.Host, private: slices.Contains(privateHosts, to.Host), turn: make(chan struct{}, 1), limit: rate.NewLimiter(rate.Inf, 1)}
			}
			u = to
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
			wait := retryAfter(header.Get("Retry-After"), c.now())
			of.slowDown(c.now(), wait)
			return robots{}, catalog.Errorf(catalog.Unavailable, "not asked, because %s asks to come back in %s (HTTP %d)", u, wait, status)
		case status >= 500:
			return robots{}, catalog.Errorf(catalog.Unavailable, "not asked, because %s answers HTTP %d", u, status)
		case status != 200:
			return robots{}, nil
		default:
			text, err := io.ReadAll(body)
			body.Close()
			if err != nil {
				return robots{}, err
			}
			rules := parseRobots(text, Agent)
			of.usual = rules.delay
			if !of.private {
				of.usual = max(of.usual, pace)
			}
			of.setPace(c.now(), max(of.usual, of.between))
			return rules, nil
		}
	}
	return robots{}, nil // RFC 9309 2.3.1.2 lets a crawler take it for missing
}
