package iati

// The elements of an activity file, with what is read of them. All values are
// text as it stands there. In versions 1.x an element with text in several
// languages is repeated, in 2.x it has a narrative for each.

type activity struct {
	Lang         string         `xml:"lang,attr"`
	Currency     string         `xml:"default-currency,attr"`
	ID           string         `xml:"iati-identifier"`
	Titles       []prose        `xml:"title"`
	Descriptions []typed        `xml:"description"`
	Reporting    organisation   `xml:"reporting-org"`
	Participants []organisation `xml:"participating-org"`
	Countries    []recipient    `xml:"recipient-country"`
	Regions      []recipient    `xml:"recipient-region"`
	Sectors      []recipient    `xml:"sector"`
	Status       coded          `xml:"activity-status"`
	Scope        coded          `xml:"activity-scope"`
	Dates        []date         `xml:"activity-date"`
	Budgets      []budget       `xml:"budget"`
	Transactions []transaction  `xml:"transaction"`
	Websites     []string       `xml:"activity-website"` // 1.x
	Documents    []document     `xml:"document-link"`
	Contacts     []contact      `xml:"contact-info"`
	Locations    []location     `xml:"location"`
	Results      []result       `xml:"result"`
	Related      []related      `xml:"related-activity"`
}

// prose is text in one language (1.x) or several (2.x).
type prose struct {
	Lang       string      `xml:"lang,attr"`
	Text       string      `xml:",chardata"`
	Narratives []narrative `xml:"narrative"`
}

type narrative struct {
	Lang string `xml:"lang,attr"`
	Text string `xml:",chardata"`
}

type typed struct {
	Type string `xml:"type,attr"`
	prose
}

type coded struct {
	Code string `xml:"code,attr"`
}

// organisation: Role is a code (2.x) or its English word (1.x).
type organisation struct {
	Role      string `xml:"role,attr"`
	Secondary string `xml:"secondary-reporter,attr"`
	prose
}

// recipient is a country, region or sector with its share of the activity.
type recipient struct {
	Code       string `xml:"code,attr"`
	Vocabulary string `xml:"vocabulary,attr"`
	Percentage string `xml:"percentage,attr"`
	prose
}

type date struct {
	Type string `xml:"type,attr"`
	ISO  string `xml:"iso-date,attr"`
	Text string `xml:",chardata"`
}

type budget struct {
	Type  string `xml:"type,attr"` // 1 original, 2 revised; in 1.x also the words
	Start date   `xml:"period-start"`
	End   date   `xml:"period-end"`
	Value value  `xml:"value"`
}

type value struct {
	Currency string `xml:"currency,attr"`
	Amount   string `xml:",chardata"`
}

type transaction struct {
	Type      coded       `xml:"transaction-type"`
	Value     value       `xml:"value"`
	Countries []recipient `xml:"recipient-country"`
	Regions   []recipient `xml:"recipient-region"`
	Sectors   []recipient `xml:"sector"`
}

type document struct {
	URL        string  `xml:"url,attr"`
	Format     string  `xml:"format,attr"` // media type
	Titles     []prose `xml:"title"`
	Categories []coded `xml:"category"`
	Languages  []coded `xml:"language"`
}

type contact struct {
	Organisations []prose  `xml:"organisation"`
	Emails        []string `xml:"email"`
	Websites      []string `xml:"website"`
}

type location struct {
	Names []prose `xml:"name"`
	Pos   string  `xml:"point>pos"` // latitude and longitude, from 1.04 on
	Old   struct {
		Latitude  string `xml:"latitude,attr"`
		Longitude string `xml:"longitude,attr"`
	} `xml:"coordinates"`
}

type result struct {
	Titles       []prose     `xml:"title"`
	Descriptions []prose     `xml:"description"`
	Indicators   []indicator `xml:"indicator"`
}

type indicator struct {
	Measure   string  `xml:"measure,attr"` // 2 percentage
	Titles    []prose `xml:"title"`
	Baselines []struct {
		Value string `xml:"value,attr"`
	} `xml:"baseline"`
	Periods []struct {
		End     date `xml:"period-end"`
		Actuals []struct {
			Value      string     `xml:"value,attr"`
			Dimensions []struct{} `xml:"dimension"` // of a part: women, a district …
		} `xml:"actual"`
	} `xml:"period"`
}

type related struct {
	Ref  string `xml:"ref,attr"`
	Type string `xml:"type,attr"` // 1 parent; in 1.x also the word
}
