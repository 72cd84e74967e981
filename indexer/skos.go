package indexer

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"clearinghouse/catalog"
	"clearinghouse/indexer/rdf"
)

// The vocabularies that a thesaurus is written in: SKOS
// (https://www.w3.org/TR/skos-reference/), its extension for labels, and what is usual
// for the title and the licence.
const (
	rdfNS  = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	rdfsNS = "http://www.w3.org/2000/01/rdf-schema#"
	skosNS = "http://www.w3.org/2004/02/skos/core#"
	skosXL = "http://www.w3.org/2008/05/skos-xl#"
	owlNS  = "http://www.w3.org/2002/07/owl#"
	termNS = "http://purl.org/dc/terms/"
	dcNS   = "http://purl.org/dc/elements/1.1/"
)

// SKOSOptions are what the file of a vocabulary may leave open.
type SKOSOptions struct {
	Name     string // of the file; its ending says the format
	Language string // of names that have none, one of catalog.Languages; "" leaves them out
}

// SKOSReport counts what of a vocabulary cannot be used.
type SKOSReport struct {
	Unnamed    int // concepts without a name in any of catalog.Languages
	Deprecated int // concepts that are no longer to be used
	Untagged   int // names without a language
	Foreign    int // names in other languages
	TooLong    int // names longer than catalog.MaxConceptName
}

// ReadSKOS reads a vocabulary in SKOS, written as Turtle, RDF/XML or JSON-LD: preferred,
// other and hidden labels, also those of SKOS-XL, and which concept is broader. The
// error is Invalid and says where in the file, if that is known.
func ReadSKOS(r io.Reader, o SKOSOptions) (catalog.Vocabulary, SKOSReport, error) {
	s := skosReader{options: o, subjects: map[string]*subject{}}
	in := bufio.NewReader(r)
	head, _ := in.Peek(sniffed) // an error comes again when it is read
	format, err := rdf.FormatOf(o.Name, head)
	if err != nil {
		return catalog.Vocabulary{}, SKOSReport{}, catalog.Errorf(catalog.Invalid, "%v", err)
	}
	var wrong *rdf.SyntaxError
	switch err := rdf.Read(in, format, "", s.triple); {
	case errors.As(err, &wrong):
		return catalog.Vocabulary{}, SKOSReport{}, catalog.Errorf(catalog.Invalid, "%s: %v", o.Name, err)
	case err != nil:
		return catalog.Vocabulary{}, SKOSReport{}, fmt.Errorf("reading %s: %w", o.Name, err)
	}
	v, err := s.vocabulary()
	return v, s.report, err
}

// sniffed is how much of a file is looked at for its format, in bytes.
const sniffed = 1 << 10

// skosReader gathers what triples say, which come in any order.
type skosReader struct {
	options  SKOSOptions
	subjects map[string]*subject
	order    []*subject // as they come first
	report   SKOSReport
}

// subject is what is said of a concept, a scheme or a label.
type subject struct {
	id                          string
	concept, scheme, collection bool
	deprecated                  bool
	preferred, other            []rdf.Term // texts, or labels of SKOS-XL
	form                        []rdf.Term // the texts of such a label
	title, name, licence        []rdf.Term
	broader                     []string
	in                          []string // schemes
}

func (s *skosReader) subject(id string) *subject {
	if s.subjects[id] == nil {
		s.subjects[id] = &subject{id: id}
		s.order = append(s.order, s.subjects[id])
	}
	return s.subjects[id]
}

func (s *skosReader) triple(t rdf.Triple) error {
	of, object := s.subject, t.Object
	switch t.Predicate {
	case rdfNS + "type":
		switch object.IRI {
		case skosNS + "Concept":
			of(t.Subject).concept = true
		case skosNS + "ConceptScheme":
			of(t.Subject).scheme = true
		case skosNS + "Collection", skosNS + "OrderedCollection":
			of(t.Subject).collection = true
		}
	case skosNS + "prefLabel", skosXL + "prefLabel":
		of(t.Subject).preferred = append(of(t.Subject).preferred, object)
	case skosNS + "altLabel", skosNS + "hiddenLabel", skosXL + "altLabel", skosXL + "hiddenLabel":
		of(t.Subject).other = append(of(t.Subject).other, object)
	case skosXL + "literalForm":
		of(t.Subject).form = append(of(t.Subject).form, object)
	case skosNS + "broader", skosNS + "broaderTransitive":
		of(t.Subject).broader = append(of(t.Subject).broader, object.IRI)
	case skosNS + "narrower", skosNS + "narrowerTransitive":
		of(object.IRI).broader = append(of(object.IRI).broader, t.Subject)
	case skosNS + "inScheme", skosNS + "topConceptOf":
		of(t.Subject).in = append(of(t.Subject).in, object.IRI)
	case skosNS + "hasTopConcept":
		of(object.IRI).in = append(of(object.IRI).in, t.Subject)
	case termNS + "title", dcNS + "title":
		of(t.Subject).title = append(of(t.Subject).title, object)
	case rdfsNS + "label":
		of(t.Subject).name = append(of(t.Subject).name, object)
	case termNS + "license", termNS + "rights", dcNS + "rights":
		of(t.Subject).licence = append(of(t.Subject).licence, object)
	case owlNS + "deprecated":
		of(t.Subject).deprecated = object.Text == "true" || object.Text == "1"
	}
	return nil
}

// vocabulary is what all triples together say.
func (s *skosReader) vocabulary() (catalog.Vocabulary, error) {
	var v catalog.Vocabulary
	members := map[string]int{} // scheme -> concepts
	for _, of := range s.order {
		if !of.isConcept() {
			continue
		}
		if of.deprecated {
			s.report.Deprecated++
			continue
		}
		c := catalog.Concept{ID: of.id, Parents: distinct(of.broader)}
		if c.Labels, c.Synonyms = s.names(of.preferred, of.other); len(c.Labels) == 0 {
			s.report.Unnamed++
			continue
		}
		for _, scheme := range distinct(of.in) {
			members[scheme]++
		}
		if v.Concepts = append(v.Concepts, c); len(v.Concepts) > catalog.MaxConcepts {
			return v, catalog.Errorf(catalog.Invalid, "%s has more than %d concepts: take a part of it", s.options.Name, catalog.MaxConcepts)
		}
	}
	if len(v.Concepts) == 0 {
		return v, s.none()
	}
	scheme := &subject{}
	for _, of := range s.order {
		if members[of.id] > members[scheme.id] || scheme.id == "" && of.scheme {
			scheme = of
		}
	}
	v.ID = scheme.id
	if v.ID == "" {
		v.ID = strings.TrimSuffix(filepath.Base(s.options.Name), filepath.Ext(s.options.Name))
	}
	before := s.report
	for _, names := range [][]rdf.Term{scheme.title, scheme.preferred, scheme.name} {
		if len(v.Title) == 0 {
			v.Title, _ = s.names(names, nil)
		}
	}
	s.report = before // which is of concepts
	for _, licence := range scheme.licence {
		if v.Licence == "" || licence.IRI != "" {
			v.Licence = clip(catalog.CleanName(cmp.Or(licence.IRI, licence.Text)), catalog.MaxConceptName)
		}
	}
	return v, nil
}

// none says why there is no concept.
func (s *skosReader) none() error {
	switch {
	case s.report.Untagged > 0:
		return catalog.Errorf(catalog.Invalid, "%s has names without a language only: say which it is, as in --language en", s.options.Name)
	case s.report.Unnamed > 0:
		return catalog.Errorf(catalog.Invalid, "none of the %d concepts in %s has a name in one of %s", s.report.Unnamed, s.options.Name, strings.Join(catalog.Languages, ", "))
	}
	return catalog.Errorf(catalog.Invalid, "%s has no concept: a vocabulary says of each that it is a skos:Concept and has a skos:prefLabel", s.options.Name)
}

// isConcept takes a thing with a name in a scheme for a concept too: some files say only
// that it is of a class of their own.
func (of *subject) isConcept() bool {
	return of.concept || len(of.preferred) > 0 && len(of.in) > 0 && !of.scheme && !of.collection
}

// names are texts by language: the first preferred one is the label. What cannot be used
// is counted in the report.
func (s *skosReader) names(preferred, other []rdf.Term) (catalog.Text, map[string][]string) {
	labels, synonyms := catalog.Text{}, map[string][]string{}
	for _, t := range slices.Concat(s.texts(preferred), s.texts(other)) {
		text := catalog.CleanName(t.Text)
		l := s.language(t.Language)
		switch {
		case text == "":
		case l == "":
		case utf8.RuneCountInString(text) > catalog.MaxConceptName:
			s.report.TooLong++
		case labels[l] == "":
			labels[l] = text
		case labels[l] != text && !slices.Contains(synonyms[l], text):
			synonyms[l] = append(synonyms[l], text)
		}
	}
	return labels, synonyms
}

// texts are the texts of names, which are texts themselves or labels that have one.
func (s *skosReader) texts(names []rdf.Term) []rdf.Term {
	var out []rdf.Term
	for _, n := range names {
		if n.IRI == "" {
			out = append(out, n)
		} else if label := s.subjects[n.IRI]; label != nil {
			out = append(out, label.form...)
		}
	}
	return out
}

// language is the one of catalog.Languages that a tag is of, "" if none.
func (s *skosReader) language(tag string) string {
	if tag == "" {
		if s.options.Language == "" {
			s.report.Untagged++
		}
		return s.options.Language
	}
	parsed, err := language.Parse(tag)
	if base, _ := parsed.Base(); err == nil && catalog.IsLanguage(base.String()) {
		return base.String()
	}
	s.report.Foreign++
	return ""
}

func clip(s string, characters int) string {
	if r := []rune(s); len(r) > characters {
		return string(r[:characters])
	}
	return s
}

// distinct are the values of a list, sorted.
func distinct(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
