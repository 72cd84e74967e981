// Package feed reads records from feeds: RSS 0.9x, 1.0 and 2.0, Atom and JSON
// Feed. A feed shows only its latest items, so that one which is no longer in it
// is not gone.
package feed

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// maxPages bounds the `pages:` of a source file.
const maxPages = 1_000

// section is the `feed:` of a source file; all of it may be left out.
type section struct {
	Pages        int             `yaml:"pages"`      // how many pages to read at most; 0: those that the feed leads to
	Encoding     format.Encoding `yaml:"encoding"`   // of a feed that names a wrong one
	Categories   categories      `yaml:"categories"` // by the feed's word, folded
	Organization *organization   `yaml:"organization"`
}

// organization is who publishes the items.
type organization struct {
	Name string `yaml:"name"` // without it, the title of the feed
	URL  string `yaml:"url"`  // without it, the site of the feed
}

// categories say what a category of the feed means: fields of the record and
// the values that they get.
type categories map[string]map[string][]format.Code

// UnmarshalYAML reads the categories; an unknown field is an error that carries
// its place in the file.
func (c *categories) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return &yaml.SyntaxError{Message: `categories must be a map from the feed's words, as in "Media": {themes: [media-literacy]}`, Token: node.GetToken()}
	}
	*c = categories{}
	for _, entry := range mapping.Values {
		meaning, ok := entry.Value.(*ast.MappingNode)
		if !ok {
			return &yaml.SyntaxError{Message: "a category must be a map from a field of the record to values, as in {themes: [media-literacy]}", Token: entry.Value.GetToken()}
		}
		fields := map[string][]format.Code{}
		for _, f := range meaning.Values {
			key := f.Key.GetToken()
			if !slices.Contains(categoryFields, key.Value) {
				return &yaml.SyntaxError{
					Message: fmt.Sprintf("%q is not a field that a category can give; it may be %s", key.Value, strings.Join(categoryFields, ", ")),
					Token:   key,
				}
			}
			var values []format.Code
			if f.Value.Type() == ast.SequenceType {
				if err := yaml.NodeToValue(f.Value, &values, yaml.Strict()); err != nil {
					return err
				}
			} else {
				values = make([]format.Code, 1)
				if err := yaml.NodeToValue(f.Value, &values[0], yaml.Strict()); err != nil {
					return err
				}
			}
			fields[key.Value] = values
		}
		(*c)[format.FoldWord(entry.Key.GetToken().Value)] = fields
	}
	return nil
}

// categoryFields are the fields that a category can give, by name.
var categoryFields = []string{"audiences", "countries", "fields", "kind", "languages", "regions", "scope", "status", "themes"}

// feeds is the format.
type feeds struct {
	config  format.Config
	section section
}

// New makes the format from the `feed:` section of a source file.
func New(c format.Config) (format.Format, error) {
	f := &feeds{config: c}
	if err := c.Section(&f.section); err != nil {
		return nil, err
	}
	s := f.section
	for _, word := range slices.Sorted(maps.Keys(s.Categories)) {
		for _, field := range slices.Sorted(maps.Keys(s.Categories[word])) {
			if err := format.ResolveAll(c.Taxonomy, field, s.Categories[word][field]); err != nil {
				return nil, err
			}
		}
	}
	if s.Pages < 0 || s.Pages > maxPages {
		return nil, fmt.Errorf("feed.pages must be from 1 to %d", maxPages)
	}
	if o := s.Organization; o != nil && o.URL != "" && !catalog.IsWebAddress(o.URL) {
		return nil, errors.New("feed.organization.url must begin with https:// or http://")
	}
	return f, nil
}
