package catalog

// Results is the answer of a search engine to a Query.
type Results struct {
	Total     int                     // exact number of matching records
	Hits      []Hit                   // at most Query.Limit, best first
	Facets    map[string][]FacetCount // by facet name, as asked for by Query.Facets
	Corrected string                  // the text that was looked for instead of Query.Text, "" if it was looked for as it is
	Suggested string                  // a text that may have been meant, of which much more is found, "" if there is none; looked for if the first of the best are asked for
	Concepts  []Named                 // concepts that words of the query name, in their order
	Relaxed   []string                // words that were not required, because too little was found with them
	Next      string                  // Query.Cursor of the following page, "" on the last
	Snapshot  string                  // names the state of the index that answered; changes with every change of it
}

// Named is a concept and the words that name it.
type Named struct {
	Concept string // id
	Matched string
}

// SuggestionKinds are what can be suggested to somebody who is typing, in their order.
var SuggestionKinds = []string{"concept", "place", "organization", "record"}

// Suggestions are what somebody may mean who is typing.
type Suggestions struct {
	Of        []Suggestion // by SuggestionKinds, of one kind the likeliest first
	Corrected string       // the text that they are of, "" if it is the one that was typed
	Snapshot  string
}

// Suggestion is one of them.
type Suggestion struct {
	Kind     string // one of SuggestionKinds
	ID       string // of a concept or a record; a place is a concept
	Name     string // of a concept: the one that begins so
	Language string // of Name
	Count    int    // records one finds by it; of a record 0
}

// Hit is a record found. Only the id is given: the text is the store's.
type Hit struct {
	ID      string
	Entry   *Entry // as it was when its texts were looked at; nil if they were not
	Score   float64
	Matches []Match
	Why     []string     // ids of concepts by which it was found, where it lacks the words
	Explain *Explanation // how Score came about, if Query.Explain
}

// Explanation is a part of a score and the parts it is made of.
type Explanation struct {
	Value    float64       `json:"value"`
	Message  string        `json:"message"`
	Children []Explanation `json:"children,omitempty"`
}

// Match is a text of the record in which words of the query were found.
type Match struct {
	Field     string     `json:"field"` // as in Record.Part, or "organizations"
	Language  string     `json:"language"`
	Fragments []Fragment `json:"fragments"`
}

// Fragment is a piece of a Match; Hit marks the words found.
type Fragment struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
}

// FacetCount says how many of the matching records have a value. Counts ignore
// the selection of the same facet.
type FacetCount struct {
	Value string
	Count int
}

// Matrix counts matching records by two facets. Counts[i][j] is the number with
// Rows[i] and Cols[j]; a record with several values counts in several cells.
type Matrix struct {
	Rows, Cols []FacetCount // every value of the facet in taxonomy order, zero counts too, and its total; at most MaxAxis
	// RowsLeft and ColsLeft count the values beyond MaxAxis, those of the fewest records.
	RowsLeft, ColsLeft int
	Counts             [][]int
	Total              int // matching records
	Snapshot           string
}
