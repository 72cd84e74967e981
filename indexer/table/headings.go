package table

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

//go:embed headings.json
var headingsJSON []byte

// templateKind is the kind of a row that does not say.
const templateKind = "initiative"

// heading is a column of the template.
type heading struct {
	Field   string       `json:"field"`             // as in table.columns
	List    string       `json:"list,omitempty"`    // dimension of the taxonomy, or key of lists, that the words come from
	Several bool         `json:"several,omitempty"` // words in one cell
	Needed  bool         `json:"needed,omitempty"`  // for a complete entry
	Width   float64      `json:"width"`             // in characters
	Label   catalog.Text `json:"label"`             // nil: that of catalog.Columns
	Note    catalog.Text `json:"note,omitempty"`    // what to write
}

// texts is the form of headings.json: the texts of the template in the six
// languages.
type texts struct {
	Columns []heading                 `json:"columns"`
	Lists   map[string][]catalog.Term `json:"lists"` // that the taxonomy does not have
	Sheet   catalog.Text              `json:"sheet"`
	Notes   catalog.Text              `json:"notes"` // name of the sheet that explains
	Column  catalog.Text              `json:"column"`
	Meaning catalog.Text              `json:"meaning"`
	Several catalog.Text              `json:"several"`
	Rules   []catalog.Text            `json:"rules"`
}

var template = sync.OnceValue(func() texts {
	var out texts
	if err := json.Unmarshal(headingsJSON, &out); err != nil {
		panic("table: headings.json: " + err.Error())
	}
	labels := map[string]catalog.Text{}
	for _, c := range catalog.Columns() {
		labels[c.Code] = c.Label
	}
	for i := range out.Columns {
		h := &out.Columns[i]
		code := h.Field
		if bare, ok := strings.CutPrefix(code, "organizations"); ok && (bare == "" || bare == ".url") { // of the lead, as the role says
			code = "organizations.lead" + bare
		}
		if label, ok := labels[code]; ok && h.Label == nil {
			h.Label = label
		}
	}
	return out
})

// templateColumns are the columns of the template under their headings in all
// six languages.
var templateColumns = sync.OnceValue(func() []column {
	var out []column
	for _, h := range template().Columns {
		c := column{field: idField}
		if h.Field != idField {
			var err error
			if c, err = named(h.Field); err != nil {
				panic("table: headings.json: " + err.Error())
			}
		}
		for _, l := range catalog.Languages {
			c.headings = append(c.headings, h.Label[l])
		}
		c.words = format.Words{}
		for _, term := range template().Lists[h.List] {
			for _, label := range term.Label {
				c.words.Set(label, term.Code)
			}
		}
		out = append(out, c)
	}
	return slices.Clip(out)
})
