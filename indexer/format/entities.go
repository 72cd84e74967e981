package format

import (
	"regexp"
	"strings"
)

// Entities are the names of those that a document defines itself, which are not
// read: what they stand for may be many times as large as the document.
type Entities map[string]bool

var entity = regexp.MustCompile(`<!ENTITY\s+([^\s%"'<>&;]+)\s`)

// maxEntities is how many of a document are known.
const maxEntities = 1_000

// DefinedIn lists the entities that a DOCTYPE defines.
func DefinedIn(doctype []byte) Entities {
	out := Entities{}
	for _, m := range entity.FindAllSubmatch(doctype, maxEntities) {
		out[string(m[1])] = true
	}
	return out
}

// In is the name of the first of them that stands in one of the texts, "" without
// one.
func (e Entities) In(texts ...string) string {
	if len(e) == 0 {
		return ""
	}
	for _, text := range texts {
		for {
			_, rest, found := strings.Cut(text, "&")
			if !found {
				break
			}
			if name, _, closed := strings.Cut(rest, ";"); closed && e[name] {
				return name
			}
			text = rest
		}
	}
	return ""
}
