package indexer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
	"clearinghouse/indexer/starter"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// defaultEvery is how often a source is pulled whose file does not say.
const defaultEvery = 24 * time.Hour

// defaultFullEvery is how often a source is asked for everything that can be
// asked for changes.
const defaultFullEvery = 30 * 24 * time.Hour

// defaultAbsences is how many complete runs in a row a record may be missing
// from before it is withdrawn.
const defaultAbsences = 3

// cleaning names what is made of what a source delivers. A source that was pulled
// with another is pulled afresh, even if it would say that nothing has changed: so
// it goes up with every change after which a format or the normaliser makes other
// records of the same bytes.
//
//	1  formats and normaliser as they first were
//	2  no states for countries, no dates of other calendars, ids of the page that is reached
const cleaning = 2

// Source is a place that records are pulled from, as a source file describes
// it. It is not changed once it is loaded.
type Source struct {
	ID        string
	Name      string
	Homepage  string
	Licence   string // SPDX identifier or the address of a licence
	Format    string
	Addresses []string
	Every     time.Duration // time between the starts of two pulls; 0: never by itself
	Trusted   bool          // its records are published; else they wait for an editor

	privateHosts []string // hosts that may lie in a private network
	maxBytes     int64    // of one answer
	fullEvery    time.Duration
	absences     int
	constants    []byte // JSON of the record fields that each record gets
	normaliser   *normaliser
	themes       *func() *themer // rules over the signs; sources that are loaded together share them
	format       format.Format
	follows      bool            // its records keep the ids and provenance of their own sources
	local        map[string]bool // ids of the sources that are pulled here themselves
	version      string          // hash of all that a harvest depends on
}

// Info is what everybody may know of the source and its last run.
func (s *Source) Info(last *catalog.Run) catalog.SourceInfo {
	return catalog.SourceInfo{
		ID: s.ID, Name: s.Name, Homepage: s.Homepage, Licence: s.Licence, Format: s.Format, Addresses: s.Addresses,
		Every: s.Every, Trusted: s.Trusted, Private: len(s.privateHosts) > 0, Last: last,
	}
}

// sourceFile is the form of a source file, without the format's own section.
type sourceFile struct {
	ID               string          `yaml:"id"`
	Name             string          `yaml:"name"`
	Homepage         string          `yaml:"homepage"`
	Licence          string          `yaml:"licence"`
	Format           string          `yaml:"format"`
	Address          addresses       `yaml:"address"`
	Language         string          `yaml:"language"`
	Every            string          `yaml:"every"`
	FullEvery        string          `yaml:"full_every"`
	MaxSize          string          `yaml:"max_size"`
	Trusted          bool            `yaml:"trusted"`
	PrivateAddresses bool            `yaml:"private_addresses"`
	Constants        *catalog.Record `yaml:"constants"`
	Dates            string          `yaml:"dates"`
	Contacts         *bool           `yaml:"contacts"`
	Themes           string          `yaml:"themes"`
	Rules            []rule          `yaml:"rules"`
}

// addresses is one address or a list of them.
type addresses []string

// UnmarshalYAML reads both forms.
func (a *addresses) UnmarshalYAML(node ast.Node) error {
	if _, list := node.(*ast.SequenceNode); list {
		return yaml.NodeToValue(node, (*[]string)(a), yaml.Strict())
	}
	*a = make(addresses, 1)
	return yaml.NodeToValue(node, &(*a)[0], yaml.Strict())
}

// WrongFile is a source file that cannot be used.
type WrongFile struct {
	File     string // its name, without folder and ending
	ID, Name string // of the source, "" if they cannot be told
	Err      error
}

// WrongFiles are the errors of LoadSources.
type WrongFiles []WrongFile

func (w WrongFiles) Error() string {
	var lines []string
	for _, f := range w {
		lines = append(lines, f.Err.Error())
	}
	return strings.Join(lines, "; ")
}

// Unwrap returns the errors of all files.
func (w WrongFiles) Unwrap() (errs []error) {
	for _, f := range w {
		errs = append(errs, f.Err)
	}
	return errs
}

// LoadSources reads the source files dir/*.yaml and *.yml, in the order of their
// names; a missing folder has none. If files are wrong the error is of type WrongFiles;
// the sources that are right are returned all the same.
func LoadSources(dir string, t *catalog.Taxonomy) ([]*Source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, catalog.Errorf(catalog.Invalid, "the source files in %s cannot be read (%v): make it a folder that this user can read", dir, err)
	}
	var out []*Source
	var wrong WrongFiles
	files := map[string]string{}
	themes := themesOf(t)
	var local []string // ids, of files that are wrong too
	for _, entry := range entries {
		ext := filepath.Ext(entry.Name())
		if ext != ".yaml" && ext != ".yml" {
			continue
		}
		name := filepath.Join(dir, entry.Name())
		file := WrongFile{File: strings.TrimSuffix(entry.Name(), ext)}
		data, err := readRegular(name)
		if err != nil {
			file.Err = catalog.Errorf(catalog.Invalid, "the source file %s cannot be read (%v): let this user read it, or remove it", name, err)
			wrong = append(wrong, file)
			continue
		}
		file.Name = lineOf(data, nameLine)
		if id := lineOf(data, idLine); isSourceID(id) {
			file.ID = id
			local = append(local, id)
		}
		s, err := ParseSource(name, data, t)
		if err != nil {
			file.Err = err
			wrong = append(wrong, file)
			continue
		}
		if other, twice := files[s.ID]; twice {
			file.Err = catalog.Errorf(catalog.Invalid, "%s: the id %q is taken by %s: give each source its own", name, s.ID, other)
			wrong = append(wrong, file)
			continue
		}
		files[s.ID] = name
		out = append(out, s)
	}
	for _, s := range out {
		*s.themes = themes
		for _, id := range local {
			s.local[id] = true
		}
	}
	if wrong != nil {
		return out, wrong
	}
	return out, nil
}

// readRegular reads a file, but no pipe or device, which may never end.
func readRegular(name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	return os.ReadFile(name)
}

// What a source file says of itself, even if it is wrong elsewhere.
var (
	idLine   = regexp.MustCompile(`(?m)^\x{FEFF}?id:[ \t]*["']?([A-Za-z0-9._-]+)`)
	nameLine = regexp.MustCompile(`(?m)^\x{FEFF}?name:[ \t]*["']?([^"'#\n]*[^"'#\s])`)
)

// lineOf is what a line of a source file says, "" if there is none such.
func lineOf(data []byte, line *regexp.Regexp) string {
	if m := line.FindSubmatch(data); m != nil {
		return string(m[1])
	}
	return ""
}

// ParseSource reads one source file. An error names the file, line and column.
func ParseSource(name string, data []byte, t *catalog.Taxonomy) (s *Source, err error) {
	defer func() {
		if recover() != nil { // goccy/go-yaml does not survive every wrong tag
			s, err = nil, catalog.Errorf(catalog.Invalid, "%s: the file is not YAML that can be read: compare it with the examples in docs/sources.md", name)
		}
	}()
	themes := themesOf(t)
	s, err = (&sourceParser{name: name, taxonomy: t, themes: func() *themer { return themes() }}).parse(data)
	if err == nil {
		s.themes = &themes
	}
	return s, err
}

// Starter is the collection in the binary as a source. What a later version of
// the collection no longer has is withdrawn at once.
func Starter(t *catalog.Taxonomy) (*Source, error) {
	s, err := (&sourceParser{name: "the starter collection", taxonomy: t, themes: themesOf(t), builtIn: true}).parse(starter.Source())
	if err != nil {
		return nil, err
	}
	s.Every, s.absences, s.version = 0, 1, s.version+" "+starter.Version()
	return s, nil
}

type sourceParser struct {
	name     string
	taxonomy *catalog.Taxonomy
	themes   func() *themer // the rules over the concepts
	builtIn  bool
	root     *ast.MappingNode
}

// The bounds of a source file, far beyond what anybody writes: goccy/go-yaml takes
// minutes for a few hundred kilobytes of keys, or of brackets within brackets.
const (
	maxSourceFile = 128 << 10 // bytes
	maxBrackets   = 100
)

// brackets finds a bracket of a source file that lies within too many others,
// those in texts among them; -1 if there is none.
func brackets(data []byte) int {
	depth := 0
	for i, c := range data {
		switch c {
		case '[', '{':
			if depth++; depth > maxBrackets {
				return i
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return -1
}

func (p *sourceParser) parse(data []byte) (*Source, error) {
	if len(data) > maxSourceFile {
		return nil, p.problem(nil, "the file is larger than %d bytes", maxSourceFile)
	}
	if i := brackets(data); i >= 0 {
		line, start := 1+bytes.Count(data[:i], []byte("\n")), bytes.LastIndexByte(data[:i], '\n')
		return nil, catalog.Errorf(catalog.Invalid, "%s:%d:%d: there are more than %d brackets within one another: close them", p.name, line, i-start, maxBrackets)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which some editors put before a text
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, p.decodeProblem(err)
	}
	if len(doc.Docs) == 1 {
		p.root, _ = doc.Docs[0].Body.(*ast.MappingNode)
	}
	if p.root == nil {
		return nil, p.problem(nil, "a source file is one map of keys and values, beginning with id:")
	}
	section := p.takeSection()
	var f sourceFile
	if err := yaml.NodeToValue(p.root, &f, yaml.Strict()); err != nil {
		return nil, p.decodeProblem(err)
	}
	s := &Source{
		ID: f.ID, Name: f.Name, Homepage: f.Homepage, Licence: f.Licence, Format: f.Format, Addresses: f.Address,
		Every: defaultEvery, Trusted: f.Trusted, fullEvery: defaultFullEvery, absences: defaultAbsences,
	}
	for _, check := range []func(*Source, sourceFile) error{p.checkKeys, p.checkAddresses, p.checkTimes, p.checkSize, p.checkConstants, p.checkNormalising} {
		if err := check(s, f); err != nil {
			return nil, err
		}
	}
	s.format, err = formats[f.Format](format.Config{
		Source: s.ID, Addresses: s.Addresses, Language: f.Language, Taxonomy: p.taxonomy, Kind: cmp.Or(f.Constants, &catalog.Record{}).Kind,
		Section: func(v any) error {
			if section == nil {
				return nil
			}
			return yaml.NodeToValue(section, v, yaml.Strict())
		},
	})
	if err != nil {
		var placed yaml.Error
		if errors.As(err, &placed) {
			return nil, p.decodeProblem(err)
		}
		var at *token.Token
		if section != nil {
			at = section.GetToken()
		}
		return nil, p.problem(at, "%v", err)
	}
	if follower, is := s.format.(format.Follower); is && follower.Follows() {
		for _, key := range []string{"constants", "contacts", "dates", "themes", "rules"} {
			if at := p.at(key); at != nil {
				return nil, p.problem(at, "records of another Clearinghouse stay what they are there: remove %s", key)
			}
		}
		s.follows = true
	}
	s.local = map[string]bool{starter.ID: true, s.ID: true}
	sum := sha256.Sum256(append(data, p.taxonomy.Version()...))
	s.version = fmt.Sprintf("%x, cleaning %d", sum[:8], cleaning)
	return s, nil
}

// takeSection removes the section of the file's format from the tree, so that
// only the format reads it.
func (p *sourceParser) takeSection() ast.Node {
	name := ""
	if n := p.find("format"); n != nil {
		name = n.GetToken().Value
	}
	for i, entry := range p.root.Values {
		if formats[name] != nil && entry.Key.GetToken().Value == name {
			p.root.Values = slices.Delete(p.root.Values, i, i+1)
			return entry.Value
		}
	}
	return nil
}

func (p *sourceParser) checkKeys(s *Source, f sourceFile) error {
	switch {
	case !isSourceID(s.ID):
		return p.problem(p.at("id"), "id %q must be letters, digits and . _ - and begin with a letter or digit", s.ID)
	case s.ID == starter.ID && !p.builtIn:
		return p.problem(p.at("id"), "the id %q is that of the collection in the program: choose another", s.ID)
	case s.Name == "":
		return p.problem(p.at("name"), "name is missing: say what readers should see")
	case strings.ContainsFunc(s.Name, func(r rune) bool {
		return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) && !unicode.Is(unicode.Cf, r)
	}):
		return p.problem(p.at("name"), "name %q must be one line without control characters", s.Name)
	case hasUser(s.Homepage):
		return p.problem(p.at("homepage"), noSecrets, "homepage")
	case s.Homepage != "" && !catalog.IsWebAddress(s.Homepage):
		return p.problem(p.at("homepage"), "homepage %q must be an address that begins with https:// or http://", s.Homepage)
	case formats[s.Format] == nil:
		return p.problem(p.at("format"), "format %q is not known; it may be %s", s.Format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	}
	if s.Licence != "" && !isLicence(s.Licence) {
		return p.problem(p.at("licence"), "licence %q must be an SPDX identifier, as in CC-BY-4.0 (https://spdx.org/licenses/ lists them), or an address that begins with https:// or http://", s.Licence)
	}
	probe := catalog.Record{ID: s.ID + ":x", Kind: "resource", Title: catalog.Text{"en": "x"}}
	probe.Provenance.Source = s.ID
	if f.Language != "" {
		probe.Title, probe.Original = catalog.Text{f.Language: "x"}, f.Language
	}
	if len(probe.Validate(p.taxonomy)) > 0 {
		return p.problem(p.at("language"), "language %q is not a BCP 47 language tag, as in ar or zh-Hant", f.Language)
	}
	return nil
}

// isLicence reports whether s has the form of an SPDX identifier, or is an address.
func isLicence(s string) bool {
	return catalog.IsWebAddress(s) || catalog.IsSPDX(s)
}

func isSourceID(id string) bool {
	source, _, ok := catalog.SplitID(id + ":x")
	return ok && source == id
}

// noSecrets is what is wrong with an address that has a user name or password.
const noSecrets = "the %s has a user name or password in it: there is no place for secrets in a source file, see docs/sources.md"

func hasUser(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User != nil
}

func (p *sourceParser) checkAddresses(s *Source, f sourceFile) error {
	if len(s.Addresses) == 0 {
		return p.problem(p.at("address"), "address is missing: give one address or a list of them")
	}
	for _, a := range s.Addresses {
		if hasUser(a) {
			return p.problem(p.at("address"), noSecrets, "address")
		}
		if !catalog.IsWebAddress(a) && (!p.builtIn || !strings.HasPrefix(a, starter.Scheme+":")) {
			return p.problem(p.at("address"), "address %q must begin with https:// or http://", a)
		}
		if u, err := url.Parse(a); err == nil && f.PrivateAddresses {
			s.privateHosts = append(s.privateHosts, u.Host)
		}
	}
	return nil
}

func (p *sourceParser) checkTimes(s *Source, f sourceFile) error {
	for _, t := range []struct {
		key, value string
		of         *time.Duration
	}{{"every", f.Every, &s.Every}, {"full_every", f.FullEvery, &s.fullEvery}} {
		if t.value == "" {
			continue
		}
		var err error
		if *t.of, err = time.ParseDuration(t.value); err != nil || *t.of < time.Minute {
			return p.problem(p.at(t.key), "%s %q must be a time of a minute at least, as in 24h or 90m", t.key, t.value)
		}
	}
	return nil
}

var sizeForm = regexp.MustCompile(`^([1-9][0-9]{0,3}) ?(MB|GB)$`)

// maxSize is the most that max_size may be, in bytes.
const maxSize = 4_000_000_000

func (p *sourceParser) checkSize(s *Source, f sourceFile) error {
	if f.MaxSize == "" {
		return nil
	}
	if m := sizeForm.FindStringSubmatch(f.MaxSize); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		if s.maxBytes = n * map[string]int64{"MB": 1_000_000, "GB": 1_000_000_000}[m[2]]; s.maxBytes <= maxSize {
			return nil
		}
	}
	return p.problem(p.at("max_size"), "max_size %q must be a size of at most 4 GB, as in 200MB", f.MaxSize)
}

// checkConstants validates the constants as if they were a record's and keeps
// them as JSON, which is laid over each record.
func (p *sourceParser) checkConstants(s *Source, f sourceFile) error {
	if f.Constants == nil {
		return nil
	}
	for _, own := range []string{"id", "title", "provenance", "translations"} {
		if p.find("constants", own) != nil {
			return p.problem(p.at("constants", own), "%s cannot be the same for each record: remove it", own)
		}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(f.Constants.JSON(), &fields); err != nil {
		return p.problem(p.at("constants"), "%v", err)
	}
	for _, always := range []string{"id", "title", "provenance"} {
		delete(fields, always)
	}
	probe := *f.Constants
	if probe.Kind == "" {
		delete(fields, "kind")
		probe.Kind = "resource"
	}
	probe.ID, probe.Title, probe.Provenance.Source = s.ID+":x", catalog.Text{"en": "x"}, s.ID
	if probe.Original != "" {
		probe.Title = catalog.Text{probe.Original: "x"}
	}
	probe.Clean(p.taxonomy)
	for _, reason := range probe.Validate(p.taxonomy) {
		key, _, _ := strings.Cut(reason.Path, ".")
		key, _, _ = strings.Cut(key, "[")
		return p.problem(p.at("constants", key), "constants: %s", reason.Message)
	}
	var err error
	s.constants, err = json.Marshal(fields)
	return err
}

// find is the value of a key of the file, or of a key within that or an entry of
// a list by its number, nil without one.
func (p *sourceParser) find(path ...string) ast.Node {
	var at ast.Node = p.root
	for _, key := range path {
		if list, ok := at.(*ast.SequenceNode); ok {
			if i, err := strconv.Atoi(key); err == nil && i < len(list.Values) {
				at = list.Values[i]
				continue
			}
		}
		mapping, ok := at.(*ast.MappingNode)
		if !ok {
			return nil
		}
		at = nil
		for _, entry := range mapping.Values {
			if entry.Key.GetToken().Value == key {
				at = entry.Value
			}
		}
	}
	return at
}

// at is the place of a value in the file; nil if it is not there.
func (p *sourceParser) at(path ...string) *token.Token {
	if n := p.find(path...); n != nil {
		return n.GetToken()
	}
	return nil
}

// problem is an error at a place in the file, the first line without one.
func (p *sourceParser) problem(at *token.Token, message string, args ...any) error {
	line, column := 1, 1
	if at != nil && at.Position != nil {
		line, column = at.Position.Line, at.Position.Column
	}
	return catalog.Errorf(catalog.Invalid, "%s:%d:%d: %s", p.name, line, column, fmt.Sprintf(message, args...))
}

// decodeProblem is an error of the YAML library with its place.
func (p *sourceParser) decodeProblem(err error) error {
	var placed yaml.Error
	var typed *yaml.TypeError
	var used *yaml.UnexpectedNodeTypeError
	var unknown *yaml.UnknownFieldError
	switch {
	case errors.As(err, &typed):
		return p.problem(typed.GetToken(), "this must be %s, not %s", inWords(typed.DstType.Kind().String()), inWords(typed.SrcType.Kind().String()))
	case errors.As(err, &used):
		return p.problem(used.GetToken(), "this must be %s, not %s", inWords(used.Expected.YAMLName()), inWords(used.Actual.YAMLName()))
	case errors.As(err, &unknown):
		return p.problem(unknown.GetToken(), "%s: check its spelling, or remove it", unknown.GetMessage())
	case errors.As(err, &placed) && strings.Contains(placed.GetMessage(), "character '\t'"):
		return p.problem(placed.GetToken(), "there is a tab here: use spaces")
	case errors.As(err, &placed):
		return p.problem(placed.GetToken(), "%s", placed.GetMessage())
	}
	return p.problem(nil, "%v", err)
}

// inWords says what a type of YAML or Go is to whoever writes a source file.
func inWords(kind string) string {
	switch strings.TrimRight(kind, "0123456789") {
	case "bool", "boolean":
		return "true or false"
	case "int", "uint", "float", "integer":
		return "a number"
	case "slice", "array", "sequence":
		return "a list"
	case "map", "struct", "mapping":
		return "a map of keys and values"
	case "string":
		return "text"
	}
	return "of the type " + kind
}
