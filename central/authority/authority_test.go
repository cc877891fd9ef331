package authority_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/central/authority"
	"portcullis/protocol"
)

func TestARequestGivesItsKeyAndNothingElse(t *testing.T) {
	key := newKey(t)
	got, err := authority.ParseRequest(request(t, key, "portcullis://fleet/mallory"))
	if err != nil || !key.PublicKey.Equal(got) {
		t.Fatalf("got %v, %v", got, err)
	}
	a, _ := newAuthority(t)
	c, err := a.Issue(noon, authority.Grant{Role: protocol.Device, Name: "gate-7", Key: got})
	if err != nil || len(c.DNSNames) > 0 || c.Subject.CommonName != "gate-7" {
		t.Errorf("the certificate has names %v %v, %v", c.Subject, c.DNSNames, err)
	}
	if role, name, ok := protocol.Holder(c.URIs); !ok || role != protocol.Device || name != "gate-7" {
		t.Errorf("the holder is %s %s, %v", role, name, ok)
	}
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	if _, err := authority.ParseRequest(request(t, private, "x")); err != nil {
		t.Errorf("Ed25519: %v", err)
	}
}

func TestRequestsThatAreNotGranted(t *testing.T) {
	good := request(t, newKey(t), "gate-7")
	block, _ := pem.Decode([]byte(good))
	forged := slices.Clone(block.Bytes)
	forged[len(forged)-1] ^= 1
	for name, text := range map[string]string{
		"a weak RSA key":  request(t, must(rsa.GenerateKey(rand.Reader, 2048))(t), "gate-7"),
		"a weak curve":    request(t, must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))(t), "gate-7"),
		"a bad signature": string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: forged})),
		"two requests":    good + good,
		"another kind":    strings.ReplaceAll(good, "CERTIFICATE REQUEST", "CERTIFICATE"),
		"garbage":         "garbage",
		"nothing":         "",
		"an endless one":  good + strings.Repeat("\n", 1<<16),
	} {
		if _, err := authority.ParseRequest(text); !errors.Is(err, authority.ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGrantsThatAreNotMade(t *testing.T) {
	a, _ := newAuthority(t)
	key := newKey(t).Public()
	for name, g := range map[string]authority.Grant{
		"no role":      {Name: "gate-7", Key: key},
		"another role": {Role: "root", Name: "gate-7", Key: key},
		"a bad name":   {Role: protocol.Device, Name: "../gate", Key: key},
		"no name":      {Role: protocol.Device, Key: key},
		"no key":       {Role: protocol.Device, Name: "gate-7"},
		"no time":      {Role: protocol.Device, Name: "gate-7", Key: key, Life: -time.Hour},
	} {
		if _, err := a.Issue(noon, g); err == nil {
			t.Errorf("%s: a certificate was made", name)
		}
	}
}

func TestRevocationsOutliveTheProcess(t *testing.T) {
	a, dir := newAuthority(t)
	one, two := issue(t, a, noon, protocol.Fleet, "tool"), issue(t, a, noon, protocol.Fleet, "tool")
	gate := issue(t, a, noon, protocol.Device, "gate-7")
	if err := errors.Join(a.Revoke(noon, authority.Serial(one.Leaf), "copied"), a.Bar(noon, protocol.Device, "gate-7", "stolen")); err != nil {
		t.Fatal(err)
	}
	a.Close()
	a = open(t, dir)
	tr := a.Trust(at(noon))
	if _, err := client(tr, one); !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("revoked by number: %v", err)
	}
	if _, err := client(tr, two); err != nil {
		t.Errorf("another of the same holder: %v", err)
	}
	if h, err := client(tr, gate); !errors.Is(err, authority.ErrRevoked) || h.Name != "gate-7" {
		t.Errorf("revoked by name: %v, %v", h, err)
	}
	if all, err := a.Issued(); err != nil || len(all) != 3 || all[2].Why != "stolen" {
		t.Errorf("issued %+v, %v", all, err)
	}
}

func TestABarredHolderGetsNoCertificateUntilItIsReadmitted(t *testing.T) {
	a, _ := newAuthority(t)
	old := issue(t, a, noon, protocol.Device, "gate-7")
	if err := a.Bar(noon, protocol.Device, "gate-7", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Issue(noon, authority.Grant{Role: protocol.Device, Name: "gate-7", Key: newKey(t).Public()}); !errors.Is(err, authority.ErrBarred) {
		t.Errorf("barred: %v", err)
	}
	issue(t, a, noon, protocol.Fleet, "gate-7") // another role is another holder
	if err := a.Readmit(noon, protocol.Device, "gate-7"); err != nil {
		t.Fatal(err)
	}
	tr := a.Trust(at(noon))
	if _, err := client(tr, issue(t, a, noon, protocol.Device, "gate-7")); err != nil {
		t.Errorf("readmitted: %v", err)
	}
	if _, err := client(tr, old); !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("a certificate from before: %v", err)
	}
}

func TestANewKeySupersedesTheOthers(t *testing.T) {
	a, _ := newAuthority(t)
	old, kept := issue(t, a, noon, protocol.Device, "gate-7"), issue(t, a, noon, protocol.Device, "gate-7")
	if err := a.Supersede(noon, protocol.Device, "gate-7", must(authority.KeyID(kept.Leaf.PublicKey))(t)); err != nil {
		t.Fatal(err)
	}
	tr := a.Trust(at(noon))
	if _, err := client(tr, kept); err != nil {
		t.Error(err)
	}
	if _, err := client(tr, old); !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("the one before: %v", err)
	}
}

func TestWhatAnotherProcessRevokesCountsAtOnce(t *testing.T) {
	a, dir := newAuthority(t)
	other := open(t, dir)
	c := issue(t, a, noon, protocol.Fleet, "tool")
	tr := a.Trust(at(noon))
	if _, err := client(tr, c); err != nil {
		t.Fatal(err)
	}
	if err := other.Bar(noon, protocol.Fleet, "tool", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := client(tr, c); !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("got %v", err)
	}
	if _, err := a.Issue(noon, authority.Grant{Role: protocol.Fleet, Name: "tool", Key: newKey(t).Public()}); !errors.Is(err, authority.ErrBarred) {
		t.Errorf("a new one: %v", err)
	}
}

func TestALineThatACrashCutHadNoEffectAndSpoilsNoOther(t *testing.T) {
	a, dir := newAuthority(t)
	c := issue(t, a, noon, protocol.Fleet, "tool")
	a.Close()
	name := filepath.Join(dir, "journal.jsonl")
	f := must(os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0))(t)
	if _, err := f.WriteString(`{"event":"barred","role":"fleet","na`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	a = open(t, dir)
	if _, err := client(a.Trust(at(noon)), c); err != nil {
		t.Errorf("after the crash: %v", err)
	}
	if err := a.Bar(noon, protocol.Fleet, "tool", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := client(open(t, dir).Trust(at(noon)), c); !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("the next line is lost: %v", err)
	}
}

func TestAJournalThatCannotBeReadLetsNoOneIn(t *testing.T) {
	a, dir := newAuthority(t)
	c := issue(t, a, noon, protocol.Fleet, "tool")
	f := must(os.OpenFile(filepath.Join(dir, "journal.jsonl"), os.O_APPEND|os.O_WRONLY, 0))(t)
	if _, err := f.WriteString("garbage\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := client(a.Trust(at(noon)), c); err == nil {
		t.Error("someone was let in")
	}
	if _, err := authority.Open(dir); err == nil || !strings.Contains(err.Error(), "read journal") {
		t.Errorf("opening says %v", err)
	}
}

func TestAnAuthorityIsNeverOverwrittenAndItsKeyIsNotReadByOthers(t *testing.T) {
	_, dir := newAuthority(t)
	key := filepath.Join(dir, "root.key")
	if info := must(os.Stat(key))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v", info.Mode())
	}
	before := must(os.ReadFile(key))(t)
	if err := authority.Init(dir, "other", noon); err == nil {
		t.Error("a second one was made")
	}
	if after := must(os.ReadFile(key))(t); !slices.Equal(before, after) {
		t.Error("the key is another")
	}
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := authority.Open(dir); !errors.Is(err, authority.ErrOpen) {
		t.Errorf("a key that others can read: %v", err)
	}
}

func TestACertificateThatAnOlderJournalDoesNotNameEndsWithItsHolder(t *testing.T) {
	a, dir := newAuthority(t)
	name := filepath.Join(dir, "journal.jsonl")
	backup := must(os.ReadFile(name))(t)
	c := issue(t, a, noon, protocol.Device, "gate-7")
	a.Close()
	if err := os.WriteFile(name, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	a = open(t, dir)
	if err := a.Bar(noon, protocol.Device, "gate-7", "stolen"); err != nil {
		t.Fatal(err)
	}
	if _, err := client(a.Trust(at(noon)), c); !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("got %v", err)
	}
	if err := a.Revoke(noon, "5f", ""); err != nil {
		t.Errorf("a number that no journal names: %v", err)
	}
}
