package jsonld

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// place puts in a place: a country, a region, or a named point with what it says
// of its country.
func (a *adapter) place(v value, depth int) {
	r := a.record
	if len(r.Places) >= catalog.MaxList || len(r.Countries) >= catalog.MaxList || depth > 5 {
		return
	}
	if v.node == nil {
		name := format.Line(format.PlainText(v.text))
		if name == "" || a.area(name) {
			return
		}
		a.countryAtEnd(name)
		a.addPlace(catalog.Text{a.languageOf(v): name}, nil)
		return
	}
	n := v.node
	if slices.Contains(n.types, "VirtualLocation") || n.is(persons) {
		return
	}
	name := a.text(true, n.all("name"))
	if slices.Contains(n.types, "Country") {
		if s := cmp.Or(n.first("identifier"), n.first("name"), n.first("alternateName")); s != "" {
			r.Countries = append(r.Countries, format.Line(s))
		}
		return
	}
	addresses := n.values("address")
	if slices.Contains(n.types, "PostalAddress") || len(n.all("addressCountry", "addressLocality", "addressRegion")) > 0 {
		addresses = []value{v}
	}
	for _, address := range addresses {
		if address.node == nil {
			if len(name) == 0 {
				a.place(address, depth+1)
			} else {
				a.countryAtEnd(address.text)
			}
			continue
		}
		for _, country := range address.node.values("addressCountry") {
			s := country.text
			if country.node != nil {
				s = cmp.Or(country.node.first("identifier"), country.node.first("name"))
			}
			if s = format.Line(s); s != "" {
				r.Countries = append(r.Countries, s)
			}
		}
		if len(name) == 0 {
			name = a.text(true, address.node.all("addressLocality", "addressRegion"))
		}
	}
	for _, one := range name {
		if len(name) == 1 && len(addresses) == 0 && a.area(one) {
			return
		}
	}
	if len(name) > 0 {
		geo := n
		if g := n.values("geo"); len(g) > 0 && g[0].node != nil {
			geo = g[0].node
		}
		a.addPlace(name, geo)
	}
	for _, part := range n.all("containedInPlace", "containedIn") {
		if part.node != nil && slices.Contains(part.node.types, "Country") {
			a.place(part, depth+1)
		}
	}
}

// states are names of countries that are also those of states and provinces, which
// stand after the name of a town as well.
var states = map[string]bool{catalog.Fold("Georgia"): true, catalog.Fold("Géorgie"): true, catalog.Fold("جورجيا"): true,
	catalog.Fold("Granada"): true, catalog.Fold("Macedonia"): true}

// abbreviated are the countries that stand by their letters after the name of a town.
// Other letters are more often those of a state: CA, DE, IL, Ind.
var abbreviated = map[string]bool{"UK": true, "USA": true, "UAE": true}

// countryAtEnd puts in the country that an address ends with, as in Amman, Jordan.
func (a *adapter) countryAtEnd(address string) {
	i := strings.LastIndexAny(address, ",،，")
	if i < 0 {
		return
	}
	_, size := utf8.DecodeRuneInString(address[i:])
	name := strings.TrimSpace(address[i+size:])
	letters := strings.ToUpper(strings.ReplaceAll(name, ".", ""))
	if states[catalog.Fold(name)] || code.MatchString(letters) && !abbreviated[letters] {
		return
	}
	if country, ok := a.config.Taxonomy.Find("country", name); ok {
		a.record.Countries = append(a.record.Countries, country)
	}
}

// code is the form of the codes of countries.
var code = regexp.MustCompile(`^(?:[A-Z]{1,3}|\d{1,3})$`)

// area puts in the country or region of a name, if it is that of one.
func (a *adapter) area(name string) bool {
	if code, ok := a.config.Taxonomy.Find("country", name); ok {
		a.record.Countries = append(a.record.Countries, code)
		return true
	}
	if code, ok := a.config.Taxonomy.Find("region", name); ok {
		a.record.Regions = append(a.record.Regions, code)
		return true
	}
	return false
}

func (a *adapter) addPlace(name catalog.Text, geo *node) {
	place := catalog.Place{Name: name}
	if geo != nil {
		lat, latErr := strconv.ParseFloat(geo.first("latitude"), 64)
		lon, lonErr := strconv.ParseFloat(geo.first("longitude"), 64)
		if latErr == nil && lonErr == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 {
			place.Lat, place.Lon = &lat, &lon
		}
	}
	if !slices.ContainsFunc(a.record.Places, func(p catalog.Place) bool { return maps.Equal(p.Name, name) }) {
		a.record.Places = append(a.record.Places, place)
	}
}
