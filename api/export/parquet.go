package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"clearinghouse/catalog"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// rowGroup is how many rows are held in memory.
const rowGroup = 5_000

// leaf is a column of the file: columns of a group are in the order of their names.
type leaf struct {
	name string
	column
}

// leaves are the columns of the table, and the whole record as JSON.
var leaves = sync.OnceValue(func() (out []leaf) {
	for _, c := range columns() {
		out = append(out, leaf{parquetName(c.code), c})
	}
	out = append(out, leaf{"record", column{"record", words, func(e *catalog.Entry, _ *catalog.Taxonomy) []string { return []string{string(e.Record.JSON())} }}})
	slices.SortFunc(out, func(a, b leaf) int { return strings.Compare(a.name, b.name) })
	return out
})

// parquetName is a code without what has to be quoted in SQL: title_en, links_report.
func parquetName(code string) string { return strings.NewReplacer("@", "_", ".", "_").Replace(code) }

var parquetSchema = sync.OnceValue(func() *parquet.Schema {
	group := parquet.Group{}
	for _, l := range leaves() {
		switch l.form {
		case list:
			group[l.name] = parquet.List(parquet.String())
		case whole:
			group[l.name] = parquet.Optional(parquet.Int(64))
		case decimal:
			group[l.name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		case truth:
			group[l.name] = parquet.Optional(parquet.Leaf(parquet.BooleanType))
		case instant:
			group[l.name] = parquet.Optional(parquet.Timestamp(parquet.Millisecond))
		default:
			group[l.name] = parquet.Optional(parquet.String())
		}
	}
	return parquet.NewSchema("entries", group)
})

// writeParquet writes an Apache Parquet file: the columns of the table with lists as lists, and
// the whole record as JSON.
func writeParquet(w io.Writer, s Set) error {
	out := parquet.NewGenericWriter[any](w, parquetSchema(), parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(rowGroup),
		parquet.KeyValueMetadata("query", s.Query.Values().Encode()), parquet.KeyValueMetadata("seq", strconv.FormatUint(s.Seq, 10)))
	row := make([]parquet.Row, 1)
	err := s.each(func(entry *catalog.Entry) error {
		row[0] = row[0][:0]
		for i, l := range leaves() {
			row[0] = l.values(row[0], i, l.of(entry, s.Taxonomy))
		}
		_, err := out.WriteRows(row)
		return err
	}, func(string) {})
	if err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return out.Close()
}

// values appends the values of a leaf with their levels (Dremel encoding).
func (l leaf) values(row parquet.Row, index int, values []string) parquet.Row {
	if l.form == list {
		if len(values) == 0 {
			return append(row, parquet.NullValue().Level(0, 0, index))
		}
		for i, v := range values {
			row = append(row, parquet.ByteArrayValue([]byte(v)).Level(min(i, 1), 1, index))
		}
		return row
	}
	if v, ok := l.value(values); ok {
		return append(row, v.Level(0, 1, index))
	}
	return append(row, parquet.NullValue().Level(0, 0, index))
}

func (l leaf) value(values []string) (parquet.Value, bool) {
	if len(values) == 0 {
		return parquet.Value{}, false
	}
	text := values[0]
	switch l.form {
	case whole:
		n, err := strconv.ParseInt(text, 10, 64)
		return parquet.Int64Value(n), err == nil
	case decimal:
		f, err := strconv.ParseFloat(text, 64)
		return parquet.DoubleValue(f), err == nil
	case truth:
		return parquet.BooleanValue(text == "true"), true
	case instant:
		t, err := time.Parse(time.RFC3339, text)
		return parquet.Int64Value(t.UnixMilli()), err == nil
	}
	return parquet.ByteArrayValue([]byte(text)), true
}
