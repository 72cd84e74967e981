package api

import (
	"fmt"
	"testing"
)

// TestAnswersBound keeps more than there is room for.
func TestAnswersBound(t *testing.T) {
	var s answers
	s.get("a", "/")
	sizes := 0
	for i := range 100 {
		e := &encoded{json: make([]byte, 1<<20), gzip: make([]byte, i<<10)}
		s.put("a", fmt.Sprint("/", i), e)
		if s.size > maxAnswers || s.get("a", fmt.Sprint("/", i)) == nil && s.size+e.size("/00") <= maxAnswers {
			t.Fatalf("after %d answers there are %d bytes", i, s.size)
		}
	}
	for address, e := range s.of {
		sizes += e.size(address)
	}
	if sizes != s.size || len(s.of) < maxAnswers>>21 {
		t.Errorf("%d answers of %d bytes are counted as %d", len(s.of), sizes, s.size)
	}
	s.put("a", "/large", &encoded{json: make([]byte, maxAnswers)})
	s.put("b", "/late", &encoded{})
	if s.get("a", "/large") != nil || s.get("a", "/late") != nil {
		t.Error("what is too large or of another state is kept")
	}
	if s.get("b", "/0") != nil || len(s.of) > 0 || s.size > 0 {
		t.Error("answers outlive their state of the index")
	}
}
