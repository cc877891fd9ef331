package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// tpmDevices are where a machine has its TPM: with the kernel sharing it out,
// or else for one process at a time.
var tpmDevices = []string{"/dev/tpmrm0", "/dev/tpm0"}

// tpmPatience bounds all that is asked over a socket. Of a device the kernel
// bounds every command, by what the TPM says that it takes.
const tpmPatience = 30 * time.Second

const nonceSize = 16

// A tpmLink is an open TPM and its endorsement key, under which sessions agree
// on a key that the wires do not see.
type tpmLink struct {
	tpm transport.TPMCloser
	ek  *tpm2.CreatePrimaryResponse
	pub *tpm2.TPMTPublic
}

func openTPM(device string) (*tpmLink, error) {
	wire, err := dialTPM(device)
	if err != nil {
		return nil, err
	}
	l := &tpmLink{tpm: transport.FromReadWriteCloser(wire)}
	// The same template gives the same key for as long as the TPM lives, also
	// after its owner has cleared it.
	l.ek, err = tpm2.CreatePrimary{
		PrimaryHandle: tpm2.TPMRHEndorsement,
		InPublic:      tpm2.New2B(tpm2.ECCEKTemplate),
	}.Execute(l.tpm)
	if err == nil {
		l.pub, err = l.ek.OutPublic.Contents()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask the TPM who it is: %w", explain(err)), wire.Close())
	}
	return l, nil
}

func (l *tpmLink) close() {
	tpm2.FlushContext{FlushHandle: l.ek.ObjectHandle}.Execute(l.tpm) // else the kernel does
	l.tpm.Close()
}

func dialTPM(device string) (io.ReadWriteCloser, error) {
	devices := tpmDevices
	if device != "" {
		devices = []string{device}
	}
	var err error
	for _, path := range devices {
		var wire io.ReadWriteCloser
		wire, err = dialOne(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return wire, explain(err)
		}
	}
	return nil, explain(err)
}

func dialOne(path string) (io.ReadWriteCloser, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&os.ModeSocket != 0:
		conn, err := net.Dial("unix", path)
		if err != nil {
			return nil, err
		}
		return conn, conn.SetDeadline(time.Now().Add(tpmPatience))
	case info.Mode()&os.ModeDevice != 0:
		return os.OpenFile(path, os.O_RDWR, 0)
	}
	return nil, fmt.Errorf("%s is no device: %w", path, fs.ErrNotExist)
}

func (l *tpmLink) salted() tpm2.AuthOption { return tpm2.Salted(l.ek.ObjectHandle, *l.pub) }

// What a session encrypts is the first parameter of a command or its answer.
var (
	encryptIn  = tpm2.AESEncryption(128, tpm2.EncryptIn)
	encryptOut = tpm2.AESEncryption(128, tpm2.EncryptOut)
)

// policyOf returns what a session must prove to read: the authorization value,
// and that the PCRs are as they were.
func policyOf(pcrs []int) tpm2.PolicyCallback {
	return func(tpm transport.TPM, session tpm2.TPMISHPolicy, _ tpm2.TPM2BNonce) error {
		if len(pcrs) > 0 {
			_, err := tpm2.PolicyPCR{PolicySession: session, Pcrs: selectionOf(pcrs)}.Execute(tpm)
			if err != nil {
				return err
			}
		}
		_, err := tpm2.PolicyAuthValue{PolicySession: session}.Execute(tpm)
		return err
	}
}

func selectionOf(pcrs []int) tpm2.TPMLPCRSelection {
	mask := make([]byte, MaxPCR/8+1)
	for _, pcr := range pcrs {
		mask[pcr/8] |= 1 << (pcr % 8)
	}
	return tpm2.TPMLPCRSelection{PCRSelections: []tpm2.TPMSPCRSelection{{Hash: tpm2.TPMAlgSHA256, PCRSelect: mask}}}
}

// policyDigest returns the policy as it is fulfilled today.
func (l *tpmLink) policyDigest(pcrs []int) (tpm2.TPM2BDigest, error) {
	session, flush, err := tpm2.PolicySession(l.tpm, tpm2.TPMAlgSHA256, nonceSize, tpm2.Trial())
	if err != nil {
		return tpm2.TPM2BDigest{}, err
	}
	defer flush()
	if err := policyOf(pcrs)(l.tpm, session.Handle(), session.NonceTPM()); err != nil {
		return tpm2.TPM2BDigest{}, err
	}
	answer, err := tpm2.PolicyGetDigest{PolicySession: session.Handle()}.Execute(l.tpm)
	if err != nil {
		return tpm2.TPM2BDigest{}, err
	}
	return answer.PolicyDigest, nil
}

// meanings of what a TPM and the way to it may answer.
var meanings = []struct {
	answer, meaning error
}{
	{tpm2.TPMRCLockout, ErrTPMLockout},
	{tpm2.TPMRCAuthFail, ErrTPMAuth},
	{tpm2.TPMRCBadAuth, ErrTPMAuth},
	{tpm2.TPMRCPolicyFail, ErrPCRs},
	{tpm2.TPMRCPCRChanged, ErrPCRs},
	{tpm2.TPMRCRetry, ErrTPMBusy},
	{tpm2.TPMRCYielded, ErrTPMBusy},
	{tpm2.TPMRCTesting, ErrTPMBusy},
	{tpm2.TPMRCObjectMemory, ErrTPMBusy},
	{tpm2.TPMRCSessionMemory, ErrTPMBusy},
	{tpm2.TPMRCSessionHandles, ErrTPMBusy},
	{syscall.EBUSY, ErrTPMBusy},
	{os.ErrDeadlineExceeded, ErrTPMBusy},
	{fs.ErrNotExist, ErrTPMAbsent},
	{fs.ErrPermission, ErrTPMAbsent},
	{syscall.ECONNREFUSED, ErrTPMAbsent},
	{syscall.ENODEV, ErrTPMAbsent},
}

// explain says what an error of the TPM means to whoever runs the machine. What
// it says is no longer an error of a file: those are of the folder of keys.
func explain(err error) error {
	for _, m := range meanings {
		if errors.Is(err, m.answer) && !errors.Is(err, m.meaning) {
			return fmt.Errorf("%w: %v", m.meaning, err)
		}
	}
	return err
}
