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

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section is the `html:` of a source file.
type section struct {
	Item   *format.Selector      `yaml:"item"` // elements of a list page, one an item
	Link   string                `yaml:"link"` // the item's attribute that holds its address
	Next   *format.Selector      `yaml:"next"` // link to the next list page
	ID     *field                `yaml:"id"`   // the source's own id of the item; without it, the path of its page
	Fields format.ByField[field] `yaml:"fields"`
	// MainText takes title, summary and body, where Fields has none of them, from
	// what a reader's view of the page would show.
	MainText     bool             `yaml:"main_text"`
	NotFound     *format.Selector `yaml:"not_found"` // what only a page has that says it is not there, with HTTP 200
	Encoding     format.Encoding  `yaml:"encoding"`  // of pages that name a wrong one
	Translations *translations    `yaml:"translations"`
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
	Select *format.Selector `yaml:"select"`
	Attr   string           `yaml:"attr"`   // the attribute that holds the value; without it, the element's text
	Remove *format.Selector `yaml:"remove"` // what to leave out of the text
	Map    format.Words     `yaml:"map"`    // the page's words -> what the record gets
}

// UnmarshalYAML reads both forms of a field.
func (f *field) UnmarshalYAML(node ast.Node) error {
	if node.Type() != ast.MappingType {
		f.Select = new(format.Selector)
		return f.Select.UnmarshalYAML(node)
	}
	type long field
	if err := yaml.NodeToValue(node, (*long)(f), yaml.Strict()); err != nil {
		return err
	}
	if f.Select == nil {
		return &yaml.SyntaxError{Message: "select is missing: give a CSS selector", Token: node.GetToken()}
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
	case len(s.Fields) == 0 && !s.MainText:
		return nil, errors.New("html.fields is missing: give a selector for the title at least, or main_text: true")
	case s.Fields["title"].Select == nil && !s.MainText:
		return nil, errors.New("html.fields.title is missing: give a selector of the title")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		if err := s.Fields[name].Map.Resolve(c.Taxonomy, name); err != nil {
			return nil, err
		}
	}
	if t := s.Translations; t != nil {
		if t.From == "" || len(t.To) == 0 {
			return nil, errors.New(`html.translations needs from and to, as in {from: "/en/", to: {ar: "/ar/"}}`)
		}
		if c.Language == "" {
			return nil, errors.New("html.translations needs the language of the original: give language at the top of the file")
		}
		for language := range t.To {
			if _, ok := format.Language(language); !ok || language == c.Language {
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
