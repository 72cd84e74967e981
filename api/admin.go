package api

import (
	"log/slog"
	"net/http"
	"strings"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// Admin is what whoever has a key may ask of the running program. Its methods
// may be called at the same time.
type Admin interface {
	// Who names the holder of a key, or is an Unauthorized error.
	Who(secret string) (string, error)
	// Pull begins to pull the sources with these ids, all if there are none, and
	// returns the ids of those that will be; an unknown one is a NotFound error.
	// full asks for everything, fewer takes it that a source may have lost half of
	// its records or more.
	Pull(ids []string, full, fewer bool) ([]string, error)
}

// pullParams are the parameters of POST /api/v1/admin/pull.
func pullParams() []catalog.Param {
	return []catalog.Param{
		{Name: "source", Type: "string", Repeats: true, Doc: "Ids of sources; none is all"},
		{Name: "full", Type: "boolean", Default: "false", Doc: "Begin afresh and ask for everything"},
		{Name: "fewer", Type: "boolean", Default: "false", Doc: "Take it that a source has lost half of its records or more"},
	}
}

// pullAnswer is the answer of POST /api/v1/admin/pull.
type pullAnswer struct {
	Pulling []string `json:"pulling"` // ids of sources; GET /api/v1/sources shows how it goes
}

// keyed lets a request through that carries a key, as in "Authorization: Bearer …".
func (a *api) keyed(do func(c *gin.Context, who string)) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		scheme, secret, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		err := error(catalog.Errorf(catalog.Unauthorized, "this needs a key: send it as Authorization: Bearer KEY"))
		var who string
		if strings.EqualFold(scheme, "Bearer") && a.Admin != nil {
			who, err = a.Admin.Who(strings.TrimSpace(secret))
		}
		if err != nil {
			c.Header("WWW-Authenticate", "Bearer")
			a.fail(c, err)
			return
		}
		a.Log.Info("admin", slog.String("by", who), slog.String("path", c.Request.URL.Path))
		do(c, who)
	}
}

func (a *api) pull(c *gin.Context, _ string) {
	values, err := parameters(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	asked := map[string]bool{"full": false, "fewer": false}
	for name, given := range values {
		_, is := asked[name]
		switch {
		case name == "source":
		case !is:
			err = &catalog.Error{Code: catalog.Invalid, Param: name, Allowed: []string{"source", "full", "fewer"}, Message: "there is no parameter " + name + " here: remove it"}
		case len(given) != 1 || given[0] != "true" && given[0] != "false":
			err = &catalog.Error{Code: catalog.Invalid, Param: name, Allowed: []string{"true", "false"}, Message: name + " must be true or false"}
		default:
			asked[name] = given[0] == "true"
		}
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	ids, err := a.Admin.Pull(values["source"], asked["full"], asked["fewer"])
	if err != nil {
		a.fail(c, err)
		return
	}
	write(c, http.StatusAccepted, "application/json; charset=utf-8", pullAnswer{list(ids)})
}
