package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"portcullis/central/publish"
	"portcullis/listen"
)

type serveFlags struct {
	dir, listen string
	fleet       serviceFlags
	lists       listFlags
	publish     publishLoopFlags
	query       queryFlags
	json        bool
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --dir DIR",
		Short: "Be the whole central: publish lists, serve them, and answer devices",
		Long: `Serve a folder of lists over HTTP until interrupted. Any web server, object
store or CDN that serves the folder does as well: what it holds is signed.

With --registry, have the registries of lists open. They are read back first, and
every day; one that is damaged is not used any more. Commands about one in a folder
(import, record, registry) are then done here. With --publish, what has changed is
published: a second after a command, and every --every, when the timestamp is
renewed too, and records whose last day is over are withdrawn. It needs the keys
of the roles list, snapshot and timestamp in --keys. A change that needs approval
waits: see publish approve. With --mirror, all of it is copied to a bucket, too.

With --fleet, the folder of a fleet, also answer devices and fleet tools over
HTTPS with certificates on both sides: enrolment, heartbeats, orders, the
inventory of copies, a status page and metrics. The service makes its own
certificate, for the names given by --fleet-host.

With --scopes, answer queries there too, out of the registries: see query. The
file says who may ask of which lists, and every query goes into --log:

  [scope."query/customs"]
  lists = ["sltd"]
  classes = ["P", "I"]
` + exitCodes,
		Example: `  portcullis-central serve --dir lists --listen 127.0.0.1:8440
  portcullis-central serve --dir lists --registry sltd=registry --keys keys --publish
  portcullis-central serve --dir lists --registry sltd=registry --keys keys --publish \
    --fleet fleet --fleet-listen :8443 --fleet-host central.example --status-listen 127.0.0.1:8444 \
    --scopes scopes.toml --log consultations --log-key query-log.key`,
		Args: func(cmd *cobra.Command, args []string) error { return errors.Join(cobra.NoArgs(cmd, args), f.check()) },
		RunE: work(func(cmd *cobra.Command, _ []string) error { return f.run(cmd) }),
	}
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder of lists that publish --to has made")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8440", "address and port to listen at")
	f.lists.add(cmd)
	f.publish.add(cmd)
	f.fleet.add(cmd)
	f.query.add(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print the addresses as JSON")
	cmd.MarkFlagRequired("dir")
	cmd.MarkFlagsRequiredTogether("scopes", "log", "log-key")
	return cmd
}

// check refuses what would look like a service and be none.
func (f *serveFlags) check() error {
	switch {
	case len(f.lists.registries) > 0 && len(f.lists.keys) == 0:
		return errors.New("--registry needs --keys")
	case f.publish.on && len(f.lists.registries) == 0:
		return errors.New("--publish needs --registry")
	case f.publish.mirror.to != "" && !f.publish.on:
		return errors.New("--mirror needs --publish")
	case f.query.scopes != "" && (f.fleet.dir == "" || len(f.lists.registries) == 0):
		return errors.New("--scopes needs --fleet, which says who asks, and --registry")
	case f.publish.every < time.Second:
		return errors.New("--every is a second or more")
	case f.publish.share <= 0 || f.publish.share > 100:
		return errors.New("--gate is a percentage")
	}
	return nil
}

func (f *serveFlags) run(cmd *cobra.Command) (err error) {
	if info, err := os.Stat(f.dir); err != nil || !info.IsDir() {
		return fmt.Errorf("serve %s: it is no folder: publish to it first", f.dir)
	}
	lists, err := f.lists.open(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLists(lists)) }()
	group, ctx := errgroup.WithContext(cmd.Context())
	closeAll := f.start(ctx, cmd, group, lists)
	return errors.Join(group.Wait(), closeAll())
}

// start begins all that is served, in goroutines of a group, which are done when
// one fails. What it returns closes what they used, once they are.
func (f *serveFlags) start(ctx context.Context, cmd *cobra.Command, group *errgroup.Group, lists []*heldList) (closeAll func() error) {
	var closers []func() error
	closeAll = func() (err error) {
		for _, c := range closers {
			err = errors.Join(err, c())
		}
		return err
	}
	fail := func(err error) func() error {
		group.Go(func() error { return err }) // which ends the others
		return closeAll
	}
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fail(err)
	}
	said := map[string]string{"address": "http://" + l.Addr().String(), "dir": f.dir}
	group.Go(func() error { return serveLists(ctx, l, f.dir) })
	metrics := prometheus.NewRegistry()
	asked, closeLog, err := f.query.open(lists, metrics)
	if err != nil {
		return fail(err)
	}
	closers = append(closers, closeLog)
	publishAll, closeKeys, err := f.publish.open(cmd, f.dir, lists, metrics)
	if err != nil {
		return fail(err)
	}
	closers = append(closers, closeKeys)
	closeFleet, err := f.fleet.start(ctx, cmd, group, fleetParts{lists: f.dir, routes: asked, metrics: metrics}, said)
	if err != nil {
		return fail(err)
	}
	closers = append(closers, closeFleet)
	if err := answerCommands(ctx, group, lists); err != nil {
		return fail(err)
	}
	group.Go(func() error { return publishAll(ctx) })
	group.Go(func() error { return verifyDaily(ctx, lists, logger(cmd)) })
	group.Go(func() error { return f.announce(cmd, said) })
	return closeAll
}

// announce says where the service listens.
func (f *serveFlags) announce(cmd *cobra.Command, said map[string]string) error {
	if f.json {
		return printJSON(cmd, said)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "serving %s at %s\n", f.dir, said["address"])
	if said["fleet"] != "" {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "answering devices and fleet tools at %s\n", said["fleet"])
	}
	if said["status"] != "" {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "status page and metrics at %s\n", said["status"])
	}
	return err
}

// What anybody takes up of the port for lists: connections, of all and of one
// caller, and how long a request takes to come.
const (
	maxConnections = 4096
	maxOfCaller    = 512
	patience       = 10 * time.Second
)

// serveLists answers whoever reaches the port.
func serveLists(ctx context.Context, l net.Listener, dir string) error {
	return serve(ctx, listen.Bound(l, maxConnections, maxOfCaller), publish.Handler(dir), patience)
}

// serve answers until ctx is done, and then gives requests under way some time
// to end. A whole request takes at most so long to come, unless that is 0; how
// long its answer takes is not bounded, as lists are long.
func serve(ctx context.Context, l net.Listener, h http.Handler, whole time.Duration) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: patience, ReadTimeout: whole, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16,
		BaseContext: func(net.Listener) context.Context { return ctx }, // a command that runs is interrupted, too
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- s.Shutdown(grace)
	})
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}
