package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"portcullis/central/authority"
	"portcullis/central/query"
	"portcullis/central/query/journal"
	"portcullis/central/service"
	"portcullis/protocol"
)

// queryFlags say whose queries a service answers, and where they are logged.
type queryFlags struct {
	scopes, log, key string
}

func (f *queryFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.scopes, "scopes", "", "file that says who may ask of which lists: answer queries")
	cmd.Flags().StringVar(&f.log, "log", "", "with --scopes: folder of the log of consultations")
	cmd.Flags().StringVar(&f.key, "log-key", "", "with --scopes: file of the log's key, which query log key makes")
}

// open returns the routes of queries, if there are to be any, and what closes
// their log.
func (f queryFlags) open(lists []*heldList, metrics prometheus.Registerer) (map[string]service.Route, func() error, error) {
	none := func() error { return nil }
	if f.scopes == "" {
		return nil, none, nil
	}
	scopes, err := f.readScopes(lists)
	if err != nil {
		return nil, none, err
	}
	key, err := journal.ReadKey(f.key)
	if err != nil {
		return nil, none, err
	}
	log, err := journal.Open(f.log, key, journal.Options{})
	if err != nil {
		return nil, none, err
	}
	records := map[string]query.Records{}
	for _, l := range lists {
		records[l.list] = query.Registered(l.registry, time.Now)
	}
	s, err := query.New(query.Options{Lists: records, Scopes: scopes, Log: log, Metrics: metrics, Caller: holder})
	if err != nil {
		return nil, log.Close, err
	}
	route := service.Route{Roles: []protocol.Role{protocol.Query, protocol.Device}, Handler: s.Handler()}
	return map[string]service.Route{protocol.SearchPath: route, protocol.DetailsPath: route}, log.Close, nil
}

// readScopes reads scopes, none of which may name a list that is not here:
// whoever had it would be told with every query that something is to be mended.
func (f queryFlags) readScopes(lists []*heldList) (query.Scopes, error) {
	file, err := os.Open(f.scopes)
	if err != nil {
		return nil, fmt.Errorf("read scopes: %w", err)
	}
	defer file.Close()
	scopes, err := query.ReadScopes(file)
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for _, l := range lists {
		here[l.list] = true
	}
	for caller, scope := range scopes {
		for _, name := range scope.Lists {
			if !here[name] {
				return nil, fmt.Errorf("read scopes: %s: no --registry is of list %s", caller, name)
			}
		}
	}
	return scopes, nil
}

// holder is who asks, by the certificate that the service has let in.
func holder(r *http.Request) (query.Caller, bool) {
	h, ok := authority.HolderOf(r.Context())
	return query.Caller{Role: h.Role, Name: h.Name}, ok
}
