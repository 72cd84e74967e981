package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// This file reads the pages of a bbolt file with bounds, since bbolt itself
// trusts them: on a damaged file it crashes, does not end, or silently goes
// back by one transaction. The layout is that of bbolt's internal/common
// (page.go, meta.go, inode.go, bucket.go), version 2, numbers in the machine's
// byte order.

// fileHeader is how the first two pages go on after their page header. Commits
// write them in turn.
type fileHeader struct {
	Magic, Version, PageSize, Flags uint32
	Root, Sequence                  uint64 // of the bucket of buckets
	Freelist                        uint64
	Pages                           uint64 // how many were ever used
	Commit                          uint64
	Checksum                        uint64 // FNV-1a of what stands before
}

type pageHeader struct {
	ID       uint64
	Flags    uint16
	Count    uint16 // of elements
	Overflow uint32 // further pages that belong to it
}

// branchElement leads to the page of the keys from its own on. Key begins Pos
// bytes after the element.
type branchElement struct {
	Pos, KeySize uint32
	Page         uint64
}

// leafElement holds one value. Key and value begin Pos bytes after the element.
type leafElement struct {
	Flags, Pos, KeySize, ValueSize uint32
}

const (
	fileMagic   = 0xED0CDAED
	fileVersion = 2
	leastPage   = 1024 // bytes

	headerSize  = 16 // of a page header, of an element and of a bucket
	branchPage  = 0x01
	leafPage    = 0x02
	freePage    = 0x10
	bucketValue = 0x01 // flag of a leafElement whose value is a bucket
	noFreelist  = ^uint64(0)
	manyFree    = 0xFFFF // Count of a free list that begins with its real count
)

var native = binary.NativeEndian

// pages is a walk through a file.
type pages struct {
	file io.ReaderAt
	fileHeader
	used []bool // by page number
}

// checkPages says what is wrong with a bbolt file of a size in bytes: a header
// (each lies in one disk sector, which is written whole or not at all, so that
// a bad one is damage and not a commit that was cut off), the length, a page,
// the order of keys, a page that is used twice or not at all.
//
// Before bbolt writes a transaction it grows the file to one page beyond what
// is used, with AllocSize 0 to exactly that: a shorter file was cut. Tx.WriteTo
// leaves that page out, and a copy made by it needs it appended.
func checkPages(file io.ReaderAt, size int64) error {
	first, err := readFileHeader(file, 0)
	if err != nil {
		return err
	}
	newest, err := readFileHeader(file, int64(first.PageSize))
	if err != nil {
		return err
	}
	if first.Commit > newest.Commit {
		newest = first
	}
	if newest.Pages < 2 {
		return errors.New("it has no pages")
	}
	if there := uint64(size) / uint64(newest.PageSize); newest.Pages >= there {
		return fmt.Errorf("it is cut off after %d pages of %d", there, newest.Pages+1)
	}
	p := &pages{file: file, fileHeader: newest, used: make([]bool, newest.Pages)}
	p.used[0], p.used[1] = true, true
	if err := p.tree(p.Root, nil, nil); err != nil {
		return err
	}
	if p.Freelist == noFreelist {
		return nil
	}
	if err := p.free(); err != nil {
		return err
	}
	for id, used := range p.used {
		if !used {
			return fmt.Errorf("page %d is neither used nor free", id)
		}
	}
	return nil
}

func readFileHeader(file io.ReaderAt, page int64) (h fileHeader, err error) {
	raw := make([]byte, binary.Size(h))
	if _, err := file.ReadAt(raw, page+headerSize); errors.Is(err, io.EOF) {
		return h, errors.New("it is too short")
	} else if err != nil {
		return h, err
	}
	if _, err := binary.Decode(raw, native, &h); err != nil {
		return h, err
	}
	sum := fnv.New64a()
	sum.Write(raw[:len(raw)-8])
	switch {
	case h.Magic != fileMagic || h.Version != fileVersion || h.PageSize < leastPage:
		return h, errors.New("it is no bbolt file")
	case h.Checksum != sum.Sum64():
		return h, errors.New("the checksum of a header is wrong")
	}
	return h, nil
}

func readPageHeader(data []byte) pageHeader {
	return pageHeader{ID: native.Uint64(data), Flags: native.Uint16(data[8:]), Count: native.Uint16(data[10:]), Overflow: native.Uint32(data[12:])}
}

// page reads a page with its overflow and marks it as used.
func (p *pages) page(id uint64) (h pageHeader, data []byte, err error) {
	if id >= p.Pages {
		return h, nil, fmt.Errorf("page %d is out of range", id)
	}
	data = make([]byte, p.PageSize)
	if _, err := p.file.ReadAt(data, int64(id)*int64(p.PageSize)); err != nil {
		return h, nil, err
	}
	h = readPageHeader(data)
	if h.ID != id || uint64(h.Overflow) >= p.Pages-id {
		return h, nil, fmt.Errorf("page %d has a wrong header", id)
	}
	for n := range uint64(h.Overflow) + 1 {
		if err := p.use(id + n); err != nil {
			return h, nil, err
		}
	}
	if h.Overflow > 0 {
		data = append(data, make([]byte, int64(h.Overflow)*int64(p.PageSize))...)
		_, err = p.file.ReadAt(data, int64(id)*int64(p.PageSize))
	}
	return h, data, err
}

func (p *pages) use(id uint64) error {
	if id >= p.Pages || p.used[id] {
		return fmt.Errorf("page %d is out of range or used twice", id)
	}
	p.used[id] = true
	return nil
}

// tree checks the page id and all below it, whose keys lie from low up to and
// not including high; nil is no limit.
func (p *pages) tree(id uint64, low, high []byte) error {
	h, data, err := p.page(id)
	if err != nil {
		return err
	}
	if h.Flags == leafPage {
		return p.leaf(h, data, low, high)
	}
	if h.Flags != branchPage {
		return fmt.Errorf("page %d is of a wrong type", id)
	}
	elements := make([]branchElement, h.Count)
	keys := make([][]byte, h.Count, int(h.Count)+1)
	end := uint64(0)
	for i := range elements {
		at := headerSize * uint64(i+1)
		raw, err := slice(data, at, headerSize)
		if err != nil {
			return err
		}
		e := branchElement{Pos: native.Uint32(raw), KeySize: native.Uint32(raw[4:]), Page: native.Uint64(raw[8:])}
		elements[i] = e
		if keys[i], err = slice(data, at+uint64(e.Pos), uint64(e.KeySize)); err != nil {
			return err
		}
		if at+uint64(e.Pos) < end {
			return errOverlap
		}
		end = at + uint64(e.Pos) + uint64(e.KeySize)
	}
	if err := ordered(keys, low, high); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	keys = append(keys, high)
	for i, e := range elements {
		if err := p.tree(e.Page, keys[i], keys[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks the keys of a page, and the buckets that are values in it. They follow
// one another without overlap, so that nothing is looked at twice.
func (p *pages) leaf(h pageHeader, data, low, high []byte) error {
	keys := make([][]byte, h.Count)
	end := uint64(0)
	for i := range keys {
		at := headerSize * uint64(i+1)
		raw, err := slice(data, at, headerSize)
		if err != nil {
			return err
		}
		e := leafElement{Flags: native.Uint32(raw), Pos: native.Uint32(raw[4:]), KeySize: native.Uint32(raw[8:]), ValueSize: native.Uint32(raw[12:])}
		if keys[i], err = slice(data, at+uint64(e.Pos), uint64(e.KeySize)); err != nil {
			return err
		}
		value, err := slice(data, at+uint64(e.Pos)+uint64(e.KeySize), uint64(e.ValueSize))
		if err != nil {
			return err
		}
		if at+uint64(e.Pos) < end {
			return errOverlap
		}
		end = at + uint64(e.Pos) + uint64(e.KeySize) + uint64(e.ValueSize)
		if e.Flags&bucketValue != 0 {
			if err := p.bucket(value); err != nil {
				return err
			}
		}
	}
	if err := ordered(keys, low, high); err != nil {
		return fmt.Errorf("page %d: %w", h.ID, err)
	}
	return nil
}

// bucket checks a bucket, whose pages are a tree of their own, or, in a small
// one, a leaf within the value.
func (p *pages) bucket(value []byte) error {
	if len(value) < headerSize {
		return errors.New("a bucket is cut off")
	}
	if root := native.Uint64(value); root != 0 {
		return p.tree(root, nil, nil)
	}
	inline := value[headerSize:]
	if len(inline) < headerSize {
		return errors.New("a bucket is cut off")
	}
	h := readPageHeader(inline)
	if h.Flags != leafPage {
		return errors.New("a bucket is of a wrong type")
	}
	return p.leaf(h, inline, nil, nil)
}

// free checks the list of free pages, none of which may be in use.
func (p *pages) free() error {
	h, data, err := p.page(p.Freelist)
	if err != nil {
		return err
	}
	if h.Flags != freePage {
		return errors.New("the list of free pages is of a wrong type")
	}
	ids, count := data[headerSize:], uint64(h.Count)
	if count == manyFree {
		count = native.Uint64(ids)
		ids = ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return errors.New("the list of free pages is too long")
	}
	for i := range count {
		if err := p.use(native.Uint64(ids[8*i:])); err != nil {
			return err
		}
	}
	return nil
}

var errOverlap = errors.New("elements of a page overlap")

func slice(data []byte, from, length uint64) ([]byte, error) {
	if from+length > uint64(len(data)) {
		return nil, errors.New("an element reaches beyond its page")
	}
	return data[from : from+length], nil
}

// ordered checks that keys ascend within the limits.
func ordered(keys [][]byte, low, high []byte) error {
	last := low
	for i, k := range keys {
		if c := bytes.Compare(last, k); last != nil && (c > 0 || c == 0 && i > 0) || high != nil && bytes.Compare(k, high) >= 0 {
			return errors.New("keys are out of order")
		}
		last = k
	}
	return nil
}
