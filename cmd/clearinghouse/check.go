package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"clearinghouse/catalog"
	"clearinghouse/search"
	"clearinghouse/store"

	"github.com/spf13/pflag"
)

func setupCheck(*pflag.FlagSet) func(context.Context, *program, []string) error {
	return func(ctx context.Context, p *program, args []string) error {
		if err := noArguments("check", args); err != nil {
			return err
		}
		if !store.Exists(p.data) {
			fmt.Fprintf(p.stdout, "no store in %s yet: clearinghouse serve, import or pull begins one\n", p.data)
			return nil
		}
		t, err := taxonomy()
		if err != nil {
			return err
		}
		kept, err := store.Open(p.data, "check", t)
		if err != nil {
			return err
		}
		defer kept.Close()
		bar := p.progress("verifying the store")
		problems, err := kept.Verify(ctx, func(done, total int) { bar.set(done, total) })
		bar.end()
		if err != nil {
			return err
		}
		stats, err := kept.Stats()
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "store: %d entries, %d published, %d versions, %d changes\n", stats.Entries, stats.Published, stats.Versions, stats.Head)
		found, err := p.checkIndex(ctx, kept, t, stats.Head)
		switch {
		case err != nil && (ctx.Err() != nil || len(problems) == 0):
			return err
		case err != nil:
			fmt.Fprintf(p.stdout, "index: it cannot be compared with a damaged store: %v\n", err)
		}
		problems = append(problems, found...)
		for _, problem := range problems {
			fmt.Fprintf(p.stdout, "damage: %s\n", problem)
		}
		if len(problems) > 0 {
			return catalog.Errorf(catalog.Internal, "%d problems were found: restore a backup of the store, or import again the records that are named; if only the index is named, clearinghouse reindex or serve builds it anew", len(problems))
		}
		fmt.Fprintln(p.stdout, "no damage found")
		return nil
	}
}

// checkIndex looks at the index as it is. Its problems are returned; that it is
// missing, of another version or behind is only said.
func (p *program) checkIndex(ctx context.Context, kept *store.Store, t *catalog.Taxonomy, head uint64) ([]string, error) {
	folder := filepath.Join(p.data, "index")
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		return []string{fmt.Sprintf("the search index: %s is not a folder", folder)}, nil
	}
	index, err := search.OpenAsIs(folder, kept, t)
	switch catalog.CodeOf(err) {
	case "":
	case catalog.NotFound:
		fmt.Fprintf(p.stdout, "index: %v; clearinghouse serve or reindex builds it\n", err)
		return nil, nil
	case catalog.Invalid:
		return []string{"the search index: " + err.Error()}, nil
	default:
		return nil, err
	}
	defer index.Close()
	if mark := index.Mark(); mark < head {
		fmt.Fprintf(p.stdout, "index: %d of %d changes behind; clearinghouse serve or reindex brings it up to date\n", head-mark, head)
	} else {
		fmt.Fprintf(p.stdout, "index: up to date with change %d\n", mark)
	}
	return index.Check(ctx)
}
