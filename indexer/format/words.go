package format

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clearinghouse/catalog"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"golang.org/x/text/unicode/norm"
)

// Code is what a source file gives a field of the record, and its place in the
// file.
type Code struct {
	Value string
	at    *token.Token
}

// UnmarshalYAML reads a code.
func (c *Code) UnmarshalYAML(node ast.Node) error {
	c.at = node.GetToken()
	return yaml.NodeToValue(node, &c.Value, yaml.Strict())
}

// dimensions are the dimensions of the taxonomy that have the codes of Fields.
var dimensions = map[string]string{
	"kind": "kind", "scope": "scope", "status": "status", "evidence": "evidence", "alliance_role": "alliance_role", "fields": "field",
	"themes": "theme", "audiences": "audience", "countries": "country", "regions": "region", "languages": "language", "original": "language",
}

// maxNamed is how many codes an error names.
const maxNamed = 40

// Resolve makes a code of a label or synonym, if the field of the record, by its
// name in Fields, has codes. What is none is an error that carries its place in
// the file; what is empty stays so. Without a taxonomy nothing is checked.
func (c *Code) Resolve(t *catalog.Taxonomy, field string) error {
	dimension := dimensions[field]
	if t == nil || dimension == "" || c.Value == "" {
		return nil
	}
	code, ok := "", false
	if dimension == "language" {
		code, ok = Language(c.Value)
	}
	if !ok {
		code, ok = t.Find(dimension, c.Value)
	}
	if !ok {
		known := "give its code, or its name in one of the six languages"
		if codes := t.Codes(dimension); len(codes) <= maxNamed {
			known = "it may be " + strings.Join(codes, ", ")
		}
		return &yaml.SyntaxError{Message: fmt.Sprintf("%s %q is not known; %s", dimension, c.Value, known), Token: c.at}
	}
	c.Value = code
	return nil
}

// ResolveAll makes codes of labels and synonyms as Resolve does.
func ResolveAll(t *catalog.Taxonomy, field string, codes []Code) error {
	for i := range codes {
		if err := codes[i].Resolve(t, field); err != nil {
			return err
		}
	}
	return nil
}

// Words are the words of a source, folded, and what the record gets for each: ""
// leaves a word out.
type Words map[string]Code

// UnmarshalYAML reads the words; an error carries its place in the file.
func (w *Words) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return &yaml.SyntaxError{Message: "map must be a map from the source's words to what the record gets, as in {interfaith: dialogue}", Token: node.GetToken()}
	}
	*w = Words{}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		word := FoldWord(key.Value)
		if _, twice := (*w)[word]; twice {
			return &yaml.SyntaxError{Message: fmt.Sprintf("%q is there twice: capitals and spaces make no other word", key.Value), Token: key}
		}
		var to Code
		if err := to.UnmarshalYAML(entry.Value); err != nil {
			return err
		}
		(*w)[word] = to
	}
	return nil
}

// Set says what the record gets for a word of the source.
func (w Words) Set(word, code string) { w[FoldWord(word)] = Code{Value: code} }

// Get is what the record gets for a word of the source, and whether it is one of
// these.
func (w Words) Get(word string) (string, bool) {
	to, ok := w[FoldWord(word)]
	return to.Value, ok
}

// Resolve makes codes of labels and synonyms as that of Code does.
func (w Words) Resolve(t *catalog.Taxonomy, field string) error {
	for _, word := range slices.Sorted(maps.Keys(w)) {
		to := w[word]
		if err := to.Resolve(t, field); err != nil {
			return err
		}
		w[word] = to
	}
	return nil
}

// FoldWord makes words equal that differ in capitals and white space only, or look
// the same.
func FoldWord(word string) string { return strings.ToLower(Line(norm.NFC.String(word))) }

// ByField is a map of a source file from fields of the record, by their names in
// Fields, to where V says that they are found.
type ByField[V any] map[string]V

// UnmarshalYAML reads the map; an unknown name is an error that carries its place
// in the file.
func (f *ByField[V]) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return &yaml.SyntaxError{Message: "fields must be a map, from a field of the record to where it is found", Token: node.GetToken()}
	}
	*f = ByField[V]{}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken()
		if _, known := Fields[key.Value]; !known {
			return &yaml.SyntaxError{
				Message: fmt.Sprintf("%q is not a field that can be given; it may be %s", key.Value, strings.Join(FieldNames(), ", ")),
				Token:   key,
			}
		}
		var value V
		if err := yaml.NodeToValue(entry.Value, &value, yaml.Strict()); err != nil {
			return err
		}
		(*f)[key.Value] = value
	}
	return nil
}
