package guest

import (
	"context"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"slices"
	"time"
)

// life is how long a machine runs at most. It is far more than any test takes: a
// machine that reaches it has found something that hangs.
const life = 5 * time.Minute

// program is the QEMU that runs a machine.
const program = "qemu-system-aarch64"

// start starts QEMU and hears from both of its ends.
func (g *Guest) start(k kernel, o Options) {
	g.t.Helper()
	monitor, agent := g.listen("monitor"), g.listen("agent")
	ctx, cancel := context.WithTimeout(context.Background(), life)
	g.ctx = ctx
	console, err := os.Create(g.path("console"))
	g.must(err)
	qemu := exec.CommandContext(ctx, program, slices.Concat(g.arguments(k), o.Args)...)
	qemu.Stdout, qemu.Stderr = console, console
	g.must(qemu.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = qemu.Wait() // it is killed
		cancel()
	}()
	g.t.Cleanup(func() {
		cancel()
		<-ended
		_ = console.Close()
		g.explain()
	})
	g.monitor, err = newMonitor(ctx, g.accept(monitor))
	g.must(err)
	g.agent = rpc.NewClient(g.accept(agent))
	g.WaitFile("/init") // which is there: the answer says that the machine is up
}

// arguments are those of a machine like a Raspberry Pi 3 in its processor, with
// USB where devices are plugged in, and without anything else.
func (g *Guest) arguments(k kernel) []string {
	return []string{
		"-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-kernel", k.image, "-initrd", g.path("initramfs"),
		"-append", "console=ttyAMA0 panic=-1 quiet", // a kernel that panics restarts at once, which ends the machine
		"-serial", "stdio",
		"-chardev", "socket,id=monitor,path=" + g.path("monitor"), "-mon", "chardev=monitor,mode=control",
		"-device", "virtio-serial-pci", "-chardev", "socket,id=agent,path=" + g.path("agent"), "-device", "virtserialport,chardev=agent",
		"-device", "qemu-xhci,id=usb", "-device", "i6300esb",
	}
}

// listen waits for a connection of QEMU, which so finds somebody when it starts.
func (g *Guest) listen(name string) net.Listener {
	g.t.Helper()
	l, err := net.Listen("unix", g.path(name))
	g.must(err)
	g.t.Cleanup(func() { _ = l.Close() })
	return l
}

// accept returns the connection that was waited for. It ends with the machine.
func (g *Guest) accept(l net.Listener) net.Conn {
	g.t.Helper()
	defer context.AfterFunc(g.ctx, func() { _ = l.Close() })()
	conn, err := l.Accept()
	g.must(err)
	g.t.Cleanup(func() { _ = conn.Close() })
	return conn
}
