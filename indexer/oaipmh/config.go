// Package oaipmh harvests repositories that speak version 2.0 of the Protocol
// for Metadata Harvesting of the Open Archives Initiative
// (openarchives.org/OAI/openarchivesprotocol.html), in Dublin Core.
//
// After a complete harvest only what has changed is asked for. Servers whose
// Identify says deletedRecord "no" or "transient" do not tell, or not for long,
// what they have deleted: that shows in the full harvest that the source file's
// full_every asks for from time to time.
package oaipmh

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section is the `oaipmh:` of a source file.
type section struct {
	Prefix string                `yaml:"prefix"` // metadataPrefix of a form made of Dublin Core elements; without it, oai_dc
	Sets   []string              `yaml:"sets"`   // setSpecs; without them, all records
	Window window                `yaml:"window"` // how much time one list covers; without it, all
	Fields format.ByField[field] `yaml:"fields"` // each takes the place of what the field is made of otherwise
}

// window is a length of time.
type window string

const (
	year  window = "year"
	month window = "month"
)

// UnmarshalYAML reads a window; its error carries the place in the file.
func (w *window) UnmarshalYAML(node ast.Node) error {
	if *w = window(node.GetToken().Value); *w != year && *w != month {
		return &yaml.SyntaxError{Message: fmt.Sprintf("window %q is not known; it may be %s, %s", *w, year, month), Token: node.GetToken()}
	}
	return nil
}

// field says which element makes a field of the record. In a source file it is
// the element alone, or a map of this.
type field struct {
	Element string
	// Map are the repository's words. With it, even an empty one, other words do
	// not count: unlike a page that was chosen for its words, records hold many
	// that are of no interest.
	Map format.Words
}

var (
	// dublinCore are the elements of oai_dc.
	dublinCore = []string{"contributor", "coverage", "creator", "date", "description", "format", "identifier", "language",
		"publisher", "relation", "rights", "source", "subject", "title", "type"}
	// ofHeader are what fields can be made of besides; in lower case like all
	// names of elements.
	ofHeader    = []string{"datestamp", "setspec"}
	elementForm = regexp.MustCompile(`^[A-Za-z]+$`)
)

// UnmarshalYAML reads both forms of a field.
func (f *field) UnmarshalYAML(node ast.Node) error {
	var long struct {
		Element string       `yaml:"element"`
		Map     format.Words `yaml:"map"`
	}
	into := any(&long)
	if node.Type() != ast.MappingType {
		into = &long.Element
	}
	if err := yaml.NodeToValue(node, into, yaml.Strict()); err != nil {
		return err
	}
	if !elementForm.MatchString(long.Element) {
		return &yaml.SyntaxError{Message: "element must be the name of an element of Dublin Core without its prefix, as in subject", Token: node.GetToken()}
	}
	f.Element, f.Map = strings.ToLower(long.Element), long.Map
	return nil
}

// repository is the format.
type repository struct {
	base     string // address without a query of the protocol
	language string
	section  section
}

// New makes the format from the `oaipmh:` section of a source file.
func New(c format.Config) (format.Format, error) {
	r := &repository{language: c.Language, section: section{Prefix: "oai_dc"}}
	if err := c.Section(&r.section); err != nil {
		return nil, err
	}
	if len(c.Addresses) != 1 {
		return nil, errors.New("oaipmh takes one address: make each repository a source of its own")
	}
	r.base = c.Addresses[0]
	u, err := url.Parse(r.base)
	if err != nil || u.Fragment != "" || u.Query().Has("verb") {
		return nil, fmt.Errorf("the address %q must be the base address of the repository, without ?verb=… and #…", r.base)
	}
	if r.section.Prefix == "" {
		return nil, errors.New("oaipmh.prefix is empty: leave it out for oai_dc, which every repository has")
	}
	for i, set := range r.section.Sets {
		if set == "" || slices.Contains(r.section.Sets[:i], set) {
			return nil, fmt.Errorf("oaipmh.sets: %q is empty or there twice: remove it", set)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.section.Fields)) {
		f := r.section.Fields[name]
		if err := f.Map.Resolve(c.Taxonomy, name); err != nil {
			return nil, err
		}
		if r.section.Prefix == "oai_dc" && !slices.Contains(dublinCore, f.Element) && !slices.Contains(ofHeader, f.Element) {
			return nil, fmt.Errorf("oaipmh.fields.%s: %q is not an element of oai_dc; it may be %s, datestamp, setSpec", name, f.Element, strings.Join(dublinCore, ", "))
		}
	}
	return r, nil
}
