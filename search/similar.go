package search

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"clearinghouse/catalog"
	"clearinghouse/search/analyze"
)

// The bounds of what records are compared by, and the weights of it.
const (
	similarWords    = 12 // of each language, those that say most
	similarConcepts = 8  // those that say most
	// similarConcept and similarCode are the shares that the rarity of a concept that both
	// name, and of a code that both have, has in the score.
	similarConcept = 0.6
	similarCode    = 0.5
)

// similarCodes are the facets that records are alike by.
var similarCodes = []string{"theme", "field", "audience", "country"}

// Similar are the records most like the one with id, at most limit, the likest first:
// in what their titles and summaries say, in the language in which that is most, in the
// concepts they name, in whatever language, and in their codes. Organisations are like
// organisations only. Why of a hit lists the concepts and codes that both have. The
// error is NotFound if id is none of a public record.
func (x *Index) Similar(ctx context.Context, id, reader string, limit int) ([]catalog.Hit, error) {
	entry, err := x.log.Get(id)
	if err == nil && !entry.Public() {
		err = catalog.Errorf(catalog.NotFound, "there is no record %s", id)
	}
	if err != nil {
		return nil, err
	}
	v, err := x.view()
	if err != nil {
		return nil, err
	}
	defer v.close()
	like, err := x.like(ctx, v, entry, reader)
	if err != nil {
		return nil, err
	}
	organization := term{facetField("kind"), "organization", 1}
	if entry.Record.Kind == "organization" {
		like = every(like, filter{organization})
	} else {
		like = without{like, organization}
	}
	alike, err := v.selected(ctx, like)
	if err != nil {
		return nil, err
	}
	hits, err := v.top(ctx, like, alike, byScore, nil, limit+1)
	if err != nil {
		return nil, err
	}
	mine := x.about(entry)
	var out []catalog.Hit
	for _, f := range hits {
		hit := catalog.Hit{ID: f.id, Score: f.score()}
		if hit.ID == id || len(out) == limit {
			continue
		}
		other, err := x.log.Get(hit.ID)
		switch {
		case catalog.CodeOf(err) == catalog.NotFound || err == nil && !other.Public():
			continue // the index is about to follow
		case err != nil:
			return nil, err
		}
		theirs := x.about(other)
		for _, c := range slices.Sorted(maps.Keys(mine)) {
			if theirs[c] {
				hit.Why = append(hit.Why, x.vocabulary().concepts[c].ID)
			}
		}
		out = append(out, hit)
	}
	return out, ctx.Err()
}

// about are the concepts that a record names in its title and summary or has the code of.
func (x *Index) about(e *catalog.Entry) map[int]bool {
	out := map[int]bool{}
	for _, text := range []catalog.Text{e.Record.Title, e.Record.Summary} {
		for _, tag := range text.Languages() {
			x.vocabulary().namedIn(fieldLanguage(tag), analyze.Words(fieldLanguage(tag), text[tag]), out)
		}
	}
	for _, name := range similarCodes {
		f, _ := catalog.FacetByName(name)
		for _, code := range f.Values(e, x.taxonomy) {
			if i, ok := x.vocabulary().byID[name+":"+code]; ok {
				out[i] = true
			}
		}
	}
	return out
}

// like matches what is like a record.
func (x *Index) like(ctx context.Context, v *view, e *catalog.Entry, reader string) (node, error) {
	all, err := v.reader.DocCount()
	if err != nil {
		return nil, err
	}
	var byLanguage []node
	for _, l := range append(slices.Clone(catalog.Languages), analyze.Other) {
		words, err := v.telling(ctx, e, l, float64(all))
		if err != nil {
			return nil, err
		}
		if len(words) > 0 {
			byLanguage = append(byLanguage, someOf{of: words, least: 1, tie: 1})
		}
	}
	parts := []node{anyOf(0, byLanguage...)}
	var concepts []node
	rare := map[int]float64{}
	for c := range x.about(e) {
		if rare[c], err = x.rarity(ctx, v, c); err != nil {
			return nil, err
		}
	}
	telling := slices.SortedFunc(maps.Keys(rare), func(a, b int) int { return cmp.Or(cmp.Compare(rare[b], rare[a]), cmp.Compare(a, b)) })
	for _, c := range telling {
		of := x.vocabulary().concepts[c]
		if of.facet != "" {
			parts = append(parts, constant{term{facetField(of.facet), of.code, 1}, math.Sqrt(rare[c]) * similarCode, "the code " + of.ID})
		}
		if len(concepts) < similarConcepts {
			concepts = append(concepts, x.vocabulary().node(c, reader, rare[c]*similarConcept, 1))
		}
	}
	return someOf{of: append(parts, concepts...), least: 1, tie: 1}, nil
}

// telling are the words of title and summary in a language that say most about the
// record: those that it has often and others have not.
func (v *view) telling(ctx context.Context, e *catalog.Entry, language string, all float64) ([]node, error) {
	type stem struct {
		text   string
		weight float64
	}
	counts := map[string]int{}
	for _, text := range []catalog.Text{e.Record.Title, e.Record.Summary} {
		for tag := range text {
			if fieldLanguage(tag) != language {
				continue
			}
			for _, t := range analyze.Words(language, text[tag]) {
				counts[t.Stem]++
			}
		}
	}
	delete(counts, "")
	var stems []stem
	for text, n := range counts {
		found, err := v.having(ctx, stemField("summary", language), text)
		if err != nil {
			return nil, err
		}
		if found > 1 { // it is in another record than this one
			stems = append(stems, stem{text, math.Sqrt(float64(n)) * (1 + math.Log(all/float64(found+1)))})
		}
	}
	slices.SortFunc(stems, func(a, b stem) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text)) })
	var out []node
	for _, s := range stems[:min(len(stems), similarWords)] {
		out = append(out, anyOf(fieldTie, term{stemField("title", language), s.text, 1}, term{stemField("summary", language), s.text, 1}))
	}
	return out, nil
}
