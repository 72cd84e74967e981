package api

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// sourcesAnswer is the answer of GET /api/v1/sources: where the catalogue comes
// from. A source that follows another Clearinghouse counts the records of all sources
// of that; each of these is a source of state followed, with an id alone. So are
// records that were imported, without a source that is pulled, of state imported.
type sourcesAnswer struct {
	Total int      `json:"total"` // published records
	Items []source `json:"items"`
}

type source struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Homepage  string     `json:"homepage,omitempty"`
	Licence   string     `json:"licence,omitempty"`
	Format    string     `json:"format,omitempty"`
	Addresses []string   `json:"addresses"`               // without what may be secret in them
	Every     int        `json:"every_seconds,omitempty"` // between the starts of two pulls; absent: not by itself
	Trusted   bool       `json:"trusted"`                 // its records are published; else they wait for an editor
	Records   int        `json:"records"`                 // published ones
	State     string     `json:"state" enum:"fresh late failing running never followed imported"`
	Via       string     `json:"via,omitempty"` // of state followed: the id of the source that brings its records
	Run       *sourceRun `json:"run"`           // the last one
	Href      string     `json:"href"`          // its records
}

type sourceRun struct {
	Number      uint64     `json:"number"`
	Started     time.Time  `json:"started"`
	Finished    *time.Time `json:"finished"`
	Complete    bool       `json:"complete"`
	Partial     bool       `json:"partial"`
	Unmodified  bool       `json:"unmodified"`
	New         int        `json:"new"`
	Changed     int        `json:"changed"`
	Unchanged   int        `json:"unchanged"`
	Withdrawn   int        `json:"withdrawn"`
	Refused     int        `json:"refused"`
	TakenInPart int        `json:"taken_in_part"`
	Error       string     `json:"error,omitempty"`
	Warning     string     `json:"warning,omitempty"` // what looks wrong of a run that is not
}

func (a *api) sources(c *gin.Context) {
	values, err := given(c, a.langParam())
	if err != nil {
		a.fail(c, err)
		return
	}
	answer, err := a.collected(c.Request.Context())
	if err != nil {
		a.fail(c, err)
		return
	}
	parts := []string{"sources", a.Engine.Snapshot(), values.Get("lang")}
	for _, s := range answer.Items {
		parts = append(parts, s.ID, s.Name, s.State, s.Via, s.Href, s.Licence, s.Homepage, s.Format, strings.Join(s.Addresses, " "), strconv.Itoa(s.Every), strconv.FormatBool(s.Trusted))
		if s.Run != nil {
			parts = append(parts, strconv.FormatUint(s.Run.Number, 10), strconv.FormatBool(s.Run.Finished == nil), s.Run.Started.String())
		}
	}
	if !a.notModified(c, parts...) {
		a.json(c, answer)
	}
}

// collected joins what is configured with what the catalogue has.
func (a *api) collected(ctx context.Context) (sourcesAnswer, error) {
	infos, err := a.Sources()
	if err != nil {
		return sourcesAnswer{}, err
	}
	q := catalog.Query{Facets: []string{"source"}} // all of them
	results, err := a.Engine.Search(ctx, q)
	if err != nil {
		return sourcesAnswer{}, err
	}
	counts := map[string]int{}
	for _, n := range results.Facets["source"] {
		counts[n.Value] = n.Count
	}
	own := map[string]bool{}
	for _, info := range infos {
		own[info.ID] = true
	}
	via := map[string]string{} // ids of the sources that bring the records of others
	answer := sourcesAnswer{Total: results.Total, Items: make([]source, 0, len(infos))}
	for _, info := range infos {
		held := []string{info.ID}
		for _, id := range info.Origins {
			if counts[id] > 0 && !own[id] {
				via[id] = cmp.Or(via[id], info.ID)
				held = append(held, id)
			}
		}
		if len(held) > 1 { // it has hardly any under its own id
			if counts[info.ID] == 0 {
				held = held[1:]
			}
			slices.Sort(held)
			all, err := a.Engine.Search(ctx, catalog.Query{Filters: []catalog.Filter{{Facet: "source", Values: held}}})
			if err != nil {
				return sourcesAnswer{}, err
			}
			counts[info.ID] = all.Total
		}
		s := source{
			ID: info.ID, Name: info.Name, Homepage: info.Homepage, Licence: info.Licence, Format: info.Format, Addresses: publicAddresses(info),
			Every: int(info.Every.Seconds()), Trusted: info.Trusted, Records: counts[info.ID], State: info.Freshness(time.Now()),
			Href: recordsOf(held),
		}
		if r := info.Last; r != nil {
			s.Run = &sourceRun{
				Number: r.Number, Started: r.Started, Complete: r.Complete, Partial: r.Partial, Unmodified: r.Unmodified,
				New: r.New, Changed: r.Changed, Unchanged: r.Unchanged, Withdrawn: r.Withdrawn, Refused: r.Refused, TakenInPart: r.TakenInPart, Error: publicError(info), Warning: r.Warning,
			}
			if !r.Finished.IsZero() {
				s.Run.Finished = &r.Finished
			}
		}
		answer.Items = append(answer.Items, s)
	}
	for _, n := range results.Facets["source"] { // in their order
		if own[n.Value] {
			continue
		}
		s := source{ID: n.Value, Name: n.Value, Addresses: []string{}, Trusted: true, Records: n.Count, State: "imported", Href: recordsOf([]string{n.Value})}
		if by, is := via[n.Value]; is {
			s.State, s.Via = "followed", by
		}
		answer.Items = append(answer.Items, s)
	}
	return answer, nil
}

// recordsOf is where the records of sources are.
func recordsOf(sources []string) string {
	return address("/api/v1/records", map[string][]string{"source": sources})
}

// sourceName is what readers call a source, its id if it has no other name.
func (a *api) sourceName(id string) string { return cmp.Or(a.SourceName(id), id) }

// publicAddresses are the addresses of a source as everybody may know them: none of
// one in a private network, and no user name, key or password of others.
func publicAddresses(info catalog.SourceInfo) []string {
	out := []string{}
	if info.Private {
		return out
	}
	for _, address := range info.Addresses {
		out = append(out, secrets.ReplaceAllString(address, "$1$2$3"))
	}
	return out
}

// publicError says why the last run of a source did not see it whole, as far as
// everybody may know.
func publicError(info catalog.SourceInfo) string {
	if info.Private && info.Last.Error != "" {
		return "the log of the program says why"
	}
	return numbersOfHosts.ReplaceAllString(secrets.ReplaceAllString(info.Last.Error, "$1$2$3"), "(address)")
}

var (
	// secrets matches addresses in a text: 1, the user, 2, query and fragment, and 3,
	// what of the text follows at once.
	secrets = regexp.MustCompile(`(?i)(https?://)(?:[^/?#\s]*@)?([^?#\s]*)(?:[?#]\S*?([":,;.)]*(?:\s|$)))?`)
	// numbersOfHosts matches IP addresses, which errors of the network name.
	numbersOfHosts = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?\](?::\d+)?`)
)
