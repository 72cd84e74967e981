package indexer

import (
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/html"
	"clearinghouse/indexer/jsonl"
)

// formats are the kinds of sources that can be read, by the name that a source
// file uses. Each is a folder and a line here.
var formats = map[string]func(format.Config) (format.Format, error){
	"html":  html.New,
	"jsonl": jsonl.New,
}
