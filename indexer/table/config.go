package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section is the `table:` of a source file.
type section struct {
	Columns   columns         `yaml:"columns"`
	ID        headings        `yaml:"id"`        // columns that together name a row for ever
	Separator string          `yaml:"separator"` // of several values in a cell, besides a line break
	Header    int             `yaml:"header"`    // number of the row with the headings; 0: it is found
	Sheet     string          `yaml:"sheet"`     // of a workbook; "": the first that is not hidden
	Delimiter delimiter       `yaml:"delimiter"` // of CSV; 0: it is found
	Encoding  format.Encoding `yaml:"encoding"`  // of CSV; "": it is found
}

// column says under which headings a field of the record stands. In a source
// file it is a heading or a list of them, or a map of this.
type column struct {
	field     string // a name of format.Fields, or one of those below
	language  string // of its text; "" is that of the row, other that of the column translation
	headings  []string
	words     format.Words // of the table -> what the record gets
	separator string
}

// Fields of a column that are none of the record by themselves, and the language
// of a text whose language stands in a column of its own.
const (
	idField     = "id"
	roleField   = "organizations.role" // of the organisations that are named without one
	otherField  = "translation"        // the language of the texts in other
	otherSuffix = "translation"
)

// headings are one heading or a list of them.
type headings []string

// UnmarshalYAML reads both forms.
func (h *headings) UnmarshalYAML(node ast.Node) error {
	if _, list := node.(*ast.SequenceNode); list {
		return yaml.NodeToValue(node, (*[]string)(h), yaml.Strict())
	}
	*h = make(headings, 1)
	return yaml.NodeToValue(node, &(*h)[0], yaml.Strict())
}

// columns are the columns in the order of the file.
type columns []column

// UnmarshalYAML reads the columns; an unknown field is an error that carries its
// place in the file.
func (c *columns) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return &yaml.SyntaxError{Message: "columns must be a map from a field of the record to the heading of its column", Token: node.GetToken()}
	}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		col, err := named(key.Value)
		if err != nil {
			return &yaml.SyntaxError{Message: err.Error(), Token: key}
		}
		var long struct {
			Column    headings     `yaml:"column"`
			Map       format.Words `yaml:"map"`
			Separator string       `yaml:"separator"`
		}
		if entry.Value.Type() == ast.MappingType {
			err = yaml.NodeToValue(entry.Value, &long, yaml.Strict())
		} else {
			err = long.Column.UnmarshalYAML(entry.Value)
		}
		if err != nil {
			return err
		}
		if len(long.Column) == 0 || slices.Contains(long.Column, "") {
			return &yaml.SyntaxError{Message: "column is missing: give the heading of the column, or a list of headings", Token: entry.Value.GetToken()}
		}
		col.headings, col.words, col.separator = long.Column, long.Map, long.Separator
		*c = append(*c, col)
	}
	return nil
}

// named is the column of a field as a source file names it: title, title@fr.
func named(name string) (column, error) {
	field, language, isText := strings.Cut(name, "@")
	known, is := format.Fields[field]
	switch {
	case isText && (!is || known.Text == nil):
		return column{}, fmt.Errorf("%q has no languages: only %s have, as in title@fr", field, strings.Join(catalog.TextParts, ", "))
	case isText && language != otherSuffix:
		tag, ok := format.Language(language)
		if !ok {
			return column{}, fmt.Errorf("%q is not a BCP 47 language tag, as in title@ar or title@zh-Hant", language)
		}
		language = tag
	case !is && field != roleField && field != otherField:
		names := append(format.FieldNames(), roleField, otherField)
		return column{}, fmt.Errorf("%q is not a field that a table can give; it may be %s", field, strings.Join(names, ", "))
	}
	return column{field: field, language: language}, nil
}

// delimiter is the character between the cells of a CSV file.
type delimiter rune

// UnmarshalYAML reads the character, or tab.
func (d *delimiter) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text, yaml.Strict()); err != nil {
		return err
	}
	for _, known := range delimiters {
		if text == string(known) || text == "tab" && known == '\t' {
			*d = delimiter(known)
			return nil
		}
	}
	return &yaml.SyntaxError{Message: fmt.Sprintf("%q cannot be the delimiter: it may be \",\", \";\", \"|\" or tab", text), Token: node.GetToken()}
}

// sheets is the format.
type sheets struct {
	addresses []string
	language  string // of rows that do not say
	kind      string // of rows that do not say
	taxonomy  *catalog.Taxonomy
	section   section
	columns   []column
	names     map[string][]int // folded headings -> places in columns
	template  bool             // the columns are those of the template, none of which must be there
	source    string           // of the rows of an import: their ids are whole then
}

// New makes the format from the `table:` section of a source file. Without one
// the headings of the template are expected.
func New(c format.Config) (format.Format, error) {
	s := &sheets{addresses: c.Addresses, language: c.Language, taxonomy: c.Taxonomy}
	if err := c.Section(&s.section); err != nil {
		return nil, err
	}
	switch {
	case s.section.Header < 0 || s.section.Header > maxHeader:
		return nil, fmt.Errorf("table.header must be the number of a row from 1 to %d", maxHeader)
	case s.section.ID != nil && slices.Contains(s.section.ID, ""):
		return nil, errors.New("table.id must be the heading of a column, or a list of headings")
	case len(s.section.Columns) == 0:
		s.template, s.columns = true, templateColumns()
		if c.Kind == "" {
			s.kind = templateKind
		}
	default:
		s.columns = s.section.Columns
		for _, c := range s.columns {
			if err := c.words.Resolve(s.taxonomy, c.field); err != nil {
				return nil, err
			}
		}
		if !slices.ContainsFunc(s.columns, func(c column) bool { return c.field == "title" }) {
			return nil, errors.New("table.columns.title is missing: give the heading of the column with the titles")
		}
		if s.has(otherSuffix) && !slices.ContainsFunc(s.columns, func(c column) bool { return c.field == otherField }) {
			return nil, errors.New("table.columns.translation is missing: give the heading of the column that names the other language")
		}
	}
	if s.section.ID != nil {
		s.columns = slices.DeleteFunc(slices.Clone(s.columns), func(c column) bool { return c.field == idField })
		for _, h := range s.section.ID {
			s.columns = append(s.columns, column{field: idField, headings: []string{h}})
		}
	}
	return s.named(), nil
}

// named fills names.
func (s *sheets) named() *sheets {
	s.names = map[string][]int{}
	for i, c := range s.columns {
		for _, h := range c.headings {
			if f := fold(h); !slices.Contains(s.names[f], i) {
				s.names[f] = append(s.names[f], i)
			}
		}
	}
	return s
}

func (s *sheets) has(language string) bool {
	return slices.ContainsFunc(s.columns, func(c column) bool { return c.language == language })
}

// Import makes the format of a filled template that somebody hands in: the
// records are those of source, unless a row's id names another.
func Import(source string, t *catalog.Taxonomy) format.Format {
	return (&sheets{taxonomy: t, kind: templateKind, columns: templateColumns(), template: true, source: source}).named()
}
