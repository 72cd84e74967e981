package table

import (
	"regexp"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// An export has codes for headings, as in title@fr, or behind a label, as in Title (French)
// [title@fr]. Its cells are read as it writes them: see docs/design.md, Exports.

var codedTitle = regexp.MustCompile(`(^|\[)title@[A-Za-z0-9-]+\]?$`)

// coded reports a row of headings that an export wrote.
func coded(row []string) bool {
	return slices.ContainsFunc(row, func(c string) bool { return codedTitle.MatchString(strings.TrimSpace(c)) })
}

// code is that of a heading.
func code(heading string) string {
	heading = strings.TrimSpace(strings.Trim(heading, "\ufeff"))
	if inside, ok := strings.CutSuffix(heading, "]"); ok {
		if at := strings.LastIndexByte(inside, '['); at >= 0 {
			return inside[at+1:]
		}
	}
	return heading
}

// bindCodes finds the columns of an export that a record can be made of. The others follow from
// these, or are about the entry and not of it.
func bindCodes(cells []string, guarded bool) *header {
	h := &header{cells: cells, coded: true, guarded: guarded, said: map[string]bool{}}
	var others []string
	for i, c := range cells {
		name := code(c)
		if name == idField {
			h.ids = append(h.ids, i)
			h.bound = append(h.bound, bound{column: column{field: idField}, at: []int{i}})
			continue
		}
		if name == originsField {
			h.origins = append(h.origins, i)
			continue
		}
		col, err := named(name)
		if _, known := format.Fields[col.field]; err != nil || !known {
			others = append(others, name)
			continue
		}
		h.bound = append(h.bound, bound{column: col, at: []int{i}})
		path := col.field
		if col.language != "" {
			path += "." + col.language
		}
		h.said[path] = true
	}
	if others != nil {
		h.unknown = []catalog.Reason{{Code: "unknown_column", Message: "an import takes no column " + list(others) + ": what is in them is left out of all rows. Nor has a table the ids of organisations, which parts a page supports, coordinates, and texts beyond the six languages. Entries that are here already keep all this; for others, take the export as JSON Lines"}}
	}
	return h
}

// originsField is the column that says of each language who made the translation.
const originsField = "translations"

// originsOf puts in who made the translations of a record, as in fr=machine.
func (h *header) originsOf(r *catalog.Record, cells []string) {
	for _, i := range h.origins {
		for _, value := range parted(cell(cells, i)) {
			language, origin, _ := strings.Cut(value, "=")
			if t, ok := r.Translations[language]; ok && slices.Contains([]string{"author", "editor", "machine"}, origin) {
				t.Origin = origin
				r.Translations[language] = t
			}
		}
	}
}

var formula = regexp.MustCompile(`^'+[=+\-@\t\r\n＝＋－＠]`)

// unguarded takes away the apostrophe that an export put before a cell which a spreadsheet would
// have run.
func unguarded(cell string) string {
	if formula.MatchString(cell) {
		return cell[1:]
	}
	return cell
}

// parted are the values of a cell that an export joined by " | ", the empty ones too: each has
// its place. \| and \\ in it stand for | and \.
func parted(cell string) []string {
	var out []string
	var value strings.Builder
	for i := 0; i < len(cell); i++ {
		switch {
		case cell[i] == '\\' && i+1 < len(cell) && (cell[i+1] == '|' || cell[i+1] == '\\'):
			i++
			value.WriteByte(cell[i])
		case cell[i] == '|':
			out = append(out, strings.TrimSpace(value.String()))
			value.Reset()
		default:
			value.WriteByte(cell[i])
		}
	}
	return append(out, strings.TrimSpace(value.String()))
}
