package table

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"

	"github.com/xuri/excelize/v2"
)

// No row can say all that an entry has: ids of organisations, which parts a page supports,
// coordinates, texts beyond the six languages. Who works on an export in a spreadsheet may leave
// columns out, too. What a row does not say stays as the entry has it, so that an export that
// is imported again as it is changes nothing.

// keep completes r, made of a row that says it was written in original, by what known has.
func (h *header) keep(r, known *catalog.Record, original string) {
	row := *r
	whole, err := json.Marshal(h.merged(asMap(r), asMap(known), ""))
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
			own := r.Part(part)[l]
			full := len(utf16.Encode([]rune(own))) >= excelize.TotalCellChars-1 // nor is a character of two units taken apart
			if full && len(own) < len(whole) && strings.HasPrefix(whole, own) { // cut when it was exported
				format.Fields[part].Text(r, l, whole)
			}
		}
	}
	r.Organizations = elements(row.Organizations, known.Organizations,
		func(o catalog.OrganizationRef) bool { return h.said[strings.TrimSuffix("organizations."+o.Role, ".")] },
		func(own, of catalog.OrganizationRef) (catalog.OrganizationRef, bool) {
			same := own.Role == of.Role && own.Name[row.Original] == known.InOriginal(of.Name)
			if h.said[strings.TrimSuffix("organizations."+of.Role, ".")+".url"] {
				of.URL = own.URL
			}
			return of, same
		})
	r.Places = elements(row.Places, known.Places,
		func(catalog.Place) bool { return h.said["places"] },
		func(own, of catalog.Place) (catalog.Place, bool) {
			return of, own.Name[row.Original] == known.InOriginal(of.Name)
		})
	r.Links = elements(row.Links, known.Links,
		func(l catalog.Link) bool { return h.said["links."+l.Rel] },
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

func asMap(r *catalog.Record) map[string]any {
	var out map[string]any
	_ = json.Unmarshal(r.JSON(), &out) // a record always is JSON
	return out
}

// merged is own, with all of known, under a path, that no column says.
func (h *header) merged(own, known map[string]any, under string) map[string]any {
	for key, value := range known {
		path := under + key
		within, deeper := value.(map[string]any)
		switch {
		case h.said[path]:
		case deeper:
			mine, _ := own[key].(map[string]any)
			if mine == nil {
				mine = map[string]any{}
			}
			if mine = h.merged(mine, within, path+"."); len(mine) > 0 {
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
