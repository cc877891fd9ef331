package identity

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"portcullis/protocol"
)

// A record is what identity.json says.
type record struct {
	Name        string    `json:"name"`
	Certificate string    `json:"certificate"` // in PEM
	Authorities string    `json:"authorities"` // in PEM
	Renew       time.Time `json:"renew"`       // as central wants it
	Key         string    `json:"key"`         // by what name the private key is kept
}

func parseRecord(file []byte) (record, error) {
	var r record
	if err := json.Unmarshal(file, &r); err != nil {
		return record{}, errors.New("identity.json is damaged")
	}
	return r, nil
}

// hold checks that the parts of a record belong together.
func (r record) hold(key *ecdsa.PrivateKey) (*held, error) {
	chain, err := parseCertificates([]byte(r.Certificate))
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	authorities, err := parseCertificates([]byte(r.Authorities))
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	leaf := chain[0]
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, errors.New("the certificate is for another key")
	}
	if role, name, ok := protocol.Holder(leaf.URIs); !ok || role != protocol.Device || name != r.Name {
		return nil, errors.New("the certificate is not one of this device")
	}
	if !vouched(chain, authorities) {
		return nil, errors.New("no authority that the device believes vouches for the certificate")
	}
	h := &held{record: r, leaf: leaf, authorities: authorities}
	h.shown = tls.Certificate{PrivateKey: key, Leaf: leaf}
	for _, c := range chain {
		h.shown.Certificate = append(h.shown.Certificate, c.Raw)
	}
	return h, nil
}

// vouched reports whether one of the authorities has signed a chain. When that
// was is not asked: central may have had a wrong clock.
func vouched(chain, authorities []*x509.Certificate) bool {
	last := chain[len(chain)-1]
	for i, c := range chain[:len(chain)-1] {
		if c.CheckSignatureFrom(chain[i+1]) != nil {
			return false
		}
	}
	return slices.ContainsFunc(authorities, func(a *x509.Certificate) bool { return last.CheckSignatureFrom(a) == nil })
}

// due is from when on the certificate is renewed: at two thirds of its life or
// when central wants it, whichever is earlier, less up to a twentieth of it, so
// that devices enrolled on one day do not all come on another.
func (h *held) due() time.Time {
	life := h.leaf.NotAfter.Sub(h.leaf.NotBefore)
	due := h.leaf.NotBefore.Add(life / 3 * 2)
	if h.Renew.After(h.leaf.NotBefore) && h.Renew.Before(due) {
		due = h.Renew
	}
	hash := sha256.Sum256(h.leaf.Raw)
	share := float64(binary.BigEndian.Uint32(hash[:])) / (1 << 32)
	return due.Add(-time.Duration(share * float64(life/20)))
}

// keyName is what a private key is kept by.
func keyName(key *ecdsa.PrivateKey) (string, error) {
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(public)
	return "identity-" + hex.EncodeToString(sum[:8]), nil
}

// parseCertificates reads certificates in PEM, of which there must be one or
// more.
func parseCertificates(text []byte) (all []*x509.Certificate, err error) {
	for {
		var block *pem.Block
		block, text = pem.Decode(text)
		if block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no certificate in PEM")
	}
	return all, nil
}
