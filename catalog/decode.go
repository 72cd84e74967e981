package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxRecordBytes is the size a record's JSON may have.
const MaxRecordBytes = 4 << 20

// DecodeRecord reads one record from its JSON form, as Decode does. The record
// is not yet cleaned or validated.
func DecodeRecord(data []byte) (*Record, error) {
	if len(data) > MaxRecordBytes {
		return nil, Errorf(Invalid, "the record has %d bytes; at most %d are taken: shorten its texts", len(data), MaxRecordBytes)
	}
	var r *Record
	if err := Decode(data, &r); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, Errorf(Invalid, "the record is null: give an object with id, kind, title and provenance")
	}
	return r, nil
}

// Decode reads JSON of the form of a record, or a part of it, into v, a pointer
// to structs, maps and lists whose fields all have a name by tag. What
// encoding/json takes in silence is an error: a key that v does not have or has
// in another case, a key that stands twice, half a surrogate pair, invalid UTF-8,
// and anything after the value. Errors are Invalid, Param the path of the key.
func Decode(data []byte, v any) error {
	if i := invalidUTF8(data); i >= 0 {
		return Errorf(Invalid, "byte %d is not UTF-8: save the file as UTF-8", i+1)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(v); err != nil {
		return jsonProblem(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Errorf(Invalid, "there is more after the record: put one record on a line")
	}
	return (&strict{data: data}).value(shapeOf(reflect.TypeOf(v)))
}

// shape is which keys the JSON of a type has: those of a struct, or any, each
// with the shape of its value; elem is that of a map's or list's values.
type shape struct {
	keys map[string]*shape
	elem *shape
}

var shapes sync.Map // reflect.Type -> *shape

func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	s := &shape{}
	switch t.Kind() {
	case reflect.Pointer:
		s = shapeOf(t.Elem())
	case reflect.Map, reflect.Slice:
		s.elem = shapeOf(t.Elem())
	case reflect.Struct:
		s.keys = make(map[string]*shape, t.NumField())
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			s.keys[name] = shapeOf(t.Field(i).Type)
		}
	}
	shapes.Store(t, s)
	return s
}

// strict reads JSON that encoding/json has taken, and so is valid and of the
// shape, for what it took in silence.
type strict struct {
	data []byte
	at   int    // what is read next
	path []byte // where that is, as in .links[0].url
}

func (d *strict) value(s *shape) error {
	here := len(d.path)
	switch d.next() {
	case '{':
		seen := map[string]bool{}
		for d.at++; d.next() != '}'; d.path = d.path[:here] {
			key, err := d.text()
			if err != nil {
				return err
			}
			d.path = append(append(d.path, '.'), key...)
			inner := s.elem
			if s.keys != nil {
				if inner = s.keys[string(key)]; inner == nil {
					return d.unknown(s, string(key))
				}
			}
			if seen[string(key)] {
				return d.errorf("stands twice: keep one of the two")
			}
			seen[string(key)] = true
			if err := d.value(inner); err != nil {
				return err
			}
		}
		d.at++
	case '[':
		d.at++
		for i := 0; d.next() != ']'; i++ {
			d.path = append(strconv.AppendInt(append(d.path, '['), int64(i), 10), ']')
			if err := d.value(s.elem); err != nil {
				return err
			}
			d.path = d.path[:here]
		}
		d.at++
	case '"':
		_, err := d.text()
		return err
	default: // a number, true, false or null
		for d.at < len(d.data) && !strings.ContainsRune(",]} \t\r\n", rune(d.data[d.at])) {
			d.at++
		}
	}
	return nil
}

// next is the byte that the next key or value begins with, or that ends the
// object or list.
func (d *strict) next() byte {
	for strings.ContainsRune(",: \t\r\n", rune(d.data[d.at])) {
		d.at++
	}
	return d.data[d.at]
}

// text reads a string. Only what is escaped is a copy.
func (d *strict) text() ([]byte, error) {
	start, escaped := d.at, false
	for d.at++; d.data[d.at] != '"'; d.at++ {
		if d.data[d.at] == '\\' {
			d.at, escaped = d.at+1, true
		}
	}
	d.at++
	raw := d.data[start:d.at]
	if !escaped {
		return raw[1 : len(raw)-1], nil
	}
	if half := loneSurrogate(raw); half != "" {
		return nil, d.errorf("holds %s, which is half a character: write both halves, or the character itself", half)
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return []byte(text), err
}

func (d *strict) unknown(s *shape, key string) error {
	for name := range s.keys {
		if strings.EqualFold(name, key) {
			return d.errorf("must be written %q", name)
		}
	}
	e := d.errorf("")
	e.Message = fmt.Sprintf("unknown field %q: see section 3 of docs/design.md for the keys of a record", e.Param)
	return e
}

func (d *strict) errorf(format string, args ...any) *Error {
	return invalidAt(strings.TrimPrefix(string(d.path), "."), format, args...)
}

// loneSurrogate is the first escape in a JSON string that is half of a pair (RFC
// 8259, section 7) without the other half, "" if there is none.
func loneSurrogate(raw []byte) string {
	unit := func(i int) rune {
		if i+6 > len(raw) || raw[i] != '\\' || raw[i+1] != 'u' {
			return 0
		}
		n, _ := strconv.ParseUint(string(raw[i+2:i+6]), 16, 16)
		return rune(n)
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		switch r := unit(i); {
		case !utf16.IsSurrogate(r):
			i++ // what is escaped may be a backslash
		case utf16.DecodeRune(r, unit(i+6)) == utf8.RuneError:
			return string(raw[i : i+6])
		default:
			i += 11
		}
	}
	return ""
}

// invalidAt is an error about what stands at a path, "" for the whole.
func invalidAt(path, format string, args ...any) *Error {
	path = short(path)
	e := Errorf(Invalid, "%s "+format, append([]any{cmp.Or(path, "the record")}, args...)...)
	e.Param = path
	return e
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
func jsonProblem(err error) *Error {
	var typed *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &typed):
		value := short(strings.TrimPrefix(typed.Value, "number "))
		return invalidAt(typed.Field, "must be %s, not %s", jsonType(typed), value)
	case errors.As(err, &syntax):
		return Errorf(Invalid, "not JSON at byte %d: %v", syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Errorf(Invalid, "the record is cut off: its JSON does not end")
	}
	return Errorf(Invalid, "%s", strings.TrimPrefix(err.Error(), "json: "))
}

func jsonType(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "an object"
	case reflect.Int:
		return "a whole number of at most 18 digits"
	}
	if strings.HasPrefix(e.Value, "number ") { // it is one, but out of range
		return "a number nearer to 0"
	}
	return "a number"
}
