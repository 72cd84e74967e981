package format

import (
	"net/url"
	"strings"

	"clearinghouse/catalog"
)

// Ask asks for what is at each address, all of which make up the source.
func Ask(addresses []string) []Request {
	var out []Request
	for _, a := range addresses {
		out = append(out, Request{Variants: []Variant{{URL: a}}, Required: true})
	}
	return out
}

// Resolve makes an address absolute; "" if it is none of the web.
func Resolve(base *url.URL, address string) string {
	address = strings.TrimSpace(address)
	if address == "" {
		return ""
	}
	u, err := base.Parse(address)
	if err != nil || !catalog.IsWebAddress(u.String()) {
		return ""
	}
	return u.String()
}

// Untracked is an address without the parameters that say how a reader came to it.
func Untracked(address string) string {
	before, query, has := strings.Cut(address, "?")
	if !has {
		return address
	}
	query, fragment, anchored := strings.Cut(query, "#")
	var kept []string
	for parameter := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(parameter, "="); !catalog.IsTracking(name) {
			kept = append(kept, parameter)
		}
	}
	if len(kept) > 0 {
		before += "?" + strings.Join(kept, "&")
	}
	if anchored {
		before += "#" + fragment
	}
	return before
}

// Public is an address that a source file gives, without what may be secret in it:
// user and query.
func Public(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// Site is the site that an address lies on: its host and port, without www.
func Site(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}
