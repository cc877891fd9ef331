package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// ErrNobody means that no running service answers at the socket.
var ErrNobody = errors.New("no running service answers")

// failure is the answer to what could not be done.
type failure struct {
	Error string `json:"error"`
}

// answer returns a handler that reads a request, asks f, and writes what it
// answers or the error.
func answer[Request, Reply any](f func(Request) (Reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		request, err := body[Request](w, r, maxReport)
		var reply Reply
		if err == nil {
			reply, err = f(request)
		}
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			json.NewEncoder(w).Encode(failure{err.Error()})
			return
		}
		writeJSON(w, reply)
	}
}

// Ask asks a running service at its socket.
func Ask[Reply any](ctx context.Context, socket, address string, request any) (reply Reply, err error) {
	data, err := json.Marshal(request)
	if err != nil {
		return reply, fmt.Errorf("ask the service: %w", err)
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service"+address, bytes.NewReader(data))
	if err != nil {
		return reply, fmt.Errorf("ask the service: %w", err)
	}
	response, err := client.Do(r)
	if err != nil {
		return reply, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer response.Body.Close()
	dec := json.NewDecoder(response.Body)
	if response.StatusCode == http.StatusOK {
		err = dec.Decode(&reply)
	} else {
		var said failure
		if err = dec.Decode(&said); err == nil {
			err = errors.New(said.Error)
		}
	}
	if err != nil {
		return reply, fmt.Errorf("the service answers: %w", err)
	}
	return reply, nil
}
