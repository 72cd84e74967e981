package api

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

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
	// Keys lists all keys, those revoked too, by the time they were made.
	Keys() ([]Key, error)
	// AddKey makes a key and returns its secret, which cannot be had again. A name
	// that cannot be is an Invalid error.
	AddKey(name string) (key Key, secret string, err error)
	// RevokeKey makes a key useless; an unknown one is a NotFound error.
	RevokeKey(id string) error
}

// Key lets whoever knows its secret ask for what Admin does.
type Key struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"` // of whoever has it
	Created time.Time  `json:"created"`
	Revoked *time.Time `json:"revoked"`
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

// keysAnswer is the answer of GET /api/v1/admin/keys.
type keysAnswer struct {
	Total int   `json:"total"`
	Items []Key `json:"items"`
}

// newKeyAnswer is the answer of POST /api/v1/admin/keys.
type newKeyAnswer struct {
	Key    Key    `json:"key"`
	Secret string `json:"secret"` // shown this once
}

// revokedAnswer is the answer of DELETE /api/v1/admin/keys/{id}.
type revokedAnswer struct {
	Revoked string `json:"revoked"` // id of the key
}

// keyParams are the parameters of POST /api/v1/admin/keys.
func keyParams() []catalog.Param {
	return []catalog.Param{{Name: "name", Type: "string", Doc: "The person or program that will use the key"}}
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
		a.Log.Info("admin", slog.String("by", who), slog.String("method", c.Request.Method), slog.String("path", c.Request.URL.Path))
		do(c, who)
	}
}

func (a *api) pull(c *gin.Context, _ string) {
	values, err := given(c, pullParams())
	if err != nil {
		a.fail(c, err)
		return
	}
	ids, err := a.Admin.Pull(values["source"], values.Get("full") == "true", values.Get("fewer") == "true")
	if err != nil {
		a.fail(c, err)
		return
	}
	write(c, http.StatusAccepted, jsonType, pullAnswer{list(ids)})
}

func (a *api) keys(c *gin.Context, _ string) {
	_, err := given(c, nil)
	var keys []Key
	if err == nil {
		keys, err = a.Admin.Keys()
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	a.json(c, keysAnswer{len(keys), list(keys)})
}

func (a *api) addKey(c *gin.Context, _ string) {
	values, err := given(c, keyParams())
	var key Key
	var secret string
	if err == nil {
		key, secret, err = a.Admin.AddKey(values.Get("name"))
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	write(c, http.StatusCreated, jsonType, newKeyAnswer{key, secret})
}

func (a *api) revokeKey(c *gin.Context, _ string) {
	_, err := given(c, nil)
	if err == nil {
		err = a.Admin.RevokeKey(c.Param("id"))
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	a.json(c, revokedAnswer{c.Param("id")})
}
