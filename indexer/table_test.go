package indexer_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"clearinghouse/catalog"
	"clearinghouse/indexer/table"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// TestTemplate fills the template in several languages as an officer would,
// choosing from its lists, and imports it: the records have the same codes.
func TestTemplate(t *testing.T) {
	tax := taxonomy(t)
	for _, lang := range catalog.Languages {
		t.Run(lang, func(t *testing.T) {
			var empty bytes.Buffer
			if err := table.WriteXLSX(&empty, lang, tax); err != nil {
				t.Fatal(err)
			}
			f, err := excelize.OpenReader(&empty)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			sheet := f.GetSheetName(0)
			word := func(dimension, code string) string { return tax.Label(dimension, code, lang) }
			other := map[string]string{"en": "fr"}[lang]
			if other == "" {
				other = "en"
			}
			for column, value := range map[string]any{
				"A": "p-1", "B": word("kind", "resource"), "C": word("language", lang), "D": "Bread & dialogue", "E": "Bakers of two faiths.\nThey bake.",
				"F": word("language", other), "G": "Translated title", "H": "Translated summary",
				"I": word("field", "youth") + "; " + word("field", "media"), "J": word("theme", "dialogue"),
				"K": word("country", "JO") + "\n" + word("country", "CI"), "L": "Bakery", "M": "https://bakery.example", "N": word("role", "lead"),
				"O": "Mill; Oven", "P": "Foundation", "Q": word("status", "completed"), "R": "2003-05", "S": 2008, "T": word("audience", "police"),
				"U": "Problem", "V": "Approach", "W": "Results", "X": "Evaluation", "Y": "Lessons", "Z": "Replication", "AA": "Resources",
				"AB": 12500, "AC": "EUR", "AD": perYear[lang], "AE": "2007", "AF": word("evidence", "evaluated"),
				"AG": "https://bakery.example/e1;https://bakery.example/e2", "AH": "https://bakery.example/r", "AI": "https://bakery.example/t", "AJ": "https://bakery.example/v",
				"AK": "https://bakery.example/p", "AL": "Bakery", "AM": "info@bakery.example", "AN": "https://bakery.example/c",
			} {
				if err := f.SetCellValue(sheet, column+"2", value); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.SetCellStr(sheet, "E3", "A summary alone"); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr(sheet, "D5", "A title alone: Диалог культур, حوار الثقافات"); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr(sheet, "C5", "ru"); err != nil {
				t.Fatal(err)
			}
			var filled bytes.Buffer
			if err := f.Write(&filled); err != nil {
				t.Fatal(err)
			}
			store := newMemory()
			run, err := runner(t, store).ImportTable(context.Background(), "t.xlsx", &filled, "ministry")
			if err != nil || run.New != 2 || run.Refused != 1 || run.TakenInPart != 0 {
				t.Fatalf("%+v, %v", run, err)
			}
			if r := run.Refusals[0]; r.Where != "t.xlsx:3" || !strings.Contains(r.Reasons[0].Message, "“"+title[lang]+" *”") {
				t.Errorf("refused %+v", r)
			}
			record := store.records["ministry:p-1"]
			if record == nil {
				t.Fatalf("records %v", store.records)
			}
			text := func(s string) catalog.Text { return catalog.Text{lang: s} }
			want := &catalog.Record{
				ID: "ministry:p-1", Kind: "resource", Original: lang, Title: catalog.Text{lang: "Bread & dialogue", other: "Translated title"},
				Summary:      catalog.Text{lang: "Bakers of two faiths.\nThey bake.", other: "Translated summary"},
				Translations: map[string]catalog.Translation{other: {Origin: "author", Parts: []string{"title", "summary"}}},
				Fields:       []string{"youth", "media"}, Themes: []string{"dialogue"}, Countries: []string{"JO", "CI"}, Regions: []string{"011", "145"},
				Audiences: []string{"police"}, Status: "completed", Start: "2003-05", End: "2008", Evidence: "evaluated",
				Organizations: []catalog.OrganizationRef{{Name: text("Bakery"), URL: "https://bakery.example", Role: "lead"}, {Name: text("Foundation"), Role: "funder"},
					{Name: text("Mill"), Role: "partner"}, {Name: text("Oven"), Role: "partner"}},
				Practice: map[string]catalog.Text{"problem": text("Problem"), "approach": text("Approach"), "results": text("Results"), "evaluation": text("Evaluation"),
					"lessons": text("Lessons"), "replication": text("Replication"), "resources": text("Resources")},
				Cost: &catalog.Cost{Amount: "12500", Currency: "EUR", Per: "year", Year: "2007"},
				Links: []catalog.Link{{Rel: "evaluation", URL: "https://bakery.example/v"}, {Rel: "example", URL: "https://bakery.example/e1"},
					{Rel: "example", URL: "https://bakery.example/e2"}, {Rel: "report", URL: "https://bakery.example/r"}, {Rel: "toolkit", URL: "https://bakery.example/t"}},
				Contact: &catalog.Contact{Name: "Bakery", Email: "info@bakery.example", URL: "https://bakery.example/c"}, URL: "https://bakery.example/p",
			}
			want.Provenance, want.Assigned = record.Provenance, record.Assigned
			if diff := cmp.Diff(string(want.JSON()), string(record.JSON())); diff != "" {
				t.Error(diff)
			}
			if missing := record.Incomplete(); len(missing) > 0 {
				t.Errorf("incomplete: %v", missing)
			}
			visible, err := f.GetSheetVisible("lists")
			if err != nil || visible {
				t.Errorf("the sheet of lists is visible, %v", err)
			}
			view, err := f.GetSheetView(sheet, 0)
			if err != nil || *view.RightToLeft != (lang == "ar") {
				t.Errorf("right to left %v, %v", view.RightToLeft, err)
			}
		})
	}
}

var (
	title   = map[string]string{"en": "Title", "ar": "العنوان", "fr": "Titre", "es": "Título", "ru": "Название", "zh": "标题"}
	perYear = map[string]string{"en": "Year", "ar": "سنة", "fr": "An", "es": "Año", "ru": "Год", "zh": "年"}
)

// TestImportTable shows what becomes of ids, and that importing again changes
// nothing.
func TestImportTable(t *testing.T) {
	in := "ID,Title,Organisation,Countries\n7,One,A,Jordan\nother:7,Two,B,Atlantis\n,Three,C,\n,Three,D,\n,Three,C,\n7,Four,A,\n"
	store := newMemory()
	r := runner(t, store)
	for _, want := range []string{"4 new 0 unchanged 2 refused 1 in part", "0 new 4 unchanged 2 refused 1 in part"} {
		run, err := r.ImportTable(context.Background(), "t.csv", strings.NewReader(in), "import")
		if err != nil {
			t.Fatal(err)
		}
		if have := fmt.Sprintf("%d new %d unchanged %d refused %d in part", run.New, run.Unchanged, run.Refused, run.TakenInPart); have != want {
			t.Errorf("have %s, want %s: %+v", have, want, run)
		}
	}
	for _, id := range []string{"import:7", "other:7", catalog.NewID("import", "Three\nC"), catalog.NewID("import", "Three\nD")} {
		if store.records[id] == nil {
			t.Errorf("there is no %s", id)
		}
	}
}
