package search

import (
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// Of a frequent word the postings of a few documents are often all that is asked for. They
// are written in chunks, and Bleve goes from one document to the next also through those
// that have none of these. To skip them saves a tenth of scoring at a million records
// (BenchmarkLevers), and the more of it the longer a text is.

// skipping reads the postings of a term for some documents, in the order of their numbers.
type skipping struct {
	all segment.PostingsIterator
	own *zap.PostingsIterator // the same, if what is before a chunk can be skipped
	// chunk is of how many numbers of documents each chunk is
	chunk, next uint64
}

// skip begins to read postings of a segment, none of which are left out as deleted.
func (l leaf) skip(postings segment.PostingsList, places bool) *skipping {
	s := &skipping{all: postings.Iterator(true, true, places, nil)}
	own, ok := s.all.(*zap.PostingsIterator)
	of, written := l.segment.(*zap.Segment)
	if !ok || !written || own.Actual == nil || of.ChunkMode() != chunkMode {
		return s
	}
	if s.chunk = uint64(l.size) / (postings.Count()/chunkPostings + 1); s.chunk > 0 {
		s.own = own
	}
	return s
}

// What zap's getChunkSize makes of its mode chunkMode: chunks of as many numbers each as
// have chunkPostings of the term, about.
var (
	chunkMode     uint32 = 1026
	chunkPostings uint64 = 1024
)

// to is the posting of a document or of the first one after it, nil if there is none.
func (s *skipping) to(document uint64) (segment.Posting, error) {
	if s.own != nil {
		// what was read of a chunk cannot be skipped
		if begins := document / s.chunk * s.chunk; begins >= s.next {
			s.own.Actual.AdvanceIfNeeded(uint32(begins))
		}
	}
	p, err := s.all.Advance(document)
	if p != nil && s.own != nil {
		s.next = p.Number()/s.chunk*s.chunk + s.chunk
	}
	return p, err
}
