package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"sync"
	"time"
)

// Self gives a program that has the authority a certificate of its own, and the
// next one in time. Its keys are in memory only.
func (a *Authority) Self(now func() time.Time, g Grant) (Source, error) {
	var mu sync.Mutex
	var held *tls.Certificate
	source := func() (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		if held != nil && now().Before(Renew(held.Leaf)) {
			return held, nil
		}
		made, err := a.pair(now(), g)
		switch {
		case err == nil:
			held = made
		case held == nil:
			return nil, err
		}
		return held, nil // which is good for a third of its time, if there is no other
	}
	_, err := source()
	return source, err
}

// pair makes a key and a certificate for it.
func (a *Authority) pair(now time.Time, g Grant) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	g.Key = key.Public()
	made, err := a.Issue(now, g)
	if err != nil {
		return nil, err
	}
	// The root goes with it, for devices that know only its fingerprint yet.
	return &tls.Certificate{Certificate: [][]byte{made.Raw, a.root.Raw}, PrivateKey: key, Leaf: made}, nil
}
