// Package iati reads the activity files that aid organisations publish by the
// standard of the International Aid Transparency Initiative (iatistandard.org),
// versions 1.01 to 2.03.
package iati

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section is the `iati:` of a source file. A sector is named by its code in the
// list of the OECD's Development Assistance Committee (DAC), or by the digits
// that the codes of several begin with.
type section struct {
	OnlySectors []prefix          `yaml:"only_sectors"` // without it, all activities are taken
	Sectors     map[prefix]topics `yaml:"sectors"`
	Page        string            `yaml:"page"` // address of the page of an activity, {id} standing for its identifier
}

// topics are what the activities of a sector are about.
type topics struct {
	Themes []format.Code `yaml:"themes"`
	Fields []format.Code `yaml:"fields"`
}

// prefix is what sector codes begin with.
type prefix string

var prefixForm = regexp.MustCompile(`^[0-9]{2,5}$`)

// UnmarshalYAML reads a prefix; its error carries the place in the file.
func (p *prefix) UnmarshalYAML(node ast.Node) error {
	if *p = prefix(node.GetToken().Value); !prefixForm.MatchString(string(*p)) {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a sector of the OECD DAC: give a code as 15160, or the digits that codes begin with, as 151", *p), Token: node.GetToken()}
	}
	return nil
}

// files is the format.
type files struct {
	config  format.Config
	section section
}

// New makes the format from the `iati:` section of a source file.
func New(c format.Config) (format.Format, error) {
	f := &files{config: c}
	if err := c.Section(&f.section); err != nil {
		return nil, err
	}
	for _, p := range slices.Sorted(maps.Keys(f.section.Sectors)) {
		topics := f.section.Sectors[p]
		if !prefixForm.MatchString(string(p)) {
			return nil, fmt.Errorf("iati.sectors: %q is not a sector of the OECD DAC: give a code as 15160, or the digits that codes begin with, as 151", p)
		}
		if len(topics.Themes)+len(topics.Fields) == 0 {
			return nil, fmt.Errorf("iati.sectors: %s has no themes and no fields: give one, as in {themes: [dialogue]}", p)
		}
		if err := cmp.Or(format.ResolveAll(c.Taxonomy, "themes", topics.Themes), format.ResolveAll(c.Taxonomy, "fields", topics.Fields)); err != nil {
			return nil, err
		}
	}
	if p := f.section.Page; p != "" && (!strings.Contains(p, "{id}") || !catalog.IsWebAddress(f.page("XX-1"))) {
		return nil, fmt.Errorf("iati.page %q must be an address with {id} in it, as in https://d-portal.org/q.html?aid={id}", p)
	}
	return f, nil
}

// page is the address of an activity's page, "" without one.
func (f *files) page(id string) string {
	return strings.ReplaceAll(f.section.Page, "{id}", strings.ReplaceAll(url.QueryEscape(id), "+", "%20"))
}
