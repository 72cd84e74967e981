// Package oaipmh offers the catalogue to harvesters by the Open Archives Initiative Protocol for
// Metadata Harvesting 2.0 (https://www.openarchives.org/OAI/openarchivesprotocol.html). Lists
// follow the log of the store: what is withdrawn or merged is a deleted record for good.
package oaipmh

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"clearinghouse/catalog"
)

// Store is where the records are. Its methods may be called at the same time.
type Store interface {
	// Head is the last sequence number of the log.
	Head() uint64
	// Get finds the current entry, tombstones included; catalog.NotFound.
	Get(id string) (*catalog.Entry, error)
	// Changes are up to limit lines of the log after a sequence number, each with its
	// entry if that is the current one.
	Changes(ctx context.Context, after uint64, limit int) ([]catalog.Change, error)
	// Before is the last sequence number whose line is older than a time.
	Before(when time.Time) (uint64, error)
}

// Provider answers harvesters.
type Provider struct {
	Store    Store
	Taxonomy *catalog.Taxonomy
	Contact  string // e-mail address of the operator, "" if there is none
	// Base is the public address of the site that was asked.
	Base func(*http.Request) string
	// Fail answers with an error that is not one of the protocol.
	Fail func(http.ResponseWriter, *http.Request, error)
}

// Style is the stylesheet with which a browser shows an answer: /oai.xsl.
//
//go:embed oai.xsl
var Style []byte

// The codes of errors of the protocol.
const (
	badArgument             = "badArgument"
	badResumptionToken      = "badResumptionToken"
	badVerb                 = "badVerb"
	cannotDisseminateFormat = "cannotDisseminateFormat"
	idDoesNotExist          = "idDoesNotExist"
	noRecordsMatch          = "noRecordsMatch"
)

// fault is an error of the protocol.
type fault struct {
	Code string `xml:"code,attr"`
	Text string `xml:",chardata"`
}

func (f *fault) Error() string { return f.Code + ": " + f.Text }

func faultf(code, text string) error { return &fault{code, text} }

// verbs are the requests with the arguments that each takes; those with ! must be there.
// resumptionToken stands alone.
var verbs = map[string]struct {
	args   string
	answer func(*call) error
}{
	"Identify":            {"", (*call).identify},
	"ListMetadataFormats": {"identifier", (*call).listFormats},
	"ListSets":            {"resumptionToken", (*call).listSets},
	"GetRecord":           {"!identifier !metadataPrefix", (*call).getRecord},
	"ListIdentifiers":     {"!metadataPrefix from until set resumptionToken", (*call).list},
	"ListRecords":         {"!metadataPrefix from until set resumptionToken", (*call).list},
}

// call is one request and its answer.
type call struct {
	*Provider
	ctx    context.Context
	args   url.Values
	base   string // public address of the site
	domain string // of the identifiers
	answer response
}

// response is the root of every answer.
type response struct {
	XMLName     xml.Name `xml:"http://www.openarchives.org/OAI/2.0/ OAI-PMH"`
	XSI         string   `xml:"xmlns:xsi,attr"`
	Schema      string   `xml:"xsi:schemaLocation,attr"`
	Date        string   `xml:"responseDate"`
	Request     request  `xml:"request"`
	Faults      []*fault `xml:"error"`
	Identify    *identity
	Formats     *listed `xml:"ListMetadataFormats"`
	Sets        *listed `xml:"ListSets"`
	Record      *list   `xml:"GetRecord"`
	Identifiers *list   `xml:"ListIdentifiers"`
	Records     *list   `xml:"ListRecords"`
}

type request struct {
	Attrs []xml.Attr `xml:",any,attr"`
	URL   string     `xml:",chardata"`
}

type identity struct {
	Name        string `xml:"repositoryName"`
	URL         string `xml:"baseURL"`
	Version     string `xml:"protocolVersion"`
	Admin       string `xml:"adminEmail"`
	Earliest    string `xml:"earliestDatestamp"`
	Deleted     string `xml:"deletedRecord"`
	Granularity string `xml:"granularity"`
	Compression string `xml:"compression"`
	Description raw    `xml:"description"`
}

// raw is XML as it is written.
type raw struct {
	XML string `xml:",innerxml"`
}

// listed are formats or sets.
type listed struct {
	Formats []*format `xml:"metadataFormat"`
	Sets    []set     `xml:"set"`
}

type list struct {
	Headers []header `xml:"header"`
	Records []record `xml:"record"`
	Token   *token   `xml:"resumptionToken"`
}

type token struct {
	Cursor int    `xml:"cursor,attr"`
	Text   string `xml:",chardata"`
}

type header struct {
	Status string   `xml:"status,attr,omitempty"`
	ID     string   `xml:"identifier"`
	Date   string   `xml:"datestamp"`
	Sets   []string `xml:"setSpec"`
}

type record struct {
	Header   header `xml:"header"`
	Metadata *raw   `xml:"metadata"`
}

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// domainOf is the part of identifiers that names the repository.
func domainOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// seconds is the layout of dates of the finer granularity.
const seconds = "2006-01-02T15:04:05Z"

func stamp(t time.Time) string { return t.UTC().Format(seconds) }

// ServeHTTP answers a request by GET, HEAD or POST.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	c := &call{Provider: p, ctx: r.Context(), base: p.Base(r)}
	c.domain = domainOf(c.base)
	c.answer = response{
		XSI: schemaInstance, Schema: "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
		Date: stamp(time.Now()), Request: request{URL: c.base + "/oai"},
	}
	if err := c.handle(r); err != nil {
		var f *fault
		if !errors.As(err, &f) {
			p.Fail(w, r, err)
			return
		}
		c.answer.Faults = []*fault{f}
		if f.Code == badVerb || f.Code == badArgument {
			c.answer.Request.Attrs = nil
		}
	}
	var b bytes.Buffer
	b.WriteString(xml.Header + `<?xml-stylesheet type="text/xsl" href="/oai.xsl"?>` + "\n")
	if err := xml.NewEncoder(&b).Encode(c.answer); err != nil {
		p.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes())
}

// handle checks the arguments and answers.
func (c *call) handle(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return faultf(badArgument, "the arguments cannot be read: separate them by & and escape other characters as in %20")
	}
	c.args = r.Form
	name := c.args.Get("verb")
	verb, ok := verbs[name]
	if !ok || len(c.args["verb"]) != 1 {
		return faultf(badVerb, "give one verb: Identify, ListMetadataFormats, ListSets, GetRecord, ListIdentifiers or ListRecords")
	}
	allowed := strings.Fields(verb.args)
	for arg, values := range c.args {
		switch {
		case arg == "verb":
		case !slices.Contains(allowed, arg) && !slices.Contains(allowed, "!"+arg):
			return faultf(badArgument, name+" takes no argument "+quoted(arg))
		case len(values) > 1:
			return faultf(badArgument, arg+" is given more than once")
		case values[0] == "":
			return faultf(badArgument, arg+" is empty")
		case arg == "resumptionToken" && len(c.args) > 2:
			return faultf(badArgument, "resumptionToken stands alone")
		}
	}
	for _, arg := range allowed {
		if arg, must := strings.CutPrefix(arg, "!"); must && c.args.Get(arg) == "" && c.args.Get("resumptionToken") == "" {
			return faultf(badArgument, name+" needs the argument "+arg)
		}
	}
	for _, arg := range []string{"verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"} {
		if value := c.args.Get(arg); value != "" {
			c.answer.Request.Attrs = append(c.answer.Request.Attrs, xml.Attr{Name: xml.Name{Local: arg}, Value: value})
		}
	}
	return verb.answer(c)
}

func quoted(s string) string {
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:100]) + "…"
	}
	return "“" + s + "”"
}

func (c *call) identify() error {
	first, err := c.Store.Changes(c.ctx, 0, 1)
	if err != nil {
		return err
	}
	earliest := time.Now()
	if len(first) > 0 {
		earliest = first[0].Time
	}
	admin := c.Contact
	if !strings.Contains(admin, "@") {
		admin = "postmaster@" + c.domain
	}
	c.answer.Identify = &identity{
		Name: "Clearinghouse", URL: c.base + "/oai", Version: "2.0", Admin: admin, Earliest: stamp(earliest), Deleted: "persistent",
		Granularity: "YYYY-MM-DDThh:mm:ssZ", Compression: "gzip",
		Description: raw{`<oai-identifier xmlns="http://www.openarchives.org/OAI/2.0/oai-identifier" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai-identifier http://www.openarchives.org/OAI/2.0/oai-identifier.xsd"><scheme>oai</scheme><repositoryIdentifier>` +
			escape(c.domain) + `</repositoryIdentifier><delimiter>:</delimiter><sampleIdentifier>oai:` + escape(c.domain) + `:starter:seeds-of-peace-camp</sampleIdentifier></oai-identifier>`},
	}
	return nil
}

func (c *call) listFormats() error {
	if id := c.args.Get("identifier"); id != "" {
		if _, err := c.find(id); err != nil {
			return err
		}
	}
	c.answer.Formats = &listed{Formats: formats}
	return nil
}

// find is the entry with an identifier of the protocol, as in oai:example.org:starter:soliya.
func (c *call) find(identifier string) (*catalog.Entry, error) {
	id, ok := strings.CutPrefix(identifier, "oai:"+c.domain+":")
	if ok {
		entry, err := c.Store.Get(id)
		if err == nil && entry.Envelope.State != catalog.Submitted {
			return entry, nil
		}
		if err != nil && catalog.CodeOf(err) != catalog.NotFound {
			return nil, err
		}
	}
	return nil, faultf(idDoesNotExist, "there is no record "+quoted(identifier)+": identifiers begin with oai:"+c.domain+":")
}

func (c *call) getRecord() error {
	f := formatOf(c.args.Get("metadataPrefix"))
	entry, err := c.find(c.args.Get("identifier"))
	if err != nil {
		return err
	}
	if f == nil {
		return noFormat(c.args.Get("metadataPrefix"))
	}
	c.answer.Record = &list{Records: []record{c.record(entry, f)}}
	return nil
}

func noFormat(prefix string) error {
	var known []string
	for _, f := range formats {
		known = append(known, f.Prefix)
	}
	return faultf(cannotDisseminateFormat, "there is no format "+quoted(prefix)+": there are "+strings.Join(known, " and "))
}

func (c *call) header(entry *catalog.Entry) header {
	h := header{ID: "oai:" + c.domain + ":" + entry.Record.ID, Date: stamp(entry.Envelope.Updated), Sets: setsOf(entry, c.Taxonomy)}
	if !entry.Public() {
		h.Status = "deleted"
	}
	return h
}

func (c *call) record(entry *catalog.Entry, f *format) record {
	out := record{Header: c.header(entry)}
	if entry.Public() {
		out.Metadata = &raw{f.write(c, entry)}
	}
	return out
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes all
	return b.String()
}
