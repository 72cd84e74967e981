package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// The buckets of the catalogue. Numbers in keys and values are big-endian, 8
// bytes, so that keys are in their order; a zero byte ends a name in a key.
var (
	versionsBucket = []byte("versions") // id 0 seq -> Entry as JSON; never changed, never deleted
	currentBucket  = []byte("current")  // id -> seq
	logBucket      = []byte("log")      // seq -> logLine as JSON; one line a version
	countsBucket   = []byte("counts")   // "entries", "published" -> number
	cursorsBucket  = []byte("cursors")  // source -> the source's own cursor
	notesBucket    = []byte("notes")    // source -> bucket: key -> note beside the cursor
	runsBucket     = []byte("runs")     // source 0 number -> Run as JSON, without its details
	detailsBucket  = []byte("details")  // source 0 number -> what of a Run is much to read, as JSON
	seenBucket     = []byte("seen")     // source 0 id -> number of the last run that delivered it
	overlaysBucket = []byte("overlays") // id -> overlay as JSON
	knownBucket    = []byte("known")    // identity 0 id -> nothing; of records as harvested that their sources have
	wordsBucket    = []byte("words")    // id 0 id 0 voice -> word as JSON; each from both sides
	proposedBucket = []byte("proposed") // 1 - score, id 0 id -> catalog.Pair as JSON
	partnersBucket = []byte("partners") // id 0 id -> 1 - score; each proposed pair from both sides
	blocksBucket   = []byte("blocks")   // block 0 id -> nothing; of records up to the pairs' mark
	setsBucket     = []byte("sets")     // id -> catalog.FrozenSet as JSON; id 0 "ids" -> its ids, a line each, with gzip

	catalogueBuckets = [][]byte{versionsBucket, currentBucket, logBucket, countsBucket, cursorsBucket, notesBucket, runsBucket, seenBucket, overlaysBucket,
		knownBucket, wordsBucket, blocksBucket, detailsBucket, proposedBucket, partnersBucket, setsBucket}

	pairsBucket = []byte("pairs") // up to format 3: id 0 id -> a pair that was proposed or told apart

	entriesKey   = []byte("entries")
	publishedKey = []byte("published")
)

// The operations in the log.
const (
	opAdd      = "add"
	opChange   = "change"
	opWithdraw = "withdraw"
	opReturn   = "return" // a withdrawn record was delivered again
	opEdit     = "edit"
	opMerge    = "merge"
	opUnmerge  = "unmerge"
)

type logLine struct {
	ID    string    `json:"id"`
	Op    string    `json:"op"`
	Class string    `json:"class"`
	Time  time.Time `json:"time"`
	By    string    `json:"by,omitempty"`
	Why   string    `json:"why,omitempty"`
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func seqOf(raw []byte) uint64 {
	if len(raw) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(raw)
}

// named is the beginning of the keys that belong to a name.
func named(name string) []byte { return append([]byte(name), 0) }

func numbered(name string, n uint64) []byte {
	return binary.BigEndian.AppendUint64(named(name), n)
}

// splitNumbered is the reverse of numbered; a key of another form has number 0.
func splitNumbered(key []byte) (name string, n uint64) {
	before, after, _ := bytes.Cut(key, []byte{0})
	return string(before), seqOf(after)
}

// lastUpTo finds the greatest key of a name whose number is at most n.
func lastUpTo(c *bolt.Cursor, name string, n uint64) (key, value []byte) {
	limit := numbered(name, n)
	if key, value = c.Seek(limit); key != nil && bytes.Equal(key, limit) {
		return key, value
	}
	if key == nil {
		key, value = c.Last()
	} else {
		key, value = c.Prev()
	}
	if !bytes.HasPrefix(key, named(name)) {
		return nil, nil
	}
	return key, value
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// entryAt is the version that stands at a key. The error says what to do.
func entryAt(key, raw []byte) (*catalog.Entry, error) {
	e, err := decodeEntry(raw)
	if err != nil {
		id, seq := splitNumbered(key)
		return nil, fmt.Errorf("%w, or import the record again", unreadable(fmt.Sprintf("version %d of %s", seq, id), err))
	}
	return e, nil
}

// unreadable is the error that a part of the catalogue is not what was stored.
func unreadable(part string, why error) error {
	return fmt.Errorf("%s in %s cannot be read (%w): restore a backup", part, catalogueFile, why)
}

func decodeEntry(raw []byte) (*catalog.Entry, error) {
	var e catalog.Entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("a version is not JSON: %w", err)
	}
	return &e, nil
}

// checkID keeps out ids that would not make a key.
func checkID(id string) error {
	if _, _, ok := catalog.SplitID(id); !ok || len(id) > maxKey {
		return catalog.Errorf(catalog.Invalid, "%.60q is not the id of a record: it must be source:native and at most %d bytes long", id, maxKey)
	}
	return nil
}

func checkSource(source string) error {
	if _, _, ok := catalog.SplitID(source + ":x"); !ok || len(source) > maxKey {
		return catalog.Errorf(catalog.Invalid, "%.60q is not the name of a source: use letters, digits and . _ - only, at most %d bytes", source, maxKey)
	}
	return nil
}

// maxKey is the most bytes of an id or a source; two and a number make a key,
// of which bbolt takes 32 KiB.
const maxKey = 1_000
