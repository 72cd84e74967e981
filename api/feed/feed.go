// Package feed writes what has changed lately as feeds: Atom (RFC 4287) and JSON Feed 1.1.
package feed

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"time"
)

// Feed is one page of a feed, the entries changed last first (RFC 5005, paged feeds).
type Feed struct {
	ID      string // the address of its first page
	Title   string
	Lang    string // BCP 47, of the title
	Self    string // address of this page
	Next    string // of the next, "" if there is none
	Home    string // page that people should visit
	Updated time.Time
	Entries []Entry
}

// Entry is one record.
type Entry struct {
	ID         string // an address that stays
	Title      Text
	Summary    Text
	Page       string // that people should visit
	About      string // of the thing itself, "" if it is not known
	Published  time.Time
	Updated    time.Time // last change of its content
	Authors    []string
	Categories []Category
	Licence    string // address or SPDX identifier
}

// Text is a text and its language.
type Text struct{ Text, Language string }

// Category is a code with its label.
type Category struct{ Scheme, Term, Label string }

const atomNamespace = "http://www.w3.org/2005/Atom"

type atomFeed struct {
	XMLName   xml.Name    `xml:"feed"`
	Namespace string      `xml:"xmlns,attr"`
	Lang      string      `xml:"xml:lang,attr,omitempty"`
	ID        string      `xml:"id"`
	Title     string      `xml:"title"`
	Updated   string      `xml:"updated"`
	Author    atomAuthor  `xml:"author"`
	Links     []atomLink  `xml:"link"`
	Entries   []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr,omitempty"`
}

type atomText struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	Text string `xml:",chardata"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      atomText       `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Authors    []atomAuthor   `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    *atomText      `xml:"summary"`
	Rights     string         `xml:"rights,omitempty"`
}

// Atom writes a feed in the form of RFC 4287.
func Atom(w io.Writer, f Feed) error {
	out := atomFeed{Namespace: atomNamespace, Lang: f.Lang, ID: f.ID, Title: f.Title, Updated: stamp(f.Updated), Author: atomAuthor{"Clearinghouse"}}
	out.Links = []atomLink{{"self", f.Self, "application/atom+xml"}, {"alternate", f.Home, "text/html"}}
	if f.Next != "" {
		out.Links = append(out.Links, atomLink{"next", f.Next, "application/atom+xml"})
	}
	for _, e := range f.Entries {
		entry := atomEntry{ID: e.ID, Title: atomText{e.Title.Language, e.Title.Text}, Published: stamp(e.Published), Updated: stamp(e.Updated), Rights: e.Licence}
		entry.Links = []atomLink{{"alternate", e.Page, "text/html"}}
		if e.About != "" {
			entry.Links = append(entry.Links, atomLink{"related", e.About, ""})
		}
		for _, name := range e.Authors {
			entry.Authors = append(entry.Authors, atomAuthor{name})
		}
		for _, c := range e.Categories {
			entry.Categories = append(entry.Categories, atomCategory{c.Term, c.Scheme, c.Label})
		}
		if e.Summary.Text != "" {
			entry.Summary = &atomText{e.Summary.Language, e.Summary.Text}
		}
		out.Entries = append(out.Entries, entry)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", " ")
	return encoder.Encode(out)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

type jsonFeed struct {
	Version  string     `json:"version"`
	Title    string     `json:"title"`
	Home     string     `json:"home_page_url"`
	Self     string     `json:"feed_url"`
	Next     string     `json:"next_url,omitempty"`
	Language string     `json:"language,omitempty"`
	Items    []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	About     string       `json:"external_url,omitempty"`
	Title     string       `json:"title"`
	Text      string       `json:"content_text"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language,omitempty"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

// JSON writes a feed in the form of JSON Feed 1.1.
func JSON(w io.Writer, f Feed) error {
	out := jsonFeed{Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Home, Self: f.Self, Next: f.Next, Language: f.Lang, Items: []jsonItem{}}
	for _, e := range f.Entries {
		item := jsonItem{ID: e.ID, URL: e.Page, About: e.About, Title: e.Title.Text, Text: e.Summary.Text, Published: stamp(e.Published), Modified: stamp(e.Updated), Language: e.Title.Language}
		for _, name := range e.Authors {
			item.Authors = append(item.Authors, jsonAuthor{name})
		}
		for _, c := range e.Categories {
			item.Tags = append(item.Tags, c.Label)
		}
		out.Items = append(out.Items, item)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(out)
}
