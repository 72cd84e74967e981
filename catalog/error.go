package catalog

import (
	"errors"
	"fmt"
)

// ErrorCode classifies an Error; the HTTP API and the commands map it to a
// status in one table each.
type ErrorCode string

const (
	Invalid      ErrorCode = "invalid"      // the request or the data is wrong; the message says how to fix it
	NotFound     ErrorCode = "not_found"    // there is no such thing
	Conflict     ErrorCode = "conflict"     // it clashes with what is there
	Unauthorized ErrorCode = "unauthorized" // a key is missing or wrong
	TooMany      ErrorCode = "too_many"     // a quota is used up
	Unavailable  ErrorCode = "unavailable"  // not now, try again later
	Internal     ErrorCode = "internal"     // our fault; the message is for the log only
)

// Error is a failure that a person may be told. Anything else is Internal and
// its text is never shown.
type Error struct {
	Code    ErrorCode
	Message string   // one sentence that says what to do
	Param   string   // the parameter or field it is about, if any
	Allowed []string // what that parameter may be, if it is a short list
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error of a code and a formatted message.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf is the code of the first Error in err's chain, Internal if there is
// none, and "" for nil.
func CodeOf(err error) ErrorCode {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
