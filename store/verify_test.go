package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"clearinghouse/catalog"
)

// TestVerify breaks one invariant after another behind the store's back.
func TestVerify(t *testing.T) {
	put := func(bucket []byte, key []byte, value string) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket(bucket).Put(key, []byte(value)) }
	}
	remove := func(bucket []byte, key []byte) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket(bucket).Delete(key) }
	}
	replace := func(bucket, key []byte, old, new string) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket)
			return b.Put(key, []byte(strings.Replace(string(b.Get(key)), old, new, 1)))
		}
	}
	a3 := numbered("s:a", 3)
	for want, spoil := range map[string]func(*bolt.Tx) error{
		"s:a, version 3: a version is not JSON":                          put(versionsBucket, a3, "{"),
		"s:a, version 3: the content has the hash":                       replace(versionsBucket, a3, "two", "TWO"),
		"s:a, version 3: it calls itself s:a, version 4":                 replace(versionsBucket, a3, `"seq":3`, `"seq":4`),
		"s:a, version 3: it calls itself the 7th instead of the 2th":     replace(versionsBucket, a3, `"version":2`, `"version":7`),
		"line 3 of the log: the version of s:a is missing":               remove(versionsBucket, a3),
		"s:a: version 1 is current instead of 3":                         put(currentBucket, []byte("s:a"), string(number(1))),
		"s:a: version 0 is current instead of 3":                         remove(currentBucket, []byte("s:a")),
		"s:z: its current version is missing":                            put(currentBucket, []byte("s:z"), string(number(1))),
		"the log goes on with 3 instead of 2":                            remove(logBucket, number(2)),
		"the log ends with 2 instead of 3":                               remove(logBucket, number(3)),
		"s:b, version 2: its line in the log is missing":                 remove(logBucket, number(2)),
		"line 2 of the log: unexpected end":                              put(logBucket, number(2), ""),
		"there are 4 versions, but the log has 3 lines":                  put(versionsBucket, numbered("s:b", 9), `{"record":{"id":"s:b"},"envelope":{"seq":9}}`),
		"5 records are counted as published, but there are 2":            put(countsBucket, publishedKey, string(number(5))),
		"0 records are counted as entries, but there are 2":              remove(countsBucket, entriesKey),
		"run 1 of s: unexpected end":                                     put(runsBucket, numbered("s", 1), "{"),
		"source s delivered s:z, but there is no such record":            put(seenBucket, []byte("s\x00s:z"), string(number(1))),
		"there are edits of s:z, but no such record":                     put(overlaysBucket, []byte("s:z"), "{}"),
		"the edits of s:a: invalid character":                            put(overlaysBucket, []byte("s:a"), "x"),
		"s:a is said to live on in s:b, but is published":                put(overlaysBucket, []byte("s:b"), `{"members":["s:a"]}`),
		"what is said of s:a, s:b, editor is not the same on both sides": put(wordsBucket, wordKey("s:a", "s:b", byEditor), "{}"),
		"what is said of s:a, s:b, editor in":                            put(wordsBucket, wordKey("s:a", "s:b", byEditor), "x"),
		"s:a is merged into s:b, which does not know of it":              replace(versionsBucket, a3, `"state":"published"`, `"state":"merged","merged_into":"s:b"`),
	} {
		t.Run(want, func(t *testing.T) {
			s := open(t, t.TempDir())
			run, err := s.StartRun("s", day(0))
			check(t, err)
			p := page(t, 0, "one", "a", "b")
			p.Run = run.Number
			save(t, s, p)
			save(t, s, page(t, 1, "two", "a"))
			sound(t, s)
			check(t, s.db.Update(spoil))
			problems, err := s.Verify(t.Context(), nil)
			check(t, err)
			if !strings.Contains(strings.Join(problems, "\n"), want) {
				t.Errorf("want %q in %q", want, problems)
			}
		})
	}
}

func TestVerifyProgress(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a", "b"))
	var last [2]int
	_, err := s.Verify(t.Context(), func(done, total int) { last = [2]int{done, total} })
	if err != nil || last != [2]int{2, 2} {
		t.Errorf("%v, %v", last, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Verify(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestVerifyNamesSome(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, page(t, 0, "one", "a"))
	check(t, s.db.Update(func(tx *bolt.Tx) error {
		for n := range uint64(maxProblems + 50) {
			if err := tx.Bucket(runsBucket).Put(numbered("s", n), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	}))
	problems, err := s.Verify(t.Context(), nil)
	if err != nil || len(problems) != maxProblems+1 || problems[maxProblems] != "and 50 problems more" {
		t.Errorf("%d problems, %v", len(problems), err)
	}
}

// TestDamagedVersion: a version that cannot be read is named by every way to
// it, with what to do, and delivering the record again mends it, edits and all.
func TestDamagedVersion(t *testing.T) {
	for name, c := range map[string]struct {
		spoil    func(version string) string
		readable bool
	}{
		"cut":        {func(v string) string { return v[:len(v)/2] }, false},
		"a bad time": {func(v string) string { return strings.Replace(v, `"updated":"2`, `"updated":"x`, 1) }, false},
		"other text": {func(v string) string { return strings.Replace(v, "one", "0ne", 1) }, true},
	} {
		for _, edited := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, edited %v", name, edited), func(t *testing.T) {
				s := open(t, t.TempDir())
				first := page(t, 0, "one", "a", "b")
				save(t, s, first)
				if edited {
					check(t, s.Edit(t.Context(), "s:a", catalog.Edit{Patch: []byte(`{"status":"ongoing"}`)}, day(1)))
				}
				want := get(t, s, "a")
				seq := want.Envelope.Seq
				check(t, s.db.Update(func(tx *bolt.Tx) error {
					b, key := tx.Bucket(versionsBucket), numbered("s:a", seq)
					return b.Put(key, []byte(c.spoil(string(b.Get(key)))))
				}))
				problems, err := s.Verify(t.Context(), nil)
				check(t, err)
				named := fmt.Sprintf("s:a, version %d: ", seq)
				if len(problems) == 0 || !strings.Contains(strings.Join(problems, "\n"), named) {
					t.Errorf("want %q in %q", named, problems)
				}
				var errs []error
				_, err = s.Get("s:a")
				errs = append(errs, err)
				_, err = s.History("s:a")
				errs = append(errs, err)
				_, err = s.Changes(t.Context(), 0, 9)
				errs = append(errs, err)
				for _, err = range s.All(t.Context(), s.Head()) {
					break
				}
				errs = append(errs, err)
				for _, err := range errs {
					if c.readable {
						check(t, err)
						continue
					}
					for _, word := range []string{s.dir, catalogueFile, fmt.Sprintf("version %d of s:a", seq), "restore a backup, or import the record again"} {
						if err == nil || !strings.Contains(err.Error(), word) {
							t.Errorf("%v does not say %q", err, word)
						}
					}
				}
				get(t, s, "b")

				if have := save(t, s, first); have != (catalog.Outcome{Changed: 1, Unchanged: 1}) {
					t.Errorf("delivered again: %+v", have)
				}
				if have := save(t, s, first); have != (catalog.Outcome{Unchanged: 2}) {
					t.Errorf("and again: %+v", have)
				}
				have := get(t, s, "a")
				if diff := cmp.Diff(want.Record, have.Record); diff != "" || have.Envelope.State != want.Envelope.State || have.Envelope.Version != want.Envelope.Version+1 {
					t.Errorf("mended: %+v (-want +have):\n%s", have.Envelope, diff)
				}
				_, err = s.Changes(t.Context(), 0, 9)
				check(t, err)
				problems, err = s.Verify(t.Context(), nil)
				check(t, err)
				if len(problems) != 1 || !strings.HasPrefix(problems[0], fmt.Sprintf("s:a, version %d (replaced since): ", seq)) { // the damaged version is kept
					t.Errorf("after mending: %q", problems)
				}
			})
		}
	}
}
