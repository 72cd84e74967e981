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
	"regexp"
	"strconv"
	"strings"
	"time"
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
	// Pull bounds what is pulled, by serve and at the command line.
	Pull struct {
		AtOnce int           `yaml:"at_once"` // sources; each host is asked by one request at a time
		Time   time.Duration `yaml:"time"`    // of one pull, which goes on when its turn comes again
		Memory string        `yaml:"memory"`  // pulls wait while the program uses more
		memory uint64
	} `yaml:"pull"`
}

func defaults() (c config) {
	c.Addr = "127.0.0.1:8080"
	c.Pull.AtOnce, c.Pull.Time, c.Pull.Memory, c.Pull.memory = 4, 2*time.Hour, "1GB", 1_000_000_000
	return c
}

// readConfig reads the file, which must be there only if it was named.
func readConfig(data, file string) (c config, err error) {
	c = defaults()
	named := file != ""
	if !named {
		file = filepath.Join(data, "clearinghouse.yaml")
	}
	defer func() {
		if recover() != nil { // goccy/go-yaml does not survive every wrong tag
			err = catalog.Errorf(catalog.Invalid, "%s is not YAML that can be read: it may have addr, base_url, contact and pull", file)
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
		c = defaults()
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return c, catalog.Errorf(catalog.Invalid, "%s: addr %q must be host:port, as in 127.0.0.1:8080", place("addr"), c.Addr)
	}
	if strings.ContainsFunc(c.Contact, func(r rune) bool { return !unicode.IsPrint(r) }) { // it becomes part of a header
		return c, catalog.Errorf(catalog.Invalid, "%s: contact %q must be one line without control characters, as in office@example.org", place("contact"), c.Contact)
	}
	if c.Pull.AtOnce < 1 || c.Pull.AtOnce > 100 {
		return c, catalog.Errorf(catalog.Invalid, "%s: pull.at_once %d must be a number of sources, 1 to 100", place("pull.at_once"), c.Pull.AtOnce)
	}
	if c.Pull.Time < time.Minute {
		return c, catalog.Errorf(catalog.Invalid, "%s: pull.time %s must be a minute at least, as in 2h or 30m", place("pull.time"), c.Pull.Time)
	}
	m := memoryForm.FindStringSubmatch(c.Pull.Memory)
	if m != nil {
		n, _ := strconv.ParseUint(m[1], 10, 64)
		c.Pull.memory = n * map[string]uint64{"MB": 1_000_000, "GB": 1_000_000_000}[m[2]]
	}
	if m == nil || c.Pull.memory < minMemory {
		return c, catalog.Errorf(catalog.Invalid, "%s: pull.memory %q must be a size of 200MB or more, as in 500MB or 1GB", place("pull.memory"), c.Pull.Memory)
	}
	return c, nil
}

// minMemory is the least that pulls can be given, in bytes: the program itself
// needs some.
const minMemory = 200_000_000

var memoryForm = regexp.MustCompile(`^([1-9][0-9]{0,4}) ?(MB|GB)$`)

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
