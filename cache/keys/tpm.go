package keys

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// TPM keeps the provider's key in an NV index of a TPM 2.0. The value never
// leaves the TPM but to be used, so that undefining the index destroys it for
// ever, however often the disk was copied. (An object that is sealed to the TPM
// and lies on the disk could be had again from such a copy for as long as the
// TPM lives.) Reading needs the authorization value of 256 bits that lies in
// device.key: neither the TPM alone nor the disk alone has the key. Nothing can
// be gained by trying such values, so that the index is exempt from the TPM's
// lockout.
//
// The owner's authorization of the TPM must be empty. It can destroy the key,
// and cannot read it. A power cut between making an index and writing device.key
// leaves an index that guards nothing.
type TPM struct {
	Device string // a TPM device, or the socket of a simulated one; the first of the machine when empty
	PCRs   []int  // of SHA-256, whose values of today new keys are bound to
}

type tpmParams struct {
	Handle uint32 `json:"handle"`         // of the NV index
	Auth   []byte `json:"auth"`           // its authorization value
	Name   []byte `json:"name"`           // its name, which tells whether it is still that index
	EK     []byte `json:"ek"`             // the name of the endorsement key, which tells one TPM from another
	PCRs   []int  `json:"pcrs,omitempty"` // that it is bound to
}

// The NV indices that are the owner's to define (TCG Registry of Reserved TPM
// 2.0 Handles and Localities, §2.2).
const (
	firstIndex = 0x01800000
	indexCount = 0x00400000
)

// MaxPCR is the number of the last PCR.
const MaxPCR = 23

// Kind implements Provider.
func (TPM) Kind() string { return KindTPM }

// Make implements Provider.
func (t TPM) Make() (Secret, json.RawMessage, error) {
	link, err := openTPM(t.Device)
	if err != nil {
		return Secret{}, nil, err
	}
	defer link.close()
	params := tpmParams{Auth: newAuth(), EK: link.ek.Name.Buffer, PCRs: t.PCRs}
	if err := link.define(&params); err != nil {
		return Secret{}, nil, fmt.Errorf("make key in the TPM: %w", explain(err))
	}
	key, err := link.fill(&params)
	if err != nil {
		return Secret{}, nil, errors.Join(fmt.Errorf("make key in the TPM: %w", explain(err)), link.undefine(params))
	}
	text, err := json.Marshal(params)
	return key, text, err
}

// newAuth returns an authorization value without a zero byte: go-tpm v0.9.8
// means to take zeros off its end, and takes off all behind the first one.
func newAuth() []byte {
	auth := make([]byte, Size)
	rand.Read(auth)
	for i := range auth {
		for auth[i] == 0 {
			rand.Read(auth[i : i+1])
		}
	}
	return auth
}

// Unseal implements Provider.
func (t TPM) Unseal(text json.RawMessage) (Secret, error) {
	params, link, err := t.reach(text)
	if err != nil {
		return Secret{}, err
	}
	defer link.close()
	if err := link.find(params); err != nil {
		return Secret{}, fmt.Errorf("read key from the TPM: %w", err)
	}
	key, err := link.read(params)
	if err != nil {
		return Secret{}, fmt.Errorf("read key from the TPM: %w", explain(err))
	}
	return key, nil
}

// Erase implements Provider.
func (t TPM) Erase(text json.RawMessage) error {
	params, link, err := t.reach(text)
	if err != nil {
		return fmt.Errorf("destroy key in the TPM: %w", err)
	}
	defer link.close()
	err = link.find(params)
	if errors.Is(err, ErrErased) {
		return nil
	}
	if err == nil {
		err = link.undefine(params)
	}
	if err != nil {
		return fmt.Errorf("destroy key in the TPM: %w", explain(err))
	}
	return nil
}

// reach opens the TPM that params are of.
func (t TPM) reach(text json.RawMessage) (tpmParams, *tpmLink, error) {
	var params tpmParams
	if err := parseParams(text, &params); err != nil {
		return params, nil, err
	}
	if params.Handle < firstIndex || params.Handle >= firstIndex+indexCount || len(params.Auth) != Size || checkPCRs(params.PCRs) != nil {
		return params, nil, fmt.Errorf("%w: its params are not those of its provider", ErrDamaged)
	}
	link, err := openTPM(t.Device)
	if err != nil {
		return params, nil, err
	}
	if !bytes.Equal(link.ek.Name.Buffer, params.EK) {
		link.close()
		return params, nil, fmt.Errorf("%w: this TPM is another", ErrOtherMachine)
	}
	return params, link, nil
}

func checkPCRs(pcrs []int) error {
	for _, pcr := range pcrs {
		if pcr < 0 || pcr > MaxPCR {
			return fmt.Errorf("PCR %d is none: they go from 0 to %d", pcr, MaxPCR)
		}
	}
	return nil
}

// define makes an NV index that nobody uses.
func (l *tpmLink) define(params *tpmParams) error {
	if err := checkPCRs(params.PCRs); err != nil {
		return err
	}
	policy, err := l.policyDigest(params.PCRs)
	if err != nil {
		return err
	}
	for range 8 {
		var random [4]byte
		rand.Read(random[:])
		params.Handle = firstIndex + binary.BigEndian.Uint32(random[:])%indexCount
		_, err = tpm2.NVDefineSpace{
			AuthHandle: tpm2.TPMRHOwner,
			Auth:       tpm2.TPM2BAuth{Buffer: params.Auth},
			PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
				NVIndex:    tpm2.TPMHandle(params.Handle),
				NameAlg:    tpm2.TPMAlgSHA256,
				Attributes: tpm2.TPMANV{AuthWrite: true, PolicyRead: true, WriteAll: true, NoDA: true, NT: tpm2.TPMNTOrdinary},
				AuthPolicy: policy,
				DataSize:   Size,
			}),
		}.Execute(l.tpm, tpm2.HMAC(tpm2.TPMAlgSHA256, nonceSize, l.salted(), encryptIn))
		if !errors.Is(err, tpm2.TPMRCNVDefined) {
			break
		}
	}
	return err
}

// fill writes a new key into the index, and reads it back as it will be read.
func (l *tpmLink) fill(params *tpmParams) (Secret, error) {
	handle := tpm2.TPMHandle(params.Handle)
	before, err := tpm2.NVReadPublic{NVIndex: handle}.Execute(l.tpm)
	if err != nil {
		return Secret{}, err
	}
	var key Secret
	rand.Read(key[:])
	_, err = tpm2.NVWrite{
		AuthHandle: tpm2.AuthHandle{Handle: handle, Name: before.NVName,
			Auth: tpm2.HMAC(tpm2.TPMAlgSHA256, nonceSize, tpm2.Auth(params.Auth), l.salted(), encryptIn)},
		NVIndex: tpm2.NamedHandle{Handle: handle, Name: before.NVName},
		Data:    tpm2.TPM2BMaxNVBuffer{Buffer: bytes.Clone(key[:])},
	}.Execute(l.tpm)
	if err != nil {
		return Secret{}, err
	}
	after, err := tpm2.NVReadPublic{NVIndex: handle}.Execute(l.tpm)
	if err != nil {
		return Secret{}, err
	}
	params.Name = after.NVName.Buffer // it says that the index was written
	back, err := l.read(*params)
	if err == nil && back != key {
		err = errors.New("it is not what was written")
	}
	return key, err
}

// find tells whether the index is still there and still ours.
func (l *tpmLink) find(params tpmParams) error {
	public, err := tpm2.NVReadPublic{NVIndex: tpm2.TPMHandle(params.Handle)}.Execute(l.tpm)
	if errors.Is(err, tpm2.TPMRCHandle) {
		return fmt.Errorf("%w: the TPM has it no more", ErrErased)
	}
	if err != nil {
		return explain(err)
	}
	if !bytes.Equal(public.NVName.Buffer, params.Name) {
		return fmt.Errorf("%w: the TPM has something else in its place", ErrErased)
	}
	return nil
}

// read reads the key, so that who listens on the wires to the TPM does not see
// it.
func (l *tpmLink) read(params tpmParams) (Secret, error) {
	handle := tpm2.NamedHandle{Handle: tpm2.TPMHandle(params.Handle), Name: tpm2.TPM2BName{Buffer: params.Name}}
	session := tpm2.Policy(tpm2.TPMAlgSHA256, nonceSize, policyOf(params.PCRs),
		tpm2.Auth(params.Auth), l.salted(), encryptOut)
	answer, err := tpm2.NVRead{
		AuthHandle: tpm2.AuthHandle{Handle: handle.Handle, Name: handle.Name, Auth: session},
		NVIndex:    handle,
		Size:       Size,
	}.Execute(l.tpm)
	if err != nil {
		return Secret{}, err
	}
	defer clear(answer.Data.Buffer)
	if len(answer.Data.Buffer) != Size {
		return Secret{}, ErrDamaged
	}
	return Secret(answer.Data.Buffer), nil
}

func (l *tpmLink) undefine(params tpmParams) error {
	handle := tpm2.TPMHandle(params.Handle)
	public, err := tpm2.NVReadPublic{NVIndex: handle}.Execute(l.tpm)
	if err != nil {
		return err
	}
	_, err = tpm2.NVUndefineSpace{
		AuthHandle: tpm2.TPMRHOwner,
		NVIndex:    tpm2.NamedHandle{Handle: handle, Name: public.NVName},
	}.Execute(l.tpm)
	return err
}
