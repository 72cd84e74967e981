package indexer

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

func TestDetect(t *testing.T) {
	for text, want := range map[string]string{
		"":              "",
		"2007, 12 – 14": "",
		"UNAOC":         "",
		"الحوار بين الثقافات والأديان":                            "ar",
		"برنامج Soliya للتبادل الافتراضي بين الطلاب":              "ar",
		"گفتگوی فرهنگ‌ها و ادیان در مدارس کشور":                   "fa",
		"ثقافتوں اور مذاہب کے درمیان مکالمہ اور تعاون کا پروگرام": "ur",
		"跨文化对话与合作":                                                                                             "zh",
		"UNESCO 的媒体素养项目（MIL）":                                                                                  "zh",
		"文化間の対話と協力のためのプログラム":                                                                                   "ja",
		"문화 간 대화와 협력":                                                                                          "ko",
		"Диалог между культурами и религиями":                                                                  "ru",
		"Міжкультурний діалог і співпраця":                                                                     "uk",
		"Διάλογος μεταξύ των πολιτισμών":                                                                       "el",
		"דיאלוג בין תרבויות":                                                                                   "he",
		"A course in which students of several countries meet every week":                                      "",
		"A course in which students of several countries meet every week to speak of what they read":           "en",
		"Kampala Youth Peace Network Uganda programme":                                                         "",
		"Kampala Youth Peace Network Uganda programme, Nairobi Women Media Forum Kenya project":                "",
		"Az ifjúsági párbeszéd programja a különböző kultúrák és vallások közötti megértésért és békéért":      "",
		"Et program for unge, der hjælper dem med at forstå medierne og tale sammen på tværs af kulturer":      "",
		"Program na podporu dialogu mezi mladými lidmi z různých kultur a náboženství v České republice":       "",
		"Program na podporu dialógu medzi mladými ľuďmi z rôznych kultúr a náboženstiev na Slovensku":          "",
		"Një program që ndihmon të rinjtë të kuptojnë mediat dhe të flasin mes kulturave e feve të ndryshme":   "",
		"Chương trình giúp thanh niên hiểu về truyền thông và đối thoại giữa các nền văn hóa và tôn giáo":      "",
		"Isang programa na tumutulong sa mga kabataan na maunawaan ang media at makipag-usap sa ibang kultura": "",
		"Mpango unaowasaidia vijana kuelewa vyombo vya habari na kuzungumza na watu wa tamaduni nyingine":      "",
		"Program koji pomaže mladima da razumiju medije i razgovaraju s ljudima iz drugih kultura i vjera":     "",
		"Un programa que ajuda els joves a entendre els mitjans de comunicació i a parlar entre cultures":      "",
		"Un programme qui aide les jeunes":                                                                     "",
		"Мәдениеттер мен діндер арасындағы диалог бағдарламасы":                                                "kk",
		"Қазақстан жастарының медиа сауаттылығын арттыру жобасы":                                               "kk",
		"Маданиятлар ва динлар ўртасидаги мулоқот дастури, ёшлар учун қўлланма":                                "uz",
		"Барномаи муколамаи фарҳангҳо ва динҳо барои ҷавонони Тоҷикистон":                                      "tg",
		"Маданияттар жана диндер ортосундагы диалог, жаштардын жаңы мүмкүнчүлүктөрү":                           "ky",
		"Соёл иргэншил хоорондын яриа хэлэлцээ, залуучуудад зориулсан хөтөлбөр, өөрчлөлт":                      "mn",
		"Дыялог паміж культурамі і рэлігіямі":                                                                  "be",
		"Праграма для моладзі":                                                                                 "",
		"Міжкультурний діалог молоді України":                                                                  "uk",
		"Програма за диалог между културите и религиите, която помага на младежите в България":                 "bg",
		"Програма за дијалог меѓу културите и религиите што им помага на младите":                              "mk",
		"Програм дијалога међу културама и вероисповестима који помаже омладини, обућа":                        "sr",
		"Програма за дијалог на младите":                                                                       "",
		"Программа для молодёжи, которая учит понимать сообщения СМИ":                                          "ru",
		"Un programme qui aide les jeunes à comprendre les médias et à vérifier les nouvelles":                 "fr",
		"Un programa que ayuda a los jóvenes a entender los medios y comprobar las noticias":                   "es",
		"Ein Programm, in dem Schülerinnen und Schüler aus verschiedenen Ländern lernen":                       "de",
		"Um programa que ajuda os jovens a compreender os meios de comunicação e a falar com outros":           "pt",
	} {
		if have := detect(text); have != want {
			t.Errorf("%q is %q, want %q", text, have, want)
		}
	}
}

// TestOtherScript: the source's word for the language of its texts holds unless
// their script says otherwise.
func TestOtherScript(t *testing.T) {
	const arabic, english, russian = "برنامج للحوار بين طلاب الجامعات في الأردن", "Programme for dialogue between students", "Программа диалога студентов университетов"
	for _, c := range []struct {
		text, tag string
		want      bool
	}{
		{arabic, "ar", false}, {arabic, "fa", false}, {arabic, "en", true}, {english, "ar", true}, {english, "fr", false}, {russian, "en", true}, {russian, "uk", false},
		{english, "sr", false}, {russian, "uz", false}, {"大学生跨文化对话与合作项目以及青年媒体素养培训课程介绍", "zh", false}, {"大学生跨文化对话与合作项目以及青年媒体素养培训课程介绍", "fr", true},
		{"UNESCO 的媒体素养项目（MIL）", "zh", false}, {english, "zh", true}, {"UNAOC 2007", "ar", false}, {"", "ar", false}, {english, "", false}, {arabic, "", false},
	} {
		if have := otherScript(c.text, c.tag); have != c.want {
			t.Errorf("%q in another script than %s: %v", c.text, c.tag, have)
		}
	}
}

// TestLanguageOfSource: the language that a source file says comes before the
// one that is detected.
func TestLanguageOfSource(t *testing.T) {
	const english = "A course in which students of several countries meet every week to speak of what they read"
	for _, c := range []struct{ text, language, want string }{
		{english, "", "en"}, {english, "fr", "fr"}, {english, "ar", "en"}, {"Kampala Youth Peace Network Uganda programme", "fr", "fr"},
		{"Kampala Youth Peace Network Uganda programme", "", "und"}, {"Kampala Youth Peace Network Uganda programme", "ar", "und"}, {"UNAOC 2007", "ar", "ar"}, {"Диалог между культурами и религиями", "uk", "uk"},
	} {
		n := newNormaliser(embedded(t))
		n.language = c.language
		item := &format.Item{Record: &catalog.Record{Title: catalog.Text{"": c.text}}}
		n.normalise(item)
		if item.Record.Title[c.want] != c.text || item.Record.Original != c.want {
			t.Errorf("%q of a source in %q is %v, original %q; want %s", c.text, c.language, item.Record.Title, item.Record.Original, c.want)
		}
	}
}

// TestDetectOfGoals measures the detection on texts in the six languages.
func TestDetectOfGoals(t *testing.T) {
	folder := "../../shared/data/sdg_6lang/translations"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the Sustainable Development Goals are not beside this checkout")
	}
	entry := regexp.MustCompile(`^\S+: `)
	for _, l := range []string{"ar", "zh", "en", "fr", "ru", "es"} {
		dir := l
		if l == "zh" {
			dir = "zh-Hans"
		}
		var texts []string
		for _, name := range []string{"global_goals.yml", "global_targets.yml", "global_indicators.yml"} {
			f, err := os.Open(filepath.Join(folder, dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for lines := bufio.NewScanner(f); lines.Scan(); {
				if at := entry.FindString(lines.Text()); at != "" {
					texts = append(texts, lines.Text()[len(at):])
				} else if len(texts) > 0 {
					texts[len(texts)-1] += " " + strings.TrimSpace(lines.Text())
				}
			}
			f.Close()
		}
		right, wrong := 0, 0
		texts = slices.DeleteFunc(texts, func(text string) bool { return unicode.Is(unicode.Latin, []rune(text)[0]) && len([]rune(text)) < 80 })
		for _, text := range texts {
			switch detect(text) {
			case l:
				right++
			case "":
			default:
				wrong++
			}
		}
		t.Logf("%s: %d of %d right, %d wrong", l, right, len(texts), wrong)
		if 100*right < 90*len(texts) || 100*wrong > 3*len(texts) {
			t.Errorf("%s: %d of %d texts are detected, %d as another language", l, right, len(texts), wrong)
		}
	}
}

// FuzzDetect never panics, and names only languages that a tag can name.
func FuzzDetect(f *testing.F) {
	for _, s := range []string{"", "UNAOC", "الحوار بين الثقافات والأديان", "文化間の対話", "Диалог между культурами", "Un programme qui aide les jeunes à comprendre les médias et à vérifier les nouvelles", "\xff"} {
		f.Add(s, "fr")
	}
	f.Fuzz(func(t *testing.T, s, tag string) {
		if found := detect(s); found != "" {
			if code, ok := format.Language(found); !ok || code != found {
				t.Errorf("%q is found to be in %q", s, found)
			}
		}
		otherScript(s, tag)
	})
}
