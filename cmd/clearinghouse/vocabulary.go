package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/store"

	"github.com/spf13/pflag"
)

func setupVocabulary(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	lang := flags.String("language", "", "the `language` of names that the file gives none for")
	return func(ctx context.Context, p *program, args []string) error {
		if *lang != "" && !catalog.IsLanguage(*lang) {
			return usagef("--language %q must be one of %s", *lang, strings.Join(catalog.Languages, ", "))
		}
		var do func(*catalog.Taxonomy, *store.Store) error
		switch {
		case len(args) == 0 || len(args) == 1 && args[0] == "list":
			do = func(_ *catalog.Taxonomy, s *store.Store) error { return p.listVocabularies(s) }
		case len(args) == 2 && args[0] == "import":
			vocabulary, report, err := p.readVocabulary(ctx, args[1], *lang)
			if err != nil {
				return err
			}
			do = func(t *catalog.Taxonomy, s *store.Store) error { return p.saveVocabulary(t, s, vocabulary, report) }
		case len(args) == 2 && args[0] == "remove":
			do = func(_ *catalog.Taxonomy, s *store.Store) error { return p.removeVocabulary(s, args[1]) }
		default:
			return usagef("write clearinghouse vocabulary, clearinghouse vocabulary import FILE, or clearinghouse vocabulary remove ID")
		}
		t, err := taxonomy()
		if err != nil {
			return err
		}
		if len(args) == 0 || args[0] != "import" {
			if err := p.mustExist(); err != nil {
				return err
			}
		}
		s, _, err := p.openStore("vocabulary", t)
		if err != nil {
			return err
		}
		defer s.Close()
		return do(t, s)
	}
}

func (p *program) listVocabularies(s *store.Store) error {
	all, err := s.Vocabularies()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(p.stdout, "no vocabulary but the program's own: clearinghouse vocabulary import FILE takes one in")
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tTITLE\tCONCEPTS\tLANGUAGES\tLICENCE\tIMPORTED")
	for _, v := range all {
		title, _ := v.Title.Choose(catalog.DefaultLanguage, "")
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", v.ID, title, len(v.Concepts), strings.Join(languagesOf(v), " "), v.Licence, v.Imported.Format(time.DateOnly))
	}
	return w.Flush()
}

// languagesOf are those that concepts of v have names in.
func languagesOf(v catalog.Vocabulary) []string {
	var out []string
	for _, l := range catalog.Languages {
		if slices.ContainsFunc(v.Concepts, func(c catalog.Concept) bool { return c.Labels[l] != "" }) {
			out = append(out, l)
		}
	}
	return out
}

func (p *program) readVocabulary(ctx context.Context, name, lang string) (catalog.Vocabulary, indexer.SKOSReport, error) {
	file, err := open(ctx, name)
	if err != nil {
		return catalog.Vocabulary{}, indexer.SKOSReport{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return catalog.Vocabulary{}, indexer.SKOSReport{}, err
	}
	bar := p.progress(name)
	defer bar.end()
	read := &counted{from: reading(ctx, file), progress: func(n int) { bar.set(n, max(n, int(info.Size()))) }}
	return indexer.ReadSKOS(read, indexer.SKOSOptions{Name: name, Language: lang})
}

// counted says how many bytes have been read.
type counted struct {
	from     io.Reader
	n        int
	progress func(n int)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.n += n
	c.progress(c.n)
	return n, err
}

func (p *program) saveVocabulary(t *catalog.Taxonomy, s *store.Store, v catalog.Vocabulary, report indexer.SKOSReport) error {
	v.Imported = time.Now().UTC()
	before, err := s.Vocabularies()
	if err != nil {
		return err
	}
	replaced, err := s.SaveVocabulary(v)
	if err != nil {
		return err
	}
	own := len(t.Concepts())
	others := slices.DeleteFunc(before, func(o catalog.Vocabulary) bool { return o.ID == v.ID })
	known := len(t.With(others).Concepts())
	all := t.With(append(others, v)).Concepts()
	title, _ := v.Title.Choose(catalog.DefaultLanguage, "")
	verb := "taken in"
	if replaced {
		verb = "replaced"
	}
	fmt.Fprintf(p.stdout, "%s (%s) %s: %d concepts with names in %s\n", firstOf(title, v.ID), v.ID, verb, len(v.Concepts), strings.Join(languagesOf(v), ", "))
	fmt.Fprintf(p.stdout, "%d are new beside the %d of the program, %d are concepts that it has and add their names\n", len(all)-known, own, len(v.Concepts)-(len(all)-known))
	for _, left := range []struct {
		n    int
		what string
	}{
		{report.Unnamed, "concepts without a name in a language of the program"}, {report.Deprecated, "concepts that are deprecated"},
		{report.Untagged, "names without a language (--language says which)"}, {report.Foreign, "names in other languages"}, {report.TooLong, "names that are too long"},
	} {
		if left.n > 0 {
			fmt.Fprintf(p.stdout, "left out: %d %s\n", left.n, left.what)
		}
	}
	if v.Licence != "" {
		fmt.Fprintf(p.stdout, "licence: %s\n", v.Licence)
	}
	return nil
}

func (p *program) removeVocabulary(s *store.Store, id string) error {
	if err := s.RemoveVocabulary(id); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s is removed\n", id)
	return nil
}
