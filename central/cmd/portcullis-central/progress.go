package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sys/unix"

	"portcullis/central/registry"
)

// A progress shows how far an import is: a bar on a terminal, elsewhere a line
// every few seconds.
type progress struct {
	out  io.Writer
	bar  *progressbar.ProgressBar // nil where there is no terminal
	term bool
	last time.Time
}

const betweenLines = 5 * time.Second

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, last: time.Now()}
	if f, ok := out.(*os.File); ok {
		_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
		p.term = err == nil
	}
	return p
}

func (p *progress) tell(at registry.Progress) {
	if p.term {
		if p.bar == nil {
			p.bar = progressbar.NewOptions64(at.Total, progressbar.OptionSetWriter(p.out), progressbar.OptionShowBytes(true),
				progressbar.OptionSetDescription("import"), progressbar.OptionThrottle(100*time.Millisecond))
		}
		p.bar.Set64(at.Bytes)
		return
	}
	if now := time.Now(); now.Sub(p.last) >= betweenLines {
		p.last = now
		fmt.Fprintf(p.out, "import: %d%%, %d records taken in, %d lines rejected\n", at.Bytes*100/max(at.Total, 1), at.Taken, at.Rejected)
	}
}

func (p *progress) end() {
	if p.bar != nil {
		fmt.Fprintln(p.out)
	}
}
