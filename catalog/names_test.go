package catalog

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// six gives a name in the order of Languages.
func six(ar, zh, en, fr, ru, es string) Text {
	return Text{"ar": ar, "zh": zh, "en": en, "fr": fr, "ru": ru, "es": es}
}

// corrections are the names in which the United Nations (M49 and the
// terminology database of its conference services) differ from CLDR.
var corrections = map[string]Text{
	"PS": six("دولة فلسطين", "巴勒斯坦国", "State of Palestine", "État de Palestine", "Государство Палестина", "Estado de Palestina"),
	"TR": six("تركيا", "土耳其", "Türkiye", "Türkiye", "Турция", "Türkiye"),
	"CV": six("كابو فيردي", "佛得角", "Cabo Verde", "Cabo Verde", "Кабо-Верде", "Cabo Verde"),
	"CI": six("كوت ديفوار", "科特迪瓦", "Côte d’Ivoire", "Côte d’Ivoire", "Кот-д’Ивуар", "Côte d’Ivoire"),
	"CD": six("جمهورية الكونغو الديمقراطية", "刚果民主共和国", "Democratic Republic of the Congo", "République démocratique du Congo", "Демократическая Республика Конго", "República Democrática del Congo"),
	"CG": six("الكونغو", "刚果", "Congo", "Congo", "Конго", "Congo"),
	"KP": six("جمهورية كوريا الشعبية الديمقراطية", "朝鲜民主主义人民共和国", "Democratic People’s Republic of Korea", "République populaire démocratique de Corée", "Корейская Народно-Демократическая Республика", "República Popular Democrática de Corea"),
	"KR": six("جمهورية كوريا", "大韩民国", "Republic of Korea", "République de Corée", "Республика Корея", "República de Corea"),
	"LA": six("جمهورية لاو الديمقراطية الشعبية", "老挝人民民主共和国", "Lao People’s Democratic Republic", "République démocratique populaire lao", "Лаосская Народно-Демократическая Республика", "República Democrática Popular Lao"),
	"MD": six("جمهورية مولدوفا", "摩尔多瓦共和国", "Republic of Moldova", "République de Moldova", "Республика Молдова", "República de Moldova"),
	"SY": six("الجمهورية العربية السورية", "阿拉伯叙利亚共和国", "Syrian Arab Republic", "République arabe syrienne", "Сирийская Арабская Республика", "República Árabe Siria"),
	"TZ": six("جمهورية تنزانيا المتحدة", "坦桑尼亚联合共和国", "United Republic of Tanzania", "République-Unie de Tanzanie", "Объединенная Республика Танзания", "República Unida de Tanzanía"),
	"VE": six("فنزويلا (جمهورية - البوليفارية)", "委内瑞拉玻利瓦尔共和国", "Venezuela (Bolivarian Republic of)", "Venezuela (République bolivarienne du)", "Венесуэла (Боливарианская Республика)", "Venezuela (República Bolivariana de)"),
	"BO": six("بوليفيا (دولة - المتعددة القوميات)", "多民族玻利维亚国", "Bolivia (Plurinational State of)", "Bolivie (État plurinational de)", "Боливия (Многонациональное Государство)", "Bolivia (Estado Plurinacional de)"),
	"IR": six("إيران (جمهورية - الإسلامية)", "伊朗伊斯兰共和国", "Iran (Islamic Republic of)", "Iran (République islamique d’)", "Иран (Исламская Республика)", "Irán (República Islámica del)"),
	"RU": six("الاتحاد الروسي", "俄罗斯联邦", "Russian Federation", "Fédération de Russie", "Российская Федерация", "Federación de Rusia"),
	"VN": six("فييت نام", "越南", "Viet Nam", "Viet Nam", "Вьетнам", "Viet Nam"),
	"TW": six("تايوان، مقاطعة في الصين", "中国台湾省", "Taiwan Province of China", "Taïwan, province de Chine", "Тайвань, провинция Китая", "Provincia china de Taiwán"),
	"HK": six("هونغ كونغ الصينية (منطقة إدارية خاصة)", "中国香港特别行政区", "China, Hong Kong Special Administrative Region", "Chine, région administrative spéciale de Hong Kong", "Китай, Специальный административный район Гонконг", "China, región administrativa especial de Hong Kong"),
	"MO": six("ماكاو الصينية (منطقة إدارية خاصة)", "中国澳门特别行政区", "China, Macao Special Administrative Region", "Chine, région administrative spéciale de Macao", "Китай, Специальный административный район Макао", "China, región administrativa especial de Macao"),
	"XK": six("كوسوفو (عملا بقرار مجلس الأمن 1244)", "科索沃（安理会第1244号决议）", "Kosovo (Security Council resolution 1244)", "Kosovo (résolution 1244 du Conseil de sécurité)", "Косово (резолюция 1244 Совета Безопасности)", "Kosovo (resolución 1244 del Consejo de Seguridad)"),
	"VA": six("الكرسي الرسولي", "教廷", "Holy See", "Saint-Siège", "Святой Престол", "Santa Sede"),
	"GB": six("المملكة المتحدة لبريطانيا العظمى وأيرلندا الشمالية", "大不列颠及北爱尔兰联合王国", "United Kingdom of Great Britain and Northern Ireland", "Royaume-Uni de Grande-Bretagne et d’Irlande du Nord", "Соединенное Королевство Великобритании и Северной Ирландии", "Reino Unido de Gran Bretaña e Irlanda del Norte"),
	"US": six("الولايات المتحدة الأمريكية", "美利坚合众国", "United States of America", "États-Unis d’Amérique", "Соединенные Штаты Америки", "Estados Unidos de América"),
	"MM": six("ميانمار", "缅甸", "Myanmar", "Myanmar", "Мьянма", "Myanmar"),
	"FM": six("ميكرونيزيا (ولايات - الموحدة)", "密克罗尼西亚联邦", "Micronesia (Federated States of)", "Micronésie (États fédérés de)", "Микронезия (Федеративные Штаты)", "Micronesia (Estados Federados de)"),
	"BN": six("بروني دار السلام", "文莱达鲁萨兰国", "Brunei Darussalam", "Brunéi Darussalam", "Бруней-Даруссалам", "Brunei Darussalam"),
	"TL": six("تيمور - ليشتي", "东帝汶", "Timor-Leste", "Timor-Leste", "Тимор-Лешти", "Timor-Leste"),
	"NL": six("هولندا (مملكة)", "荷兰王国", "Netherlands (Kingdom of the)", "Pays-Bas (Royaume des)", "Нидерланды (Королевство)", "Países Bajos (Reino de los)"),
	"FK": six("جزر فوكلاند (مالفيناس)", "福克兰群岛（马尔维纳斯）", "Falkland Islands (Malvinas)", "Îles Falkland (Malvinas)", "Фолклендские (Мальвинские) острова", "Islas Malvinas (Falkland Islands)"),

	"005": six("أمريكا الجنوبية", "南美洲", "South America", "Amérique du Sud", "Южная Америка", "América del Sur"),
	"035": six("جنوب شرق آسيا", "东南亚", "South-eastern Asia", "Asie du Sud-Est", "Юго-Восточная Азия", "Asia Sudoriental"),
	"053": six("أستراليا ونيوزيلندا", "澳大利亚和新西兰", "Australia and New Zealand", "Australie et Nouvelle-Zélande", "Австралия и Новая Зеландия", "Australia y Nueva Zelandia"),
	"057": six("ميكرونيزيا", "密克罗尼西亚", "Micronesia", "Micronésie", "Микронезия", "Micronesia"),
	"419": six("أمريكا اللاتينية ومنطقة البحر الكاريبي", "拉丁美洲和加勒比", "Latin America and the Caribbean", "Amérique latine et Caraïbes", "Латинская Америка и Карибский бассейн", "América Latina y el Caribe"),
	"202": six("أفريقيا جنوب الصحراء الكبرى", "撒哈拉以南非洲", "Sub-Saharan Africa", "Afrique subsaharienne", "Африка к югу от Сахары", "África Subsahariana"),
	"015": six("شمال أفريقيا", "北非", "Northern Africa", "Afrique septentrionale", "Северная Африка", "África Septentrional"),
	"011": six("غرب أفريقيا", "西非", "Western Africa", "Afrique occidentale", "Западная Африка", "África Occidental"),
	"014": six("شرق أفريقيا", "东非", "Eastern Africa", "Afrique orientale", "Восточная Африка", "África Oriental"),
	"017": six("وسط أفريقيا", "中部非洲", "Middle Africa", "Afrique centrale", "Центральная Африка", "África Central"),
	"018": six("الجنوب الأفريقي", "南部非洲", "Southern Africa", "Afrique australe", "Южная Африка", "África Austral"),
	"145": six("غرب آسيا", "西亚", "Western Asia", "Asie occidentale", "Западная Азия", "Asia Occidental"),
	"034": six("جنوب آسيا", "南亚", "Southern Asia", "Asie du Sud", "Южная Азия", "Asia Meridional"),
}

// english are the names of M49 (https://unstats.un.org/unsd/methodology/m49/) where CLDR writes
// others.
var english = map[string]string{
	"AG": "Antigua and Barbuda", "BA": "Bosnia and Herzegovina", "BQ": "Bonaire, Sint Eustatius and Saba", "GS": "South Georgia and the South Sandwich Islands",
	"HM": "Heard Island and McDonald Islands", "KN": "Saint Kitts and Nevis", "LC": "Saint Lucia", "BL": "Saint Barthélemy", "MF": "Saint Martin (French Part)",
	"PM": "Saint Pierre and Miquelon", "PN": "Pitcairn", "SH": "Saint Helena", "SJ": "Svalbard and Jan Mayen Islands", "ST": "Sao Tome and Principe", "SX": "Sint Maarten (Dutch part)", "TC": "Turks and Caicos Islands",
	"TT": "Trinidad and Tobago", "UM": "United States Minor Outlying Islands", "VC": "Saint Vincent and the Grenadines", "VI": "United States Virgin Islands", "WF": "Wallis and Futuna Islands",
}

// parents is the hierarchy of UN M49 above the 22 subregions.
var parents = map[string]string{
	"202": "002", "419": "019",
	"015": "002", "014": "202", "017": "202", "018": "202", "011": "202",
	"021": "019", "029": "419", "013": "419", "005": "419",
	"143": "142", "030": "142", "035": "142", "034": "142", "145": "142",
	"151": "150", "154": "150", "039": "150", "155": "150",
	"053": "009", "054": "009", "057": "009", "061": "009",
}

// m49Order is the order of regions in lists: by continent, broader ones first.
var m49Order = []string{"002", "015", "202", "014", "017", "018", "011", "019", "021", "419", "029", "013", "005",
	"142", "143", "030", "035", "034", "145", "150", "151", "154", "039", "155", "009", "053", "054", "057", "061"}

// namesFolder holds the names of CLDR 48 where the project's shared data lies
// beside the checkout.
const namesFolder = "../../shared/data/names"

// TestNames makes data/names.json from CLDR and the corrections above and
// compares; with -update it writes the file.
func TestNames(t *testing.T) {
	if _, err := os.Stat(namesFolder); err != nil {
		t.Skip("the CLDR names are not beside this checkout")
	}
	cldr := func(file, key string) map[string]Text {
		out := map[string]Text{}
		for _, l := range Languages {
			var doc struct {
				Main map[string]struct {
					LocaleDisplayNames map[string]map[string]string `json:"localeDisplayNames"`
				} `json:"main"`
			}
			data, err := os.ReadFile(filepath.Join(namesFolder, l, file))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &doc); err != nil {
				t.Fatal(err)
			}
			for code, name := range doc.Main[l].LocaleDisplayNames[key] {
				if out[code] == nil {
					out[code] = Text{}
				}
				out[code][l] = name
			}
		}
		return out
	}
	var containment struct {
		Supplemental struct {
			TerritoryContainment map[string]struct {
				Contains []string `json:"_contains"`
			} `json:"territoryContainment"`
		} `json:"supplemental"`
	}
	data, err := os.ReadFile(filepath.Join(namesFolder, "territoryContainment.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &containment); err != nil {
		t.Fatal(err)
	}
	territories := cldr("territories.json", "territories")
	name := func(code string) Text {
		if c, ok := corrections[code]; ok {
			return c
		}
		of := maps.Clone(territories[code])
		if s, ok := english[code]; ok {
			of["en"] = s
		}
		return of
	}
	synonyms := func(code string, label Text, names map[string]Text) map[string][]string {
		out := map[string][]string{}
		add := func(language string, list ...string) {
			for _, s := range list {
				_, another := names[s] // Spanish has RU for GB
				if s != "" && s != label[language] && !another && !slices.Contains(out[language], s) {
					out[language] = append(out[language], s)
				}
			}
		}
		for _, form := range []string{"", "-alt-short", "-alt-variant", "-alt-long", "-alt-menu"} {
			for l, s := range names[code+form] {
				add(l, s)
			}
		}
		for l, list := range otherNames[code] {
			add(l, list...)
		}
		return out
	}
	term := func(code, parent string, names map[string]Text) Term {
		label := name(code)
		if parent == "language" {
			label, parent = names[code], ""
		}
		return Term{Code: code, Label: label, Synonyms: synonyms(code, label, names), Parent: parent}
	}
	var want names
	for _, code := range m49Order {
		want.Regions = append(want.Regions, term(code, parents[code], territories))
		if code == "202" || code == "419" || parents[code] == "" {
			continue
		}
		for _, country := range containment.Supplemental.TerritoryContainment[code].Contains {
			if notISO[country] {
				continue
			}
			if len(name(country)) != len(Languages) {
				t.Errorf("%s has names in %d languages", country, len(name(country)))
			}
			want.Countries = append(want.Countries, term(country, code, territories))
		}
	}
	sort.Slice(want.Countries, func(i, j int) bool { return want.Countries[i].Code < want.Countries[j].Code })
	primary := regexp.MustCompile(`^[a-z]{2,3}$`)
	languages := cldr("languages.json", "languages")
	for code, label := range languages {
		if primary.MatchString(code) && len(label) == len(Languages) && code != "und" && code != "zxx" && code != "mul" {
			want.Languages = append(want.Languages, term(code, "language", languages))
		}
	}
	sort.Slice(want.Languages, func(i, j int) bool { return want.Languages[i].Code < want.Languages[j].Code })
	var b bytes.Buffer
	lines := func(key string, terms []Term, end string) {
		b.WriteString(` "` + key + "\":[\n")
		for i := range terms {
			line, err := marshal(terms[i])
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString("  " + string(line))
			if i < len(terms)-1 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
		}
		b.WriteString(" ]" + end + "\n")
	}
	b.WriteString("{\n")
	lines("regions", want.Regions, ",")
	lines("countries", want.Countries, ",")
	lines("languages", want.Languages, "")
	b.WriteString("}\n")
	if *update {
		if err := os.WriteFile("data/names.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("data/names.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(have)); diff != "" {
		t.Errorf("data/names.json is not what CLDR and the corrections give (-want +have):\n%s", diff)
	}
}

// notISO are CLDR's territories without an ISO 3166-1 code. XK is user-assigned
// and kept: the United Nations reports on Kosovo separately.
var notISO = map[string]bool{"EA": true, "IC": true, "CQ": true, "QO": true, "AC": true, "CP": true, "DG": true, "TA": true}

// TestCorrections looks at the corrected names in the shipped data, with or
// without CLDR beside it.
func TestCorrections(t *testing.T) {
	taxonomy := embedded(t)
	for code, want := range corrections {
		dimension := "country"
		if code[0] < 'A' {
			dimension = "region"
		}
		term, ok := taxonomy.Term(dimension, code)
		if !ok {
			t.Errorf("%s is missing", code)
			continue
		}
		if diff := cmp.Diff(want, term.Label); diff != "" {
			t.Errorf("%s (-want +have):\n%s", code, diff)
		}
	}
}
