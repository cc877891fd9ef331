package guest

import (
	"context"
	"fmt"
	"net"
	"net/rpc"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"portcullis/scripts/guest/inside"
)

// modules are what a machine loads, beside what those need.
var modules = []string{
	"xhci-pci", "ftdi_sio", // USB, and a serial port on it
	"usbhid", "hid-generic", "evdev", // keyboards
	"uinput", "uhid", // and such as a test makes itself
	"gpio-sim", "i6300esb",
}

// Options say what is in a machine. The zero value is a machine with the devices
// that every one has.
type Options struct {
	Programs []string // packages of commands, such as "portcullis/firmware/cmd/portcullis": each is /bin/ and its last word
	Tests    []string // packages whose tests a [Guest.Test] runs
	Args     []string // more arguments of QEMU
}

// A Guest is a machine that runs. It ends with the test that booted it.
type Guest struct {
	t       testing.TB
	ctx     context.Context // done when the machine has ended, or has to
	dir     string          // of sockets, the console and what was built
	monitor *monitor
	agent   *rpc.Client
	lines   map[string]net.Conn // of devices, by the names of both
}

// one is held by the machine that runs: two would take each other's time.
var one sync.Mutex

// Boot starts a machine, and returns when programs can be run in it. Without QEMU,
// or a kernel, it skips the test, unless PORTCULLIS_REQUIRE is set: then it fetches
// the kernel. A test boots one machine.
func Boot(t testing.TB, o Options) *Guest {
	t.Helper()
	k := kernelFor(t)
	one.Lock()
	t.Cleanup(one.Unlock)
	began := time.Now()
	g := &Guest{t: t, dir: shortDir(t), lines: make(map[string]net.Conn)}
	g.must(g.pack(k, o))
	packed := time.Now()
	g.start(k, o)
	t.Logf("guest machine: Linux %s, packed in %.1fs, up in %.1fs", k.release(), packed.Sub(began).Seconds(), time.Since(packed).Seconds())
	return g
}

// shortDir returns a folder whose name leaves room in the 108 bytes of a socket's.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "guest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// pack builds what runs in a machine, and makes its file system.
func (g *Guest) pack(k kernel, o Options) error {
	files, err := build(g.t.Context(), g.dir, o)
	if err != nil {
		return err
	}
	mods, err := modulesOf(k, modules...)
	if err != nil {
		return err
	}
	to, err := os.Create(g.path("initramfs"))
	if err != nil {
		return err
	}
	defer to.Close()
	a := newArchive(to)
	a.addDevice("dev/console", 5, 1) // where the first program writes before /dev is mounted
	var list strings.Builder
	for _, m := range mods {
		file := "/lib/modules/" + m.name + ".ko"
		a.add(file, 0o644, m.code)
		fmt.Fprintln(&list, file)
	}
	a.add(inside.Modules, 0o644, []byte(list.String()))
	for name, from := range files {
		a.addFile(name, from, 0o755)
	}
	return a.close()
}

func (g *Guest) path(name string) string { return filepath.Join(g.dir, name) }

// must ends the test on an error.
func (g *Guest) must(err error) {
	g.t.Helper()
	if err == nil {
		return
	}
	if g.ctx != nil && g.ctx.Err() != nil {
		g.t.Fatalf("guest machine: %v; it has ended: %v", err, g.ctx.Err())
	}
	g.t.Fatalf("guest machine: %v", err)
}

// explain shows how the console of a machine ended whose test has failed.
func (g *Guest) explain() {
	text, err := os.ReadFile(g.path("console"))
	if err != nil || !g.t.Failed() {
		return
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	g.t.Logf("end of the machine's console:\n%s", strings.Join(lines[max(0, len(lines)-40):], "\n"))
}
