package jsonld

import (
	"cmp"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// mapped puts in the properties that the source file maps.
func (a *adapter) mapped() {
	for _, name := range format.FieldNames() {
		f, ok := a.section.Fields[name]
		if !ok {
			continue
		}
		set := format.Fields[name]
		found := a.node.values(f.Property)
		if set.Text != nil {
			for language, s := range a.text(set.Line, found) {
				set.Text(a.record, language, s)
			}
			continue
		}
		var values []string
		for _, v := range found {
			s := v.text
			if v.node != nil {
				s = cmp.Or(v.node.first("name"), v.node.id)
			}
			parts := []string{s}
			if f.Property == "keywords" {
				parts = strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;،，、", r) })
			}
			for _, part := range parts {
				part = format.Line(format.PlainText(part))
				if f.Map != nil {
					part, _ = f.Map.Get(part)
				}
				if set.Address {
					part = a.graph.resolve(part)
				}
				if part != "" && len(values) < catalog.MaxList && !slices.Contains(values, part) {
					values = append(values, part)
				}
			}
		}
		if err := set.Values(a.record, values); err != nil {
			a.leaveOut(name, "%v", err)
		}
	}
}

func (a *adapter) audiences() {
	for _, v := range a.all("audience") {
		s := v.text
		if v.node != nil {
			s = v.node.first("audienceType", "educationalRole", "name")
		}
		for part := range strings.SplitSeq(s, ",") {
			if part = format.Line(format.PlainText(part)); part != "" && len(a.record.Audiences) < catalog.MaxList {
				a.record.Audiences = append(a.record.Audiences, part)
			}
		}
	}
}

// cost puts in the amount of a grant.
func (a *adapter) cost() {
	for _, v := range a.all("amount", "budget") {
		c := catalog.Cost{Amount: v.text, Currency: a.first("currency")}
		if v.node != nil {
			c.Amount, c.Currency = v.node.first("value", "maxValue"), v.node.first("currency")
		}
		if c.Amount != "" && a.record.Cost == nil && a.record.Kind != "resource" {
			a.record.Cost = &c
		}
	}
}
