package search

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"clearinghouse/catalog"
)

// looked is how many names are looked at for each that is suggested: those that no
// record has are left out.
const looked = 4

// Suggest finds what somebody may mean who is typing q.Text: at most limit of each of
// catalog.SuggestionKinds, those in q.Language first.
func (x *Index) Suggest(ctx context.Context, q catalog.Query, limit int) (catalog.Suggestions, error) {
	v, err := x.view()
	if err != nil {
		return catalog.Suggestions{}, err
	}
	defer v.close()
	out := catalog.Suggestions{Snapshot: v.snapshot}
	if q.Text == "" {
		return out, nil
	}
	if n := utf8.RuneCountInString(q.Text); n > catalog.MaxQuery {
		return out, tooLong(n)
	}
	q.Typing = true
	var named, titled []catalog.Suggestion
	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		named, err = x.named(workCtx, v, q, limit)
		return err
	})
	work.Go(func() (err error) {
		titled, err = x.titled(workCtx, v, q, limit)
		return err
	})
	if err := work.Wait(); err != nil {
		return catalog.Suggestions{}, err
	}
	if len(titled) == 0 { // then the last word is perhaps not only unfinished
		p, err := x.asMeant(ctx, v, catalog.Query{Text: q.Text, Language: q.Language}, parse)
		if err != nil {
			return catalog.Suggestions{}, err
		}
		if q.Text = p.corrected; q.Text != "" {
			if titled, err = x.titled(ctx, v, q, limit); err != nil {
				return catalog.Suggestions{}, err
			}
			if len(named) == 0 {
				if named, err = x.named(ctx, v, q, limit); err != nil {
					return catalog.Suggestions{}, err
				}
			}
			if len(named)+len(titled) > 0 {
				out.Corrected = q.Text
			}
		}
	}
	out.Of = append(named, titled...)
	slices.SortStableFunc(out.Of, func(a, b catalog.Suggestion) int {
		return cmp.Compare(slices.Index(catalog.SuggestionKinds, a.Kind), slices.Index(catalog.SuggestionKinds, b.Kind))
	})
	return out, ctx.Err()
}

// named are the concepts and places that have a name which begins so.
func (x *Index) named(ctx context.Context, v *view, q catalog.Query, limit int) ([]catalog.Suggestion, error) {
	var out []catalog.Suggestion
	of := map[string]int{}
	for i, name := range x.vocabulary().typed.find(q.Text, q.Language) {
		c := x.vocabulary().concepts[name.concept]
		kind := "concept"
		if c.facet == "country" || c.facet == "region" {
			kind = "place"
		}
		if i >= looked*limit*2 || len(out) == 2*limit || ctx.Err() != nil {
			break
		}
		if of[kind] == limit {
			continue
		}
		count, err := x.records(ctx, v, name.concept, q.Language)
		if err != nil {
			return nil, err
		}
		if count > 0 {
			of[kind]++
			out = append(out, catalog.Suggestion{Kind: kind, ID: c.ID, Name: name.text, Language: name.language, Count: count})
		}
	}
	return out, nil
}

// records is how many records one finds by choosing a concept: those with its code, or
// those that its name in the reader's language finds.
func (x *Index) records(ctx context.Context, v *view, concept int, reader string) (int, error) {
	c := x.vocabulary().concepts[concept]
	if c.facet != "" {
		return v.having(ctx, facetField(c.facet), c.code)
	}
	key := conceptIn{concept, reader}
	x.known.Lock()
	n, known := x.known.at(v.snapshot).records[key]
	x.known.Unlock()
	if known {
		return n, nil
	}
	label, _ := c.Labels.Choose(reader, catalog.DefaultLanguage)
	var p plan
	p.read(parse(label), false, x.vocabulary())
	n, err := x.complete(ctx, v, p, reader)
	if err != nil {
		return 0, err
	}
	x.known.Lock()
	defer x.known.Unlock()
	x.known.at(v.snapshot).records[key] = n
	return n, nil
}

// having is the number of documents with a term in a field.
func (v *view) having(ctx context.Context, field, text string) (int, error) {
	return v.count(ctx, term{field, text, 1})
}

// titled are the records that have all words of the text in their titles.
func (x *Index) titled(ctx context.Context, v *view, q catalog.Query, limit int) ([]catalog.Suggestion, error) {
	p, err := x.asMeant(ctx, v, q, parse)
	if err != nil {
		return nil, err
	}
	var out []catalog.Suggestion
	n := inTitles(p.words, q.Language)
	for _, kind := range []string{"record", "organization"} {
		only := filter{term{facetField("kind"), "organization", 1}}
		of := every(n, only)
		if kind == "record" {
			of = without{n, only.of}
		}
		all, err := v.selected(ctx, of)
		if err != nil {
			return nil, err
		}
		found, err := v.top(ctx, of, all, byScore, nil, limit)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			s := catalog.Suggestion{Kind: kind, ID: f.id}
			if kind == "organization" {
				if s.Count, err = v.having(ctx, facetField("organization"), f.id); err != nil {
					return nil, err
				}
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// inTitles matches records with all the words in their titles.
func inTitles(words []word, reader string) node {
	var all []node
	for _, w := range words {
		if w.field = "title"; !w.not && (!w.optional || w.last || len(words) == 1) {
			all = append(all, w.node(reader))
		}
	}
	if len(all) == 0 {
		return nothing{}
	}
	return every(all...)
}
