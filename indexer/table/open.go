package table

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"clearinghouse/indexer/format"
)

// foreign are the beginnings of files that are often taken for tables.
var foreign = []struct{ begin, what string }{
	{"\xd0\xcf\x11\xe0", "is in the form of Excel 97 to 2003 (.xls), or has a password"},
	{"%PDF", "is a PDF"},
	{"<!doctype", "is a web page"},
	{"<html", "is a web page"},
	{"<table", "is a web page"},
	{"<meta", "is a web page"},
	{"<?xml", "is XML"},
	{"{\\rtf", "is a text document"},
}

// open opens a body by what it begins with: names and media types of tables are
// often wrong.
func (s *sheets) open(r format.Response) (*replay, error) {
	body, sample, err := peek(r.Body)
	if err != nil {
		return nil, err
	}
	begin := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(sample[:min(len(sample), 512)], []byte("\ufeff")), " \t\r\n")))
	for _, f := range foreign {
		if strings.HasPrefix(begin, strings.ToLower(f.begin)) || strings.HasPrefix(string(sample), f.begin) {
			return nil, fmt.Errorf("the file %s: save it as an Excel workbook (.xlsx) or as CSV UTF-8", f.what)
		}
	}
	var in rows
	switch {
	case len(sample) == 0:
		return nil, errors.New("the file is empty")
	case bytes.HasPrefix(sample, []byte("PK\x03\x04")):
		in, err = s.openXLSX(r.Body, body, r.Folder)
	default:
		in, err = s.openCSV(body, sample, r.ContentType)
	}
	if err != nil {
		return nil, err
	}
	return &replay{rows: in}, nil
}
