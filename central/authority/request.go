package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

const (
	pemCertificate = "CERTIFICATE"
	pemRequest     = "CERTIFICATE REQUEST"
	maxRequest     = 8 << 10 // bytes
)

// ErrRequest means that a request for a certificate is not one that is granted.
var ErrRequest = errors.New("not a request for a certificate")

// ParseRequest checks a PKCS #10 in PEM, and that who made it has the private
// key. It returns the public key and nothing else: whatever names the request
// has are not believed.
func ParseRequest(text string) (crypto.PublicKey, error) {
	if len(text) > maxRequest {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrRequest, maxRequest)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != pemRequest || strings.TrimSpace(string(rest)) != "" {
		return nil, fmt.Errorf("%w: it is not one PKCS #10 in PEM", ErrRequest)
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if err := checkKey(request.PublicKey); err != nil {
		return nil, err
	}
	if err := request.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return request.PublicKey, nil
}

// checkKey refuses keys of kinds that no holder needs: RSA is slow on a board,
// and other curves are weaker or not constant in time.
func checkKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return nil
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return nil
		}
	}
	return fmt.Errorf("%w: its key is neither ECDSA on P-256 or P-384 nor Ed25519", ErrRequest)
}

// KeyID returns the SHA-256 of a public key, in hexadecimal.
func KeyID(key crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("identify key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}
