// Package export writes whole results in the forms that other programs read.
// The API and the command line use the same encoders.
package export

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"clearinghouse/catalog"
)

// Format is a form in which whole results are written. To add one is a file of this package
// and a line of Formats.
type Format struct {
	Name    string // ending of the file, and of the address
	MIME    string
	Summary string
	Packed  bool            // it is compressed by itself
	Params  []catalog.Param // beyond those of a search
	// Write writes the set. An error that comes of its entries is also said in the last line of
	// a form that has lines; the others can then not be read at all.
	Write func(w io.Writer, s Set) error
}

// Formats are all forms, in the order in which they are offered.
var Formats = []Format{
	{Name: "csv", MIME: CSVType, Summary: "a table, one entry a row, with the codes of its columns in the first row; as form=long one value a row", Params: []catalog.Param{formParam}, Write: writeCSV},
	{Name: "xlsx", MIME: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Packed: true, Summary: "an Excel workbook with what its columns and codes mean", Write: writeXLSX},
	{Name: "jsonl", MIME: "application/jsonl; charset=utf-8", Summary: "one JSON object a line, which import takes back", Write: writeJSONL},
	{Name: "json", MIME: "application/json", Summary: "one JSON document", Write: writeJSON},
	{Name: "parquet", MIME: "application/vnd.apache.parquet", Packed: true, Summary: "an Apache Parquet file, with lists as lists and each record as JSON besides", Write: writeParquet},
	{Name: "ris", MIME: "application/x-research-info-systems; charset=utf-8", Summary: "references for reference managers", Write: writeRIS},
	{Name: "bib", MIME: "application/x-bibtex; charset=utf-8", Summary: "references for BibTeX", Write: writeBibTeX},
}

// FormatByName finds a format.
func FormatByName(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// Parse reads the parameters of an export: those that choose records, and the format's own.
// What is wrong with them is an Invalid error, as of catalog.ParseFilter.
func (f Format) Parse(values url.Values, t *catalog.Taxonomy) (q catalog.Query, options url.Values, err error) {
	filters, own := url.Values{}, url.Values{}
	for name, given := range values {
		if slices.ContainsFunc(f.Params, func(p catalog.Param) bool { return p.Name == name }) {
			own[name] = given
		} else {
			filters[name] = given
		}
	}
	if options, err = catalog.ReadParams(own, f.Params); err == nil {
		q, err = catalog.ParseFilter(filters, t)
	}
	return q, options, err
}

// Set is what is written: the entries that answer a query, all of one state of the store.
type Set struct {
	Query    catalog.Query
	Total    int    // entries
	Seq      uint64 // of the log: the state that they are of
	Entries  iter.Seq2[*catalog.Entry, error]
	Time     time.Time // of the export
	Taxonomy *catalog.Taxonomy
	BaseURL  string     // public address of the site, "" if it has none
	Options  url.Values // the format's own parameters
	Plain    bool       // for programs: CSV without the byte order mark that Excel needs and they trip over
}

// FileName says what is in a file of the set, as in clearinghouse-theme-dialogue-2026-11-30, in
// letters that every system takes: other words are just a search.
func (s Set) FileName() string { return s.fileName(plain) }

// FullName is FileName with the letters of all scripts.
func (s Set) FullName() string { return s.fileName(lettered) }

func (s Set) fileName(spell func(string) string) string {
	parts := []string{"clearinghouse"}
	add := func(words ...string) {
		for _, word := range words {
			if word == "" {
				continue
			}
			parts = append(parts, cmp.Or(spell(word), "search"))
		}
	}
	add(s.Query.Text)
	for _, f := range s.Query.Filters {
		if f.Not {
			add("not")
		}
		add(f.Facet)
		add(f.Values...)
	}
	for _, year := range []int{s.Query.YearFrom, s.Query.YearTo} {
		if year > 0 {
			add(fmt.Sprint(year))
		}
	}
	name := strings.Join(parts, "-")
	if letters := []rune(name); len(letters) > 80 {
		name = strings.TrimRight(string(letters[:80]), "-")
	}
	return name + "-" + s.Time.UTC().Format(time.DateOnly)
}

// plain is s in letters and digits that every system takes in the name of a file.
func plain(s string) string {
	return spelt(s, func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
}

func lettered(s string) string {
	return spelt(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) })
}

func spelt(s string, takes func(rune) bool) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if takes(r) {
			return r
		}
		return '-'
	}, s), "-")
}

// each hands out the entries. If they break off, or are not as many as was said, broken is told
// so in words, and the error is returned.
func (s Set) each(write func(*catalog.Entry) error, broken func(note string)) error {
	n := 0
	fail := func(err error) error {
		broken(fmt.Sprintf("INCOMPLETE: this export broke off after %d of %d entries: ask for it again", n, s.Total))
		return err
	}
	for entry, err := range s.Entries {
		if err != nil {
			return fail(err)
		}
		if err := write(entry); err != nil {
			return err
		}
		n++
	}
	if n != s.Total {
		return fail(fmt.Errorf("export: %d entries were found and %d were there", s.Total, n))
	}
	return nil
}

// Store is where the entries of an export come from.
type Store interface {
	// Published is how many records are public, and when: the head of the log.
	Published() (n int, head uint64, err error)
	// Get finds the current entry, tombstones included; catalog.NotFound.
	Get(id string) (*catalog.Entry, error)
	// GetAsOf is Get as of a sequence number of the log.
	GetAsOf(id string, seq uint64) (*catalog.Entry, error)
	// All yields every entry as of seq by id, tombstones included.
	All(ctx context.Context, seq uint64) iter.Seq2[*catalog.Entry, error]
}

// Searcher finds the ids of a query's records.
type Searcher interface {
	Search(ctx context.Context, q catalog.Query) (catalog.Results, error)
	// Mark is the place in the store's log up to which the index is complete.
	Mark() uint64
}

// Select finds the published entries that match the query, by id, all of one
// state of the store although records may change meanwhile. A query without
// words and filters is answered by the store alone.
func Select(ctx context.Context, store Store, engine Searcher, q catalog.Query) (Set, error) {
	set := Set{Query: q}
	if everything(q) {
		var err error
		set.Total, set.Seq, err = store.Published()
		set.Entries = published(store.All(ctx, set.Seq))
		return set, err
	}
	ids, seq, err := Find(ctx, engine, q)
	if err != nil {
		return Set{}, err
	}
	set.Total, set.Seq, set.Entries = len(ids), seq, AsOf(ctx, store, ids, seq)
	return set, nil
}

// AsOf yields the entries with these ids that were public when seq was the head.
func AsOf(ctx context.Context, store Store, ids []string, seq uint64) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		for entry, err := range published(each(ids, func(id string) (*catalog.Entry, error) { return store.GetAsOf(id, seq) })) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// everything reports a query that leaves nothing out.
func everything(q catalog.Query) bool {
	return q.Text == "" && len(q.Filters) == 0 && q.YearFrom == 0 && q.YearTo == 0
}

// maxFinds is how often Find begins again because the index changed meanwhile.
const maxFinds = 10

// Find collects the ids of all matches, sorted, in one state of the index, and
// says which state of the store that is.
func Find(ctx context.Context, engine Searcher, q catalog.Query) (ids []string, seq uint64, err error) {
	for range maxFinds {
		seq = engine.Mark()
		if ids, err = findAll(ctx, engine, q); err != nil || engine.Mark() == seq {
			return ids, seq, err
		}
	}
	return nil, 0, catalog.Errorf(catalog.Unavailable, "the catalogue changes too fast to find all of one state of it: try again in a moment")
}

func findAll(ctx context.Context, engine Searcher, q catalog.Query) ([]string, error) {
	q.Sort, q.Limit, q.Facets, q.Cursor, q.Typing = "newest", catalog.MaxLimit, nil, "", false
	var ids []string
	for {
		page, err := engine.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, hit := range page.Hits {
			ids = append(ids, hit.ID)
		}
		if page.Next == "" {
			slices.Sort(ids)
			return slices.Compact(ids), nil
		}
		q.Cursor = page.Next
	}
}

func each(ids []string, get func(string) (*catalog.Entry, error)) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		for _, id := range ids {
			entry, err := get(id)
			if catalog.CodeOf(err) == catalog.NotFound {
				continue // it came after seq
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

func published(entries iter.Seq2[*catalog.Entry, error]) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		for entry, err := range entries {
			if err == nil && !entry.Public() {
				continue
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}
