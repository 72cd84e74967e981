package api

import "clearinghouse/catalog"

// labels are the names of codes in the reader's language: dimension -> code ->
// label.
type labels map[string]map[string]string

func (l labels) set(dimension, code, label string) {
	if l[dimension] == nil {
		l[dimension] = map[string]string{}
	}
	l[dimension][code] = label
}

func (l labels) add(t *catalog.Taxonomy, dimension, code, lang string) {
	if code != "" {
		l.set(dimension, code, t.Label(dimension, code, lang))
	}
}

// record adds every code that a record uses.
func (l labels) record(r *catalog.Record, t *catalog.Taxonomy, lang string) {
	for dimension, codes := range map[string][]string{
		"field": r.Fields, "theme": r.Themes, "country": r.Countries, "region": r.Regions, "audience": r.Audiences,
		"language": append(r.Title.Languages(), r.Languages...),
		"kind":     {r.Kind}, "scope": {r.Scope}, "status": {r.Status}, "evidence": {r.Evidence}, "alliance_role": {r.AllianceRole},
	} {
		for _, code := range codes {
			l.add(t, dimension, code, lang)
		}
	}
	for _, o := range r.Organizations {
		l.add(t, "role", o.Role, lang)
	}
	for part := range r.Practice {
		l.add(t, "part", part, lang)
	}
	for _, c := range r.Criteria {
		l.add(t, "criterion", c.Code, lang)
		l.add(t, "verdict", c.Verdict, lang)
	}
	for _, link := range r.Links {
		l.add(t, "rel", link.Rel, lang)
		l.add(t, "language", link.Language, lang)
	}
	for _, tr := range r.Translations {
		l.add(t, "origin", tr.Origin, lang)
	}
	for _, rel := range r.Related {
		l.add(t, "relation", rel.Rel, lang)
	}
}
