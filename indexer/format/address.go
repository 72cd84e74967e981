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
