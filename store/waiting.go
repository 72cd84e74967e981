package store

import (
	"bytes"
	"context"
	"iter"

	"clearinghouse/catalog"
)

// Waiting yields the records of a source that wait for an editor, in the order
// of ids. Writes may go on meanwhile: what it yields is one state. After an error
// nothing follows.
func (s *Store) Waiting(ctx context.Context, source string) iter.Seq2[*catalog.Entry, error] {
	return func(yield func(*catalog.Entry, error) bool) {
		if err := checkSource(source); err != nil {
			yield(nil, err)
			return
		}
		prefix := []byte(source + ":")
		for after, seq := prefix, s.Head(); bytes.HasPrefix(after, prefix); {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			batch, last, err := s.batch(after, seq)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, v := range batch {
				// Quotes within texts are escaped: others need not be decoded.
				if !bytes.HasPrefix(v.key, prefix) || !bytes.Contains(v.raw, []byte(`"state":"`+catalog.Submitted+`"`)) {
					continue
				}
				entry, err := entryAt(v.key, v.raw)
				if err == nil && entry.Envelope.State != catalog.Submitted {
					continue
				}
				if !yield(entry, explain(s.dir, err)) || err != nil {
					return
				}
			}
			after = last
		}
	}
}
