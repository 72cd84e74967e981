package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"clearinghouse/catalog"
)

// buffered is what texts are written through, in bytes.
const buffered = 1 << 16

// writeJSONL writes each record in its canonical form, one a line.
func writeJSONL(w io.Writer, s Set) error {
	out := bufio.NewWriterSize(w, buffered)
	err := s.each(func(entry *catalog.Entry) error {
		out.Write(entry.Record.JSON())
		return out.WriteByte('\n')
	}, func(note string) {
		line, _ := json.Marshal(map[string]string{"error": note})
		fmt.Fprintf(out, "%s\n", line)
	})
	if e := out.Flush(); err == nil {
		err = e
	}
	return err
}

// writeJSON writes one document: total, query, seq and time of the set, and its records as items.
func writeJSON(w io.Writer, s Set) error {
	out := bufio.NewWriterSize(w, buffered)
	query, err := json.Marshal(s.Query.Values().Encode())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "{\"total\":%d,\"query\":%s,\"seq\":%d,\"time\":%q,\"items\":[", s.Total, query, s.Seq, s.Time.UTC().Format(time.RFC3339))
	before := "\n"
	err = s.each(func(entry *catalog.Entry) error {
		out.WriteString(before)
		before = ",\n"
		_, err := out.Write(entry.Record.JSON())
		return err
	}, func(note string) { fmt.Fprintf(out, "\n%s\n", note) })
	if err == nil {
		out.WriteString("\n]}\n")
	}
	if e := out.Flush(); err == nil {
		err = e
	}
	return err
}
