package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"clearinghouse/api/export"
	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// Sets is where frozen sets are kept. Its methods may be called at the same time.
type Sets interface {
	// SaveSet keeps a set, or finds the one that has its id.
	SaveSet(ctx context.Context, set catalog.FrozenSet) (catalog.FrozenSet, error)
	// FrozenSet finds one, with its ids unless it was removed; catalog.NotFound.
	FrozenSet(id string) (catalog.FrozenSet, error)
	// FrozenSets are all, without ids.
	FrozenSets() ([]catalog.FrozenSet, error)
	// RemoveSet takes a set away and keeps what it was; catalog.NotFound.
	RemoveSet(ctx context.Context, id, why string, now time.Time) (catalog.FrozenSet, error)
}

// The number of new frozen sets that may be made in a day: by one address, and by all.
const (
	setsOfAddress = 20
	setsOfAll     = 500
)

// quota counts the sets made today, by address.
type quota struct {
	mu   sync.Mutex
	day  string
	made map[string]int
	all  int
}

// take counts one more for an address, or says that there were enough.
func (q *quota) take(address string, now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if day := now.UTC().Format(time.DateOnly); q.day != day {
		q.day, q.made, q.all = day, map[string]int{}, 0
	}
	if q.made[address] >= setsOfAddress || q.all >= setsOfAll {
		return catalog.Errorf(catalog.TooMany, "%d frozen sets a day can be made from one address, and these were: come back tomorrow, or export without freezing", setsOfAddress)
	}
	q.made[address]++
	q.all++
	return nil
}

// setAnswer is the answer of /api/v1/sets/{id}: what the set is, its files by name, and how to cite
// it.
type setAnswer struct {
	catalog.FrozenSet
	Title    string            `json:"title"`
	Href     string            `json:"href"`   // the address to cite
	Search   string            `json:"search"` // the same query today
	Citation string            `json:"citation"`
	Files    map[string]string `json:"files"` // of one that was removed, none
}

type setsAnswer struct {
	Total int         `json:"total"`
	Items []setAnswer `json:"items"`
}

func (a *api) setAnswer(c *gin.Context, set catalog.FrozenSet, lang string) setAnswer {
	d := a.describe(c, set)
	out := setAnswer{FrozenSet: set, Title: a.setTitle(set, lang), Href: d.Address, Search: "/api/v1/records", Citation: d.Citation(), Files: map[string]string{}}
	if set.Query != "" {
		out.Search += "?" + set.Query
	}
	if set.Removed == nil {
		for _, f := range export.SetFiles() {
			out.Files[f.Name] = "/api/v1/sets/" + set.ID + "/" + f.Name
		}
	}
	return out
}

func (a *api) describe(c *gin.Context, set catalog.FrozenSet) export.Description {
	return export.Description{FrozenSet: set, Title: a.setTitle(set, catalog.DefaultLanguage), Address: a.base(c) + "/api/v1/sets/" + set.ID, Taxonomy: a.Taxonomy}
}

// setTitle says in words what was asked, and of everything that it is the Clearinghouse.
func (a *api) setTitle(set catalog.FrozenSet, lang string) string {
	values, _ := url.ParseQuery(set.Query)
	values.Set("lang", lang)
	q, err := catalog.ParseFilter(values, a.Taxonomy)
	if err != nil { // a later vocabulary may lack a code
		return "Clearinghouse"
	}
	return cmp.Or(a.asked(q), "Clearinghouse")
}

// freeze makes a frozen set of a search, or finds the one that is the same.
func (a *api) freeze(c *gin.Context) {
	if err := a.sameOrigin.Check(c.Request); err != nil {
		a.fail(c, catalog.Errorf(catalog.Unauthorized, "a page of another site may not make frozen sets: call this address from a program"))
		return
	}
	if c.Request.Body != nil {
		if n, _ := c.Request.Body.Read(make([]byte, 1)); n > 0 { // or the whole collection would be frozen in place of what is asked for
			a.fail(c, catalog.Errorf(catalog.Invalid, "the request has a body, which is not read: put the parameters into the address, as in /api/v1/sets?theme=dialogue"))
			return
		}
	}
	values, err := parameters(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	q, err := catalog.ParseFilter(values, a.Taxonomy)
	if err != nil {
		a.fail(c, err)
		return
	}
	if ready, why := a.Ready(); !ready {
		a.fail(c, catalog.Errorf(catalog.Unavailable, "%s", why))
		return
	}
	a.freezing.Lock() // each reads all of its records
	defer a.freezing.Unlock()
	set, err := export.Select(c.Request.Context(), a.Store, a.Engine, q)
	if err != nil {
		a.fail(c, err)
		return
	}
	set.Time = time.Now()
	frozen, err := export.Freeze(set)
	if err != nil {
		a.fail(c, err)
		return
	}
	status := http.StatusOK
	known, err := a.Sets.FrozenSet(frozen.ID)
	if catalog.CodeOf(err) == catalog.NotFound {
		if err := a.quota.take(c.ClientIP(), time.Now()); err != nil {
			a.fail(c, err)
			return
		}
		status = http.StatusCreated
		known, err = a.Sets.SaveSet(c.Request.Context(), frozen)
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	if known.Removed != nil {
		status = http.StatusGone
	}
	c.Header("Location", "/api/v1/sets/"+known.ID)
	c.Header("Cache-Control", "no-store")
	write(c, status, jsonType, a.setAnswer(c, known, q.Language))
}

func (a *api) frozenSets(c *gin.Context) {
	_, err := given(c, nil)
	var sets []catalog.FrozenSet
	if err == nil {
		sets, err = a.Sets.FrozenSets()
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	slices.SortFunc(sets, func(x, y catalog.FrozenSet) int { return y.Created.Compare(x.Created) })
	answer := setsAnswer{Total: len(sets), Items: []setAnswer{}}
	for _, set := range sets {
		answer.Items = append(answer.Items, a.setAnswer(c, set, catalog.DefaultLanguage))
	}
	c.Header("Cache-Control", "no-cache")
	a.json(c, answer)
}

// frozen is the set that the path names, and the language asked for of those that there are. One
// that was removed is answered with what it was, and nil.
func (a *api) frozen(c *gin.Context, params []catalog.Param) (*catalog.FrozenSet, string) {
	values, err := given(c, params)
	lang := cmp.Or(values.Get("lang"), catalog.DefaultLanguage)
	var set catalog.FrozenSet
	if err == nil {
		set, err = a.Sets.FrozenSet(c.Param("id"))
	}
	if err != nil {
		a.fail(c, err)
		return nil, lang
	}
	if set.Removed != nil {
		write(c, http.StatusGone, jsonType, a.setAnswer(c, set, lang))
		return nil, lang
	}
	return &set, lang
}

// frozenSet answers with what a set is; a browser that comes from a reference is led to its page.
func (a *api) frozenSet(c *gin.Context) {
	c.Writer.Header().Add("Vary", "Accept")
	if c.NegotiateFormat(gin.MIMEJSON, gin.MIMEHTML) == gin.MIMEHTML {
		c.Redirect(http.StatusSeeOther, "/sets/"+url.PathEscape(c.Param("id")))
		return
	}
	if set, lang := a.frozen(c, a.langParam()); set != nil {
		if !a.notModified(c, "set", set.ID, a.base(c), lang) {
			a.json(c, a.setAnswer(c, *set, lang))
		}
	}
}

// frozenFile answers with a file of a set.
func (a *api) frozenFile(c *gin.Context) {
	set, _ := a.frozen(c, nil)
	if set == nil {
		return
	}
	files := export.SetFiles()
	i := slices.IndexFunc(files, func(f export.SetFile) bool { return f.Name == c.Param("file") })
	if i < 0 {
		names := make([]string, len(files))
		for k, f := range files {
			names[k] = f.Name
		}
		e := catalog.Errorf(catalog.NotFound, "the set has no file %.100q", c.Param("file"))
		e.Allowed = names
		a.fail(c, e)
		return
	}
	f := files[i]
	values, _ := url.ParseQuery(set.Query)
	q, _ := catalog.ParseFilter(values, a.Taxonomy) // it only names the file's content
	records := export.Set{
		Query: q, Total: set.Count, Seq: set.Seq, Time: set.Created, Taxonomy: a.Taxonomy, BaseURL: a.BaseURL, Options: url.Values{}, Plain: true,
		Entries: export.AsOf(c.Request.Context(), a.Store, set.IDs, set.Seq),
	}
	c.Header("Content-Disposition", `attachment; filename="clearinghouse-`+set.ID+"-"+f.Name+`"`)
	if a.notModified(c, "set", set.ID, f.Name, a.base(c)) {
		return
	}
	if f.Describe != nil {
		var b bytes.Buffer
		d := a.describe(c, *set)
		d.TableHash = func() (string, error) {
			sum := sha256.New()
			table, _ := export.FormatByName("csv")
			err := table.Write(sum, records)
			return hex.EncodeToString(sum.Sum(nil)), err
		}
		if err := f.Describe(&b, d); err != nil {
			a.fail(c, err)
			return
		}
		c.Data(http.StatusOK, f.MIME, b.Bytes())
		return
	}
	c.Header("Content-Type", f.MIME)
	c.Header("X-Total-Count", strconv.Itoa(set.Count))
	if c.Request.Method == http.MethodHead {
		return
	}
	write := func() error { return f.Records.Write(c.Writer, records) }
	if f.Records.Name == "jsonl" {
		write = func() error { return export.WriteFrozen(c.Writer, records, set.Hash) }
	}
	if err := write(); err != nil {
		a.brokeOff(c, f.Name, err)
	}
}

// brokeOff cuts the connection of an answer that has begun, so that no client takes it for whole.
func (a *api) brokeOff(c *gin.Context, what string, err error) {
	if !c.Writer.Written() {
		a.fail(c, err)
		return
	}
	a.Log.Warn("export broke off", slog.String("what", what), slog.Any("error", err))
	panic(http.ErrAbortHandler)
}

func removeParams() []catalog.Param {
	return []catalog.Param{{Name: "why", Type: "string", Doc: "What readers are told of it"}}
}

func (a *api) removeSet(c *gin.Context, _ string) {
	values, err := given(c, removeParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	set, err := a.Sets.RemoveSet(c.Request.Context(), c.Param("id"), values.Get("why"), time.Now())
	if err != nil {
		a.fail(c, err)
		return
	}
	a.json(c, a.setAnswer(c, set, catalog.DefaultLanguage))
}
