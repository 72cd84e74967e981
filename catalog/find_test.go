package catalog

import (
	"testing"
	"unicode/utf8"
)

func TestFind(t *testing.T) {
	taxonomy := embedded(t)
	for _, c := range []struct{ dimension, name, want string }{
		{"country", "JO", "JO"}, {"country", "jo", ""}, {"country", "JOR", "JO"}, {"country", "400", "JO"}, {"country", "UK", "GB"}, {"country", "uk", ""},
		{"country", "Jordan", "JO"}, {"country", "la Jordanie", "JO"}, {"country", "الأردن", "JO"}, {"country", "الاردن", "JO"}, {"country", "اُلأردنّ", "JO"}, {"country", "Иордания", "JO"}, {"country", "约旦", "JO"},
		{"country", "Cote d'Ivoire", "CI"}, {"country", "CÔTE D’IVOIRE", "CI"}, {"country", "Ivory Coast", "CI"}, {"country", "USA", "US"}, {"country", "U.S.A.", "US"}, {"country", "United States", "US"},
		{"country", "South Korea", "KR"}, {"country", "Korea, Republic of", "KR"}, {"country", "Palestine", "PS"}, {"country", "Палестина", "PS"}, {"country", "中国", "CN"},
		{"country", "République démocratique du Congo", "CD"}, {"country", "Congo", "CG"}, {"country", "DRC", "CD"},
		{"country", "Macedonia", "MK"}, {"country", "Swaziland", "SZ"}, {"country", "Turkey", "TR"}, {"country", "Burma", "MM"}, {"country", "Czech Republic", "CZ"}, {"country", "Cape Verde", "CV"}, {"country", "Kosovo", "XK"},
		{"country", "Venezuela", "VE"}, {"country", "Bolivarian Republic of Venezuela", "VE"}, {"country", "The Gambia", "GM"}, {"country", "Republic of Mali", "ML"}, {"country", "Республика Казахстан", "KZ"}, {"country", "جمهورية مصر العربية", "EG"},
		{"country", "Viet Nam", "VN"}, {"country", "Vietnam", "VN"}, {"country", "Россия", "RU"}, {"country", "РФ", "RU"}, {"country", "EE. UU.", "US"}, {"country", "Saint Lucia", "LC"},
		{"country", "na", ""}, {"country", "no", ""}, {"country", "In", ""}, {"country", "is", ""}, {"country", "to", ""}, {"country", "and", ""}, {"country", "are", ""}, {"country", "per", ""}, {"country", "can", ""}, {"country", "car", ""}, {"country", "Car", ""},
		{"country", "NA", "NA"}, {"country", "N/A", ""}, {"country", "NOR", "NO"}, {"country", "CAR", "CF"}, {"country", "oPt", "PS"}, {"country", "BiH", "BA"}, {"country", "Чад", "TD"},
		{"country", "Congo, Dem. Rep.", "CD"}, {"country", "Congo, The Democratic Republic of the", "CD"}, {"country", "Congo (the Democratic Republic of the)", "CD"}, {"country", "Congo, DR", "CD"}, {"country", "DR Congo", "CD"}, {"country", "Rép. dém. du Congo", "CD"}, {"country", "Congo, Rep.", "CG"}, {"country", "Congo (the)", "CG"},
		{"country", "Niger (the)", "NE"}, {"country", "Jordan (the)", "JO"}, {"country", "Gambia, The", "GM"}, {"country", "Gambia, Republic of The", "GM"}, {"country", "Tanzania, United Republic of", "TZ"}, {"country", "Tanzania, the United Republic of", "TZ"}, {"country", "Egypt, Arab Rep.", "EG"}, {"country", "Iran, Islamic Rep.", "IR"}, {"country", "Yemen, Rep.", "YE"},
		{"country", "Korea, Rep.", "KR"}, {"country", "Korea (the Republic of)", "KR"}, {"country", "Korea, Dem. People's Rep.", "KP"}, {"country", "Korea, North", "KP"}, {"country", "Venezuela, RB", "VE"}, {"country", "Micronesia, Fed. Sts.", "FM"}, {"country", "Macedonia, FYR", "MK"}, {"country", "Moldova, Republic of", "MD"}, {"country", "Palestine, State of", "PS"},
		{"country", "Virgin Islands, British", "VG"}, {"country", "Virgin Islands (U.S.)", "VI"}, {"country", "Bosnia-Herzegovina", "BA"}, {"country", "Guinea, Equatorial", "GQ"}, {"country", "Dominican Republic (the)", "DO"}, {"country", "Netherlands (Kingdom of the)", "NL"},
		{"country", "l'Égypte", "EG"}, {"country", "L'Algérie", "DZ"}, {"country", "L’Italie", "IT"}, {"country", "Amman, Jordan", ""}, {"country", "Dem. Rep.", ""}, {"country", "of the", ""}, {"country", ", The", ""}, {"country", "China, Republic of", ""}, {"field", "l'éducation", "education"}, {"region", "Africa, Northern", "015"},
		{"country", "Atlantis", ""}, {"country", "", ""}, {"country", "Europe", ""}, {"country", "150", ""}, {"country", "Korea", ""}, {"country", "Republic of China", ""}, {"country", "XX", ""},
		{"region", "145", "145"}, {"region", "Western Asia", "145"}, {"region", "Afrique du Nord", "015"}, {"region", "أمريكا اللاتينية", "419"}, {"region", "南亚", "034"}, {"region", "Middle Earth", ""},
		{"language", "fr", "fr"}, {"language", "fra", "fr"}, {"language", "fre", "fr"}, {"language", "French", "fr"}, {"language", "français", "fr"}, {"language", "الفرنسية", "fr"}, {"language", "французский", "fr"}, {"language", "法语", "fr"},
		{"language", "Mandarin", "zh"}, {"language", "Farsi", "fa"}, {"language", "Deutsch", "de"}, {"language", "Klingonish", ""},
		{"theme", "media literacy", "media-literacy"}, {"theme", "Media-Literacy", "media-literacy"}, {"theme", "محو الأميّة الاعلامية", "media-literacy"}, {"theme", "interfaith dialogue", "dialogue"},
		{"field", "Médias", "media"}, {"field", "молодежь", "youth"}, {"kind", "Organization", "organization"}, {"kind", "مشروع", "initiative"}, {"status", "Terminé", "completed"}, {"role", "Donor", "funder"},
		{"audience", "Policy makers", "policy-makers"}, {"scope", "Nationwide", "national"}, {"evidence", "RCT", "experimental"}, {"evidence", "hearsay", ""}, {"nothing", "x", ""},
	} {
		if have, ok := taxonomy.Find(c.dimension, c.name); have != c.want || ok != (c.want != "") {
			t.Errorf("%s %q is %q, %v; want %q", c.dimension, c.name, have, ok, c.want)
		}
	}
	for _, d := range []string{"country", "region", "field", "theme", "kind", "audience", "status", "scope", "evidence", "role"} {
		for _, term := range taxonomy.Terms(d) {
			for l, label := range term.Label {
				if have, _ := taxonomy.Find(d, label); have != term.Code {
					t.Errorf("%s %s: its name in %s, %q, is found as %q", d, term.Code, l, label, have)
				}
			}
			for l, names := range term.Synonyms {
				for _, name := range names {
					if have, _ := taxonomy.Find(d, name); have != term.Code {
						t.Errorf("%s %s: its synonym in %s, %q, is found as %q", d, term.Code, l, name, have)
					}
				}
			}
		}
	}
}

// FuzzFind never panics, finds only codes that there are, and folding twice is
// folding once.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"", "JO", "la Jordanie", "اُلأردنّ", "中国", "𞥐", "Venezuela (Bolivarian Republic of)", "\xff", "ﬁ ½ Ⅳ"} {
		f.Add(s)
	}
	taxonomy := embedded(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range []string{"country", "region", "language", "theme", "kind"} {
			if code, ok := taxonomy.Find(d, s); ok && !taxonomy.Has(d, code) {
				t.Errorf("%s %q is found as %q, which there is not", d, s, code)
			}
		}
		folded := Fold(s)
		if again := Fold(folded); utf8.ValidString(s) && again != folded {
			t.Errorf("%q folds to %q, and that to %q", s, folded, again)
		}
	})
}
