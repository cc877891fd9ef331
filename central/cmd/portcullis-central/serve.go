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

	"portcullis/central/publish"
)

func newServe() *cobra.Command {
	var dir, listen string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "serve --dir DIR",
		Short: "Serve a folder of lists to devices",
		Long: `Serve a folder of lists over HTTP until interrupted. Any web server, object
store or CDN that serves the folder does as well: what it holds is signed.
` + exitCodes,
		Example: "  portcullis-central serve --dir lists --listen 127.0.0.1:8440",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				return fmt.Errorf("serve %s: it is no folder: publish to it first", dir)
			}
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			address := "http://" + l.Addr().String()
			if asJSON {
				err = printJSON(cmd, map[string]string{"address": address, "dir": dir})
			} else {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "serving %s at %s\n", dir, address)
			}
			return errors.Join(err, serve(cmd.Context(), l, publish.Handler(dir)))
		}),
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of lists that publish --to has made")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8440", "address and port to listen at")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address as JSON")
	cmd.MarkFlagRequired("dir")
	return cmd
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
