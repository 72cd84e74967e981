package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"clearinghouse/catalog"

	"github.com/gin-gonic/gin"
)

// statuses is the one table from error codes to HTTP.
var statuses = map[catalog.ErrorCode]int{
	catalog.Invalid:      http.StatusBadRequest,
	catalog.NotFound:     http.StatusNotFound,
	catalog.Conflict:     http.StatusConflict,
	catalog.Unauthorized: http.StatusUnauthorized,
	catalog.TooMany:      http.StatusTooManyRequests,
	catalog.Unavailable:  http.StatusServiceUnavailable,
	catalog.Internal:     http.StatusInternalServerError,
}

// problem is a problem document of RFC 9457 with a stable code.
type problem struct {
	Type    string            `json:"type"`
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Detail  string            `json:"detail"`
	Code    catalog.ErrorCode `json:"code"`
	Param   string            `json:"param,omitempty"`
	Allowed []string          `json:"allowed,omitempty"`
}

// fail answers with the problem that err is. An internal error is logged and
// its text is not shown.
func (a *api) fail(c *gin.Context, err error) {
	var e *catalog.Error
	if !errors.As(err, &e) {
		if c.Request.Context().Err() != nil && errors.Is(err, context.Canceled) {
			c.Status(499) // the reader has gone; nobody sees this
			return
		}
		a.Log.Error("request failed", slog.String("path", c.Request.URL.Path), slog.String("query", c.Request.URL.RawQuery), slog.Any("error", err))
		e = catalog.Errorf(catalog.Internal, "something went wrong here, not with your request: try again, and tell the operator if it stays so")
	}
	a.problem(c, statuses[e.Code], e)
}

func (a *api) problem(c *gin.Context, status int, e *catalog.Error) {
	c.Header("Cache-Control", "no-store")
	for _, name := range []string{"ETag", "Content-Type", "Content-Disposition"} { // of the answer that there was to be
		c.Writer.Header().Del(name)
	}
	if status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "2")
	}
	c.Abort()
	write(c, status, "application/problem+json", problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: e.Message, Code: e.Code, Param: e.Param, Allowed: e.Allowed,
	})
}

const jsonType = "application/json"

func (a *api) json(c *gin.Context, v any) { write(c, http.StatusOK, jsonType, v) }

func write(c *gin.Context, status int, contentType string, v any) {
	c.Data(status, contentType, marshal(v))
}

func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("api: an answer that is no JSON: %v", err))
	}
	return b.Bytes()
}

// notModified sets a weak ETag made from parts, and answers 304 if the client
// has it already; then there is nothing more to do.
func (a *api) notModified(c *gin.Context, parts ...string) bool { return a.knows(c, a.tag(parts...)) }

// tag is an entity tag made from parts.
func (a *api) tag(parts ...string) string {
	h := fnv.New128a()
	for _, p := range append(parts, a.Version, a.Taxonomy.Version()) {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return fmt.Sprintf(`"%x"`, h.Sum(nil))
}

// knows sets the weak ETag, and answers 304 if the client has it already.
func (a *api) knows(c *gin.Context, tag string) bool {
	c.Header("ETag", "W/"+tag)
	c.Header("Cache-Control", "public, no-cache") // keep it, but ask whether it still holds
	have := c.GetHeader("If-None-Match")
	if strings.TrimSpace(have) != "*" && !slices.Contains(opaqueTag.FindAllString(have, -1), tag) {
		return false
	}
	c.Status(http.StatusNotModified)
	return true
}

// opaqueTag is what the weak comparison of RFC 9110, section 8.8.3.2, looks at:
// an entity tag without the W/ before it. It may have commas in it.
var opaqueTag = regexp.MustCompile(`"[^"\s]*"`)

// parameters are those of the request. Go's own URL.Query leaves out what is
// malformed without a word, and with it a filter.
func parameters(c *gin.Context) (url.Values, error) {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return nil, catalog.Errorf(catalog.Invalid, "the parameters cannot be read (%v): separate them by & and escape other characters as in %%20", err)
	}
	return values, nil
}

// given are the parameters of the request by their table, see catalog.ReadParams.
func given(c *gin.Context, params []catalog.Param) (url.Values, error) {
	values, err := parameters(c)
	if err != nil {
		return nil, err
	}
	return catalog.ReadParams(values, params)
}

// allowOrigins lets pages of any site read the public API.
func allowOrigins(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Access-Control-Expose-Headers", "ETag, Link, Content-Disposition, X-Total-Count, X-Head")
	c.Header("X-Content-Type-Options", "nosniff")
	if c.Request.Method == http.MethodOptions {
		c.Header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		c.Header("Access-Control-Allow-Headers", "If-None-Match, Accept-Language")
		c.Header("Access-Control-Max-Age", "86400")
		c.AbortWithStatus(http.StatusNoContent)
	}
}

func (a *api) logRequests(c *gin.Context) {
	start := time.Now()
	c.Next()
	a.Log.Info("request",
		slog.String("method", c.Request.Method),
		slog.String("path", c.Request.URL.Path),
		slog.Int("status", c.Writer.Status()),
		slog.Float64("ms", milliseconds(time.Since(start))),
		slog.Int("bytes", max(c.Writer.Size(), 0)))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (a *api) recoverPanics(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		a.Log.Error("panic", slog.String("path", c.Request.URL.Path), slog.String("query", c.Request.URL.RawQuery), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
		if !c.Writer.Written() {
			a.problem(c, http.StatusInternalServerError, catalog.Errorf(catalog.Internal, "something went wrong here, not with your request: try again, and tell the operator if it stays so"))
		}
	}()
	c.Next()
}
