package ui

import (
	"net/http"
	"net/url"
	"time"
)

// starterID is the source that comes with the program, which is named in the
// reader's language.
const starterID = "starter"

// sourceName is the name of a source for a reader.
func sourceName(l *locale, id, name string) string {
	if id == starterID {
		return l.text("sources.starter", nil)
	}
	return name
}

// sources is the page of where the collection comes from.
func (s *site) sources(w http.ResponseWriter, r *request) {
	data, p := s.get(r, "/api/v1/sources", nil)
	if p != nil {
		s.fail(w, r, p)
		return
	}
	v := &view{locale: r.locale}
	now := time.Now()
	most, states, names := 0, map[string]int{}, map[string]string{}
	for _, x := range list(data["items"]) {
		source := x.(map[string]any)
		names[text(source["id"])] = sourceName(r.locale, text(source["id"]), text(source["name"]))
		most = max(most, number(source["records"]))
		states[text(source["state"])]++
	}
	rows := []any{}
	for _, x := range list(data["items"]) {
		source := x.(map[string]any)
		id, state, records := text(source["id"]), text(source["state"]), number(source["records"])
		row := map[string]any{
			"id": id, "name": names[id], "homepage": source["homepage"],
			"state": state, "state_name": r.locale.text("state."+state, nil), "records": source["records"],
			"licence": licence(source), "every": rhythm(r.locale, source), "format": formatName(r.locale, text(source["format"])),
			"href": v.searchPage(sourcesIn(text(source["href"]))), "waits": source["trusted"] == false,
		}
		if state == "followed" {
			row["state_name"] = r.locale.text("sources.via", map[string]any{"name": names[text(source["via"])]})
		}
		row["each"] = state == "followed" || state == "imported" // licences
		if records > 0 {
			row["bar"] = float64(max(1, 100*records/most))
		}
		if run, _ := source["run"].(map[string]any); run != nil {
			row["run"], row["read"], row["warning"] = run, readAt(r.locale, run, now), run["warning"]
			if state == "failing" {
				row["error"] = run["error"]
			}
		}
		rows = append(rows, row)
	}
	finding, lead := sourcesFinding(r.locale, number(data["total"]), len(rows))
	data["rows"], data["finding"], data["lead"], data["tally"] = rows, finding, lead, tally(r.locale, states)
	s.write(w, r, "sources", http.StatusOK, r.locale.text("nav.sources", nil), finding, data)
}

// sourcesIn are the sources whose records are at an address of the API.
func sourcesIn(href string) (chosen []param) {
	u, err := url.Parse(href)
	if err != nil {
		return nil
	}
	for _, id := range u.Query()["source"] {
		chosen = append(chosen, param{"source", id})
	}
	return chosen
}

// sourcesFinding says in words how much there is, and what the page shows of it.
func sourcesFinding(l *locale, total, sources int) (finding, lead string) {
	if sources == 0 {
		return l.text("sources.none", nil), l.text("sources.none.lead", nil)
	}
	finding = l.text("sources.finding", map[string]any{
		"entries": l.text("sources.entries", map[string]any{"n": float64(total)}),
		"from":    l.text("sources.from", map[string]any{"n": float64(sources)}),
	})
	if sources == 1 {
		return finding, l.text("sources.lead.one", nil)
	}
	return finding, l.text("sources.lead", nil)
}

// tally counts the sources in each state that there is, those that need nobody's
// attention first.
func tally(l *locale, states map[string]int) []any {
	out := []any{}
	for _, state := range []string{"fresh", "followed", "imported", "running", "never", "late", "failing"} {
		if n := states[state]; n > 0 {
			out = append(out, map[string]any{"state": state, "name": l.text("state."+state, nil), "n": float64(n)})
		}
	}
	return out
}

// readAt is when a run ended, or began if it has not ended: how long ago, the
// moment in full, and in the form for machines.
func readAt(l *locale, run map[string]any, now time.Time) any {
	stamp := text(run["finished"])
	if stamp == "" {
		stamp = text(run["started"])
	}
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return nil
	}
	at = at.UTC()
	full := l.date(at.Format(time.DateOnly)) + l.text("list.separator", nil) + at.Format("15:04 UTC")
	return map[string]any{"ago": l.ago(at, now), "full": full, "stamp": at.Format(time.RFC3339)}
}

// rhythm says in words how often a source is read, "" if it never is.
func rhythm(l *locale, source map[string]any) string {
	const hour, day, week = 3600, 24 * 3600, 7 * 24 * 3600
	every := number(source["every_seconds"])
	n := func(unit int) map[string]any { return map[string]any{"n": float64((every + unit - 1) / unit)} }
	switch {
	case source["state"] == "imported", source["state"] == "followed":
		return ""
	case every == 0 && source["id"] == starterID:
		return l.text("every.version", nil)
	case every == 0:
		return l.text("every.asked", nil)
	case every == week:
		return l.text("every.week", nil)
	case every == day:
		return l.text("every.day", nil)
	case every == hour:
		return l.text("every.hour", nil)
	case every%day == 0:
		return l.text("every.days", n(day))
	case every%hour == 0:
		return l.text("every.hours", n(hour))
	}
	return l.text("every.minutes", n(60))
}

// formatName says in words what a source is read from; a format that the texts
// do not know has its own name.
func formatName(l *locale, format string) string {
	if _, ok := l.messages["format."+format]; ok {
		return l.text("format."+format, nil)
	}
	return format
}

// sourceLink names the source in a provenance, leads to it on the page of
// sources, and gives the page that was read there.
func sourceLink(v *view, provenance any) map[string]any {
	p, _ := provenance.(map[string]any)
	id := text(p["source"])
	return map[string]any{
		"name": sourceName(v.locale, id, text(label(v, id, "source"))),
		"href": "/" + v.locale.code + "/sources#" + url.PathEscape(id),
		"url":  p["url"],
	}
}
