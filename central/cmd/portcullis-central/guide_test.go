package main

import (
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var shBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// What a reader of the guide sees, and a shell has to wait for.
const (
	untilServed  = "until [ -S fleet/control.sock -a -S registry/control.sock -a -e lists/2.list.json ]; do sleep 0.05; done\n"
	untilWaiting = "until portcullis-central publish status --keys keys --to lists --list sltd | grep -q waits; do sleep 0.05; done\n"
)

func TestTheGuidesCommandsDoWhatItSays(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands strings.Builder
	commands.WriteString("set -eu\ntrap 'kill $server; wait $server' EXIT\nserver=\n")
	for _, block := range shBlock.FindAllStringSubmatch(string(guide), -1) {
		commands.WriteString(block[1])
	}
	text := strings.Replace(commands.String(), " &\n", " &\nserver=$!\n"+untilServed, 1)
	text = strings.Replace(text, "portcullis-central publish status", untilWaiting+"portcullis-central publish status", 1)
	for _, port := range []string{"127.0.0.1:8440", "127.0.0.1:8443", "127.0.0.1:8444"} {
		text = strings.ReplaceAll(text, port, freeAddress(t))
	}
	shell := exec.CommandContext(t.Context(), "sh", "-c", text)
	shell.Dir = t.TempDir()
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"record added", "record withdrawn", "waits for approval", "2 of 2 have signed", "gate-7  hall B  silent", "order", "NO_ANSWER", "1 consultations",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("nothing says %q in\n%s", want, out)
		}
	}
}

// freeAddress returns an address that was free a moment ago.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
