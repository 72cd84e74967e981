// Package html reads records from the pages of a web site: list pages lead to
// the pages of the items and to further list pages, and selectors of the source
// file say where on an item's page the fields of its record stand. The
// translations of a page become one record.
package html

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/andybalholm/cascadia"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section is the `html:` of a source file.
type section struct {
	Item         *selector     `yaml:"item"` // elements of a list page, one an item
	Link         string        `yaml:"link"` // the item's attribute that holds its address
	Next         *selector     `yaml:"next"` // link to the next list page
	ID           *field        `yaml:"id"`   // the source's own id of the item; without it, the path of its page
	Fields       fields        `yaml:"fields"`
	Translations *translations `yaml:"translations"`
}

// translations makes the addresses of a page in other languages by replacing a
// part of the original's.
type translations struct {
	From string            `yaml:"from"`
	To   map[string]string `yaml:"to"` // language -> what stands there instead
}

// field says where a field of the record stands on a page. In a source file it
// is a selector alone, or a map of this.
type field struct {
	Select *selector
	Attr   string            // the attribute that holds the value; without it, the element's text
	Remove *selector         // what to leave out of the text
	Map    map[string]string // the page's words -> what the record gets
}

// selector is a CSS selector, compiled.
type selector struct{ cascadia.Selector }

// UnmarshalYAML compiles a selector; its error carries the place in the file.
func (s *selector) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text, yaml.Strict()); err != nil {
		return err
	}
	compiled, err := cascadia.Compile(text)
	if err != nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a CSS selector: %v", text, err), Token: node.GetToken()}
	}
	s.Selector = compiled
	return nil
}

// UnmarshalYAML reads both forms of a field.
func (f *field) UnmarshalYAML(node ast.Node) error {
	if node.Type() != ast.MappingType {
		f.Select = new(selector)
		return f.Select.UnmarshalYAML(node)
	}
	var long struct {
		Select *selector         `yaml:"select"`
		Attr   string            `yaml:"attr"`
		Remove *selector         `yaml:"remove"`
		Map    map[string]string `yaml:"map"`
	}
	if err := yaml.NodeToValue(node, &long, yaml.Strict()); err != nil {
		return err
	}
	if long.Select == nil {
		return &yaml.SyntaxError{Message: "select is missing: give a CSS selector", Token: node.GetToken()}
	}
	*f = field(long)
	return nil
}

// fields are the fields of the record by name, as in setters.
type fields map[string]field

// UnmarshalYAML reads the fields; an unknown name is an error that carries its
// place in the file.
func (f *fields) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return &yaml.SyntaxError{Message: "fields must be a map from a field of the record to a selector", Token: node.GetToken()}
	}
	*f = fields{}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		if _, known := setters[key.Value]; !known {
			return &yaml.SyntaxError{
				Message: fmt.Sprintf("%q is not a field that a page can give; it may be %s", key.Value, strings.Join(slices.Sorted(maps.Keys(setters)), ", ")),
				Token:   key,
			}
		}
		var value field
		if err := value.UnmarshalYAML(entry.Value); err != nil {
			return err
		}
		(*f)[key.Value] = value
	}
	return nil
}

// pages is the format.
type pages struct {
	config  format.Config
	section section
}

// New makes the format from the `html:` section of a source file.
func New(c format.Config) (format.Format, error) {
	p := &pages{config: c, section: section{Link: "href"}}
	if err := c.Section(&p.section); err != nil {
		return nil, err
	}
	s := p.section
	switch {
	case s.Item == nil:
		return nil, errors.New("html.item is missing: give a selector of the elements of a list page that lead to the items")
	case len(s.Fields) == 0:
		return nil, errors.New("html.fields is missing: give a selector for the title at least")
	case s.Fields["title"].Select == nil:
		return nil, errors.New("html.fields.title is missing: give a selector of the title")
	}
	if t := s.Translations; t != nil {
		if t.From == "" || len(t.To) == 0 {
			return nil, errors.New(`html.translations needs from and to, as in {from: "/en/", to: {ar: "/ar/"}}`)
		}
		if c.Language == "" {
			return nil, errors.New("html.translations needs the language of the original: give language at the top of the file")
		}
		for language := range t.To {
			if _, ok := recordLanguage(language); !ok || language == c.Language {
				return nil, fmt.Errorf("html.translations.to: %q is not the language of a translation: give a BCP 47 tag other than %q", language, c.Language)
			}
		}
	}
	return p, nil
}

// languages are those of the translations in the order of the catalogue.
func (t *translations) languages() []string {
	return catalog.Text(t.To).Languages()
}
