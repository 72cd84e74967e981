package format

import (
	"fmt"
	"io"
)

// MaxWhole is the most that is read of a body which cannot be read in parts, in bytes.
const MaxWhole = 32 << 20

// ReadWhole reads such a body.
func ReadWhole(body io.Reader) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(body, MaxWhole+1))
	if err == nil && len(out) > MaxWhole {
		err = fmt.Errorf("it is larger than %d MiB, the most that can be read at once of this format whatever max_size says", MaxWhole>>20)
	}
	return out, err
}

// MaxTree is the most that the trees which are made of a body may take beside their
// texts, in bytes of memory.
const MaxTree = 64 << 20

// MaxJSONDepth is how deep values of JSON may stand in one another.
const MaxJSONDepth = 100

// What the parts of trees take at least, in bytes.
const (
	nodeSize   = 112 // of HTML
	attrSize   = 48
	valueSize  = 64 // of JSON
	objectSize = 384
)

// Tree counts what the trees of a body take, before they are made.
type Tree struct{ size int }

// add counts further bytes, and reports whether there is room for them.
func (t *Tree) add(bytes int) bool {
	t.size += bytes
	return t.size <= MaxTree
}

// JSON counts the values of a text. More than there is room for is an error.
func (t *Tree) JSON(text []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		size := 0
		switch c := text[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{':
			depth, size = depth+1, objectSize
		case c == '[':
			depth, size = depth+1, valueSize
		case c == '}', c == ']':
			depth--
		case c == ',':
			size = valueSize
		}
		if depth > MaxJSONDepth {
			return fmt.Errorf("nests deeper than %d levels", MaxJSONDepth)
		}
		if size > 0 && !t.add(size) {
			return fmt.Errorf("has more values than %d MiB of memory hold", MaxTree>>20)
		}
	}
	return nil
}
