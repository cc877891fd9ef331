package query

import (
	"errors"
	"testing"

	"portcullis/protocol"
)

func TestWhoFindsTheQueueFullIsToldAtOnce(t *testing.T) {
	p := newPlaces(2)
	for range cap(p.all) {
		p.all <- struct{}{}
	}
	if _, err := p.take(t.Context()); !errors.Is(err, errFull) || codeOf(err) != protocol.UnexpectedError {
		t.Errorf("%v", err)
	}
	<-p.all
	leave, err := p.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leave()
	if len(p.all) != cap(p.all)-1 || len(p.running) != 0 {
		t.Error("a place is not given back")
	}
}
