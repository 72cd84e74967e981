package oaipmh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"clearinghouse/catalog"
	"clearinghouse/indexer/format"
)

// The kinds of requests. The first is followed by the mark of the last harvest,
// the others by the list that they belong to.
const (
	identify = "identify"
	records  = "records"
	again    = "again" // a list from its beginning, after its resumption token was refused
)

const (
	// overlap is how far before the last harvest the next one begins. Servers may
	// show a change a day or more after the time that they give it, since many
	// answer from an index that is made anew each night, or give it in the time of
	// their place. What has not changed is no change when it comes twice.
	overlap = 48 * time.Hour
	// maxWindows is how many windows are asked for at most. The first is open to
	// the past, so it holds what is older.
	maxWindows = 1000
)

// list is what one ListRecords and its continuations ask for: the records of a
// set, "" for all, whose datestamps lie from one time to another, both included,
// "" for any.
type list struct{ set, from, until string }

func (l list) String() string {
	return url.Values{"set": {l.set}, "from": {l.from}, "until": {l.until}}.Encode()
}

func parseList(s string) list {
	v, _ := url.ParseQuery(s) // it was made by String
	return list{v.Get("set"), v.Get("from"), v.Get("until")}
}

// Start asks what the server is; the answer leads to the lists.
func (r *repository) Start(mark string) []format.Request {
	return []format.Request{r.request(strings.TrimSpace(identify+" "+mark), "verb", "Identify")}
}

// request makes the request of a verb and its arguments, without those that are
// empty.
func (r *repository) request(kind string, arguments ...string) format.Request {
	return format.Request{Kind: kind, Required: true, Variants: []format.Variant{{URL: r.address(arguments...)}}}
}

func (r *repository) address(arguments ...string) string { return address(r.base, arguments...) }

func address(base string, arguments ...string) string {
	query := ""
	for i := 0; i < len(arguments); i += 2 {
		if value := arguments[i+1]; value != "" {
			query += "&" + arguments[i] + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
		}
	}
	switch {
	case !strings.Contains(base, "?"):
		return base + "?" + query[1:]
	case strings.HasSuffix(base, "?") || strings.HasSuffix(base, "&"):
		return base + query[1:]
	}
	return base + query
}

func (r *repository) list(kind string, l list) format.Request {
	return r.request(kind+" "+l.String(), "verb", "ListRecords", "metadataPrefix", r.section.Prefix, "from", l.from, "until", l.until, "set", l.set)
}

// Answers reports whether a document is an error of the protocol, which some servers
// send with an HTTP status that says so too.
func (r *repository) Answers(document []byte) bool {
	in := newReader(format.Response{Body: bytes.NewReader(document)})
	_, err := in.next()
	return err == io.EOF && len(in.problems) > 0
}

// Parse reads what the server says of itself into requests of lists, or a page
// of a list into records and the request of the next page. Skip counts records.
// Of a page that is broken the records before the break are taken.
func (r *repository) Parse(request format.Request, responses []format.Response) iter.Seq2[format.Result, error] {
	return func(yield func(format.Result, error) bool) {
		in := newReader(responses[0])
		kind, rest, _ := strings.Cut(request.Kind, " ")
		var err error
		if kind == identify {
			err = r.readIdentify(in, rest, yield)
		} else {
			err = r.readPage(in, request, kind, parseList(rest), yield)
		}
		if err != nil && err != errStopped {
			yield(format.Result{}, fmt.Errorf("%s: %w", responses[0].URL, err))
		}
	}
}

// errStopped says that the reader of results wants no more of them.
var errStopped = errors.New("stopped")

// readIdentify yields the requests of the lists, with the server's time as the
// mark.
func (r *repository) readIdentify(in *reader, mark string, yield func(format.Result, error) bool) error {
	_, err := in.next()
	switch {
	case err != nil && err != io.EOF:
		return err
	case len(in.problems) > 0:
		return r.explain(in.problems)
	case err == nil || in.verb != "Identify":
		return errors.New("the server does not say what it is: give the base address of a repository")
	}
	if v := format.Line(in.identify["protocolVersion"]); v != "" && v != "2.0" {
		return fmt.Errorf("the server speaks version %.20q of OAI-PMH, only 2.0 can be read: ask its owner for the address of that", v)
	}
	layout := time.DateOnly
	if strings.ContainsAny(in.identify["granularity"], "Tt") {
		layout = time.RFC3339
	}
	var out format.Result
	now, known := parseTime(in.date)
	if known {
		out.Mark = now.Format(time.RFC3339)
	}
	since, changes := parseTime(mark)
	if changes {
		if known && now.Before(since) { // the server's clock was put back
			since = now
		}
		since = since.Add(-overlap)
	}
	earliest, dated := parseTime(in.identify["earliestDatestamp"])
	if changes {
		earliest, dated = since, true
	}
	lists := []list{{}}
	if known {
		lists = windows(earliest, now, r.section.Window, layout, dated)
	}
	if changes {
		lists[0].from = since.Format(layout)
	}
	sets := r.section.Sets
	if len(sets) == 0 {
		sets = []string{""}
	}
	for _, set := range sets {
		for _, l := range lists {
			l.set = set
			out.Next = append(out.Next, r.list(records, l))
		}
	}
	if !yield(out, nil) {
		return errStopped
	}
	return nil
}

// windows divides the time up to until, both ends of each window in the form of
// layout. The first is that of begin and is open to the past, since servers have
// records from before their earliestDatestamp; without a begin (dated) it is the
// only one.
func windows(begin, until time.Time, size window, layout string, dated bool) []list {
	out := []list{{until: until.Format(layout)}}
	if size == "" || !dated {
		return out
	}
	step := time.Second
	if layout == time.DateOnly {
		step = 24 * time.Hour
	}
	start := time.Date(until.Year(), until.Month(), 1, 0, 0, 0, 0, time.UTC)
	back := -1
	if size == year {
		start, back = time.Date(until.Year(), 1, 1, 0, 0, 0, 0, time.UTC), -12
	}
	for ; start.After(begin) && len(out) < maxWindows; start = start.AddDate(0, back, 0) {
		last := len(out) - 1
		out[last].from = start.Format(layout)
		out = append(out, list{until: start.Add(-step).Format(layout)})
	}
	slices.Reverse(out)
	return out
}

// parseTime reads a UTCdatetime of the protocol, and the forms that servers
// give instead.
func parseTime(s string) (time.Time, bool) {
	s = format.Line(s)
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// readPage yields the records of a page of a list.
func (r *repository) readPage(in *reader, request format.Request, kind string, l list, yield func(format.Result, error) bool) error {
	var page format.Result
	var part format.Part
	for number := 1; ; number++ {
		record, err := in.next()
		if err == nil {
			if number <= request.Skip {
				continue
			}
			r.add(&page, record)
			if page.Skip = number; !part.Full(record.Size) {
				continue
			}
		}
		over := err == io.EOF
		if over {
			if page.Next, err = r.next(in, request, kind, l); err == nil {
				page.Skip = 0
			}
		}
		if (part.Items > 0 || err == nil) && !yield(page, nil) {
			return errStopped
		}
		if over || err != nil {
			return r.lost(in, err)
		}
		page = format.Result{}
	}
}

// lost adds to the error of a page how to lose less.
func (r *repository) lost(in *reader, err error) error {
	var told *told
	switch {
	case err == nil || in.verb == "" || errors.As(err, &told):
		return err
	case r.section.Window == "":
		return fmt.Errorf("%w (the list ends here; with oaipmh.window: month only that of one month would)", err)
	}
	return fmt.Errorf("%w (the list of this %s ends here)", err, r.section.Window)
}

// next is what is to be asked for after a page: the rest of the list, or the
// list from its beginning if the server has forgotten it, once.
func (r *repository) next(in *reader, request format.Request, kind string, l list) ([]format.Request, error) {
	problems := slices.DeleteFunc(in.problems, func(p problem) bool { return p.code == "noRecordsMatch" })
	token := strings.TrimSpace(in.token)
	switch {
	case len(problems) > 0 && problems[0].code == "badResumptionToken" && kind == records && request.Key() != r.list(kind, l).Key():
		return []format.Request{r.list(again, l)}, nil
	case len(problems) > 0:
		return nil, r.explain(problems)
	case token == "" && in.verb != "ListRecords" && len(in.problems) == 0:
		return nil, errors.New("the answer is no list of records and no error: open the address in a browser to see what it says")
	case token == "":
		return nil, nil
	}
	out := r.request(kind+" "+l.String(), "verb", "ListRecords", "resumptionToken", token)
	switch address := out.Variants[0].URL; {
	case address == request.Variants[0].URL:
		return nil, fmt.Errorf("the server's resumption token %.100q leads to the same page again: tell its owner", token)
	case !catalog.IsWebAddress(address):
		return nil, fmt.Errorf("the server's resumption token is too long, it has %d bytes: tell its owner, or set oaipmh.window, which needs fewer", len(token))
	}
	return []format.Request{out}, nil
}

// told is an error that says itself what to do.
type told struct{ message string }

func (e *told) Error() string { return e.message }

// explain says what to do about an error of the protocol.
func (r *repository) explain(problems []problem) error {
	p := problems[0]
	code, words := fmt.Sprintf("%.40s", p.code), ""
	if text := format.Line(p.text); text != "" {
		words = fmt.Sprintf(" (%.200q)", text)
	}
	var advice string
	switch code {
	case "cannotDisseminateFormat":
		advice = fmt.Sprintf("oaipmh.prefix must be one that %s lists, not %q; leave it out for oai_dc", r.address("verb", "ListMetadataFormats"), r.section.Prefix)
	case "noSetHierarchy":
		advice = "the repository has no sets: remove oaipmh.sets"
	case "badArgument":
		advice = "the server does not take this request: compare oaipmh.sets with " + r.address("verb", "ListSets") + ", and if they are right remove oaipmh.window"
	case "badVerb", "idDoesNotExist":
		advice = "the address must be the base address of the repository and must not redirect to another: open it with ?verb=Identify in a browser"
	case "badResumptionToken":
		advice = "the server has forgotten the list while it was read, twice: set oaipmh.window to year or month, for shorter lists"
	default:
		advice = "ask its owner what that means"
	}
	return &told{fmt.Sprintf("the server answers %s%s: %s", code, words, advice)}
}
