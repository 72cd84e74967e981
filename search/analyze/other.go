package analyze

// other serves the languages without rules of their own: a word is its own stem.
var other = rules{stem: func(exact string) string { return exact }}
