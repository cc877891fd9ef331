// Package control lets the other commands ask a running appliance, which holds
// the data folder alone. They meet at a socket in that folder, which only the
// appliance's user can open; what is asked and answered is JSON over HTTP.
// Whoever can open it can do what the commands do.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// The bounds of a request and of an answer, in bytes. An answer may name every
// shard of a list.
const (
	maxBody   = 1 << 20
	maxAnswer = 16 << 20
)

// Serve answers at a socket until ctx is done. Each route is an address and
// the function that answers it.
func Serve(ctx context.Context, socket string, routes map[string]http.HandlerFunc) error {
	// What is there was left by an appliance that was killed: whoever serves
	// holds the data folder, so no one else answers here.
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("listen for commands: %w", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("listen for commands: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return errors.Join(fmt.Errorf("listen for commands: %w", err), listener.Close())
	}
	mux := http.NewServeMux()
	for address, answer := range routes {
		mux.HandleFunc("POST "+address, answer)
	}
	server := &http.Server{Handler: http.MaxBytesHandler(mux, maxBody), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer commands: %w", err)
	}
	return nil
}

// Answer returns a function that reads a request, asks f, and writes what it
// answers or the error.
func Answer[Request, Reply any](f func(context.Context, Request) (Reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var request Request
		err := json.NewDecoder(r.Body).Decode(&request)
		var reply Reply
		if err == nil {
			reply, err = f(r.Context(), request)
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			json.NewEncoder(w).Encode(failure{err.Error()})
			return
		}
		json.NewEncoder(w).Encode(reply)
	}
}

// failure is the answer to what could not be done.
type failure struct {
	Error string `json:"error"`
}

// ErrNobody means that no appliance answers at the socket.
var ErrNobody = errors.New("no running appliance answers")

// Ask asks a running appliance.
func Ask[Reply any](ctx context.Context, socket, address string, request any) (Reply, error) {
	var reply Reply
	body, err := json.Marshal(request)
	if err != nil {
		return reply, fmt.Errorf("ask the appliance: %w", err)
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://appliance"+address, bytes.NewReader(body))
	if err != nil {
		return reply, fmt.Errorf("ask the appliance: %w", err)
	}
	response, err := client.Do(r)
	if err != nil {
		return reply, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer response.Body.Close()
	answer := json.NewDecoder(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode == http.StatusOK {
		err = answer.Decode(&reply)
	} else {
		var said failure
		if err = answer.Decode(&said); err == nil {
			err = errors.New(said.Error)
		}
	}
	if err != nil {
		return reply, fmt.Errorf("the appliance answers: %w", err)
	}
	return reply, nil
}
