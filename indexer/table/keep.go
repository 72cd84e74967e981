package table

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// No row can say all that an entry has: ids of organisations, which parts a page supports,
// coordinates, texts beyond the six languages. Who works on an export in a spreadsheet may leave
// columns out, too. What a row does not say stays as the entry has it, so that an export that
// is imported again as it is changes nothing.

// maxCell is how many UTF-16 units a cell of a workbook can have; a longer text was cut when it
// was exported.
const maxCell = 32_767

// keep completes r, made of a row that says it was written in original, by what known has.
func (h *header) keep(r, known *catalog.Record, original string) {
	said := h.said()
	row := *r
	whole, err := json.Marshal(merged(asMap(r), asMap(known), "", said))
	*r = catalog.Record{}
	if err = errors.Join(err, json.Unmarshal(whole, r)); err != nil {
		panic("table: a record is always JSON: " + err.Error())
	}
	r.ID = row.ID
	if original == "" || original == known.Original {
		r.Original = known.Original
	}
	for _, part := range catalog.TextParts {
		for l, whole := range known.Part(part) {
			if own := r.Part(part)[l]; len(own) < len(whole) && strings.HasPrefix(whole, own) && len(utf16.Encode([]rune(own))) >= maxCell-1 {
				format.Fields[part].Text(r, l, whole)
			}
		}
	}
	name := func(t catalog.Text) string {
		s, _ := t.Choose(known.Original, known.Original)
		return s
	}
	r.Organizations = elements(row.Organizations, known.Organizations,
		func(o catalog.OrganizationRef) bool { return said[strings.TrimSuffix("organizations."+o.Role, ".")] },
		func(own, of catalog.OrganizationRef) (catalog.OrganizationRef, bool) {
			same := own.Role == of.Role && own.Name[row.Original] == name(of.Name)
			if said[strings.TrimSuffix("organizations."+of.Role, ".")+".url"] {
				of.URL = own.URL
			}
			return of, same
		})
	r.Places = elements(row.Places, known.Places,
		func(catalog.Place) bool { return said["places"] },
		func(own, of catalog.Place) (catalog.Place, bool) { return of, own.Name[row.Original] == name(of.Name) })
	r.Links = elements(row.Links, known.Links,
		func(l catalog.Link) bool { return said["links."+l.Rel] },
		func(own, of catalog.Link) (catalog.Link, bool) { return of, own.Rel == of.Rel && own.URL == of.URL })
	r.Assigned = slices.DeleteFunc(r.Assigned, func(a catalog.Assigned) bool {
		return !slices.Contains(r.Themes, a.Code) && !slices.Contains(r.Fields, a.Code)
	})
	h.keepTranslations(r, known, row.Translations)
}

// keepTranslations makes the translations of r anew; of those whose texts are as they were is
// known what they were made of. origins are those that the row says.
func (h *header) keepTranslations(r, known *catalog.Record, origins map[string]catalog.Translation) {
	r.Translations = nil
	format.AddTranslations(r)
	for l, t := range r.Translations {
		of, is := known.Translations[l]
		if !slices.ContainsFunc(catalog.TextParts, func(part string) bool { return r.Part(part)[l] != known.Part(part)[l] }) {
			if !is {
				delete(r.Translations, l)
				continue
			}
			t = of
		} else if is {
			t.Origin = of.Origin
		}
		if said, is := origins[l]; is && len(h.origins) > 0 {
			t.Origin = said.Origin
		}
		r.Translations[l] = t
	}
}

// said are the paths in a record that the columns say, as in "title.fr" and "cost.amount".
func (h *header) said() map[string]bool {
	out := map[string]bool{}
	for _, b := range h.bound {
		path := b.field
		if b.language != "" {
			path += "." + b.language
		}
		out[path] = true
	}
	return out
}

func asMap(r *catalog.Record) map[string]any {
	var out map[string]any
	_ = json.Unmarshal(r.JSON(), &out) // a record always is JSON
	return out
}

// merged is own, with all of known that no column says.
func merged(own, known map[string]any, under string, said map[string]bool) map[string]any {
	for key, value := range known {
		path := under + key
		within, deeper := value.(map[string]any)
		switch {
		case said[path]:
		case deeper:
			mine, _ := own[key].(map[string]any)
			if mine == nil {
				mine = map[string]any{}
			}
			if mine = merged(mine, within, path+".", said); len(mine) > 0 {
				own[key] = mine
			}
		default:
			own[key] = value
		}
	}
	return own
}

// elements are those of known that no column has, or that own has too, in their order, and then
// what is new. same completes an element by the known one and reports whether it is that.
func elements[T any](own, known []T, said func(T) bool, same func(own, of T) (T, bool)) []T {
	own = slices.Clone(own)
	var out []T
	for _, of := range known {
		if !said(of) {
			out = append(out, of)
			continue
		}
		for i, mine := range own {
			if complete, is := same(mine, of); is {
				out, own = append(out, complete), slices.Delete(own, i, i+1)
				break
			}
		}
	}
	return append(out, own...)
}
