package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/firmware/api"
	"portcullis/firmware/identity/identitytest"
	"portcullis/protocol"
)

// Ask the test binary to be a device that serves, with the identity in a folder
// and an installer that never ends.
const (
	otherKeys  = "PORTCULLIS_TEST_API_KEYS"
	otherInbox = "PORTCULLIS_TEST_API_INBOX"
)

func TestMain(m *testing.M) {
	if os.Getenv(otherKeys) == "" {
		os.Exit(m.Run())
	}
	i, _ := identitytest.NewDevice(os.Getenv(otherKeys), now, now)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	installer := newInstaller()
	installer.hold = make(chan struct{})
	go func() {
		<-installer.began
		fmt.Println("began")
	}()
	fmt.Println(l.Addr())
	err = api.New(api.Options{
		TLS: i.ServerTLS(), Inbox: os.Getenv(otherInbox), Lists: []string{"sltd"}, Installer: installer, Limits: api.Limits{File: 1 << 20, Inbox: 2 << 20},
		Status: func() protocol.Status { return protocol.Status{} }, Erased: func() bool { return false }, Log: slog.New(slog.DiscardHandler),
	}).Serve(context.Background(), l)
	fmt.Fprintln(os.Stderr, err)
}

// elsewhere serves the device in another process, until kill is called. Said are
// the lines that it prints.
func (d *device) elsewhere(t *testing.T) (said *bufio.Scanner, kill func()) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), otherKeys+"="+d.identity.Dir, otherInbox+"="+d.dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said = bufio.NewScanner(out)
	said.Scan()
	d.url = "https://" + said.Text()
	return said, func() {
		c.Process.Kill()
		c.Wait()
		d.client.CloseIdleConnections()
	}
}

func TestWhatWasBroughtOutlivesTheProcess(t *testing.T) {
	d := start(t, nil)
	_, kill := d.elsewhere(t)
	body, pipe := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := ask(t.Context(), d.client, http.MethodPut, d.url+files+name, "bytes 0-15999/16000", body)
		done <- err
	}()
	if _, err := pipe.Write(file[:6000]); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		found, _ := filepath.Glob(filepath.Join(d.dir, "sltd/.parts/*"))
		info, err := os.Stat(strings.Join(found, ""))
		return err == nil && info.Size() == 6000
	})
	kill()
	pipe.Close()
	if err := <-done; err == nil {
		t.Error("the request did not break")
	}

	said, kill := d.elsewhere(t)
	d.mustHave(t, name, 16000, 6000)
	if a := d.put(t, name, file, 6000, 16000); a.status != 200 {
		t.Fatalf("the rest: %s", a.body)
	}
	d.install(t, protocol.InstallRequest{ID: "1"})
	if said.Scan(); said.Text() != "began" {
		t.Fatalf("it says %q", said.Text())
	}
	kill()

	_, kill = d.elsewhere(t)
	defer kill()
	d.mustHold(t, name, file)
	if got := d.ask(t, http.MethodGet, installs+"/1", "", nil).problem(); got != "404 not-known" {
		t.Errorf("the install that was cut short: %s", got)
	}
	if a := d.install(t, protocol.InstallRequest{ID: "1"}); a.status != 202 {
		t.Errorf("asked for again: %s", a.body)
	}
}
