package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	syncer "portcullis/cache/sync"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/firmware/api"
	"portcullis/protocol"
)

// deviceName is what the device of a push is called.
const deviceName = "gate-1"

// takePush publishes each document as soon as it is reported, and brings the
// release to the device over its own interface, with certificates on both sides.
func (f *syncFigures) takePush(ctx context.Context, o options, dir string) (err error) {
	b, err := openBorder(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	a, err := beginAuthority(filepath.Join(dir, "authority"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	d, err := b.listen(a)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return d.serve(ctx) })
	var took []time.Duration
	work.Go(func() (err error) {
		defer end()
		took, err = b.pushAll(ctx, a, d, o.samples)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	f.Refusal.Push, f.Refusal.PushMedian = worst(took)
	return nil
}

// A pushed device has the interface that releases are brought to.
type pushed struct {
	*border
	client   *syncer.Client
	listener net.Listener
	server   *api.Server
}

// listen makes the device's interface, which installs as the appliance does.
func (b *border) listen(a issuer) (*pushed, error) {
	shown, err := a.certificate(protocol.Device, deviceName)
	if err != nil {
		return nil, err
	}
	root, err := b.root()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(b.dir, "device")
	d := &pushed{border: b}
	d.client, err = syncer.New(syncer.Config{List: listName, Root: root, Store: b.lists, Spool: filepath.Join(data, "spool"), Shelf: filepath.Join(data, "shelf")})
	if err != nil {
		return nil, err
	}
	d.server = api.New(api.Options{
		TLS:   &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{shown}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool()},
		Inbox: filepath.Join(data, "inbox"), Lists: []string{listName}, Status: d.status,
		Erase: func(protocol.Order) error { return errors.ErrUnsupported }, Erased: func() bool { return false },
		Installer: d, Limits: api.DefaultLimits, Log: slog.New(slog.DiscardHandler),
	})
	d.listener, err = net.Listen("tcp", "127.0.0.1:0")
	return d, err
}

func (d *pushed) serve(ctx context.Context) error { return d.server.Serve(ctx, d.listener) }

func (d *pushed) status() protocol.Status {
	r := d.lists.Release(listName)
	held := protocol.Held{Name: listName, Release: r.Sequence, Root: r.Root.String(), Records: r.Records, State: "fresh"}
	return protocol.Status{Device: deviceName, Software: "bench", Clock: time.Now(), Ready: true, Lists: []protocol.Held{held}}
}

// Install implements api.Installer.
func (d *pushed) Install(ctx context.Context, name, folder string, _ bool, _ func(float64)) (protocol.Install, error) {
	i := protocol.Install{List: name, Done: true, Code: string(syncer.Current), Began: time.Now(), From: d.lists.Position(name).Sequence}
	if err := d.client.From(ctx, syncer.Origin{Source: syncer.Dir(folder)}); err != nil {
		i.Code, i.Detail = string(syncer.CodeOf(err)), err.Error()
	}
	i.To, i.Ended = d.lists.Position(name).Sequence, time.Now()
	return i, nil
}

// pushAll brings the device the whole list, and then a release for each
// document that is reported.
func (b *border) pushAll(ctx context.Context, a issuer, d *pushed, count int) ([]time.Duration, error) {
	shown, err := a.certificate(protocol.Fleet, "tool")
	if err != nil {
		return nil, err
	}
	tool := push.Identity{Certificate: shown, Authorities: a.pool()}
	if err := b.push(ctx, tool, d); err != nil {
		return nil, err
	}
	took := make([]time.Duration, count)
	for i := range took {
		q, err := b.report(ctx)
		from := time.Now()
		if err != nil {
			return nil, err
		}
		waiting, ctx := errgroup.WithContext(ctx)
		waiting.Go(func() (err error) {
			took[i], err = b.await(ctx, q, from)
			return err
		})
		waiting.Go(func() error { return errors.Join(b.publish(ctx), b.push(ctx, tool, d)) })
		if err := waiting.Wait(); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// push brings the newest release to the device.
func (b *border) push(ctx context.Context, tool push.Identity, d *pushed) error {
	r, err := push.OpenFolder(b.central.dir, nil)
	if err != nil {
		return err
	}
	release, err := r.Newest(ctx, listName)
	if err != nil {
		return err
	}
	p := push.Pusher{Identity: tool, Repository: r}
	work := push.Work{List: listName, Release: release, ID: push.WorkID("bench", release.Sequence, deviceName, 0)}
	out, err := p.Bring(ctx, inventory.Device{Name: deviceName, Address: d.listener.Addr().String()}, work, func(push.News) {})
	if err == nil && out.Needless != "" {
		err = fmt.Errorf("nothing is brought: %s", out.Needless)
	}
	return err
}
