package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path in go.mod; the checkout's root lies two folders up.
const (
	module = "clearinghouse"
	root   = "../.."
)

// vendors may each be imported by one package and what lies below it; Excel is both read and
// written.
var vendors = map[string]string{
	"github.com/gin-gonic/gin":       "api",
	"github.com/blevesearch/bleve":   "search",
	"github.com/blevesearch/zapx":    "search",
	"github.com/xuri/excelize":       "indexer api",
	"github.com/parquet-go":          "api",
	"github.com/mmcdole/gofeed":      "indexer",
	"go.etcd.io/bbolt":               "store",
	"github.com/PuerkitoBio/goquery": "indexer",
	"github.com/piprate/json-gold":   "indexer",
	"github.com/spf13/pflag":         "cmd",
	"github.com/vbauerster/mpb":      "cmd",
	"github.com/getkin/kin-openapi":  "api",
	"github.com/evanphx/json-patch":  "store",
	"github.com/temoto/robotstxt":    "indexer",
}

// TestArrows parses every Go file that is not a test and compares its imports
// with the layout in docs/design.md: siblings never import one another, catalog
// imports nothing but the standard library and x/text, only cmd wires, and one
// vendor is known to one package.
func TestArrows(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			switch d.Name() {
			case ".git", "node_modules", "build", "data", "testdata":
				if rel != "catalog/data" {
					return fs.SkipDir
				}
			case "internal", "pkg", "service", "model", "utils", "mock":
				t.Errorf("%s: name a folder for what it promises", rel)
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		files++
		room, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			name, _ := strconv.Unquote(imported.Path.Value)
			if why := forbidden(room, name); why != "" {
				t.Errorf("%s imports %s: %s", rel, name, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("only %d files were looked at", files)
	}
}

func forbidden(room, imported string) string {
	for vendor, owner := range vendors {
		if strings.HasPrefix(imported, vendor) && !slices.Contains(strings.Fields(owner), room) {
			return "only " + owner + " knows it"
		}
	}
	first, _, _ := strings.Cut(imported, "/")
	own := first == module
	switch {
	case room == "catalog" && own:
		return "catalog imports no other package"
	case room == "catalog" && strings.Contains(first, ".") && !strings.HasPrefix(imported, "golang.org/x/text/"):
		return "catalog is the standard library and x/text only"
	case own && room != "cmd":
		other, _, _ := strings.Cut(strings.TrimPrefix(imported, module+"/"), "/")
		if other != "catalog" && other != room {
			return room + " may import catalog and its own folders only"
		}
	}
	return ""
}

// TestForbidden proves that the rule above can fail.
func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		room, imported string
		bad            bool
	}{
		{"catalog", "golang.org/x/text/language", false},
		{"catalog", "golang.org/x/net/html", true},
		{"catalog", "clearinghouse/store", true},
		{"api", "clearinghouse/api/export", false},
		{"api", "clearinghouse/catalog", false},
		{"api", "clearinghouse/store", true},
		{"search", "clearinghouse/indexer/format", true},
		{"store", "github.com/gin-gonic/gin", true},
		{"api", "github.com/blevesearch/bleve/v2/search", true},
		{"cmd", "clearinghouse/store", false},
	} {
		if why := forbidden(c.room, c.imported); (why != "") != c.bad {
			t.Errorf("%s importing %s: %q", c.room, c.imported, why)
		}
	}
}
