package jsonld

import "strings"

// kinds are the types of schema.org that become records and the kind that they
// get. Person is not among them: persons are no records. Types that the
// vocabulary places below several are where the catalogue would look for them.
var kinds = func() map[string]string {
	out := map[string]string{}
	for kind, types := range map[string]string{
		"initiative": `Project ResearchProject EducationalOccupationalProgram WorkBasedProgram Action OrganizeAction PlanAction
			GovernmentService Service`,
		"opportunity": "Grant MonetaryGrant FundingScheme JobPosting",
		"organization": `Organization NGO EducationalOrganization CollegeOrUniversity ElementarySchool HighSchool MiddleSchool Preschool
			School GovernmentOrganization ResearchOrganization NewsMediaOrganization FundingAgency Consortium Cooperative Corporation
			LibrarySystem PerformingGroup DanceGroup MusicGroup TheaterGroup PoliticalParty WorkersUnion Library Museum`,
		"event": `Event BusinessEvent ChildrensEvent ComedyEvent ConferenceEvent CourseInstance DanceEvent EducationEvent EventSeries
			ExhibitionEvent Festival FoodEvent Hackathon LiteraryEvent MusicEvent PublicationEvent BroadcastEvent OnDemandEvent SaleEvent
			ScreeningEvent SocialEvent SportsEvent TheaterEvent VisualArtsEvent PerformingArtsEvent`,
		"resource": `CreativeWork Article AdvertiserContentArticle NewsArticle AnalysisNewsArticle AskPublicNewsArticle
			BackgroundNewsArticle OpinionNewsArticle ReportageNewsArticle ReviewNewsArticle Report SatiricalArticle ScholarlyArticle
			MedicalScholarlyArticle TechArticle APIReference SocialMediaPosting BlogPosting LiveBlogPosting Blog Book Audiobook Chapter
			Collection Course LearningResource Syllabus Quiz HowTo Guide DigitalDocument PresentationDigitalDocument TextDigitalDocument
			SpreadsheetDigitalDocument NoteDigitalDocument Dataset DataCatalog DataFeed DigitalDocument Documentation Game VideoGame Legislation
			Manuscript MediaObject AudioObject VideoObject Podcast PodcastSeries PodcastEpisode PodcastSeason Movie TVSeries TVEpisode
			RadioSeries RadioEpisode CreativeWorkSeries Periodical PublicationIssue PublicationVolume Newspaper Magazine Poster SoftwareApplication
			WebApplication MobileApplication SoftwareSourceCode Thesis VisualArtwork Photograph Play`,
	} {
		for name := range strings.FieldsSeq(types) {
			out[name] = kind
		}
	}
	return out
}()

// asked are the types that become records only where the source file names
// them: beside what a page is about, most pages have one of the site or of a
// service that it offers.
var asked = map[string]bool{"Service": true, "Action": true, "MediaObject": true, "AudioObject": true, "Library": true, "Museum": true,
	"DataFeed": true, "Collection": true, "Photograph": true, "Blog": true}

// persons are the types whose names are kept out of records.
var persons = map[string]bool{"Person": true, "Patient": true}

// carriers are the types of the frame around what a page is about.
var carriers = map[string]bool{"WebPage": true, "AboutPage": true, "CheckoutPage": true, "CollectionPage": true, "ContactPage": true,
	"FAQPage": true, "ItemPage": true, "MediaGallery": true, "ProfilePage": true, "QAPage": true, "SearchResultsPage": true, "WebSite": true,
	"ItemList": true, "OfferCatalog": true, "ListItem": true, "DataCatalog": true, "DataFeed": true, "DataFeedItem": true, "Blog": true}

// carrying are the properties that lead from the frame to what a page is about.
var carrying = map[string]bool{"mainEntity": true, "itemListElement": true, "item": true, "dataFeedElement": true, "dataset": true,
	"hasPart": true, "about": true, "blogPost": true}

// upward are the properties that lead from a part to its whole, which may be a
// record as well.
var upward = map[string]bool{"isPartOf": true, "superEvent": true, "mainEntityOfPage": true, "exampleOfWork": true, "isBasedOn": true}
