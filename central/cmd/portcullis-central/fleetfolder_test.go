package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"portcullis/central/authority"
	"portcullis/protocol"
)

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// central runs the program until it is done, and returns what it printed.
func central(t *testing.T, args ...string) []byte {
	t.Helper()
	c := exec.Command("portcullis-central", args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &stderr)
	}
	return out
}

// start runs a service on a folder, and returns where it answers devices.
func start(t *testing.T, dir string) (c *exec.Cmd, address string) {
	t.Helper()
	c = exec.Command("portcullis-central", "serve", "--json", "--dir", dir, "--listen", "127.0.0.1:0",
		"--fleet", filepath.Join(dir, "fleet"), "--fleet-listen", "127.0.0.1:0")
	out := must(c.StdoutPipe())(t)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	var said map[string]string
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return c, said["fleet"]
}

// post sends a message as the holder of a certificate, or as no one.
func post[T any](t *testing.T, root *x509.Certificate, own authority.Source, url string, message any) (reply T) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: authority.Trust{Root: root}.Client(own, protocol.Central, "")}}
	resp := must(client.Post(url, "application/json", bytes.NewReader(must(json.Marshal(message))(t))))(t)
	defer resp.Body.Close()
	data := must(io.ReadAll(resp.Body))(t)
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s: %s %s", url, resp.Status, data)
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &reply); err != nil {
			t.Fatalf("%s: %s", url, data)
		}
	}
	return reply
}

func TestAKilledServiceComesBackWithAllThatItAnswered(t *testing.T) {
	dir := t.TempDir()
	fleet := filepath.Join(dir, "fleet")
	central(t, "authority", "init", "--fleet", fleet)
	block, _ := pem.Decode(must(os.ReadFile(filepath.Join(fleet, "authority", "root.crt")))(t))
	root := must(x509.ParseCertificate(block.Bytes))(t)

	service, address := start(t, dir)
	var code struct{ Code string }
	if err := json.Unmarshal(central(t, "devices", "code", "gate-7", "--fleet", fleet, "--json"), &code); err != nil {
		t.Fatal(err)
	}
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	request := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key))(t)})
	made := post[protocol.Certificate](t, root, nil, address+protocol.EnrolPath, protocol.EnrolRequest{Code: code.Code, Request: string(request)})
	block, _ = pem.Decode([]byte(made.Certificate))
	own := func() (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key}, nil
	}
	report := protocol.Status{
		Device: "gate-7", Clock: time.Now(), Ready: true,
		Lists: []protocol.Held{{Name: "sltd", Release: 7, State: "fresh", Checked: time.Now()}},
	}
	post[protocol.HeartbeatReply](t, root, own, address+protocol.HeartbeatPath, report)
	central(t, "devices", "orders", "gate-7", "--sync", "--fleet", fleet)
	service.Process.Kill()
	service.Wait()

	var inv protocol.Inventory // while no service runs
	if err := json.Unmarshal(central(t, "devices", "list", "--fleet", fleet, "--json"), &inv); err != nil {
		t.Fatal(err)
	}
	if len(inv.Devices) != 1 || inv.Devices[0].Standing != "good" || inv.Devices[0].Copies[0].Release != 7 || len(inv.Devices[0].Orders) != 1 {
		t.Errorf("the inventory is %+v", inv.Devices)
	}
	_, address = start(t, dir) // and a left socket is no hindrance
	reply := post[protocol.HeartbeatReply](t, root, own, address+protocol.HeartbeatPath, report)
	if len(reply.Orders) != 1 || reply.Orders[0].Kind != protocol.Sync {
		t.Errorf("the device is told %+v", reply.Orders)
	}
	post[struct{}](t, root, own, address+protocol.DonePath, protocol.OrderDone{ID: reply.Orders[0].ID})
	central(t, "devices", "revoke", "gate-7", "--erase", "--fleet", fleet)
	reply = post[protocol.HeartbeatReply](t, root, own, address+protocol.HeartbeatPath, report)
	if len(reply.Orders) != 1 || reply.Orders[0].Kind != protocol.Erase {
		t.Errorf("revoked, it is told %+v", reply.Orders)
	}
}
