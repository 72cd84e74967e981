package export

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"clearinghouse/catalog"
)

// Freeze reads a set to its end and describes it, so that it can be kept. Its query is without
// the reader's language, which chooses no records.
func Freeze(s Set) (catalog.FrozenSet, error) {
	q := s.Query
	q.Language = catalog.DefaultLanguage
	frozen := catalog.FrozenSet{Query: q.Values().Encode(), Count: s.Total, Seq: s.Seq, Created: s.Time.UTC().Truncate(time.Second), Licences: []catalog.SourceLicence{}}
	sum := sha256.New()
	counted := map[catalog.SourceLicence]int{}
	entries := s.Entries
	s.Entries = func(yield func(*catalog.Entry, error) bool) {
		for entry, err := range entries {
			if err == nil {
				frozen.IDs = append(frozen.IDs, entry.Record.ID)
				of := map[catalog.SourceLicence]bool{} // a merged entry counts once for each
				for _, origin := range entry.Origins() {
					of[catalog.SourceLicence{Source: origin.Source, Licence: origin.Licence}] = true
				}
				for licence := range of {
					counted[licence]++
				}
			}
			if !yield(entry, err) {
				return
			}
		}
	}
	if err := writeJSONL(sum, s); err != nil {
		return frozen, err
	}
	for licence, n := range counted {
		licence.Records = n
		frozen.Licences = append(frozen.Licences, licence)
	}
	slices.SortFunc(frozen.Licences, func(a, b catalog.SourceLicence) int {
		return strings.Compare(a.Source+" "+a.Licence, b.Source+" "+b.Licence)
	})
	frozen.Hash = hex.EncodeToString(sum.Sum(nil))
	frozen.ID = catalog.NewSetID(frozen.Query, frozen.Hash)
	return frozen, nil
}

// Description is what the files that describe a frozen set say.
type Description struct {
	catalog.FrozenSet
	Title    string
	Address  string // of the set, to cite
	Taxonomy *catalog.Taxonomy
	// TableHash is the SHA-256 of records.csv as it is written now, in hexadecimal.
	TableHash func() (string, error)
}

// licences are those that the sources of the set state, each once.
func (d Description) licences() (out []string) {
	for _, l := range d.Licences {
		if l.Licence != "" && !slices.Contains(out, l.Licence) {
			out = append(out, l.Licence)
		}
	}
	return out
}

// SetFile is a file of a frozen set: its records, or what describes them.
type SetFile struct {
	Name, MIME string
	// One of the two writes it.
	Records  *Format
	Describe func(io.Writer, Description) error
}

// SetFiles are the files that a frozen set has. The bytes of records.jsonl are those of its hash
// for good; the others are made of the same records by the program as it is.
func SetFiles() []SetFile {
	out := []SetFile{}
	for _, name := range []string{"jsonl", "csv", "parquet"} {
		f, _ := FormatByName(name)
		out = append(out, SetFile{Name: "records." + name, MIME: f.MIME, Records: &f})
	}
	return append(out,
		SetFile{Name: "codebook.csv", MIME: CSVType, Describe: codebookCSV},
		SetFile{Name: "datapackage.json", MIME: "application/json", Describe: dataPackage},
		SetFile{Name: "croissant.json", MIME: "application/ld+json; charset=utf-8", Describe: croissant},
		SetFile{Name: "CITATION.cff", MIME: "text/yaml; charset=utf-8", Describe: citationFile},
	)
}

// Citation is a reference to the set in words.
func (d Description) Citation() string {
	asked := d.Title + ". "
	if d.Query == "" { // the title is that of the whole
		asked = ""
	}
	return fmt.Sprintf("Clearinghouse (%d). %sFrozen set %s of %s, %d entries, SHA-256 %s. %s", d.Created.Year(), asked, d.ID, d.Created.Format(time.DateOnly), d.Count, d.Hash, d.Address)
}

func codebookCSV(w io.Writer, d Description) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{"column", "code", "label", "meaning"}}
	for _, m := range Codebook(d.Taxonomy, catalog.DefaultLanguage) {
		rows = append(rows, []string{neutral(m.Column), neutral(m.Code), neutral(m.Label), neutral(m.Meaning)})
	}
	return out.WriteAll(rows)
}

// fieldTypes are the types of Table Schema and Croissant of the forms of columns. Dates are as
// precise as they are known, so that they are texts.
var fieldTypes = map[form][2]string{
	words: {"string", "sc:Text"}, list: {"string", "sc:Text"}, whole: {"integer", "sc:Integer"}, decimal: {"number", "sc:Float"}, truth: {"boolean", "sc:Boolean"}, instant: {"datetime", "sc:DateTime"},
}

// dataPackage describes the files by the Data Package standard (https://specs.frictionlessdata.io).
func dataPackage(w io.Writer, d Description) error {
	fields := []any{}
	for _, c := range columns() {
		name, _, _ := strings.Cut(c.code, "@")
		term, _ := d.Taxonomy.Term("column", name)
		fields = append(fields, map[string]any{"name": c.code, "type": fieldTypes[c.form][0], "title": label(d.Taxonomy, c.code, catalog.DefaultLanguage), "description": term.Description[catalog.DefaultLanguage]})
	}
	licences := []any{}
	for _, l := range d.licences() {
		switch {
		case catalog.IsSPDX(l):
			licences = append(licences, map[string]any{"name": l, "path": catalog.LicenceAddress(l)})
		case catalog.IsWebAddress(l):
			licences = append(licences, map[string]any{"path": l})
		default: // a name has neither spaces nor signs
			licences = append(licences, map[string]any{"name": "other", "title": l})
		}
	}
	out := map[string]any{
		"profile": "data-package", "name": "clearinghouse-" + d.ID, "id": d.Address, "title": d.Title, "homepage": d.Address, "created": d.Created.Format(time.RFC3339),
		"description": d.Citation(),
		"resources": []any{
			map[string]any{"profile": "tabular-data-resource", "name": "records", "path": "records.csv", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
				"schema": map[string]any{"fields": fields, "primaryKey": "id"}},
			map[string]any{"profile": "data-resource", "name": "records-complete", "path": "records.jsonl", "format": "jsonl", "mediatype": "application/jsonl", "encoding": "utf-8", "hash": "sha256:" + d.Hash},
			map[string]any{"profile": "data-resource", "name": "records-parquet", "path": "records.parquet", "format": "parquet", "mediatype": "application/vnd.apache.parquet"},
			map[string]any{"profile": "data-resource", "name": "codebook", "path": "codebook.csv", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"},
		},
	}
	if len(licences) > 0 {
		out["licenses"] = licences
	}
	return indented(w, out)
}

// croissant describes the files by Croissant 1.0 (https://docs.mlcommons.org/croissant).
func croissant(w io.Writer, d Description) error {
	licences := d.licences()
	if len(licences) == 0 { // the standard wants one
		licences = []string{"The sources state no licence"}
	}
	fields := []any{}
	for _, c := range columns() {
		fields = append(fields, map[string]any{
			"@type": "cr:Field", "@id": "records/" + c.code, "name": c.code, "description": label(d.Taxonomy, c.code, catalog.DefaultLanguage), "dataType": fieldTypes[c.form][1],
			"source": map[string]any{"fileObject": map[string]any{"@id": "records.csv"}, "extract": map[string]any{"column": c.code}},
		})
	}
	file := func(name, mime, hash string) map[string]any {
		return map[string]any{"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": d.Address + "/" + name, "encodingFormat": mime, "sha256": hash}
	}
	table, err := d.TableHash()
	if err != nil {
		return err
	}
	return indented(w, map[string]any{
		"@context": map[string]any{
			"@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo", "citeAs": "cr:citeAs",
			"rai": "http://mlcommons.org/croissant/RAI/", "column": "cr:column", "data": map[string]any{"@id": "cr:data", "@type": "@json"}, "dataType": map[string]any{"@id": "cr:dataType", "@type": "@vocab"},
			"examples": map[string]any{"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
			"isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
			"recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
		},
		"@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": "clearinghouse-" + d.ID, "description": d.Title, "url": d.Address, "citeAs": d.Citation(),
		"version": "1.0.0", "datePublished": d.Created.Format(time.RFC3339), "license": licences, "creator": map[string]any{"@type": "sc:Organization", "name": "Clearinghouse"},
		"distribution": []any{file("records.csv", "text/csv", table), file("records.jsonl", "application/jsonlines", d.Hash)},
		"recordSet":    []any{map[string]any{"@type": "cr:RecordSet", "@id": "records", "name": "records", "field": fields}},
	})
}

func indented(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(v)
}

// citationFile is in the Citation File Format 1.2.0 (https://citation-file-format.github.io).
func citationFile(w io.Writer, d Description) error {
	quote := func(s string) string { // as YAML, of which JSON is a part
		data, _ := json.Marshal(s)
		return string(data)
	}
	_, err := fmt.Fprintf(w, "cff-version: 1.2.0\nmessage: %s\ntype: dataset\ntitle: %s\nauthors:\n  - name: Clearinghouse\ndate-released: %s\nversion: %s\nurl: %s\nidentifiers:\n  - type: url\n    value: %s\n  - type: other\n    value: %s\n    description: SHA-256 of the records as JSON Lines\n",
		quote("If you use this data set, please cite it as below."), quote(d.Title), d.Created.Format(time.DateOnly), quote(d.ID), quote(d.Address), quote(d.Address), quote("sha256:"+d.Hash))
	return err
}

// errChanged is a frozen set whose records are no longer what they were.
var errChanged = errors.New("export: the records of the frozen set have another hash than when it was made")

// WriteFrozen writes the records of a set as JSON Lines and compares them with its hash: an error
// at the end says that they are not those.
func WriteFrozen(w io.Writer, s Set, hash string) error {
	sum := sha256.New()
	if err := writeJSONL(io.MultiWriter(w, sum), s); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != hash {
		return errChanged
	}
	return nil
}
