package service_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"portcullis/central/authority"
	"portcullis/central/service"
	"portcullis/protocol"
)

func TestEachRoleMayAskWhatIsItsOwnAndNothingElse(t *testing.T) {
	r := newRig(t, func(o *service.Options) {
		o.Routes = map[string]service.Route{"POST " + protocol.SearchPath: {
			Roles: []protocol.Role{protocol.Query},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				who, _ := authority.HolderOf(r.Context())
				fmt.Fprintf(w, `{"who":%q}`, who.Name)
			}),
		}}
	})
	stranger := newRig(t)
	must(r.inventory.Report(noon, "gate-7", r.status("gate-7", 3)))(t)
	callers := map[string]caller{
		"device": r.as(protocol.Device, "gate-7"), "fleet": r.as(protocol.Fleet, "gate-7"), "query": r.as(protocol.Query, "gate-7"),
		"central": r.as(protocol.Central, "gate-7"), "nobody": r.caller(nil), "stranger": r.caller(stranger.holder(protocol.Device, "gate-7")),
	}
	for _, c := range []struct {
		method, path string
		body         any
		may          string
	}{
		{"POST", protocol.HeartbeatPath, r.status("gate-7", 3), "device"},
		{"POST", protocol.DonePath, protocol.OrderDone{ID: "x"}, "device"},
		{"POST", protocol.RenewPath, protocol.RenewRequest{Request: request(t, newKey(t))}, "device"},
		{"GET", protocol.DevicesPath, nil, "fleet"},
		{"POST", protocol.OrdersPath, protocol.OrderRequest{Device: "gate-7", Kind: protocol.Sync}, "fleet"},
		{"GET", "/", nil, "fleet"},
		{"GET", "/metrics", nil, "fleet"},
		{"GET", "/page.css", nil, "fleet"},
		{"POST", protocol.SearchPath, protocol.SearchRequest{}, "query"},
	} {
		for name, who := range callers {
			a := who.get(c.path)
			if c.method == "POST" {
				a = who.post(c.path, c.body)
			}
			switch {
			case name == c.may && a.status/100 != 2:
				t.Errorf("%s at %s: %d %s", name, c.path, a.status, a.body)
			case name == "nobody" || name == "stranger":
				if name != c.may {
					a.want(t, name+" at "+c.path, http.StatusUnauthorized, protocol.ProblemDenied)
				}
			case name != c.may:
				a.want(t, name+" at "+c.path, http.StatusForbidden, protocol.ProblemDenied)
			}
		}
	}
	if a := callers["query"].post(protocol.SearchPath, 1); string(a.body) != `{"who":"gate-7"}` {
		t.Errorf("a route learns %s", a.body)
	}
}

func TestAReportInTheNameOfAnotherDeviceIsRefused(t *testing.T) {
	r := newRig(t)
	a, b := r.caller(r.enrol("gate-7", "")), r.caller(r.enrol("gate-8", ""))
	read[protocol.HeartbeatReply](t, b.post(protocol.HeartbeatPath, r.status("gate-8", 3)))
	a.post(protocol.HeartbeatPath, r.status("gate-8", 1)).want(t, "another's name", http.StatusForbidden, protocol.ProblemDenied)
	if d := must(r.inventory.Device("gate-8"))(t); d.Status.Lists[0].Release != 3 {
		t.Error("the other device changed")
	}
	order := must(r.inventory.Order(noon, "gate-8", protocol.Erase))(t)
	a.post(protocol.DonePath, protocol.OrderDone{ID: order.ID})
	if d := must(r.inventory.Device("gate-8"))(t); d.HasErased() || len(d.Orders) != 1 {
		t.Error("the other device counts as erased")
	}
}

func TestARevokedDeviceIsToldToEraseAndGetsNothingElse(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	must(r.inventory.Order(noon, "gate-7", protocol.Sync))(t)
	if err := r.authority.Bar(noon, protocol.Device, "gate-7", "stolen"); err != nil {
		t.Fatal(err)
	}
	var erase protocol.Order
	told := func(what string, body any) {
		t.Helper()
		reply := read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, body))
		if len(reply.Orders) != 1 || reply.Orders[0].Kind != protocol.Erase {
			t.Errorf("%s: it is told %+v", what, reply.Orders)
			return
		}
		erase = reply.Orders[0]
	}
	told("on an open connection", r.status("gate-7", 3))
	told("whatever it sends", "garbage")
	told("whoever it says it is", r.status("gate-8", 3))
	gate.post(protocol.RenewPath, protocol.RenewRequest{Request: request(t, newKey(t))}).want(t, "renewing", http.StatusForbidden, protocol.ProblemDenied)
	gate.get(protocol.DevicesPath).want(t, "the inventory", http.StatusForbidden, protocol.ProblemDenied)
	r.at(noon.Add(3000 * day)) // long after the end of its certificate
	told("after years", r.status("gate-7", 3))
	if d := must(r.inventory.Device("gate-7"))(t); d.Revoked.IsZero() || d.Heard != r.clock() || d.HasErased() {
		t.Errorf("it is known as %+v", d)
	}
	if a := gate.post(protocol.DonePath, protocol.OrderDone{ID: erase.ID}); a.status != http.StatusNoContent {
		t.Errorf("done: %d %s", a.status, a.body)
	}
	if d := must(r.inventory.Device("gate-7"))(t); !d.HasErased() {
		t.Error("that it erased itself is not known")
	}
	told("having erased itself", protocol.Status{Device: "gate-7", Erased: true})
	before := erase
	told("again", protocol.Status{Device: "gate-7", Erased: true})
	if before != erase {
		t.Error("it is told under another name each time")
	}
	r.at(r.clock().Add(day))
	if told("the next day", protocol.Status{Device: "gate-7"}); before == erase {
		t.Error("one that failed would not try again")
	}
}

func TestOrdersReachTheirDeviceAndErasingIsConfirmed(t *testing.T) {
	r := newRig(t)
	gate, tool := r.caller(r.enrol("gate-7", "")), r.as(protocol.Fleet, "tool")
	tool.post(protocol.OrdersPath, protocol.OrderRequest{Device: "gate-7", Kind: protocol.Erase}).want(t, "not confirmed", http.StatusUnprocessableEntity, protocol.ProblemRequest)
	tool.post(protocol.OrdersPath, protocol.OrderRequest{Device: "gate-7", Kind: protocol.Erase, Confirm: "gate-8"}).want(t, "another's name", http.StatusUnprocessableEntity, protocol.ProblemRequest)
	tool.post(protocol.OrdersPath, protocol.OrderRequest{Device: "gate-9", Kind: protocol.Sync}).want(t, "no such device", http.StatusNotFound, protocol.ProblemUnknown)
	tool.post(protocol.OrdersPath, protocol.OrderRequest{Device: "gate-7", Kind: "dance"}).want(t, "no such order", http.StatusNotFound, protocol.ProblemUnknown)
	given := read[protocol.Order](t, tool.post(protocol.OrdersPath, protocol.OrderRequest{Device: "gate-7", Kind: protocol.Erase, Confirm: "gate-7"}))
	reply := read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	if len(reply.Orders) != 1 || reply.Orders[0] != given {
		t.Errorf("it is told %+v", reply.Orders)
	}
	if a := gate.post(protocol.DonePath, protocol.OrderDone{ID: given.ID}); a.status != http.StatusNoContent {
		t.Errorf("done: %d", a.status)
	}
	inv := read[protocol.Inventory](t, tool.get(protocol.DevicesPath))
	if d := inv.Devices[0]; d.Standing != "erased" || d.Copies[0].State != "erased" || d.Erased.IsZero() {
		t.Errorf("known as %+v", d)
	}
}

func TestSayingTwiceThatAnOrderIsDoneIsNoError(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	order := must(r.inventory.Order(noon, "gate-7", protocol.Sync))(t)
	for range 2 { // the first answer was lost
		if a := gate.post(protocol.DonePath, protocol.OrderDone{ID: order.ID}); a.status != http.StatusNoContent {
			t.Errorf("done: %d %s", a.status, a.body)
		}
	}
}

func TestDevicesLearnWhichToolsAreRevoked(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	told := func() []string {
		return read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3))).Revoked
	}
	lost, copied := r.holder(protocol.Fleet, "lost"), r.holder(protocol.Central, "central-2")
	r.holder(protocol.Fleet, "good")
	r.enrol("gate-8", "")
	if err := errors.Join(
		r.authority.Bar(noon, protocol.Fleet, "lost", "left in a train"),
		r.authority.Revoke(noon, authority.Serial(copied.Leaf), "copied"),
		r.authority.Bar(noon, protocol.Device, "gate-8", "stolen"),
	); err != nil {
		t.Fatal(err)
	}
	want := []string{authority.Serial(lost.Leaf), authority.Serial(copied.Leaf)}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("it is told %v, want %v", got, want)
	}
	r.at(noon.Add((90 + 366) * day))
	if got := must(r.authority.RevokedTools(r.clock()))(t); len(got) != 0 {
		t.Errorf("long after their end devices are told of %v", got)
	}
}
