package export

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// Citation is what a reference to a record needs, in the language of whoever cites it.
type Citation struct {
	ID       string
	Title    string
	Authors  []string // the organisations that lead it, else all
	Date     []int    // of its beginning: year, month and day as far as they are known
	Abstract string
	Keywords []string
	Language string
	URL      string // of the entry, or of the record's own page if the site has no public address
	Note     string // where it is from and under which licence
}

// NewCitation is that of an entry for readers of a language. base is the public address of the
// site, "" if it has none; label names the themes.
func NewCitation(entry *catalog.Entry, lang, base string, label func(theme string) string) Citation {
	r := &entry.Record
	title, language := r.Title.Choose(lang, r.Original)
	abstract, _ := r.Summary.Choose(lang, r.Original)
	c := Citation{ID: r.ID, Title: title, Language: language, Abstract: abstract, URL: r.URL, Note: "Clearinghouse " + r.ID}
	if base != "" {
		c.URL = entryURL(r, lang, base)
	}
	for _, licence := range entry.Licences() {
		c.Note += ", " + licence
	}
	for _, part := range strings.Split(r.Start, "-") {
		if n, err := strconv.Atoi(part); err == nil {
			c.Date = append(c.Date, n)
		}
	}
	for _, leads := range []bool{true, false} {
		for _, o := range r.Organizations {
			if name, _ := o.Name.Choose(lang, r.Original); name != "" && (o.Role == "lead" || !leads) {
				c.Authors = append(c.Authors, name)
			}
		}
		if len(c.Authors) > 0 {
			break
		}
	}
	for _, theme := range r.Themes {
		c.Keywords = append(c.Keywords, label(theme))
	}
	return c
}

// entryURL is the address of the page of a record.
func entryURL(r *catalog.Record, lang, base string) string {
	return base + "/" + lang + "/records/" + r.ID
}

// line is s without what would begin a new line of a file.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// RIS writes c in the format of Research Information Systems, as reference managers read it.
func RIS(w io.Writer, c Citation) error {
	var b strings.Builder
	tag := func(name string, values ...string) {
		for _, value := range values {
			if value = line(value); value != "" {
				fmt.Fprintf(&b, "%s  - %s\r\n", name, value)
			}
		}
	}
	tag("TY", "ELEC")
	tag("ID", c.ID)
	tag("TI", c.Title)
	tag("AU", c.Authors...)
	if len(c.Date) > 0 {
		date := [3]string{}
		for i, n := range c.Date[:min(3, len(c.Date))] {
			date[i] = fmt.Sprintf("%02d", n)
		}
		date[0] = c.year()
		tag("PY", date[0])
		tag("DA", strings.Join(date[:], "/")+"/")
	}
	tag("AB", c.Abstract)
	tag("KW", c.Keywords...)
	tag("LA", c.Language)
	tag("UR", c.URL)
	tag("N1", c.Note)
	b.WriteString("ER  - \r\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// year is that of its date, "" if there is none.
func (c Citation) year() string {
	if len(c.Date) == 0 {
		return ""
	}
	return fmt.Sprintf("%04d", c.Date[0])
}

// escaped are the characters that mean something to TeX; a brace with a backslash still counts
// for BibTeX, which wants as many that close as open.
var escaped = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\textbraceleft{}`, "}", `\textbraceright{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)

// BibTeX writes c as an entry for BibTeX and biblatex, in UTF-8.
func BibTeX(w io.Writer, c Citation) error {
	var b strings.Builder
	key := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(":._-", r) {
			return r
		}
		return '-'
	}, c.ID)
	fmt.Fprintf(&b, "@misc{%s,\n", key)
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %s = {%s},\n", name, value)
		}
	}
	var authors []string
	for _, a := range c.Authors {
		authors = append(authors, "{"+escaped.Replace(line(a))+"}") // braces: an organisation has no first name
	}
	field("title", "{"+escaped.Replace(line(c.Title))+"}")
	field("author", strings.Join(authors, " and "))
	field("year", c.year())
	field("abstract", escaped.Replace(line(c.Abstract)))
	field("keywords", escaped.Replace(line(strings.Join(c.Keywords, ", "))))
	field("language", c.Language)
	field("url", strings.NewReplacer("{", "%7B", "}", "%7D", `\`, "%5C").Replace(c.URL))
	field("note", escaped.Replace(line(c.Note)))
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// CSLJSON writes c as the one item of a list in CSL-JSON, which citation processors read.
func CSLJSON(w io.Writer, c Citation) error {
	item := map[string]any{"id": c.ID, "type": "webpage", "title": line(c.Title), "note": c.Note}
	for name, value := range map[string]string{"abstract": line(c.Abstract), "keyword": strings.Join(c.Keywords, ", "), "language": c.Language, "URL": c.URL} {
		if value != "" {
			item[name] = value
		}
	}
	authors := []any{}
	for _, name := range c.Authors {
		authors = append(authors, map[string]string{"literal": name})
	}
	if len(authors) > 0 {
		item["author"] = authors
	}
	if len(c.Date) > 0 {
		item["issued"] = map[string]any{"date-parts": [][]int{c.Date}}
	}
	return indented(w, []any{item})
}
