package portcullis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/central/registry"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/protocol"
)

// fleetPatience is how long something in another process is waited for.
const fleetPatience = time.Minute

// A fleetRig is a publisher, a central service, a fleet tool and devices, all of
// them processes of the real programs.
type fleetRig struct {
	dir     string
	records []registry.Record
	devices []*fleetDevice
	central *fleetProcess
	lists   string // address that the lists are served at
	fleet   string // address for devices and tools
}

// A fleetDevice is one appliance, and what it says.
type fleetDevice struct {
	name, dir string
	client    *http.Client // of its control socket
	*fleetProcess
}

// A fleetProcess is a program that runs until it is stopped.
type fleetProcess struct {
	*exec.Cmd
	out, err gathered
	ended    chan struct{}
}

// startFleet publishes a list and brings up the central service.
func startFleet(t *testing.T) *fleetRig {
	t.Helper()
	dir, err := os.MkdirTemp("", "flt") // a short name, for the sockets in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &fleetRig{dir: dir, lists: loopback(t), fleet: loopback(t)}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "bin")+"/", "./firmware/cmd/portcullis", "./central/cmd/portcullis-central")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r.tool(t, "", 0, "keys", "init", "--to", "lists", "--keys", "keys", "sltd")
	for i := range 300 {
		r.records = append(r.records, stolenPassport(fmt.Sprintf("WQ%05d", i)))
	}
	r.publish(t)
	r.tool(t, "", 0, "authority", "init", "--fleet", "fleet", "--name", "utopia")
	r.tool(t, "", 0, "authority", "issue", "--fleet", "fleet", "--role", "fleet", "--name", "tool", "--to", "tool")
	r.serve(t)
	return r
}

func stolenPassport(number string) registry.Record {
	return registry.Record{Number: number, IssuingState: "UTO", Type: "P", Status: "stolen", Date: "2026-06-01", Country: "UTO"}
}

// loopback returns an address that was free a moment ago.
func loopback(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// publish makes a release of the records and of one more for each number.
func (r *fleetRig) publish(t *testing.T, numbers ...string) {
	t.Helper()
	for _, n := range numbers {
		r.records = append(r.records, stolenPassport(n))
	}
	var text bytes.Buffer
	for _, record := range r.records {
		if err := json.NewEncoder(&text).Encode(record); err != nil {
			t.Fatal(err)
		}
	}
	r.tool(t, text.String(), 0, "publish", "--keys", "keys", "--to", "lists", "--list", "sltd", "-")
}

// tool runs a command of the centre, which must exit with a code.
func (r *fleetRig) tool(t *testing.T, stdin string, exit int, args ...string) []byte {
	t.Helper()
	return r.run(t, "portcullis-central", stdin, exit, args...)
}

func (r *fleetRig) run(t *testing.T, program, stdin string, exit int, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), fleetPatience)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(r.dir, "bin", program), args...)
	var out, said bytes.Buffer
	c.Dir, c.Stdin, c.Stdout, c.Stderr = r.dir, strings.NewReader(stdin), &out, &said
	err := c.Run()
	if c.ProcessState == nil || c.ProcessState.ExitCode() != exit {
		t.Fatalf("%v: %v, want exit code %d\n%s%s", c.Args, err, exit, out.Bytes(), said.Bytes())
	}
	return out.Bytes()
}

// begin starts a program that runs until it is stopped.
func (r *fleetRig) begin(t *testing.T, program string, args ...string) *fleetProcess {
	t.Helper()
	p := &fleetProcess{Cmd: exec.Command(filepath.Join(r.dir, "bin", program), args...), ended: make(chan struct{})}
	p.Dir, p.Stdout, p.Stderr = r.dir, &p.out, &p.err
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(p.ended); _ = p.Wait() }()
	t.Cleanup(p.kill)
	return p
}

// kill ends a program as a power cut does.
func (p *fleetProcess) kill() {
	_ = p.Process.Kill() // it may have ended
	<-p.ended
}

// serve starts the central service, and waits until it answers.
func (r *fleetRig) serve(t *testing.T) {
	t.Helper()
	r.central = r.begin(t, "portcullis-central", "serve", "--dir", "lists", "--listen", r.lists, "--fleet", "fleet", "--fleet-listen", r.fleet, "--heartbeat", "1s", "--json")
	eventually(t, "a central service", func() bool { return bytes.Contains(r.central.out.bytes(), []byte(r.fleet)) })
}

// eventually waits for something that another process does.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ticks := time.NewTicker(2 * time.Millisecond)
	defer ticks.Stop()
	for late := time.After(fleetPatience); !so(); {
		select {
		case <-ticks.C:
		case <-late:
			t.Fatalf("there never is %s", what)
		}
	}
}

const fleetConfig = `data = "device"
board = "sim"
listen = "127.0.0.1:0"
demo = true
[[reader]]
profile = "sita-ocr"
port = "reader"
[fleet]
central = "https://%s"
listen = %q
[usb]
paths = [%q]
[[list]]
name = "sltd"
root = "../lists/1.root.json"
every = "12h"
`

// device makes a device with a reader and a source, which may be none, and
// enrols it.
func (r *fleetRig) device(t *testing.T, name, source string) *fleetDevice {
	t.Helper()
	d := &fleetDevice{name: name, dir: filepath.Join(r.dir, name)}
	config := fmt.Sprintf(fleetConfig, r.fleet, loopback(t), filepath.Join(d.dir, "media"))
	if source != "" {
		config += fmt.Sprintf("source = %q\n", source)
	}
	secret, err := os.ReadFile(filepath.Join(r.dir, "keys", "lists", "sltd.key"))
	err = errors.Join(err, os.MkdirAll(filepath.Join(d.dir, "device", "keys"), 0o700), os.MkdirAll(filepath.Join(d.dir, "media"), 0o700))
	err = errors.Join(err, os.WriteFile(d.config(), []byte(config), 0o600), os.WriteFile(filepath.Join(d.dir, "device", "keys", "sltd.key"), secret, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := reader.Load("sita-ocr")
	if err != nil {
		t.Fatal(err)
	}
	port := sim.NewReader(profile, filepath.Join(d.dir, "reader"))
	if err := port.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close() })
	d.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(d.dir, "device", "control.sock"))
	}}}
	t.Cleanup(d.client.CloseIdleConnections)
	r.enrol(t, d)
	r.power(t, d)
	r.devices = append(r.devices, d)
	return d
}

// enrol brings a device a new code.
func (r *fleetRig) enrol(t *testing.T, d *fleetDevice) {
	t.Helper()
	var code struct{ Code string }
	if err := json.Unmarshal(r.tool(t, "", 0, "devices", "code", d.name, "--json"), &code); err != nil {
		t.Fatal(err)
	}
	r.run(t, "portcullis", code.Code+"\n", 0, "enrol", "--config", d.config(), "--ca", "fleet/authority/root.crt")
}

// power starts a device.
func (r *fleetRig) power(t *testing.T, d *fleetDevice) {
	t.Helper()
	d.fleetProcess = r.begin(t, "portcullis", "run", "--config", d.config())
}

func (d *fleetDevice) config() string { return filepath.Join(d.dir, "portcullis.toml") }

// verdict asks a running device for a typed passport; "" when it does not
// answer.
func (d *fleetDevice) verdict(number string) string {
	response, err := d.client.Post("http://appliance/check", "application/json",
		strings.NewReader(fmt.Sprintf(`{"number":%q,"type":"P","issuer":"UTO","specimens":true}`, number)))
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var report struct{ Verdict string }
	if err := json.NewDecoder(response.Body).Decode(&report); err != nil {
		return ""
	}
	return report.Verdict
}

// known is what the central service knows of a device.
func (r *fleetRig) known(t *testing.T, name string) protocol.Known {
	t.Helper()
	var all protocol.Inventory
	if err := json.Unmarshal(r.tool(t, "", 0, "devices", "list", "--name", name, "--json"), &all); err != nil || len(all.Devices) != 1 {
		t.Fatalf("of %s it knows %+v: %v", name, all, err)
	}
	return all.Devices[0]
}

// toolFlags are how the fleet tool finds devices and shows who it is.
func (r *fleetRig) toolFlags(args ...string) []string {
	return append(args, "--central", "https://"+r.fleet, "--certificate", "tool/tool.crt", "--key", "tool/tool.key", "--authorities", "tool/root.crt")
}

// mustBeSilent looks for numbers of documents in all that was said or kept.
func (r *fleetRig) mustBeSilent(t *testing.T, numbers ...string) {
	t.Helper()
	var secrets []secret
	for _, n := range numbers {
		secrets = append(secrets, secret{value: n})
	}
	processes := []*fleetProcess{r.central}
	for _, d := range r.devices {
		processes = append(processes, d.fleetProcess)
	}
	for _, p := range processes {
		mustNotHold(t, "what "+p.Args[0]+" says", append(p.out.bytes(), p.err.bytes()...), secrets)
	}
	err := filepath.WalkDir(r.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasPrefix(path, filepath.Join(r.dir, "keys")) {
			return err
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, 32<<20))
		mustNotHold(t, path, bytes.TrimRight(text, "\x00"), secrets)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}
