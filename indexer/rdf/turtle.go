package rdf

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// turtle reads one character after the other; after an error there are no more.
type turtle struct {
	graph
	in       *bufio.Reader
	c        rune     // the current character, end after the last
	here     position // of c
	token    position // where the current token begins
	prefixes map[string]string
	text     []byte // of the current token
}

const end = -1

// readTurtle implements https://www.w3.org/TR/turtle/#sec-grammar.
func readTurtle(in *bufio.Reader, g graph) error {
	t := &turtle{graph: g, in: in, here: position{1, 0}, prefixes: map[string]string{}}
	for t.next(); t.skip() != end; {
		t.statement()
	}
	return t.err
}

// fail also makes the current character the last.
func (t *turtle) fail(p position, format string, args ...any) {
	t.graph.fail(p, format, args...)
	t.c = end
}

func (t *turtle) next() {
	if t.here.column++; t.c == '\n' {
		t.here = position{t.here.line + 1, 1}
	}
	if t.c = end; t.err != nil {
		return
	}
	c, size, err := t.in.ReadRune()
	switch {
	case err == io.EOF:
	case err != nil:
		t.broken(t.here, err)
	case c == utf8.RuneError && size == 1:
		t.fail(t.here, "this byte is no UTF-8: save the file as UTF-8")
	default:
		t.c = c
	}
}

// after is what follows the current character, at most n bytes of it.
func (t *turtle) after(n int) []byte {
	b, _ := t.in.Peek(n) // an error comes again when it is read
	return b
}

// skip passes space and comments, and returns the first character of a token.
func (t *turtle) skip() rune {
	for t.c == ' ' || t.c == '\t' || t.c == '\n' || t.c == '\r' || t.c == '#' {
		if t.c == '#' {
			for t.c != '\n' && t.c != '\r' && t.c != end {
				t.next()
			}
			continue
		}
		t.next()
	}
	if t.err != nil {
		t.c = end
	}
	t.token = t.here
	return t.c
}

// take adds a character to the text of the token.
func (t *turtle) take(c rune) {
	if len(t.text) > maxToken {
		t.fail(t.token, "this is longer than %d MB: is its end missing?", maxToken>>20)
	}
	t.text = utf8.AppendRune(t.text, c)
}

func (t *turtle) takeNext() {
	t.take(t.c)
	t.next()
}

// takeWhile takes the characters that fit, and tells how many.
func (t *turtle) takeWhile(fits func(rune) bool) (n int) {
	for ; fits(t.c); n++ {
		t.takeNext()
	}
	return n
}

// expected fails at a token that is another than what may stand there.
func (t *turtle) expected(what string) {
	found := fmt.Sprintf("%q", t.c)
	if t.c == end {
		found = "the end of the file"
	}
	t.fail(t.here, "%s is expected here, not %s", what, found)
}

func (t *turtle) expect(c rune, what string) {
	if t.skip() != c {
		t.expected(what)
	}
	t.next()
}

func (t *turtle) statement() {
	subject, alone := "", false
	switch {
	case t.c == '@':
		t.next()
		t.text = t.text[:0]
		t.takeWhile(letter)
		t.directive(string(t.text))
		t.expect('.', `"." after @prefix or @base`)
		return
	case t.c == '[':
		subject, alone = t.brackets(0)
	case t.c == '(':
		subject = t.collection(0)
	case t.c == '<':
		subject = t.reference()
	case t.c == '_':
		subject = t.label()
	default:
		word, isName := t.name()
		if lower := strings.ToLower(word); !isName && (lower == "prefix" || lower == "base") {
			t.directive(lower)
			return
		}
		if subject = word; !isName {
			t.fail(t.token, "%.60q cannot begin a statement: write an address in < > or a name as skos:Concept", word)
		}
	}
	if !alone || t.skip() != '.' {
		t.predicates(subject, 0)
	}
	t.expect('.', `";", "," or "." after a statement`)
}

func (t *turtle) directive(word string) {
	switch word {
	case "base":
		t.skip()
		t.base = t.reference()
	case "prefix":
		t.skip()
		t.text = t.text[:0]
		t.takeName()
		prefix := string(t.text)
		if t.c != ':' || !isPrefix(prefix) {
			t.expected(`a prefix with ":" at its end`)
		}
		t.next()
		t.skip()
		t.prefixes[prefix] = t.reference()
	default:
		t.fail(t.token, "@%.60s is not known: write @prefix or @base", word)
	}
}

// reference reads an address in angle brackets.
func (t *turtle) reference() string {
	if t.c != '<' {
		t.expected(`an address in "<" and ">"`)
		return ""
	}
	t.text = t.text[:0]
	for t.next(); t.c != '>' && t.c != end; {
		switch {
		case t.c == '\\':
			t.escape(false)
		case t.c <= ' ' || t.c == '<':
			t.fail(t.here, "%q stands in an address: is its %q missing? If not, write it as %s", t.c, ">", percent(string(t.c)))
		default:
			t.takeNext()
		}
	}
	if t.c == end {
		t.fail(t.token, `this address has no end: write ">" after it`)
		return ""
	}
	t.next()
	return t.iri(t.token, t.base, string(t.text))
}

var escaped = map[rune]rune{'t': '\t', 'b': '\b', 'n': '\n', 'r': '\r', 'f': '\f', '"': '"', '\'': '\'', '\\': '\\'}

// escape reads a backslash and what follows.
func (t *turtle) escape(inText bool) {
	t.next()
	length := map[rune]int{'u': 4, 'U': 8}[t.c]
	if c, ok := escaped[t.c]; ok && inText {
		t.take(c)
	} else if length == 0 {
		t.fail(t.here, `\%c is no escape: write \\ for a backslash`, max(t.c, ' '))
	}
	t.next()
	c := rune(0)
	for range length {
		d := strings.IndexRune("0123456789abcdef", unicode.ToLower(t.c))
		if d < 0 || c > utf8.MaxRune {
			t.fail(t.here, `\u takes four hexadecimal digits, \U eight`)
			return
		}
		c = c<<4 | rune(d)
		t.next()
	}
	if length > 0 && !utf8.ValidRune(c) {
		t.fail(t.here, `\U%08X is no character: write one from 0 to 10FFFF, but not D800 to DFFF`, c)
	} else if length > 0 {
		t.take(c)
	}
}

// takeName takes what a prefix or a word is made of.
func (t *turtle) takeName() {
	for nameRune(t.c) || t.c == '.' && t.dots(false) {
		t.takeNext()
	}
}

// dots tells whether what follows the dots here belongs to the same name, and
// takes all of them but the last.
func (t *turtle) dots(local bool) bool {
	n := 0
	b := t.after(utf8.UTFMax)
	for len(b) > n && b[n] == '.' {
		n++
		b = t.after(n + utf8.UTFMax)
	}
	c, size := utf8.DecodeRune(b[n:])
	if size == 0 || !nameRune(c) && !(local && (c == ':' || c == '%' || c == '\\')) {
		return false
	}
	for range n {
		t.takeNext()
	}
	return true
}

// name reads a name with a prefix and returns its address, or a word without ":".
func (t *turtle) name() (iri string, isName bool) {
	t.text = t.text[:0]
	t.takeName()
	word := string(t.text)
	if t.c != ':' {
		if word == "" {
			t.expected("an address, a name or a text")
		}
		return word, false
	}
	if !isPrefix(word) {
		t.fail(t.token, "%.60q cannot stand here: a prefix begins with a letter, and a blank node can only be a subject or an object", word)
	}
	t.next()
	namespace, ok := t.prefixes[word]
	if !ok {
		t.fail(t.token, "the prefix %.60q is not declared: write @prefix %.60s: <https://…> . before it", word, word)
	}
	t.text = t.text[:0]
	t.takeLocal()
	return t.iri(t.token, "", namespace+string(t.text)), true
}

// takeLocal takes the part of a name after the colon.
func (t *turtle) takeLocal() {
	for first := true; ; first = false {
		switch {
		case t.c == ':' || nameRune(t.c) && !(first && !labelStart(t.c)), t.c == '.' && !first && t.dots(true):
			t.takeNext()
		case t.c == '%':
			t.takeNext()
			for range 2 {
				if !hexadecimal(t.c) {
					t.fail(t.here, "%% takes two hexadecimal digits")
				}
				t.takeNext()
			}
		case t.c == '\\':
			if t.next(); t.c == end || !strings.ContainsRune("_~.-!$&'()*+,;=/?#@%", t.c) {
				t.fail(t.here, `\ cannot stand before %q in a name: write the address in full, in "<" and ">"`, max(t.c, ' '))
			}
			t.takeNext()
		default:
			return
		}
	}
}

// label reads a blank node with a label.
func (t *turtle) label() string {
	if t.next(); t.c != ':' {
		t.expected(`":" after "_"`)
	}
	t.next()
	t.text = t.text[:0]
	t.takeName()
	return t.labelled(t.token, string(t.text))
}

// predicates reads predicates with their objects.
func (t *turtle) predicates(subject string, depth int) {
	for {
		predicate := t.verb()
		for {
			t.add(subject, predicate, t.object(depth))
			if t.skip() != ',' {
				break
			}
			t.next()
		}
		if t.c != ';' {
			return
		}
		for t.c == ';' {
			t.next()
			t.skip()
		}
		if t.c == '.' || t.c == ']' || t.c == end {
			return
		}
	}
}

func (t *turtle) verb() string {
	if t.skip() == '<' {
		return t.reference()
	}
	word, isName := t.name()
	if !isName && word == "a" {
		return rdfType
	}
	if !isName {
		t.fail(t.token, "%.60q is no predicate: write an address in < >, a name as skos:prefLabel, or a", word)
	}
	return word
}

func (t *turtle) object(depth int) Term {
	if depth > maxDepth {
		t.fail(t.here, "this stands deeper than %d brackets: give it a name and write it apart", maxDepth)
		return Term{}
	}
	switch c := t.skip(); {
	case c == '<':
		return Term{IRI: t.reference()}
	case c == '_':
		return Term{IRI: t.label()}
	case c == '[':
		node, _ := t.brackets(depth)
		return Term{IRI: node}
	case c == '(':
		return Term{IRI: t.collection(depth)}
	case c == '"' || c == '\'':
		return t.quoted()
	case digit(c) || c == '+' || c == '-' || c == '.' && t.fraction(false):
		return t.number()
	}
	word, isName := t.name()
	if !isName && (word == "true" || word == "false") {
		return literal(word, xsdNS+"boolean")
	}
	if !isName {
		t.fail(t.token, "%.60q is no object: write a text in quotes, an address in < > or a name as skos:Concept", word)
	}
	return Term{IRI: word}
}

// brackets reads a blank node with what is said of it; full is whether that is
// anything.
func (t *turtle) brackets(depth int) (node string, full bool) {
	t.next()
	node = t.blank()
	if full = t.skip() != ']'; full {
		t.predicates(node, depth+1)
	}
	t.expect(']', `";", "," or "]"`)
	return node, full
}

func (t *turtle) collection(depth int) string {
	t.next()
	head := t.list(func() (Term, bool) {
		if t.skip() == ')' || t.c == end {
			return Term{}, false
		}
		return t.object(depth + 1), true
	})
	t.expect(')', `")"`)
	return head
}

// number reads an integer, a decimal or, with an exponent, a double.
func (t *turtle) number() Term {
	t.text = t.text[:0]
	if t.c == '+' || t.c == '-' {
		t.takeNext()
	}
	kind, digits := "integer", t.takeWhile(digit)
	if t.c == '.' && t.fraction(digits > 0) {
		kind = "decimal"
		t.takeNext()
		digits += t.takeWhile(digit)
	}
	if digits > 0 && (t.c == 'e' || t.c == 'E') {
		kind = "double"
		if t.takeNext(); t.c == '+' || t.c == '-' {
			t.takeNext()
		}
		digits = t.takeWhile(digit)
	}
	if digits == 0 {
		t.expected("a digit")
	}
	return literal(string(t.text), xsdNS+kind)
}

// fraction tells whether the dot here is part of a number and not the end of the
// statement.
func (t *turtle) fraction(digits bool) bool {
	b := string(t.after(3)) + "..."
	if e := b[0] | 0x20; e != 'e' || !digits {
		return digit(rune(b[0]))
	}
	return digit(rune(b[1])) || (b[1] == '+' || b[1] == '-') && digit(rune(b[2]))
}

// quoted reads a text with its language or datatype.
func (t *turtle) quoted() Term {
	quote, long := t.c, false
	t.next()
	if b := t.after(1); t.c == quote && len(b) > 0 && rune(b[0]) == quote {
		long = true
		t.next()
		t.next()
	}
	t.text = t.text[:0]
	for !t.closes(quote, long) {
		switch {
		case t.c == end:
			t.fail(t.token, "this text has no end: write %s after it", strings.Repeat(string(quote), map[bool]int{false: 1, true: 3}[long]))
			return Term{}
		case t.c == '\\':
			t.escape(true)
		case !long && (t.c == '\n' || t.c == '\r'):
			t.fail(t.here, `the line ends within a text: write \n for it, or three quotes before and after the text`)
		default:
			t.takeNext()
		}
	}
	return t.typed(string(t.text))
}

// closes passes the quotes at the end of a text, if they stand here.
func (t *turtle) closes(quote rune, long bool) bool {
	if t.c != quote || long && string(t.after(2)) != strings.Repeat(string(quote), 2) {
		return false
	}
	if t.next(); long {
		t.next()
		t.next()
	}
	return true
}

// typed reads what may follow a text.
func (t *turtle) typed(text string) Term {
	switch t.c {
	case '@':
		t.token = t.here
		t.next()
		t.text = t.text[:0]
		t.takeWhile(func(c rune) bool { return letter(c) || digit(c) || c == '-' || c == '_' })
		return Term{Text: text, Language: t.language(t.token, string(t.text))}
	case '^':
		if t.next(); t.c != '^' {
			t.expected(`a second "^"`)
		}
		t.next()
		return literal(text, t.datatype())
	}
	return literal(text, "")
}

func (t *turtle) datatype() string {
	if t.skip() == '<' {
		return t.reference()
	}
	word, isName := t.name()
	if !isName {
		t.fail(t.token, "%.60q is no datatype: write an address in < > or a name as xsd:date", word)
	}
	return word
}
