// Package jsonld reads records from the structured data of web pages in the
// vocabulary of schema.org, as JSON-LD and as microdata. The pages are found by
// a sitemap or by list pages, or are given.
package jsonld

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section is the `jsonld:` of a source file; all of it may be left out.
type section struct {
	Match    *pattern              `yaml:"match"`     // addresses that are followed, of those in a sitemap or on list pages
	Item     *format.Selector      `yaml:"item"`      // elements of a list page, one an item; with it, the addresses are list pages
	Link     string                `yaml:"link"`      // the item's attribute that holds its address
	Next     *format.Selector      `yaml:"next"`      // link to the next list page
	NotFound *format.Selector      `yaml:"not_found"` // what only a page has that says it is not there, with HTTP 200
	Encoding format.Encoding       `yaml:"encoding"`  // of pages that name a wrong one
	Types    []string              `yaml:"types"`     // of schema.org that become records; without, all that mostly are
	Fields   format.ByField[field] `yaml:"fields"`
}

// pattern is a regular expression of a source file.
type pattern struct{ *regexp.Regexp }

// UnmarshalYAML compiles the expression; its error carries the place in the
// file.
func (p *pattern) UnmarshalYAML(node ast.Node) error {
	var text string
	err := yaml.NodeToValue(node, &text, yaml.Strict())
	if err != nil {
		return err
	}
	if p.Regexp, err = regexp.Compile(text); err != nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("match %q is not a regular expression: %v", text, err), Token: node.GetToken()}
	}
	return nil
}

// field says which property of schema.org becomes a field of the record. In a
// source file it is the property alone, or a map of this.
type field struct {
	Property string       `yaml:"property"`
	Map      format.Words `yaml:"map"` // the property's words -> what the record gets; with it only these count
}

// UnmarshalYAML reads both forms of a field.
func (f *field) UnmarshalYAML(node ast.Node) error {
	type long field
	into := any((*long)(f))
	if node.Type() != ast.MappingType {
		into = &f.Property
	}
	if err := yaml.NodeToValue(node, into, yaml.Strict()); err != nil {
		return err
	}
	if f.Property == "" {
		return &yaml.SyntaxError{Message: "property is missing: give one of schema.org, as in keywords", Token: node.GetToken()}
	}
	return nil
}

// pages is the format.
type pages struct {
	config  format.Config
	section section
	types   map[string]bool // that become records
}

// New makes the format from the `jsonld:` section of a source file.
func New(c format.Config) (format.Format, error) {
	p := &pages{config: c, section: section{Link: "href"}, types: map[string]bool{}}
	if err := c.Section(&p.section); err != nil {
		return nil, err
	}
	s := p.section
	if s.Next != nil && s.Item == nil {
		return nil, fmt.Errorf("jsonld.next needs jsonld.item: give a selector of the elements of a list page that lead to the items")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		if err := s.Fields[name].Map.Resolve(c.Taxonomy, name); err != nil {
			return nil, err
		}
	}
	for _, name := range s.Types {
		if kinds[name] == "" {
			return nil, fmt.Errorf("jsonld.types: %q is not a type of schema.org that can be a record; it may be %s", name, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
		}
		p.types[name] = true
	}
	if len(s.Types) == 0 {
		for name := range kinds {
			p.types[name] = !asked[name]
		}
	}
	return p, nil
}
