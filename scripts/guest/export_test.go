package guest

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net"
)

var (
	InOrder        = inOrder
	KernelPackages = kernelPackages
	MirrorOf       = mirrorOf
	Verdict        = verdict
)

// Codes returns the keys of a character.
func Codes(r rune) (codes []string, err error) {
	keys, err := keysOf(r)
	for _, k := range keys {
		codes = append(codes, k.Code)
	}
	return codes, err
}

// Archive writes an archive of one file.
func Archive(w io.Writer, name string, perm fs.FileMode, data []byte) error {
	a := newArchive(w)
	a.add(name, perm, data)
	return a.close()
}

type Monitor struct{ m *monitor }

func NewMonitor(ctx context.Context, line net.Conn) (Monitor, error) {
	m, err := newMonitor(ctx, line)
	return Monitor{m}, err
}

func (m Monitor) Execute(ctx context.Context, command string) (json.RawMessage, error) {
	return m.m.execute(ctx, command, nil)
}

func (m Monitor) Wait(ctx context.Context, name string) (Event, error) {
	return m.m.wait(ctx, func(e Event) bool { return e.Name == name })
}
