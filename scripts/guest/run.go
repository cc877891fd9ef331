package guest

import (
	"bytes"
	"strings"
	"syscall"

	"portcullis/scripts/guest/inside"
)

// A Program is one that runs in a machine.
type Program struct {
	g      *Guest
	handle int
	unread []byte
	ended  bool
	exit   int
}

// Start starts a program in the machine, with more settings of its environment.
func (g *Guest) Start(env []string, args ...string) *Program {
	g.t.Helper()
	p := &Program{g: g}
	g.call("Start", inside.Command{Args: args, Env: env}, &p.handle)
	return p
}

// Run runs a program in the machine to its end, and returns what it wrote and its
// exit code.
func (g *Guest) Run(args ...string) (output string, exit int) {
	g.t.Helper()
	p := g.Start(nil, args...)
	var all strings.Builder
	for {
		line, ok := p.Line()
		if !ok {
			return all.String(), p.Exit()
		}
		all.WriteString(line + "\n")
	}
}

// Line waits for the next line that the program writes, and reports false at its
// end.
func (p *Program) Line() (string, bool) {
	p.g.t.Helper()
	for !p.ended && !bytes.Contains(p.unread, []byte("\n")) {
		p.hear()
	}
	if len(p.unread) == 0 {
		return "", false
	}
	line, rest, _ := bytes.Cut(p.unread, []byte("\n"))
	p.unread = rest
	return string(line), true
}

// Exit waits for the end of the program, and returns its exit code: 128 and the
// number of the signal for one that was killed.
func (p *Program) Exit() int {
	p.g.t.Helper()
	for !p.ended {
		p.hear()
	}
	return p.exit
}

func (p *Program) hear() {
	p.g.t.Helper()
	var next inside.Output
	p.g.call("Next", p.handle, &next)
	p.unread = append(p.unread, next.Text...)
	p.ended, p.exit = next.Ended, next.Exit
}

// Signal sends the program a signal.
func (p *Program) Signal(s syscall.Signal) {
	p.g.t.Helper()
	p.g.call("Signal", inside.Signal{Handle: p.handle, Number: s}, new(struct{}))
}

// ReadFile returns what stands in a file of the machine, without the space around
// it, as those of /sys have some.
func (g *Guest) ReadFile(path string) string {
	g.t.Helper()
	var data []byte
	g.call("Read", path, &data)
	return strings.TrimSpace(string(data))
}

// WriteFile writes a file of the machine.
func (g *Guest) WriteFile(path, text string) {
	g.t.Helper()
	g.call("Write", inside.File{Path: path, Data: []byte(text)}, new(struct{}))
}

// Mkdir makes a folder in the machine, and those above it.
func (g *Guest) Mkdir(path string) {
	g.t.Helper()
	g.call("Mkdir", path, new(struct{}))
}

// WaitFile waits until the machine has a file, and returns its path. It takes a
// pattern too.
func (g *Guest) WaitFile(pattern string) (path string) {
	g.t.Helper()
	g.call("Await", pattern, &path)
	return path
}

func (g *Guest) call(method string, args, reply any) {
	g.t.Helper()
	g.must(g.agent.Call(inside.Service+"."+method, args, reply))
}
