package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/cache/keys"
	"portcullis/firmware/console"
	"portcullis/firmware/identity"
	"portcullis/firmware/identity/identitytest"
	"portcullis/protocol"
)

// A fleet is a central, and a tool that brings lists.
type fleet struct {
	*identitytest.Central
	tool *http.Client
}

// join makes a site's device one of a fleet: not enrolled yet, and without a
// source of its own.
func join(t *testing.T, s *site) *fleet {
	t.Helper()
	now := time.Now().Add(-time.Minute)
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, now), func() time.Time { return now })
	text, err := os.ReadFile(s.configFile())
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, fmt.Sprintf("[fleet]\ncentral = %q\nlisten = \"127.0.0.1:0\"\n", c.URL)...)
	mustWrite(t, s.configFile(), bytes.Replace(text, []byte("source "), []byte("# source "), 1))
	if s.config, err = loadConfig(s.configFile()); err != nil {
		t.Fatal(err)
	}
	shown := c.Issue(t, protocol.Fleet, "tool", now, now.AddDate(1, 0, 0))
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{shown}}}
	t.Cleanup(transport.CloseIdleConnections)
	return &fleet{c, &http.Client{Transport: transport}}
}

// enrol types what a technician does, and returns what is printed.
func (s *site) enrol(t *testing.T, c *identitytest.Central, code string) (out string, exit int) {
	t.Helper()
	ca := filepath.Join(s.dir, "authority.pem")
	mustWrite(t, ca, []byte(c.PEM))
	var said bytes.Buffer
	exit = execute(t.Context(), []string{"enrol", "--config", s.configFile(), "--ca", ca}, streams{strings.NewReader(code + "\n"), &said, &said})
	return said.String(), exit
}

// hears waits until central was told something.
func (f *fleet) hears(t *testing.T, what string, told func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		f.Lock()
		so := told()
		f.Unlock()
		if so {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("central has not heard of %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// said is the last status that central has heard, for whoever does not hold its
// lock.
func (f *fleet) said() protocol.Status {
	f.Lock()
	defer f.Unlock()
	return f.last()
}

// last is the last status that central has heard.
func (f *fleet) last() protocol.Status {
	if len(f.Heard) == 0 {
		return protocol.Status{}
	}
	return f.Heard[len(f.Heard)-1]
}

// ask asks a device, and reads its answer.
func (f *fleet) ask(t *testing.T, method, url string, body []byte, answer any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := f.tool.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 || json.Unmarshal(text, answer) != nil {
		t.Fatalf("%s %s: %d %s %v", method, url, response.StatusCode, text, err)
	}
}

func TestAnEnrolledDeviceReportsAndIsBroughtItsLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	f := join(t, s)
	f.Codes["ABCD-EFGH"] = "gate-7"
	l := s.start(t)
	if out, exit := s.enrol(t, f.Central, "guessed"); exit != exitFailed || !strings.Contains(out, "refuses") {
		t.Errorf("with a guessed code it exits with %d and says %s", exit, out)
	}
	out, exit := s.enrol(t, f.Central, "ABCD-EFGH")
	if exit != exitOK || !strings.Contains(out, "name        gate-7") {
		t.Fatalf("it exits with %d and says %s", exit, out)
	}
	f.hears(t, "the device", func() bool { return f.last().Device == "gate-7" && f.last().Address != "" })
	if s := f.said(); s.Ready || len(s.Lists) != 1 || s.Lists[0].State != "missing" || s.Lists[0].Release != 0 {
		t.Errorf("without a list it says %+v", s)
	}

	base := "https://" + f.said().Address + "/v1/lists/sltd/"
	f.bring(t, s, base)
	var i protocol.Install
	f.ask(t, http.MethodPost, base+"installs", []byte(`{"id":"1"}`), &i)
	f.ask(t, http.MethodGet, base+"installs/1?wait=60", nil, &i)
	if !i.Done || i.Code != "current" || i.From != 0 || i.To != 1 {
		t.Fatalf("the list is brought with %+v", i)
	}
	l.ready(t)
	l.mustClear(t)
	f.hears(t, "the list and the document", func() bool {
		s := f.last()
		return s.Ready && s.Checked == 1 && s.Lists[0].Release == 1 && s.Lists[0].State == "fresh"
	})
	if left, err := os.ReadDir(s.folder().Inbox()); err != nil || len(left) > 0 {
		t.Errorf("the inbox holds %v: %v", left, err)
	}
}

// bring puts all files of the site's repository, the timestamp last.
func (f *fleet) bring(t *testing.T, s *site, base string) {
	t.Helper()
	repository := os.DirFS(s.central.dir)
	signed, err := fs.Glob(repository, "[0-9t]*.json")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(repository, "sltd/[^.]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, signed...) {
		data, err := fs.ReadFile(repository, name)
		if err != nil {
			t.Fatal(err)
		}
		var p protocol.Part
		f.ask(t, http.MethodPut, base+"files/"+name, data, &p)
		if p.Have != int64(len(data)) {
			t.Errorf("of %s there is %+v", name, p)
		}
	}
}

// TestAnOrderToEraseIsReportedAfterARestart keeps central from hearing of it.
func TestAnOrderToEraseIsReportedAfterARestart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	f := join(t, s)
	f.Codes["ABCD-EFGH"] = "gate-7"
	if out, exit := s.enrol(t, f.Central, "ABCD-EFGH"); exit != exitOK {
		t.Fatal(out)
	}
	f.Deaf = true
	f.Orders = []protocol.Order{{ID: "order-1", Kind: protocol.Erase}}
	l := s.start(t)
	l.await(t, "lists that were erased", func(v console.View) bool {
		return slices.ContainsFunc(v.Faults, func(f console.Fault) bool { return f.Code == "lists-erased" })
	})
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}
	if !keys.IsErased(s.folder().Keys()) || len(f.Finished) > 0 {
		t.Fatalf("the keys are erased: %t, central was told %v", keys.IsErased(s.folder().Keys()), f.Finished)
	}

	f.Lock()
	f.Deaf, f.Heard = false, nil
	f.Unlock()
	s.start(t)
	f.hears(t, "what was done", func() bool { return len(f.Finished) == 1 && f.last().Erased })
	if f.Finished[0] != (protocol.OrderDone{ID: "order-1"}) {
		t.Errorf("central was told %v", f.Finished)
	}
	f.hears(t, "everything", func() bool {
		left, _ := filepath.Glob(filepath.Join(s.folder().Keys(), "*"))
		return len(left) == 2 // device.key, which says that it was erased, and identity.json, which is no secret
	})
}

// TestEnrollingForgetsTheOrdersOfBefore has a running device with orders that it
// obeyed for another central, whose names come again.
func TestEnrollingForgetsTheOrdersOfBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	f := join(t, s)
	before := []byte(`{"orders":[{"id":"order-1","kind":"sync","done":true,"told":true}]}`)
	mustWrite(t, s.folder().Orders(), before)
	s.start(t)
	if _, exit := s.enrol(t, f.Central, "no code"); exit == exitOK {
		t.Fatal("it is enrolled without a code")
	}
	if kept, err := os.ReadFile(s.folder().Orders()); !bytes.Equal(kept, before) {
		t.Errorf("without being enrolled it has %q, %v", kept, err)
	}
	f.Codes["ABCD-EFGH"] = "gate-7"
	f.Orders = []protocol.Order{{ID: "order-1", Kind: protocol.Erase}}
	if out, exit := s.enrol(t, f.Central, "ABCD-EFGH"); exit != exitOK {
		t.Fatal(out)
	}
	f.hears(t, "what was done", func() bool { return len(f.Finished) == 1 && f.last().Erased })
}

func TestALocalErasingLeavesNoIdentity(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	f := join(t, s)
	f.Codes["ABCD-EFGH"] = "gate-7"
	if out, exit := s.enrol(t, f.Central, "ABCD-EFGH"); exit != exitOK {
		t.Fatal(out)
	}
	i := openIdentity(s.folder(), s.config.Keys.ring(s.folder().Keys()))
	if err := i.Farewell(); err != nil { // as an order may have left it
		t.Fatal(err)
	}
	var said bytes.Buffer
	if exit := execute(t.Context(), []string{"keys", "erase", "--yes", "--config", s.configFile()}, streams{nil, &said, &said}); exit != exitOK {
		t.Fatal(said.String())
	}
	if s := openIdentity(s.folder(), s.config.Keys.ring(s.folder().Keys())).Status(); s.State != identity.StateUnusable {
		t.Errorf("it is %+v", s)
	}
}

// TestAStickIsUsedByItself lays one where sticks appear.
func TestAStickIsUsedByItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	media := t.TempDir()
	s.config.Lists[0].Source = ""
	s.config.USB.Paths = []string{media}
	l := s.start(t)
	l.await(t, "a lane without a list", func(v console.View) bool { return len(v.Lists) == 1 && v.Lists[0].State == "missing" })
	ready := filepath.Join(t.TempDir(), "portcullis")
	if err := os.CopyFS(ready, os.DirFS(s.central.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(media, "STICK"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(ready, filepath.Join(media, "STICK", "portcullis")); err != nil {
		t.Fatal(err)
	}
	l.ready(t)
	l.mustClear(t)
}
