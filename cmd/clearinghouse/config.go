package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"clearinghouse/catalog"

	"github.com/goccy/go-yaml"
)

// config is DIR/clearinghouse.yaml. Everything has a default.
type config struct {
	// Addr is where serve listens, host:port.
	Addr string `yaml:"addr"`
	// BaseURL is the address under which the public reaches the site, as in
	// https://example.org; links that leave the site use it.
	BaseURL string `yaml:"base_url"`
	// Contact is the e-mail or web address that the harvester names to the
	// servers it visits.
	Contact string `yaml:"contact"`
}

const defaultAddr = "127.0.0.1:8080"

// readConfig reads the file, which must be there only if it was named.
func readConfig(data, file string) (c config, err error) {
	c = config{Addr: defaultAddr}
	named := file != ""
	if !named {
		file = filepath.Join(data, "clearinghouse.yaml")
	}
	defer func() {
		if recover() != nil { // goccy/go-yaml does not survive every wrong tag
			err = catalog.Errorf(catalog.Invalid, "%s is not YAML that can be read: it may have addr, base_url and contact", file)
		}
	}()
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return c, nil
	}
	if err != nil {
		return c, catalog.Errorf(catalog.Invalid, "the configuration cannot be read: %v", err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, catalog.Errorf(catalog.Invalid, "%s: %s", file, yaml.FormatError(err, false, false))
	}
	place := func(key string) string { return placeOf(file, text, key) }
	if c.BaseURL = strings.TrimSuffix(c.BaseURL, "/"); c.BaseURL != "" {
		if u, err := url.Parse(c.BaseURL); err != nil || !catalog.IsWebAddress(c.BaseURL) || u.Path != "" || u.RawQuery != "" {
			return c, catalog.Errorf(catalog.Invalid, "%s: base_url %q must be an address without a path, as in https://example.org", place("base_url"), c.BaseURL)
		}
	}
	if c.Addr == "" { // a file of comments only leaves nothing in c
		c.Addr = defaultAddr
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return c, catalog.Errorf(catalog.Invalid, "%s: addr %q must be host:port, as in 127.0.0.1:8080", place("addr"), c.Addr)
	}
	if strings.ContainsFunc(c.Contact, func(r rune) bool { return !unicode.IsPrint(r) }) { // it becomes part of a header
		return c, catalog.Errorf(catalog.Invalid, "%s: contact %q must be one line without control characters, as in office@example.org", place("contact"), c.Contact)
	}
	return c, nil
}

// placeOf is file:line of the value of a key.
func placeOf(file string, text []byte, key string) string {
	path, err := yaml.PathString("$." + key)
	if err != nil {
		return file
	}
	node, err := path.ReadNode(bytes.NewReader(text))
	if err != nil {
		return file
	}
	return fmt.Sprintf("%s:%d", file, node.GetToken().Position.Line)
}
