package jsonapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// id is the source's own id of an item, "" without one.
func (l *list) id(item any) string {
	values, _ := l.section.ID.values(item)
	if len(values) == 0 {
		return ""
	}
	return format.Line(values[0])
}

// adapt makes a record of an item, or says why there can be none.
func (l *list) adapt(item any, base *url.URL, where string) (format.Item, *catalog.Refusal) {
	refuse := func(path, code, message string) (format.Item, *catalog.Refusal) {
		refused := format.Refuse("", where, path, code, message)
		return format.Item{}, &refused
	}
	if _, is := item.(map[string]any); !is {
		return refuse("", "not_an_object", "the item is "+keys(item)+", not an object: jsonapi.items must lead to objects")
	}
	r := &catalog.Record{ID: l.id(item)}
	if r.ID == "" {
		return refuse("id", "no_id", fmt.Sprintf("jsonapi.id: %s finds nothing: the item is %s", l.section.ID.Path, keys(item)))
	}
	out := format.Item{Record: r, Where: where}
	leaveOut := func(path string, message string, args ...any) {
		out.LeftOut = append(out.LeftOut, catalog.Reason{Path: path, Code: "bad_value", Message: fmt.Sprintf(message, args...)})
	}
	if f, mapped := l.section.Fields["original"]; mapped {
		if values, _ := f.values(item); len(values) > 0 {
			r.Original = values[0]
			if _, ok := format.Language(r.Original); !ok {
				leaveOut("original", "%.60q is not the tag of a language: give its tag by map", r.Original)
			}
		}
	}
	language := l.language(r)
	r.Original = language
	for _, key := range l.section.Fields.names() {
		name, tag, _ := strings.Cut(key, "@")
		f, set := l.section.Fields[key], format.Fields[name]
		switch {
		case f.Languages:
			l.addTexts(r, name, f, item, leaveOut)
			continue
		case set.Text != nil:
			values, problem := f.values(item)
			if problem != "" {
				leaveOut(key, "%s", problem)
			}
			if tag == "" {
				tag = language
			} else {
				tag, _ = format.Language(tag)
			}
			setText(r, name, tag, values)
			continue
		}
		values, problem := f.values(item)
		if problem != "" {
			leaveOut(key, "%s", problem)
		}
		if set.Address {
			var addresses []string
			for _, v := range values {
				if address := resolve(base, v); address != "" {
					addresses = append(addresses, address)
				} else {
					leaveOut(key, "%.200q is no address of the web", v)
				}
			}
			values = addresses
		}
		if len(values) > 0 {
			for n := range values {
				values[n] = format.Line(values[n])
			}
			if err := set.Values(r, values); err != nil {
				leaveOut(key, "%v", err)
			}
		}
	}
	if r.Title[r.Original] == "" {
		r.Original = "" // which of them is, nobody says
		if languages := r.Title.Languages(); len(languages) == 1 {
			r.Original = languages[0]
		}
	}
	format.AddTranslations(r)
	return out, nil
}

// names are the names of the fields in the order in which they are to be set,
// what others refer to before them; without original, which is set before all.
func (f fields) names() []string {
	var out []string
	for key := range f {
		if key != "original" {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// addTexts puts in an object of texts by their languages.
func (l *list) addTexts(r *catalog.Record, name string, f field, item any, leaveOut func(string, string, ...any)) {
	for _, v := range f.Path.find(item) {
		texts, is := v.(map[string]any)
		if !is {
			if s, ok := scalar(v); ok && len(s) <= catalog.MaxRecordBytes { // only one, and in no language
				setText(r, name, l.language(r), []string{s})
			}
			continue
		}
		for _, tag := range slices.Sorted(maps.Keys(texts)) {
			s, ok := scalar(texts[tag])
			language, known := format.Language(strings.ReplaceAll(tag, "_", "-"))
			switch {
			case !ok || s == "":
			case len(s) > catalog.MaxRecordBytes:
				leaveOut(name, "%s finds a text longer than %d bytes", f.Path, catalog.MaxRecordBytes)
			case !known:
				leaveOut(name, "%.60q is not the tag of a language", tag)
			default:
				setText(r, name, language, []string{s})
			}
		}
	}
}

// setText puts in a text without markup: the first value of one that is one line,
// else all, as paragraphs. A text that is there already stays.
func setText(r *catalog.Record, name, language string, values []string) {
	set := format.Fields[name]
	var paragraphs []string
	for _, v := range values {
		v = format.PlainText(v)
		if set.Line {
			v = format.Line(v)
		}
		if v != "" {
			paragraphs = append(paragraphs, v)
		}
	}
	if set.Line {
		paragraphs = paragraphs[:min(len(paragraphs), 1)]
	}
	if len(paragraphs) > 0 && r.Part(name)[language] == "" {
		set.Text(r, language, strings.Join(paragraphs, "\n\n"))
	}
}

// values are the strings, numbers and truth values that a field finds in an
// item, mapped; problem says what it found that is none.
func (f field) values(item any) (out []string, problem string) {
	var add func(v any, within bool)
	add = func(v any, within bool) {
		switch v := v.(type) {
		case nil:
		case []any:
			if within {
				problem = fmt.Sprintf("%s finds arrays in an array: name the part that is meant", f.Path)
				return
			}
			for _, e := range v {
				add(e, true)
			}
		case map[string]any:
			problem = fmt.Sprintf("%s finds %s: name the part that is meant", f.Path, keys(v))
		default:
			s, _ := scalar(v)
			if len(s) > catalog.MaxRecordBytes {
				problem = fmt.Sprintf("%s finds a text longer than %d bytes", f.Path, catalog.MaxRecordBytes)
				return
			}
			parts := []string{s}
			if f.Separator != "" {
				parts = strings.Split(s, f.Separator)
			}
			for _, p := range parts {
				p = strings.TrimSpace(p)
				if mapped, ok := f.Map.Get(p); ok {
					p = mapped
				}
				if p == "" {
					continue
				}
				if f.Template != "" {
					p = strings.ReplaceAll(f.Template, "{}", strings.ReplaceAll(url.QueryEscape(p), "+", "%20"))
				}
				out = append(out, p)
			}
		}
	}
	for _, v := range f.Path.find(item) {
		add(v, false)
	}
	return out, problem
}
