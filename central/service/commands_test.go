package service_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/central/authority"
	"portcullis/central/service"
	"portcullis/protocol"
)

func commands(r *rig) (socket string) {
	socket = filepath.Join(r.TempDir(), "s")
	l := must(service.ListenCommands(socket))(r)
	r.run(func(ctx context.Context) error { return r.service.ServeCommands(ctx, l) })
	return socket
}

func TestCommandsMakeCodesRevokeAndOrder(t *testing.T) {
	r := newRig(t)
	socket, ctx := commands(r), context.Background()
	if info := must(os.Stat(socket))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v", info.Mode())
	}
	code := must(service.Ask[service.Code](ctx, socket, service.CodePath, service.CodeRequest{Name: "gate-7", Site: "hall B", Life: time.Hour}))(t)
	key := newKey(t)
	made := read[protocol.Certificate](t, r.caller(nil).post(protocol.EnrolPath, protocol.EnrolRequest{Code: code.Code, Request: request(t, key)}))
	gate := r.caller(r.pair(key, made))
	read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	if inv := must(service.Ask[protocol.Inventory](ctx, socket, service.ListPath, url.Values{"site": {"hall"}}))(t); len(inv.Devices) != 1 {
		t.Errorf("listed %+v", inv)
	}
	sync := must(service.Ask[protocol.Order](ctx, socket, service.OrderPath, protocol.OrderRequest{Device: "gate-7", Kind: protocol.Sync}))(t)
	must(service.Ask[struct{}](ctx, socket, service.CancelPath, service.CancelRequest{Name: "gate-7", ID: sync.ID}))(t)
	erase := must(service.Ask[protocol.Order](ctx, socket, service.RevokePath, service.RevokeRequest{Name: "gate-7", Lost: true}))(t)
	if reply := read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3))); len(reply.Orders) != 1 || reply.Orders[0] != erase {
		t.Errorf("the device is told %+v", reply.Orders)
	}
	d := must(service.Ask[service.Detail](ctx, socket, service.ShowPath, service.NameRequest{Name: "gate-7"}))(t)
	if !d.Lost || d.Standing != "revoked" || len(d.Orders) != 1 || len(d.History["sltd"]) != 1 {
		t.Errorf("shown as %+v", d)
	}
	if _, err := service.Ask[service.Code](ctx, socket, service.CodePath, service.CodeRequest{Name: "gate-7", Life: time.Hour}); err == nil || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("a code for it: %v", err)
	}
	must(service.Ask[service.Code](ctx, socket, service.CodePath, service.CodeRequest{Name: "gate-7", Life: time.Hour, Readmit: true}))(t)
	if barred := must(r.authority.Barred(protocol.Device, "gate-7"))(t); barred {
		t.Error("readmitted, it gets no certificate")
	}
	if _, err := service.Ask[protocol.Order](ctx, socket, service.RevokePath, service.RevokeRequest{Name: "gate-9"}); err == nil || errors.Is(err, service.ErrNobody) {
		t.Errorf("a device that is not known: %v", err)
	}
	if _, err := service.Ask[protocol.Order](ctx, socket+"x", service.RevokePath, 1); !errors.Is(err, service.ErrNobody) {
		t.Errorf("no socket: %v", err)
	}
}

func TestARevocationInTheFolderCountsWhileTheServiceRuns(t *testing.T) {
	r := newRig(t)
	tool := r.as(protocol.Fleet, "tool")
	if a := tool.get(protocol.DevicesPath); a.status != 200 {
		t.Fatalf("%d", a.status)
	}
	other := must(authority.Open(filepath.Join(r.dir, "authority")))(t)
	defer other.Close()
	if err := other.Bar(noon, protocol.Fleet, "tool", "left"); err != nil {
		t.Fatal(err)
	}
	tool.get(protocol.DevicesPath).want(t, "on an open connection", 403, protocol.ProblemDenied)
}
