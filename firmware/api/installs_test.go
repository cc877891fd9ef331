package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"portcullis/protocol"
)

const installs = "/v1/lists/sltd/installs"

// wait waits for the end of an install.
func (d *device) wait(t *testing.T, id string) (i protocol.Install) {
	t.Helper()
	d.ask(t, http.MethodGet, installs+"/"+id+"?wait=60", "", nil).into(t, &i)
	if !i.Done || i.ID != id || i.List != "sltd" || i.Began.IsZero() || i.Ended.IsZero() {
		t.Errorf("it ended as %+v", i)
	}
	return i
}

func (d *device) install(t *testing.T, r protocol.InstallRequest) asked {
	t.Helper()
	a := d.post(t, installs, r)
	if a.status == 202 && a.header.Get("Location") != installs+"/"+r.ID {
		t.Errorf("it is seen at %q", a.header.Get("Location"))
	}
	return a
}

func TestAnInstallUsesWhatWasBroughtOnce(t *testing.T) {
	d := start(t, nil)
	d.put(t, timestamp, []byte("{}"), 0, 2)
	d.put(t, "1.root.json", []byte("{}"), 0, 2)
	d.install(t, protocol.InstallRequest{ID: "dry", DryRun: true})
	d.wait(t, "dry")
	d.mustHave(t, timestamp, 2, 2)
	for range 3 {
		d.install(t, protocol.InstallRequest{ID: "1"})
	}
	if i := d.wait(t, "1"); i.Code != "current" || i.From != 6 || i.To != 7 || i.Progress != 1 {
		t.Errorf("it ended as %+v", i)
	}
	d.install(t, protocol.InstallRequest{ID: "1"})
	d.mustHave(t, timestamp, -1, 0)
	d.install(t, protocol.InstallRequest{ID: "pull", Pull: true})
	d.wait(t, "pull")
	if got := d.was(); got != "sltd true 3, sltd false 3, sltd false 0" { // parts, timestamp and root
		t.Errorf("it was asked for %s", got)
	}
	if got := d.install(t, protocol.InstallRequest{ID: "1", Pull: true}).problem(); got != "400 bad-request" {
		t.Errorf("the ID for something else: %s", got)
	}
}

func TestInstallsAreWorkedOnOneAfterAnother(t *testing.T) {
	d := start(t, nil)
	d.hold = make(chan struct{})
	for i := range 8 {
		if a := d.install(t, protocol.InstallRequest{ID: fmt.Sprint(i)}); a.status != 202 {
			t.Fatalf("the %dth: %s", i, a.body)
		}
	}
	if got := d.install(t, protocol.InstallRequest{ID: "8"}).problem(); got != "429 too-many-requests" {
		t.Errorf("one too many: %s", got)
	}
	<-d.began
	if got := d.put(t, timestamp, []byte("{}"), 0, 2).problem(); got != "429 too-many-requests" {
		t.Errorf("a file meanwhile: %s", got)
	}
	if got := d.ask(t, http.MethodDelete, "/v1/lists/sltd/files", "", nil).problem(); got != "429 too-many-requests" {
		t.Errorf("clearing meanwhile: %s", got)
	}
	var i protocol.Install
	d.ask(t, http.MethodGet, installs+"/7?wait=0", "", nil).into(t, &i)
	if i.Done {
		t.Error("the last is done before its turn")
	}
	close(d.hold)
	for i := range 8 {
		d.wait(t, fmt.Sprint(i))
	}
	if d.most != 1 {
		t.Errorf("%d ran at once", d.most)
	}
}

func TestWhatMayYetBeOfUseIsKept(t *testing.T) {
	d := start(t, nil)
	for i, x := range []struct {
		code string
		err  error
		kept bool
	}{
		{"fetch-failed", nil, true}, {"no-space", nil, true}, {"apply-failed", nil, true}, {"", errors.New("broken"), true},
		{"file-mismatch", nil, false}, {"rollback", nil, false}, {"current", nil, false},
	} {
		d.code, d.err = x.code, x.err
		d.put(t, timestamp, []byte("{}"), 0, 2)
		d.install(t, protocol.InstallRequest{ID: fmt.Sprint(i)})
		got := d.wait(t, fmt.Sprint(i))
		if x.err != nil && got.Code != "failed" || x.err == nil && got.Code != x.code || strings.Contains(got.Text, "broken") {
			t.Errorf("%s %v: it ended as %+v", x.code, x.err, got)
		}
		var p protocol.Part
		d.ask(t, http.MethodGet, files+timestamp, "", nil).into(t, &p)
		if (p.Size >= 0) != x.kept {
			t.Errorf("%s %v: there is %+v", x.code, x.err, p)
		}
	}
}

func TestTheLastResultsAreRemembered(t *testing.T) {
	d := start(t, nil)
	for i := range 40 {
		d.install(t, protocol.InstallRequest{ID: fmt.Sprint(i)})
		d.wait(t, fmt.Sprint(i))
	}
	for id, want := range map[string]int{"0": 404, "7": 404, "8": 200, "39": 200} {
		if a := d.ask(t, http.MethodGet, installs+"/"+id, "", nil); a.status != want {
			t.Errorf("install %s: %d", id, a.status)
		}
	}
	if got := d.ask(t, http.MethodGet, installs+"/39?wait=x", "", nil).problem(); got != "400 bad-request" {
		t.Errorf("waiting for x: %s", got)
	}
}

// TestAnInstallThatIsCutShortIsBegunAgain ends the server in its middle.
func TestAnInstallThatIsCutShortIsBegunAgain(t *testing.T) {
	d := start(t, nil)
	d.hold = make(chan struct{})
	d.put(t, timestamp, []byte("{}"), 0, 2)
	d.install(t, protocol.InstallRequest{ID: "1"})
	<-d.began
	waiting := make(chan error, 1)
	go func() {
		_, err := ask(context.Background(), d.client, http.MethodGet, d.url+installs+"/1?wait=60", "", nil)
		waiting <- err
	}()
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	<-waiting // whoever waits is not kept
	close(d.hold)
	d.serve(t, nil)
	d.mustHave(t, timestamp, 2, 2)
	d.install(t, protocol.InstallRequest{ID: "1"})
	d.wait(t, "1")
	if got := d.was(); got != "sltd false 2, sltd false 2" {
		t.Errorf("it was asked for %s", got)
	}
}

// TestAnInterfaceWhoseListenerFailedIsServedAnew has an install worked on when
// it fails, and another wait for its turn.
func TestAnInterfaceWhoseListenerFailedIsServedAnew(t *testing.T) {
	d := start(t, nil)
	d.hold = make(chan struct{})
	d.install(t, protocol.InstallRequest{ID: "1", Pull: true})
	d.install(t, protocol.InstallRequest{ID: "2", Pull: true})
	<-d.began
	before := d.url
	if err := d.fail(); err == nil {
		t.Error("the server does not say that it failed")
	}
	if a, err := ask(t.Context(), d.client, http.MethodGet, before+protocol.StatusPath, "", nil); err == nil {
		t.Errorf("a connection of before still answers %d", a.status)
	}
	close(d.hold)
	d.listen(t)
	for _, id := range []string{"1", "2"} {
		d.install(t, protocol.InstallRequest{ID: id, Pull: true})
		if i := d.wait(t, id); i.Code != "current" {
			t.Errorf("it ended as %+v", i)
		}
	}
}
