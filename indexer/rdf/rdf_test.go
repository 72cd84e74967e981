package rdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// base is that of all cases.
const base = "http://base.example/folder/file"

func readAll(in io.Reader, format Format) (out []Triple, err error) {
	err = Read(in, format, base, func(t Triple) error {
		out = append(out, t)
		return nil
	})
	return out, err
}

func lines(triples []Triple) string {
	var b strings.Builder
	for _, t := range triples {
		fmt.Fprintln(&b, t)
	}
	return b.String()
}

// inputs are the files of a folder that are no golden ones.
func inputs(t testing.TB, folder string) (out []string) {
	t.Helper()
	for _, ending := range []string{"ttl", "nt", "rdf", "jsonld"} {
		files, err := filepath.Glob(folder + "/*." + ending)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !regexp.MustCompile(`\.\w+\.nt$`).MatchString(file) {
				out = append(out, file)
			}
		}
	}
	if len(out) == 0 {
		t.Fatal("no cases in " + folder)
	}
	return out
}

func open(t testing.TB, file string) ([]byte, Format) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	format, err := FormatOf(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data, format
}

func golden(t *testing.T, file, have string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), have); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
}

// TestRead compares the triples of each file of testdata, as N-Triples, with the
// file of its name and .nt, and reads these again.
func TestRead(t *testing.T) {
	for _, file := range inputs(t, "testdata") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, format := open(t, file)
			triples, err := readAll(iotest.OneByteReader(bytes.NewReader(data)), format)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, file+".nt", lines(triples))
			again(t, triples)
		})
	}
}

// again writes triples as N-Triples and reads them.
func again(t *testing.T, triples []Triple) {
	t.Helper()
	have, err := readAll(strings.NewReader(lines(triples)), Turtle)
	if err != nil {
		t.Fatalf("%v in\n%s", err, lines(triples))
	}
	relabel := func(iri string) string {
		if label, ok := strings.CutPrefix(iri, "_:"); ok {
			return "_:n" + label
		}
		return iri
	}
	var want []Triple
	for _, triple := range triples {
		triple.Subject, triple.Object.IRI = relabel(triple.Subject), relabel(triple.Object.IRI)
		want = append(want, triple)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Fatalf("written and read again (-want +have)\n%s", diff)
	}
}

// TestBad compares the error of each file of testdata/bad with the file of its
// name and .err.
func TestBad(t *testing.T) {
	for _, file := range inputs(t, "testdata/bad") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, format := open(t, file)
			_, err := readAll(bytes.NewReader(data), format)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("%v, want a *SyntaxError", err)
			}
			golden(t, file+".err", err.Error()+"\n")
		})
	}
}

// TestSame reads one vocabulary in the three formats.
func TestSame(t *testing.T) {
	var want string
	for _, ending := range []string{"ttl", "rdf", "jsonld"} {
		data, format := open(t, "testdata/same."+ending)
		triples, err := readAll(bytes.NewReader(data), format)
		if err != nil {
			t.Fatal(err)
		}
		have := canonical(triples)
		if want == "" {
			want = have
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-Turtle +%s)\n%s", ending, ending, diff)
		}
	}
}

// canonical is a graph as sorted lines in which a blank node is called by what is
// said of it and of the nodes around it, eight steps far.
func canonical(triples []Triple) string {
	names := map[string]string{}
	name := func(iri string) string {
		if strings.HasPrefix(iri, "_:") {
			return "_:b" + names[iri]
		}
		return iri
	}
	var out []string
	for range 8 {
		said := map[string][]string{}
		out = nil
		for _, t := range triples {
			subject, object := t.Subject, t.Object.IRI
			t.Subject, t.Object.IRI = name(subject), name(object)
			out = append(out, t.String())
			said[subject] = append(said[subject], "<"+t.String())
			said[object] = append(said[object], ">"+t.String())
		}
		for node, lines := range said {
			slices.Sort(lines)
			names[node] = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, "\n"))))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestFormatOf tells formats by the name and by what files begin with.
func TestFormatOf(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       Format
	}{
		{"a/b.TTL", "", Turtle}, {"x.nt", "", Turtle}, {"x.rdf", "{", XML}, {"x.owl", "", XML}, {"x.xml", "", XML}, {"x.json", "", JSONLD}, {"x.b.jsonld", "", JSONLD},
		{"x", "\ufeff\n@prefix a: <b> .", Turtle}, {"x", "PREFIX a: <b>", Turtle}, {"x", "# c\n\n# d\n@base <x> .", Turtle}, {"x", "<http://x.example/1> a", Turtle}, {"x", "_:a <b>", Turtle},
		{"x", "<?xml version='1.0'?>", XML}, {"x", "<!DOCTYPE rdf:RDF [", XML}, {"x", "<rdf:RDF\n", XML}, {"x", "<skos:Concept xmlns:skos='http://x.example/'", XML}, {"x", "<!-- by x -->", XML},
		{"x", " {\"@context\"", JSONLD}, {"x", "[\n{", JSONLD},
		{"x.html", "<!DOCTYPE html>", ""}, {"x", "<html xmlns='http://x.example/'>", ""}, {"x", "id,name\n", ""}, {"x", "# a list\n- b\n", ""}, {"x", "", ""},
	} {
		if have, err := FormatOf(c.name, []byte(c.head)); have != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s, %q: %q %v, want %q", c.name, c.head, have, err, c.want)
		}
	}
}

// endless repeats a text after a beginning.
func endless(begin, text string) io.Reader {
	return io.MultiReader(strings.NewReader(begin), &repeated{text: text})
}

// many is a text for each of n numbers.
func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

type repeated struct{ text, rest string }

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" {
			r.rest = r.text
		}
		m := copy(p[n:], r.rest)
		n, r.rest = n+m, r.rest[m:]
	}
	return n, nil
}

const rdfBegin = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://s.example/" `

// TestHostile refuses what would cost more than it is worth.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		format Format
		in     io.Reader
		want   string
	}{
		{Turtle, endless("", "#\n"), "larger than 256 MB"},
		{Turtle, endless("<a> <b> '''", "x"), "line 1, column 9: this is longer than 1 MB"},
		{Turtle, endless("<", "x"), "line 1, column 1: this is longer than 1 MB"},
		{Turtle, endless("", "x"), "longer than 1 MB"},
		{Turtle, endless(":a", "."), "the prefix"},
		{Turtle, endless("@prefix : <a> . :a", "."), "is expected here, not '.'"},
		{Turtle, endless("<a> <b> ", "("), "deeper than 200"},
		{Turtle, endless("", "[<b> "), "deeper than 200"},
		{Turtle, endless("@base <http://x.example/"+strings.Repeat("x", 4000)+"/> . ", "@base <x/> ."), "longer than 4096 bytes"},
		{Turtle, endless("@prefix : <http://x.example/"+strings.Repeat("x", 4060)+"> . <a> <b> ", ":abcdefghijklmnopqrst,"), "longer than 4096 bytes"},
		{XML, endless(rdfBegin+"><s:a><s:b>", "x"), "longer than 1 MB"},
		{XML, endless(rdfBegin+"><s:a><s:b>", "x<!---->"), "longer than 1 MB"},
		{XML, endless(rdfBegin, "a='b' "), "longer than 1 MB"},
		{XML, endless(rdfBegin+">", "<s:a>"), "stands in more than 200"},
		{XML, endless(rdfBegin+"><s:a><s:b rdf:parseType='Literal'>", "<a>"), "stands in more than 200"},
		{XML, endless("<!DOCTYPE a [<!ENTITY e '"+strings.Repeat("x", 200)+"'>]>"+rdfBegin+"><s:a><s:b>", "&e;"), "longer than 1 MB"},
		{XML, endless("<!DOCTYPE a [<!ENTITY e '"+strings.Repeat("x", 200)+"'><!ENTITY f '&e;&e;'>]>", " "), "longer than 256 bytes"},
		{XML, strings.NewReader("<a xmlns='http://x.example/" + strings.Repeat("x", 5000) + "'/>"), "longer than 4096 bytes"},
		{JSONLD, endless("[", " "), "larger than 64 MB"},
		{JSONLD, strings.NewReader(strings.Repeat("[", 300) + strings.Repeat("]", 300)), "more than 200 deep"},
		{JSONLD, strings.NewReader(strings.Repeat(`{"http://x.example/":`, 300) + "1" + strings.Repeat("}", 300)), "more than 200 deep"},
		{JSONLD, strings.NewReader(strings.Repeat("[", 20_000)), "this is no JSON"},
		{JSONLD, strings.NewReader(`{"@context":{"a":{"@id":"b:c","@context":{}}` + many(`,"%d":"a:b"`, 2_000) + `},"@graph":[[1` + strings.Repeat(`,{"a":{}}`, 20_000) + "]]}"), "too many for their length"},
		{JSONLD, strings.NewReader(`{"@context":{"a":"b:c"` + many(`,"%d":"a:b"`, maxTerms) + "}}"), "more than 5000 terms"},
		{JSONLD, strings.NewReader(`[{"@context":{"a":"b:c"` + many(`,"t%d":"t:`+strings.Repeat("x", 300)+`"`, 1_000) + "}}]"), "or 256 KB"},
		{JSONLD, strings.NewReader(`{"@context":{"a":"b:c"` + many(`,"%d":"a:b"`, 2_000) + `},"@graph":[[1` + strings.Repeat(`,{"@context":{}}`, 30_000) + "]]}"), "too many for their length"},
		{JSONLD, strings.NewReader(`{"http://x.example/":"` + strings.Repeat("x", maxToken+1) + `"}`), "longer than 1 MB"},
	} {
		if _, err := readAll(c.in, c.format); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200v, want %q", err, c.want)
		}
	}
}

// TestManyValues reads a property with many values.
func TestManyValues(t *testing.T) {
	in := `{"@id":"http://x.example/","http://x.example/has":[0` + many(`,{"@id":"http://x.example/%d"}`, 200_000) + "]}"
	if triples, err := readAll(strings.NewReader(in), JSONLD); len(triples) != 200_001 || err != nil {
		t.Errorf("%d triples, %v", len(triples), err)
	}
}

// TestFlat reads long files in little memory.
func TestFlat(t *testing.T) {
	for format, in := range map[Format]io.Reader{
		Turtle: io.MultiReader(strings.NewReader("@prefix : <http://x.example/> ."), io.LimitReader(endless("", ":a :b [:c 'a text'] . # comment\n"), 16<<20)),
		XML:    io.MultiReader(strings.NewReader(rdfBegin+">"), io.LimitReader(endless("", "<s:a><s:b>a text</s:b></s:a>    "), 16<<20), strings.NewReader("</rdf:RDF>")),
	} {
		triples, most := 0, uint64(0)
		err := Read(in, format, base, func(Triple) error {
			if triples++; triples%100_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return nil
		})
		if err != nil || triples < 500_000 || most > 64<<20 {
			t.Errorf("%s: %d triples with %d MB, %v", format, triples, most>>20, err)
		}
	}
}

// TestErrors passes on what others say, and refuses wrong calls.
func TestErrors(t *testing.T) {
	broken := errors.New("the line is cut")
	for format, begin := range map[Format]string{Turtle: "<a> <b> <c> .\n", XML: rdfBegin + "><s:a/>\n", JSONLD: `[{"@id":"a:b","@type":"a:c"},` + "\n"} {
		in := io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken))
		if _, err := readAll(in, format); !errors.Is(err, broken) {
			t.Errorf("%s: %v, want that of the reader", format, err)
		}
		calls := 0
		err := Read(strings.NewReader(begin+begin), format, base, func(Triple) error { calls++; return broken })
		if err != broken || calls != 1 {
			t.Errorf("%s: %v after %d calls, want that of emit after one", format, err, calls)
		}
	}
	if err := Read(strings.NewReader(""), "N3", "", nil); err == nil || !strings.Contains(err.Error(), "use Turtle, RDF/XML or JSON-LD") {
		t.Error(err)
	}
	for _, bad := range []string{"a", "//x.example/", "http://x.example/a b"} {
		if err := Read(strings.NewReader(""), Turtle, bad, nil); err == nil || !strings.Contains(err.Error(), "no absolute address") {
			t.Errorf("base %q: %v", bad, err)
		}
	}
	if err := Read(strings.NewReader("<http://x.example/> a\n<b> ."), Turtle, "", nil); err == nil || !strings.Contains(err.Error(), `line 2, column 1: "b" is no absolute address, and there is no base`) {
		t.Error(err)
	}
}

// TestResolve has the examples of RFC 3986, section 5.4, and some of IRIs.
func TestResolve(t *testing.T) {
	for reference, want := range map[string]string{
		"g": "/b/c/g", "./g": "/b/c/g", "g/": "/b/c/g/", "/g": "/g", "?y": "/b/c/d;p?y", "g?y": "/b/c/g?y", "#s": "/b/c/d;p?q#s", "g#s": "/b/c/g#s",
		"g?y#s": "/b/c/g?y#s", ";x": "/b/c/;x", "g;x": "/b/c/g;x", "g;x?y#s": "/b/c/g;x?y#s", "": "/b/c/d;p?q", ".": "/b/c/", "./": "/b/c/", "..": "/b/", "../": "/b/",
		"../g": "/b/g", "../..": "/", "../../": "/", "../../g": "/g", "../../../g": "/g", "../../../../g": "/g", "/./g": "/g", "/../g": "/g", "g.": "/b/c/g.", ".g": "/b/c/.g",
		"g..": "/b/c/g..", "..g": "/b/c/..g", "./../g": "/b/g", "./g/.": "/b/c/g/", "g/./h": "/b/c/g/h", "g/../h": "/b/c/h", "g;x=1/./y": "/b/c/g;x=1/y",
		"g;x=1/../y": "/b/c/y", "g?y/./x": "/b/c/g?y/./x", "g?y/../x": "/b/c/g?y/../x", "g#s/./x": "/b/c/g#s/./x", "g#s/../x": "/b/c/g#s/../x",
		"é/%c3%A9": "/b/c/é/%c3%A9", "مقابلات#1:2": "/b/c/مقابلات#1:2",
	} {
		if have := resolve("http://a/b/c/d;p?q", reference); have != "http://a"+want {
			t.Errorf("%q: %q, want %q", reference, have, "http://a"+want)
		}
	}
	for _, c := range [][3]string{
		{"http://a/b", "//g", "http://g"}, {"http://a", "g", "http://a/g"}, {"http://a?q", "#s", "http://a?q#s"}, {"http://a/#old", "", "http://a/"}, {"urn:x:y", "#s", "urn:x:y#s"},
		{"http://a/b//c/", "../d", "http://a/b//d"}, {"file:///a/b", "../c", "file:///c"},
	} {
		if have := resolve(c[0], c[1]); have != c[2] {
			t.Errorf("%q, %q: %q, want %q", c[0], c[1], have, c[2])
		}
	}
}

// sharedFile is a real thesaurus that is not part of the project.
const sharedFile = "../../../shared/data/unesco_thesaurus/unesco-thesaurus-2021-ar-en-es-fr-ru.ttl"

// TestThesaurus reads the UNESCO thesaurus: 4,433 concepts, labels in five
// languages.
func TestThesaurus(t *testing.T) {
	file, err := os.Open(sharedFile)
	if err != nil {
		t.Skipf("%v; testdata has files of the same kind", err)
	}
	defer file.Close()
	triples, err := readAll(file, Turtle)
	if err != nil || len(triples) != 87_405 {
		t.Errorf("%d triples, %v; want 87405", len(triples), err)
	}
	count := map[string]int{}
	for _, triple := range triples {
		if triple.Predicate == "http://www.w3.org/2004/02/skos/core#prefLabel" {
			count[triple.Object.Language]++
		}
		if triple.Predicate == rdfType && triple.Object.IRI == "http://www.w3.org/2004/02/skos/core#Concept" {
			count["concepts"]++
		}
	}
	t.Log(count)
	again(t, triples)
}

func fuzz(f *testing.F, format Format, seeds ...string) {
	for _, folder := range []string{"testdata", "testdata/bad"} {
		for _, file := range inputs(f, folder) {
			if data, is := open(f, file); is == format {
				f.Add(data)
			}
		}
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		triples, err := readAll(bytes.NewReader(data), format)
		var syntax *SyntaxError
		if err != nil && errors.As(err, &syntax) && (syntax.Line < 1 || syntax.Column < 1 || syntax.Line > 1+bytes.Count(data, []byte("\n"))) {
			t.Errorf("%v: there is no such place", err)
		}
		again(t, triples)
	})
}

func FuzzTurtle(f *testing.F) { fuzz(f, Turtle) }

func FuzzXML(f *testing.F) { fuzz(f, XML) }

// FuzzJSONLD begins with what json-gold panics at, besides the cases.
func FuzzJSONLD(f *testing.F) {
	fuzz(f, JSONLD, `{"@context":{"@protected":{}}}`, `{"@context":{"a":{"@id":1}}}`, `{"@context":{"a":{"@context":[]},"@version":1.1},"a":{"@type":[1]}}`,
		`{"@context":{"a":{"@container":{}}},"a":1}`, `{"@type":{"@id":1}}`, `{"@context":{"@import":{}}}`, `{"@context":{"a":{"@reverse":"_:b","@index":1}},"a":[]}`)
}
