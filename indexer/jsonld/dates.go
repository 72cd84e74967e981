package jsonld

import (
	"path"
)

// dates puts in dates and status.
func (a *adapter) dates() {
	r := a.record
	r.Start = a.first("startDate", "foundingDate", "datePublished", "dateCreated", "datePosted", "startTime")
	r.End = a.first("endDate", "dissolutionDate", "endTime")
	if r.Kind == "resource" {
		r.Start = a.first("datePublished", "dateCreated", "startDate")
	}
	r.Deadline = a.first("applicationDeadline", "validThrough")
	status := func(property string) string {
		s := a.first(property)
		if s == "" && len(a.all(property)) > 0 && a.all(property)[0].node != nil {
			s = a.all(property)[0].node.id
		}
		return path.Base(s)
	}
	switch status("actionStatus") {
	case "ActiveActionStatus":
		r.Status = "ongoing"
	case "CompletedActionStatus":
		r.Status = "completed"
	case "PotentialActionStatus":
		r.Status = "planned"
	}
	if status("eventStatus") == "EventPostponed" {
		r.Status = "planned"
		if r.Start != "" {
			a.leaveOut("start", "the event is postponed: its date, %.30s, no longer holds", r.Start)
		}
		r.Start, r.End = "", ""
	}
}
