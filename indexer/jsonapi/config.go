// Package jsonapi reads records from the JSON lists of web APIs: paths of the
// source file (JSONPath, RFC 9535) say where in an answer the items stand, where
// in an item the fields of its record, and how the list goes on.
package jsonapi

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
	"github.com/theory/jsonpath"
)

// section is the `jsonapi:` of a source file.
type section struct {
	Items  query  `yaml:"items"` // the array of items in an answer; without it, the answer itself
	ID     *field `yaml:"id"`    // the source's own id of an item
	Fields fields `yaml:"fields"`
	Total  *query `yaml:"total"` // how many items the whole list has

	// How the list goes on: one of these, or none.
	Page   *pageNumber `yaml:"page"`
	Offset *offset     `yaml:"offset"`
	Cursor *cursor     `yaml:"cursor"`
	Next   string      `yaml:"next"` // path to the address of the next page, or "link" for the Link header
	next   *query
}

// pageNumber counts pages in a parameter of the address.
type pageNumber struct {
	Parameter     string `yaml:"parameter"`
	Start         *int   `yaml:"start"` // number of the first page; 1 without it
	SizeParameter string `yaml:"size_parameter"`
	Size          int    `yaml:"size"`
}

// offset counts items in a parameter of the address.
type offset struct {
	Parameter      string `yaml:"parameter"`
	LimitParameter string `yaml:"limit_parameter"`
	Limit          int    `yaml:"limit"`
}

// cursor sends a value of one answer with the next request.
type cursor struct {
	Parameter string `yaml:"parameter"`
	From      query  `yaml:"from"`
}

// query is a JSONPath. In a source file "$." may be left out.
type query struct {
	*jsonpath.Path
	text string
}

// String is the path as the source file has it.
func (q query) String() string { return q.text }

// UnmarshalYAML reads a path; its error carries the place in the file.
func (q *query) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text, yaml.Strict()); err != nil {
		return err
	}
	var err error
	if *q, err = parseQuery(text); err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

func parseQuery(text string) (query, error) {
	whole := text
	if !strings.HasPrefix(text, "$") {
		whole = "$." + text
	}
	p, err := jsonpath.Parse(whole)
	if err != nil {
		return query{}, fmt.Errorf("%q is not a JSONPath, as in $.data[*].name: %w", text, err)
	}
	return query{p, text}, nil
}

// find lists what the path finds, in an order that does not change.
func (q query) find(in any) []any {
	if q.Query().Singular() != nil {
		return q.Select(in)
	}
	located := q.SelectLocated(in)
	located.Sort()
	out := make([]any, 0, len(located))
	for node := range located.Nodes() {
		out = append(out, node)
	}
	return out
}

// field says where a field of the record stands in an item. In a source file it
// is a path alone, or a map of this.
type field struct {
	Path      query        `yaml:"path"`
	Map       format.Words `yaml:"map"`       // the API's words -> what the record gets
	Separator string       `yaml:"separator"` // between several values in one string
	Template  string       `yaml:"template"`  // what the value stands in, at {}, as in https://site.example/projects/{}
	Languages bool         `yaml:"languages"` // the value is an object of texts by their languages
}

// UnmarshalYAML reads both forms of a field.
func (f *field) UnmarshalYAML(node ast.Node) error {
	if node.Type() != ast.MappingType {
		return f.Path.UnmarshalYAML(node)
	}
	type long field
	if err := yaml.NodeToValue(node, (*long)(f), yaml.Strict()); err != nil {
		return err
	}
	switch {
	case f.Path.Path == nil:
		return &yaml.SyntaxError{Message: "path is missing: say where in an item the value stands", Token: node.GetToken()}
	case f.Template != "" && !strings.Contains(f.Template, "{}"):
		return &yaml.SyntaxError{Message: "template must say by {} where the value goes", Token: node.GetToken()}
	}
	return nil
}

// fields are the fields of the record by name, as in format.Fields; the name of
// a text may end in a language, as in title@fr.
type fields map[string]field

// UnmarshalYAML reads the fields; an unknown name is an error that carries its
// place in the file.
func (f *fields) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return &yaml.SyntaxError{Message: "fields must be a map from a field of the record to a path", Token: node.GetToken()}
	}
	*f = fields{}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		name, language, tagged := strings.Cut(key.Value, "@")
		of, known := format.Fields[name]
		var value field
		if !known {
			return &yaml.SyntaxError{
				Message: fmt.Sprintf("%q is not a field that an item can give; it may be %s", name, strings.Join(format.FieldNames(), ", ")),
				Token:   key,
			}
		}
		if err := value.UnmarshalYAML(entry.Value); err != nil {
			return err
		}
		_, isLanguage := format.Language(language)
		switch {
		case tagged && of.Text == nil:
			return &yaml.SyntaxError{Message: fmt.Sprintf("%s is no text and has no language: leave out @%s", name, language), Token: key}
		case tagged && !isLanguage:
			return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a language: give a BCP 47 tag, as in title@fr", language), Token: key}
		case value.Languages && (of.Text == nil || tagged):
			return &yaml.SyntaxError{Message: "languages is for a text without @ only", Token: key}
		}
		(*f)[key.Value] = value
	}
	return nil
}

// list is the format.
type list struct {
	config  format.Config
	section section
}

// New makes the format from the `jsonapi:` section of a source file.
func New(c format.Config) (format.Format, error) {
	l := &list{config: c}
	s := &l.section
	if err := c.Section(s); err != nil {
		return nil, err
	}
	titled := false
	for _, key := range slices.Sorted(maps.Keys(s.Fields)) {
		name, _, _ := strings.Cut(key, "@")
		titled = titled || name == "title"
		if err := s.Fields[key].Map.Resolve(c.Taxonomy, name); err != nil {
			return nil, err
		}
	}
	ways := 0
	for _, is := range []bool{s.Page != nil, s.Offset != nil, s.Cursor != nil, s.Next != ""} {
		if is {
			ways++
		}
	}
	switch {
	case s.ID == nil:
		return nil, errors.New("jsonapi.id is missing: give the path of an item's id, as in $.id")
	case !titled:
		return nil, errors.New("jsonapi.fields.title is missing: give the path of the title, as in $.name")
	case ways > 1:
		return nil, errors.New("jsonapi can go on in one way only: give one of page, offset, cursor and next")
	case s.Page != nil && s.Page.Parameter == "":
		return nil, errors.New("jsonapi.page needs its parameter, as in {parameter: page}")
	case s.Page != nil && (s.Page.SizeParameter == "") != (s.Page.Size == 0):
		return nil, errors.New("jsonapi.page needs size_parameter and size together, as in {parameter: page, size_parameter: per_page, size: 100}")
	case s.Offset != nil && s.Offset.Parameter == "":
		return nil, errors.New("jsonapi.offset needs its parameter, as in {parameter: offset}")
	case s.Offset != nil && (s.Offset.LimitParameter == "") != (s.Offset.Limit == 0):
		return nil, errors.New("jsonapi.offset needs limit_parameter and limit together, as in {parameter: offset, limit_parameter: limit, limit: 100}")
	case s.Cursor != nil && (s.Cursor.Parameter == "" || s.Cursor.From.Path == nil):
		return nil, errors.New(`jsonapi.cursor needs parameter and from, as in {parameter: cursor, from: "$.meta.next_cursor"}`)
	}
	if s.Page != nil && s.Page.Size < 0 || s.Offset != nil && s.Offset.Limit < 0 {
		return nil, errors.New("jsonapi: the size of a page cannot be negative")
	}
	if s.Items.Path == nil {
		s.Items, _ = parseQuery("$")
	}
	if s.Next != "" && s.Next != "link" {
		q, err := parseQuery(s.Next)
		if err != nil {
			return nil, fmt.Errorf("jsonapi.next: %w", err)
		}
		s.next = &q
	}
	return l, nil
}

// language is that of texts that say nothing else: the item's original, else
// what the source file says.
func (l *list) language(r *catalog.Record) string {
	for _, tag := range []string{r.Original, l.config.Language} {
		if language, ok := format.Language(tag); ok {
			return language
		}
	}
	return ""
}
