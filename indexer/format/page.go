package format

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"clearinghouse/catalog"

	"github.com/andybalholm/cascadia"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is a web page as a tree.
type Page struct {
	Root     *html.Node
	Base     *url.URL // which relative addresses start from
	Response Response
}

// OpenPage reads a response as HTML; encoding and language are what the source
// file says, as for Decode.
func OpenPage(r Response, encoding, language string) (*Page, error) {
	body, err := ReadWhole(r.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	root, err := parseHTML(Decode(body, r.ContentType, encoding, language))
	if err != nil {
		return nil, fmt.Errorf("%s: the page cannot be read as HTML: %w", r.URL, err)
	}
	p := &Page{Root: root, Response: r}
	if p.Base, err = url.Parse(r.Final); err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	if n := cascadia.Query(root, baseElement); n != nil {
		if base, err := p.Base.Parse(strings.TrimSpace(Attr(n, "href"))); err == nil && catalog.IsWebAddress(base.String()) {
			p.Base = base
		}
	}
	return p, nil
}

var baseElement = cascadia.MustCompile("base[href]")

// Attr is an attribute of an element, "" without it.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Link resolves an address on the page, without the place in the page that it
// may lead to; "" if it is none of the web.
func (p *Page) Link(href string) string {
	u, err := p.Base.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	if address := u.String(); catalog.IsWebAddress(address) {
		return address
	}
	return ""
}

// List are the addresses that the items of a list page lead to by their
// attribute, each once, and that of the next list page, "" without one.
func (p *Page) List(item *Selector, attr string, next *Selector) (items []string, nextPage string) {
	seen := map[string]bool{}
	for _, n := range cascadia.QueryAll(p.Root, item) {
		if href := Attr(n, attr); href != "" {
			if address := p.Link(href); address != "" && !seen[address] {
				seen[address] = true
				items = append(items, address)
			}
		}
	}
	if next != nil {
		if n := cascadia.Query(p.Root, next); n != nil && Attr(n, "href") != "" {
			nextPage = p.Link(Attr(n, "href"))
		}
	}
	return items, nextPage
}

// LanguageOf is the language that the page says of a node, "" if it says none.
func (p *Page) LanguageOf(n *html.Node) string {
	for ; n != nil; n = n.Parent {
		if l, ok := Language(strings.TrimSpace(Attr(n, "lang"))); ok {
			return l
		}
	}
	for n := range p.Root.ChildNodes() {
		if n.DataAtom == atom.Html {
			l, _ := Language(strings.TrimSpace(Attr(n, "lang")))
			return l
		}
	}
	return ""
}

// Native makes the id of what is at an address: the path, with the host if it is
// another than that of the source's own address, home.
func Native(address, home string) string {
	u, err := url.Parse(Untracked(address))
	if err != nil {
		return address
	}
	native := strings.TrimLeft(path.Clean(u.Path), "/.")
	if native == "" {
		native = "index"
	} else if strings.HasSuffix(u.Path, "/") {
		native += "/" // another page than the one without
	}
	if home, err := url.Parse(home); err == nil && home.Host != u.Host {
		native = u.Host + "/" + native
	}
	if u.RawQuery != "" {
		native += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		native += "#" + u.Fragment
	}
	return native
}

// Selector is a CSS selector of a source file, compiled.
type Selector struct{ cascadia.Selector }

// UnmarshalYAML compiles a selector; its error carries the place in the file.
func (s *Selector) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text, yaml.Strict()); err != nil {
		return err
	}
	compiled, err := cascadia.Compile(text)
	if err != nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a CSS selector: %v", text, err), Token: node.GetToken()}
	}
	s.Selector = compiled
	return nil
}
