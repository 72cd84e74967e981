package export

import (
	"bufio"
	"io"

	"clearinghouse/catalog"
)

func writeRIS(w io.Writer, s Set) error { return references(w, s, RIS, "N1  - ") }

func writeBibTeX(w io.Writer, s Set) error { return references(w, s, BibTeX, "@comment ") }

// references writes a reference to each entry, with an empty line between them.
func references(w io.Writer, s Set, write func(io.Writer, Citation) error, remark string) error {
	out := bufio.NewWriterSize(w, buffered)
	first := true
	err := s.each(func(entry *catalog.Entry) error {
		if !first {
			out.WriteString("\r\n")
		}
		first = false
		return write(out, NewCitation(entry, s.Query.Language, s.BaseURL, func(theme string) string { return s.Taxonomy.Label("theme", theme, s.Query.Language) }))
	}, func(note string) { out.WriteString(remark + note + "\r\n") })
	if e := out.Flush(); err == nil {
		err = e
	}
	return err
}
