package main

import (
	"context"
	"net"
	"net/url"
	"time"

	"portcullis/cache/keys"
	"portcullis/firmware"
	"portcullis/firmware/api"
	"portcullis/firmware/identity"
	"portcullis/firmware/inspect"
	"portcullis/firmware/uplink"
	"portcullis/firmware/usb"
	"portcullis/protocol"
)

// newUplink connects a device that is enrolled with central.
func (a *appliance) newUplink() *uplink.Uplink {
	return uplink.New(uplink.Options{
		Ask: func(ctx context.Context, path string, request, reply any) error {
			return a.identity.Ask(ctx, a.config.Fleet.Central, path, request, reply)
		},
		File: a.folder.Orders(), Status: a.status, Sync: a.poke, Erase: a.eraseByOrder, Revoked: a.identity.Revoke,
		Settled: a.settled, Log: a.log,
	})
}

// floor is the newest time that was signed: by the publisher of a list, or that
// of the program's own source.
func (a *appliance) floor() time.Time {
	newest := buildTime()
	for _, l := range a.lists.Status() {
		if l.Issued.After(newest) {
			newest = l.Issued
		}
	}
	for _, f := range a.feeds {
		if floor := f.client.Status().Floor; floor.After(newest) {
			newest = floor
		}
	}
	return newest
}

// enrolEvery is how often a device that is not enrolled looks whether it is.
const enrolEvery = 5 * time.Second

// serveFleet is in touch with central and with tools of the fleet, once the
// device is enrolled. The lane does not depend on it.
func (a *appliance) serveFleet(ctx context.Context) error {
	if a.config.Fleet.Central == "" {
		return nil
	}
	for told := ""; ; {
		err := a.identity.Load()
		if err == nil {
			break
		}
		if err.Error() != told {
			told = err.Error()
			a.log.Warn("the fleet does not know this device", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(enrolEvery):
		}
	}
	central := a.newUplink() // enrolling has removed the orders of before
	return firmware.Run(ctx,
		firmware.Loop{Name: "central", Run: central.Run},
		firmware.Loop{Name: "identity", Run: func(ctx context.Context) error { return a.identity.Run(ctx, a.config.Fleet.Central, a.log) }},
		firmware.Loop{Name: "interface", Run: func(ctx context.Context) error { return a.serveInterface(ctx, central) }},
	)
}

// listenEvery is how often an interface that cannot listen tries again.
const listenEvery = 30 * time.Second

// serveInterface serves tools of the fleet.
func (a *appliance) serveInterface(ctx context.Context, central *uplink.Uplink) error {
	if a.config.Fleet.Listen == "" {
		return nil
	}
	server := api.New(api.Options{
		TLS: a.identity.ServerTLS(), Inbox: a.folder.Inbox(), Lists: a.config.listNames(), Status: a.status, Erase: central.Obey,
		Erased: a.isErased, Installer: a, Limits: api.DefaultLimits, Log: a.log,
	})
	for ctx.Err() == nil {
		l, err := net.Listen("tcp", a.config.Fleet.Listen)
		if err == nil {
			a.listening.Store(l.Addr())
			central.Report() // the first heartbeat may have gone without the address
			err = server.Serve(ctx, l)
		}
		if err != nil && ctx.Err() == nil {
			a.log.Error("tools of the fleet cannot reach this device", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(listenEvery):
		}
	}
	return nil
}

// watchSticks uses the lists of sticks that are plugged in.
func (a *appliance) watchSticks(ctx context.Context) error {
	if len(a.config.USB.Paths) == 0 {
		return nil
	}
	w := &usb.Watcher{Paths: a.config.USB.Paths, Found: a.stick, Log: a.log}
	return w.Run(ctx)
}

// poke looks for newer lists at once.
func (a *appliance) poke() {
	for _, f := range a.feeds {
		f.client.Poke()
	}
}

// settled is called while central knows of all that was ordered.
func (a *appliance) settled() {
	if !a.identity.Leaving() {
		return
	}
	if err := a.identity.Forget(); err != nil {
		a.log.Error("forget the identity of an erased device", "error", err)
	}
}

func (a *appliance) isErased() bool { return a.lists.isErased() || keys.IsErased(a.folder.Keys()) }

// status is what the device says of itself.
func (a *appliance) status() protocol.Status {
	now := time.Now().UTC()
	s := protocol.Status{
		Device: a.identity.Name(), Site: a.config.Site, Lane: a.config.Lane, Software: buildVersion().String(), Address: a.reachedAt(),
		Clock: now, Started: a.started, Ready: a.lane.Ready() == nil, Faults: []string{}, Lists: []protocol.Held{}, Erased: a.isErased(),
	}
	s.Checked, s.Hits = a.metrics.Totals()
	for _, f := range a.faults() {
		s.Faults = append(s.Faults, f.Code)
	}
	if i := a.identity.Status().State; i == identity.StateExpired || i == identity.StateUnusable {
		s.Faults = append(s.Faults, "identity-"+i)
	}
	for _, r := range firmware.ReportLists(a.lists.Status(), a.config.inspectPolicy(), now) {
		s.Ready = s.Ready && (r.State == inspect.Fresh.String() || r.State == inspect.Ageing.String())
		s.Lists = append(s.Lists, a.held(r))
	}
	return s
}

// held is a list as the fleet is told of it.
func (a *appliance) held(r firmware.ListReport) protocol.Held {
	h := protocol.Held{Name: r.Name, Release: r.Release, Root: r.Root, Records: r.Records, State: r.State, Bad: r.Bad}
	if r.Issued != nil {
		h.Issued, h.Checked = *r.Issued, *r.Checked
	}
	for _, f := range a.feeds {
		if f.name != r.Name {
			continue
		}
		s := f.client.Status()
		h.Update = string(s.Code)
		if s.Progress.Total > 0 {
			h.Progress = float64(s.Progress.Done) / float64(s.Progress.Total)
		}
	}
	return h
}

// reachedAt is where tools of the fleet reach the device. When nobody has said
// so, it is the address that the device has towards central.
func (a *appliance) reachedAt() string {
	listening, _ := a.listening.Load().(net.Addr)
	if a.config.Fleet.Address != "" || listening == nil {
		return a.config.Fleet.Address
	}
	host, port, err := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); err != nil || ip != nil && !ip.IsUnspecified() {
		return listening.String()
	}
	central, err := url.Parse(a.config.Fleet.Central)
	if err != nil {
		return ""
	}
	towards, err := net.Dial("udp", net.JoinHostPort(central.Hostname(), "443")) // which sends nothing
	if err != nil {
		return ""
	}
	defer towards.Close()
	host, _, _ = net.SplitHostPort(towards.LocalAddr().String())
	return net.JoinHostPort(host, port)
}
