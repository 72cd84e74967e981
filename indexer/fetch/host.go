package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"clearinghouse/catalog"

	"github.com/temoto/robotstxt"
	"golang.org/x/time/rate"
)

// host is what the client remembers of one server. All but turn is used only
// by whoever has entered.
type host struct {
	name    string // scheme://name:port
	private bool   // the source allows private addresses here
	turn    chan struct{}

	limit   *rate.Limiter
	usual   time.Duration // between two requests, as long as the host does not ask to slow down
	between time.Duration // between two requests now
	until   time.Time     // when the host asked us to come back

	robots         *robotstxt.Group
	robotsError    error // why it is not known; then the host is not asked
	robotsFailures int   // in a row
	robotsUntil    time.Time
}

// host finds or makes the entry of u's server. Whether private addresses are
// allowed is part of its identity, so that a connection made with permission
// never serves a source without it.
func (c *Client) host(u *url.URL, privateHosts []string) *host {
	private := slices.Contains(privateHosts, u.Host)
	key := u.Scheme + "://" + u.Host
	if private {
		key += " private"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[key]
	if h == nil {
		h = &host{name: u.Scheme + "://" + u.Host, private: private, turn: make(chan struct{}, 1), limit: rate.NewLimiter(rate.Inf, 1)}
		if !private {
			h.usual = pace
		}
		h.setPace(c.now(), h.usual)
		c.hosts[key] = h
	}
	return h
}

// enter waits for one's turn: a host is asked one thing at a time.
func (h *host) enter(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *host) leave() { <-h.turn }

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
	h.setPace(now, min(max(2*h.between, pace), maxPace))
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
func (c *Client) checkRobots(ctx context.Context, h *host, u *url.URL) (wait time.Duration, err error) {
	if now := c.now(); !now.Before(h.robotsUntil) {
		h.robots, h.robotsError = c.readRobots(ctx, h)
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
	if !h.robots.Test(u.RequestURI()) {
		return 0, catalog.Errorf(catalog.Invalid, "%s is forbidden to %s by %s/robots.txt: ask the site's owner, or remove the address", u, Agent, h.name)
	}
	return 0, nil
}

// readRobots fetches the robots.txt of a host, which may lead to another public
// one's, and takes over its Crawl-delay.
func (c *Client) readRobots(ctx context.Context, of *host) (*robotstxt.Group, error) {
	h := of // whoever is asked
	u, err := url.Parse(h.name + "/robots.txt")
	if err != nil {
		return nil, err
	}
	for range maxRedirects + 1 {
		status, header, body, err := c.get(ctx, h, u, Validators{}, DefaultMaxBytes)
		switch {
		case catalog.CodeOf(err) == catalog.Invalid:
			return nil, err
		case err != nil:
			return nil, catalog.Errorf(catalog.Unavailable, "not asked, because its robots.txt cannot be read: %v", err)
		case isRedirect(status):
			to, err := u.Parse(header.Get("Location"))
			if err != nil || !catalog.IsWebAddress(to.String()) {
				return &robotstxt.Group{}, nil // as if there were none
			}
			if to.Scheme+"://"+to.Host != h.name { // RFC 9309 2.3.1.2: its rules are this host's too
				h = &host{name: to.Scheme + "://" + to.Host, turn: make(chan struct{}, 1), limit: rate.NewLimiter(rate.Inf, 1)}
			}
			u = to
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
			wait := retryAfter(header.Get("Retry-After"), c.now())
			of.slowDown(c.now(), wait)
			return nil, catalog.Errorf(catalog.Unavailable, "not asked, because %s asks to come back in %s (HTTP %d)", u, wait, status)
		case status >= 500:
			return nil, catalog.Errorf(catalog.Unavailable, "not asked, because %s answers HTTP %d", u, status)
		case status != 200:
			return &robotstxt.Group{}, nil
		default:
			text, err := io.ReadAll(io.LimitReader(body, maxRobots))
			body.Close()
			if err != nil {
				return nil, err
			}
			group := parseRobots(text).FindGroup(Agent)
			if delay := min(group.CrawlDelay, maxPace); delay > of.usual {
				of.usual = delay
				of.setPace(c.now(), max(delay, of.between))
			}
			return group, nil
		}
	}
	return &robotstxt.Group{}, nil // RFC 9309 2.3.1.2 lets a crawler take it for missing
}

var robotsRule = regexp.MustCompile(`(?im)^[ \t]*(user-agent|allow|disallow)[ \t]*:.*$`)

// parseRobots reads what can be read: where a line is beyond the library, the
// plain rules alone are used, as RFC 9309 section 2.2 asks.
func parseRobots(body []byte) *robotstxt.RobotsData {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	data, err := robotstxt.FromBytes(body)
	if err != nil {
		data, err = robotstxt.FromBytes(bytes.Join(robotsRule.FindAll(body, -1), []byte("\n")))
	}
	if err != nil {
		data, _ = robotstxt.FromBytes(nil) // allows everything
	}
	return data
}
