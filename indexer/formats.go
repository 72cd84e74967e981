package indexer

import (
	"clearinghouse/indexer/feed"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/html"
	"clearinghouse/indexer/iati"
	"clearinghouse/indexer/jsonapi"
	"clearinghouse/indexer/jsonl"
	"clearinghouse/indexer/jsonld"
	"clearinghouse/indexer/oaipmh"
	"clearinghouse/indexer/table"
)

// formats are the kinds of sources that can be read, by the name that a source
// file uses. Each is a folder and a line here.
var formats = map[string]func(format.Config) (format.Format, error){
	"feed":    feed.New,
	"html":    html.New,
	"iati":    iati.New,
	"jsonapi": jsonapi.New,
	"jsonl":   jsonl.New,
	"jsonld":  jsonld.New,
	"oaipmh":  oaipmh.New,
	"table":   table.New,
}
