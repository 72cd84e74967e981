package iati

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"clearinghouse/catalog"
)

// dacRegions are the codes of the OECD DAC for regions that are those of UN
// M49. The others (189 and 289 divide Africa, 389 America, 589 to 789 Asia in
// another way) have no equal there.
var dacRegions = map[string]string{
	"89": "150", "298": "002", "489": "005", "498": "019", "619": "143", "798": "142", "889": "009",
	"1027": "014", "1028": "017", "1029": "018", "1030": "011", "1031": "029", "1032": "013", "1033": "054", "1034": "057", "1035": "061",
}

// unspecified is the region of developing countries that are not named.
const unspecified = "998"

// setPlaces takes the countries, the largest share first, the regions, the
// scope and the named places.
func (d *adaption) setPlaces() {
	r := d.record
	countries, regions := d.Countries, d.Regions
	if len(countries)+len(regions) == 0 {
		for _, t := range d.Transactions {
			countries, regions = append(countries, t.Countries...), append(regions, t.Regions...)
		}
	}
	slices.SortStableFunc(countries, func(a, b recipient) int { return cmp.Compare(b.share(), a.share()) })
	for _, c := range countries {
		name := strings.ToUpper(strings.TrimSpace(c.Code))
		if said := d.all(c.prose); name == "" && len(said) > 0 {
			name = said[0].text
		}
		r.Countries = appendNew(r.Countries, name)
	}
	for _, c := range regions {
		code := strings.TrimSpace(c.Code)
		switch vocabulary := strings.TrimSpace(c.Vocabulary); {
		case code == unspecified, code == "":
		case len(r.Countries) > 0:
			d.leave("regions", "not_kept", "region %.20q: the regions of a record with countries are those of the countries", code)
		case vocabulary == "2" && len(code) <= 3 && d.isRegion("00"[:3-len(code)]+code):
			r.Regions = appendNew(r.Regions, "00"[:3-len(code)]+code)
		case (vocabulary == "" || vocabulary == "1") && dacRegions[code] != "":
			r.Regions = appendNew(r.Regions, dacRegions[code])
		default:
			d.leave("regions", "not_known", "region %.20q of the vocabulary %.20q is none of UN M49", code, cmp.Or(vocabulary, "1"))
		}
	}
	switch strings.TrimSpace(d.Scope.Code) {
	case "1", "3":
		r.Scope = "international"
	case "2":
		r.Scope = "regional"
	case "4":
		r.Scope = "national"
	case "5", "6", "7", "8":
		r.Scope = "local"
	}
	for _, l := range d.Locations {
		d.addPlace(l)
	}
	r.Countries, r.Regions = bound(d, "countries", r.Countries), bound(d, "regions", r.Regions)
	r.Places = bound(d, "places", r.Places)
}

func (d *adaption) isRegion(code string) bool {
	return d.taxonomy == nil || d.taxonomy.Has("region", code)
}

func (d *adaption) addPlace(l location) {
	place := catalog.Place{Name: d.name("places", l.Names...)}
	point := strings.FieldsFunc(l.Pos, func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\t' })
	if len(point) == 0 && l.Old.Latitude+l.Old.Longitude != "" {
		point = []string{strings.TrimSpace(l.Old.Latitude), strings.TrimSpace(l.Old.Longitude)}
	}
	switch {
	case len(place.Name) == 0 && len(point) > 0:
		d.leave("places", "no_name", "the place at %.60q has no name", strings.Join(point, " "))
		return
	case len(place.Name) == 0:
		return
	case len(point) > 0:
		if lat, lon, ok := degrees(point); ok {
			place.Lat, place.Lon = &lat, &lon
		} else {
			d.leave("places", "bad_point", "%.60q is no latitude and longitude", strings.Join(point, " "))
		}
	}
	d.record.Places = append(d.record.Places, place)
}

// degrees reads a point; 0 0, in the sea off Africa, is what programs write who
// know none.
func degrees(point []string) (lat, lon float64, ok bool) {
	if len(point) != 2 {
		return 0, 0, false
	}
	lat, errLat := strconv.ParseFloat(point[0], 64)
	lon, errLon := strconv.ParseFloat(point[1], 64)
	ok = errLat == nil && errLon == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 && (lat != 0 || lon != 0)
	return lat, lon, ok
}

// share is the percentage, 0 if there is none.
func (r recipient) share() float64 {
	share, err := strconv.ParseFloat(strings.Replace(strings.Trim(r.Percentage, " %\n\t"), ",", ".", 1), 64)
	if err != nil {
		return 0
	}
	return share
}
