package format_test

import (
	"strings"
	"testing"

	"clearinghouse/indexer/format"
)

func TestTreeJSON(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"values":           {"[" + strings.Repeat("1,", 900_000) + "1]", ""},
		"too many values":  {"[" + strings.Repeat("1,", 1_200_000) + "1]", "has more values"},
		"too many objects": {"[" + strings.Repeat("{},", 200_000) + "{}]", "has more values"},
		"deep":             {strings.Repeat("[", 101), "nests deeper than 100 levels"},
		"in a text":        {`{"[[\"": "` + strings.Repeat("[{,", 1_000_000) + `"}`, ""},
	} {
		err := new(format.Tree).JSON([]byte(c.text))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	var tree format.Tree // of several texts
	half := []byte("[" + strings.Repeat("1,", 600_000) + "1]")
	if first, second := tree.JSON(half), tree.JSON(half); first != nil || second == nil {
		t.Errorf("%v, %v; want an error of the second only", first, second)
	}
}

func TestReadWhole(t *testing.T) {
	if body, err := format.ReadWhole(strings.NewReader(strings.Repeat("x", format.MaxWhole))); err != nil || len(body) != format.MaxWhole {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := format.ReadWhole(strings.NewReader(strings.Repeat("x", format.MaxWhole+1))); err == nil || !strings.Contains(err.Error(), "whatever max_size says") {
		t.Errorf("%v", err)
	}
}
