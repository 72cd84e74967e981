package catalog

import "testing"

func TestWith(t *testing.T) {
	own, err := EmbeddedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	name := func(id string, labels Text, parents ...string) Concept {
		return Concept{ID: id, Labels: labels, Parents: parents}
	}
	v := Vocabulary{ID: "v", Concepts: []Concept{
		name("v:literacy", Text{"en": "Media Literacy", "fr": "éducation aux médias", "es": "cultura de pantallas"}),
		name("v:one-language", Text{"en": "youth"}),
		name("v:other-sense", Text{"en": "youth", "fr": "jeune pousse", "es": "brote", "ru": "росток"}),
		name("v:fair", Text{"en": "street fair"}, "v:literacy"),
		name("v:again", Text{"en": "Street fair"}),
	}}
	with := own.With([]Vocabulary{v})
	if with.Version() == own.Version() || len(own.Vocabularies()) != 0 || len(with.Vocabularies()) != 1 {
		t.Errorf("versions %s and %s", own.Version(), with.Version())
	}
	if again := own.With([]Vocabulary{v}); again.Version() != with.Version() {
		t.Errorf("the same vocabulary makes the versions %s and %s", with.Version(), again.Version())
	}
	literacy, _ := with.Concept("theme:media-literacy")
	before, _ := own.Concept("theme:media-literacy")
	if n := len(literacy.Synonyms["es"]); n != len(before.Synonyms["es"])+1 || literacy.Synonyms["es"][n-1] != "cultura de pantallas" {
		t.Errorf("names of media literacy in Spanish: %q, before %q", literacy.Synonyms["es"], before.Synonyms["es"])
	}
	for _, id := range []string{"v:literacy", "v:one-language", "v:again"} {
		if c, ok := with.Concept(id); ok {
			t.Errorf("%s is a concept of its own: %+v", id, c)
		}
	}
	sense, ok := with.Concept("v:other-sense")
	if !ok || sense.Labels["en"] != "" || sense.Labels["fr"] != "jeune pousse" {
		t.Errorf("a name that means something already: %+v", sense)
	}
	if fair, ok := with.Concept("v:fair"); !ok || len(fair.Parents) != 1 || fair.Parents[0] != "theme:media-literacy" {
		t.Errorf("%+v", fair)
	}
	if len(with.Terms("theme")) != len(own.Terms("theme")) {
		t.Error("a vocabulary adds terms")
	}
}
