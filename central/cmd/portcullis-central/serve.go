package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"portcullis/central/publish"
)

type serveFlags struct {
	dir, listen string
	fleet       serviceFlags
	json        bool
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --dir DIR",
		Short: "Serve a folder of lists to devices, and answer devices",
		Long: `Serve a folder of lists over HTTP until interrupted. Any web server, object
store or CDN that serves the folder does as well: what it holds is signed.

With --fleet, the folder of a fleet, also answer devices and fleet tools over
HTTPS with certificates on both sides: enrolment, heartbeats, orders, the
inventory of copies, a status page and metrics. The service makes its own
certificate, for the names given by --fleet-host.
` + exitCodes,
		Example: `  portcullis-central serve --dir lists --listen 127.0.0.1:8440
  portcullis-central serve --dir lists --fleet fleet --fleet-listen :8443 \
    --fleet-host central.example --status-listen 127.0.0.1:8444`,
		Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error { return f.run(cmd) }),
	}
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder of lists that publish --to has made")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8440", "address and port to listen at")
	f.fleet.add(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print the addresses as JSON")
	cmd.MarkFlagRequired("dir")
	return cmd
}

func (f serveFlags) run(cmd *cobra.Command) error {
	if info, err := os.Stat(f.dir); err != nil || !info.IsDir() {
		return fmt.Errorf("serve %s: it is no folder: publish to it first", f.dir)
	}
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return err
	}
	defer l.Close()
	said := map[string]string{"address": "http://" + l.Addr().String(), "dir": f.dir}
	group, ctx := errgroup.WithContext(cmd.Context())
	fleet, err := f.fleet.start(ctx, cmd, group, f.dir, said)
	if err != nil {
		return err
	}
	group.Go(func() error { return serve(ctx, l, publish.Handler(f.dir)) })
	group.Go(func() error { return f.announce(cmd, said) })
	return errors.Join(group.Wait(), fleet())
}

// announce says where the service listens.
func (f serveFlags) announce(cmd *cobra.Command, said map[string]string) error {
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

// serve answers until ctx is done, and then gives requests under way some time
// to end.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16}
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
