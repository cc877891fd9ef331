package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"portcullis/central/authority"
	"portcullis/central/service"
	"portcullis/protocol"
)

type serviceFlags struct {
	dir, listen, status string
	hosts               []string
	each                bool
	every               time.Duration
}

func (f *serviceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "fleet", "", "folder of a fleet that authority init has made")
	cmd.Flags().StringVar(&f.listen, "fleet-listen", "127.0.0.1:8443", "address and port for devices and fleet tools")
	cmd.Flags().StringArrayVar(&f.hosts, "fleet-host", nil, "name or address that devices call this service by; may be given more than once")
	cmd.Flags().StringVar(&f.status, "status-listen", "", "loopback address and port for the status page and metrics without certificates")
	cmd.Flags().DurationVar(&f.every, "heartbeat", 5*time.Minute, "how often devices report")
	cmd.Flags().BoolVar(&f.each, "metrics-each-device", false, "metrics of each device, too")
}

// fleetParts are what the rest of the central brings to the service.
type fleetParts struct {
	lists   string // the folder of lists
	routes  map[string]service.Route
	metrics prometheus.Gatherer
}

// start answers devices and fleet tools in goroutines of a group, if a fleet is
// named, and says where. The function that it returns closes what it opened,
// once the group has ended.
func (f serviceFlags) start(ctx context.Context, cmd *cobra.Command, group *errgroup.Group, with fleetParts, said map[string]string) (func() error, error) {
	if f.dir == "" {
		return func() error { return nil }, nil
	}
	opened, err := openFleet(f.dir)
	if err != nil {
		return nil, err
	}
	s := service.New(service.Options{
		Authority: opened.authority, Inventory: opened.inventory, Every: f.every, EachDevice: f.each,
		Newest: newestReleases(with.lists), Routes: with.routes, Metrics: with.metrics, Log: logger(cmd),
	})
	if err := f.listenAll(ctx, group, opened, s, said); err != nil {
		return nil, errors.Join(err, opened.close())
	}
	return opened.close, nil
}

// listenAll listens at all addresses before it answers at any.
func (f serviceFlags) listenAll(ctx context.Context, group *errgroup.Group, opened *fleet, s *service.Service, said map[string]string) error {
	own, err := opened.authority.Self(time.Now, authority.Grant{Role: protocol.Central, Name: "central", Hosts: f.names()})
	if err != nil {
		return err
	}
	devices, err := net.Listen("tcp", f.listen)
	if err != nil {
		return err
	}
	said["fleet"] = "https://" + devices.Addr().String()
	var pages net.Listener
	if f.status != "" {
		if pages, err = net.Listen("tcp", f.status); err != nil {
			return errors.Join(err, devices.Close())
		}
		if err := service.OnlyLoopback(pages); err != nil {
			return errors.Join(err, devices.Close(), pages.Close())
		}
		said["status"] = "http://" + pages.Addr().String()
	}
	commands, err := service.ListenCommands(filepath.Join(f.dir, commandSocket))
	if err != nil {
		err = errors.Join(err, devices.Close())
		if pages != nil {
			err = errors.Join(err, pages.Close())
		}
		return err
	}
	group.Go(func() error { return s.Serve(ctx, devices, own) })
	group.Go(func() error { return s.ServeCommands(ctx, commands) })
	if pages != nil {
		group.Go(func() error { return s.ServePages(ctx, pages) })
	}
	return nil
}

// names are those in the certificate of the service. Without any given, it is
// reached by this machine's names.
func (f serviceFlags) names() []string {
	if len(f.hosts) > 0 {
		return f.hosts
	}
	names := []string{"localhost", "127.0.0.1", "::1"}
	if host, _, err := net.SplitHostPort(f.listen); err == nil && net.ParseIP(host) != nil && !net.ParseIP(host).IsUnspecified() {
		names = append(names, host)
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	return names
}
