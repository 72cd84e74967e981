package jsonapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"clearinghouse/indexer/format"
)

// read decodes an answer; numbers keep their digits.
func (l *list) read(in io.Reader, contentType string) (any, error) {
	body, err := format.ReadWhole(in)
	if err != nil {
		return nil, fmt.Errorf("%w: ask for smaller pages", err)
	}
	body = format.Decode(body, contentType, "", l.config.Language)
	if start := bytes.TrimLeft(body, " \t\r\n"); bytes.HasPrefix(start, []byte("<")) {
		return nil, errors.New("this is a web page or XML, not JSON: look in the description of the API for its address")
	}
	if err := new(format.Tree).JSON(body); err != nil {
		return nil, fmt.Errorf("the answer %w: ask for smaller pages", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
			err = errors.New("it ends before its last value does")
		}
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("the answer has more than one JSON value: for one record a line use format: jsonl")
	}
	return out, nil
}

// found are the items of an answer: those of the array that the path finds, or
// what it finds if that are several.
func (l *list) found(answer any) (items []any, ok bool) {
	nodes := l.section.Items.find(answer)
	if len(nodes) == 1 {
		if array, is := nodes[0].([]any); is {
			return array, true
		}
	}
	return nodes, len(nodes) > 0
}

// keys names what an answer has instead of what was looked for.
func keys(answer any) string {
	switch v := answer.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if len(names) > 20 {
			names = append(names[:20], "…")
		}
		return fmt.Sprintf("an object with %.300s", strings.Join(names, ", "))
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	}
	return "a single value"
}

// single is the one string, number or truth value that a path finds, as text.
func single(q query, in any) string {
	for _, v := range q.find(in) {
		if s, ok := scalar(v); ok {
			return s
		}
	}
	return ""
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v), true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// linked is the address that a Link header (RFC 8288) gives with rel=next, ""
// without one.
func linked(headers []string) string {
	for _, h := range headers {
		for _, m := range link.FindAllStringSubmatch(h, -1) {
			for _, p := range parameter.FindAllStringSubmatch(m[2], -1) {
				if strings.EqualFold(p[1], "rel") && slices.Contains(strings.Fields(strings.ToLower(p[2]+p[3])), "next") {
					return m[1]
				}
			}
		}
	}
	return ""
}

var (
	link      = regexp.MustCompile(`<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"[^"]*"|[^\s";,]*))?)*)`)
	parameter = regexp.MustCompile(`;\s*([^\s=;,]+)\s*=\s*(?:"([^"]*)"|([^\s";,]*))`)
)

// host is the form of an address that lacks its scheme.
var host = regexp.MustCompile(`^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(:[0-9]+)?(/|\?|#|$)`)

// resolve makes an address in an item absolute; "" if it is none of the web.
// Relative ones begin with / . ? or #, since people leave out https:// more often
// than an API leaves out that.
func resolve(base *url.URL, address string) string {
	switch {
	case host.MatchString(address):
		address = "https://" + address
	case address == "" || !strings.ContainsRune("/.?#", rune(address[0])) && !strings.Contains(address, ":"):
		return ""
	}
	return format.Resolve(base, address)
}
