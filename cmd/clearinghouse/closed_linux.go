package main

import (
	"io/fs"
	"syscall"
)

// changed is when the system last changed a file, which no program can set, in nanoseconds
// since 1970.
func changed(info fs.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ctim.Nano()
	}
	return 0
}
