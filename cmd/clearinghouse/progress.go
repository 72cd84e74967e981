package main

import (
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bars draws progress on a terminal; elsewhere it draws nothing.
type bars struct{ container *mpb.Progress }

// bar is one of them.
type bar struct {
	bars *bars
	bar  *mpb.Bar
	own  bool // its bars end with it
}

func newBars(w io.Writer) *bars {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &bars{}
	}
	return &bars{mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
}

func (b *bars) add(name string) *bar {
	if b.container == nil {
		return &bar{bars: b}
	}
	return &bar{bars: b, bar: b.container.AddBar(0,
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.CountersNoUnit("%d / %d "), decor.Elapsed(decor.ET_STYLE_MMSS)))}
}

// wait ends the drawing.
func (b *bars) wait() {
	if b.container != nil {
		b.container.Wait()
	}
}

// progress is a single bar on standard error.
func (p *program) progress(name string) *bar {
	b := newBars(p.stderr).add(name)
	b.own = true
	return b
}

func (b *bar) set(done, total int) {
	if b.bar != nil {
		b.bar.SetTotal(int64(total), false)
		b.bar.SetCurrent(int64(done))
	}
}

// end completes the bar at where it stands.
func (b *bar) end() {
	if b.bar != nil {
		b.bar.EnableTriggerComplete()
		b.bar.SetTotal(b.bar.Current(), true)
	}
	if b.own {
		b.bars.wait()
	}
}
