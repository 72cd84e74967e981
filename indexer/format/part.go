package format

import "clearinghouse/catalog"

// A result has at most partItems items and ends once it has partBytes of them, so
// that memory does not grow with the body.
const (
	partItems = 500
	partBytes = 8 << 20
)

// Part counts the items of one result.
type Part struct {
	Items int
	size  int
}

// Full counts one more of a size in bytes, and reports whether the result ends with
// it; then the next one begins.
func (p *Part) Full(size int) bool {
	p.Items++
	p.size += size
	if p.Items < partItems && p.size < partBytes {
		return false
	}
	*p = Part{}
	return true
}

// Refuse is a refusal for one reason; id may be empty, and so may path.
func Refuse(id, where, path, code, message string) catalog.Refusal {
	return catalog.Refusal{ID: id, Where: where, Reasons: []catalog.Reason{{Path: path, Code: code, Message: message}}}
}

// SameID is the code of refusals of what has the id of another.
const SameID = "id_twice"

// Quoted shows a source's word in a message.
func Quoted(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "…"
	}
	return "“" + s + "”"
}
