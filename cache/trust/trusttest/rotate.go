package trusttest

import (
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Rotate gives a role new keys and publishes: a root or a targets file that
// says so, and what the role signs, signed anew.
func (p *Publisher) Rotate(role string) {
	p.t.Helper()
	before := p.Signers(role)
	p.makeKeys(role)
	p.keysChanged(role, before)
}

// Revoke takes one key from a role, which keeps at least as many as must sign,
// and publishes.
func (p *Publisher) Revoke(role string, key Key) {
	p.t.Helper()
	before := p.Signers(role)
	p.Keys[role] = slices.DeleteFunc(slices.Clone(p.Keys[role]), func(k Key) bool { return k.ID == key.ID })
	if len(p.Keys[role]) < p.threshold[role] {
		p.t.Fatalf("%s has too few keys to lose one", role)
	}
	p.keysChanged(role, before)
}

// Withdraw ends a delegation, and publishes.
func (p *Publisher) Withdraw(role string) {
	p.t.Helper()
	delete(p.Targets, role)
	p.Touch(metadata.TARGETS)
	p.Publish()
}

func (p *Publisher) keysChanged(role string, before []Key) {
	p.t.Helper()
	switch role {
	case metadata.ROOT:
		p.SignRoot(before...)
		p.SignSnapshot(p.Signers(metadata.SNAPSHOT)...)
	case metadata.TIMESTAMP, Local:
		p.SignRoot()
		p.SignSnapshot(p.Signers(metadata.SNAPSHOT)...)
	case metadata.SNAPSHOT, metadata.TARGETS:
		p.SignRoot()
		p.Touch(metadata.TARGETS)
	default:
		p.Touch(metadata.TARGETS)
		p.Touch(role)
	}
	p.Publish()
}
