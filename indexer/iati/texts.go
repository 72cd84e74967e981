package iati

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// said is one text and its language.
type said struct{ language, text string }

// maxSource bounds a text with its markup, in bytes.
const maxSource = 1 << 20

// all are the texts of an element and its repetitions without markup, in their
// order; those that are empty are left out.
func (d *adaption) all(elements ...prose) []said {
	var out []said
	add := func(text string, tags ...string) {
		if len(text) > maxSource {
			d.leave("", "too_long", "a text is longer than %d bytes", maxSource)
			return
		}
		if text = tidy(text); text == "" {
			return
		}
		language := d.language
		for _, tag := range tags {
			if l, ok := format.Language(strings.TrimSpace(tag)); ok {
				language = l
				break
			}
		}
		out = append(out, said{language, text})
	}
	for _, e := range elements {
		for _, n := range e.Narratives {
			add(n.Text, n.Lang, e.Lang)
		}
		if len(e.Narratives) == 0 {
			add(e.Text, e.Lang)
		}
	}
	return out
}

// name is a text of one line: the first in each language.
func (d *adaption) name(path string, elements ...prose) catalog.Text {
	var out catalog.Text
	for _, s := range d.all(elements...) {
		if s.text = format.Line(s.text); utf8.RuneCountInString(s.text) > catalog.MaxTitle {
			d.leave(path, "too_long", "it is longer than %d characters", catalog.MaxTitle)
		} else if out[s.language] == "" {
			put(&out, s)
		}
	}
	return out
}

func put(t *catalog.Text, s said) {
	if *t == nil {
		*t = catalog.Text{}
	}
	(*t)[s.language] = s.text
}

// paragraphs are texts that become one in each language.
type paragraphs struct {
	path   string // of what they become
	texts  map[string][]string
	length map[string]int // in characters
}

func newParagraphs(path string) *paragraphs {
	return &paragraphs{path: path, texts: map[string][]string{}, length: map[string]int{}}
}

// add adds a text, unless it is all that there is in its language.
func (d *adaption) add(p *paragraphs, s said) {
	before := p.texts[s.language]
	if len(before) == 1 && before[0] == s.text {
		return
	}
	length := utf8.RuneCountInString(s.text)
	if len(before) > 0 {
		length += p.length[s.language] + len("\n\n")
	}
	if length > catalog.MaxText {
		d.leave(p.path, "too_long", "it is longer than %d characters", catalog.MaxText)
		return
	}
	p.texts[s.language], p.length[s.language] = append(before, s.text), length
}

func (p *paragraphs) text() catalog.Text {
	var out catalog.Text
	for language, texts := range p.texts {
		put(&out, said{language, strings.Join(texts, "\n\n")})
	}
	return out
}

// tidy is a text without markup and without the indentation of the file.
func tidy(s string) string {
	lines := strings.Split(format.PlainText(s), "\n")
	for i, line := range lines {
		lines[i] = format.Line(line)
	}
	return strings.Trim(blank.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}

var blank = regexp.MustCompile(`\n{3,}`)

// shortSummary is the length, in characters, that makes a first paragraph a
// summary; a shorter one is a heading.
const shortSummary = 80

// setTexts takes the title and the descriptions. The first paragraph of the
// general ones is the summary, the rest the body; objectives are the approach;
// target groups, and what is of another type, end the body.
func (d *adaption) setTexts() {
	r := d.record
	r.Title = d.name("title", d.Titles...)
	r.Original = d.language
	if titles := d.all(d.Titles...); r.Title[d.language] == "" && len(titles) > 0 {
		r.Original = titles[0].language
	}
	var general, objectives, rest []prose
	for _, e := range d.Descriptions {
		switch strings.TrimSpace(e.Type) {
		case "2":
			objectives = append(objectives, e.prose)
		case "3", "4":
			rest = append(rest, e.prose)
		default:
			general = append(general, e.prose)
		}
	}
	summaries, body := newParagraphs("summary"), newParagraphs("body")
	for _, s := range d.all(general...) {
		if first := summaries.texts[s.language]; len(first) == 0 {
			summary, more, _ := strings.Cut(s.text, "\n\n")
			for more != "" && utf8.RuneCountInString(summary) < shortSummary {
				var next string
				next, more, _ = strings.Cut(more, "\n\n")
				summary += "\n\n" + next
			}
			d.add(summaries, said{s.language, summary})
			if s.text = more; more == "" {
				continue
			}
		} else if s.text == first[0] {
			continue
		}
		d.add(body, s)
	}
	for _, s := range d.all(rest...) {
		d.add(body, s)
	}
	r.Summary, r.Body = summaries.text(), body.text()
	approach := newParagraphs("practice.approach")
	for _, s := range d.all(objectives...) {
		d.add(approach, s)
	}
	d.practice("approach", approach.text())
	d.practice("results", d.results())
}

func (d *adaption) practice(part string, t catalog.Text) {
	if len(t) > 0 {
		if d.record.Practice == nil {
			d.record.Practice = map[string]catalog.Text{}
		}
		d.record.Practice[part] = t
	}
}
