package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"portcullis/central/devices"
	"portcullis/protocol"
)

// What operators' commands ask, and are answered.
type (
	// A CodeRequest asks for an enrolment code.
	CodeRequest struct {
		Name    string        `json:"name"`
		Site    string        `json:"site,omitempty"`
		Life    time.Duration `json:"life"`
		Readmit bool          `json:"readmit,omitempty"` // a device that was revoked
	}

	// A Code is an enrolment code.
	Code struct {
		Name    string    `json:"name"`
		Code    string    `json:"code"`
		Expires time.Time `json:"expires"`
	}

	// A RevokeRequest ends a device's certificates.
	RevokeRequest struct {
		Name string `json:"name"`
		Lost bool   `json:"lost,omitempty"`
		Why  string `json:"why,omitempty"`
	}

	// A CancelRequest takes an order back.
	CancelRequest struct {
		Name string `json:"name"`
		ID   string `json:"id"`
	}

	// A NameRequest asks for all that is known of a device.
	NameRequest struct {
		Name string `json:"name"`
	}

	// A Detail is all that is known of a device.
	Detail struct {
		protocol.Known
		Orders  []devices.Given               `json:"orders"`
		History map[string][]devices.Position `json:"history"`
	}
)

// The addresses of commands.
const (
	CodePath   = "/code"   // CodeRequest -> Code
	ListPath   = "/list"   // query of DevicesPath, as url.Values -> protocol.Inventory
	ShowPath   = "/show"   // NameRequest -> Detail
	RevokePath = "/revoke" // RevokeRequest -> protocol.Order
	OrderPath  = "/order"  // protocol.OrderRequest -> protocol.Order
	CancelPath = "/cancel" // CancelRequest -> struct{}
)

// ServeCommands answers operators' commands at a socket until ctx is done.
func (s *Service) ServeCommands(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+CodePath, answer(s.newCode))
	mux.HandleFunc("POST "+ListPath, answer(func(q url.Values) (protocol.Inventory, error) { return s.list(q) }))
	mux.HandleFunc("POST "+ShowPath, answer(s.show))
	mux.HandleFunc("POST "+RevokePath, answer(s.revoke))
	mux.HandleFunc("POST "+OrderPath, answer(s.give))
	mux.HandleFunc("POST "+CancelPath, answer(func(c CancelRequest) (struct{}, error) {
		return struct{}{}, s.Inventory.Cancel(c.Name, c.ID)
	}))
	return s.serve(ctx, l, mux)
}

// ListenCommands makes the socket for commands. Who calls it holds the folder,
// so whatever lies there was left by one that was killed.
func ListenCommands(socket string) (net.Listener, error) {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for commands: %w", err), l.Close())
	}
	return l, nil
}

func (s *Service) newCode(asked CodeRequest) (Code, error) {
	text, err := s.Inventory.NewCode(s.Now(), asked.Name, asked.Site, asked.Life, asked.Readmit)
	if err == nil && asked.Readmit {
		err = s.Authority.Readmit(s.Now(), protocol.Device, asked.Name)
	}
	return Code{Name: asked.Name, Code: text, Expires: s.Now().Add(asked.Life).UTC()}, err
}

func (s *Service) show(asked NameRequest) (Detail, error) {
	d, err := s.Inventory.Device(asked.Name)
	if err != nil {
		return Detail{}, err
	}
	history, err := s.Inventory.History(asked.Name)
	return Detail{Known: d.Known(s.Now(), s.newest(s.Inventory.All())), Orders: d.Orders, History: history}, err
}

// revoke bars a device first: from then on it gets nothing, whatever fails.
func (s *Service) revoke(asked RevokeRequest) (protocol.Order, error) {
	if _, err := s.Inventory.Device(asked.Name); err != nil {
		return protocol.Order{}, err
	}
	if err := s.Authority.Bar(s.Now(), protocol.Device, asked.Name, asked.Why); err != nil {
		return protocol.Order{}, err
	}
	s.Log.Warn("device revoked", "device", asked.Name, "lost", asked.Lost)
	return s.Inventory.Revoke(s.Now(), asked.Name, asked.Lost)
}
