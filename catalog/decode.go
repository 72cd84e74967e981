package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxRecordBytes is the size a record's JSON may have.
const MaxRecordBytes = 4 << 20

// DecodeRecord reads one record from its JSON form. A key that a record does
// not have is an error and not dropped in silence, as are invalid UTF-8 and
// anything after the record. The record is not yet cleaned or validated.
func DecodeRecord(data []byte) (*Record, error) {
	if len(data) > MaxRecordBytes {
		return nil, Errorf(Invalid, "the record has %d bytes; at most %d are taken: shorten its texts", len(data), MaxRecordBytes)
	}
	if i := invalidUTF8(data); i >= 0 {
		return nil, Errorf(Invalid, "byte %d is not UTF-8: save the file as UTF-8", i+1)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r *Record
	if err := dec.Decode(&r); err != nil {
		return nil, Errorf(Invalid, "%s", jsonProblem(err))
	}
	if r == nil {
		return nil, Errorf(Invalid, "the record is null: give an object with id, kind, title and provenance")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, Errorf(Invalid, "there is more after the record: put one record on a line")
	}
	return r, nil
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// jsonProblem says what is wrong with JSON without the words of the decoder.
func jsonProblem(err error) string {
	var typed *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &typed):
		where := "the record"
		if typed.Field != "" {
			where = typed.Field
		}
		return fmt.Sprintf("%s must be %s, not %s", where, jsonType(typed), typed.Value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("not JSON at byte %d: %v", syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the record is cut off: its JSON does not end"
	}
	return strings.TrimPrefix(err.Error(), "json: ") + ": see section 3 of docs/design.md for the keys of a record"
}

func jsonType(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "string":
		return "a text"
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "map", "struct", "ptr":
		return "an object"
	}
	return "a number"
}
