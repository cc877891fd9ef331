package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// A simulated TPM is a process whose state outlives it, as that of a chip does
// a power cut.
type simulated struct {
	dir    string
	socket string
	stop   func()
}

// newTPM starts a TPM that never had a key.
func newTPM(t *testing.T) *simulated {
	t.Helper()
	if _, err := exec.LookPath("swtpm"); err != nil {
		required(t, "swtpm, a simulated TPM: scripts/setup.sh installs it")
	}
	dir, err := os.MkdirTemp("", "tpm") // a short name, for the socket in it
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &simulated{dir: dir, socket: filepath.Join(dir, "tpm.sock"), stop: func() {}}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	return s
}

// start starts the process, and waits until it answers.
func (s *simulated) start(t *testing.T) {
	t.Helper()
	os.Remove(s.socket)
	listener, err := net.Listen("unix", s.socket)
	must(t, err)
	file, err := listener.(*net.UnixListener).File()
	must(t, err)
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	must(t, listener.Close())
	// It is handed the socket, so that nobody need wait for it to listen.
	c := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+s.dir, "--server", "type=unixio,fd=3",
		"--flags", "not-need-init,startup-clear")
	c.ExtraFiles = []*os.File{file}
	must(t, c.Start(), file.Close())
	s.stop = sync.OnceFunc(func() {
		c.Process.Kill()
		c.Wait()
	})
}

// restart is what a reboot is to a TPM.
func (s *simulated) restart(t *testing.T) {
	t.Helper()
	s.stop()
	s.start(t)
}

func (s *simulated) link(t *testing.T) *tpmLink {
	t.Helper()
	l, err := openTPM(s.socket)
	must(t, err)
	return l
}

// indices are the NV indices that are defined.
func (s *simulated) indices(t *testing.T) int {
	t.Helper()
	l := s.link(t)
	defer l.close()
	answer, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: firstIndex, PropertyCount: 100}.Execute(l.tpm)
	must(t, err)
	handles, err := answer.CapabilityData.Data.Handles()
	must(t, err)
	return len(handles.Handle)
}

func paramsOf(t *testing.T, text json.RawMessage) (p tpmParams) {
	t.Helper()
	must(t, json.Unmarshal(text, &p))
	return p
}

func TestATPMKeepsTheKey(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	dir := t.TempDir()
	key := mustSeal(t, NewRing(dir, TPM{Device: s.socket}))
	if mustSeal(t, NewRing(dir, TPM{Device: s.socket})) != key {
		t.Error("over another connection it is another")
	}
	if out, err := otherProcess(t, dir, s.socket).Output(); err != nil || string(out) != fmt.Sprintf("%x", key) {
		t.Errorf("in another process it is another: %v", err)
	}
	s.restart(t)
	r := NewRing(dir, TPM{Device: s.socket})
	if mustSeal(t, r) != key {
		t.Error("after a restart of the TPM it is another")
	}
	if st, err := r.Status(); err != nil || st.State != StateReady || st.Provider != KindTPM || st.BoundTo[0] != "tpm" {
		t.Errorf("the status is %+v, %v", st, err)
	}
}

// TestWhatATPMHasErasedStaysErased brings back the file as it was before.
func TestWhatATPMHasErasedStaysErased(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	r := NewRing(t.TempDir(), TPM{Device: s.socket})
	mustSeal(t, r)
	copied := mustRead(t, r.path(deviceName))
	must(t, r.Erase())
	mustRefuse(t, r, ErrErased)
	if n := s.indices(t); n != 0 {
		t.Errorf("the TPM still has %d indices", n)
	}
	must(t, os.WriteFile(r.path(deviceName), copied, 0o600))
	for range 2 {
		mustRefuse(t, NewRing(r.dir, TPM{Device: s.socket}), ErrErased)
		s.restart(t)
	}
	must(t, r.Erase()) // which is no error
	must(t, r.Make())
	mustSeal(t, NewRing(r.dir, TPM{Device: s.socket}))
	if n := s.indices(t); n != 1 {
		t.Errorf("the TPM has %d indices", n)
	}
}

func TestAnotherTPMRefuses(t *testing.T) {
	t.Parallel()
	home, other := newTPM(t), newTPM(t)
	dir := t.TempDir()
	key := mustSeal(t, NewRing(dir, TPM{Device: home.socket}))
	foreign := NewRing(dir, TPM{Device: other.socket})
	mustRefuse(t, foreign, ErrOtherMachine)

	// Erased there, the file is lost, and the right TPM still has its part.
	if err := foreign.Erase(); !errors.Is(err, ErrOtherMachine) {
		t.Errorf("Erase says %v", err)
	}
	back := NewRing(dir, TPM{Device: home.socket})
	mustRefuse(t, back, ErrErased)
	if n := home.indices(t); n != 1 || key == [Size]byte{} {
		t.Errorf("the TPM has %d indices", n)
	}
	must(t, back.Erase())
	if n := home.indices(t); n != 0 {
		t.Errorf("the TPM still has %d indices", n)
	}
	mustBeErased(t, back)
}

func TestAClearedTPMHasErasedTheKey(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	r := NewRing(t.TempDir(), TPM{Device: s.socket})
	must(t, r.Make())
	r.Wipe()
	l := s.link(t)
	_, err := tpm2.Clear{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)}}.Execute(l.tpm)
	l.close()
	must(t, err)
	mustRefuse(t, r, ErrErased)
}

// TestEveryAuthorizationValueWorks makes so many keys that some would hold a
// zero byte.
func TestEveryAuthorizationValueWorks(t *testing.T) {
	t.Parallel()
	p := TPM{Device: newTPM(t).socket}
	for range 50 {
		_, text, err := p.Make()
		must(t, err, p.Erase(text))
	}
}

func TestAWrongAuthorizationIsRefused(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	p := TPM{Device: s.socket}
	_, text, err := p.Make()
	must(t, err)
	params := paramsOf(t, text)
	params.Auth[0] = params.Auth[0]%255 + 1
	wrong, err := json.Marshal(params)
	must(t, err)
	for range 40 { // more than any TPM takes before it locks itself
		if _, err := p.Unseal(wrong); !errors.Is(err, ErrTPMAuth) {
			t.Fatalf("it says %v", err)
		}
	}
	if _, err := p.Unseal(text); err != nil {
		t.Errorf("after wrong ones the right one is refused: %v", err)
	}
}

// TestAnIndexInPlaceOfOursIsNotOurs has another program take over the handle.
func TestAnIndexInPlaceOfOursIsNotOurs(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	p := TPM{Device: s.socket}
	_, text, err := p.Make()
	must(t, err)
	l := s.link(t)
	must(t, l.undefine(paramsOf(t, text)))
	_, err = tpm2.NVDefineSpace{
		AuthHandle: tpm2.TPMRHOwner,
		PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
			NVIndex: tpm2.TPMHandle(paramsOf(t, text).Handle), NameAlg: tpm2.TPMAlgSHA256,
			Attributes: tpm2.TPMANV{OwnerWrite: true, OwnerRead: true, NT: tpm2.TPMNTOrdinary}, DataSize: 4,
		}),
	}.Execute(l.tpm)
	must(t, err)
	l.close()
	if _, err := p.Unseal(text); !errors.Is(err, ErrErased) {
		t.Errorf("it says %v", err)
	}
	must(t, p.Erase(text))
	if n := s.indices(t); n != 1 {
		t.Errorf("of the other program's one index there are %d", n)
	}
}

func TestAnOwnersPasswordIsToldAsSuch(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	dir := t.TempDir()
	mustSeal(t, NewRing(dir, TPM{Device: s.socket}))
	l := s.link(t)
	_, err := tpm2.HierarchyChangeAuth{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		NewAuth:    tpm2.TPM2BAuth{Buffer: []byte("owner")},
	}.Execute(l.tpm)
	l.close()
	must(t, err)
	mustSeal(t, NewRing(dir, TPM{Device: s.socket})) // it takes no owner to read
	fresh := NewRing(t.TempDir(), TPM{Device: s.socket})
	mustRefuse(t, fresh, ErrTPMAuth)
	if err := NewRing(dir, TPM{Device: s.socket}).Erase(); !errors.Is(err, ErrTPMAuth) {
		t.Errorf("Erase says %v", err)
	}
}

func TestAKeyThatIsBoundToPCRsOpensAsLongAsTheyAreTheSame(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	dir := t.TempDir()
	bound := TPM{Device: s.socket, PCRs: []int{7, 16}}
	key := mustSeal(t, NewRing(dir, bound))
	plain := TPM{Device: s.socket} // which PCRs it is bound to is in the file
	s.extend(t, 9)
	if mustSeal(t, NewRing(dir, plain)) != key {
		t.Error("the key is another")
	}
	s.extend(t, 7)
	mustRefuse(t, NewRing(dir, plain), ErrPCRs)
	s.restart(t)
	if mustSeal(t, NewRing(dir, plain)) != key {
		t.Error("after a restart the key is another")
	}
	if st, err := NewRing(dir, plain).Status(); err != nil || len(st.BoundTo) != 3 || st.BoundTo[1] != "pcr7" {
		t.Errorf("it is bound to %v, %v", st.BoundTo, err)
	}
	mustRefuseMake(t, TPM{Device: s.socket, PCRs: []int{24}})
}

func mustRefuseMake(t *testing.T, p TPM) {
	t.Helper()
	if _, _, err := p.Make(); err == nil {
		t.Error("a key is made")
	}
}

// extend changes a PCR as another kernel would.
func (s *simulated) extend(t *testing.T, pcr uint32) {
	t.Helper()
	l := s.link(t)
	defer l.close()
	digest := tpm2.TPMTHA{HashAlg: tpm2.TPMAlgSHA256, Digest: bytes.Repeat([]byte{1}, 32)}
	_, err := tpm2.PCRExtend{
		PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(pcr), Auth: tpm2.PasswordAuth(nil)},
		Digests:   tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{digest}},
	}.Execute(l.tpm)
	must(t, err)
}

func TestATPMThatIsNotThereIsToldAsSuch(t *testing.T) {
	dir := t.TempDir()
	for _, device := range []string{filepath.Join(dir, "none"), dir} {
		mustRefuse(t, NewRing(filepath.Join(dir, "keys"), TPM{Device: device}), ErrTPMAbsent)
	}
	if err := explain(tpm2.TPMRCLockout); !errors.Is(err, ErrTPMLockout) {
		t.Errorf("a locked TPM: %v", err)
	}
	if err := explain(tpm2.TPMRCRetry); !errors.Is(err, ErrTPMBusy) {
		t.Errorf("a busy TPM: %v", err)
	}
}

// TestTheTPMsWiresDoNotShowTheKey records all that goes over them.
func TestTheTPMsWiresDoNotShowTheKey(t *testing.T) {
	t.Parallel()
	s := newTPM(t)
	tapped := filepath.Join(s.dir, "tap.sock")
	recorded := tap(t, tapped, s.socket)
	p := TPM{Device: tapped}
	key, text, err := p.Make()
	must(t, err)
	again, err := p.Unseal(text)
	must(t, err)
	params := paramsOf(t, text)
	if again != key || len(recorded()) < 1000 {
		t.Fatal("nothing was recorded")
	}
	if !bytes.Contains(recorded(), params.Name) {
		t.Error("what is no secret is not there either")
	}
	if bytes.Contains(recorded(), key[:8]) || bytes.Contains(recorded(), params.Auth[:8]) {
		t.Error("a secret is there")
	}
	must(t, p.Erase(text))
}

// tap passes on what goes between a new socket and another, and records it.
func tap(t *testing.T, from, to string) (recorded func() []byte) {
	t.Helper()
	var mu sync.Mutex
	var all bytes.Buffer
	record := writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return all.Write(p)
	})
	listener, err := net.Listen("unix", from)
	must(t, err)
	var serving sync.WaitGroup
	t.Cleanup(func() { listener.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", to)
			if err != nil {
				near.Close()
				return
			}
			serving.Go(func() { io.Copy(io.MultiWriter(far, record), near); far.Close() })
			serving.Go(func() { io.Copy(io.MultiWriter(near, record), far); near.Close() })
		}
	})
	return func() []byte {
		mu.Lock()
		defer mu.Unlock()
		return bytes.Clone(all.Bytes())
	}
}

type writerFunc func([]byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
