package search

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
)

// foundBy is a concept that a query names, with the records that have it and those that
// have all the words that name it.
type foundBy struct {
	concept string // its id
	it      *roaring.Bitmap
	words   *roaring.Bitmap
}

func (x *Index) foundBy(ctx context.Context, v *view, p plan) ([]foundBy, error) {
	var out []foundBy
	for _, u := range p.concepts {
		it, err := v.documents(ctx, x.vocabulary().matching(u.concept))
		if err != nil {
			return nil, err
		}
		var all []node
		for _, at := range u.units {
			w := p.words[at.word]
			f, unparted := unparted(w)
			switch {
			case w.optional:
			case unparted:
				all = append(all, w.token(f, f.tokens[at.token], ""))
			default:
				all = append(all, w.node(""))
			}
		}
		words, err := v.all(ctx, all)
		if err != nil {
			return nil, err
		}
		if words == nil {
			words = it // grammar only
		}
		out = append(out, foundBy{x.vocabulary().concepts[u.concept].ID, it, words})
	}
	return out, nil
}

// why are the concepts by which a document was found: those that it has while it lacks the
// words that name them in the query.
func why(document uint32, by []foundBy) (why []string) {
	for _, f := range by {
		if f.it.Contains(document) && !f.words.Contains(document) {
			why = append(why, f.concept)
		}
	}
	return why
}
