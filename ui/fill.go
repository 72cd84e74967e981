package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"clearinghouse/catalog"
)

// The pages are HTML with binding attributes. This file and static/js/fill.js
// read them alike; testdata/fill.json holds the cases that both must pass.
//
//	data-each="EXPR"     repeats the element for every item of a list
//	data-if="EXPR"       keeps the element only if the value is not empty
//	data-with="EXPR"     makes the value the item of the element and its content
//	data-text="EXPR"     sets the text
//	data-prose="EXPR"    sets the text, and lang and dir, from {text, language}
//	data-t="KEY"         sets the text from the locale
//	data-bind-NAME="EXPR"  sets the attribute NAME: none if empty, bare if true
//	data-t-NAME="KEY"    sets the attribute NAME from the locale
//	data-args="a:EXPR b:EXPR"  what the placeholders {a} and {b} of KEY stand for
//
// EXPR is a path (. is the item, a.b a key of it, $a.b one of the page's data)
// followed by formatters, as in countries|label:country|list. A <template> with
// data-each, data-if or data-with gives way to its content. A <template> with
// data-region stays: its filled content stands behind it, and the script fills
// it again from the API.

// view is what a page is filled with.
type view struct {
	data   map[string]any // the page's data, $ in expressions
	locale *locale
	icons  string   // address of the file of icons
	params []string // parameters that an address of a page may have
}

// fill binds the content of n, whose item is item.
func (v *view) fill(n *html.Node, item any) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.Type == html.ElementNode {
			v.element(child, item)
		}
		child = next
	}
}

func (v *view) element(n *html.Node, item any) {
	if region(n) {
		filled := clone(n)
		v.fill(filled, item)
		unwrap(filled, n.Parent, n.NextSibling)
		return
	}
	if expr, ok := take(n, "data-each"); ok {
		for _, each := range list(v.eval(expr, item)) {
			copied := clone(n)
			n.Parent.InsertBefore(copied, n)
			v.element(copied, each)
		}
		n.Parent.RemoveChild(n)
		return
	}
	if expr, ok := take(n, "data-if"); ok && !truthy(v.eval(expr, item)) {
		n.Parent.RemoveChild(n)
		return
	}
	if expr, ok := take(n, "data-with"); ok {
		item = v.eval(expr, item)
	}
	if n.DataAtom == atom.Template {
		v.fill(n, item)
		unwrap(n, n.Parent, n.NextSibling)
		n.Parent.RemoveChild(n)
		return
	}
	v.fill(n, item)
	v.attributes(n, item)
}

// attributes sets what the binding attributes of n say and removes them.
func (v *view) attributes(n *html.Node, item any) {
	var args map[string]any
	if spec, ok := take(n, "data-args"); ok {
		args = v.args(spec, item)
	}
	bound := n.Attr
	n.Attr = nil
	for _, a := range bound {
		name, isText := strings.CutPrefix(a.Key, "data-t-")
		bind, isBind := strings.CutPrefix(a.Key, "data-bind-")
		switch {
		case a.Key == "data-text":
			setText(n, text(v.eval(a.Val, item)))
		case a.Key == "data-t":
			setText(n, v.locale.text(a.Val, args))
		case a.Key == "data-prose":
			prose, _ := v.eval(a.Val, item).(map[string]any)
			setText(n, text(prose["text"]))
			if language := text(prose["language"]); language != "" {
				setAttr(n, "lang", language)
				setAttr(n, "dir", catalog.Direction(language))
			}
		case isText:
			setAttr(n, name, v.locale.text(a.Val, args))
		case isBind:
			if bind == "viewbox" { // HTML makes names small, SVG tells them apart
				bind = "viewBox"
			}
			switch value := v.eval(a.Val, item); {
			case !truthy(value) || addresses[bind] && !safeAddress.MatchString(text(value)):
			case value == true:
				setAttr(n, bind, "")
			default:
				setAttr(n, bind, text(value))
			}
		default:
			n.Attr = append(n.Attr, a)
		}
	}
}

var (
	addresses   = map[string]bool{"href": true, "src": true, "action": true}
	safeAddress = regexp.MustCompile(`^(https?://|mailto:|/($|[^/\\])|[?#])`)
)

func (v *view) args(spec string, item any) map[string]any {
	args := map[string]any{}
	for _, word := range strings.Fields(spec) {
		name, expr, _ := strings.Cut(word, ":")
		args[name] = v.eval(expr, item)
	}
	return args
}

func (v *view) eval(expr string, item any) any {
	path, calls, more := strings.Cut(expr, "|")
	value := item
	if path != "." {
		if rest, ok := strings.CutPrefix(path, "$"); ok {
			path, value = rest, v.data
		}
		for _, key := range strings.Split(path, ".") {
			object, _ := value.(map[string]any)
			value = object[key]
		}
	}
	for more {
		var call string
		call, calls, more = strings.Cut(calls, "|")
		name, arg, _ := strings.Cut(call, ":")
		value = formatters[name](v, value, arg)
	}
	return value
}

// truthy is false for nothing, false, 0, "", and an empty list or object.
func truthy(value any) bool {
	switch x := value.(type) {
	case nil:
		return false
	case bool:
		return x
	case string:
		return x != ""
	case float64:
		return x != 0
	case []any:
		return len(x) > 0
	case map[string]any:
		return len(x) > 0
	}
	return true
}

func list(value any) []any {
	l, _ := value.([]any)
	return l
}

// text is a value as it stands in a page; objects and lists have no text.
func text(value any) string {
	switch x := value.(type) {
	case string:
		return x
	case float64:
		return fmt.Sprintf("%.0f", x)
	}
	return ""
}

// region reports whether n is a template that stays in the page.
func region(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "data-region" })
}

func take(n *html.Node, key string) (string, bool) {
	for i, a := range n.Attr {
		if a.Key == key {
			n.Attr = append(n.Attr[:i:i], n.Attr[i+1:]...)
			return a.Val, true
		}
	}
	return "", false
}

func setAttr(n *html.Node, key, value string) {
	take(n, key)
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func setText(n *html.Node, s string) {
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	if s != "" {
		n.AppendChild(&html.Node{Type: html.TextNode, Data: s})
	}
}

func unwrap(n, parent, before *html.Node) {
	for n.FirstChild != nil {
		child := n.FirstChild
		n.RemoveChild(child)
		parent.InsertBefore(child, before)
	}
}

func clone(n *html.Node) *html.Node {
	out := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace, Attr: append([]html.Attribute(nil), n.Attr...)}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		out.AppendChild(clone(child))
	}
	return out
}
