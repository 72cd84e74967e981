package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clearinghouse/catalog"

	"github.com/xuri/excelize/v2"
)

// TestSoakOffice fills in the template of each language and lets LibreOffice
// open it and save it, as a workbook and as CSV: the lists to choose from are
// still there, and what is imported is the same.
func TestSoakOffice(t *testing.T) {
	if os.Getenv("CLEARINGHOUSE_SOAK") == "" {
		t.Skip("an office program is opened in make soak")
	}
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no LibreOffice: testdata/setup.sh soak says how to install it")
	}
	dir := t.TempDir()
	saved := filepath.Join(dir, "saved")
	var files []string
	for _, lang := range catalog.Languages {
		file := filepath.Join(dir, lang+".xlsx")
		must(t, "template", "xlsx", "--lang", lang, "--out", file)
		fillIn(t, file, lang)
		files = append(files, file)
	}
	// 44 is the comma, 34 the quotation mark, 76 UTF-8.
	for _, format := range []string{"xlsx", "csv:Text - txt - csv (StarCalc):44,34,76"} {
		args := append([]string{"--headless", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"),
			"--convert-to", format, "--outdir", saved}, files...)
		if out, err := exec.Command(office, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, lang := range catalog.Languages {
		t.Run(lang, func(t *testing.T) {
			file := filepath.Join(dir, lang+".xlsx")
			want := imported(t, file)
			if n := strings.Count(want, "\n"); n != 2 {
				t.Fatalf("%d records, want 2:\n%s", n, want)
			}
			for _, other := range []string{lang + ".xlsx", lang + ".csv"} {
				if have := imported(t, filepath.Join(saved, other)); have != want {
					t.Errorf("%s as saved:\n%s\nwant:\n%s", other, have, want)
				}
			}
			before, after := choices(t, file), choices(t, filepath.Join(saved, lang+".xlsx"))
			if before == 0 || before != after {
				t.Errorf("%d columns had lists to choose from, %d have when saved", before, after)
			}
		})
	}
}

// imported is what a file gives in an empty folder.
func imported(t *testing.T, file string) string {
	data := t.TempDir()
	must(t, "import", "--data", data, "--source", "office", file)
	return exported(t, data)
}

// fillIn gives a template two rows in its language, with words of its lists.
func fillIn(t *testing.T, file, lang string) {
	taxonomy, err := catalog.EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	label := func(dimension, code string) string {
		term, found := taxonomy.Term(dimension, code)
		if !found {
			t.Fatalf("no %s %s", dimension, code)
		}
		return term.Label[lang]
	}
	// The columns stand in the same order in every language.
	headings, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(must(t, "template", "csv"), "\ufeff"))).Read()
	if err != nil {
		t.Fatal(err)
	}
	rows := []map[string]string{{
		"ID":        "001",
		"Kind":      label("kind", "initiative"),
		"Title":     "007 – " + label("theme", "media-literacy"),
		"Summary":   "1/2, =SUM(A1), \"" + label("field", "media") + "\"\n" + label("theme", "dialogue"),
		"Themes":    label("theme", "media-literacy"),
		"Countries": label("country", "MA") + "; " + label("country", "JP"),
		"Start":     "2004-03",
		"End":       "2007-11-30",
		"Cost":      "12500",
		"Currency":  "MAD",
	}, {
		"ID":      "1e3",
		"Kind":    label("kind", "resource"),
		"Title":   label("field", "education"),
		"Summary": label("theme", "human-rights-education"),
		"Start":   "1999",
	}}
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for i, row := range rows {
		for name, value := range row {
			column := slices.Index(headings, name)
			cell, err := excelize.CoordinatesToCellName(column+1, i+2)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := book.SetCellStr(book.GetSheetName(0), cell, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

// choices is how many columns of a workbook have a list to choose from.
func choices(t *testing.T, file string) (n int) {
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	validations, err := book.GetDataValidations(book.GetSheetName(0))
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", file, err))
	}
	for _, v := range validations {
		if v.Type == "list" {
			n++
		}
	}
	return n
}
