//go:build cgo

package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/miekg/pkcs11"
)

// What PKCS #11 v3.0 §2.3.5 has for ed25519, and the library does not.
const (
	keyEdwards          = 0x40   // CKK_EC_EDWARDS
	mechanismGenEdwards = 0x1055 // CKM_EC_EDWARDS_KEY_PAIR_GEN
	mechanismEdDSA      = 0x1057 // CKM_EDDSA
)

// A token is an open session in which one private key can sign.
type token struct {
	ctx     *pkcs11.Ctx
	session pkcs11.SessionHandle
	private pkcs11.ObjectHandle
	public  Public
	owner   bool // it has begun what the module does for the process, and ends it
}

func (r *Ring) addToken(place string, _ Passphrase) error {
	uri, err := parseToken(place)
	if err != nil {
		return err
	}
	t, err := openToken(uri)
	if err != nil {
		return err
	}
	if err := t.find(uri.object); err != nil {
		return errors.Join(fmt.Errorf("keys: open token %s: %w", uri.token, err), t.close())
	}
	r.close = append(r.close, t.close)
	r.held[t.public.ID] = held{t.public, func() (crypto.Signer, error) { return t, nil }}
	return nil
}

// openToken opens a session and logs in.
func openToken(uri tokenURI) (*token, error) {
	pin, err := uri.pin()
	if err != nil {
		return nil, err
	}
	t := &token{ctx: pkcs11.New(uri.module)}
	if t.ctx == nil {
		return nil, fmt.Errorf("keys: open token: %s is no PKCS#11 module", uri.module)
	}
	// Two keys may be in tokens of one module, which begins once in a process.
	err = t.ctx.Initialize()
	t.owner = err == nil
	if err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		t.ctx.Destroy()
		return nil, fmt.Errorf("keys: open token: %w", err)
	}
	slot, err := t.slot(uri.token)
	if err == nil {
		t.session, err = t.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	}
	if err == nil {
		err = t.ctx.Login(t.session, pkcs11.CKU_USER, pin)
	}
	if err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_ALREADY_LOGGED_IN)) {
		return nil, errors.Join(fmt.Errorf("keys: open token %s: %w", uri.token, err), t.close())
	}
	return t, nil
}

func (t *token) slot(label string) (uint, error) {
	slots, err := t.ctx.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, slot := range slots {
		if info, err := t.ctx.GetTokenInfo(slot); err == nil && info.Label == label {
			return slot, nil
		}
	}
	return 0, errors.New("there is no such token")
}

// find looks for the two halves of a key.
func (t *token) find(label string) error {
	private, err := t.object(pkcs11.CKO_PRIVATE_KEY, label)
	if err != nil {
		return err
	}
	public, err := t.object(pkcs11.CKO_PUBLIC_KEY, label)
	if err != nil {
		return err
	}
	attributes, err := t.ctx.GetAttributeValue(t.session, public, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil {
		return fmt.Errorf("read key %s: %w", label, err)
	}
	key, err := parsePoint(attributes[0].Value)
	if err != nil {
		return fmt.Errorf("read key %s: %w", label, err)
	}
	t.private = private
	t.public, err = NewPublic(key)
	return err
}

func (t *token) object(class uint, label string) (pkcs11.ObjectHandle, error) {
	err := t.ctx.FindObjectsInit(t.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	})
	if err != nil {
		return 0, err
	}
	found, _, err := t.ctx.FindObjects(t.session, 2)
	if err = errors.Join(err, t.ctx.FindObjectsFinal(t.session)); err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("find key %s: there are %d: %w", label, len(found), ErrNoKey)
	}
	return found[0], nil
}

// parsePoint reads a point as tokens give it: in an octet string of DER, or bare.
func parsePoint(value []byte) (crypto.PublicKey, error) {
	var point []byte
	if rest, err := asn1.Unmarshal(value, &point); err != nil || len(rest) > 0 {
		point = value
	}
	if len(point) == ed25519.PublicKeySize {
		return ed25519.PublicKey(point), nil
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// Public returns the public half.
func (t *token) Public() crypto.PublicKey { return t.public.Key }

// Sign signs a message with ed25519, or a digest with ECDSA.
func (t *token) Sign(_ io.Reader, data []byte, _ crypto.SignerOpts) ([]byte, error) {
	edwards := false
	mechanism := uint(pkcs11.CKM_ECDSA)
	if _, edwards = t.public.Key.(ed25519.PublicKey); edwards {
		mechanism = mechanismEdDSA
	}
	if err := t.ctx.SignInit(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, t.private); err != nil {
		return nil, fmt.Errorf("sign in token: %w", err)
	}
	signature, err := t.ctx.Sign(t.session, data)
	if err != nil {
		return nil, fmt.Errorf("sign in token: %w", err)
	}
	if edwards {
		return signature, nil
	}
	if len(signature)%2 != 0 || len(signature) == 0 {
		return nil, errors.New("sign in token: it gave no signature")
	}
	half := len(signature) / 2 // tokens give r and s, where all others want them in DER
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])})
}

func (t *token) close() error {
	var err error
	if t.session != 0 {
		err = t.ctx.CloseSession(t.session)
	}
	if t.owner {
		err = errors.Join(err, t.ctx.Finalize())
	}
	t.ctx.Destroy()
	return err
}

// oidEd25519 and oidP256 name the curves in DER.
var (
	oidEd25519 = []byte{0x06, 0x03, 0x2b, 0x65, 0x70}
	oidP256    = []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}
)

// NewInToken makes a key in the token that the URI names, under its object's
// label; it never leaves there. It is ed25519, or P-256 where the token knows
// no other. No key gets a label that another has.
func NewInToken(place string) (Public, error) {
	uri, err := parseToken(place)
	if err != nil {
		return Public{}, err
	}
	t, err := openToken(uri)
	if err != nil {
		return Public{}, err
	}
	err = t.generate(uri.object)
	if err == nil {
		err = t.find(uri.object)
	}
	if err = errors.Join(err, t.close()); err != nil {
		return Public{}, fmt.Errorf("keys: make key in token %s: %w", uri.token, err)
	}
	return t.public, nil
}

func (t *token) generate(label string) error {
	if _, err := t.object(pkcs11.CKO_PRIVATE_KEY, label); !errors.Is(err, ErrNoKey) {
		return errors.Join(err, fmt.Errorf("there is a key %s", label))
	}
	err := t.generateOf(keyEdwards, mechanismGenEdwards, oidEd25519, label)
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_MECHANISM_INVALID)) {
		err = t.generateOf(pkcs11.CKK_EC, pkcs11.CKM_EC_KEY_PAIR_GEN, oidP256, label)
	}
	return err
}

func (t *token) generateOf(kind, mechanism uint, curve []byte, label string) error {
	both := func() []*pkcs11.Attribute {
		return []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, kind), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
			pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(label)),
		}
	}
	public := append(both(), pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, curve), pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true))
	private := append(both(), pkcs11.NewAttribute(pkcs11.CKA_SIGN, true), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false))
	_, _, err := t.ctx.GenerateKeyPair(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, public, private)
	return err
}
