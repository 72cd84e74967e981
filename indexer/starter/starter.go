// Package starter is the collection that ships in the binary: the records of
// collection/*.jsonl, and the source file with which the indexer pulls them
// like any other source.
package starter

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/fetch"
)

// ID is the id of the source, which no source file may use.
const ID = "starter"

// Scheme is what the collection's addresses begin with.
const Scheme = "starter"

//go:embed collection/*.jsonl
var collection embed.FS

// Files are the addresses of the collection's files, sorted.
func Files() []string {
	names, err := fs.Glob(collection, "collection/*.jsonl")
	if err != nil {
		panic("starter: " + err.Error()) // the pattern is ours
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = Scheme + ":" + name
	}
	return names
}

// Source is the source file of the collection.
func Source() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "id: %s\nname: Starter collection\nlicence: CC-BY-4.0\nformat: jsonl\nlanguage: en\ntrusted: true\naddress:\n", ID)
	for _, f := range Files() {
		fmt.Fprintf(&b, "  - %s\n", f)
	}
	return []byte(b.String())
}

// Version changes whenever a record of the collection does: "sha256:" and the
// hash of all its files.
func Version() string {
	sum := sha256.New()
	for _, address := range Files() {
		body, err := read(address)
		if err != nil {
			panic("starter: " + err.Error()) // it is embedded
		}
		fmt.Fprintf(sum, "%s %d\n", address, len(body))
		sum.Write(body)
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

func read(address string) ([]byte, error) {
	return collection.ReadFile(strings.TrimPrefix(address, Scheme+":"))
}

// Fetcher answers requests for the collection's files.
type Fetcher struct{}

// Fetch reads a file of the collection.
func (Fetcher) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	body, err := read(r.URL)
	if err != nil {
		return nil, catalog.Errorf(catalog.NotFound, "%s is not in the collection of this program", r.URL)
	}
	return &fetch.Response{URL: r.URL, ContentType: "application/jsonl", Body: fetch.NewBody(body)}, nil
}
