package feed

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

const (
	longSummary = 1_000 // characters, from which on a single text of an item is its body
	shownTitle  = 100   // characters of its text that stand for a title that is missing
)

// adapt makes a record of an item. Authors are persons and left out.
func (f *feeds) adapt(i item, doc *document, id, where string) format.Item {
	language, ok := format.Language(strings.TrimSpace(i.language))
	if !ok {
		language, _ = format.Language(f.config.Language)
	}
	summary, body := split(text(i.Description), text(i.Content))
	title := format.Line(text(i.Title))
	if title == "" {
		title = shorten(format.Line(summary + body))
	}
	r := &catalog.Record{ID: id, Kind: "resource", Original: language, URL: format.Resolve(i.base, i.Link)}
	out := format.Item{Record: r, Where: where}
	leaveOut := func(path string, message string, args ...any) {
		out.LeftOut = append(out.LeftOut, catalog.Reason{Path: path, Code: "bad_value", Message: fmt.Sprintf(message, args...)})
	}
	for name, s := range map[string]string{"title": title, "summary": summary, "body": body} {
		if s != "" {
			format.Fields[name].Text(r, language, s)
		}
	}
	if i.Link != "" && r.URL == "" {
		leaveOut("url", "%.200q is no address of the web", i.Link)
	}
	f.addMeaning(r, i.words, leaveOut)
	f.addDates(r, i, leaveOut)
	for _, e := range i.Enclosures {
		rel := relOf(e.Type, e.URL)
		if rel == "" {
			continue
		}
		if address := format.Resolve(i.base, e.URL); address == "" {
			leaveOut("links", "%.200q is no address of the web", e.URL)
		} else if !slices.ContainsFunc(r.Links, func(l catalog.Link) bool { return l.URL == address }) && len(r.Links) < catalog.MaxList {
			r.Links = append(r.Links, catalog.Link{Rel: rel, URL: address})
		}
	}
	if o := f.section.Organization; o != nil {
		name, page := o.Name, o.URL
		if name == "" {
			name = format.Line(text(doc.title))
		}
		if page == "" {
			page = doc.site
		}
		if name != "" {
			r.Organizations = []catalog.OrganizationRef{{Name: catalog.Text{language: name}, URL: page}}
		}
	}
	return out
}

// split makes summary and body of the two texts that an item may have, of which
// feeds put the shorter in either. A long text alone is the body, and its first
// paragraph the summary.
func split(a, b string) (summary, body string) {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a != "" && a != b {
		return a, b
	}
	if utf8.RuneCountInString(b) <= longSummary {
		return b, ""
	}
	if first, _, more := strings.Cut(b, "\n\n"); more && utf8.RuneCountInString(first) <= longSummary {
		return first, b
	}
	return "", b
}

// shorten cuts a line where a word ends.
func shorten(s string) string {
	runes := []rune(s[:min(len(s), 8*shownTitle)])
	if len(runes) <= shownTitle {
		return s
	}
	cut := shownTitle
	for cut > shownTitle/2 && !unicode.IsSpace(runes[cut]) {
		cut--
	}
	if cut == shownTitle/2 {
		cut = shownTitle // no spaces, as in Chinese
	}
	return strings.TrimSpace(string(runes[:cut])) + "…"
}

// addMeaning puts in what the source file says that the item's categories mean.
func (f *feeds) addMeaning(r *catalog.Record, words []string, leaveOut func(string, string, ...any)) {
	done := map[string]bool{}
	for _, word := range words {
		word = format.FoldWord(text(word))
		meaning := f.section.Categories[word]
		if done[word] {
			continue
		}
		done[word] = true
		for _, name := range slices.Sorted(maps.Keys(meaning)) {
			var values []string
			for _, code := range meaning[name] {
				values = append(values, code.Value)
			}
			if err := format.Fields[name].Values(r, values); err != nil {
				leaveOut(name, "%v", err)
			}
		}
	}
}

var (
	zone    = regexp.MustCompile(`([+-])(\d\d):?(\d\d)$`)
	numbers = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}`)
)

// addDates puts in the date of publication, if that is the start of what the
// record is about: of a resource and, where the feed has no dates of its own for
// them, of an event.
func (f *feeds) addDates(r *catalog.Record, i item, leaveOut func(string, string, ...any)) {
	switch f.config.Kind {
	case "event":
		for name, of := range map[string]*string{"startdate": &r.Start, "enddate": &r.End} {
			if ev := i.Extensions["ev"][name]; len(ev) > 0 {
				*of = strings.TrimSpace(ev[0].Value)
			}
		}
	case "", "resource":
	default:
		return
	}
	said, parsed := format.Line(text(i.Published)), i.PublishedParsed
	if said == "" {
		said, parsed = format.Line(text(i.Updated)), i.UpdatedParsed
	}
	switch {
	case r.Start != "" || said == "":
	case parsed != nil && !numbers.MatchString(said):
		if r.Start = day(*parsed, said); parsed.Year() < 1000 || r.Start == "1970-01-01" {
			r.Start = ""
			leaveOut("start", "the item is dated %.60q, which is no date but a missing one", said)
		}
	case strings.ContainsFunc(said, unicode.IsDigit) && len(said) <= 100:
		r.Start = said // the runner knows more languages, and what is ambiguous
	default:
		leaveOut("start", "%.60q is no date", said)
	}
}

// day is the date where the item was published.
func day(t time.Time, said string) string {
	t = t.UTC()
	if m := zone.FindStringSubmatch(said); m != nil {
		if offset, err := time.ParseDuration(m[1] + m[2] + "h" + m[3] + "m"); err == nil {
			t = t.Add(offset)
		}
	}
	return t.Format(time.DateOnly)
}

// relOf says what an attached file is to the record; "" for files that a reader
// needs no link to, as pictures.
func relOf(mediaType, address string) string {
	ending := ""
	if u, err := url.Parse(strings.TrimSpace(address)); err == nil {
		ending = strings.ToLower(path.Ext(u.Path))
	}
	kind, _, _ := strings.Cut(strings.ToLower(mediaType), "/")
	switch {
	case kind == "video", slices.Contains([]string{".mp4", ".webm", ".mov", ".m4v"}, ending):
		return "video"
	case kind == "audio", slices.Contains([]string{".mp3", ".m4a", ".ogg", ".oga"}, ending):
		return "example"
	case strings.HasPrefix(strings.ToLower(mediaType), "application/pdf"), ending == ".pdf":
		return "report"
	}
	return ""
}
