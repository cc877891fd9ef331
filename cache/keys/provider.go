package keys

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The kinds of providers.
const (
	KindPassphrase = "passphrase"
	KindMachine    = "machine"
	KindTPM        = "tpm"
)

// Size is the length of every secret here, in bytes.
const Size = 32

// A Secret is key material. It prints as nothing.
type Secret [Size]byte

// Format implements fmt.Formatter.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "secret") }

// A Provider has the key that the device secret is sealed with.
type Provider interface {
	// Kind is the word for the provider in device.key.
	Kind() string
	// Make makes a new key, and what must lie in device.key to get it again.
	Make() (Secret, json.RawMessage, error)
	// Unseal returns the key that Make made.
	Unseal(params json.RawMessage) (Secret, error)
	// Erase destroys what there is of the key outside of device.key. That it is
	// gone already is no error.
	Erase(params json.RawMessage) error
}

// What a caller can tell an operator about a key that is not to be had.
var (
	ErrErased        = errors.New("the keys were erased")
	ErrDamaged       = errors.New("the key file is damaged")
	ErrExists        = errors.New("there is a device key already")
	ErrLost          = errors.New("the device key is gone, and keys that are sealed under it are still there")
	ErrOtherProvider = errors.New("the device key is sealed by another provider")
	ErrOtherMachine  = errors.New("the device key was sealed on another machine")
	ErrPassphrase    = errors.New("the passphrase does not open the device key")
	ErrTPMAbsent     = errors.New("the TPM cannot be reached")
	ErrTPMBusy       = errors.New("the TPM is busy")
	ErrTPMLockout    = errors.New("the TPM is locked after too many failed authorizations")
	ErrTPMAuth       = errors.New("the TPM refuses the authorization")
	ErrPCRs          = errors.New("the machine did not start as it did when the key was made")
)

// errWrongKey is what it means that a provider's key opens nothing.
func errWrongKey(provider string) error {
	switch provider {
	case KindPassphrase:
		return ErrPassphrase
	case KindMachine:
		return ErrOtherMachine
	}
	return ErrDamaged
}
