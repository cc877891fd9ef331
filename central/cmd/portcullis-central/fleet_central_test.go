package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"portcullis/central/rollout/push"
	"portcullis/central/rollout/rollouttest"
	"portcullis/protocol"
)

// inventoryOf serves an inventory of devices, as the holder of a certificate.
func inventoryOf(t *testing.T, a *rollouttest.Authority, role protocol.Role, inventory func() any) (address string) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"devices": inventory()})
	}))
	s.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{a.Valid(role, "centre")},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.Pool(),
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func TestDevicesAndWhatTheyHoldComeFromTheCentralService(t *testing.T) {
	b := newFleetBench(t, 5)
	b.run(0, b.with("push", "--select", "name=gate-00")...)
	b.devices[0].Off() // that it holds the release is known without asking it
	now := time.Now().UTC()
	known := func() any {
		var all []map[string]any
		for i, d := range b.devices {
			s := protocol.Status{Device: d.Name, Address: d.Entry().Address, Ready: true, Clock: now, Lists: []protocol.Held{{Name: "sltd", State: "missing"}}}
			k := map[string]any{"name": d.Name, "site": "zrh", "heard": now, "status": &s}
			switch i {
			case 0:
				r := newest(t, b.repo)
				s.Lists[0] = protocol.Held{Name: "sltd", Release: r.Sequence, Root: r.Root, State: "fresh", Checked: now}
			case 1:
				k["revoked"] = now
			case 2:
				k["heard"] = now.Add(-72 * time.Hour)
				s.Clock = now.Add(-72 * time.Hour)
			case 3:
				delete(k, "heard")
				delete(k, "status")
			}
			all = append(all, k)
		}
		return all
	}
	flags := append([]string{"--central", inventoryOf(t, b.authority, protocol.Central, known)}, b.tool[2:]...)
	out, _ := b.run(3, append([]string{"push", "--json", "--repository", b.repo, "--list", "sltd"}, flags...)...)
	got := map[string]string{}
	for _, v := range objects(t, out) {
		if name, ok := v["device"].(string); ok {
			got[name] = v["state"].(string)
		}
	}
	want := map[string]string{"gate-00": "skipped", "gate-02": "pending", "gate-03": "pending", "gate-04": "healthy"}
	for name, state := range want {
		if got[name] != state {
			t.Errorf("%s is %s, want %s", name, got[name], state)
		}
	}
	if got["gate-01"] != "" {
		t.Error("a device whose certificate is revoked is sent to")
	}

	out, _ = b.run(3, append([]string{"status"}, flags...)...)
	for _, want := range []string{"gate-03  zrh                              never heard of", "silent for 3d"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("it does not say %q: %s", want, out)
		}
	}

	// Who has another role is no central service.
	flags[1] = inventoryOf(t, b.authority, protocol.Device, known)
	_, errs := b.run(1, append([]string{"status"}, flags...)...)
	if !strings.Contains(errs, "not one of central") {
		t.Errorf("it says %s", errs)
	}
}

func newest(t *testing.T, repo string) push.Release {
	t.Helper()
	folder, err := push.OpenFolder(repo, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := folder.Newest(t.Context(), "sltd")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestATerminalGetsABarAndOnlyItsFailuresAsLines(t *testing.T) {
	b := newFleetBench(t, 8)
	b.devices[3].Set(func(f *rollouttest.Faults) { f.Code = "wrong-key" })
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string)
	go func() {
		data, _ := io.ReadAll(master) // ends with an error when the other end is closed
		seen <- string(data)
	}()
	var out bytes.Buffer
	code := execute(t.Context(), append([]string{"fleet"}, b.with("push")...), nil, &out, terminal)
	terminal.Close()
	bar := <-seen
	master.Close()
	if code != exitPartly || !strings.Contains(bar, "/8)") {
		t.Errorf("exit %d; the terminal shows %q", code, bar)
	}
	if strings.Count(out.String(), "\n") != 2 || !strings.Contains(out.String(), "7 healthy, 1 failed") || !strings.Contains(out.String(), "gate-03: failed: wrong-key") {
		t.Errorf("beside it stands %q", &out)
	}
}
