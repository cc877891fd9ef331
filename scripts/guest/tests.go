package guest

import (
	"fmt"
	"strconv"
	"strings"
)

// request begins a line by which a test in the machine asks the host for something.
const request = "host: "

// Test runs those tests of a package in the machine that a pattern fits, and does
// what they ask the host for. The package is one of [Options.Tests]. A test that is
// skipped there has failed: nothing else runs it.
func (g *Guest) Test(pkg, run string) {
	g.t.Helper()
	p := g.Start(nil, TestProgram(pkg), "-test.v", "-test.timeout=4m", "-test.run="+run)
	var output strings.Builder
	for {
		line, ok := p.Line()
		if !ok {
			break
		}
		output.WriteString(line + "\n")
		if ask, ok := strings.CutPrefix(line, request); ok {
			if err := g.serve(ask); err != nil {
				g.t.Fatalf("%s: %s%s: %v\n%s", pkg, request, ask, err, output.String())
			}
		}
	}
	if err := verdict(output.String(), p.Exit()); err != nil {
		g.t.Fatalf("%s in the machine: %v\n%s", pkg, err, output.String())
	}
}

// verdict says what is wrong with a run of tests, of what they wrote and their exit
// code.
func verdict(output string, exit int) error {
	switch {
	case exit != 0:
		return fmt.Errorf("exit code %d", exit)
	case strings.Contains(output, "--- SKIP"):
		return fmt.Errorf("a test was skipped")
	case !strings.Contains(output, "--- PASS"):
		return fmt.Errorf("no test was run")
	}
	return nil
}

// serve does what a test in the machine asks for.
func (g *Guest) serve(ask string) error {
	verb, rest, _ := strings.Cut(ask, " ")
	name, rest, _ := strings.Cut(rest, " ")
	switch verb {
	case "serial":
		g.PlugSerial(name)
	case "keyboard":
		g.DeviceAdd("usb-kbd", name, nil)
	case "pull":
		g.DeviceDel(name)
	case "send":
		return g.send(name, rest)
	case "type":
		text, err := strconv.Unquote(name)
		if err != nil {
			return err
		}
		g.SendKeys(text)
	default:
		return fmt.Errorf("no such request")
	}
	return nil
}

// send sends bytes to a serial port, given as a string of Go.
func (g *Guest) send(id, quoted string) error {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return err
	}
	line, ok := g.lines[id]
	if !ok {
		return fmt.Errorf("no serial port %s is plugged in", id)
	}
	_, err = line.Write([]byte(text))
	return err
}
