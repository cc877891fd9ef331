package health

import "sync/atomic"

// A Pulse counts how often a loop has come round. Its loop beats it, whoever
// monitors it reads it; both at any time.
type Pulse struct {
	count atomic.Uint64
	fails atomic.Pointer[string]
}

// Beats is a Pulse at one time.
type Beats struct {
	Count uint64
	Fails string // what the part reports that a restart may mend; "" for nothing
}

// Beat says that the loop has come round, and does as it should.
func (p *Pulse) Beat() {
	p.fails.Store(nil)
	p.count.Add(1)
}

// Fail says that the loop has come round, and that it fails at what a restart may
// mend. The words must hold nothing of a document.
func (p *Pulse) Fail(why string) {
	p.fails.Store(&why)
	p.count.Add(1)
}

// Now reads the pulse.
func (p *Pulse) Now() Beats {
	b := Beats{Count: p.count.Load()}
	if why := p.fails.Load(); why != nil {
		b.Fails = *why
	}
	return b
}
