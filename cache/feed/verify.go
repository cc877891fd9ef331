package feed

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"portcullis/cache/list"
)

// payloadType is what DSSE binds the signature to beside the bytes.
const payloadType = "application/vnd.portcullis.release+json"

// MaxEnvelope bounds an envelope, in bytes: no honest one comes near it.
const MaxEnvelope = 1 << 20

type envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// Sign returns the envelope of a release.
func Sign(m Manifest, key ed25519.PrivateKey) ([]byte, error) {
	m.Format = ManifestFormat
	m.Issued = m.Issued.UTC().Truncate(time.Second)
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("feed: sign release %d: %w", m.Sequence, err)
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("feed: sign release %d: %w", m.Sequence, err)
	}
	return json.Marshal(envelope{
		PayloadType: payloadType,
		Payload:     payload,
		Signatures:  []signature{{KeyID: KeyID(key.Public().(ed25519.PublicKey)), Sig: ed25519.Sign(key, preAuth(payload))}},
	})
}

// KeyID names a publisher's key.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return fmt.Sprintf("%x", sum[:8])
}

// preAuth is DSSE's pre-authentication encoding.
func preAuth(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// Trust is whose word a device takes on a list.
type Trust struct {
	List string
	Keys []ed25519.PublicKey // of the publisher; any one of them is enough
}

// Verified is a release whose signature and place in the order of releases
// have been checked. The only way to have one is [Verify].
type Verified struct{ manifest Manifest }

// Manifest returns what the publisher said.
func (v Verified) Manifest() Manifest { return v.manifest }

// The ways in which an envelope is not to be trusted.
var (
	ErrMalformed = errors.New("not a release")
	ErrFormat    = errors.New("a release for a newer version of this program")
	ErrSignature = errors.New("not signed by a key that this device trusts")
	ErrOtherList = errors.New("a release of another list")
	ErrForked    = errors.New("the publisher signed two different releases under one number")
)

// A RollbackError means that a release is older than the one that is held. A
// copy of it may linger in a cache on the way, or someone replays it.
type RollbackError struct{ Held, Offered uint64 }

// Error tells the two releases.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("release %d is no newer than release %d, which was held", e.Offered, e.Held)
}

// Verify checks an envelope against what a device trusts and against the
// release that it holds. A position without a root, of a device that lost what
// it held, stands for any release after that number.
func Verify(data []byte, trust Trust, held Position) (Verified, error) {
	payload, err := open(data, trust.Keys)
	if err != nil {
		return Verified{}, fmt.Errorf("feed: verify: %w", err)
	}
	m, err := parseManifest(payload)
	lost := held.Sequence > 0 && held.Root == list.Hash{}
	switch {
	case err != nil:
		return Verified{}, fmt.Errorf("feed: verify: %w", err)
	case m.List != trust.List:
		return Verified{}, fmt.Errorf("feed: verify: %w", ErrOtherList)
	case m.Sequence < held.Sequence, lost && m.Sequence == held.Sequence:
		return Verified{}, fmt.Errorf("feed: verify: %w", &RollbackError{Held: held.Sequence, Offered: m.Sequence})
	case m.Sequence == held.Sequence && m.Root != held.Root:
		return Verified{}, fmt.Errorf("feed: verify: release %d: %w", m.Sequence, ErrForked)
	}
	return Verified{manifest: m}, nil
}

// open returns the payload of an envelope once a trusted key vouches for it.
func open(data []byte, keys []ed25519.PublicKey) ([]byte, error) {
	var e envelope
	if len(data) > MaxEnvelope || json.Unmarshal(data, &e) != nil || e.PayloadType != payloadType {
		return nil, ErrMalformed
	}
	message := preAuth(e.Payload)
	for _, s := range e.Signatures {
		for _, key := range keys {
			if len(key) == ed25519.PublicKeySize && s.KeyID == KeyID(key) && ed25519.Verify(key, message, s.Sig) {
				return e.Payload, nil
			}
		}
	}
	return nil, ErrSignature
}
