package rollouttest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"portcullis/central/rollout/inventory"
	"portcullis/protocol"
)

// Faults are what a device does wrong. They can be changed while it runs, with
// Device.Set.
type Faults struct {
	CutAfter int64         // bytes of files after which a connection breaks, once
	CutEvery bool          // and again after each further CutAfter bytes
	Answer   string        // type of the problem that everything but the status is answered with
	Code     string        // how installs end instead of current
	Fails    int           // only that many installs do; 0 is all
	Dies     bool          // when asked to install: it goes off the network
	Restarts bool          // once, while it installs: it forgets what it was asked
	Hangs    bool          // while it installs, until the fault is taken away
	Silent   bool          // it takes connections and says nothing
	Unready  bool          // after an install it cannot clear documents
	Lies     bool          // it says it installed, and did not
	Skew     time.Duration // of its clock
}

// A Device is one device's interface on loopback.
type Device struct {
	Name string

	t         testing.TB
	authority *Authority
	inbox     string
	shows     tls.Certificate
	address   string
	changed   chan struct{} // closed and made anew at each change

	mu       sync.Mutex
	server   *http.Server
	faults   Faults
	status   protocol.Status
	installs map[string]*protocol.Install
	received int64
	cutAt    int64
	begun    int // installs
	done     int // installs that changed what is held
}

// NewDevice starts a device that holds nothing of a list yet.
func NewDevice(t testing.TB, a *Authority, name string) *Device {
	t.Helper()
	return NewDeviceAs(t, a, name, a.Valid(protocol.Device, name))
}

// NewDeviceAs starts a device that shows this certificate.
func NewDeviceAs(t testing.TB, a *Authority, name string, shows tls.Certificate) *Device {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	d := &Device{
		Name: name, t: t, authority: a, inbox: t.TempDir(), address: l.Addr().String(), shows: shows,
		changed: make(chan struct{}), installs: map[string]*protocol.Install{},
	}
	d.status = protocol.Status{Device: name, Software: "test", Started: time.Now().UTC(), Ready: true, Lists: []protocol.Held{{Name: "sltd", State: "missing"}}}
	d.serve(l)
	t.Cleanup(d.Off)
	return d
}

func (d *Device) serve(l net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+protocol.StatusPath, d.getStatus)
	mux.HandleFunc("GET "+protocol.FilesPath, d.guarded(d.getPart))
	mux.HandleFunc("PUT "+protocol.FilesPath, d.guarded(d.putPart))
	mux.HandleFunc("DELETE "+protocol.FilesPath, d.guarded(d.deleteFile))
	mux.HandleFunc("POST "+protocol.InstallsPath, d.guarded(d.postInstall))
	mux.HandleFunc("GET "+protocol.InstallPath, d.guarded(d.getInstall))
	server := &http.Server{Handler: mux, ErrorLog: quiet, TLSConfig: &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{d.shows},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: d.authority.Pool(),
	}}
	d.update(func() { d.server = server })
	go server.ServeTLS(l, "", "") // ends with Close
}

// Entry returns the device as an inventory has it.
func (d *Device) Entry() inventory.Device {
	return inventory.Device{Name: d.Name, Address: d.address, Site: "zrh", Lane: "1"}
}

// Set changes faults.
func (d *Device) Set(change func(*Faults)) {
	d.update(func() {
		change(&d.faults)
		d.cutAt = d.received + d.faults.CutAfter
	})
}

// Status changes what the device says of itself.
func (d *Device) Status(change func(*protocol.Status)) { d.update(func() { change(&d.status) }) }

func (d *Device) update(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
	close(d.changed)
	d.changed = make(chan struct{})
}

// A Count is what a device was asked to do.
type Count struct {
	Received int64 // bytes of files
	Begun    int   // installs
	Done     int   // installs that changed what is held
	Release  uint64
}

// Count returns what the device was asked to do.
func (d *Device) Count() Count {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Count{Received: d.received, Begun: d.begun, Done: d.done, Release: d.status.Lists[0].Release}
}

// Off takes the device off the network, and On back, at the same address.
func (d *Device) Off() {
	d.mu.Lock()
	server := d.server
	d.mu.Unlock()
	server.Close()
}

// On brings a device back that was off.
func (d *Device) On() {
	l, err := net.Listen("tcp", d.address)
	must(d.t, err)
	d.serve(l)
}

// Wait returns when cond is so of what the device was asked to do, and reports
// whether it is: ctx may be done before.
func (d *Device) Wait(ctx context.Context, cond func(Count) bool) bool {
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if cond(d.Count()) {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

func (d *Device) file(list, name string) string {
	return filepath.Join(d.inbox, list, filepath.FromSlash(name))
}

// Plant puts a part of a file of a size where files are brought to.
func (d *Device) Plant(list, name string, size int64, have int) {
	d.t.Helper()
	path := d.file(list, name)
	must(d.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(d.t, os.WriteFile(path, make([]byte, have), 0o600))
	must(d.t, os.WriteFile(path+"~size", []byte(strconv.FormatInt(size, 10)), 0o600))
}

func (d *Device) clearInbox(list string) { os.RemoveAll(filepath.Join(d.inbox, list)) }
