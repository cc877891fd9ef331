package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"portcullis/cache/keys"
)

// keysConfig says what the device secret is sealed with. It holds no secret.
type keysConfig struct {
	Provider       string `toml:"provider"`        // machine, passphrase or tpm; when not given that of the key that is there, and machine for a new one
	PassphraseFile string `toml:"passphrase_file"` // a file, pipe or descriptor; systemd's credential when not given
	TPM            string `toml:"tpm"`             // the device; the first of the machine when not given
	PCRs           []int  `toml:"pcrs"`            // that a new key is bound to
}

// ring returns the keys in a folder. What is wrong with them is told when they
// are used.
func (k keysConfig) ring(dir string) *keys.Ring {
	kind := k.Provider
	if kind == "" {
		kind, _ = keys.KindOf(dir)
	}
	switch kind {
	case keys.KindPassphrase:
		return keys.NewRing(dir, keys.Passphrase{Ask: keys.PassphraseFrom(k.PassphraseFile)})
	case keys.KindTPM:
		return keys.NewRing(dir, keys.TPM{Device: k.TPM, PCRs: k.PCRs})
	}
	return keys.NewRing(dir, keys.Machine{})
}

// check tells what cannot be meant. Data is the data folder.
func (k keysConfig) check(data string) error {
	if !slices.Contains([]string{"", keys.KindMachine, keys.KindPassphrase, keys.KindTPM}, k.Provider) {
		return fmt.Errorf("provider %q: use machine, passphrase or tpm", k.Provider)
	}
	if k.PassphraseFile != "" && k.Provider != "" && k.Provider != keys.KindPassphrase {
		return errors.New("a passphrase file goes with the provider passphrase")
	}
	if (k.TPM != "" || len(k.PCRs) > 0) && k.Provider != "" && k.Provider != keys.KindTPM {
		return errors.New("a TPM and its PCRs go with the provider tpm")
	}
	for i, pcr := range k.PCRs {
		if pcr < 0 || pcr > keys.MaxPCR || slices.Contains(k.PCRs[:i], pcr) {
			return fmt.Errorf("pcrs: %d is no PCR, or there twice: they go from 0 to %d", pcr, keys.MaxPCR)
		}
	}
	if k.PassphraseFile != "" && isWithin(k.PassphraseFile, data) {
		return errors.New("the passphrase file lies in the data folder: whoever copies that has both")
	}
	return nil
}

// isWithin reports whether a path leads into a folder.
func isWithin(path, dir string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	within, err := filepath.Rel(dir, path)
	return err == nil && within != ".." && !strings.HasPrefix(within, "../")
}
