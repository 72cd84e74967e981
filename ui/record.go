package ui

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// record is the page of one practice, organisation …; text=xx asks for its
// text in another language than the page's.
func (s *site) record(w http.ResponseWriter, r *request) {
	id := r.PathValue("id")
	data, p := s.get(r, "/api/v1/records/"+url.PathEscape(id), nil)
	if p != nil && p.moved != "" {
		to, _, _ := strings.Cut(strings.TrimPrefix(p.moved, "/api/v1"), "?")
		w.Header().Set("Cache-Control", "no-cache") // a merge can be undone
		http.Redirect(w, r.Request, "/"+r.locale.code+to, http.StatusMovedPermanently)
		return
	}
	if p != nil {
		s.fail(w, r, p)
		return
	}
	v := &view{data: data, locale: r.locale}
	wanted := r.URL.Query().Get("text")
	data["reader"] = []any{wanted, r.locale.code, catalog.DefaultLanguage, text(data["original"])}
	title := choose(v, data["title"], "").(map[string]any)
	shown := text(title["language"])
	s.languages(v, id, shown)
	s.parts(v)
	facts(v)
	links(v)
	data["related"] = related(v)
	data["licence"] = licence(data["provenance"])
	data["source"] = sourceLink(v, data["provenance"])
	data["assigned"] = assigned(v)
	data["members"] = members(v)
	data["citation"] = s.citation(r, v, text(title["text"]))
	cite := "/api/v1/records/" + url.PathEscape(id)
	data["ris"], data["bib"] = cite+".ris?lang="+r.locale.code, cite+".bib?lang="+r.locale.code
	topics := []any{}
	for _, code := range list(data["themes"]) {
		topics = append(topics, map[string]any{"code": code, "href": v.address("themes/"+url.PathEscape(text(code)), nil)})
	}
	data["topics"] = topics
	data["compare"] = v.address("compare", []param{{"id", id}})
	s.around(r, data, id)
	if described, p := s.get(r, cite+".jsonld", nil); p == nil {
		data["jsonld"] = described
	}
	s.signpostRecord(w, r, data, cite)
	summary := choose(v, data["summary"], "").(map[string]any)
	if data["kind"] == "organization" {
		practices, p := s.get(r, "/api/v1/records", url.Values{"organization": {id}, "facets": {"none"}, "limit": {"10"}})
		if p != nil {
			s.fail(w, r, p)
			return
		}
		data["practices"] = practices
		addLabels(data, practices)
	}
	s.write(w, r, "record", http.StatusOK, text(title["text"]), text(summary["text"]), data)
}

// mostSimilar is how many similar records are shown.
const mostSimilar = 4

// around adds what is like a record and how it came to be as it is, as far as that can be had.
func (s *site) around(r *request, data map[string]any, id string) {
	path := "/api/v1/records/" + url.PathEscape(id)
	if similar, p := s.get(r, path+"/similar", url.Values{"limit": {strconv.Itoa(mostSimilar)}}); p == nil {
		data["similar"] = similar["items"]
		addLabels(data, similar)
	}
	history, p := s.get(r, path+"/history", nil)
	if p != nil {
		return
	}
	versions := []any{}
	for _, x := range list(history["items"]) {
		version := x.(map[string]any)
		changed := []any{}
		for _, key := range list(version["changed"]) {
			if name := fieldName(r.locale, text(key)); name != "" && !slices.Contains(changed, any(name)) {
				changed = append(changed, name)
			}
		}
		versions = append(versions, map[string]any{"number": version["version"], "time": version["time"], "changed": changed})
	}
	if len(versions) > 1 {
		data["versions"] = versions
	}
}

// fieldName is what readers call a key of a record, "" if the pages do not show it.
func fieldName(l *locale, key string) string {
	switch key {
	case "title":
		return l.text("record.title", nil)
	case "practice":
		return l.text("record.practice", nil)
	case "links":
		return l.text("compare.sources", nil)
	case "translations":
		return l.text("record.translations", nil)
	case "themes":
		return l.text("fact.theme", nil)
	case "fields":
		return l.text("fact.field", nil)
	case "languages":
		return l.text("fact.languages", nil)
	}
	if passage, ok := passages[key]; ok {
		return l.text(passage[1], nil)
	}
	return ""
}

// citation is a reference to a record in words.
func (s *site) citation(r *request, v *view, title string) string {
	authors := leads(v)
	if len(authors) == 0 {
		authors = list(v.data["organizations"])
	}
	said := []string{title}
	if len(authors) > 0 {
		said = append(said, text(join(v, named(v, authors), "")))
	}
	return strings.Join(append(said, s.cited(r, "/"+r.locale.code+"/records/"+url.PathEscape(text(v.data["id"])))), ". ")
}

// leads are the organisations that lead what a record describes, and named what organisations
// are called.
func leads(v *view) (out []any) {
	for _, x := range list(v.data["organizations"]) {
		if x.(map[string]any)["role"] == "lead" {
			out = append(out, x)
		}
	}
	return out
}

func named(v *view, organizations []any) (out []any) {
	for _, x := range organizations {
		out = append(out, text(choose(v, x.(map[string]any)["name"], "").(map[string]any)["text"]))
	}
	return out
}

// lands are the names of the countries of a record or, without any, of its regions.
func lands(v *view) []any {
	if where := list(label(v, v.data["countries"], "country")); len(where) > 0 {
		return where
	}
	return list(label(v, v.data["regions"], "region"))
}

// languages offers the other languages of the text and says when the one shown
// is a translation by machine or older than the text it was made of.
func (s *site) languages(v *view, id, shown string) {
	available := catalog.Text{}
	for _, part := range []string{"title", "summary", "body"} {
		texts, _ := v.data[part].(map[string]any)
		for language := range texts {
			available[language] = part
		}
	}
	practice, _ := v.data["practice"].(map[string]any)
	for _, texts := range practice {
		for language := range texts.(map[string]any) {
			available[language] = "practice"
		}
	}
	address := func(language string) string {
		path := "/" + v.locale.code + "/records/" + url.PathEscape(id)
		if language == v.locale.code {
			return path
		}
		return path + "?text=" + escape(language)
	}
	tongues := []any{}
	for _, code := range available.Languages() {
		name, named := text(label(v, code, "language")), v.locale.code
		if own := s.locales[code]; own != nil {
			name, named = own.text("language.name", nil), code
		}
		tongues = append(tongues, map[string]any{"code": code, "name": name, "named": named, "href": address(code), "current": map[bool]any{true: "true"}[code == shown]})
	}
	if len(tongues) > 1 {
		v.data["tongues"] = tongues
	}
	translations, _ := v.data["translations"].(map[string]any)
	translation, _ := translations[shown].(map[string]any)
	original := text(v.data["original"])
	if translation["origin"] == "machine" && original != "" {
		v.data["machine"] = map[string]any{"from": label(v, original, "language"), "href": address(original)}
	}
	v.data["outdated"] = slices.Contains(list(v.data["stale"]), any(shown))
}

func (s *site) parts(v *view) {
	v.data["about"] = paragraphs(choose(v, v.data["body"], ""))
	practice, _ := v.data["practice"].(map[string]any)
	shown, contents, foreign := []any{}, []any{}, []any{}
	note := func(paragraphs []any) {
		for _, p := range paragraphs {
			if language := p.(map[string]any)["language"]; language != v.locale.code && !slices.Contains(foreign, language) {
				foreign = append(foreign, language)
			}
		}
	}
	note(paragraphs(choose(v, v.data["summary"], "")))
	note(list(v.data["about"]))
	for _, code := range catalog.PracticeParts {
		if paragraphs := paragraphs(choose(v, practice[code], "")); len(paragraphs) > 0 {
			note(paragraphs)
			shown = append(shown, map[string]any{"code": code, "text": paragraphs})
			contents = append(contents, map[string]any{"code": code, "href": "#" + code})
		}
	}
	v.data["parts"], v.data["foreign"] = shown, foreign
	if v.data["machine"] == nil { // or the note on the translation says it
		v.data["apart"] = foreign
	}
	if len(contents) > 2 {
		v.data["contents"] = contents
	}
}

// paragraphs are the pieces of a chosen text that blank lines separate.
func paragraphs(chosen any) []any {
	object := chosen.(map[string]any)
	out := []any{}
	for _, p := range strings.Split(text(object["text"]), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, map[string]any{"text": p, "language": object["language"]})
		}
	}
	return out
}

// links sorts the pages about a record by what they are good for.
func links(v *view) {
	var examples, evaluations, more []any
	known := map[string]bool{}
	for _, x := range list(v.data["links"]) {
		link := x.(map[string]any)
		address := text(link["url"])
		known[bare(address)] = true
		named := choose(v, link["title"], "").(map[string]any)
		shown := map[string]any{"url": address, "rel": link["rel"], "language": link["language"], "title": named, "path": pathOf(address), "supports": supports(v, link["parts"])}
		switch link["rel"] {
		case "example", "video", "toolkit", "news":
			examples = append(examples, shown)
		case "evaluation":
			evaluations = append(evaluations, shown)
		default:
			more = append(more, shown)
		}
	}
	if address := text(v.data["url"]); address != "" && !known[bare(address)] {
		more = append([]any{map[string]any{"url": address, "rel": "", "path": pathOf(address)}}, more...)
	}
	v.data["examples"], v.data["evaluations"], v.data["more"] = examples, evaluations, more
}

// passages are where the fields of a record stand on its page, but for the parts
// of a practice: the id and the text that names it.
var passages = map[string][2]string{
	"summary": {"summary", "record.summary"}, "body": {"about", "record.about"},
	"countries": {"where", "fact.where"}, "regions": {"where", "fact.where"}, "places": {"where", "fact.where"}, "scope": {"where", "fact.where"},
	"start": {"when", "fact.when"}, "end": {"when", "fact.when"}, "status": {"when", "fact.when"},
	"audiences": {"audiences", "fact.audience"}, "reach": {"audiences", "fact.audience"},
	"cost": {"cost", "fact.cost"}, "duration_months": {"cost", "fact.cost"}, "evidence": {"evidence", "fact.evidence"},
	"organizations": {"organizations", "record.organizations"}, "criteria": {"criteria", "record.criteria"}, "contact": {"contact", "record.contact"},
}

// supports are the passages of the page that a link is said to support, each
// once. A field that the page does not show is left out.
func supports(v *view, fields any) []any {
	out, seen := []any{}, map[string]bool{}
	strip, _ := v.data["strip"].(map[string]any)
	practice, _ := v.data["practice"].(map[string]any)
	for _, x := range list(fields) {
		field := strings.TrimPrefix(text(x), "practice.")
		id, name := field, ""
		if passage, ok := passages[field]; ok {
			id = passage[0]
			if fact := strings.HasPrefix(passage[1], "fact."); truthy(v.data[field]) && (!fact || strip[id] == true) {
				name = v.locale.text(passage[1], nil)
			}
		} else if slices.Contains(catalog.PracticeParts, field) && truthy(practice[field]) {
			name = text(label(v, field, "part"))
		}
		if name != "" && !seen[id] {
			seen[id] = true
			out = append(out, map[string]any{"href": "#" + id, "name": name})
		}
	}
	return out
}

// bare is an address without what makes no difference to where it leads.
func bare(address string) string {
	_, address, _ = strings.Cut(address, "://")
	return strings.TrimSuffix(strings.TrimPrefix(address, "www."), "/")
}

// pathOf is what tells an address from others of its site.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return cmp.Or(strings.Trim(u.Path, "/"), u.RawQuery)
}

// mostPlaces is how many places the strip names before it folds the others.
const mostPlaces = 6

// facts are what the strip below the title says.
func facts(v *view) {
	places := []any{}
	for _, x := range list(v.data["places"]) {
		if name := text(choose(v, x.(map[string]any)["name"], "").(map[string]any)["text"]); name != "" {
			places = append(places, map[string]any{"name": name})
		}
	}
	where := places
	countries := list(v.data["countries"])
	for i, name := range lands(v) {
		land := map[string]any{"name": name}
		if len(countries) > 0 {
			land["href"] = v.address("countries/"+url.PathEscape(text(countries[i])), nil)
		}
		where = append(where, land)
	}
	v.data["where"] = where
	if len(where) > mostPlaces+1 {
		v.data["where"], v.data["elsewhere"] = where[:mostPlaces], where[mostPlaces:]
	}
	v.data["when"] = when(v)
	v.data["price"] = cost(v)
	v.data["leads"] = leads(v)
	// The first six are said to be unknown if they are, but only of a practice.
	strip := map[string]any{}
	practice := v.data["kind"] == "initiative"
	for name, known := range map[string]any{
		"where": where, "when": v.data["when"], "leads": v.data["leads"], "audiences": v.data["audiences"], "cost": v.data["price"], "evidence": v.data["evidence"],
	} {
		strip[name] = practice || truthy(known)
	}
	for _, name := range []string{"fields", "languages", "alliance_role"} {
		strip[name] = truthy(v.data[name])
	}
	if slices.Contains(slices.Collect(maps.Values(strip)), any(true)) {
		v.data["strip"] = strip
	}
}

func when(v *view) string {
	start, end := text(v.data["start"]), text(v.data["end"])
	since := map[string]any{"start": v.locale.since(start)}
	switch {
	case start != "" && end == start:
		return v.locale.date(start)
	case len(start) == 4 && len(end) == 4:
		return v.locale.text("when.years", map[string]any{"start": start, "end": end})
	case start != "" && end != "":
		return v.locale.text("when.range", map[string]any{"start": v.locale.date(start), "end": v.locale.date(end)})
	case start != "" && v.data["status"] == "ongoing":
		return v.locale.text("when.since", since)
	case start != "":
		return v.locale.text("when.from", since)
	case end != "":
		return v.locale.text("when.until", map[string]any{"end": v.locale.date(end[:min(7, len(end))])})
	}
	return ""
}

func cost(v *view) string {
	known, _ := v.data["cost"].(map[string]any)
	if known == nil {
		return ""
	}
	amount := text(known["amount"])
	if n, err := strconv.Atoi(amount); err == nil {
		amount = v.locale.number(n)
	}
	out := v.locale.text("cost.amount", map[string]any{"amount": amount, "currency": known["currency"]})
	if per := text(known["per"]); per != "" {
		if _, ok := v.locale.messages["cost.per."+per]; ok {
			per = v.locale.text("cost.per."+per, nil)
		}
		out += " " + per
	}
	if year := text(known["year"]); year != "" {
		out += " (" + year + ")"
	}
	return out
}

// related are the relations to what is public.
func related(v *view) []any {
	var out []any
	for _, x := range list(v.data["related"]) {
		relation := x.(map[string]any)
		if id := text(relation["id"]); label(v, id, "record") != any(id) {
			out = append(out, relation)
		}
	}
	return out
}

// licence names a licence by its SPDX identifier or its address.
func licence(provenance any) any {
	p, _ := provenance.(map[string]any)
	name := text(p["licence"])
	if name == "" {
		return nil
	}
	out := map[string]any{"name": strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")}
	if address := catalog.LicenceAddress(name); address != "" {
		out["href"] = address
	}
	return out
}

// addLabels makes the labels of another answer known to a page.
func addLabels(data, other map[string]any) {
	labels, _ := data["labels"].(map[string]any)
	more, _ := other["labels"].(map[string]any)
	for dimension, names := range more {
		known, _ := labels[dimension].(map[string]any)
		if known == nil {
			labels[dimension] = names
			continue
		}
		for code, name := range names.(map[string]any) {
			known[code] = name
		}
	}
}

// assigned are the themes and fields that rules gave the record, each with the
// reason.
func assigned(v *view) []any {
	out := []any{}
	for _, x := range list(v.data["assigned"]) {
		a := x.(map[string]any)
		name := text(label(v, a["code"], "theme"))
		if name == text(a["code"]) {
			name = text(label(v, a["code"], "field"))
		}
		out = append(out, map[string]any{"label": name, "why": a["why"]})
	}
	return out
}

// members are the records that a merged one stands for besides itself.
func members(v *view) []any {
	out := []any{}
	envelope, _ := v.data["envelope"].(map[string]any)
	for _, x := range list(envelope["members"]) {
		if m := x.(map[string]any); m["id"] != v.data["id"] {
			link := sourceLink(v, m["provenance"])
			link["licence"] = licence(m["provenance"])
			out = append(out, link)
		}
	}
	return out
}
