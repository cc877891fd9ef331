package control_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/firmware/control"
)

type greeting struct {
	Word string `json:"word"`
}

func serve(t *testing.T) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	listening := func() bool { _, err := os.Stat(socket); return err == nil }
	go func() {
		ended <- control.Serve(ctx, socket, map[string]http.HandlerFunc{
			"/greet": control.Answer(func(_ context.Context, g greeting) (greeting, error) {
				if g.Word == "" {
					return g, errors.New("say something")
				}
				return greeting{"so " + g.Word}, nil
			}),
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for !listening() {
		select {
		case err := <-ended:
			ended <- err
			t.Fatal(err)
		default:
		}
	}
	return socket
}

func TestAskersGetAnswersAndErrors(t *testing.T) {
	socket := serve(t)
	ctx := context.Background()
	if got, err := control.Ask[greeting](ctx, socket, "/greet", greeting{"hello"}); err != nil || got.Word != "so hello" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := control.Ask[greeting](ctx, socket, "/greet", greeting{}); err == nil || !strings.Contains(err.Error(), "say something") {
		t.Errorf("an error comes as %v", err)
	}
	if _, err := control.Ask[greeting](ctx, socket, "/nothing", greeting{}); err == nil || errors.Is(err, control.ErrNobody) {
		t.Errorf("an address that is none: %v", err)
	}
	if _, err := control.Ask[greeting](ctx, socket+"x", "/greet", greeting{}); !errors.Is(err, control.ErrNobody) {
		t.Errorf("no socket: %v", err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
}

func TestASocketThatWasLeftBehindIsReplaced(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := control.Serve(ctx, socket, nil); err != nil {
		t.Error(err)
	}
}
