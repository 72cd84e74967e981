package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// sourcesAnswer is the answer of GET /api/v1/sources: where the catalogue comes
// from. Records that were imported, without a source that is pulled, are a
// source with an id alone.
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
	Addresses []string   `json:"addresses"`
	Every     int        `json:"every_seconds,omitempty"` // between the starts of two pulls; absent: not by itself
	Trusted   bool       `json:"trusted"`                 // its records are published; else they wait for an editor
	Records   int        `json:"records"`                 // published ones
	State     string     `json:"state"`                   // fresh, late, failing, running, never or imported
	Run       *sourceRun `json:"run"`                     // the last one
	Href      string     `json:"href"`                    // its records
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
}

func (a *api) sources(c *gin.Context) {
	q, err := a.parseLang(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	answer, err := a.collected(c.Request.Context())
	if err != nil {
		a.fail(c, err)
		return
	}
	parts := []string{"sources", a.Engine.Snapshot(), q.Language}
	for _, s := range answer.Items {
		parts = append(parts, s.ID, s.Name, s.State, s.Licence, s.Homepage, s.Format, strings.Join(s.Addresses, " "), strconv.Itoa(s.Every), strconv.FormatBool(s.Trusted))
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
	q := catalog.Query{Facets: []string{"source"}, FacetLimit: catalog.MaxFacetLimit}
	results, err := a.Engine.Search(ctx, q)
	if err != nil {
		return sourcesAnswer{}, err
	}
	counts := map[string]int{}
	for _, n := range results.Facets["source"] {
		counts[n.Value] = n.Count
	}
	answer := sourcesAnswer{Total: results.Total, Items: []source{}}
	for _, info := range infos {
		s := source{
			ID: info.ID, Name: info.Name, Homepage: info.Homepage, Licence: info.Licence, Format: info.Format, Addresses: list(info.Addresses),
			Every: int(info.Every.Seconds()), Trusted: info.Trusted, Records: counts[info.ID], State: info.Freshness(time.Now()),
		}
		if r := info.Last; r != nil {
			s.Run = &sourceRun{
				Number: r.Number, Started: r.Started, Complete: r.Complete, Partial: r.Partial, Unmodified: r.Unmodified,
				New: r.New, Changed: r.Changed, Unchanged: r.Unchanged, Withdrawn: r.Withdrawn, Refused: r.Refused, TakenInPart: r.TakenInPart, Error: r.Error,
			}
			if !r.Finished.IsZero() {
				s.Run.Finished = &r.Finished
			}
		}
		delete(counts, info.ID)
		answer.Items = append(answer.Items, s)
	}
	for _, n := range results.Facets["source"] { // in their order
		if left, is := counts[n.Value]; is {
			answer.Items = append(answer.Items, source{ID: n.Value, Name: n.Value, Addresses: []string{}, Trusted: true, Records: left, State: "imported"})
		}
	}
	for i, s := range answer.Items {
		answer.Items[i].Href = address("/api/v1/records", map[string][]string{"source": {s.ID}})
	}
	return answer, nil
}

// sourceName is what readers see of a source, its id if it has no other name.
func (a *api) sourceName(id string) string {
	infos, err := a.Sources()
	if err != nil {
		return id // the request is about something else
	}
	for _, info := range infos {
		if info.ID == id {
			return info.Name
		}
	}
	return id
}
