package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"portcullis/durable"
	"portcullis/protocol"
)

// The files of an authority.
const (
	keyFile     = "root.key"
	rootFile    = "root.crt"
	journalFile = "journal.jsonl"
)

const (
	day      = 24 * time.Hour
	rootLife = 10 * 365 * day

	// early is how long before it is made a certificate begins, for those
	// whose clocks are behind.
	early = time.Hour
)

// ErrOpen means that others than its owner can read the private key.
var ErrOpen = errors.New("others can read the private key: chmod it to 600")

// An Authority makes and revokes certificates. Its methods may be called at the
// same time.
type Authority struct {
	key     crypto.Signer
	root    *x509.Certificate
	journal *journal
}

// Init makes an authority in a folder. What is there is never overwritten.
func Init(dir, name string, now time.Time) error {
	if !protocol.ValidName(name) {
		return fmt.Errorf("make authority: %q is no name for one", name)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-day).Truncate(time.Second), NotAfter: now.Add(rootLife).Truncate(time.Second),
		IsCA: true, MaxPathLenZero: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make authority: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make authority: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make authority: %w", err)
	}
	// The key comes first, and it is what says that an authority is there.
	return errors.Join(
		create(filepath.Join(dir, keyFile), 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		create(filepath.Join(dir, rootFile), 0o644, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: root})),
		create(filepath.Join(dir, journalFile), 0o600, nil),
	)
}

// create writes a file that must not be there yet.
func create(name string, mode fs.FileMode, data []byte) error {
	if err := durable.Create(name, data, mode); err != nil {
		return fmt.Errorf("make authority: %w", err)
	}
	return nil
}

// Open opens the authority in a folder.
func Open(dir string) (*Authority, error) {
	key, err := readKey(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	root, err := readRoot(filepath.Join(dir, rootFile))
	if err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	if public, ok := root.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(key.Public()) {
		return nil, fmt.Errorf("open authority: %s is not the certificate of %s", rootFile, keyFile)
	}
	j, err := openJournal(filepath.Join(dir, journalFile))
	if err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	return &Authority{key: key, root: root, journal: j}, nil
}

// Close closes the folder.
func (a *Authority) Close() error { return a.journal.file.Close() }

// Root returns the authority's own certificate.
func (a *Authority) Root() *x509.Certificate { return a.root }

// Fingerprint returns the SHA-256 of the authority's own certificate, in
// hexadecimal, by which a device may know it before it has the certificate.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.root.Raw)
	return hex.EncodeToString(sum[:])
}

func readKey(name string) (crypto.Signer, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read %s: %w", name, ErrOpen)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("read %s: not a private key in PEM", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("read %s: not an ECDSA key", name)
	}
	return signer, nil
}

func readRoot(name string) (*x509.Certificate, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemCertificate {
		return nil, fmt.Errorf("read %s: not a certificate in PEM", name)
	}
	return x509.ParseCertificate(block.Bytes)
}

// newSerial returns a number that no certificate had before: 127 random bits.
func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] = b[0]&0x7f | 0x40 // of one length, and positive
	return new(big.Int).SetBytes(b)
}
