package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bars draws progress on a terminal; elsewhere a bar of its own writes a line now and then.
type bars struct {
	to        io.Writer
	container *mpb.Progress
}

// bar is one of them.
type bar struct {
	bars *bars
	name string
	bar  *mpb.Bar
	own  bool      // its bars end with it
	said time.Time // when its last line was written
}

// sayEvery is how often progress is said where it is not drawn.
const sayEvery = 15 * time.Second

func newBars(w io.Writer) *bars {
	var f *os.File
	if l, is := w.(lines); is {
		f, _ = l.to.(*os.File)
	}
	if f == nil || !term.IsTerminal(int(f.Fd())) {
		return &bars{to: w}
	}
	return &bars{w, mpb.New(mpb.WithOutput(f), mpb.WithWidth(barWidth), mpb.PopCompletedMode())}
}

// barWidth is that of the bar itself, in columns.
const barWidth = 40

// drawn reports whether there is a terminal.
func (b *bars) drawn() bool { return b.container != nil }

// begin draws the bar, below those that have ended.
func (b *bar) begin(nameWidth int) {
	if b.bars.drawn() {
		b.bar = b.bars.container.AddBar(0,
			mpb.PrependDecorators(decor.Name(b.name, decor.WC{W: nameWidth + 1, C: decor.DindentRight})),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d "), decor.Elapsed(decor.ET_STYLE_MMSS)))
	}
}

// say writes a line, above the bars if there are any.
func (b *bars) say(format string, args ...any) {
	to := b.to
	if b.drawn() {
		to = b.container
	}
	fmt.Fprintf(to, format+"\n", args...)
}

// wait ends the drawing.
func (b *bars) wait() {
	if b.drawn() {
		b.container.Wait()
	}
}

// progress is a single bar on standard error.
func (p *program) progress(name string) *bar {
	b := &bar{bars: newBars(p.stderr), name: name, own: true, said: time.Now()}
	b.begin(len(name))
	return b
}

func (b *bar) set(done, total int) {
	switch {
	case b.bar != nil:
		b.bar.SetTotal(int64(total), false)
		b.bar.SetCurrent(int64(done))
	case b.own && time.Since(b.said) >= sayEvery:
		text := fmt.Sprintf("%s: %d", b.name, done)
		if total > done { // of an import it is not known
			text += fmt.Sprintf(" of %d", total)
		}
		b.bars.say("%s", text)
		b.said = time.Now()
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
