package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/registry"
	"portcullis/central/synthetic"
	"portcullis/drivers/sim"
	"portcullis/firmware"
)

// The demonstration's list.
const (
	demoList    = "sltd"
	demoRecords = 100_000
	demoSeed    = 9303
)

func demoCommand() *cobra.Command {
	var d demo
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole on this machine, without hardware and without privileges",
		Long: `Show the whole on this machine: a central that signs and publishes a list, an
appliance that fetches, verifies and loads it, a simulated reader that sends
documents as a real one does, and the officer's page. One line a passage.

All documents are specimens of Utopia (UTO), and the records are made up. What
it keeps lies in a folder of its own, which is deleted at the end unless you
named it with --data.`,
		Example: "  portcullis demo --listen 127.0.0.1:8480",
		RunE: func(c *cobra.Command, _ []string) error {
			d.out, d.err = c.OutOrStdout(), c.ErrOrStderr()
			return d.run(c.Context())
		},
	}
	c.Flags().StringVar(&d.listen, "listen", "", "where to serve the pages (default 127.0.0.1:8480, or a free port if that is taken)")
	c.Flags().StringVar(&d.data, "data", "", "a new `FOLDER` to keep everything in (default a temporary one)")
	c.Flags().IntVar(&d.passages, "passages", 0, "end after this many passages; 0 goes on until interrupted")
	c.Flags().BoolVar(&d.logs, "logs", false, "print the appliance's logs to standard error too")
	return c
}

// A demo is a demonstration in the making.
type demo struct {
	listen   string
	data     string
	passages int
	logs     bool
	out, err io.Writer
}

func (d *demo) run(ctx context.Context) error {
	start := time.Now()
	if d.data == "" {
		dir, err := os.MkdirTemp("", "portcullis-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		d.data = dir
	} else if err := os.Mkdir(d.data, 0o700); err != nil {
		return usage("--data: %w: name a folder that is not there yet", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if d.listen == "" {
		d.listen = orFree("127.0.0.1:8480")
	}

	central, err := d.publish(ctx)
	if err != nil {
		return err
	}
	config, err := d.configure(central.Addr().String())
	if err != nil {
		return err
	}
	show := newShow(ctx, d.out, d.passages, stop)
	a, err := openAppliance(ctx, config, d.logger(), extras{watch: show.watch, times: sim.LaneTimes{
		Reach: 700 * time.Millisecond, Walk: 600 * time.Millisecond, Clear: 300 * time.Millisecond, Shut: 400 * time.Millisecond,
	}})
	if err != nil {
		return err
	}
	show.lane = a.lane
	ready := firmware.Loop{Name: "welcome", Run: func(ctx context.Context) error {
		defer close(show.loaded)
		return d.welcome(ctx, a, start)
	}}
	return firmware.Run(ctx, ready,
		firmware.Loop{Name: "appliance", Run: a.run},
		firmware.Loop{Name: "central", Run: func(ctx context.Context) error { return d.central().serve(ctx, serveAt(central)) }},
		firmware.Loop{Name: "documents", Run: func(ctx context.Context) error { return show.documents(ctx, config) }},
	)
}

// orFree returns the address, or one with a free port if it is taken.
func orFree(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	l.Close()
	return address
}

func (d *demo) path(elem ...string) string {
	return filepath.Join(append([]string{d.data}, elem...)...)
}

func (d *demo) logger() *slog.Logger {
	if d.logs {
		return slog.New(slog.NewJSONHandler(d.err, nil))
	}
	return slog.New(slog.DiscardHandler)
}

func (d *demo) central() miniCentral {
	return miniCentral{keys: d.path("central-keys"), dir: d.path("central"), list: demoList}
}

// publish is the central's work: keys, records, a release, and a place where
// it is to be fetched from.
func (d *demo) publish(ctx context.Context) (net.Listener, error) {
	now := time.Now()
	if err := d.central().begin(now); err != nil {
		return nil, err
	}
	specimens := synthetic.Specimens()
	_, err := d.central().publish(ctx, now, func(yield func(registry.Record) bool) {
		for _, r := range specimens {
			if !yield(r) {
				return
			}
		}
		synthetic.Records(demoSeed, demoRecords-len(specimens))(yield)
	})
	if err != nil {
		return nil, err
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// configure gives the appliance what it needs: the list's key, and a
// configuration file as a technician would write it.
func (d *demo) configure(central string) (config, error) {
	device := firmware.Folder(d.path("device"))
	if err := os.MkdirAll(device.Keys(), 0o700); err != nil {
		return config{}, err
	}
	secret, err := os.ReadFile(d.path("central-keys", demoList+".key"))
	if err != nil {
		return config{}, err
	}
	if err := os.WriteFile(filepath.Join(device.Keys(), demoList+".key"), secret, 0o600); err != nil {
		return config{}, err
	}
	text := fmt.Sprintf(`# The appliance of the demonstration.
site   = "Utopia International"
lane   = "1"
data   = "device"
board  = "sim"
listen = %q
desk   = "right"
demo   = true

[[reader]]
profile = "sita-ocr"
port    = "reader"

[[list]]
name      = %q
title     = "SLTD"
source    = "http://%s"
root      = "central/1.root.json"
every     = "10s"

[policy]
hold    = "4s"
retries = 1
`, d.listen, demoList, central)
	if err := os.WriteFile(d.path("portcullis.toml"), []byte(text), 0o600); err != nil {
		return config{}, err
	}
	return loadConfig(d.path("portcullis.toml"))
}

// welcome says where everything is once the list is loaded.
func (d *demo) welcome(ctx context.Context, a *appliance, start time.Time) error {
	for a.lists.Position(demoList).Sequence == 0 {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
	l := a.lists.Status()[0]
	fmt.Fprintf(d.out, "page     %s\n", a.address())
	fmt.Fprintf(d.out, "         %straveller is what the traveller sees\n", a.address())
	fmt.Fprintf(d.out, "data     %s\n", d.data)
	fmt.Fprintf(d.out, "list     release %d, %d records, verified and loaded %.1f s after the start\n\n", l.Release, l.Records, time.Since(start).Seconds())
	return nil
}

func serveAt(listener net.Listener) func(context.Context, http.Handler) error {
	return func(ctx context.Context, h http.Handler) error {
		server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
		stop := context.AfterFunc(ctx, func() { server.Close() })
		defer stop()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
}
