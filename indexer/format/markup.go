package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// formatting are the elements that HTML opens again after each end of a paragraph
// if they are not closed; a is none of them here, since one ends another.
var formatting = map[atom.Atom]bool{
	atom.B: true, atom.Big: true, atom.Code: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Nobr: true, atom.S: true,
	atom.Small: true, atom.Strike: true, atom.Strong: true, atom.Tt: true, atom.U: true,
}

// The most that HTML may ask of its parser.
const (
	fewTags   = 64  // tags that are harmless whatever they are
	growth    = 20  // elements that the parser adds, for each tag or text
	maxBodies = 100 // tags of html and body, whose attributes the parser puts together
)

var (
	errGrows = errors.New("elements are left open in it that HTML opens again in each paragraph, too often")
	errLarge = fmt.Errorf("it has more elements and attributes than %d MiB of memory hold", MaxTree>>20)
)

// parseHTML parses a whole page; what would become many times as large as it is is
// an error.
func parseHTML(page []byte) (*html.Node, error) {
	if err := survey(bytes.NewReader(page)); err != nil {
		return nil, err
	}
	return html.Parse(bytes.NewReader(page))
}

// parseFragment parses what may stand in body, and returns body with it.
func parseFragment(s string) (*html.Node, error) {
	if strings.Count(s, "<") > fewTags {
		if err := survey(strings.NewReader(s)); err != nil {
			return nil, err
		}
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(s), body)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return body, nil
}

// barriers are the elements in which nothing ends a formatting element that is open
// around them.
var barriers = map[atom.Atom]bool{
	atom.Table: true, atom.Td: true, atom.Th: true, atom.Caption: true, atom.Applet: true, atom.Object: true, atom.Marquee: true,
	atom.Template: true, atom.Select: true, atom.Svg: true, atom.Math: true,
}

// survey refuses HTML of which the parser would make far more than there is, or more
// than there is room for. By section 13.2.4.3 of the standard the formatting elements
// that are open where a paragraph ends, three equal ones at most, are opened again in
// the next. What is open where a barrier begins counts as open for good.
func survey(in io.Reader) error {
	z := html.NewTokenizer(in)
	open := map[atom.Atom][]string{} // tags as they are written, the last one last
	kept := map[atom.Atom]int{}      // how many of them stay open
	equal := map[string]int{}
	var tree Tree
	active := 0            // of all that are open, without those beyond three equal ones
	reopens, again := 0, 0 // elements that the next text opens again; that all have so far
	bodies := 0
	for tokens := 1; ; tokens++ {
		kind := z.Next()
		size := nodeSize
		reopen := func() {
			again, size, reopens = again+reopens, size+reopens*nodeSize, 0
		}
		switch kind {
		case html.ErrorToken:
			return nil
		case html.TextToken:
			reopen()
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw := z.Raw()
			name, attributes := z.TagName()
			tag := atom.Lookup(name)
			switch {
			case !formatting[tag]:
				reopens = active
				if attributes && (tag == atom.Html || tag == atom.Body) {
					bodies++
				}
				if barriers[tag] {
					for f, tags := range open {
						kept[f] = len(tags)
					}
				}
			case kind != html.EndTagToken: // one that closes itself does not, by the standard
				reopen()
				written := string(raw)
				open[tag] = append(open[tag], written)
				if equal[written]++; equal[written] <= 3 {
					active++
				}
			case len(open[tag]) > kept[tag]:
				last := len(open[tag]) - 1
				written := open[tag][last]
				open[tag] = open[tag][:last]
				if equal[written]--; equal[written] < 3 {
					active--
				}
			}
			for attributes {
				_, _, attributes = z.TagAttr()
				size += attrSize
			}
		}
		switch {
		case bodies > maxBodies, again > growth*max(tokens, fewTags):
			return errGrows
		case !tree.add(size):
			return errLarge
		}
	}
}
